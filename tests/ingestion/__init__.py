"""Tests of ingestion, and what they share: articles put into a database, and all that is stored."""

from __future__ import annotations

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from api.database.engine import writing
from api.ingestion import article as intake
from api.ingestion import store as ingest
from api.models import Article, Mention, Publisher, Speaker, Tenure
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
