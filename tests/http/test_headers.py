"""The headers that answers share: caching, compression, cross-origin access, ids of requests, the rate limit, and Accept."""

from __future__ import annotations

import gzip
import io
import logging
import re
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.config import Settings
from api.database.outages import OneLine
from api.http.headers import COMPRESSED_FROM
from api.http.request_id import LOG_FORMAT, WithRequestId
from tests.answers import problem
from tests.http.test_auth import LIST, served

TEXT = "“Tolls fall,” said Ann Poe, the mayor of Harnby. " + "Rain fell on the old harbour all day. " * 100
APP = {"Origin": "https://app.example"}


@pytest.fixture
def stored(writer: FlaskClient) -> FlaskClient:
    """A client that may write, where a long article with a quote is stored."""
    assert writer.post("/v1/articles", json={"text": TEXT, "publisher": "Courier"}).status_code == 201
    return writer


@pytest.mark.parametrize(
    ("method", "path", "reads", "value"),
    [
        ("GET", "/v1/quotes", "open", "no-cache"),
        ("HEAD", "/v1/quotes", "open", "no-cache"),
        ("GET", "/v1/quotes?format=ndjson", "open", "no-cache"),
        ("GET", "/v1/quotes.atom", "open", "no-cache"),
        ("GET", "/openapi.json", "open", "no-cache"),
        ("GET", "/openapi.json", "closed", "private, no-cache"),
        ("GET", "/docs/start.js", "open", "no-cache"),
        ("GET", "/v1/quotes", "closed", "no-store"),  # 401
        ("GET", "/v1/quotes/1", "open", "no-store"),  # 404
        ("GET", "/v1/nothing", "open", "no-store"),
        ("POST", "/v1/publishers", "open", "no-store"),
        ("OPTIONS", "/v1/quotes", "open", "no-store"),
    ],
)
def test_cache_control(settings: Settings, method: str, path: str, reads: str, value: str) -> None:
    with served(settings, reads=reads) as client:
        assert client.open(path, method=method).headers["Cache-Control"] == value


def test_what_a_key_was_sent_for_is_its_callers_alone(stored: FlaskClient) -> None:
    first = stored.get("/v1/quotes")
    assert first.headers["Cache-Control"] == "private, no-cache"
    again = stored.get("/v1/quotes", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.headers["Cache-Control"]) == (304, "private, no-cache")


@pytest.mark.parametrize(
    ("path", "accept_encoding", "compressed"),
    [
        ("/v1/articles/1", "gzip", True),
        ("/v1/articles/1", "br, gzip;q=0.8", True),
        ("/v1/articles/1", "br", False),
        ("/v1/articles/1", "gzip;q=0", False),
        ("/v1/articles/1", None, False),
        ("/v1/articles?format=ndjson", "gzip", True),
        ("/v1/quotes?format=csv", "gzip", True),
        ("/openapi.json", "gzip", True),
        ("/v1/publishers/1", "gzip", False),  # small
        ("/v1/quotes/99", "gzip", False),  # a problem
    ],
)
def test_large_answers_are_compressed(
    stored: FlaskClient, path: str, accept_encoding: str | None, compressed: bool
) -> None:
    plain = stored.get(path)
    answer = stored.get(path, headers={"Accept-Encoding": accept_encoding} if accept_encoding else {})
    assert (answer.headers.get("Content-Encoding") == "gzip") == compressed
    assert "Accept-Encoding" in answer.vary
    assert (gzip.decompress(answer.data) if compressed else answer.data) == plain.data
    if compressed and "Content-Length" in answer.headers:
        assert int(answer.headers["Content-Length"]) == len(answer.data) < len(plain.data) > COMPRESSED_FROM


def test_a_compressed_answer_has_a_tag_that_serves_as_well(stored: FlaskClient) -> None:
    zipped = {"Accept-Encoding": "gzip"}
    plain, compressed = (stored.get("/v1/articles/1", headers=each).headers["ETag"] for each in ({}, zipped))
    assert plain != compressed  # RFC 9110, 8.8.3.3: other bytes, another strong tag
    for tag in (plain, compressed):
        for headers in ({}, zipped):
            again = stored.get("/v1/articles/1", headers={**headers, "If-None-Match": tag})
            assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    changed = stored.patch("/v1/articles/1", json={"title": "Tolls"}, headers={**zipped, "If-Match": compressed})
    assert changed.status_code == 200
    problem(stored.patch("/v1/articles/1", json={"title": "Rain"}, headers={"If-Match": compressed}), 412, "stale")


@pytest.mark.parametrize("origins", [("https://app.example",), ("https://app.example", "https://b.example"), ("*",)])
@pytest.mark.parametrize("origin", ["https://app.example", "https://other.example", None])
@pytest.mark.parametrize("path", [LIST, f"{LIST}/1", "/v1/quotes?format=csv", "/v1/quotes.atom"])
def test_caches_keep_the_answers_to_origins_apart(
    settings: Settings, origins: tuple[str, ...], origin: str | None, path: str
) -> None:
    with served(settings, cors_origins=origins) as client:
        assert "Origin" in client.get(path, headers={"Origin": origin} if origin else {}).vary


@pytest.mark.parametrize(
    "path", ["/v1/quotes?q=bridge", "/v1/quotes?q=a&q=b", "/v1/quotes.atom?q=x", "/v1/quotes/1?foo=1", "/v1/extract?a"]
)
def test_a_preflight_is_answered_whatever_the_parameters(settings: Settings, path: str) -> None:
    with served(settings, cors_origins=("https://app.example",), reads="closed") as client:
        wanted = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
        asked = client.options(path, headers={**APP, **wanted, "Accept": "*/*"})
        assert asked.status_code == 200
        assert asked.headers["Access-Control-Allow-Origin"] == "https://app.example"
        assert asked.headers["Access-Control-Allow-Headers"] == "authorization"
        assert int(asked.headers["Access-Control-Max-Age"]) > 0


def test_pages_of_other_origins_may_read_the_headers(settings: Settings) -> None:
    with served(settings, cors_origins=("https://app.example",), rate_limit="9/hour") as client:
        answer = client.get(LIST, headers=APP)
        exposed = set(answer.headers["Access-Control-Expose-Headers"].split(", "))
        assert exposed >= {"ETag", "Idempotent-Replayed", "X-Request-Id", "RateLimit", "RateLimit-Policy"}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("7b1c-4f", True),
        ("proxy/1:2=3+4@host.example_9", True),
        ("x" * 200, True),
        ("x" * 201, False),
        ("two words", False),
        ("a]b", False),
        ("ä", False),
        ("", False),
        (None, False),
    ],
)
@pytest.mark.parametrize("path", [LIST, "/v1/quotes/1", "/v1/nothing", "/healthz", "/docs", "/v1/quotes?format=csv"])
def test_every_answer_has_the_id_of_its_request(client: FlaskClient, path: str, given: str | None, kept: bool) -> None:
    answer = client.get(path, headers={} if given is None else {"X-Request-Id": given})
    [request_id] = answer.headers.getlist("X-Request-Id")
    assert (request_id == given) == kept
    assert kept or re.fullmatch("[0-9a-f]{32}", request_id)


def test_each_line_of_the_log_has_the_id_of_its_request(app: Flask, settings: Settings) -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(WithRequestId())
    handler.addFilter(OneLine())
    handler.setFormatter(logging.Formatter(LOG_FORMAT))
    log = logging.getLogger("api")
    log.addHandler(handler)
    try:
        app.extensions["reader"].dispose()
        with served(replace(settings, database_url="sqlite:////nowhere/verbatim.db")) as client:
            problem(client.get("/readyz", headers={"X-Request-Id": "of-this-one"}), 503, "unavailable")
        log.warning("outside of requests")
    finally:
        log.removeHandler(handler)
    first, *_, last = written.getvalue().splitlines()
    assert re.fullmatch(r"\S+ \S+ ERROR \[of-this-one\] the database does not answer: .*", first)
    assert re.fullmatch(r"\S+ \S+ WARNING \[-\] outside of requests", last)


def test_answers_say_how_many_requests_are_left(settings: Settings) -> None:
    with served(settings, rate_limit="2/hour") as client:
        answers = [client.get(LIST), client.get(f"{LIST}/1"), client.get(LIST)]
        assert [answer.status_code for answer in answers] == [200, 404, 429]
        left = []
        for answer in answers:
            assert answer.headers["RateLimit-Policy"] == '"default";q=2;w=3600'
            told = re.fullmatch(r'"default";r=(\d+);t=(\d+)', answer.headers["RateLimit"])
            assert told
            assert 1 <= int(told[2]) <= 3600
            left.append(int(told[1]))
        assert left == [1, 0, 0]
        assert answers[-1].headers["Retry-After"] == told[2]
        assert "RateLimit" not in client.get("/healthz").headers  # which is not counted
    with served(settings) as client:
        assert not {"RateLimit", "RateLimit-Policy"} & set(client.get(LIST).headers.keys())


@pytest.mark.parametrize(
    ("path", "accept", "content_type"),
    [
        (LIST, "application/json", "application/json"),
        (LIST, "APPLICATION/JSON", "application/json"),
        (LIST, "application/json; charset=utf-8", "application/json"),
        (LIST, "application/json;odata=verbose", "application/json"),
        (LIST, "text/html,application/xhtml+xml,*/*;q=0.8", "application/json"),
        (LIST, "application/*", "application/json"),
        (LIST, "", "application/json"),
        (LIST, "text/html", None),
        (LIST, "application/xml, text/csv", None),
        (LIST, "application/json;q=0", None),
        (LIST, "text/csv", None),
        ("/v1/quotes", "text/csv", "text/csv"),
        ("/v1/quotes", "text/html", None),
        ("/v1/quotes", "application/xml", None),
        ("/v1/quotes?format=csv", "text/html", "text/csv"),
        ("/v1/quotes?format=json", "application/xml", "application/json"),
        ("/v1/articles", "application/x-ndjson, application/json;q=0.9", "application/x-ndjson"),
        ("/v1/articles", "image/png", None),
        ("/v1/quotes.atom", "application/atom+xml", "application/atom+xml"),
        ("/v1/quotes.atom", "application/rss+xml, text/xml;q=0.5", "application/atom+xml"),
        ("/v1/quotes.atom", "application/json", None),
        ("/healthz", "text/plain", "application/json"),
        ("/openapi.json", "application/vnd.oai.openapi+json", "application/json"),
        ("/docs", "text/html", "text/html"),
    ],
)
def test_what_is_offered_must_be_acceptable(
    client: FlaskClient, path: str, accept: str, content_type: str | None
) -> None:
    answer = client.get(path, headers={"Accept": accept})
    if content_type is None:
        problem(answer, 406, "not-acceptable")
    else:
        assert (answer.status_code, answer.mimetype) == (200, content_type)


def test_what_cannot_be_answered_is_not_done(stored: FlaskClient) -> None:
    before = stored.get(LIST).data
    problem(stored.post(LIST, json={"name": "Herald"}, headers={"Accept": "text/html"}), 406, "not-acceptable")
    assert stored.get(LIST).data == before
