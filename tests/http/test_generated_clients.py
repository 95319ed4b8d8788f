"""The OpenAPI document as others read it: spectral, redocly, and the generators of clients in Python and TypeScript."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests import NPM, ROOT, program

HERE = Path(__file__).parent / "generated"
# redocly asks nobody for news, and tells nobody of us.
QUIET = {**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}


def run(*command: object, folder: Path, **more: Any) -> str:
    """Run a command in a folder. Return what it printed, and fail with that if it failed."""
    parts = [str(part) for part in command]
    done = subprocess.run(parts, cwd=folder, capture_output=True, text=True, timeout=300, env={**QUIET, **more})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def document(tmp_path: Path) -> Path:
    """Write the document to a file. It is the same on both databases."""
    from api.app import create_app
    from api.config import Settings

    app = create_app(Settings(database_url="sqlite://", background="worker"))
    path = tmp_path / "openapi.json"
    path.write_bytes(app.test_client().get("/openapi.json").data)
    return path


@pytest.fixture
def served(server: str, writer: FlaskClient) -> str:
    """Return the URL of the application, which serves five quotes of two speakers."""
    for day in (1, 2):
        text = f"“Tolls fall on day {day},” said Ann Poe, the mayor of Harnby. “We pay {day},” said Bo Lund, the owner."
        body = {"text": text, "publisher": "Courier", "published": f"2024-05-0{day}"}
        assert writer.post("/v1/articles", json=body).status_code == 201
    body = {"text": "“Tolls are gone,” said Ann Poe, the mayor of Harnby.", "publisher": "Courier"}
    assert writer.post("/v1/articles", json=body).status_code == 201
    return server


def expected(writer: FlaskClient) -> dict[str, Any]:
    """Return what both clients must have read, as the API says itself."""
    listed = writer.get("/v1/quotes").json["items"]
    counted = writer.get("/v1/quotes?q=tolls&facets=speaker").json["facets"]["speaker"]
    article = writer.get("/v1/articles/1").json
    assert len(listed) == 5
    return {
        "ids": [quote["id"] for quote in listed],
        "texts": [quote["text"] for quote in listed],
        "speakers": [[value["label"], value["count"]] for value in counted],
        "article": [article["text"], [quote["id"] for quote in article["quotes"]]],
        "speaker": listed[0]["speaker"]["name"],
        "missing": "urn:verbatim:problem:not-found",
        "exported": 200,
        "changed": "Herald",
    }


@pytest.mark.needs("spectral")
def test_spectral_finds_nothing(document: Path, tmp_path: Path) -> None:
    rules = ROOT / "tests" / "npm" / "spectral.yaml"
    run(program("spectral"), "lint", "--ruleset", rules, "--fail-severity=warn", document, folder=tmp_path)


@pytest.mark.needs("redocly")
def test_redocly_finds_nothing(document: Path, tmp_path: Path) -> None:
    found = run(program("redocly"), "lint", document, "--format=json", folder=tmp_path)
    assert json.loads(found)["totals"] == {"errors": 0, "warnings": 0, "ignored": 0}


def test_a_client_in_python(document: Path, served: str, writer: FlaskClient, key: str, tmp_path: Path) -> None:
    wanted = expected(writer)
    generator = Path(sys.executable).with_name("openapi-python-client")
    out = tmp_path / "verbatim_client"
    run(generator, "generate", "--path", document, "--output-path", out, "--meta", "none", folder=tmp_path)
    read = run(sys.executable, HERE / "read.py", served, key, folder=tmp_path, PYTHONPATH=str(tmp_path))
    assert json.loads(read) == wanted


@pytest.mark.needs("node")
@pytest.mark.needs("openapi-typescript")
def test_a_client_in_typescript(document: Path, served: str, writer: FlaskClient, key: str, tmp_path: Path) -> None:
    wanted = expected(writer)
    (tmp_path / "node_modules").symlink_to(NPM / "node_modules")
    shutil.copyfile(HERE / "read.mts", tmp_path / "read.mts")
    run(program("openapi-typescript"), document, "--output", "schema.ts", folder=tmp_path)
    strictly = ("--strict", "--target", "es2022", "--module", "nodenext", "--skipLibCheck")
    run(program("tsc"), *strictly, "read.mts", folder=tmp_path)
    assert json.loads(run("node", "read.mjs", served, key, folder=tmp_path)) == wanted


def test_every_operation_has_a_name_of_its_own(document: Path) -> None:
    paths = json.loads(document.read_text(encoding="utf-8"))["paths"]
    names = [
        operation["operationId"]
        for path in paths.values()
        for method, operation in path.items()
        if method != "parameters"
    ]
    assert len(set(names)) == len(names)
    assert {"list_quotes", "export_quotes", "add_article", "list_role_holders", "delete_search"} <= set(names)


def test_writing_alone_needs_a_key_where_reads_are_open(document: Path) -> None:
    paths = json.loads(document.read_text(encoding="utf-8"))["paths"]
    for path, operations in paths.items():
        for method in operations.keys() - {"parameters"}:
            reads = (method == "get" and not path.startswith("/v1/searches")) or path == "/v1/extract"
            assert operations[method]["security"] == ([] if reads else [{"key": []}]), (method, path)


def test_no_form_in_the_docs_is_filled_with_an_example(document: Path) -> None:
    paths = json.loads(document.read_text(encoding="utf-8"))["paths"]
    queries = [
        parameter
        for operations in paths.values()
        for method, operation in operations.items()
        for parameter in (operation if method == "parameters" else operation["parameters"])
        if parameter.get("in") == "query"
    ]
    assert queries
    assert [each for each in queries if "example" in each or "example" in each["schema"]] == []


def test_a_list_answers_with_a_page_alone(document: Path) -> None:
    paths = json.loads(document.read_text(encoding="utf-8"))["paths"]
    for noun in ("quotes", "articles"):
        listed = paths[f"/v1/{noun}"]["get"]
        assert list(listed["responses"]["200"]["content"]) == ["application/json"]
        assert "format" not in [parameter.get("name") for parameter in listed["parameters"]]
        assert "text/csv" in paths[f"/v1/{noun}/export"]["get"]["responses"]["200"]["content"]
