"""All who speak together are found, counted, shown, corrected and kept, on both databases."""

from __future__ import annotations

import csv
import io
import json
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from api.models import QuoteJoint
from tests.answers import create, problem

TEXT = (
    "“The pier is shut,” Tom Pell, Ida Maro and the Harbour Board said. “We will mend it,” Maro added.\n\n"
    "Tom Pell, the mayor, said that it was late."
)
URL = "https://wire.example/1"
TOGETHER = ["Tom Pell", "Ida Maro", "Harbour Board"]


@pytest.fixture
def quotes(writer: FlaskClient) -> list[dict[str, Any]]:
    """Store the article with what the engine finds in it. Return its quotes, of which the first is a joint one."""
    create(writer, "articles", text=TEXT, url=URL, title="Pier")
    return listed(writer)


def listed(client: FlaskClient, query: str = "") -> list[dict[str, Any]]:
    answer: dict[str, Any] = client.get(f"/v1/quotes?{query}").json or {}
    return sorted(answer["items"], key=lambda item: item["id"])


def names(quote: Any) -> list[str]:
    return [each["name"] for each in [quote["speaker"], *quote["joint"]] if each]


def change(client: FlaskClient, quote_id: int, **more: Any) -> Any:
    url = f"/v1/quotes/{quote_id}"
    return client.patch(url, json=more, headers={"If-Match": client.get(url).headers["ETag"]})


def stored(engine: Engine) -> list[tuple[int, int]]:
    with Session(engine) as session:
        rows = session.execute(select(QuoteJoint.quote_id, QuoteJoint.speaker_id).order_by(QuoteJoint.speaker_id))
        return [(quote_id, speaker_id) for quote_id, speaker_id in rows]


def test_every_answer_names_all(writer: FlaskClient, quotes: list[dict[str, Any]]) -> None:
    expected = [TOGETHER, ["Ida Maro"], ["Tom Pell"]]
    assert [names(quote) for quote in quotes] == expected
    first = quotes[0]["id"]
    assert names(writer.get(f"/v1/quotes/{first}").json) == TOGETHER
    assert [names(each) for each in writer.get(f"/v1/articles/{quotes[0]['article']['id']}").json["quotes"]] == expected
    lines = writer.get("/v1/quotes?format=ndjson").text.splitlines()
    assert [names(json.loads(line)) for line in lines] == expected
    rows = list(csv.DictReader(io.StringIO(writer.get("/v1/quotes?format=csv").text, newline="")))
    assert (rows[0]["speaker"], rows[0]["joint"]) == ("Tom Pell", "Ida Maro; Harbour Board")
    assert rows[0]["joint_ids"].split() == [str(each["id"]) for each in quotes[0]["joint"]]
    graph = json.loads(writer.get("/v1/quotes?format=jsonld").text)["@graph"]
    assert [each["name"] for each in graph[0]["creator"]] == TOGETHER
    assert [each["@type"] for each in graph[0]["spokenByCharacter"]] == ["Role", "Person", "Organization"]
    bodies = json.loads(writer.get("/v1/quotes?format=annotation").text)["items"][0]["body"]
    assert [each["value"] for each in bodies if each["purpose"] == "describing"][1:] == TOGETHER[1:]
    entries = list(fromstring(writer.get("/v1/quotes.atom").data).iterfind(".//{*}entry"))
    entry = next(each for each in entries if "shut" in str(each.findtext("{*}title")))
    assert [each.text for each in entry.iterfind("{*}author/{*}name")] == TOGETHER
    assert entry.findtext("{*}title") == "Tom Pell, Ida Maro and Harbour Board: “The pier is shut,”"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("speaker=Ida+Maro", [1, 2]),
        ("speaker=Harbour+Board", [1]),
        ("speaker=Tom+Pell", [1, 3]),
        ("speaker=Ida+Maro&q=pier", [1]),
        ("speaker=Ida+Maro&medium=speech", [1, 2]),
        ("q=speaker:2", [1, 2]),
        ("q=-speaker:2", [3]),
        ("q=speaker:2+OR+late", [1, 2, 3]),
        ("speaker=Ida+Maro&distinct=true", [1, 2]),
    ],
)
@pytest.mark.usefixtures("quotes")
def test_each_of_them_is_found(writer: FlaskClient, query: str, expected: list[int]) -> None:
    assert [quote["id"] for quote in listed(writer, query)] == expected
    lines = writer.get(f"/v1/quotes/export?{query}").text.splitlines()
    assert [json.loads(line)["id"] for line in lines] == expected


@pytest.mark.usefixtures("quotes")
def test_each_of_them_is_counted(writer: FlaskClient) -> None:
    counts = writer.get("/v1/quotes?facets=speaker").json["facets"]["speaker"]
    assert {each["label"]: each["count"] for each in counts} == {"Tom Pell": 2, "Ida Maro": 2, "Harbour Board": 1}


def test_people_correct_them(writer: FlaskClient, engine: Engine, quotes: list[dict[str, Any]]) -> None:
    first, [pell, maro, board] = quotes[0]["id"], [quotes[0]["speaker"]["id"], *(e["id"] for e in quotes[0]["joint"])]
    changed = change(writer, first, joint=[board])
    assert changed.status_code == 200, changed.json
    assert names(changed.json) == ["Tom Pell", "Harbour Board"]
    assert [quote["id"] for quote in listed(writer, f"speaker={maro}")] == [quotes[1]["id"]]
    assert stored(engine) == [(first, board)]
    assert names(change(writer, first, speaker=maro, joint=[pell, board]).json) == [
        "Ida Maro",
        "Tom Pell",
        "Harbour Board",
    ]
    assert names(change(writer, first, speaker=pell).json) == ["Tom Pell"]
    assert stored(engine) == []
    for joint, where in (([pell], "/joint/0"), ([maro, maro], "/joint/1"), ([999], "/joint/0")):
        fault = problem(change(writer, first, joint=joint), 422, "invalid")
        assert [each["pointer"] for each in fault["errors"]] == [where]
    problem(change(writer, quotes[1]["id"], speaker=None, joint=[pell]), 422, "invalid")


def test_a_speaker_is_kept_who_speaks_with_others(writer: FlaskClient) -> None:
    article = create(writer, "articles", text=TEXT, quotes=[], speakers=[]).json["id"]
    pell, maro = (create(writer, "speakers", name=name, kind="person").json["id"] for name in ("Tom Pell", "Ida Maro"))
    body = {"article": article, "content": [[0, 19]], "speaker": pell, "joint": [maro], "kind": "direct"}
    quote = create(writer, "quotes", **body).json
    assert names(quote) == ["Tom Pell", "Ida Maro"]
    tagged = {"If-Match": writer.get(f"/v1/speakers/{maro}").headers["ETag"]}
    problem(writer.delete(f"/v1/speakers/{maro}", headers=tagged), 409, "in-use")
    url = f"/v1/quotes/{quote['id']}"
    assert writer.delete(url, headers={"If-Match": writer.get(url).headers["ETag"]}).status_code == 204
    assert writer.delete(f"/v1/speakers/{maro}", headers=tagged).status_code == 204


def test_a_new_text_names_others(writer: FlaskClient, engine: Engine, quotes: list[dict[str, Any]]) -> None:
    text = TEXT.replace(", Ida Maro and the Harbour Board", " and Ida Maro")
    assert writer.post("/v1/articles", json={"text": text, "url": URL}).status_code == 200
    assert [names(quote) for quote in listed(writer)] == [["Tom Pell", "Ida Maro"], ["Ida Maro"], ["Tom Pell"]]
    assert listed(writer)[0]["id"] == quotes[0]["id"]
    assert len(stored(engine)) == 1
    url = f"/v1/articles/{quotes[0]['article']['id']}"
    assert writer.delete(url, headers={"If-Match": writer.get(url).headers["ETag"]}).status_code == 204
    assert stored(engine) == []


@pytest.mark.parametrize(
    ("joint", "where"),
    [([1], "/quotes/0/joint/0"), ([0], "/quotes/0/joint/0"), ([-1], "/quotes/0/joint/0"), ("1", "/quotes/0/joint")],
)
def test_what_the_engine_gives_can_be_given(client: FlaskClient, writer: FlaskClient, joint: Any, where: str) -> None:
    found: Any = client.post("/v1/extract", json={"text": TEXT}).json
    created = create(writer, "articles", text=TEXT, **found).json["id"]
    assert names(writer.get(f"/v1/articles/{created}").json["quotes"][0]) == TOGETHER
    found["quotes"][0] |= {"speaker": 0, "joint": joint}
    found["speakers"] = found["speakers"][:1]
    found["quotes"] = found["quotes"][:1]
    fault = problem(writer.post("/v1/articles", json={"text": TEXT, **found}), 422, "invalid")
    assert where in [each["pointer"] for each in fault["errors"]]
