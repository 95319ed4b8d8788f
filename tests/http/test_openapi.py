"""The whole OpenAPI document against the running service, by schemathesis: new nouns are tested as soon as they exist."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import schemathesis
from flask.testing import FlaskClient

HERE = Path(__file__).parent
DESCRIBED = ("properties", "parameters", "responses", "headers")


def test_the_document_is_valid(client: FlaskClient) -> None:
    document = client.get("/openapi.json").json
    assert document is not None
    schemathesis.openapi.from_dict(document).validate()  # against the schema of OpenAPI 3.1


def test_everything_in_the_document_is_described(client: FlaskClient) -> None:
    found = list(_described(client.get("/openapi.json").json, ""))
    assert {kind for kind, _, _ in found} == {*DESCRIBED, "requestBody"}
    undescribed = [pointer for _, pointer, node in found if not node.get("description", "").strip()]
    assert undescribed == [], "describe it in its schema (api/schemas)"


def _described(node: Any, pointer: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield all that must have a description: what it is, where it stands, and the object itself."""
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in children:
        here = f"{pointer}/{key}"
        if key in DESCRIBED:
            members = value.items() if isinstance(value, dict) else enumerate(value)
            # Where it stands, a property has a description of its own. All else may refer to a component that has one.
            for name, member in members:
                if key == "properties" or "$ref" not in member:
                    yield key, f"{here}/{name}", member
        elif key == "requestBody":
            yield key, here, value
        yield from _described(value, here)


def test_the_service_does_as_the_document_says(server: str, key: str, tmp_path: Path) -> None:
    program = "from schemathesis.cli import schemathesis; schemathesis()"
    options = ["--config-file", str(HERE / "schemathesis.toml"), "run", f"{server}/openapi.json"]
    headers = ["--header", f"Authorization: Bearer {key}", "--no-color"]
    command = [sys.executable, "-c", program, *options, *headers]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=600)
    assert run.returncode == 0, run.stdout + run.stderr
    tested = re.search(r"Tested: (\d+)", run.stdout)
    selected = re.search(r"Selected: (\d+)/(\d+)", run.stdout)
    assert tested, run.stdout
    assert selected, run.stdout
    assert tested[1] == selected[1] == selected[2]
