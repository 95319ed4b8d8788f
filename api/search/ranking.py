"""Order what a search finds: newest or oldest first, or by relevance, which is a score of our own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Select, case, func, literal, or_, select

from api.database.days import DayNumber
from api.models import Quote
from api.search.found import Column, FoundQuotes
from api.search.language import Words

# Relevance scores this many of the newest matches: both databases score as many in about the time that a page takes.
MAX_SCORED = 10_000  # quotes
# The parts of a score are whole numbers, so that both databases agree. They are judged, not measured. Words in the text count
# more than words in the speaker's names. Words that stand together as in the query count half of that, and so do being short
# and being new. A quote of 60 letters, some ten words, has half of the points for being short: to count words took SQLite a
# third of scoring. A quote that is a year older than the newest match has half of the points for being new.
_IN_TEXT, _TOGETHER, _SHORT, _NEW = 400, 200, 200, 200
_HALF_SHORT, _HALF_NEW = 60, 365  # code points, days
_MAX_PHRASES = 10  # words and phrases of a query that count; more would change little, and each costs as much


class Ordered(NamedTuple):
    """The ids of the quotes found, and how to sort them.

    `by` are the columns to sort by, unique together. The last one is an integer: the quote's id, its place in the index, or
    for relevance the id up to which quotes were scored.
    """

    ids: Select[Any]
    by: Sequence[Column]
    descending: bool

    def sorted(self) -> Select[Any]:
        """Return the ids in order."""
        return self.ids.order_by(*(column.desc() if self.descending else column.asc() for column in self.by))


def ordered(found: FoundQuotes, sort: str, *, top: int | None = None, most: int = MAX_SCORED) -> Ordered:
    """Return the quotes found, sorted by `sort`: newest, oldest or relevance.

    Relevance keeps the newest `most` matches and sorts them by their scores. Scores depend on the matches scored: those up
    to the id `top`, by default the highest there is. Whoever asks for the next page passes the last value of a row of the
    first page as `top`, and gets the same scores whatever has been added since. Relevance without words is newest.
    """
    phrases = found.query.words[:_MAX_PHRASES] if found.query and sort == "relevance" else []
    if not phrases:
        return Ordered(found.ids(), found.by, descending=sort != "oldest")
    last = select(func.max(Quote.id)).scalar_subquery() if top is None else literal(top, BigInteger)
    candidates = found.columns(Quote.id, Quote.at, Quote.terms).order_by(*(column.desc() for column in found.by))
    candidate = (candidates if top is None else candidates.where(Quote.id <= top)).limit(most).cte("candidate")
    latest = select(func.max(candidate.c.at)).scalar_subquery()
    scored = select(
        candidate.c.id,
        candidate.c.at,
        _score(candidate.c.terms, DayNumber(candidate.c.at), DayNumber(latest), phrases).label("score"),
        last.label("top"),
    ).subquery("scored")
    return Ordered(select(scored.c.id), (scored.c.score, scored.c.at, scored.c.id, scored.c.top), descending=True)


def _score(terms: Column, day: Column, newest: Column, phrases: Sequence[Words]) -> ColumnElement[int]:
    """Return the score of a quote with these terms that was said on `day`, beside the day of the newest match."""
    line = literal(" ").concat(terms).concat(" ")

    def has(phrase: Words) -> ColumnElement[bool]:
        return or_(
            *(
                line.contains(f" {' '.join(sequence)}{'' if is_prefix else ' '}")
                for sequence, is_prefix in phrase.variants
            )
        )

    in_text = sum((case((has(phrase), 1), else_=0) for phrase in phrases), start=literal(0, BigInteger))
    length = func.length(terms, type_=BigInteger)
    score = _IN_TEXT * in_text // len(phrases)
    score += _SHORT * _HALF_SHORT // (_HALF_SHORT + length)
    score += _NEW * _HALF_NEW // (_HALF_NEW + newest - day)
    if len(phrases) > 1:
        together = Words(tuple(word for phrase in phrases for word in phrase.folded), phrases[-1].prefix)
        score += case((has(together), _TOGETHER), else_=0)
    return score
