"""Who is the same speaker as one that is stored."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import Engine, select

from api.database.engine import reading, writing
from api.models import Quote, Role, Speaker, Tenure
from tests import factory
from tests.ingestion import TAMM, count, put


@pytest.mark.parametrize(
    ("texts", "speakers"),
    [
        (["Ana Sánchez, a doctor, said it rained.", "Ana Sanchez, a doctor, said it snowed."], 1),
        (["Ana Sánchez, a doctor, said it rained.", *["Ana Sanchez, a doctor, said it rained again."] * 2], 1),
        (["Ana Sánchez, a doctor, said it rained.", "Ana Sándor, a doctor, said it snowed."], 2),
        (["Ana Sánchez, a doctor, said it rained.", "President Sánchez said that it snowed."], 2),
    ],
)
def test_the_same_name_is_the_same_speaker(engine: Engine, texts: list[str], speakers: int) -> None:
    for number, text in enumerate(texts):
        put(engine, text, url=f"https://a.example/{number}")
    with reading(engine) as session:
        assert count(session, Speaker) == speakers


def test_of_two_with_one_name_the_role_decides_or_nobody_is_guessed(engine: Engine) -> None:
    with writing(engine) as session:
        for title in ("mayor", "doctor"):
            speaker = factory.speaker("Ana Sand")
            role = Role.of(title)
            session.add(Tenure(speaker=speaker, role=role, status="held"))
        session.commit()
    put(engine, "Ana Sand, a doctor, said that the clinic would stay open.")
    put(engine, "Ana Sand said that the weather would turn.")
    with reading(engine) as session:
        doctor, unknown = session.scalars(select(Quote).order_by(Quote.id))
        assert doctor.speaker_id == 2
        assert unknown.speaker_id == 3


def test_former_is_a_status_and_no_title(engine: Engine) -> None:
    put(engine, TAMM, published="2022-03-24")
    put(engine, "Former Estonian Prime Minister Liisa Tamm said that she would write.", published="2025-01-02")
    with reading(engine) as session:
        held, former = session.scalars(select(Tenure).order_by(Tenure.id))
        assert held.role_id == former.role_id
        assert (held.status, held.last_seen) == ("held", dt.date(2022, 3, 24))
        assert (former.status, former.first_seen) == ("former", dt.date(2025, 1, 2))
        assert [quote.role_status for quote in session.scalars(select(Quote).order_by(Quote.id))] == ["held", "former"]
