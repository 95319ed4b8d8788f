"""Quotes over HTTP: read one, list them, search them, and turn pages."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, event

from api.database.engine import writing
from api.limits import COUNTED_ROWS
from tests import factory
from tests.answers import problem
from tests.views.harbour import SOLD, TEXT, YEAR, Same, found, new, spans


def test_reads_a_quote(same: Same) -> None:
    client, ids = same
    quote = client.get(f"/v1/quotes/{ids['quote']}").json
    start, end = quote["context_span"]
    assert TEXT[start:end] == quote["context"]
    assert {name: value for name, value in quote.items() if name not in ("created", "updated")} == {
        "id": ids["quote"],
        "kind": "direct",
        "medium": "speech",
        "act": "speech",
        "polarity": "asserted",
        "text": f"{SOLD} … {YEAR}",
        "said": "2022-03-21",
        "content": spans(SOLD, YEAR),
        "cue": spans("said", "added"),
        "source": spans("Mayor Märta Ilves"),
        "cue_text": "said … added",
        "source_text": "Mayor Märta Ilves",
        "speaker": {"id": ids["ilves"], "name": "Märta Ilves", "kind": "person"},
        "joint": [],
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
        "context": f"{SOLD} said Mayor Märta Ilves. {YEAR} she added.",
        "context_span": [start, end],
        "highlight": [],
    }


def test_a_search_returns_highlights_and_context(same: Same) -> None:
    client, ids = same
    [item] = client.get("/v1/quotes", query_string={"q": "“SELL the harbours” year märta"}).json["items"]
    assert item["id"] == ids["quote"]
    assert [item["text"][start:end] for start, end in item["highlight"]] == ["sell the harbour", "year"]
    assert item["context"] == f"{SOLD} said Mayor Märta Ilves. {YEAR} she added."
    start, end = item["context_span"]
    assert TEXT[start:end] == item["context"]
    [item] = client.get("/v1/quotes?act=attitude").json["items"]
    assert (item["id"], item["highlight"]) == (ids["fear"], [])
    assert item["context"] == "José Ruiz 😀 of the port fears that ice will return."


def test_a_search_explains_its_query(same: Same) -> None:
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


def test_totals(same: Same) -> None:
    client, _ = same

    def total(query: str) -> Any:
        return client.get(f"/v1/quotes?limit=1&{query}").json["total"]

    assert total("act=any") == total("act=any&sort=relevance&q=will") == {"value": 2, "relation": "eq"}
    assert total("q=nothing") == {"value": 0, "relation": "eq"}
    assert total("act=any&total=none") is None
    assert total("act=any&total=exact") == {"value": 2, "relation": "eq"}


@contextmanager
def statements(client: FlaskClient) -> Iterator[list[tuple[str, Any]]]:
    """Collect the SQL that is run meanwhile, and its parameters."""
    seen: list[tuple[str, Any]] = []

    def record(*arguments: Any) -> None:
        seen.append((arguments[2], arguments[3]))

    engine = client.application.extensions["reader"]
    event.listen(engine, "before_cursor_execute", record)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", record)


def counts(seen: list[tuple[str, Any]]) -> list[str]:
    """Return the parameters of the statements that count."""
    return [str(parameters) for sql, parameters in seen if sql.startswith("SELECT count")]


@pytest.mark.parametrize(("total", "bounded"), [("bounded", True), ("exact", False)])
def test_totals_are_bounded_by_default(same: Same, total: str, bounded: bool) -> None:
    client, _ = same
    with statements(client) as seen:
        client.get(f"/v1/quotes?act=any&limit=1&total={total}")
    [parameters] = counts(seen)
    assert (str(COUNTED_ROWS + 1) in parameters) is bounded


def test_later_pages_keep_the_total_of_the_first(same: Same) -> None:
    client, _ = same
    for total in ("bounded", "exact"):
        first = client.get(f"/v1/quotes?limit=1&act=any&total={total}").json
        with statements(client) as seen:
            assert client.get(first["next"]).json["total"] == first["total"] == {"value": 2, "relation": "eq"}
        assert not counts(seen)
    assert client.get(client.get("/v1/quotes?limit=1&act=any&total=none").json["next"]).json["total"] is None


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("", ["quote"]),
        ("act=any", ["fear", "quote"]),
        ("speaker=marta+ilves", ["quote"]),
        ("speaker=Jose+Ruiz&act=any", ["fear"]),
        ("role=mayor&cue=said", ["quote"]),
        ("publisher=courier.example&kind=direct&medium=speech", ["quote"]),
        ("polarity=asserted", ["quote"]),
        ("polarity=denied&act=any", []),
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
def test_answers_queries(same: Same, query: str, keys: list[str]) -> None:
    client, ids = same
    assert found(client, query) == [ids[key] for key in keys]


@pytest.mark.parametrize("by", ["article", "speaker", "role"])
def test_answers_queries_by_id(same: Same, by: str) -> None:
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
        ("polarity=negative", "polarity"),
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
def test_refuses_bad_queries(same: Same, query: str, pointer: str) -> None:
    client, _ = same
    answer = problem(client.get(f"/v1/quotes?{query}"), 422, "invalid")
    assert {error["pointer"] for error in answer["errors"]} == {pointer}


@pytest.mark.parametrize("sort", ["newest", "oldest", "relevance"])
def test_pages_hold_each_quote_once_while_quotes_are_added(writer: FlaskClient, engine: Engine, sort: str) -> None:
    texts = [f"Harbour {'ice ' * (number * 7 % 5) * 6}number {number} froze" for number in range(12)]
    with writing(engine) as session:
        articles = [
            factory.article(
                text, published=dt.datetime(2022, 1, 1 + number // 3, tzinfo=dt.UTC) if number % 4 else None
            )
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


def test_a_cursor_of_another_query_is_refused(same: Same) -> None:
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
def test_refuses_a_forged_cursor(same: Same, position: int, value: Any) -> None:
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


def test_a_page_takes_a_constant_number_of_statements(
    client: FlaskClient, writer: FlaskClient, ids: dict[str, int]
) -> None:
    def asked() -> int:
        with statements(client) as seen:
            client.get("/v1/quotes?act=any&limit=100")
        assert seen
        cut = "substr(coalesce(article_revision.text, article.text),"
        assert "article.text" not in " ".join(sql for sql, _ in seen).replace(cut, "")
        return len(seen)

    few = asked()
    for _ in range(9):
        writer.post("/v1/quotes", json=new(ids, speaker=ids["ilves"], role=ids["captain"]))
    assert asked() == few
