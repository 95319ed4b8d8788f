"""Check the service's own pages: its health, its OpenAPI document and its browsable documentation."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.app import create_app
from api.config import Settings
from tests.answers import problem


@pytest.fixture(params=["no tables", "no server", "no folder"])
def astray(request: pytest.FixtureRequest, empty_database_url: str) -> Flask:
    """Return an application whose database cannot be used."""
    url = {
        "no tables": empty_database_url,
        "no server": "postgresql://verbatim@127.0.0.1:1/verbatim",
        "no folder": "sqlite:////nowhere/at/all/verbatim.db",
    }[request.param]
    return create_app(Settings(database_url=url))


def test_health_with_the_database(client: FlaskClient) -> None:
    for path in ("/healthz", "/readyz"):
        response = client.get(path)
        assert (response.status_code, response.json) == (200, {"status": "ok"})


def test_health_without_the_database(astray: Flask) -> None:
    client = astray.test_client()
    assert client.get("/healthz").json == {"status": "ok"}
    refused = client.get("/readyz")
    problem(refused, 503, "unavailable")
    assert int(refused.headers["Retry-After"]) > 0
    assert client.get("/openapi.json").status_code == 200
    astray.extensions["engine"].dispose()


def test_an_unreachable_database_is_503(caplog: pytest.LogCaptureFixture) -> None:
    app = create_app(Settings(database_url="postgresql://verbatim@127.0.0.1:1/verbatim"))
    refused = app.test_client().get("/v1/publishers")
    assert "127.0.0.1" not in problem(refused, 503, "unavailable")["detail"]  # where it is concerns only the log
    assert "127.0.0.1" in caplog.text


def test_the_openapi_document(client: FlaskClient) -> None:
    response = client.get("/openapi.json")
    assert response.content_type == "application/json"
    document = response.json
    assert document["openapi"].startswith("3.1.")
    assert document["info"]["title"] == "Verbatim"
    operations = [
        (path, method) for path, item in document["paths"].items() for method in item if method != "parameters"
    ]
    for noun in ("articles", "publishers", "speakers", "roles", "tenures", "quotes"):
        methods = {method for path, method in operations if re.fullmatch(rf"/v1/{noun}(/{{\w+}})?", path)}
        assert methods == {"get", "post", "patch", "delete"}, noun
    for path, method in operations:
        assert document["paths"][path][method]["summary"], (path, method)


def test_the_docs_page_loads_only_our_files(client: FlaskClient) -> None:
    page = client.get("/docs")
    assert page.status_code == 200
    assert page.content_type == "text/html; charset=utf-8"
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert links
    for link in links:
        assert link.startswith("/docs/")
        asset = client.get(link, buffered=True)
        assert (asset.status_code, len(asset.data) > 0) == (200, True), link
    assert "/openapi.json" in client.get("/docs/start.js").text


@pytest.mark.parametrize(
    "name", ["../health.py", "..%2fhealth.py", "%2e%2e/__init__.py", "nothing.js", "etc/passwd", "%00"]
)
def test_no_other_file_is_served(client: FlaskClient, name: str) -> None:
    problem(client.get(f"/docs/{name}"), 404, "not-found")
