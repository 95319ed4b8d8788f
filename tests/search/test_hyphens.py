"""Find words with hyphens, brackets and "and" as people mean them, on both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from api.app import create_app
from api.config import Settings
from api.database.engine import writing
from tests import factory

TEXTS = (
    "They will re-open the bridge",
    "They will reopen the harbour",
    "The open door was shut again, re taxes",
    "A 162-metre bridge was shut",
    "A bridge of 162 long metres",
    "The bridge(s) may be shut and sold",
    "[We] ran from the harbour",
    "A non-profit and a nonprofit",
)


@pytest.fixture(scope="module")
def client(shared_database_url: str) -> Iterator[FlaskClient]:
    """Yield a client of a database with a quote of each text, whose ids count from 1."""
    app = create_app(Settings(database_url=shared_database_url))
    app.testing = True
    with writing(app.extensions["engine"]) as session:
        article, ann = factory.article(), factory.speaker("Anne-Marie Poe")
        for text in TEXTS:
            session.add(factory.quote(text, ann, article))
            session.flush()
        session.commit()
    yield app.test_client()
    app.extensions["engine"].dispose()


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("re-open", [1, 2]),
        ("reopen", [1, 2]),
        ("re-opened", [1, 2]),
        ("“re-open the”", [1, 2]),
        ("“reopen the bridge”", [1]),
        ("reop*", [2]),
        ("-re-open bridge", [4, 5, 6]),
        ("-reopen bridge", [4, 5, 6]),
        ("162-metre bridge", [4]),
        ("bridge AND shut", [4, 6]),
        ("bridge and shut", [4, 6]),
        ("bridge NOT shut", [1, 5]),
        ("“shut and sold”", [6]),
        ("bridge(s)", [1, 4, 5, 6]),
        ("[We] ran", [7]),
        ("“[We] ran”", [7]),
        ("“we ran”", [7]),
        ("non-profit", [8]),
        ("nonprofit", [8]),
        ("re-open OR non-profit", [1, 2, 8]),
        ("anne-marie 162-metre", [4]),
    ],
)
@pytest.mark.parametrize("sort", ["newest", "relevance"])
def test_finds_quotes(client: FlaskClient, q: str, sort: str, found: list[int]) -> None:
    listed = client.get("/v1/quotes", query_string={"q": q, "sort": sort}).json["items"]
    assert sorted(quote["id"] for quote in listed) == found


@pytest.mark.parametrize("q", ["Anne-Marie", "Anne-Marie Poe", "anne-mari", "Poe Anne-Marie"])
def test_finds_speakers(client: FlaskClient, q: str) -> None:
    found = client.get("/v1/speakers", query_string={"q": q}).json["items"]
    assert [speaker["name"] for speaker in found] == ["Anne-Marie Poe"]


def test_highlights_both_ways_to_write_it(client: FlaskClient) -> None:
    items = client.get("/v1/quotes?q=non-profit").json["items"]
    assert [[quote["text"][start:end] for start, end in quote["highlight"]] for quote in items] == [
        ["non-profit", "nonprofit"]
    ]


def test_the_answer_says_how_a_hyphen_was_read(client: FlaskClient) -> None:
    [group] = client.get("/v1/quotes?q=re-open").json["query"]["all"]
    assert group["any"] == [{"type": "phrase", "written": "re-open", "folded": "re open", "stem": "re open"}]
