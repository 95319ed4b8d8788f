"""Quotes over HTTP."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, select
from werkzeug.test import TestResponse

from api.app import create_app
from api.config import Settings
from api.database.engine import reading, writing
from api.folding import fold
from api.http import auth
from api.ingestion import denormalised
from api.models import Article, Name, Publisher, Quote, QuoteSpan, Revision, Role, Speaker
from tests.answers import problem

TEXT = (
    "The council met on Monday. “We will not sell the harbour,” said Mayor Märta Ilves. “Not this year,” she added. "
    "Others kept silent.\n\nJosé Ruiz 😀 of the port fears that ice will return."
)


def spans(*cuts: str, text: str = TEXT) -> list[list[int]]:
    """Where these words stand in the text."""
    return [[text.index(cut), text.index(cut) + len(cut)] for cut in cuts]


Same = tuple[FlaskClient, dict[str, int]]

SOLD, YEAR = "“We will not sell the harbour,”", "“Not this year,”"


def article_of(
    text: str, number: int, publisher: Publisher | None = None, published: dt.datetime | None = None
) -> Article:
    return Article(
        url=f"https://courier.example/{number}",
        title=f"Article {number}",
        publisher=publisher,
        published=published,
        text=text,
        text_hash=hashlib.sha256(text.encode()).hexdigest(),
        engine="tests",
    )


@pytest.fixture
def ids(engine: Engine) -> dict[str, int]:
    """The ids of what is stored, to change it."""
    return stored(engine)


@pytest.fixture(scope="module")
def same(shared_database_url: str) -> Iterator[Same]:
    """A client that may write, and the ids of what is stored, for requests that leave it as it is."""
    app = create_app(Settings(database_url=shared_database_url))
    app.testing = True
    engine = app.extensions["engine"]
    client = app.test_client()
    with writing(engine) as session:
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {auth.new_key(session, 'tests', 'write')}"
        session.commit()
    ids = stored(engine)
    client.get("/v1/quotes")  # the first use of the key is written down
    yield client, ids
    engine.dispose()


def stored(engine: Engine) -> dict[str, int]:
    """Store an article with an extracted quote of two spans and an attitude, two speakers and two roles; give the ids."""
    with writing(engine) as session:
        publisher = Publisher(name="Baltic Courier", folded=fold("Baltic Courier"), domain="courier.example")
        article = article_of(TEXT, 1, publisher, dt.datetime(2022, 3, 22, tzinfo=dt.UTC))
        ilves = Speaker(kind="person", name="Märta Ilves", names=[Name.of("Märta Ilves")])
        ruiz = Speaker(kind="person", name="José Ruiz", names=[Name.of("José Ruiz")])
        mayor, captain = Role.of("Mayor"), Role.of("Captain", "Harbour Board", "EE")
        session.add_all([article, ilves, ruiz, mayor, captain])
        session.flush()
        kept = {"article": article.id, "ilves": ilves.id, "ruiz": ruiz.id, "mayor": mayor.id, "captain": captain.id}
        for key, columns, parts in (
            (
                "quote",
                {"speaker": ilves, "role": mayor, "kind": "direct", "act": "speech", "said": dt.date(2022, 3, 21)},
                {"content": [SOLD, YEAR], "cue": ["said", "added"], "source": ["Mayor Märta Ilves"]},
            ),
            (
                "fear",
                {"speaker": ruiz, "kind": "indirect", "act": "attitude"},
                {"content": ["that ice will return"], "cue": ["fears"], "source": ["José Ruiz"]},
            ),
        ):
            evidence = [{"span": spans("Märta Ilves")[0], "rule": "name"}]
            quote = Quote(
                article=article, medium="speech", confidence=0.9, evidence=evidence, status="extracted", **columns
            )
            quote.spans = [
                QuoteSpan(part=part, position=position, start=start, end=end)
                for part, cuts in parts.items()
                for position, (start, end) in enumerate(spans(*cuts))
            ]
            denormalised.complete(quote)
            session.add(quote)
            session.flush()
            kept[key] = quote.id
        session.commit()
    return kept


def new(ids: dict[str, int], **more: Any) -> dict[str, Any]:
    return {"article": ids["article"], "content": spans("Others kept silent"), "kind": "indirect"} | more


def change(writer: FlaskClient, quote_id: int, **body: Any) -> TestResponse:
    url = f"/v1/quotes/{quote_id}"
    return writer.patch(url, json=body, headers={"If-Match": writer.get(url).headers["ETag"]})


def remove(writer: FlaskClient, quote_id: int) -> None:
    url = f"/v1/quotes/{quote_id}"
    assert writer.delete(url, headers={"If-Match": writer.get(url).headers["ETag"]}).status_code == 204


def found(client: FlaskClient, query: str) -> list[int]:
    response = client.get(f"/v1/quotes?{query}")
    assert response.status_code == 200, response.json
    return [item["id"] for item in response.json["items"]]


def test_a_quote_and_its_proof(same: Same) -> None:
    client, ids = same
    quote = client.get(f"/v1/quotes/{ids['quote']}").json
    assert {name: value for name, value in quote.items() if name not in ("created", "updated")} == {
        "id": ids["quote"],
        "kind": "direct",
        "medium": "speech",
        "act": "speech",
        "text": f"{SOLD} … {YEAR}",
        "said": "2022-03-21",
        "content": spans(SOLD, YEAR),
        "cue": spans("said", "added"),
        "source": spans("Mayor Märta Ilves"),
        "speaker": {"id": ids["ilves"], "name": "Märta Ilves", "kind": "person"},
        "role": {"id": ids["mayor"], "title": "Mayor", "organisation": None, "country": None},
        "role_status": "held",
        "confidence": 0.9,
        "evidence": [{"span": spans("Märta Ilves")[0], "rule": "name"}],
        "status": "extracted",
        "copies": 0,
        "revision": 1,
        "revised": None,
        "rewords": None,
        "reworded_as": None,
        "article": {
            "id": ids["article"],
            "url": "https://courier.example/1",
            "title": "Article 1",
            "publisher": {"id": quote["article"]["publisher"]["id"], "name": "Baltic Courier"},
            "published": "2022-03-22",
        },
    }


def test_a_search_marks_what_matched_and_shows_what_is_around(same: Same) -> None:
    client, ids = same
    [item] = client.get("/v1/quotes", query_string={"q": "“SELL the harbours” year märta"}).json["items"]
    assert item["id"] == ids["quote"]
    assert [item["text"][start:end] for start, end in item["highlight"]] == ["sell the harbour", "year"]
    assert item["context"] == f"{SOLD} said Mayor Märta Ilves. {YEAR} she added."
    [item] = client.get("/v1/quotes?act=attitude").json["items"]
    assert (item["id"], item["highlight"]) == (ids["fear"], [])
    assert item["context"] == "José Ruiz 😀 of the port fears that ice will return."


def test_a_search_says_how_it_was_read(same: Same) -> None:
    client, ids = same
    q = "Harbours OR “SELL it” sol* -toll speaker:ILVES speaker:nobody -said:2021-03..2021-12 said:2022.. foo:bar"
    ilves = {"id": ids["ilves"], "name": "Märta Ilves", "kind": "person"}
    assert client.get("/v1/quotes", query_string={"q": q}).json["query"] == {
        "all": [
            {
                "any": [
                    {"type": "term", "written": "Harbours", "folded": "harbours", "stem": "harbour"},
                    {"type": "phrase", "written": "SELL it", "folded": "sell it", "stem": "sell it"},
                ]
            },
            {"any": [{"type": "prefix", "written": "sol", "folded": "sol", "stem": "sol"}]},
            {"any": [{"type": "field", "field": "speaker", "value": "ILVES", "speakers": [ilves]}]},
            {"any": [{"type": "field", "field": "speaker", "value": "nobody", "speakers": []}]},
            {"any": [{"type": "field", "field": "said", "value": "2022..", "from": "2022-01-01", "to": None}]},
            {"any": [{"type": "term", "written": "foo", "folded": "foo", "stem": "foo"}]},
            {"any": [{"type": "term", "written": "bar", "folded": "bar", "stem": "bar"}]},
        ],
        "without": [
            {"type": "term", "written": "toll", "folded": "toll", "stem": "toll"},
            {"type": "field", "field": "said", "value": "2021-03..2021-12", "from": "2021-03-01", "to": "2021-12-31"},
        ],
        "ignored": 0,
    }
    assert "query" not in dict(client.get("/v1/quotes").json or {})
    assert client.get("/v1/quotes?q=w+" + "+".join(f"w{n}" for n in range(120))).json["query"]["ignored"] == 21


def test_totals(same: Same, monkeypatch: pytest.MonkeyPatch) -> None:
    client, _ = same

    def total(query: str) -> Any:
        return client.get(f"/v1/quotes?limit=1&{query}").json["total"]

    assert total("act=any") == total("act=any&sort=relevance&q=will") == {"value": 2, "relation": "eq"}
    assert total("q=nothing") == {"value": 0, "relation": "eq"}
    assert total("act=any&total=none") is None
    monkeypatch.setattr("api.views.quotes.MAX_COUNTED_QUOTES", 2)
    assert total("act=any") == {"value": 2, "relation": "eq"}
    monkeypatch.setattr("api.views.quotes.MAX_COUNTED_QUOTES", 1)
    assert total("act=any") == {"value": 1, "relation": "gte"}
    assert total("act=any&total=exact") == {"value": 2, "relation": "eq"}
    second = client.get(client.get("/v1/quotes?act=any&limit=1&q=will&sort=relevance").json["next"]).json
    assert (second["total"], len(second["items"])) == ({"value": 1, "relation": "gte"}, 1)


@contextmanager
def statements(client: FlaskClient) -> Iterator[list[str]]:
    """The SQL that is run meanwhile."""
    seen: list[str] = []
    engine = client.application.extensions["reader"]
    record = lambda *arguments: seen.append(arguments[2])  # noqa: E731 - to be removed again
    event.listen(engine, "before_cursor_execute", record)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", record)


def test_later_pages_say_the_total_of_the_first(same: Same) -> None:
    client, _ = same
    for total in ("bounded", "exact"):
        first = client.get(f"/v1/quotes?limit=1&act=any&total={total}").json
        with statements(client) as seen:
            assert client.get(first["next"]).json["total"] == first["total"] == {"value": 2, "relation": "eq"}
        assert not [sql for sql in seen if sql.startswith("SELECT count")]
    assert client.get(client.get("/v1/quotes?limit=1&act=any&total=none").json["next"]).json["total"] is None


def test_a_long_list_is_counted_once_a_minute(same: Same, monkeypatch: pytest.MonkeyPatch) -> None:
    client, _ = same
    monkeypatch.setattr("api.views.quotes.MAX_COUNTED_QUOTES", 1)
    for seconds, counts in ((0, 1), (59, 0), (61, 1)):
        clock = time.monotonic() + seconds
        monkeypatch.setattr("api.http.pagination.time", SimpleNamespace(monotonic=lambda clock=clock: clock))
        with statements(client) as seen:
            assert client.get("/v1/quotes?act=any&limit=1&medium=speech").json["total"] == {
                "value": 1,
                "relation": "gte",
            }
        assert len([sql for sql in seen if sql.startswith("SELECT count")]) == counts


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("", ["quote"]),
        ("act=any", ["fear", "quote"]),
        ("speaker=marta+ilves", ["quote"]),
        ("speaker=Jose+Ruiz&act=any", ["fear"]),
        ("role=mayor&cue=said", ["quote"]),
        ("publisher=courier.example&kind=direct&medium=speech", ["quote"]),
        ("from=2022-03-21", ["quote"]),
        ("to=2022-03-21", ["quote"]),  # a day to its end
        ("to=2022-03-20", []),
        ("from=2022-03-21T00:00:01Z", []),
        ("from=2022-03-21T01:00:00%2B01:00", ["quote"]),
        ("to=2022-03-20T23:59:59.999999Z", []),
        ("to=2022-03-21T00:00:00Z", ["quote"]),
        ("from=2022-03-22&act=any", ["fear"]),  # published then: its text says no date
        ("from=0001-01-01&to=9999-12-31&act=any", ["fear", "quote"]),
        ("from=2023-01-01&to=2022-01-01", []),
        ("q=%22", []),
        ("q=%2A", []),
        ("q=the+of&act=any", []),
        ("q=NEAR(harbour", []),
        ("q=a:b", []),
        ("q=%27;+DROP+TABLE+quote", []),
        ("q=%D7%A9%D7%9C%D7%95%D7%9D", []),
        ("q=%F0%9F%98%80", []),
        ("q=%FF", []),  # no UTF-8
        ("speaker=999999999999999999", []),
        ("speaker=" + "9" * 30, []),
        ("sort=relevance&q=harbour", ["quote"]),
        ("sort=relevance&q=-zebra&act=any", ["fear", "quote"]),
        ("q=harb*+-year", []),
        ("q=said:2022-03-21+OR+ice&act=any", ["fear", "quote"]),
        ("q=speaker:ilves+role:mayor", ["quote"]),
        ("q=ice+-", []),
        ("q=%22will", ["quote"]),
    ],
)
def test_queries(same: Same, query: str, keys: list[str]) -> None:
    client, ids = same
    assert found(client, query) == [ids[key] for key in keys]


@pytest.mark.parametrize("by", ["article", "speaker", "role"])
def test_queries_by_id(same: Same, by: str) -> None:
    client, ids = same
    key = {"speaker": "ilves", "role": "mayor"}.get(by, by)
    assert found(client, f"{by}={ids[key]}") == [ids["quote"]]
    assert found(client, f"{by}=4711") == []


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("q=", "q"),
        ("q=" + "x" * 5000, "q"),
        ("q=%00", "q"),
        ("speaker=", "speaker"),
        ("speaker=%20", "speaker"),
        ("article=" + "9" * 30, "article"),
        ("article=x", "article"),
        ("article=0", "article"),
        ("country=Estonia", "country"),
        ("kind=both", "kind"),
        ("medium=radio", "medium"),
        ("act=all", "act"),
        ("status=gone", "status"),
        ("sort=best", "sort"),
        ("total=some", "total"),
        ("from=2022-02-30", "from"),
        ("to=yesterday", "to"),
        ("since=2022-01-01", "since"),
        ("limit=1000", "limit"),
        ("colour=red", "colour"),
        ("q=a&q=b", "q"),
    ],
)
def test_bad_queries(same: Same, query: str, pointer: str) -> None:
    client, _ = same
    answer = problem(client.get(f"/v1/quotes?{query}"), 422, "invalid")
    assert {error["pointer"] for error in answer["errors"]} == {pointer}


@pytest.mark.parametrize("sort", ["newest", "oldest", "relevance"])
def test_pages_hold_each_quote_once_while_quotes_are_added(writer: FlaskClient, engine: Engine, sort: str) -> None:
    texts = [f"Harbour {'ice ' * (number * 7 % 5) * 6}number {number} froze" for number in range(12)]
    with writing(engine) as session:
        articles = [
            article_of(text, number, None, dt.datetime(2022, 1, 1 + number // 3, tzinfo=dt.UTC) if number % 4 else None)
            for number, text in enumerate(texts)
        ]
        session.add_all(articles)
        session.commit()
        stored = [(article.id, len(article.text)) for article in articles]

    def add(article: tuple[int, int]) -> int:
        body = {"article": article[0], "content": [[0, article[1]]], "kind": "indirect"}
        return int(writer.post("/v1/quotes", json=body).json["id"])

    before = {add(article) for article in stored}
    everything = found(writer, f"q=harbour&sort={sort}&limit=100")
    assert set(everything) == before
    seen, url = [], f"/v1/quotes?q=harbour&sort={sort}&limit=3"
    while url:
        page = writer.get(url).json
        seen += [item["id"] for item in page["items"]]
        url = page["next"]
        add(stored[len(seen) % 12])
    assert len(seen) == len(set(seen))
    assert [quote_id for quote_id in seen if quote_id in before] == everything


def test_a_cursor_is_good_for_its_query_alone(same: Same) -> None:
    client, _ = same
    url = client.get("/v1/quotes?act=any&limit=1").json["next"]
    assert client.get(url).status_code == 200
    for other in (url + "&q=harbour", url.replace("act=any", "act=speech"), url + "&sort=relevance"):
        problem(client.get(other), 422, "invalid-cursor")
    for garbled in ("x", "e30", "W10", "AAAA"):
        problem(client.get(f"/v1/quotes?cursor={garbled}"), 422, "invalid-cursor")


@pytest.mark.parametrize(
    ("position", "value"),
    [
        (0, "x"),
        (1, 2),
        (1, [2]),
        (1, [-1, "eq"]),
        (1, [2, "of"]),
        (2, 2**63),
        (2, True),
        (2, None),
        (3, "x"),
        (3, "2022-01-01T00:00:00"),
        (3, 5),
        (4, -(2**63)),
        (4, "1"),
    ],
)
def test_a_forged_cursor(same: Same, position: int, value: Any) -> None:
    client, _ = same
    url, cursor = client.get("/v1/quotes?act=any&q=will&sort=relevance&limit=1").json["next"].split("cursor=")
    parts = json.loads(base64.urlsafe_b64decode(cursor + "==="))
    parts[position] = value
    forged = base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()
    problem(client.get(f"{url}cursor={forged}"), 422, "invalid-cursor")


@pytest.mark.parametrize(("position", "value"), [(2, 2**63 - 1), (2, -(2**63) + 1), (4, 2**63 - 1)])
def test_a_cursor_may_point_anywhere(same: Same, position: int, value: int) -> None:
    client, _ = same
    url, cursor = client.get("/v1/quotes?act=any&q=will&sort=relevance&limit=1").json["next"].split("cursor=")
    parts = json.loads(base64.urlsafe_b64decode(cursor + "==="))
    parts[position] = value
    forged = base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()
    assert client.get(f"{url}cursor={forged}").status_code == 200


def test_a_page_costs_the_same_statements_however_many_quotes_it_has(
    client: FlaskClient, writer: FlaskClient, ids: dict[str, int]
) -> None:
    def asked() -> int:
        with statements(client) as seen:
            client.get("/v1/quotes?act=any&limit=100")
        assert seen
        cut = "substr(coalesce(article_revision.text, article.text),"
        assert "article.text" not in " ".join(seen).replace(cut, "")
        return len(seen)

    few = asked()
    for _ in range(9):
        writer.post("/v1/quotes", json=new(ids, speaker=ids["ilves"], role=ids["captain"]))
    assert asked() == few


def test_a_quote_added_by_hand(writer: FlaskClient, ids: dict[str, int]) -> None:
    body = new(
        ids,
        content=[[TEXT.index(" Others"), TEXT.index("José")]],  # with white space around
        cue=spans("kept"),
        source=spans("Others"),
        speaker=ids["ruiz"],
        role=ids["captain"],
        role_status="former",
        kind="direct",
        medium="post",
        said="2022-03-20",
    )
    created = writer.post("/v1/quotes", json=body)
    assert created.status_code == 201, created.json
    quote = writer.get(created.headers["Location"])
    assert quote.json == created.json
    assert quote.headers["ETag"] == created.headers["ETag"]
    assert quote.json["content"] == spans("Others kept silent.")
    assert quote.json["text"] == "Others kept silent."
    assert (quote.json["status"], quote.json["confidence"], quote.json["evidence"]) == ("added", 1.0, [])
    assert (quote.json["role"]["title"], quote.json["role_status"]) == ("former Captain", "former")
    assert found(writer, "q=silent+ruiz") == [quote.json["id"]]
    assert found(writer, "to=2022-03-20&cue=kept") == [quote.json["id"]]
    remove(writer, quote.json["id"])
    problem(writer.get(created.headers["Location"]), 404, "not-found")
    assert found(writer, "q=silent&status=any") == []


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"article": 4711}, "/article"),
        ({"article": int("9" * 30)}, "/article"),
        ({"article": "1"}, "/article"),
        ({"article": None}, "/article"),
        ({"speaker": 4711}, "/speaker"),
        ({"speaker": "José Ruiz"}, "/speaker"),
        ({"speaker": 1, "role": 4711}, "/role"),
        ({"role": 1}, "/role"),  # of whom
        ({"content": []}, "/content"),
        ({"content": None}, "/content"),
        ({"content": "words"}, "/content"),
        ({"content": [[0]]}, "/content/0"),
        ({"content": [[3, 3]]}, "/content/0"),
        ({"content": [[5, 3]]}, "/content/0"),
        ({"content": [[-1, 3]]}, "/content/0"),
        ({"content": [[0, 3.5]]}, "/content/0"),
        ({"content": [[0, True]]}, "/content/0"),
        ({"content": [["0", "3"]]}, "/content/0"),
        ({"content": [[0, int("9" * 30)]]}, "/content/0"),
        ({"content": [[0, len(TEXT) + 1]]}, "/content/0"),
        ({"content": [[0, 3], [3, 4]]}, "/content/1"),  # white space
        ({"content": [[0, 5], [4, 9]]}, "/content"),
        ({"content": [[10, 15], [0, 5]]}, "/content"),
        ({"content": [[number, number + 1] for number in range(1001)]}, "/content"),
        ({"cue": [[0, 5], [4, 9]]}, "/cue"),
        ({"source": [[0, len(TEXT) + 1]]}, "/source/0"),
        ({"kind": "both"}, "/kind"),
        ({"kind": None}, "/kind"),
        ({"medium": 1}, "/medium"),
        ({"act": "any"}, "/act"),
        ({"said": "2022-02-30"}, "/said"),
        ({"said": 20220230}, "/said"),
        ({"status": "confirmed"}, "/status"),
        ({"text": "words"}, "/text"),
        ({"confidence": 1}, "/confidence"),
    ],
)
def test_invalid_quotes(same: Same, more: Any, pointer: str) -> None:
    client, ids = same
    answer = problem(client.post("/v1/quotes", json=new(ids, **more)), 422, "invalid")
    assert [error["pointer"] for error in answer["errors"]] == [pointer]
    if pointer not in ("/article", "/role", "/status", "/text", "/confidence"):
        answer = problem(change(client, ids["quote"], **more), 422, "invalid")
        assert [error["pointer"] for error in answer["errors"]] == [pointer]
    assert found(client, "act=any&status=any") == [ids["fear"], ids["quote"]]
    assert client.get(f"/v1/quotes/{ids['quote']}").json["status"] == "extracted"


@pytest.mark.parametrize("missing", ["article", "content", "kind"])
def test_what_a_quote_needs(same: Same, missing: str) -> None:
    client, ids = same
    body = {name: value for name, value in new(ids).items() if name != missing}
    answer = problem(client.post("/v1/quotes", json=body), 422, "invalid")
    assert [error["pointer"] for error in answer["errors"]] == [f"/{missing}"]


def test_a_correction(writer: FlaskClient, ids: dict[str, int]) -> None:
    changed = change(writer, ids["quote"], speaker=ids["ruiz"], content=spans(YEAR), cue=[], said=None).json
    assert changed == writer.get(f"/v1/quotes/{ids['quote']}").json
    assert changed["speaker"]["name"] == "José Ruiz"
    assert (changed["role"], changed["role_status"]) == (None, None)  # they were the other speaker's
    assert (changed["evidence"], changed["confidence"]) == ([], 1.0)
    assert (changed["text"], changed["content"], changed["cue"]) == (YEAR, spans(YEAR), [])
    assert changed["source"] == spans("Mayor Märta Ilves")
    assert changed["status"] == "corrected"
    [item] = writer.get("/v1/quotes?q=ruiz+year&from=2022-03-22").json["items"]
    assert item["context"] == f"{SOLD} said Mayor Märta Ilves. {YEAR} she added."
    for gone in ("q=ilves", "q=sell", "cue=said", "to=2022-03-21"):
        assert found(writer, gone) == []


@pytest.mark.parametrize(
    ("before", "body", "after"),
    [
        ("extracted", {"kind": "mixed"}, "corrected"),
        ("confirmed", {"kind": "mixed"}, "corrected"),
        ("corrected", {"kind": "mixed"}, "corrected"),
        ("rejected", {"kind": "mixed"}, "rejected"),
        ("extracted", {"status": "confirmed"}, "confirmed"),
        ("extracted", {"kind": "mixed", "status": "confirmed"}, "confirmed"),
        ("rejected", {"status": "extracted"}, "extracted"),
        ("extracted", {}, "extracted"),
    ],
)
def test_status_after_a_change(
    writer: FlaskClient, ids: dict[str, int], before: str, body: dict[str, str], after: str
) -> None:
    assert change(writer, ids["quote"], status=before).json["status"] == before
    assert change(writer, ids["quote"], **body).json["status"] == after


def test_an_added_quote_stays_added(writer: FlaskClient, ids: dict[str, int]) -> None:
    quote_id = writer.post("/v1/quotes", json=new(ids)).json["id"]
    assert change(writer, quote_id, speaker=ids["ilves"]).json["status"] == "added"
    problem(change(writer, quote_id, status="confirmed"), 422, "invalid")
    problem(change(writer, quote_id, status="added"), 422, "invalid")


def test_a_speaker_taken_away_takes_the_role_along(writer: FlaskClient, ids: dict[str, int]) -> None:
    changed = change(writer, ids["quote"], speaker=None).json
    assert (changed["speaker"], changed["role"]) == (None, None)
    problem(change(writer, ids["quote"], role=ids["mayor"]), 422, "invalid")
    changed = change(writer, ids["quote"], speaker=ids["ilves"], role=ids["captain"], role_status="acting").json
    assert (changed["role"]["organisation"], changed["role_status"]) == ("Harbour Board", "acting")


def test_a_deleted_quote_stays_rejected(writer: FlaskClient, ids: dict[str, int]) -> None:
    remove(writer, ids["quote"])
    assert writer.get(f"/v1/quotes/{ids['quote']}").json["status"] == "rejected"
    assert found(writer, "q=harbour") == []
    assert found(writer, "q=harbour&status=rejected") == [ids["quote"]]
    remove(writer, ids["quote"])
    assert found(writer, "status=any&act=any") == [ids["fear"], ids["quote"]]


def test_every_change_is_on_record(writer: FlaskClient, engine: Engine, key: str, ids: dict[str, int]) -> None:
    change(writer, ids["quote"], cue=spans("said"))
    remove(writer, ids["quote"])
    added = writer.post("/v1/quotes", json=new(ids)).json["id"]
    remove(writer, added)
    with reading(engine) as session:
        revisions = session.scalars(select(Revision).order_by(Revision.id)).all()
    assert [(revision.table, revision.row, revision.version, revision.by) for revision in revisions] == [
        ("quote", ids["quote"], 2, key[:11]),
        ("quote", ids["quote"], 3, key[:11]),
        ("quote", added, 1, key[:11]),
        ("quote", added, 1, key[:11]),
    ]
    assert [revision.change for revision in revisions] == [
        {"cue": spans("said")},
        {"status": "rejected"},
        json.loads(json.dumps(new(ids))) | revisions[2].change,
        {"deleted": True},
    ]


def test_changes_need_the_tag_and_a_key(client: FlaskClient, key: str, ids: dict[str, int]) -> None:
    url = f"/v1/quotes/{ids['quote']}"
    problem(client.patch(url, json={}), 401, "unauthorized")
    problem(client.delete(url), 401, "unauthorized")
    problem(client.post("/v1/quotes", json=new(ids)), 401, "unauthorized")
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    old = client.get(url).headers["ETag"]
    for send in (client.patch, client.delete):
        problem(send(url, json={"kind": "mixed"}), 428, "if-match-required")
    assert client.patch(url, json={"source": []}, headers={"If-Match": old}).status_code == 200
    for send in (client.patch, client.delete):
        problem(send(url, json={"kind": "mixed"}, headers={"If-Match": old}), 412, "stale")
    assert client.get(url, headers={"If-None-Match": client.get(url).headers["ETag"]}).status_code == 304


def test_no_such_quote(writer: FlaskClient) -> None:
    for quote_id in (1, "9" * 30, 0, "x"):
        problem(writer.get(f"/v1/quotes/{quote_id}"), 404, "not-found")
    problem(writer.patch("/v1/quotes/1", json={}, headers={"If-Match": '"x"'}), 404, "not-found")
    problem(writer.delete("/v1/quotes/1", headers={"If-Match": '"x"'}), 404, "not-found")


def test_a_deleted_article_takes_its_quotes_along(writer: FlaskClient, ids: dict[str, int]) -> None:
    url = f"/v1/articles/{ids['article']}"
    assert writer.delete(url, headers={"If-Match": writer.get(url).headers["ETag"]}).status_code == 204
    problem(writer.get(f"/v1/quotes/{ids['quote']}"), 404, "not-found")
    assert found(writer, "q=harbour&act=any&status=any") == []


def test_a_renamed_speaker_is_found_by_the_new_name(writer: FlaskClient, ids: dict[str, int]) -> None:
    url = f"/v1/speakers/{ids['ilves']}"
    body = {"name": "Märta Tamm", "names": ["Märta Tamm"]}
    assert writer.patch(url, json=body, headers={"If-Match": writer.get(url).headers["ETag"]}).status_code == 200
    assert found(writer, "q=tamm+harbour") == [ids["quote"]]
    assert found(writer, "q=ilves") == []
    assert writer.get(f"/v1/quotes/{ids['quote']}").json["speaker"]["name"] == "Märta Tamm"
