"""In which order: the newest or oldest of the quotes that a search finds, or those that answer best, by a score of our own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, case, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from api.models import Quote
from api.search.index import statements as fulltext
from api.search.index.statements import Day
from api.search.language import Words, read

Column = ColumnElement[Any] | InstrumentedAttribute[Any]

# Relevance ranks so many of the newest matches: as many as both databases score within about the time of a page.
RANKED = 10_000
# The parts of a score, as whole numbers so that both databases agree. By judgement, not measured: that all words stand in
# the text, and not only in the speaker's names, says more than that they stand together, as in the query; and that as much
# as being short (a quote of sixty letters, some ten words, has half of it; to count words took SQLite a third of scoring) or
# new (one a year older than the newest match has half of it).
_IN_TEXT, _TOGETHER, _SHORT, _NEW = 400, 200, 200, 200
_HALF_SHORT, _HALF_NEW = 60, 365  # code points, days
_SCORED = 10  # words and phrases of a query; more would change little and cost as much as each


def ordered(
    found: Select[Any], sort: str, q: str | None = None, *, top: int | None = None
) -> tuple[Select[Any], Sequence[Column], bool]:
    """The ids of the quotes found, the columns to sort them by, together unique, and whether these descend.

    `sort` is newest, oldest or relevance. Relevance keeps the newest 10,000 and sorts them by a score of their own, which
    is of them alone: of the rows up to the id `top`, the last column, by default the highest there is. So whoever pages
    on with the `top` of the first page gets the same scores, whatever has been added. Without words it is newest.
    """
    by: tuple[Column, ...] = (Quote.at, Quote.id)
    listed = found.with_only_columns(Quote.id)
    if found.get_execution_options().get("reads_index"):
        by = (fulltext.index.c.rowid,)
        listed = found.with_only_columns(fulltext.quote_id, maintain_column_froms=True)
    asked = read(q).words[:_SCORED] if q is not None and sort == "relevance" else []
    if not asked:
        return listed, by, sort != "oldest"
    last = select(func.max(Quote.id)).scalar_subquery() if top is None else literal(top, BigInteger)
    newest = found.with_only_columns(Quote.id, Quote.at, Quote.terms).order_by(*(column.desc() for column in by))
    candidate = (newest if top is None else newest.where(Quote.id <= top)).limit(RANKED).cte("candidate")
    latest = select(func.max(candidate.c.at)).scalar_subquery()
    scored = select(
        candidate.c.id,
        candidate.c.at,
        _score(candidate.c.terms, Day(candidate.c.at), Day(latest), asked).label("score"),
        last.label("top"),
    ).subquery("scored")
    return select(scored.c.id), (scored.c.score, scored.c.at, scored.c.id, scored.c.top), True


def day(found: Select[Any]) -> ColumnElement[int]:
    """The number of the day when a quote of those found was said, else published, as `Day` has it."""
    return fulltext.quote_day if found.get_execution_options().get("reads_index") else Day(Quote.at)


def _score(terms: Column, day: Column, newest: Column, asked: Sequence[Words]) -> ColumnElement[int]:
    """How well a quote of these terms answers, and how new it is beside the newest."""
    line = literal(" ").concat(terms).concat(" ")

    def has(part: Words) -> ColumnElement[bool]:
        return or_(
            *(line.contains(f" {' '.join(sequence)}{'' if begins else ' '}") for sequence, begins in part.readings)
        )

    in_text = sum((case((has(part), 1), else_=0) for part in asked), start=literal(0, BigInteger))
    length = func.length(terms, type_=BigInteger)
    score = _IN_TEXT * in_text // len(asked)
    score += _SHORT * _HALF_SHORT // (_HALF_SHORT + length)
    score += _NEW * _HALF_NEW // (_HALF_NEW + newest - day)
    if len(asked) > 1:
        whole = Words(tuple(word for part in asked for word in part.folded), asked[-1].prefix)
        score += case((has(whole), _TOGETHER), else_=0)
    return score
