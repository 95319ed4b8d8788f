"""What all pages share: headers, files, errors as pages, keys, and the setting that leaves them out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from api.app import create_app
from api.config import Settings
from api.database.engine import writing
from api.http import auth
from tests.answers import create, problem

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
PAGES = ("/", "/search?q=bridge", "/search/filters?q=bridge", "/speakers/1", "/articles/1", "/paste")
POE = "“We will close the bridge if we have to,” said Ann Poe, the mayor of Harnby."


@pytest.fixture
def closed(settings: Settings, engine: Engine) -> Iterator[FlaskClient]:
    """Yield a client without a key where reads are closed, and there is an article."""
    app = create_app(replace(settings, reads="closed"))
    app.testing = True
    with writing(engine) as session:
        key = auth.new_key(session, "tests", "write")
        session.commit()
    writer = app.test_client()
    writer.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    create(writer, "articles", text=POE, title="Harbour")
    yield app.test_client()
    app.extensions["engine"].dispose()


@pytest.mark.parametrize("path", PAGES)
def test_every_page_keeps_scripts_and_styles_of_others_out(seeded: FlaskClient, path: str) -> None:
    answer = seeded.get(path)
    assert answer.status_code == 200
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "Set-Cookie" not in answer.headers
    assert not re.findall(r"<style|\sstyle=|\son\w+=|<script(?![^>]*src=)", answer.text)
    for link in re.findall(r'(?:src|href)="([^"]+)"', answer.text):
        assert re.match(r"/|#|https?://[\w.-]+\.example/", link), link
    zipped = seeded.get(path, headers={"Accept-Encoding": "gzip"})
    for tag in (answer.headers["ETag"], zipped.headers["ETag"]):
        again = seeded.get(path, headers={"If-None-Match": tag})
        assert (again.status_code, again.data) == (304, b"")


def test_files_are_kept_for_good_under_their_version(seeded: FlaskClient) -> None:
    files = set(re.findall(r'(?:src|href)="(/assets/[^"]+)"', seeded.get("/search").text))
    assert {file.rpartition(".")[2] for file in files} >= {"css", "svg"}
    for file in files:
        answer = seeded.get(file, buffered=True)
        assert "immutable" in answer.headers["Cache-Control"]
        again = seeded.get(file, headers={"If-None-Match": answer.headers["ETag"]}, buffered=True)
        assert again.status_code == 304
        other = seeded.get(re.sub(r"/assets/\w+/", "/assets/former/", file), buffered=True)
        assert (other.data, other.headers["Cache-Control"]) == (answer.data, "no-cache")
    for name in ("../site.py", "..%2fsite.py", "nothing.css", "%00"):
        assert seeded.get(f"/assets/x/{name}").status_code == 404


@pytest.mark.parametrize("path", ["/nothing", "/speakers/999", "/articles/999", "/articles/1?quote=999", "/speakers/x"])
def test_what_is_not_there_is_a_page_for_browsers(seeded: FlaskClient, path: str) -> None:
    answer = seeded.get(path, headers=BROWSER)
    assert (answer.status_code, answer.content_type) == (404, "text/html; charset=utf-8")
    assert "Verbatim" in answer.text
    assert "Content-Security-Policy" in answer.headers


@pytest.mark.parametrize("path", ["/nothing", "/v1/nothing"])
def test_what_is_not_there_is_a_problem_for_programs(seeded: FlaskClient, path: str) -> None:
    problem(seeded.get(path), 404, "not-found")
    problem(seeded.get(path, headers={"Accept": "application/json, text/html"}), 404, "not-found")
    problem(seeded.get("/v1/quotes/9999", headers=BROWSER), 404, "not-found")


@pytest.mark.parametrize("path", [*PAGES, "/articles/1/revisions", "/nothing"])
def test_without_a_key_closed_reads_show_nothing(closed: FlaskClient, path: str) -> None:
    answer = closed.get(path, headers=BROWSER)
    assert answer.status_code == (404 if path == "/nothing" else 401)
    assert "text/html" in answer.content_type
    assert not re.search("Poe|Harbour|bridge we|mayor", answer.text)
    assert closed.post("/paste", data={"text": POE}).status_code == 401


def test_keys_count_and_limit_as_they_do_for_the_api(settings: Settings) -> None:
    app = create_app(replace(settings, rate_limit="2/minute"))
    client = app.test_client()
    assert [client.get("/").status_code for _ in range(3)] == [200, 200, 429]
    assert "Retry-After" in client.get("/search").headers
    app.extensions["engine"].dispose()


def test_the_pages_can_be_left_out(settings: Settings) -> None:
    app = create_app(replace(settings, page="off"))
    client = app.test_client()
    for path in ("/", "/search", "/paste", "/assets/x/page.css"):
        problem(client.get(path, headers=BROWSER), 404, "not-found")
    assert client.get("/v1/quotes").status_code == 200
    app.extensions["engine"].dispose()


def test_without_its_database_a_page_says_so_and_asks_again() -> None:
    app = create_app(Settings(database_url="postgresql://verbatim@127.0.0.1:1/verbatim"))
    answer = app.test_client().get("/search?q=bridge", headers=BROWSER)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert '<meta http-equiv="refresh" content="5">' in answer.text
    assert "127.0.0.1" not in answer.text


def test_an_error_of_ours_is_a_page(app: Flask, client: FlaskClient) -> None:
    def fails() -> str:
        raise RuntimeError("secret")

    app.testing = False
    app.view_functions["pages.paste"] = fails
    answer = client.get("/paste")
    assert answer.status_code == 500
    assert "The error has been logged" in answer.text
    assert "secret" not in answer.text


def test_links_begin_with_the_url_of_the_service(settings: Settings) -> None:
    app = create_app(replace(settings, base_url="https://quotes.example/said"))
    page = app.test_client().get("/search").text
    assert re.findall(r'href="(/(?!said/)[^"]*)"', page) == []
    app.extensions["engine"].dispose()
