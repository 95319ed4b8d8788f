"""Publishers over HTTP: the rules that every noun shares are tested here, on the simplest one."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.answers import problem


def create(writer: FlaskClient, name: str = "Baltic Courier", **more: object) -> TestResponse:
    response = writer.post("/v1/publishers", json={"name": name, **more})
    assert response.status_code == 201, response.json
    return response


def test_create_read_change_delete(writer: FlaskClient) -> None:
    created = create(writer, domain="courier.example")
    url = created.headers["Location"]
    read = writer.get(url)
    assert read.json == created.json
    changed = writer.patch(url, json={"name": "The Courier"}, headers={"If-Match": read.headers["ETag"]})
    assert (changed.json["name"], changed.json["domain"]) == ("The Courier", "courier.example")
    assert changed.headers["ETag"] == writer.get(url).headers["ETag"] != read.headers["ETag"]
    gone = writer.delete(url, headers={"If-Match": changed.headers["ETag"]})
    assert (gone.status_code, gone.data) == (204, b"")
    problem(writer.get(url), 404, "not-found")


def test_tags_prevent_lost_updates_and_save_transfers(writer: FlaskClient) -> None:
    created = create(writer)
    url, tag = created.headers["Location"], created.headers["ETag"]
    unchanged = writer.get(url, headers={"If-None-Match": tag})
    assert (unchanged.status_code, unchanged.data, unchanged.headers["ETag"]) == (304, b"", tag)
    for change in (writer.patch, writer.delete):
        problem(change(url, json={"name": "B"}), 428, "if-match-required")
        for old in ('"old"', "unquoted", '"half', f"W/{tag}"):
            problem(change(url, json={"name": "B"}, headers={"If-Match": old}), 412, "stale")
    assert writer.get(url).json == created.json


def test_pages(writer: FlaskClient) -> None:
    for name in ("Zeta", "Ölbild", "alpha", "Beta", "beta"):
        create(writer, name)
    seen, url = [], "/v1/publishers?limit=2"
    while url:
        page = writer.get(url)
        seen += [item["name"] for item in page.json["items"]]
        url = page.json["next"]
        assert page.headers.get("Link") == (f'<{url}>; rel="next"' if url else None)
    assert seen == ["alpha", "Beta", "beta", "Ölbild", "Zeta"]
    assert [item["name"] for item in writer.get("/v1/publishers?q=OLB").json["items"]] == ["Ölbild"]


def test_a_cursor_is_good_for_its_list_alone(writer: FlaskClient) -> None:
    for name in ("a", "b", "ab"):
        create(writer, name)
    url = writer.get("/v1/publishers?limit=1").json["next"]
    problem(writer.get(url + "&q=b"), 422, "invalid-cursor")
    for garbled in ("x", "e30", "WyJhIl0", "%00", "ÿ", "W" * 1999):
        problem(
            writer.get(f"/v1/publishers?cursor={garbled}"), 422, "invalid-cursor" if garbled != "%00" else "invalid"
        )


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
    created = create(writer)
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
    create(writer)
    for path in ("/v1/publishers?q=courier", "/v1/publishers/1"):
        head, get = writer.head(path), writer.get(path)
        assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", get.headers["ETag"])
    assert writer.head("/v1/publishers?colour=red").status_code == 422


def test_wrong_method_says_which_are_right(writer: FlaskClient) -> None:
    response = writer.put("/v1/publishers", json={})
    problem(response, 405, "method-not-allowed")
    assert set(response.headers["Allow"].split(", ")) >= {"GET", "POST"}


def test_one_domain_one_publisher(writer: FlaskClient) -> None:
    create(writer, domain="courier.example")
    problem(writer.post("/v1/publishers", json={"name": "Other", "domain": "courier.example"}), 409, "duplicate")


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("www.Courier.example", "courier.example"),
        ("courier.example.:8080", "courier.example"),
        (".".join(["courier"] * 40), None),  # longer than names in DNS are
        ("c" * 64 + ".example", None),
        ("courier..example", None),
        ("-", None),
        ("[2001:db8::1]", None),
        ("[courier", None),
    ],
)
def test_of_a_host_that_is_no_domain_no_publisher_is_made(writer: FlaskClient, host: str, domain: str | None) -> None:
    """What is made is what the API would take: it could not be changed otherwise."""
    article = writer.post("/v1/articles", json={"text": "It rained in Harnby.", "url": f"https://{host}/1"})
    assert article.status_code == 201, article.json
    assert [item["domain"] for item in writer.get("/v1/publishers").json["items"]] == ([domain] if domain else [])


def test_idempotency_key(app: Flask, writer: FlaskClient) -> None:
    def post(name: str = "Courier", key: str = "a") -> TestResponse:
        return writer.post("/v1/publishers", json={"name": name}, headers={"Idempotency-Key": key})

    first, again = post(), post()
    assert (first.status_code, again.status_code) == (201, 201)
    assert (first.data, first.headers["Location"]) == (again.data, again.headers["Location"])
    assert again.headers["Idempotent-Replayed"] == "true"
    problem(post("Another"), 422, "idempotency-key-reused")
    problem(post(key="x" * 201), 422, "invalid")

    def at_once(_: int) -> int:
        client = app.test_client()
        client.environ_base.update(writer.environ_base)
        answer = client.post("/v1/publishers", json={"name": "Twin"}, headers={"Idempotency-Key": "b"})
        return int(answer.json["id"])

    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(at_once, range(4)))) == 1
    names = [item["name"] for item in writer.get("/v1/publishers").json["items"]]
    assert names == ["Courier", "Twin"]
