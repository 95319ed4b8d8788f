"""Find which articles carry the same text.

Every article has a row in `same_text` with the first stored article that has its text: itself, unless it is a copy. A new
text is compared only with these first articles, so that no chain of small changes joins texts that are not alike. Only they
are in the index `text_band`, by their MinHash bands.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from sqlalchemy import ColumnElement, delete, exists, select, update
from sqlalchemy.orm import Session

from api.database.bulk import among, insert_rows
from api.database.locks import lock_identity
from api.ingestion.duplicates.minhash import Fingerprint
from api.ingestion.duplicates.quotes import deduplicate_quotes, misplaced_quotes
from api.models import Article, Quote, SameText, TextBand

# Articles of one band. A text that more articles share is a form, or the standard lines below all articles of an outlet.
MAX_IN_BAND = 50
MAX_CANDIDATES = 5  # texts with which one is compared, those that share the most bands
BLOCK_ARTICLES = 100  # articles read at a time where all are compared anew


def compare(session: Session, texts: Mapping[int, Fingerprint]) -> dict[int, int]:
    """Compare new articles, by id and in this order, with those stored and with each other, and store the result.

    Return for each the id of the first article that has its text. Their quotes are left to `find_duplicates` or
    `deduplicate_quotes`.
    """
    in_band: defaultdict[int, list[int]] = defaultdict(list)
    sought = among(TextBand.band, (band for text in texts.values() for band in text.bands))
    for band, article_id in session.execute(select(TextBand.band, TextBand.article_id).where(sought)):
        in_band[band].append(article_id)

    def candidates(article_id: int) -> list[int]:
        shared = Counter(other for band in texts[article_id].bands for other in in_band[band])
        return sorted(shared, key=lambda other: (-shared[other], other))[:MAX_CANDIDATES]

    stored = {other for article_id in texts for other in candidates(article_id)}
    query = select(Article.id, Article.title, Article.terms).where(among(Article.id, stored))
    known = {row.id: Fingerprint(row.title, row.terms) for row in session.execute(query)} if stored else {}
    first_of: dict[int, int] = {}
    indexed: list[tuple[int, int]] = []
    for article_id, text in texts.items():
        alike = (other for other in candidates(article_id) if other in known and text.is_copy_of(known[other]))
        first = first_of[article_id] = next(alike, article_id)
        if first == article_id:
            known[article_id] = text
            for band in dict.fromkeys(text.bands):
                if len(in_band[band]) < MAX_IN_BAND:
                    in_band[band].append(article_id)
                    indexed.append((band, article_id))
    insert_rows(session, SameText, ("article_id", "first_id"), list(first_of.items()))
    insert_rows(session, TextBand, ("band", "article_id"), indexed)
    return first_of


def others(session: Session, article_id: int) -> Sequence[int]:
    """Return the ids of the other articles that carry the article's text, in order."""
    return session.scalars(select(Article.id).where(has_text_of(article_id)).order_by(Article.id)).all()


def has_text_of(article_id: int) -> ColumnElement[bool]:
    """Match the other articles that carry the text of the article with this id."""
    first = select(SameText.first_id).where(SameText.article_id == article_id).scalar_subquery()
    return Article.id.in_(
        select(SameText.article_id).where(SameText.first_id == first, SameText.article_id != article_id)
    )


def recompare(session: Session, articles: Collection[int]) -> None:
    """Compare articles anew whose texts have changed, and deduplicate the quotes of all that have or had their texts.

    The new texts must be in the database. Articles that were copies of one of them are compared anew too.
    """
    lock_identity(session)
    before = select(SameText.first_id).where(SameText.article_id.in_(articles))
    carrying = select(SameText.article_id, SameText.first_id).where(SameText.first_id.in_(before))
    first_of: dict[int, int] = dict(session.execute(carrying).all())
    gone = [other for other, first in first_of.items() if other in articles or first in articles]
    for table in (TextBand, SameText):
        session.execute(delete(table).where(table.article_id.in_(gone)))
    compare_missing(session, {*articles, *first_of})


def compare_missing(session: Session, articles: Collection[int]) -> None:
    """Compare those of these articles that have not been compared, and deduplicate the quotes of all of them."""
    missing = select(Article.id, Article.title, Article.terms).where(
        Article.id.in_(articles), ~exists().where(SameText.article_id == Article.id)
    )
    rows = session.execute(missing.order_by(Article.id))
    compare(session, {row.id: Fingerprint(row.title, row.terms) for row in rows})
    deduplicate_quotes(session, articles)


def faults(session: Session) -> Iterator[str]:
    """Yield a line for each article that was not compared with the others, and for each quote with a wrong `copy_of`."""
    missing = select(Article.id).where(~exists().where(SameText.article_id == Article.id)).order_by(Article.id)
    for article_id in session.scalars(missing):
        yield f"article {article_id} was not compared with the others"
    first, after = select(SameText.first_id).distinct().order_by(SameText.first_id).limit(BLOCK_ARTICLES), 0
    while firsts := session.scalars(first.where(SameText.first_id > after)).all():
        for quote_id in misplaced_quotes(session, firsts):
            yield f"quote {quote_id} has a wrong copy_of"
        after = firsts[-1]


def repair(session: Session) -> None:
    """Compare all articles anew, in the order in which they were stored, and deduplicate their quotes."""
    lock_identity(session)
    for table in (TextBand, SameText):
        session.execute(delete(table))
    nothing = update(Quote).where(Quote.copy_of_id.is_not(None)).values(copy_of_id=None, updated=Quote.updated)
    session.execute(nothing, execution_options={"synchronize_session": False})
    after, block = 0, select(Article.id, Article.title, Article.terms).order_by(Article.id).limit(BLOCK_ARTICLES)
    while rows := session.execute(block.where(Article.id > after)).all():
        compare(session, {row.id: Fingerprint(row.title, row.terms) for row in rows})
        deduplicate_quotes(session, [row.id for row in rows])
        after = rows[-1].id
