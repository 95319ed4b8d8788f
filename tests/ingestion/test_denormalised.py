"""Columns that repeat others, and how edits keep them current."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Engine, select

from api.database.engine import reading, writing
from api.ingestion import denormalised
from api.models import Article, Mention, Quote, Sighting, Speaker, Tenure
from api.models.quote import UNDATED
from tests.ingestion import TAMM, count, put


def test_undated(engine: Engine) -> None:
    put(engine, TAMM)
    with reading(engine) as session:
        assert session.scalars(select(Quote.at)).one() == UNDATED
        tenure = session.scalars(select(Tenure)).one()
        assert tenure.first_seen is None


def test_deleting_an_article_deletes_what_only_it_proved(engine: Engine) -> None:
    first = put(engine, TAMM, published="2022-03-24")
    put(engine, TAMM + " It rained.", published="2023-03-24")
    with writing(engine) as session:
        denormalised.delete_article(session, session.get_one(Article, first))
        session.commit()
    with reading(engine) as session:
        assert (count(session, Article), count(session, Quote), count(session, Mention)) == (1, 1, 1)
        assert session.scalars(select(Tenure.first_seen)).one() == dt.date(2023, 3, 24)
        last = session.scalars(select(Article.id)).one()
    with writing(engine) as session:
        denormalised.delete_article(session, session.get_one(Article, last))
        session.commit()
    with reading(engine) as session:
        assert [count(session, table) for table in (Article, Quote, Tenure, Sighting, Speaker)] == [0, 0, 0, 0, 1]
