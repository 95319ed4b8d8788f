"""Quotes and articles read as columns, and as the API's lists show them: one way for a page and for an export.

Entities and schemas took most of the time of either. What is shown is what api.schemas describes, which tests hold.
"""

from __future__ import annotations

import datetime as dt
from collections import namedtuple
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    DateTime,
    Label,
    Text,
    and_,
    case,
    cast,
    func,
    select,
    type_coerce,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased

from api.database.bulk import Among, array_parameter
from api.models import Article, ArticleRevision, Publisher, Quote, QuoteSpan, Rewording, Role, Speaker
from api.search.highlights import Highlighter
from api.search.language import Query

AROUND = 32  # code points of a text quote's prefix and suffix, as Hypothesis takes; the vocabulary leaves it open

Spans = Mapping[str, list[tuple[int, int]]]  # of a quote, by part


class Content(NamedTuple):
    """A span of a quote's content: the words there, and those before and after."""

    start: int
    end: int
    exact: str
    prefix: str
    suffix: str


def _moment(column: InstrumentedAttribute[Any]) -> Label[dt.datetime]:
    """A moment as the driver gives it, in UTC, with its zone or without: `as_json` writes both alike."""
    return type_coerce(column, DateTime(timezone=True)).label(column.key)


LAST_TEXT = and_(  # joins the text in which a quote last stood, where that is not its article's
    ArticleRevision.article_id == Quote.article_id, ArticleRevision.number == Quote.last_revision
)


def cut(start: Any, end: Any) -> ColumnElement[str]:
    """The words of the text into which a quote's spans point, cut by the database: a text may be long.

    The statement joins the article, and outer LAST_TEXT.
    """
    return func.substr(func.coalesce(ArticleRevision.text, Article.text), start + 1, end - start)


_IDS = array_parameter("ids", int)
_CONTEXT = aliased(QuoteSpan)
# By ids of its own too, which say nothing new: without them PostgreSQL reads all spans that there are, for each batch.
_OF_QUOTE = and_(
    _CONTEXT.quote_id == Quote.id,
    Among(_CONTEXT.quote_id, _IDS),
    _CONTEXT.part == "context",
    _CONTEXT.position == 0,
)
_EARLIER, _LATER = aliased(Rewording), aliased(Rewording)
_QUOTES = (
    select(
        Quote.id,
        Quote.kind,
        Quote.medium,
        Quote.act,
        Quote.text,
        Quote.said,
        Quote.confidence,
        Quote.status,
        Quote.role_status,
        Quote.copies.label("copies"),
        cast(Quote.evidence, Text).label("evidence"),  # as JSON, which goes into JSON as it is
        _moment(Quote.created),
        _moment(Quote.updated),
        Quote.speaker_id,
        Speaker.name.label("speaker_name"),
        Speaker.kind.label("speaker_kind"),
        Quote.role_id,
        Role.title.label("role_title"),
        Role.organisation,
        Role.country,
        Quote.article_id,
        Article.url,
        Article.title,
        Article.author,
        Article.language,
        _moment(Article.published),
        Article.published_has_time,
        _moment(Article.created).label("article_created"),
        Article.publisher_id,
        Publisher.name.label("publisher_name"),
        cut(_CONTEXT.start, _CONTEXT.end).label("context"),
        Article.revision,
        Quote.first_revision,
        Quote.last_revision,
        _moment(ArticleRevision.stored),
        _EARLIER.earlier_id.label("rewords"),
        _LATER.quote_id.label("reworded_as"),
    )
    .select_from(Quote)
    .join(Quote.article)
    .outerjoin(Article.publisher)
    .outerjoin(Quote.speaker)
    .outerjoin(Quote.role)
    .outerjoin(ArticleRevision, LAST_TEXT)
    .outerjoin(_EARLIER, _EARLIER.quote_id == Quote.id)
    .outerjoin(_LATER, _LATER.earlier_id == Quote.id)
    .outerjoin(_CONTEXT, _OF_QUOTE)
    .where(Among(Quote.id, _IDS))
    .order_by(Quote.id)
)
_SPANS = (
    select(QuoteSpan.quote_id, QuoteSpan.part, QuoteSpan.start, QuoteSpan.end)
    .where(Among(QuoteSpan.quote_id, _IDS), QuoteSpan.part != "context")
    .order_by(QuoteSpan.quote_id, QuoteSpan.part, QuoteSpan.position)
)
_BEFORE = case((QuoteSpan.start < AROUND, QuoteSpan.start), else_=AROUND)
_CONTENTS = (
    select(QuoteSpan.quote_id, QuoteSpan.start, QuoteSpan.end, cut(QuoteSpan.start - _BEFORE, QuoteSpan.end + AROUND))
    .join(QuoteSpan.quote)
    .join(Quote.article)
    .outerjoin(ArticleRevision, LAST_TEXT)
    .where(Among(QuoteSpan.quote_id, _IDS), QuoteSpan.part == "content")
    .order_by(QuoteSpan.quote_id, QuoteSpan.position)
)

# SQLAlchemy's rows take ten times as long as a named tuple to give an attribute, which was half of an export's time.
_Quote = namedtuple("_Quote", _QUOTES.selected_columns.keys())  # type: ignore[misc]  # the statement names them


def quotes(connection: Connection, ids: Sequence[int]) -> list[Any]:
    """The quotes with these ids, in the order of ids: the columns of _QUOTES as attributes."""
    return [_Quote._make(row) for row in connection.execute(_QUOTES, {"ids": ids}).all()]


def spans(connection: Connection, ids: Sequence[int]) -> Mapping[int, Spans]:
    """The spans of each of these quotes, but for its context."""
    found: dict[int, dict[str, list[tuple[int, int]]]] = {}
    for quote_id, part, start, end in connection.execute(_SPANS, {"ids": ids}).all():
        found.setdefault(quote_id, {}).setdefault(part, []).append((start, end))
    return found


def contents(connection: Connection, ids: Sequence[int]) -> Mapping[int, list[Content]]:
    """The content of each of these quotes, span by span."""
    found: dict[int, list[Content]] = {}
    for quote_id, start, end, words in connection.execute(_CONTENTS, {"ids": ids}).all():
        first = min(AROUND, start)
        last = first + end - start
        content = Content(start, end, words[first:last], prefix=words[:first], suffix=words[last:])
        found.setdefault(quote_id, []).append(content)
    return found


def articles(connection: Connection, ids: Sequence[int], *, texts: bool) -> list[Any]:
    """The articles with these ids, in the order of ids: columns as attributes, `text` among them where it is wanted."""
    columns = (
        Article.id,
        Article.url,
        Article.title,
        Article.author,
        Article.language,
        _moment(Article.published),
        Article.published_has_time,
        _moment(Article.created),
        _moment(Article.updated),
        Article.publisher_id,
        Publisher.name.label("publisher_name"),
        *([Article.text] if texts else []),
    )
    found = select(*columns).outerjoin(Article.publisher).where(Article.id.in_(ids)).order_by(Article.id)
    return list(connection.execute(found))


def listed(connection: Connection, ids: Sequence[int], query: Query | None) -> list[dict[str, Any]]:
    """The quotes with these ids, in this order, as the API's lists show them: for `as_json`. One that is gone is left out.

    What the query asks for is marked as `highlight`.
    """
    parts = spans(connection, ids)
    found = {row.id: quote(row, parts.get(row.id, {})) for row in quotes(connection, ids)}
    items = [found[quote_id] for quote_id in ids if quote_id in found]
    highlighter = Highlighter(query)
    for item in items:
        marks = highlighter.highlight(item["text"])
        item |= {"highlight": marks, "context": item.pop("context")}  # the longest is read last
    return items


def quote(row: Any, spans: Spans) -> dict[str, Any]:
    """A quote with its spans as the API's lists show it, but for `highlight`: for `as_json`."""
    role = role_then(row)
    return {
        "id": row.id,
        "kind": row.kind,
        "medium": row.medium,
        "act": row.act,
        "text": row.text,
        "said": row.said,
        "content": spans.get("content", []),
        "cue": spans.get("cue", []),
        "source": spans.get("source", []),
        "speaker": row.speaker_id and {"id": row.speaker_id, "name": row.speaker_name, "kind": row.speaker_kind},
        "role": role and {"id": row.role_id, "title": role, "organisation": row.organisation, "country": row.country},
        "role_status": role and row.role_status,
        "confidence": row.confidence,
        "evidence": orjson.Fragment(row.evidence),
        "status": row.status,
        "copies": row.copies,
        "revision": revision(row),
        "revised": revised(row),
        "rewords": row.rewords,
        "reworded_as": row.reworded_as,
        "created": row.created,
        "updated": row.updated,
        "article": {
            "id": row.article_id,
            "url": row.url,
            "title": row.title,
            "publisher": row.publisher_id and {"id": row.publisher_id, "name": row.publisher_name},
            "published": published(row),
        },
        "context": row.text if row.context is None else row.context,
    }


def article(row: Any) -> dict[str, Any]:
    """An article as the API's lists show it, with its text: for `as_json`."""
    return {
        "id": row.id,
        "url": row.url,
        "title": row.title,
        "publisher": row.publisher_id and {"id": row.publisher_id, "name": row.publisher_name},
        "author": row.author,
        "language": row.language,
        "published": published(row),
        "created": row.created,
        "updated": row.updated,
        "text": row.text,
    }


def revision(row: Any) -> int:
    """The revision of its article into whose text a quote's spans point."""
    number: int = row.revision if row.last_revision is None else row.last_revision
    return number


def revised(row: Any) -> str | None:
    """What revisions of its article did with a quote, as api.models.Quote.revised has it."""
    if row.last_revision is not None:
        return "reworded" if row.reworded_as else "dropped"
    if row.rewords:
        return "rewording"
    return "added" if row.first_revision > 1 and row.status != "added" else None


def role_then(row: Any) -> str | None:
    """The title of the role in which a quote was said: "former Prime Minister" of who was one no longer."""
    if row.role_id is None:
        return None
    title: str = row.role_title
    return title if row.role_status == "held" else f"{row.role_status} {title}"


def published(row: Any) -> dt.date | None:
    """When an article was published, of a row of either kind: the moment, or the date where only that is known."""
    moment: dt.datetime | None = row.published
    return moment if moment is None or row.published_has_time else moment.date()


def as_json(value: Any) -> bytes:
    """JSON of what is shown, on one line, alone or within other lists and dictionaries."""
    return orjson.dumps(value, option=orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z)
