"""The Idempotency-Key of a POST, on publishers."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select, update
from werkzeug.test import TestResponse

from api.database.engine import reading, writing
from api.http.idempotency import KEPT_FOR
from api.models import IdempotencyKey, now
from tests.answers import problem


def post(client: FlaskClient, name: str = "Courier", key: str = "a") -> TestResponse:
    return client.post("/v1/publishers", json={"name": name}, headers={"Idempotency-Key": key})


def names(client: FlaskClient) -> list[str]:
    return [item["name"] for item in client.get("/v1/publishers").json["items"]]


def test_a_repeated_post_gets_the_first_answer(writer: FlaskClient) -> None:
    first, again = post(writer), post(writer)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.data == again.data
    assert {name: first.headers[name] for name in ("Location", "ETag", "Content-Type")}.items() <= dict(
        again.headers
    ).items()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert names(writer) == ["Courier"]


def test_a_key_is_good_for_one_request(writer: FlaskClient) -> None:
    post(writer)
    problem(post(writer, "Another"), 422, "idempotency-key-reused")
    problem(
        writer.post("/v1/roles", json={"name": "Courier"}, headers={"Idempotency-Key": "a"}),
        422,
        "idempotency-key-reused",
    )
    assert names(writer) == ["Courier"]


@pytest.mark.parametrize("malformed", ["", " ", "a b", "x" * 201, "é"])
def test_a_malformed_key_is_refused(writer: FlaskClient, malformed: str) -> None:
    problem(post(writer, key=malformed), 422, "invalid")
    assert names(writer) == []


def test_a_request_that_failed_can_be_sent_again(writer: FlaskClient) -> None:
    problem(post(writer, ""), 422, "invalid")
    assert post(writer, "Courier").status_code == 201
    assert names(writer) == ["Courier"]


def test_of_four_requests_at_once_one_is_done(app: Flask, writer: FlaskClient) -> None:
    def send(_: int) -> int:
        client = app.test_client()
        client.environ_base.update(writer.environ_base)
        return int(post(client).json["id"])

    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(send, range(4)))) == 1
    assert names(writer) == ["Courier"]


@pytest.mark.parametrize(("age", "is_kept"), [(KEPT_FOR - dt.timedelta(minutes=5), True), (KEPT_FOR * 2, False)])
def test_an_answer_is_kept_for_a_day(writer: FlaskClient, engine: Engine, age: dt.timedelta, is_kept: bool) -> None:
    post(writer, "Courier", "old")
    with writing(engine) as session:
        session.execute(update(IdempotencyKey).values(created=now() - age))
        session.commit()
    post(writer, "Herald", "new")
    with reading(engine) as session:
        assert set(session.scalars(select(IdempotencyKey.key))) == ({"old", "new"} if is_kept else {"new"})
