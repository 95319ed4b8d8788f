"""Paths, parameters and bodies that a view never sees, on publishers. test_bad_input.py has every noun."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.answers import create, problem


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/name"),
        ({"name": ""}, "/name"),
        ({"name": " \t "}, "/name"),
        ({"name": None}, "/name"),
        ({"name": 7}, "/name"),
        ({"name": "a\0b"}, "/name"),
        ({"name": "\ud800"}, "/name"),
        ({"name": "x" * 301}, "/name"),
        ({"name": "x", "domain": "no host"}, "/domain"),
        ({"name": "x", "id": 4}, "/id"),
        ({"name": "x", "colour": "red"}, "/colour"),
        ([], ""),
    ],
)
def test_invalid_bodies(writer: FlaskClient, body: object, pointer: str) -> None:
    sent = writer.post("/v1/publishers", data=json.dumps(body), content_type="application/json")
    answer = problem(sent, 422, "invalid")
    assert pointer in [error["pointer"] for error in answer["errors"]]
    assert writer.get("/v1/publishers").json["items"] == []


@pytest.mark.parametrize("data", [b"", b"{", b'{"name": "\xff"}', b"[" * 100_000, b'{"name": ' + b"9" * 5000 + b"}"])
def test_what_is_no_json(writer: FlaskClient, data: bytes) -> None:
    response = writer.post("/v1/publishers", data=data, content_type="application/json")
    assert 400 <= response.status_code < 500
    problem(response, response.status_code, "invalid" if response.status_code == 422 else "bad-request")


@pytest.mark.parametrize(
    ("more", "status", "name"),
    [
        ({}, 400, "bad-request"),
        ({"content_type": "application/json"}, 400, "bad-request"),
        ({"data": "name=Courier", "content_type": "application/x-www-form-urlencoded"}, 415, "unsupported-media-type"),
        ({"data": '{"name": "Courier"}', "content_type": "text/plain"}, 415, "unsupported-media-type"),
        ({"data": '{"name": "Courier"}'}, 415, "unsupported-media-type"),
        ({"data": "null", "content_type": "application/json"}, 422, "invalid"),
    ],
)
def test_a_change_without_json_is_refused(writer: FlaskClient, more: dict[str, Any], status: int, name: str) -> None:
    created = create(writer, "publishers", name="Baltic Courier")
    url, tag = created.headers["Location"], {"If-Match": created.headers["ETag"]}
    problem(writer.patch(url, headers=tag, **more), status, name)
    problem(writer.post("/v1/publishers", **more), status, name)
    merged = writer.patch(url, headers=tag, data='{"name": "C"}', content_type="application/merge-patch+json")
    assert merged.json["name"] == "C"


@pytest.mark.parametrize(
    ("path", "status", "name"),
    [
        ("/v1/publishers?colour=red", 422, "invalid"),
        ("/v1/publishers?limit=0", 422, "invalid"),
        ("/v1/publishers?limit=101", 422, "invalid"),
        ("/v1/publishers?limit=1_0", 422, "invalid"),
        ("/v1/publishers?limit=1&limit=2", 422, "invalid"),
        ("/v1/publishers/1?colour=red", 422, "invalid"),
        ("/v1/publishers/1", 404, "not-found"),
        ("/v1/publishers/0", 404, "not-found"),
        (f"/v1/publishers/{'9' * 30}", 404, "not-found"),
        ("/v1/publishers/x", 404, "not-found"),
        ("/v1/nothing", 404, "not-found"),
    ],
)
def test_bad_requests(client: FlaskClient, path: str, status: int, name: str) -> None:
    problem(client.get(path), status, name)


def test_head_is_get_without_a_body(writer: FlaskClient) -> None:
    create(writer, "publishers", name="Baltic Courier")
    for path in ("/v1/publishers?q=courier", "/v1/publishers/1"):
        head, get = writer.head(path), writer.get(path)
        assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", get.headers["ETag"])
    assert writer.head("/v1/publishers?colour=red").status_code == 422


def test_wrong_method_says_which_are_right(writer: FlaskClient) -> None:
    response = writer.put("/v1/publishers", json={})
    problem(response, 405, "method-not-allowed")
    assert set(response.headers["Allow"].split(", ")) >= {"GET", "POST"}
