"""A denial is never shown as a statement: in no answer, export, feed or facet."""

from __future__ import annotations

import csv
import io
import json
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
from flask.testing import FlaskClient

TEXT = (
    "Ida Maro, the mayor of Harnby, denied that the pier was shut. Tom Pell asked whether the pier was safe. "
    "Tom Pell said that the pier was old. Ida Maro hinted that the pier might close."
)
# The text, polarity, cue and source of each quote.
QUOTES = [
    ("the pier was shut", "denied", "denied", "Ida Maro, the mayor of Harnby,"),
    ("whether the pier was safe", "questioned", "asked", "Tom Pell"),
    ("the pier was old", "asserted", "said", "Tom Pell"),
    ("the pier might close", "hedged", "hinted", "Ida Maro"),
]
Shown = tuple[str, str, str, str]


@pytest.fixture
def article(writer: FlaskClient) -> int:
    """Store the article with what the engine finds in it. Return its id."""
    answer = writer.post("/v1/articles", json={"text": TEXT, "url": "https://wire.example/1"})
    assert answer.status_code == 201, answer.json
    return int(answer.json["id"])


def shown(quote: dict[str, Any]) -> Shown:
    return quote["text"], quote["polarity"], quote["cue_text"], quote["source_text"]


def by_id(client: FlaskClient, query: str = "") -> list[dict[str, Any]]:
    answer: dict[str, Any] = client.get(f"/v1/quotes?{query}").json or {}
    return sorted(answer["items"], key=lambda item: item["id"])


def alone(client: FlaskClient, quote_id: int) -> dict[str, Any]:
    return client.get(f"/v1/quotes/{quote_id}").json or {}


def change(client: FlaskClient, quote_id: int, **more: Any) -> dict[str, Any]:
    url = f"/v1/quotes/{quote_id}"
    answer = client.patch(url, json=more, headers={"If-Match": client.get(url).headers["ETag"]})
    assert answer.status_code == 200, answer.json
    return alone(client, quote_id)


def place(words: str) -> list[list[int]]:
    return [[TEXT.index(words), TEXT.index(words) + len(words)]]


def test_every_answer_has_polarity_cue_and_source(writer: FlaskClient, article: int) -> None:
    listed = by_id(writer)
    assert [shown(quote) for quote in listed] == QUOTES
    assert [shown(alone(writer, quote["id"])) for quote in listed] == QUOTES
    assert [shown(quote) for quote in writer.get(f"/v1/articles/{article}").json["quotes"]] == QUOTES
    assert [shown(quote) for quote in writer.post("/v1/extract", json={"text": TEXT}).json["quotes"]] == QUOTES
    lines = writer.get("/v1/quotes?format=ndjson").text.splitlines()
    assert [shown(json.loads(line)) for line in lines] == QUOTES
    rows = csv.DictReader(io.StringIO(writer.get("/v1/quotes?format=csv").text.removeprefix("\ufeff"), newline=""))
    assert [shown(row) for row in rows] == QUOTES


@pytest.mark.usefixtures("article")
def test_titles_of_the_feed_say_it_before_the_content(writer: FlaskClient) -> None:
    titles = [entry.text for entry in fromstring(writer.get("/v1/quotes.atom").data).iterfind(".//{*}entry/{*}title")]
    assert sorted(str(title).split(": ", 1)[1] for title in titles) == [
        "denied: the pier was shut",
        "hedged: the pier might close",
        "questioned: whether the pier was safe",
        "the pier was old",
    ]


@pytest.mark.usefixtures("article")
def test_what_is_denied_or_questioned_is_no_quotation_of_the_speaker(writer: FlaskClient) -> None:
    graph = json.loads(writer.get("/v1/quotes?format=jsonld").text)["@graph"]
    found = [
        (node["@type"], node.get("creator", {}).get("name"), node.get("disambiguatingDescription")) for node in graph
    ]
    assert found == [
        ("Claim", None, "denied"),
        ("Claim", None, "questioned"),
        ("Quotation", "Tom Pell", None),
        ("Quotation", "Ida Maro", "hedged"),
    ]
    denied, questioned, asserted, _ = graph
    assert denied["mentions"]["mentions"]["name"] == "Ida Maro"
    assert denied["description"].startswith("Ida Maro, the mayor of Harnby, denied that the pier was shut.")
    assert questioned["mentions"]["name"] == "Tom Pell"
    assert not {"mentions", "description"} & asserted.keys()
    assert not {"spokenByCharacter", "creator"} & denied.keys()


@pytest.mark.usefixtures("article")
def test_annotations_are_tagged(writer: FlaskClient) -> None:
    items = json.loads(writer.get("/v1/quotes?format=annotation").text)["items"]
    tags = [[body["value"] for body in item["body"] if body["purpose"] == "tagging"] for item in items]
    assert tags == [["denied"], ["questioned"], [], ["hedged"]]


@pytest.mark.usefixtures("article")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("polarity=denied", [0]),
        ("polarity=questioned", [1]),
        ("polarity=asserted", [2]),
        ("polarity=hedged", [3]),
        ("polarity=denied&q=pier", [0]),
        ("polarity=asserted&q=shut", []),
        ("polarity=denied&distinct=true&speaker=Ida+Maro", [0]),
    ],
)
def test_filter(writer: FlaskClient, query: str, expected: list[int]) -> None:
    assert [shown(quote) for quote in by_id(writer, query)] == [QUOTES[number] for number in expected]
    lines = writer.get(f"/v1/quotes?format=ndjson&{query}").text.splitlines()
    assert [shown(json.loads(line)) for line in lines] == [QUOTES[number] for number in expected]
    counted = writer.get(f"/v1/quotes?{query}&facets=polarity").json["facets"]["polarity"]
    assert {value["value"]: value["count"] for value in counted} == {QUOTES[number][1]: 1 for number in expected}


@pytest.mark.usefixtures("article")
def test_saved_searches_take_it(writer: FlaskClient) -> None:
    saved = writer.post("/v1/searches", json={"name": "Denials", "query": "polarity=denied"})
    assert saved.status_code == 201, saved.json
    refused = writer.post("/v1/searches", json={"name": "Denials", "query": "polarity=no"})
    assert refused.status_code == 422


def test_people_may_change_it(writer: FlaskClient, article: int) -> None:
    denied, _, asserted, _ = by_id(writer)
    assert change(writer, denied["id"], polarity="hedged")["polarity"] == "hedged"
    assert change(writer, asserted["id"], kind="mixed")["polarity"] == "asserted"
    # A new cue brings its own polarity.
    assert change(writer, asserted["id"], cue=place("denied"))["polarity"] == "denied"
    assert change(writer, asserted["id"], cue=[])["polarity"] == "asserted"
    assert change(writer, asserted["id"], cue=place("denied"), polarity="questioned")["polarity"] == "questioned"
    # A revision keeps the correction.
    body = {"text": f"{TEXT} It rained.", "url": "https://wire.example/1"}
    assert writer.post("/v1/articles", json=body).status_code == 200
    assert writer.get(f"/v1/quotes/{denied['id']}").json["polarity"] == "hedged"
    new: dict[str, Any] = {"article": article, "content": place("that the pier was shut"), "kind": "indirect"}
    cases: list[tuple[dict[str, Any], str]] = [
        ({}, "asserted"),
        ({"cue": place("denied")}, "denied"),
        ({"cue": place("denied"), "polarity": "hedged"}, "hedged"),
    ]
    for more, polarity in cases:
        assert writer.post("/v1/quotes", json={**new, **more}).json["polarity"] == polarity


@pytest.mark.usefixtures("article")
def test_the_same_words_denied_are_another_quote(writer: FlaskClient) -> None:
    said = next(quote for quote in by_id(writer) if quote["polarity"] == "asserted")
    body = {"text": TEXT.replace("said that", "denied that"), "url": "https://wire.example/1"}
    assert writer.post("/v1/articles", json=body).status_code == 200
    former = writer.get(f"/v1/quotes/{said['id']}").json
    later = writer.get(f"/v1/quotes/{former['reworded_as']}").json
    assert (former["revised"], former["polarity"]) == ("reworded", "asserted")
    assert (later["revised"], later["polarity"], later["text"]) == ("rewording", "denied", "the pier was old")


@pytest.mark.parametrize(
    ("more", "expected"),
    [({}, "denied"), ({"polarity": "hedged"}, "hedged"), ({"cue_text": "denied", "source_text": "Ida Maro"}, "denied")],
)
def test_quotes_that_come_with_an_article(writer: FlaskClient, more: dict[str, str], expected: str) -> None:
    quote: dict[str, Any] = {
        "kind": "indirect", "medium": "speech", "act": "speech", "text": "the pier was shut", "said": None,
        "content": place("that the pier was shut"), "cue": place("denied"), "source": place("Ida Maro"),
        "speaker": None, "role": None, "confidence": 1, "evidence": [], **more,
    }  # fmt: skip
    answer = writer.post("/v1/articles", json={"text": TEXT, "speakers": [], "quotes": [quote]})
    assert [each["polarity"] for each in answer.json["quotes"]] == [expected]
    wrong = writer.post("/v1/articles", json={"text": TEXT, "speakers": [], "quotes": [{**quote, "cue_text": "said"}]})
    assert (wrong.status_code, wrong.json["errors"][0]["pointer"]) == (422, "/quotes/0/cue_text")
