"""Store moments: aware and in UTC in Python, whatever the database keeps."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import StatementError

from api.database.engine import reading, writing
from api.models import Article
from tests import factory

EAST = dt.timezone(dt.timedelta(hours=5, minutes=30))


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        (None, None),
        (dt.datetime(2024, 5, 1, 2, tzinfo=EAST), dt.datetime(2024, 4, 30, 20, 30, tzinfo=dt.UTC)),
        (dt.datetime(1, 1, 1, tzinfo=dt.UTC), dt.datetime(1, 1, 1, tzinfo=dt.UTC)),
        (dt.datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=dt.UTC),) * 2,
    ],
)
def test_moments_come_back_in_utc(engine: Engine, stored: dt.datetime | None, read: dt.datetime | None) -> None:
    with writing(engine) as session:
        session.add(factory.article(published=stored))
        session.commit()
    with reading(engine) as session:
        got = session.scalars(select(Article.published)).one()
    assert got == read
    assert got is None or got.tzinfo is dt.UTC


def test_a_moment_without_a_zone_is_refused(engine: Engine) -> None:
    with writing(engine) as session:
        session.add(factory.article(published=dt.datetime(2024, 5, 1)))  # noqa: DTZ001 - that is the fault
        with pytest.raises(StatementError, match="a moment needs a time zone"):
            session.flush()
