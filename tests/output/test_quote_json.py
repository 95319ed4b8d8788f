"""One JSON of a quote: alone, in lists, in its article, in exports and in what a webhook gets."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.config import Settings
from api.output import columns
from api.output.quote_json import NOT_IN_ARTICLE, quote_json
from api.schemas.quote import QuoteInArticle, QuoteSchema
from tests.hooks import allowed, change, save, worked
from tests.web import Site

FIRST = "“The cost of living rose,” said Ann Poe, the mayor of Harnby. “Tolls fall,” said Bo Lund."
SECOND = "“The costs of living rose,” said Ann Poe, the mayor of Harnby. “Nobody asked me,” she said."
BARE = "“The cost of rain fell,” said Ann Poe."


@pytest.fixture
def settings(database_url: str) -> Settings:
    return allowed(database_url)


def parts(quote: dict[str, Any], *without: str) -> dict[str, Any]:
    return {name: value for name, value in quote.items() if name not in without}


def test_members_are_the_columns_of_their_names() -> None:
    """Take a row whose values are the names of its columns: the JSON reads a row by position."""
    names: tuple[str, ...] = columns._Quote._fields
    row = columns._Quote(
        **{name: name for name in names}
        | {"role_status": "held", "context_start": 0, "joint": [columns.Together(7, "Ann Poe", "person")]}
    )
    written = quote_json(row, {})
    same = {"id", "kind", "medium", "act", "polarity", "text", "said", "confidence", "status", "copies", "revision"}
    same |= {"revised", "rewords", "reworded_as", "created", "updated", "context"}
    assert {name: written[name] for name in same} == {name: name for name in same}
    assert written["speaker"] == {"id": "speaker_id", "name": "speaker_name", "kind": "speaker_kind"}
    assert written["joint"] == [{"id": 7, "name": "Ann Poe", "kind": "person"}]
    assert written["role"] == {
        "id": "role_id",
        "title": "role_title",
        "organisation": "organisation",
        "country": "country",
    }
    article = {"id": "article_id", "url": "url", "title": "title", "published": "published"}
    publisher = {"id": "publisher_id", "name": "publisher_name"}
    assert written["article"] == {**article, "publisher": publisher}


def test_every_answer_has_the_same_members_and_values(writer: FlaskClient, app: Flask, receiver: Site) -> None:
    save(writer, receiver, act="any", status="any")
    article = {"url": "https://courier.example/1", "title": "Tolls", "published": "2024-05-14"}
    writer.post("/v1/articles", json={**article, "text": FIRST})
    writer.post("/v1/articles", json={"text": BARE})  # of which nothing is known
    writer.post("/v1/articles", json={**article, "text": SECOND, "published": "2024-05-15T08:00:00Z"})
    first = writer.get("/v1/quotes?status=any&act=any").json["items"][0]["id"]
    change(writer, f"/v1/quotes/{first}", role_status="former", said="2024-05-13")
    ids = range(1, 1 + max(quote["id"] for quote in writer.get("/v1/quotes?act=any&status=any").json["items"]))
    alone = {number: writer.get(f"/v1/quotes/{number}").json for number in ids}
    assert {quote["revised"] for quote in alone.values()} >= {None, "added", "rewording", "reworded", "dropped"}

    listed: dict[int, dict[str, Any]] = {}
    exported: dict[int, dict[str, Any]] = {}
    for revised in ("", "&revised=reworded", "&revised=dropped"):  # those that no longer stand are asked for by name
        query = f"/v1/quotes?act=any&status=any{revised}"
        listed |= {quote["id"]: quote for quote in writer.get(query).json["items"]}
        lines = writer.get(f"{query}&format=ndjson").text.splitlines()
        exported |= {quote["id"]: quote for quote in map(json.loads, lines)}
    worked(app)
    sent = {quote["id"]: quote for _, _, body in receiver.posted for quote in json.loads(body)["items"]}
    in_article = {
        quote["id"]: quote
        for path in ("1", "1?revision=1", "2")
        for quote in writer.get(f"/v1/articles/{path}").json["quotes"]
    }
    assert listed.keys() == exported.keys() == in_article.keys() == alone.keys() >= sent.keys()
    assert sent
    for number, quote in alone.items():
        assert listed[number] == quote
        assert exported[number] == parts(quote, "highlight")
        assert in_article[number] == parts(quote, *NOT_IN_ARTICLE, "highlight")
        text = writer.get(f"/v1/articles/{quote['article']['id']}?revision={quote['revision']}").json["text"]
        start, end = quote["context_span"]
        assert text[start:end] == quote["context"]
        assert sent.get(number, listed[number]) == listed[number]


def test_the_document_describes_what_is_written(writer: FlaskClient) -> None:
    writer.post("/v1/articles", json={"text": FIRST})
    [first] = writer.get("/v1/quotes?role=mayor").json["items"]
    assert first.keys() == QuoteSchema().fields.keys()
    [in_article, *_] = writer.get("/v1/articles/1").json["quotes"]
    assert in_article.keys() == QuoteInArticle().fields.keys()
    for name in ("speaker", "role", "article"):
        assert first[name].keys() == QuoteSchema().fields[name].schema.fields.keys()  # type: ignore[attr-defined]  # nested
    evidence = QuoteSchema().fields["evidence"].inner  # type: ignore[attr-defined]  # a list
    assert {name for link in first["evidence"] for name in link} == evidence.schema.fields.keys()
