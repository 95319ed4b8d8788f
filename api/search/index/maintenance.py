"""Keep the full-text indexes and what they index right: check, repair, and rename speakers."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Update, select, update
from sqlalchemy.orm import Session, aliased, selectinload

from api.folding import terms
from api.models import Article, Quote, Speaker
from api.search.index import index_of

_BATCH_OF_QUOTES, _BATCH_OF_ARTICLES = 1000, 100  # rows read at a time: an article's text may be a million code points


def rename_speaker(session: Session, speaker_id: int, indexed: str) -> None:
    """Index the speaker's quotes by its names as they are now (Speaker.indexed), in the caller's transaction."""
    changed = update(Quote).where(Quote.speaker_id == speaker_id)
    session.execute(changed.values(names=indexed, updated=Quote.updated))


def damage(session: Session) -> Iterator[str]:
    """Yield a line for each full-text index that is missing or differs from its rows. The session must be able to write."""
    return index_of(session).damage(session)


def faults(session: Session) -> Iterator[str]:
    """Yield a line for each quote and article whose indexed columns differ from its words, names and publisher."""
    for stale in (_stale_quotes(session), _stale_articles(session)):
        yield from (line for line, _ in stale)


def repair(session: Session) -> None:
    """Build the full-text indexes again, and correct the indexed columns that are wrong, in the caller's transaction."""
    index_of(session).rebuild(session)
    for stale in (_stale_quotes(session), _stale_articles(session)):
        for _, correction in stale:
            session.execute(correction)


def _stale_quotes(session: Session) -> Iterator[tuple[str, Update]]:
    """Yield each quote whose indexed columns are wrong: a line that says so, and the statement that corrects it."""
    article = aliased(Article)
    batch = (
        select(
            Quote.id,
            Quote.text,
            Quote.terms,
            Quote.names,
            Quote.speaker_id,
            Quote.publisher_id,
            article.publisher_id.label("of"),
        )
        .join(article, article.id == Quote.article_id)
        .order_by(Quote.id)
        .limit(_BATCH_OF_QUOTES)
    )
    after = 0
    while quotes := session.execute(batch.where(Quote.id > after)).all():
        by = select(Speaker).where(Speaker.id.in_({quote.speaker_id for quote in quotes}))
        names = {speaker.id: speaker.indexed for speaker in session.scalars(by.options(selectinload(Speaker.names)))}
        for quote in quotes:
            right = {"terms": terms(quote.text), "names": names.get(quote.speaker_id, ""), "publisher_id": quote.of}
            if (quote.terms, quote.names, quote.publisher_id) != tuple(right.values()):
                correction = update(Quote).where(Quote.id == quote.id).values(**right, updated=Quote.updated)
                yield f"the full-text index is out of date for quote {quote.id}", correction
        after = quotes[-1].id


def _stale_articles(session: Session) -> Iterator[tuple[str, Update]]:
    """Yield each article whose indexed words are wrong: a line that says so, and the statement that corrects it."""
    batch = select(Article.id, Article.title, Article.text, Article.terms).order_by(Article.id)
    after = 0
    while articles := session.execute(batch.where(Article.id > after).limit(_BATCH_OF_ARTICLES)).all():
        for article in articles:
            indexed = terms(article.title or "", article.text)
            if article.terms != indexed:
                values = {"terms": indexed, "updated": Article.updated}
                correction = update(Article).where(Article.id == article.id).values(values)
                yield f"the full-text index is out of date for article {article.id}", correction
        after = articles[-1].id
