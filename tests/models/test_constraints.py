"""Check what the tables refuse, on both databases: each check constraint of the models."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import CheckConstraint, Engine, update
from sqlalchemy.exc import IntegrityError

from api.config import Settings
from api.database.engine import make_engine, writing
from api.models import (
    ApiKey,
    Base,
    Delivery,
    Import,
    ImportItem,
    Mention,
    Role,
    Search,
    Sighting,
    Tenure,
)
from tests import factory

CHECKS = {
    str(check.name): (table, str(check.sqltext))
    for table in Base.metadata.sorted_tables
    for check in sorted(
        (each for each in table.constraints if isinstance(each, CheckConstraint)), key=lambda each: str(each.name)
    )
}
LISTS = {name: re.findall("'(\\w+)'", sql) for name, (_, sql) in CHECKS.items() if " IN (" in sql}
DAY, LATER = dt.date(2024, 5, 1), dt.date(2024, 5, 2)


@pytest.fixture(scope="module")
def filled(shared_database_url: str) -> Iterator[Engine]:
    """Yield the engine of a database with a row in each table that has a check constraint; triggers fill `change`."""
    engine = make_engine(Settings(database_url=shared_database_url))
    with writing(engine) as session:
        ann, mayor = factory.speaker("Ann Poe"), Role.of("mayor", "Harnby")
        article = factory.article("Yes", publisher=factory.publisher("Wire"))
        article.mentions = [Mention(speaker=ann, start=0, end=3, how="full", rule="tests", confidence=1.0)]
        sighting = Sighting(article=article, start=0, end=3)
        search = Search(name="yes", query="q=yes", secret="0", cursor=0)  # a name of the row, no secret
        begun = Import(state="done", dry_run=False)
        session.add_all([article, search, begun, Tenure(speaker=ann, role=mayor, sightings=[sighting])])
        session.add_all(
            [factory.quote("Yes", ann, article), ApiKey(name="tests", prefix="vb_0", hash="0", scope="read")]
        )
        session.flush()
        session.add_all([Delivery(search_id=search.id), ImportItem(import_id=begun.id, line=1)])
        session.commit()
    yield engine
    engine.dispose()


def change(engine: Engine, check: str, **values: Any) -> int:
    """Change the rows of the constraint's table and roll back. Return their number."""
    with engine.connect() as connection:
        return connection.execute(update(CHECKS[check][0]).values(values)).rowcount


REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("ck_publisher_name", {"name": ""}),
    ("ck_article_text", {"text": ""}),
    ("ck_mention_span", {"start": -1}),
    ("ck_mention_span", {"start": 3}),
    ("ck_speaker_name", {"name": ""}),
    ("ck_name_name", {"name": ""}),
    ("ck_role_title", {"title": ""}),
    ("ck_role_country", {"country": "E"}),
    ("ck_tenure_stated", {"started": LATER, "ended": DAY}),
    ("ck_sighting_span", {"start": -1}),
    ("ck_sighting_span", {"end": 0}),
    ("ck_quote_confidence", {"confidence": -0.1}),
    ("ck_quote_confidence", {"confidence": 1.1}),
    ("ck_quote_role", {"role_id": 1, "speaker_id": None}),
    ("ck_quote_joint", {"joint": "1", "speaker_id": None}),
    ("ck_quote_last_revision", {"first_revision": 2, "last_revision": 1}),
    ("ck_quote_span_span", {"start": -1}),
    ("ck_quote_span_span", {"start": 3}),
    *((name, {CHECKS[name][1].split()[0]: word}) for name in LISTS for word in ("", "other")),
]


@pytest.mark.parametrize(("check", "values"), REFUSED)
def test_refuses_a_value(filled: Engine, check: str, values: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match=rf"{check}\b"):  # some migrations wrote its prefix twice
        change(filled, check, **values)


@pytest.mark.parametrize(
    ("check", "values"),
    [
        ("ck_mention_span", {"start": 0, "end": 1}),
        ("ck_role_country", {"country": "EE"}),
        ("ck_role_country", {"country": None}),
        ("ck_tenure_stated", {"started": DAY, "ended": DAY}),
        ("ck_tenure_stated", {"started": LATER, "ended": None}),
        ("ck_tenure_stated", {"started": None, "ended": DAY}),
        ("ck_quote_confidence", {"confidence": 0}),
        ("ck_quote_confidence", {"confidence": 1}),
        ("ck_quote_role", {"role_id": 1}),
        ("ck_quote_role", {"speaker_id": None}),
        ("ck_quote_joint", {"joint": "1"}),
        ("ck_quote_joint", {"speaker_id": None}),
        ("ck_quote_last_revision", {"first_revision": 2, "last_revision": 2}),
        ("ck_quote_last_revision", {"first_revision": 2, "last_revision": None}),
        *((name, {CHECKS[name][1].split()[0]: word}) for name, words in LISTS.items() for word in words),
    ],
)
def test_takes_a_value(filled: Engine, check: str, values: dict[str, Any]) -> None:
    assert change(filled, check, **values) >= 1


def test_every_constraint_is_tested() -> None:
    assert {check for check, _ in REFUSED} == CHECKS.keys()
    assert all(LISTS.values())
