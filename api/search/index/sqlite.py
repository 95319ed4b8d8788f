"""SQLite's full-text index: the FTS5 tables quote_fts (terms, names, labels) and article_fts (terms), kept by triggers.

Rows of quote_fts stand in the order of time, so that a page of the newest or oldest matches reads no others. The rowid is
the second, counted from 1600, in which the quote was said, in 34 bits, with the quote's id in the 29 bits below it (migration
0012). What was said before 1600 has second 0; what will be said after 2144 has the last second.

Labels are words of the index that no text has: they begin with ß, which no folded word contains. They say what else a quote
is looked up by, so that FTS5 joins and counts alone and no row of quote is read (decision 0021):

- ßspeech, ßattitude: the act; ßdirect, ßmixed, ßindirect: the kind; ßextracted, ßconfirmed ...: the status
- ßs12: by speaker 12, alone or together with others; ßp12: published by publisher 12
- ßdated: when it was said, else published, is known
- ßgone: it no longer stands in the article's current text
- ßshown: searches find it by default (Quote.is_spoken); ßhidden: they do not
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, Text, case, cast, column, func, literal, select, table, text
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from api.database.days import DayNumber
from api.folding import BORDER
from api.models import Quote
from api.search.found import FoundQuotes
from api.search.index.base import Conditions, FullTextIndex, find_rows
from api.search.index.matches import ID_BITS
from api.search.language import Query
from api.search.request import Period

_LAST_SECOND = 2**34 - 1
_FIRST = dt.datetime(1600, 1, 1, tzinfo=dt.UTC)
_LAST = _FIRST + dt.timedelta(seconds=_LAST_SECOND)

quote_fts = table("quote_fts", column("rowid", BigInteger()))
_rowid = quote_fts.c.rowid
_quote_id: ColumnElement[int] = _rowid.op("&", return_type=BigInteger())(2**ID_BITS - 1)
# The day of a row, as DayNumber counts. Rows of the first and the last second are looked up: their seconds are not exact.
_day: ColumnElement[int] = case(
    (
        _rowid.between(1 << ID_BITS, (_LAST_SECOND << ID_BITS) - 1),
        _rowid // (86_400 << ID_BITS) + _FIRST.toordinal(),
    ),
    else_=select(DayNumber(Quote.at)).where(Quote.id == _quote_id).correlate(quote_fts).scalar_subquery(),
)


class SQLiteIndex(FullTextIndex):
    """The FTS5 tables."""

    def find(self, conditions: Conditions, query: Query | None) -> FoundQuotes:
        """Return the quotes for which the conditions hold: in the order of the index, if it can answer the better part."""
        words = conditions.words
        labels = [each.label for each in conditions.labelled]
        rows, bounds = list(conditions.rows), list[ColumnElement[bool]]()
        if conditions.said is not None:
            if _has_place(conditions.period):
                bounds = _within(conditions.period)
                labels += [] if conditions.period.since else [label("dated")]
            else:
                rows.append(conditions.said)
        if words is None and (rows or not (labels or conditions.rest)):
            return find_rows(conditions, query)
        matching = labels if words is None else [words.fts5, *labels]
        excluded = [each.label for each in conditions.mostly if isinstance(each.label, str)]
        expression = _IndexMatches(matching, excluded) if matching else _IndexMatches(conditions.rest)
        # SQLite skips the outer join in a statement that reads no column of quote.
        joined = select(Quote).select_from(quote_fts.outerjoin(Quote, Quote.id == _quote_id))
        return FoundQuotes(
            joined.where(expression, *bounds, *rows), query, in_index_order=True, id=_quote_id, by=(_rowid,), day=_day
        )

    def restrict(self, session: Session, found: FoundQuotes, quote_ids: Sequence[int]) -> FoundQuotes:
        """Return those of the quotes found that have these ids, each looked up by its place in the index."""
        if not found.in_index_order:
            return super().restrict(session, found, quote_ids)
        times = session.execute(select(Quote.id, Quote.at).where(Quote.id.in_(quote_ids)))
        rowids = [first_rowid(at) | quote_id for quote_id, at in times]
        return FoundQuotes(found.select.where(_rowid.in_(rowids)), found.query)

    def damage(self, session: Session) -> Iterator[str]:
        """Yield a line for each index whose content differs from that of its rows; FTS5 compares each row."""
        for index in ("quote_fts", "article_fts"):
            try:
                session.execute(text(f"INSERT INTO {index} ({index}, rank) VALUES ('integrity-check', 1)"))  # noqa: S608 - names of ours
            except DatabaseError as error:
                if isinstance(error, OperationalError):  # it is locked, for instance, and not corrupt
                    raise
                yield f"the full-text index {index} differs from the rows"

    def rebuild(self, session: Session) -> None:
        """Let FTS5 build both indexes again."""
        for index in ("quote_fts", "article_fts"):
            session.execute(text(f"INSERT INTO {index} ({index}) VALUES ('rebuild')"))  # noqa: S608 - names of ours


# The order of time


def first_rowid(moment: dt.datetime) -> int:
    """Return the lowest rowid of quotes that were said at this moment, or in the next whole second."""
    return min(max(-((_FIRST - moment) // dt.timedelta(seconds=1)), 0), _LAST_SECOND) << ID_BITS


def _has_place(period: Period) -> bool:
    """Return whether rowids tell what was said in the period: before 1600 and after 2144 they do not."""
    return all(_FIRST < bound <= _LAST for bound in period if bound is not None)


def _within(period: Period) -> list[ColumnElement[bool]]:
    """Match rows of quote_fts in the period, whose bounds have a place."""
    bounds = [_rowid >= first_rowid(period.since)] if period.since is not None else []
    return bounds + ([_rowid < first_rowid(period.before)] if period.before is not None else [])


# Labels


def label(name: str) -> str:
    """Return the label of that name."""
    return BORDER + name


def one_of(letter: str, ids: int | Sequence[int] | Select[Any]) -> str | ColumnElement[str]:
    """Return an FTS5 expression that matches the labels of any of these ids: as SQL, if the ids are a Select."""
    if isinstance(ids, Select):
        labels = func.group_concat(literal(label(letter), Text).concat(cast(ids.subquery().c[0], Text)), " OR ")
        return func.coalesce(select(labels).scalar_subquery(), label("none"), type_=Text)
    return " OR ".join(f"{label(letter)}{each}" for each in ([ids] if isinstance(ids, int) else ids)) or label("none")


class _IndexMatches(FunctionElement[bool]):
    """A row of quote_fts matches all of some FTS5 expressions and has none of some labels.

    The expressions are text or SQL. A statement with it reads quote_fts in the order of its rows.
    """

    inherit_cache = True

    def __init__(self, expressions: Sequence[str | ColumnElement[str]], without: Sequence[str] = ()) -> None:
        written = [f"({each})" for each in expressions if isinstance(each, str)]
        selected = [literal("(", Text).concat(each).concat(")") for each in expressions if not isinstance(each, str)]
        first, *others = [literal(" AND ".join(written), Text), *selected] if written else selected
        for each in others:
            first = first.concat(" AND ").concat(each)
        for excluded in without:
            first = literal("(", Text).concat(first).concat(f") NOT {excluded}")
        super().__init__(first)


@compiles(_IndexMatches, "sqlite")
def _in_sqlite(element: _IndexMatches, compiler: SQLCompiler, **more: Any) -> str:
    [expression] = element.clauses
    return f"(quote_fts MATCH {compiler.process(expression, **more)})"
