"""Exports: every format on both databases, by the rules of its vocabulary, whole, resumable, and safe in a spreadsheet."""

from __future__ import annotations

import csv
import datetime as dt
import http.client
import io
import json
import re
import time
from threading import Thread
from typing import Any

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from sqlalchemy import Engine, event
from werkzeug.serving import make_server

from api.database.engine import writing
from api.http.streams import stream
from api.models import Article, Quote
from api.output import csv_table
from api.output import stream as exports
from api.output.links import Links
from api.search.articles import find_articles
from api.search.quotes import find_by_rows
from api.search.request import QuoteSearch
from tests.answers import problem
from tests.sample import TEXT, quote

FORMATS = ("ndjson", "csv", "jsonld", "annotation")


def export(client: FlaskClient, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, response.text
    return response.text


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


@pytest.mark.usefixtures("sample")
def test_a_line_is_an_item_of_the_list(client: FlaskClient) -> None:
    for noun, more in (("quotes", "&act=any"), ("articles", "")):
        items = sorted(client.get(f"/v1/{noun}?{more}").json["items"], key=lambda item: item["id"])
        lines = [json.loads(line) for line in export(client, f"/v1/{noun}?format=ndjson{more}").splitlines()]
        for item, line in zip(items, lines, strict=True):
            item.pop("highlight", None)
            item.pop("snippet", None)
            if noun == "articles":
                assert line.pop("text") == TEXT
            assert line == item
            one = client.get(f"/v1/{noun}/{item['id']}").json  # dumped by its schema
            line.pop("context", None)
            assert {name: one[name] for name in line} == line


@pytest.mark.usefixtures("sample")
def test_csv_has_the_source_and_no_formulas(client: FlaskClient) -> None:
    text = export(client, "/v1/quotes?format=csv")
    assert text.startswith("\ufeffid,text,polarity,cue_text,source_text,speaker,joint,role,")
    first, second, third = rows(text)
    assert tuple(first) == csv_table.QUOTE_COLUMNS
    assert first["text"].startswith("“We will 🌉 build,”")
    assert (first["url"], first["published"], first["said"]) == (
        "https://wire.example/1?a=b&c=d",
        "2024-05-14",
        "2024-05-13",
    )
    assert (first["polarity"], first["cue_text"], first["source_text"]) == ("asserted", "said", "Ann Poe")
    assert (second["cue_text"], second["source_text"]) == ("thought", "")
    assert (first["title"], first["publisher"]) == ("'=1+1", "'@Wire")
    assert (first["speaker"], first["role"], first["organisation"]) == ("Ann Poe", "former mayor", "Harnby")
    cut = [TEXT[int(a) : int(b)] for a, b in (pair.split("-") for pair in first["content_spans"].split())]
    assert cut == ["“We will 🌉 build,”", "“and\nsoon.”"]
    assert first["context"].startswith("🟠 On Monday")
    assert (second["speaker"], third["speaker"], third["url"], third["title"]) == ("Rain Office", "", "", "")
    [one, two] = rows(export(client, "/v1/articles?format=csv"))
    assert tuple(one) == csv_table.ARTICLE_COLUMNS
    assert (one["title"], two["title"]) == ("'=1+1", "")


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_what_a_spreadsheet_takes_for_a_formula_is_text(begins: str) -> None:
    [table] = csv_table._lines([(f"{begins}1", f"1{begins}", -1, None)])
    [cells] = csv.reader(io.StringIO(table.decode(), newline=""))
    assert cells == [f"'{begins}1", f"1{begins}", "-1", ""]


# schema.org, of each type used: property -> the types it expects (https://schema.org/Quotation and so on, version 29).
SCHEMA_ORG: dict[str, dict[str, set[str]]] = {
    "Quotation": {
        "text": {"Text"},
        "creator": {"Person", "Organization"},
        "spokenByCharacter": {
            "Person",
            "Organization",
            "Role",
        },  # any property may have a Role between: schema.org/Role
        "dateCreated": {"Date"},
        "citation": {"NewsArticle"},  # CreativeWork
    },
    "NewsArticle": {
        "url": {"Text"},
        "headline": {"Text"},
        "author": {"Person"},
        "inLanguage": {"Text"},
        "datePublished": {"Date"},
        "publisher": {"Organization"},
    },
    "Role": {"roleName": {"Text"}, "spokenByCharacter": {"Person", "Organization"}},
    "Person": {"name": {"Text"}},
    "Organization": {"name": {"Text"}},
}


def check_schema_org(node: dict[str, Any]) -> None:
    """Assert that a node has a type, an IRI, and only properties of its type, each of an expected type."""
    known = SCHEMA_ORG[node["@type"]]
    assert node.get("@id", "http://").startswith("http://")
    for name, value in node.items():
        if name in ("@type", "@id"):
            continue
        if isinstance(value, dict):
            assert value["@type"] in known[name], name
            check_schema_org(value)
        elif "Date" in known[name]:
            dt.datetime.fromisoformat(value)
        else:
            assert "Text" in known[name], name
            assert isinstance(value, str)
            assert value


@pytest.mark.usefixtures("sample")
def test_json_ld_is_of_schema_org(client: FlaskClient) -> None:
    document = json.loads(export(client, "/v1/quotes?format=jsonld"))
    assert document["@context"] == "https://schema.org"
    for node in document["@graph"]:
        assert node["@type"] == "Quotation"
        assert {"@id", "text", "citation"} <= node.keys()
        check_schema_org(node)
    first, _, third = document["@graph"]
    assert first["creator"] == {"@type": "Person", "@id": first["creator"]["@id"], "name": "Ann Poe"}
    assert first["spokenByCharacter"]["roleName"] == "former mayor, Harnby"
    assert first["spokenByCharacter"]["spokenByCharacter"] == first["creator"]
    assert "creator" not in third
    for node in json.loads(export(client, "/v1/articles?format=jsonld"))["@graph"]:
        check_schema_org(node)


@pytest.mark.usefixtures("sample")
def test_annotations_are_web_annotations(client: FlaskClient) -> None:
    """By the W3C's Web Annotation Data Model (Recommendation of 2017-02-23); its sections stand beside each rule."""
    page = json.loads(export(client, "/v1/quotes?format=annotation"))
    assert page["@context"] == "http://www.w3.org/ns/anno.jsonld"  # 3.1
    assert (page["type"], page["id"].startswith("http://")) == ("AnnotationPage", True)  # 5.2
    assert page["partOf"].endswith("/v1/quotes?format=annotation")  # 5.2
    for annotation in page["items"]:
        assert annotation["id"].startswith("http://")  # 3.1: exactly one IRI
        assert annotation["type"] == "Annotation"  # 3.1
        assert annotation["target"]  # 3.1: one or more
        assert annotation["motivation"] in ("identifying", "highlighting")  # 3.3.5
        for moment in ("created", "modified"):  # 3.3.1: xsd:dateTime in UTC, with a Z
            assert re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", annotation[moment])
        for target in annotation["target"]:
            assert {"source", "selector", "state"} <= target.keys()  # 4: exactly one source
            assert target["state"].keys() == {"type", "sourceDate", "cached"}  # 4.3.1
            words, place = target["selector"]
            assert words.keys() == {"type", "exact", "prefix", "suffix"}  # 4.2.4
            assert place.keys() == {"type", "start", "end"}  # 4.2.5
            start, end = place["start"], place["end"]  # 4.2.4, 4.2.5: code points from 0, the end not included
            assert TEXT[start:end] == words["exact"]
            assert TEXT[max(0, start - 32) : start] == words["prefix"]
            assert TEXT[end : end + 32] == words["suffix"]
    first, _, third = page["items"]
    assert [target["selector"][0]["exact"] for target in first["target"]] == ["“We will 🌉 build,”", "“and\nsoon.”"]
    assert first["target"][0]["source"] == "https://wire.example/1?a=b&c=d"
    assert [body["purpose"] for body in first["body"]] == ["identifying", "describing"]
    assert first["body"][1]["value"] == "Ann Poe, former mayor, Harnby"
    assert third["target"][0]["source"].endswith("/v1/articles/2")
    assert "body" not in third


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("*/*", "application/json"),
        ("text/html, */*;q=0.8", "application/json"),
        ("application/xml, */*;q=0.1", "application/json"),
        ("application/x-ndjson", "application/x-ndjson"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("text/csv;q=0.1, application/json", "application/json"),
        ("application/ld+json", "application/ld+json"),
        (
            'application/ld+json; profile="http://www.w3.org/ns/anno.jsonld"',
            'application/ld+json; profile="http://www.w3.org/ns/anno.jsonld"',
        ),
    ],
)
@pytest.mark.usefixtures("sample")
def test_accept_chooses_too(client: FlaskClient, accept: str, content_type: str) -> None:
    response = client.get("/v1/quotes", headers={"Accept": accept})
    assert (response.status_code, response.content_type) == (200, content_type)
    assert "Accept" in response.vary
    assert client.get("/v1/quotes?format=json", headers={"Accept": accept}).content_type == "application/json"


@pytest.mark.usefixtures("sample")
@pytest.mark.parametrize("name", FORMATS)
def test_an_export_is_resumed_after_any_row(client: FlaskClient, name: str) -> None:
    whole = export(client, f"/v1/quotes?format={name}")
    rest = export(client, f"/v1/quotes?format={name}&cursor=1")
    if name in ("ndjson", "csv"):
        assert whole.endswith(rest)
        assert 0 < len(rest) < len(whole)
        assert export(client, f"/v1/quotes?format={name}&cursor=999") == ""
    else:
        key = "@graph" if name == "jsonld" else "items"
        assert json.loads(rest)[key] == json.loads(whole)[key][1:]
        assert json.loads(export(client, f"/v1/quotes?format={name}&cursor=999"))[key] == []


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("format=pdf", "invalid"),
        ("format=csv&limit=3", "invalid"),
        ("format=csv&sort=newest", "invalid"),
        ("format=csv&total=none", "invalid"),
        ("format=csv&cursor=0", "invalid-cursor"),
        ("format=csv&cursor=9223372036854775808", "invalid-cursor"),
        ("format=csv&cursor=WyJh", "invalid-cursor"),
    ],
)
def test_parameters_that_exports_do_not_have_are_refused(client: FlaskClient, query: str, name: str) -> None:
    problem(client.get(f"/v1/quotes?{query}"), 422, name)


@pytest.mark.usefixtures("sample")
def test_a_search_is_exported(client: FlaskClient) -> None:
    assert [row["id"] for row in rows(export(client, "/v1/quotes?format=csv&q=rain"))] == ["2", "3"]
    assert [row["id"] for row in rows(export(client, "/v1/quotes?format=csv&q=-rain"))] == ["1"]
    assert [row["id"] for row in rows(export(client, "/v1/articles?format=csv&publisher=1"))] == ["1"]


@pytest.fixture
def many(sample: Engine) -> Engine:
    """Return the engine of the sample, with twelve quotes."""
    with writing(sample) as session:
        article = session.get_one(Article, 1)
        for _ in range(9):
            session.add(quote(article, "Rain fell"))
            session.flush()
        session.commit()
    return sample


PLACES = Links("http://x/", "http://x/v1/quotes", "http://x/v1/quotes")
EVERY_QUOTE = find_by_rows(QuoteSearch())


@pytest.mark.parametrize("name", FORMATS)
def test_windows_and_batches_join_without_a_seam(many: Engine, name: str) -> None:
    chunks = list(exports.quotes(many, EVERY_QUOTE, name, PLACES, window=3, batch=2))
    assert len(chunks) >= 4
    text = b"".join(chunks).decode()
    if name == "ndjson":
        ids = [json.loads(line)["id"] for line in text.splitlines()]
    elif name == "csv":
        ids = [int(row["id"]) for row in rows(text)]
    else:
        nodes = json.loads(text)["@graph" if name == "jsonld" else "items"]
        ids = [int(node.get("@id", node.get("id")).rpartition("/")[2]) for node in nodes]
    assert ids == list(range(1, 13))


@pytest.mark.parametrize("name", ["ndjson", "csv", "jsonld"])
@pytest.mark.parametrize("sizes", [{"window": 1}, {"batch": 1}])
def test_articles_are_the_same_in_small_windows_and_batches(sample: Engine, name: str, sizes: dict[str, int]) -> None:
    found = find_articles(None)
    chunks = list(exports.articles(sample, found, name, PLACES, **sizes))
    assert len(chunks) == 3  # of two articles and the end
    assert b"".join(chunks) == b"".join(exports.articles(sample, found, name, PLACES))


def test_no_transaction_is_open_between_chunks(many: Engine) -> None:
    for _ in exports.quotes(many, EVERY_QUOTE, "ndjson", PLACES, window=3, batch=2):
        until = time.monotonic() + 10
        while many.pool.checkedout() and time.monotonic() < until:  # type: ignore[attr-defined]  # a pool that counts, as both have
            time.sleep(0.01)  # the next batch is being read, whatever the client does
        assert many.pool.checkedout() == 0  # type: ignore[attr-defined]  # as above
        with writing(many) as session:  # a writer may come between
            session.get_one(Quote, 12).cue = "x"
            session.commit()


@pytest.fixture
def statements(app: Flask) -> list[str]:
    """Collect the statements that the application runs."""
    ran: list[str] = []
    engine = app.extensions["engine"]
    event.listen(engine, "before_cursor_execute", lambda _c, _cursor, statement, *_more: ran.append(statement))
    return ran


def test_a_client_that_goes_away_ends_the_query(app: Flask, sample: Engine, statements: list[str]) -> None:
    @app.route("/each")
    def each() -> Response:
        chunks = exports.quotes(app.extensions["reader"], EVERY_QUOTE, "ndjson", PLACES, batch=1)
        return stream(exports.NDJSON, chunks)

    with writing(sample) as session:
        article = session.get_one(Article, 1)
        for _ in range(100):  # 20 megabytes, which no socket takes unread
            session.add(quote(article, "Rain fell", evidence=[{"span": [0, 1], "rule": "x" * 200_000}]))
        session.commit()
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port)
    connection.request("GET", "/each")
    connection.getresponse().read(100)
    connection.close()
    before = -1
    while len(statements) != before:
        before = len(statements)
        time.sleep(0.3)
    server.shutdown()
    thread.join()
    server.server_close()
    assert len(statements) < 200, "all was read, for nobody"
    assert app.extensions["engine"].pool.checkedout() == 0
