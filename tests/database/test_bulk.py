"""Bulk statements: ids, inserted rows and look-ups by one parameter, on both databases."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError

from api.database.bulk import among, insert_rows, new_ids
from api.database.engine import reading, writing
from api.models import Publisher
from tests import factory

COLUMNS = ("id", "version", "created", "updated", "name", "folded", "domain")
MOMENT = dt.datetime(2026, 11, 30, 12, tzinfo=dt.UTC)
NAMES = ["The “Wire”", "Tab\there", "Line\nbreak", r"back\slash \N", "Ünïcödé 🗞", "'; DROP TABLE publisher; --"]


def store(engine: Engine, names: list[str]) -> list[int]:
    with writing(engine) as session:
        ids = new_ids(session, Publisher, len(names))
        rows = [(i, 1, MOMENT, MOMENT, name, f"f{i}", None) for i, name in zip(ids, names, strict=True)]
        insert_rows(session, Publisher, COLUMNS, rows)
        session.commit()
    return ids


def test_stores_rows_unchanged(engine: Engine) -> None:
    ids = store(engine, NAMES)
    with reading(engine) as session:
        found = session.scalars(select(Publisher).order_by(Publisher.id)).all()
        assert [(row.id, row.name, row.domain, row.created) for row in found] == [
            (i, name, None, MOMENT) for i, name in zip(ids, NAMES, strict=True)
        ]


def test_ids_continue_those_of_the_database(engine: Engine) -> None:
    ids = store(engine, ["a", "b"])
    with writing(engine) as session:
        session.add(factory.publisher("c"))
        session.commit()
    ids += store(engine, ["d"])
    assert ids == sorted(set(ids))
    with reading(engine) as session:
        assert len(session.scalars(select(Publisher.id)).all()) == 4
        assert new_ids(session, Publisher, 0) == []


def test_a_row_that_breaks_a_constraint_stores_none(engine: Engine) -> None:
    rows = [(number, 1, MOMENT, MOMENT, "a", "a", "same.example") for number in (1, 2)]
    with writing(engine) as session, pytest.raises(IntegrityError):
        insert_rows(session, Publisher, COLUMNS, rows)
    with reading(engine) as session:
        assert session.scalars(select(Publisher.id)).all() == []


def test_among_matches_ids_and_texts(engine: Engine) -> None:
    ids = store(engine, NAMES)
    with reading(engine) as session:
        for condition, expected in (
            (among(Publisher.id, [ids[0], ids[2], ids[2], 10**9]), [ids[0], ids[2]]),
            (among(Publisher.id, []), []),
            (among(Publisher.id, range(1, 100_000)), ids),
            (among(Publisher.name, [*NAMES[:2], "none"]), ids[:2]),
            (among(Publisher.name, [NAMES[-1]]), ids[-1:]),
        ):
            assert session.scalars(select(Publisher.id).where(condition).order_by(Publisher.id)).all() == expected
