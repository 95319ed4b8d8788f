"""Quotes and articles read as columns: one way for pages, single quotes, exports, feeds and webhooks.

Entities and schemas took most of the time of a page and of an export.
"""

from __future__ import annotations

import datetime as dt
from collections import namedtuple
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, DateTime, Label, Text, and_, case, cast, func, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, aliased

from api import enums
from api.database.bulk import Among, array_parameter
from api.models import Article, ArticleRevision, Publisher, Quote, QuoteJoint, QuoteSpan, Rewording, Role, Speaker

AROUND = 32  # code points of a text quote's prefix and suffix, as Hypothesis has it; the vocabulary leaves it open

Spans = Mapping[str, list[tuple[int, int]]]  # the spans of a quote, by part


class Content(NamedTuple):
    """A span of a quote's content: the words there, those before and after, and when we stored the text that has them."""

    start: int
    end: int
    exact: str
    prefix: str
    suffix: str
    stored: dt.datetime


class Together(NamedTuple):
    """A speaker who says a quote together with its first speaker."""

    id: int
    name: str
    kind: str


def _moment(column: InstrumentedAttribute[Any]) -> Label[dt.datetime]:
    """Select a moment as the driver gives it, in UTC, with a zone or without: to_json writes both alike."""
    return type_coerce(column, DateTime(timezone=True)).label(column.key)


# Joins the text in which a quote last stood, where that is not the text that its article has now.
_LAST_TEXT = and_(ArticleRevision.article_id == Quote.article_id, ArticleRevision.number == Quote.last_revision)


def _cut(start: Any, end: Any) -> ColumnElement[str]:
    """Cut words out of the text into which a quote's spans point: in the database, since a text may be long.

    The statement joins the article, and outer _LAST_TEXT.
    """
    return func.substr(func.coalesce(ArticleRevision.text, Article.text), start + 1, end - start)


_IDS = array_parameter("ids", int)
_CONTEXT = aliased(QuoteSpan)
# The second condition adds no rows or filters; without it PostgreSQL reads all spans in the table for each batch.
_OF_QUOTE = and_(
    _CONTEXT.quote_id == Quote.id,
    Among(_CONTEXT.quote_id, _IDS),
    _CONTEXT.part == "context",
    _CONTEXT.position == 0,
)
_EARLIER, _LATER, _REPEATING = aliased(Rewording), aliased(Rewording), aliased(Quote)
_COPIES = (
    select(func.count())
    .where(_REPEATING.copy_of_id == func.coalesce(Quote.copy_of_id, Quote.id))
    .correlate(Quote)
    .scalar_subquery()
)
_IS_REWORDING = {"rewords": _EARLIER.earlier_id.is_not(None), "is_reworded": _LATER.quote_id.is_not(None)}
_REVISED = case(*((Quote.revised_as(change, **_IS_REWORDING), change) for change in enums.REVISED))
_QUOTES = (
    select(
        Quote.id,
        Quote.kind,
        Quote.medium,
        Quote.act,
        Quote.polarity,
        Quote.text,
        Quote.said,
        Quote.confidence,
        Quote.status,
        Quote.role_status,
        _COPIES.label("copies"),
        cast(Quote.evidence, Text).label("evidence"),  # as JSON, which goes into JSON as it is
        _moment(Quote.created),
        _moment(Quote.updated),
        Quote.speaker_id,
        Speaker.name.label("speaker_name"),
        Speaker.kind.label("speaker_kind"),
        Quote.joint,
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
        Article.publisher_id,
        Publisher.name.label("publisher_name"),
        func.coalesce(_cut(_CONTEXT.start, _CONTEXT.end), Quote.text).label("context"),
        _CONTEXT.start.label("context_start"),
        _CONTEXT.end.label("context_end"),
        func.coalesce(Quote.last_revision, Article.revision).label("revision"),  # into whose text the spans point
        Quote.first_revision,
        Quote.last_revision,
        _REVISED.label("revised"),
        _EARLIER.earlier_id.label("rewords"),
        _LATER.quote_id.label("reworded_as"),
    )
    .select_from(Quote)
    .join(Quote.article)
    .outerjoin(Article.publisher)
    .outerjoin(Quote.speaker)
    .outerjoin(Quote.role)
    .outerjoin(ArticleRevision, _LAST_TEXT)
    .outerjoin(_EARLIER, _EARLIER.quote_id == Quote.id)
    .outerjoin(_LATER, _LATER.earlier_id == Quote.id)
    .outerjoin(_CONTEXT, _OF_QUOTE)
    .where(Among(Quote.id, _IDS))
    .order_by(Quote.id)
)
_TOGETHER = (
    select(QuoteJoint.quote_id, Speaker.id, Speaker.name, Speaker.kind)
    .join(Speaker, Speaker.id == QuoteJoint.speaker_id)
    .where(Among(QuoteJoint.quote_id, _IDS))
)
_SPANS = (
    select(QuoteSpan.quote_id, QuoteSpan.part, QuoteSpan.start, QuoteSpan.end)
    .where(Among(QuoteSpan.quote_id, _IDS), QuoteSpan.part != "context")
    .order_by(QuoteSpan.quote_id, QuoteSpan.part, QuoteSpan.position)
)
_BEFORE = case((QuoteSpan.start < AROUND, QuoteSpan.start), else_=AROUND)
_CONTENTS = (
    select(
        QuoteSpan.quote_id,
        QuoteSpan.start,
        QuoteSpan.end,
        _cut(QuoteSpan.start - _BEFORE, QuoteSpan.end + AROUND),
        type_coerce(func.coalesce(ArticleRevision.stored, Article.created), DateTime(timezone=True)),
    )
    .join(QuoteSpan.quote)
    .join(Quote.article)
    .outerjoin(ArticleRevision, _LAST_TEXT)
    .where(Among(QuoteSpan.quote_id, _IDS), QuoteSpan.part == "content")
    .order_by(QuoteSpan.quote_id, QuoteSpan.position)
)

# SQLAlchemy's rows take ten times as long as a named tuple to give an attribute, which was half of an export's time.
_Quote = namedtuple("_Quote", _QUOTES.selected_columns.keys())  # type: ignore[misc]  # the statement names them


def quotes(connection: Connection, ids: Sequence[int]) -> list[Any]:
    """Read the quotes with these ids, in the order of ids: the columns of _QUOTES as attributes.

    `joint` becomes the speakers beside the first, each with `id`, `name` and `kind`; "" stays where there are none.
    """
    found: list[Any] = [_Quote._make(row) for row in connection.execute(_QUOTES, {"ids": ids}).all()]
    several = [place for place, row in enumerate(found) if row.joint]
    if several:  # of few quotes
        together = connection.execute(_TOGETHER, {"ids": [found[place].id for place in several]}).all()
        of = {(quote_id, speaker_id): (speaker_id, name, kind) for quote_id, speaker_id, name, kind in together}
        for place in several:
            row = found[place]
            speakers = [Together(*of[row.id, int(speaker_id)]) for speaker_id in row.joint.split()]
            found[place] = row._replace(joint=speakers)
    return found


def words(row: Any, spans: Sequence[tuple[int, int]]) -> str:
    """Return the words at spans of a quote, given its columns, joined by an ellipsis; "" without spans.

    They are cut out of its context, which reaches from its first to its last word: so no text is read for them.
    """
    first, context = row.context_start, row.context
    if len(spans) == 1 and first is not None:  # nearly always; what follows takes three times as long
        [(start, end)] = spans
        return context[start - first : end - first]  # type: ignore[no-any-return]  # of a column
    return " … ".join([context[start - first : end - first] for start, end in spans]) if first is not None else ""


def spans(connection: Connection, ids: Sequence[int]) -> Mapping[int, Spans]:
    """Read the spans of each of these quotes, without its context."""
    found: dict[int, dict[str, list[tuple[int, int]]]] = {}
    last, parts = None, dict[str, list[tuple[int, int]]]()
    for quote_id, part, start, end in connection.execute(_SPANS, {"ids": ids}).all():  # in the order of quotes
        if quote_id != last:
            last, parts = quote_id, {}
            found[quote_id] = parts
        if part in parts:
            parts[part].append((start, end))
        else:
            parts[part] = [(start, end)]
    return found


def contents(connection: Connection, ids: Sequence[int]) -> Mapping[int, list[Content]]:
    """Read the content of each of these quotes, span by span."""
    found: dict[int, list[Content]] = {}
    for quote_id, start, end, around, stored in connection.execute(_CONTENTS, {"ids": ids}).all():
        first = min(AROUND, start)
        last = first + end - start
        content = Content(start, end, around[first:last], around[:first], around[last:], stored)
        found.setdefault(quote_id, []).append(content)
    return found


def articles(connection: Connection, ids: Sequence[int], *, texts: bool) -> list[Any]:
    """Read the articles with these ids, in the order of ids: columns as attributes, with their `text` if `texts`."""
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
