"""What the tests over HTTP say of answers."""

from __future__ import annotations

from typing import Any

from werkzeug.test import TestResponse


def problem(response: TestResponse, status: int, name: str) -> dict[str, Any]:
    """Assert that the response is this problem, whole, and give its members."""
    body = response.get_json(force=True)
    assert (response.status_code, body["type"]) == (status, f"urn:verbatim:problem:{name}"), body
    assert response.content_type == "application/problem+json"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert isinstance(body, dict)
    return body
