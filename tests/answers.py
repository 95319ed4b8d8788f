"""Create rows over HTTP, and check answers."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


def create(writer: FlaskClient, noun: str, **body: object) -> TestResponse:
    """Create a row of a noun, such as "publishers". Return the answer, which must be 201."""
    response = writer.post(f"/v1/{noun}", json=body)
    assert response.status_code == 201, response.json
    return response


def problem(response: TestResponse, status: int, name: str) -> dict[str, Any]:
    """Assert that the response is this problem, whole. Return its members."""
    body = response.get_json(force=True)
    assert (response.status_code, body["type"]) == (status, f"urn:verbatim:problem:{name}"), body
    assert response.content_type == "application/problem+json"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert isinstance(body, dict)
    return body
