"""Turns to extract: a few wait, and the others are told to come again. Reading goes on."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.http import turns
from tests.answers import problem


@contextmanager
def waiting(number: int, *, has_key: bool = True) -> Iterator[None]:
    """Have one thread extract and so many wait for it, until the end of the block."""
    ended = threading.Event()
    threads: list[threading.Thread] = []

    def take() -> None:
        with turns.turn(has_key=has_key):
            ended.wait()

    try:
        for _ in range(1 + number):
            threads.append(threading.Thread(target=take))
            threads[-1].start()
        while turns._places._value > turns.MAX_WAITING - number:  # until all have begun
            ended.wait(0.01)
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def test_too_many_are_told_to_come_again(writer: FlaskClient) -> None:
    text = {"text": "“Yes,” said Ann Poe."}
    with waiting(turns.MAX_WAITING):
        for path in ("/v1/extract", "/v1/articles"):
            answer = writer.post(path, json=text)
            problem(answer, 503, "unavailable")
            assert answer.headers["Retry-After"] == "5"
        assert writer.get("/v1/quotes").status_code == 200
    assert writer.post("/v1/extract", json=text).status_code == 200
    assert writer.post("/v1/articles", json=text).status_code == 201


def test_strangers_leave_turns_to_keys(writer: FlaskClient) -> None:
    text = {"text": "“Yes,” said Ann Poe."}
    answers = []
    mine = threading.Thread(target=lambda: answers.append(writer.post("/v1/extract", json=text)))
    with waiting(turns.MAX_OPEN - 1, has_key=False):
        problem(writer.application.test_client().post("/v1/extract", json=text), 503, "unavailable")
        mine.start()
        while turns._places._value > turns.MAX_WAITING - turns.MAX_OPEN:  # until it waits too
            mine.join(0.01)
    mine.join()
    assert [answer.status_code for answer in answers] == [200]


def test_who_waits_too_long_is_told_to_come_again(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "MAX_WAIT_SECONDS", 0.01)
    with waiting(0):
        problem(app.test_client().post("/v1/extract", json={"text": "“Yes,” said Ann Poe."}), 503, "unavailable")
    assert app.test_client().post("/v1/extract", json={"text": "“Yes,” said Ann Poe."}).status_code == 200


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has priorities of threads")
def test_work_aside_gives_way_and_its_caller_does_not() -> None:
    before = niceness()
    assert turns.aside(niceness) == min(19, before + turns.NICENESS)
    assert niceness() == before


def test_work_aside_returns_and_raises_as_its_caller_would_see_it() -> None:
    assert turns.aside(divmod, 7, 2) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        turns.aside(divmod, 7, 0)


@pytest.mark.parametrize("path", ["/v1/extract", "/v1/articles", "/paste"])
def test_what_extracts_does_so_aside(writer: FlaskClient, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"text": "“Yes,” said Ann Poe."}
    with ThreadPoolExecutor(1) as pool:
        monkeypatch.setattr(turns, "_aside", pool)
        answer = writer.post(path, data=given) if path == "/paste" else writer.post(path, json=given)
        assert pool._threads
    assert answer.status_code in (200, 201)
