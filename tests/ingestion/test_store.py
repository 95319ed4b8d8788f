"""Known articles are found, others stored with all that was found in them."""

from __future__ import annotations

import datetime as dt
import gc
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, select

from api.database.engine import reading, writing
from api.ingestion import article as intake
from api.ingestion import store as ingest
from api.ingestion.rows import ArticleRows
from api.models import Article, Publisher, Quote, Role, Sighting, Speaker
from tests.ingestion import TAMM, body, count, everything, put


def test_everything_found_is_stored_with_its_place(engine: Engine) -> None:
    put(engine, TAMM, url="https://www.courier.example/1", published="2022-03-24", title="Harbour")
    with reading(engine) as session:
        quote = session.scalars(select(Quote)).one()
        assert quote.text == "the harbour would open in May"
        assert (quote.cue, quote.kind, quote.act, quote.status) == ("said", "indirect", "speech", "extracted")
        assert quote.speaker
        assert quote.role
        assert quote.speaker.name == "Liisa Tamm"
        assert (quote.role.title, quote.role.country, quote.role_status) == ("Prime Minister", "EE", "held")
        assert quote.names == "ß liisa tamm"
        assert quote.at == dt.datetime(2022, 3, 24, tzinfo=dt.UTC)
        places = {span.part: TAMM[span.start : span.end] for span in quote.spans}
        assert places == {
            "source": "Estonian Prime Minister Liisa Tamm",
            "cue": "said",
            "content": "that the harbour would open in May",
            "context": TAMM,
        }
        sighting = session.scalars(select(Sighting)).one()
        assert TAMM[sighting.start : sighting.end] == "Estonian Prime Minister"
        assert (sighting.tenure.first_seen, sighting.tenure.last_seen) == (dt.date(2022, 3, 24),) * 2
        publisher = session.scalars(select(Publisher)).one()
        assert (publisher.name, publisher.domain) == ("courier.example", "courier.example")


@pytest.mark.parametrize(
    ("first", "second", "articles"),
    [
        ({"url": "https://a.example/1"}, {"url": "https://a.example/1"}, 1),
        ({}, {}, 1),
        ({"url": "https://a.example/1"}, {}, 1),
        ({"url": "https://a.example/1"}, {"url": "https://b.example/1"}, 2),
        ({}, {"url": "https://a.example/1"}, 2),
    ],
)
def test_the_same_article_again(engine: Engine, first: dict[str, str], second: dict[str, str], articles: int) -> None:
    put(engine, TAMM, **first)
    put(engine, TAMM, **second)
    with reading(engine) as session:
        assert (count(session, Article), count(session, Quote)) == (articles, articles)
        assert count(session, Speaker) == 1


def test_many_at_once_store_each_speaker_and_article_once(engine: Engine) -> None:
    def store(number: int) -> int:
        return put(engine, f"{TAMM} Number {number // 2} followed.", url=f"https://a.example/{number // 2}")

    with ThreadPoolExecutor(4) as threads:
        ids = list(threads.map(store, range(16)))
    assert len(set(ids)) == 8
    with reading(engine) as session:
        assert [count(session, table) for table in (Article, Quote, Speaker, Role, Publisher)] == [8, 8, 1, 1, 1]


def test_articles_stored_together_are_as_one_after_the_other(engine: Engine) -> None:
    texts = [
        (TAMM, {"published": "2022-03-24", "url": "https://a.example/1"}),
        (TAMM, {"url": "https://a.example/1"}),  # again
        (TAMM, {}),  # again, without a URL
        (TAMM, {"url": "https://b.example/1", "publisher": "Baltic Courier"}),
        ("Estonian Prime Minister Liisa Tämm said that it rained.", {"published": "2021-01-02"}),  # a new spelling
        ("Former Estonian Prime Minister Liisa Tamm said that she would write.", {"published": "2025-01-02"}),
        ("Estonian Prime Minister Liisa Tamm said that it snowed.", {"published": "2023-01-02"}),
        ("Ana Sand, a doctor, said that it snowed.", {"publisher": "baltic courier"}),
        ("We go on. — Ana Sand (@sand) March 24, 2022", {}),
        ("It is over. — A. Sand (@sand) March 25, 2022", {}),
        ("It rained, and nobody spoke.", {}),
        ("“It rained,” said Ana Sand. “It did,” Liisa Tamm said.", {}),
    ]
    prepared = [intake.prepare(body(text, **more)) for text, more in texts]
    batch = [ArticleRows.of(each, intake.extract(each)) for each in prepared]
    with writing(engine) as session:
        outcomes = [(each.article_id, each.outcome) for each in ingest.store_all(session, batch)]
        assert [outcome for _, outcome in outcomes] == ["new", "unchanged", "unchanged", *["new"] * 9]
        assert len({article_id for article_id, _ in outcomes[:3]}) == 1
        together = everything(session)
        session.rollback()
    for each, (_, new) in zip(batch, outcomes, strict=True):
        with writing(engine) as session:
            [alone] = ingest.store_all(session, [each])
            assert alone.outcome == new
            session.commit()
    with reading(engine) as session:
        assert everything(session) == together
    assert together[-1] == []


def test_storing_leaves_nothing_to_the_collector(engine: Engine) -> None:
    # What it left waited until there were 50,000 of it (engine.GC_THRESHOLDS), and with it lists of ids: 48 MB of an import.
    def store(number: int) -> int:
        prepared = intake.prepare(body(f"{TAMM} She said so {number} times.", url=f"https://a.example/{number}"))
        ready = [ArticleRows.of(prepared, intake.extract(prepared))]
        gc.collect()
        with writing(engine) as session:
            ingest.store_all(session, ready)
            session.commit()
        return gc.collect()

    gc.disable()
    try:
        store(1)  # makes what is made once
        assert store(2) == 0
    finally:
        gc.enable()
