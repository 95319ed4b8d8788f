"""Compute the denormalised columns of quotes and tenures, and keep them current when quotes and articles change."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api import extraction
from api.database.locks import lock_identity
from api.extraction import Kind, Span, polarity
from api.extraction.sentences import sentences
from api.folding import fold, terms
from api.ingestion import duplicates
from api.ingestion.article import Published
from api.models import Article, ArticleRevision, Quote, QuoteSpan, Sighting, Tenure
from api.models.quote import UNDATED

# Code points before and after a place in a text: two of the longer sentences of a newspaper.
MAX_CHARACTERS_AROUND = 300

Parts = dict[str, Sequence[Span]]  # the spans of each part of a quote, in order


def complete(quote: Quote) -> None:
    """Derive the denormalised columns of a quote from its article, spans, speaker and `said`.

    These are text, cue, terms, names, publisher_id and at. Its context span is replaced.
    """
    text, parts = text_of(quote), _parts(quote)
    for column, value in text_columns(text, parts).items():
        setattr(quote, column, value)
    quote.names = quote.speaker.indexed if quote.speaker else ""
    quote.publisher_id = quote.article.publisher_id
    quote.at = said_at(quote.said, published_then(quote))
    start, end = context_span(parts, sentences(text))
    before = next((span for span in quote.spans if span.part == "context"), None)
    if before is None:
        quote.spans.append(QuoteSpan(part="context", position=0, start=start, end=end))
    else:
        before.start, before.end = start, end


def polarity_of_cue(quote: Quote) -> str:
    """Return the polarity that the words of a quote's cue show, as the engine reads them."""
    text, parts = text_of(quote), _parts(quote)
    return polarity.of_given(
        text, tuple(parts["content"]), tuple(parts["cue"]), cast(Kind, quote.kind), sentences(text)
    )


def _parts(quote: Quote) -> Parts:
    """Return the spans of each part of a quote but its context, in order."""
    parts: Parts = {"source": [], "cue": [], "content": []}
    for span in sorted(quote.spans, key=lambda span: span.position):
        if span.part != "context":
            parts[span.part] = [*parts[span.part], Span(span.start, span.end)]
    return parts


def text_of(quote: Quote) -> str:
    """Return the text into which a quote's spans point: its article's, or the one in which it last stood."""
    return quote.article.text if quote.last_revision is None else _revision(quote, quote.last_revision).text or ""


def published_then(quote: Quote) -> dt.datetime | None:
    """Return when the text was published in which a quote first stood; for a quote not stored yet, the article's date."""
    article = quote.article
    if quote.first_revision in (None, article.revision):
        return article.published
    return _revision(quote, quote.first_revision).published


def _revision(quote: Quote, number: int) -> ArticleRevision:
    return next(revision for revision in quote.article.revisions if revision.number == number)


def text_columns(text: str, parts: Parts) -> dict[str, str]:
    """Return the columns of a quote that repeat words of its article: text, cue and terms."""
    quoted = extraction.quote_text(text, parts["content"])
    return {"text": quoted, "cue": fold(" ".join(span.of(text) for span in parts["cue"])), "terms": terms(quoted)}


def context_span(parts: Parts, within: Sequence[Span]) -> Span:
    """Return the span from a quote's first to its last place, widened to whole sentences. `within` are the sentences."""
    first = min(span.start for spans in parts.values() for span in spans)
    last = max(span.end for spans in parts.values() for span in spans)
    around = within[bisect_right(within, first, key=lambda s: s.end) : bisect_left(within, last, key=lambda s: s.start)]
    return Span(min([first, *(s.start for s in around)]), max([last, *(s.end for s in around)]))


def sentences_around(text: str, start: int, end: int) -> Span:
    """Return the span of the sentences around [start, end), at most MAX_CHARACTERS_AROUND on each side, in whole words."""
    first, last = max(0, start - MAX_CHARACTERS_AROUND), min(len(text), end + MAX_CHARACTERS_AROUND)
    while 0 < first < start and not text[first - 1].isspace():
        first += 1
    while end < last < len(text) and not text[last].isspace():
        last -= 1
    within = [Span(first + s.start, first + s.end) for s in sentences(text[first:last])]
    meant = [s for s in within if s.start < end and s.end > start]
    return Span(min([start, *(s.start for s in meant)]), max([end, *(s.end for s in meant)]))


def said_at(said: dt.date | None, published: dt.datetime | None) -> dt.datetime:
    """Return when a quote counts as said: the date that its text gives, else the article's date, else UNDATED.

    Fractions of a second are dropped: the full-text index of SQLite orders by whole seconds.
    """
    return dt.datetime.combine(said, dt.time(), dt.UTC) if said else (published or UNDATED).replace(microsecond=0)


def delete_article(session: Session, article: Article) -> None:
    """Delete an article with its quotes and mentions, and the tenures that only it proved. Speakers and roles stay."""
    lock_identity(session)
    tenures = list(session.scalars(select(Tenure).join(Tenure.sightings).where(Sighting.article_id == article.id)))
    same = duplicates.others(session, article.id)
    session.delete(article)
    session.flush()
    session.expire_all()
    duplicates.compare_missing(session, same)  # if it was the first, the others' rows went with it
    redate_tenures(session, tenures)


def redate_tenures(session: Session, tenures: Iterable[Tenure]) -> None:
    """Date tenures by the articles that still prove them. Delete those that nothing proves or states any more."""
    for tenure in dict.fromkeys(tenures):
        session.expire(tenure, ["sightings"])
        if not tenure.sightings and tenure.started is None and tenure.ended is None:
            session.delete(tenure)
        else:
            redate_tenure(session, tenure)


def redate_tenure(session: Session, tenure: Tenure) -> None:
    """Set when a tenure was first and last seen, from the dates of the articles that prove it."""
    dates = select(func.min(Article.published), func.max(Article.published)).join(
        Sighting, Sighting.article_id == Article.id
    )
    first, last = session.execute(dates.where(Sighting.tenure_id == tenure.id)).one()
    tenure.first_seen, tenure.last_seen = first and first.date(), last and last.date()


def set_published(session: Session, article: Article, published: Published | None) -> None:
    """Change an article's date, and with it its quotes without a date of their own and the tenures that it proves.

    Revisions that had the former date get the new one too.
    """
    lock_identity(session)
    same = [revision for revision in article.revisions if revision.published == article.published]
    numbers = [article.revision, *(revision.number for revision in same)]
    every: list[Article | ArticleRevision] = [article, *same]
    for dated in every:
        dated.published = published.moment if published else None
        dated.published_has_time = bool(published and published.has_time)
    first_then = select(Quote).where(Quote.article_id == article.id, Quote.first_revision.in_(numbers))
    for quote in session.scalars(first_then):
        quote.at = said_at(quote.said, article.published)
    session.flush()
    duplicates.deduplicate_quotes(session, [article.id])
    proved = select(Tenure).join(Tenure.sightings).where(Sighting.article_id == article.id)
    for tenure in session.scalars(proved).unique():
        redate_tenure(session, tenure)
