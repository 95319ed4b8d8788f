"""An article and its extraction as rows."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, select

from api.database.engine import reading, writing
from api.ingestion import article as intake
from api.ingestion import store as ingest
from api.ingestion.rows import split_status
from api.models import Article, Quote
from tests.ingestion import TAMM, body, count, everything, put


@pytest.mark.parametrize(
    ("title", "status", "rest"),
    [
        ("Prime Minister", "held", "Prime Minister"),
        ("former Prime Minister", "former", "Prime Minister"),
        ("Ex-president", "former", "president"),
        ("then-Mayor", "former", "Mayor"),
        ("Acting Governor", "acting", "Governor"),
        ("Deputy Governor", "held", "Deputy Governor"),
        ("executive", "held", "executive"),
        ("exporter", "held", "exporter"),
        ("former", "held", "former"),
    ],
)
def test_split_status(title: str, status: str, rest: str) -> None:
    assert split_status(title) == (status, rest)


@pytest.mark.parametrize(
    "text",
    [
        f"We go on. — {'Ann ' * 200}Poe (@{'a' * 5000}) March 24, 2022",
        "We go on. — 🎉 (@party) March 24, 2022\n\nWe do not. — ✨ (@other) March 24, 2022",
        f"{'Vice ' * 400}President Ann {'Poe-' * 400}Roe of {'Great ' * 400}Britain said that it rained.",
        f"“It rained,” said the {'very ' * 2000}old Ann Poe of the {'North ' * 300} Board.",
    ],
)
def test_whatever_is_found_fits_its_columns(engine: Engine, text: str) -> None:
    put(engine, text)
    with reading(engine) as session:
        assert count(session, Article) == 1


def test_given_quotes_are_stored_like_extracted_ones(engine: Engine) -> None:
    """What the engine prints, read again by the schema, gives the rows that the engine gives; the status says what it was."""
    text = (
        f"{TAMM} “Bring coats,” she added. Mayor Bo Roe of Lund and a doctor, Ann Poe, disagreed: “No,” he said.\n\n"
        "We go on. — Ann Poe (@poe) March 24, 2022"
    )
    prepared = intake.prepare(body(text, published="2022-03-25"))
    found = intake.extract(prepared)
    given = intake.prepare(body(text, published="2022-03-25", **found.as_json(text)))
    again = intake.extract(given)
    assert len(found.quotes) > 3
    assert again.as_json(text) == found.as_json(text)
    rows = []
    for each, extraction in ((prepared, found), (given, again)):
        with writing(engine) as session:
            ingest.store(session, each, extraction)
            session.flush()
            rows.append(everything(session))
            statuses = set(session.scalars(select(Quote.status))), set(session.scalars(select(Article.engine)))
            session.rollback()
    assert statuses == ({"given"}, {"given"})
    extracted, brought = (str(stored).replace("'given'", "'extracted'") for stored in rows)
    assert extracted == brought
