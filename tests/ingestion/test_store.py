"""From extractions to rows: who is the same speaker, what tenures say, what a quote's row repeats."""

from __future__ import annotations

import datetime as dt
import gc
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.database.bulk import insert_rows
from api.database.engine import reading, writing
from api.ingestion import article as intake
from api.ingestion import denormalised
from api.ingestion import store as ingest
from api.ingestion.rows import ArticleRows, split_status
from api.models import Article, Mention, Name, Publisher, Quote, Role, Sighting, Speaker, Tenure
from api.models.quote import UNDATED
from api.schemas.article import ArticleNew
from api.search import names

TAMM = "Estonian Prime Minister Liisa Tamm said that the harbour would open in May."


def body(text: str, **more: object) -> dict[str, object]:
    loaded: dict[str, object] = ArticleNew().load({"text": text, **more})
    return loaded


def put(engine: Engine, text: str, **more: object) -> int:
    """Store an article; its id."""
    prepared = intake.prepare(body(text, **more))
    found = intake.extract(prepared)
    with writing(engine) as session:
        became = ingest.store(session, prepared, found)
        session.commit()
        return became.article_id


def count(session: Session, table: type) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


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
            speaker = Speaker(kind="person", name="Ana Sand", names=[Name.of("Ana Sand")])
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


def test_undated(engine: Engine) -> None:
    put(engine, TAMM)
    with reading(engine) as session:
        assert session.scalars(select(Quote.at)).one() == UNDATED
        tenure = session.scalars(select(Tenure)).one()
        assert tenure.first_seen is None


def test_forgetting_an_article_takes_what_only_it_proved(engine: Engine) -> None:
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


def test_many_at_once_store_each_speaker_and_article_once(engine: Engine) -> None:
    def store(number: int) -> int:
        return put(engine, f"{TAMM} Number {number // 2} followed.", url=f"https://a.example/{number // 2}")

    with ThreadPoolExecutor(4) as threads:
        ids = list(threads.map(store, range(16)))
    assert len(set(ids)) == 8
    with reading(engine) as session:
        assert [count(session, table) for table in (Article, Quote, Speaker, Role, Publisher)] == [8, 8, 1, 1, 1]


def test_html() -> None:
    paragraph = (
        "The ferry to the islands will run all winter, the harbour office said, and tickets stay at the summer price. "
    )
    page = (
        "<html><head><title>Ferry runs on</title><link rel='canonical' href='https://courier.example/ferry'>"
        "<meta property='og:site_name' content='Baltic Courier'>"
        "<meta property='article:published_time' content='2024-01-05T09:00:00Z'></head><body><nav>Home News Sport</nav>"
        f"<article><h1>Ferry runs on</h1><p>{paragraph * 3}</p><p>{TAMM} {paragraph * 2}</p></article></body></html>"
    )
    prepared = intake.prepare(ArticleNew().load({"html": page}))
    text = str(prepared.columns["text"])
    assert f"\n\n{TAMM}" in text
    assert "Home News Sport" not in text
    assert (prepared.publisher, prepared.columns["url"]) == ("Baltic Courier", "https://courier.example/ferry")
    assert (prepared.columns["title"], prepared.columns["published"].date()) == ("Ferry runs on", dt.date(2024, 1, 5))


@pytest.mark.parametrize("html", ["<p></p>", "<", "<div>" * 20_000, "\x01"])
def test_html_without_an_article(html: str) -> None:
    with pytest.raises(intake.Unreadable):
        intake.prepare(ArticleNew().load({"html": html}))


@pytest.mark.parametrize("text", [" ", "\n\t", "...", "\u200b"])
def test_text_without_words(text: str) -> None:
    with pytest.raises(intake.Unreadable):
        intake.prepare(ArticleNew().load({"text": text}))


def everything(session: Session) -> list[object]:
    """What is stored; which row is meant is told by its place among the rows of its table."""
    session.expire_all()
    articles = session.scalars(select(Article).order_by(Article.id)).all()
    speakers = session.scalars(select(Speaker).order_by(Speaker.id)).all()
    article = {row.id: place for place, row in enumerate(articles)}
    speaker = {row.id: place for place, row in enumerate(speakers)}
    quotes = [quote for row in articles for quote in row.quotes]
    return [
        [(row.url, row.publisher and row.publisher.name, row.published, row.terms) for row in articles],
        [(row.name, row.kind, row.handle, row.quoted, sorted(row.spellings)) for row in speakers],
        [(article[q.article_id], q.text, q.terms, q.names, q.cue, q.kind, q.at, q.evidence, q.status) for q in quotes],
        [(q.speaker_id and speaker[q.speaker_id], q.role_then and q.role_then[1:], q.role_status) for q in quotes],
        [[(span.part, span.position, span.start, span.end) for span in q.spans] for q in quotes],
        sorted(
            (article[m.article_id], m.start, speaker[m.speaker_id], m.how) for m in session.scalars(select(Mention))
        ),
        sorted(
            (speaker[t.speaker_id], t.role.title, t.status, t.first_seen, t.last_seen, article[s.article_id], s.start)
            for t in session.scalars(select(Tenure))
            for s in t.sightings
        ),
        sorted(publisher.name for publisher in session.scalars(select(Publisher))),
        list(names.faults(session)),
    ]


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


def test_what_the_database_refuses_is_told_alike(engine: Engine) -> None:
    """PostgreSQL takes rows by COPY, whose errors SQLAlchemy does not see."""
    row = ("article_id", "speaker_id", "start", "end", "how", "rule", "confidence")
    with writing(engine) as session, pytest.raises(IntegrityError):
        insert_rows(session, Mention, row, [(1, 1, 0, 1, "guessed", "", 1.0)])


def test_what_was_given_is_stored_as_what_is_found(engine: Engine) -> None:
    """What the engine prints, read again by the schema, gives the rows that the engine gives; the status says what it was."""
    text = (
        f"{TAMM} “Bring coats,” she added. Mayor Bo Roe of Lund and a doctor, Ann Poe, disagreed: “No,” he said.\n\n"
        "We go on. — Ann Poe (@poe) March 24, 2022"
    )
    prepared = intake.prepare(body(text, published="2022-03-25"))
    found = intake.extract(prepared)
    given = intake.prepare(body(text, published="2022-03-25", **found.as_json()))
    again = intake.extract(given)
    assert len(found.quotes) > 3
    assert again.as_json() == found.as_json()
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


def test_a_quote_given_with_other_words_than_its_content() -> None:
    found = intake.extract(intake.prepare(body(TAMM))).as_json()
    found["quotes"][0]["text"] = "the harbour would close in May"
    with pytest.raises(intake.Unreadable, match="content") as error:
        intake.prepare(body(TAMM, **found))
    assert error.value.pointer == "/quotes/0/text"


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
