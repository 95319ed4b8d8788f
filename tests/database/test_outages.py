"""Outages: which errors of the databases are no fault of what was asked, how they are told, and how often."""

from __future__ import annotations

import io
import logging
import resource
import sqlite3
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from api.config import Settings
from api.database.engine import make_engine, writing
from api.database.outages import OneLine, is_unanswered, outage
from tests import factory
from tests.answers import problem


def said(engine: Engine, *statements: str) -> tuple[bool, str]:
    """Return whether the last of these statements is not answered, and what is said of it."""
    *before, last = statements
    with engine.connect() as connection:
        for statement in before:
            connection.exec_driver_sql(statement)
        with pytest.raises(DBAPIError) as raised:
            connection.exec_driver_sql(last)
        connection.rollback()
    return is_unanswered(raised.value), outage(raised.value)


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        (["PRAGMA busy_timeout = 0", "ROLLBACK", "BEGIN IMMEDIATE"], (True, "another process holds the database's lock")),
        (["PRAGMA query_only = 1", "DELETE FROM feed"], (True, "the database's file may not be written")),
        (["SELECT * FROM nowhere"], (True, "no such table: nowhere")),
        ([f"SELECT {'(' * 2000}1{')' * 2000}"], (False, "parser stack overflow")),
        (["CREATE TEMP TABLE t (x NOT NULL)", "INSERT INTO t VALUES (NULL)"], (False, "NOT NULL constraint failed: t.x")),
    ],
)  # fmt: skip
def test_sqlite(sqlite_template: Path, tmp_path: Path, statements: list[str], expected: tuple[bool, str]) -> None:
    path = tmp_path / "verbatim.db"
    path.write_bytes(sqlite_template.read_bytes())
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    engine = make_engine(Settings(database_url=f"sqlite:///{path}"))
    assert said(engine, *statements) == expected
    engine.dispose()
    other.close()


def test_a_full_disk_is_called_that(sqlite_template: Path, tmp_path: Path) -> None:
    (tmp_path / "verbatim.db").write_bytes(sqlite_template.read_bytes())
    engine = make_engine(Settings(database_url=f"sqlite:///{tmp_path / 'verbatim.db'}"))
    assert said(engine, "PRAGMA max_page_count = 1", "CREATE TABLE big (x)") == (True, "the disk is full")
    engine.dispose()


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        (["SET statement_timeout = 10", "SELECT pg_sleep(9)"], (True, "canceling statement due to statement timeout")),
        (["SET TRANSACTION READ ONLY", "DELETE FROM feed"], (True, "the database may not be written")),
        (["SELECT pg_terminate_backend(pg_backend_pid())"],
         (True, "terminating connection due to administrator command")),
        (["SELECT * FROM nowhere"], (True, "the database lacks a table")),
        (["SELECT 1 / 0"], (False, "division by zero")),
        (["SELECT row(" + "1," * 2000 + "1)"], (False, "ROW expressions can have at most 1664 entries")),
    ],
)  # fmt: skip
def test_postgresql(migrated_postgresql: str, statements: list[str], expected: tuple[bool, str]) -> None:
    engine = make_engine(Settings(database_url=migrated_postgresql))
    unanswered, line = said(engine, *statements)
    assert (unanswered, line[: len(expected[1])]) == expected
    engine.dispose()


def test_no_connection(tmp_path: Path) -> None:
    for url in (f"postgresql://verbatim@/verbatim?host={tmp_path}", f"sqlite:///{tmp_path}/nowhere/verbatim.db"):
        engine = make_engine(Settings(database_url=url))
        with pytest.raises(DBAPIError) as raised, engine.connect():
            pass
        assert is_unanswered(raised.value)
        assert "\n" not in outage(raised.value)
    assert not is_unanswered(ValueError("no"))


def test_an_outage_is_one_line_of_the_log() -> None:
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    handler.addFilter(OneLine())
    log = logging.getLogger("tests.outages")
    log.addHandler(handler)
    log.propagate = False
    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorcode = sqlite3.SQLITE_FULL
    for number in range(3):
        log.error("request %s failed", number, exc_info=full)
    log.error("not the database", exc_info=ValueError("a fault"))
    log.error("a plain line")
    log.removeHandler(handler)
    assert lines.getvalue().splitlines() == [
        "the database does not answer: the disk is full",
        "not the database",
        "ValueError: a fault",
        "a plain line",
    ]


def test_a_full_disk_is_a_problem_that_says_so(writer: FlaskClient, app: Flask, engine: Engine) -> None:
    if engine.dialect.name == "postgresql":
        pytest.skip("a full disk cannot be feigned there")
    with app.extensions["engine"].connect() as connection:  # the one connection that the pool has
        connection.exec_driver_sql("PRAGMA max_page_count = 1")
    body = {"name": "Ann Poe", "kind": "person", "names": [f"Ann Poe {number}" for number in range(900)]}
    answer = problem(writer.post("/v1/speakers", json=body), 503, "unavailable")
    assert answer["detail"] == "The disk of the database is full: nothing was stored."


def test_after_an_error_of_a_file_connections_are_opened_anew(sqlite_template: Path, tmp_path: Path) -> None:
    path = tmp_path / "verbatim.db"
    path.write_bytes(sqlite_template.read_bytes())
    engine = make_engine(Settings(database_url=f"sqlite:///{path}"))
    with engine.connect() as connection:
        first = connection.connection.driver_connection
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size, hard))
    try:
        with writing(engine) as session:
            session.add(factory.article("x" * 5_000_000))
            with pytest.raises(DBAPIError) as raised:
                session.commit()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (is_unanswered(raised.value), outage(raised.value)) == (True, "the disk cannot be read or written")
    with engine.connect() as connection:
        assert connection.connection.driver_connection is not first
        assert connection.scalar(text("SELECT count(*) FROM article")) == 0
    engine.dispose()
