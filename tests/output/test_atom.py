"""The Atom feed of a search, by RFC 4287."""

from __future__ import annotations

import datetime as dt
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, update

from api.database.engine import writing
from api.models import Article, Quote
from tests.answers import problem
from tests.sample import quote

ATOM = "{http://www.w3.org/2005/Atom}"


def feed(client: FlaskClient, url: str = "/v1/quotes.atom") -> Element:
    response = client.get(url)
    assert (response.status_code, response.content_type) == (200, "application/atom+xml; charset=utf-8")
    return fromstring(response.data)


def one(node: Element, name: str) -> str:
    """Return the text of the child that there must be once."""
    [child] = node.findall(f"{ATOM}{name}")
    return child.text or ""


def links(entry: Element) -> dict[Any, Any]:
    return {link.get("rel"): link.get("href") for link in entry.findall(f"{ATOM}link")}


@pytest.mark.usefixtures("sample")
def test_the_feed_is_valid_and_links_to_the_source(client: FlaskClient) -> None:
    root = feed(client)
    assert root.tag == f"{ATOM}feed"
    for node in (root, *root.findall(f"{ATOM}entry")):  # RFC 4287, 4.1.1 and 4.1.2: exactly one of each
        assert one(node, "id").startswith("urn:uuid:")
        assert one(node, "title")
        assert dt.datetime.fromisoformat(one(node, "updated")).tzinfo == dt.UTC
    assert root.find(f"{ATOM}author/{ATOM}name") is not None  # 4.1.1: unless every entry has one
    assert links(root)["self"] == "http://localhost/v1/quotes.atom"
    third, second, first = root.findall(f"{ATOM}entry")
    assert one(first, "title") == "Ann Poe, former mayor: “We will 🌉 build,” … “and soon.”"
    assert first.findtext(f"{ATOM}author/{ATOM}name") == "Ann Poe"
    assert links(first)["alternate"] == "https://wire.example/1?a=b&c=d"
    assert links(first)["self"] == "http://localhost/v1/quotes/1"
    assert links(third)["alternate"] == "http://localhost/v1/articles/2"
    assert one(first, "content").startswith("🟠 On Monday")
    assert len({one(node, "id") for node in (root, first, second, third)}) == 4


@pytest.mark.usefixtures("sample")
def test_the_feed_of_a_search(client: FlaskClient) -> None:
    root = feed(client, "/v1/quotes.atom?speaker=ann+poe")
    assert [entry.findtext(f"{ATOM}author/{ATOM}name") for entry in root.findall(f"{ATOM}entry")] == ["Ann Poe"]
    assert one(root, "title") == "Quotes: ann poe"
    nothing = feed(client, "/v1/quotes.atom?q=nothing")
    assert nothing.findall(f"{ATOM}entry") == []
    assert one(nothing, "id") not in (one(feed(client), "id"), one(root, "id"))


def test_the_etag_changes_only_with_the_quotes(client: FlaskClient, sample: Engine) -> None:
    first = client.get("/v1/quotes.atom")
    again = client.get("/v1/quotes.atom", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    ids = [one(entry, "id") for entry in feed(client).findall(f"{ATOM}entry")]
    with writing(sample) as session:
        session.execute(update(Quote).where(Quote.id == 1).values(kind="mixed"))
        session.add(quote(session.get_one(Article, 1), "Rain fell"))
        session.commit()
    changed = client.get("/v1/quotes.atom", headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert [one(entry, "id") for entry in fromstring(changed.data).findall(f"{ATOM}entry")][1:] == ids


def test_what_xml_cannot_hold_is_replaced(client: FlaskClient, sample: Engine) -> None:
    with writing(sample) as session:
        session.execute(update(Quote).where(Quote.id == 1).values(text="a\x0b\x1f<b>\ufffe ]]>"))
        session.commit()
    assert feed(client).findall(f"{ATOM}entry")[2].findtext(f"{ATOM}title") == "Ann Poe, former mayor: a <b>\ufffd ]]>"


@pytest.mark.parametrize("query", ["limit=3", "sort=newest", "cursor=x", "format=csv", "foo=1", "kind=loud"])
def test_parameters_that_the_feed_does_not_have_are_refused(client: FlaskClient, query: str) -> None:
    problem(client.get(f"/v1/quotes.atom?{query}"), 422, "invalid")


@pytest.mark.parametrize("q", ["%EF%BF%BE", "%EF%BF%BF", "a%01", "%0B"])
def test_a_feed_is_xml_whatever_is_asked_for(client: FlaskClient, q: str) -> None:
    feed(client, f"/v1/quotes.atom?q={q}")
