"""Count the quotes found in each day, week, month or year, together and by speaker or publisher."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import CompoundSelect, Select, func, null, select, union_all
from sqlalchemy.orm import Session

from api.limits import TIMELINE_QUOTES
from api.models import Quote, QuoteJoint
from api.models.quote import UNDATED
from api.search import facets
from api.search.found import Column
from api.search.quotes import find_quotes
from api.search.request import QuoteSearch

# Numbers in one timeline, the sums and those of each series: 27 years of days, or 4 with the five largest series.
MAX_NUMBERS = 10_000

Counts = Mapping[int, int]  # quotes by the number of the interval: see _number


class TooManyNumbers(ValueError):
    """The timeline would have more than MAX_NUMBERS numbers; the message says how many."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """The first day of an interval, and how many quotes were said in it, else published."""

    start: dt.date
    count: int


@dataclass(frozen=True, slots=True)
class Series:
    """The timeline of one speaker or publisher, by its id."""

    value: int
    label: str
    items: list[Bucket]


@dataclass(frozen=True, slots=True)
class Timeline:
    """Intervals in order, the series asked for, how many quotes `items` counts, and whether these are all that match."""

    items: list[Bucket]
    series: list[Series]
    counted: int
    complete: bool


def count(
    session: Session,
    search: QuoteSearch,
    interval: str,
    *,
    split: str | None = None,
    most: int = 5,
    newest: int | None = TIMELINE_QUOTES,
) -> Timeline:
    """Return how many quotes with a date match in each `interval` (day, week, month, year), and in each by whom.

    The timeline reaches from the interval of search.since to that of the last moment before search.before; where they are
    not given, from the first quote to the last. Intervals without quotes are part of it. Only the `newest` quotes are
    counted, or all if it is None: if there are more, the timeline begins with the first interval that was counted whole.

    `split` is "speaker" or "publisher": then each of the `most` frequent ones has a series. Raise TooManyNumbers if the
    answer would be too long.
    """
    first, last = _bounds(search, interval)
    lines = 1 + (most if split else 0)
    if first is not None and last is not None:
        _refuse_too_many(first, last, interval, lines)
    sums, of_split = _counted(session, search, interval, split, most, None if newest is None else newest + 1)
    is_complete = newest is None or sum(sums.values()) <= newest
    if not is_complete:
        if len(sums) > 1:  # else all that were counted are of one interval
            del sums[min(sums)]
        first = min(sums)
    if not sums and (first is None or last is None):
        return Timeline([], [], 0, complete=True)
    first = min(sums) if first is None else first
    last = max(sums) if last is None else last
    _refuse_too_many(first, last, interval, lines)
    numbers = range(first, last + 1)
    label_of = facets.labels(session, split, list(of_split)) if split else {}
    most_first = sorted(of_split, key=lambda value: (-sum(of_split[value].values()), value))
    series = [Series(value, label_of[value], _buckets(numbers, of_split[value], interval)) for value in most_first]
    return Timeline(_buckets(numbers, sums, interval), series, sum(sums.values()), is_complete)


def _bounds(search: QuoteSearch, interval: str) -> tuple[int | None, int | None]:
    """Return the numbers of the first and the last interval that the search bounds."""
    first = last = None
    if search.since is not None:
        first = _number(search.since.astimezone(dt.UTC).date(), interval)
    if search.before is not None:
        last = _number((search.before - dt.timedelta(microseconds=1)).astimezone(dt.UTC).date(), interval)
    return first, last


def _counted(
    session: Session, search: QuoteSearch, interval: str, split: str | None, most: int, newest: int | None
) -> tuple[dict[int, int], dict[int, dict[int, int]]]:
    """Return the counts of all quotes, and those of each of the `most` frequent speakers or publishers by its id."""
    found = find_quotes(replace(search, since=search.since or UNDATED), session)
    key: Column = {"speaker": Quote.speaker_id, "publisher": Quote.publisher_id}[split] if split else null()
    # The ids are read where they are needed alone: SQLite's index answers the rest without rows.
    ids = [Quote.id.label("id")] if split == "speaker" else []
    said = found.newest(found.columns(found.day.label("day"), key.label("key"), *ids), newest).cte("said")
    counts: Select[Any] | CompoundSelect[Any] = select(null().label("key"), said.c.day, func.count())
    counts = counts.group_by(said.c.day)
    if split:
        each: Select[Any] | CompoundSelect[Any] = select(said.c.key, said.c.day).where(said.c.key.is_not(None))
        if ids:  # a quote counts for each of the speakers who say it together
            each = union_all(
                each, select(QuoteJoint.speaker_id, said.c.day).join(said, said.c.id == QuoteJoint.quote_id)
            )
        keys = each.cte("keys")
        number = func.count().label("number")
        keyed = select(keys.c.key, number).group_by(keys.c.key)
        frequent = keyed.order_by(number.desc(), keys.c.key).limit(most).subquery()
        theirs = select(keys.c.key, keys.c.day, func.count()).join(frequent, frequent.c.key == keys.c.key)
        counts = union_all(counts, theirs.group_by(keys.c.key, keys.c.day))
    sums: dict[int, int] = {}
    of_split: dict[int, dict[int, int]] = {}
    for value, day, on_day in session.execute(counts):
        numbers = sums if value is None else of_split.setdefault(value, {})
        number_of = _number(dt.date.fromordinal(day), interval)
        numbers[number_of] = numbers.get(number_of, 0) + on_day
    return sums, of_split


def _buckets(numbers: Sequence[int], counts: Counts, interval: str) -> list[Bucket]:
    return [Bucket(_first_day(number, interval), counts.get(number, 0)) for number in numbers]


def _number(day: dt.date, interval: str) -> int:
    """Return the number of the day, week, month or year that a day is in. Consecutive intervals have consecutive numbers."""
    match interval:
        case "day":
            return day.toordinal()
        case "week":
            return (day.toordinal() - 1) // 7  # 0001-01-01 was a Monday
        case "month":
            return day.year * 12 + day.month - 1
    return day.year


def _first_day(number: int, interval: str) -> dt.date:
    """Return the first day of the interval with this number."""
    match interval:
        case "day":
            return dt.date.fromordinal(number)
        case "week":
            return dt.date.fromordinal(number * 7 + 1)
        case "month":
            return dt.date(number // 12, number % 12 + 1, 1)
    return dt.date(number, 1, 1)


def _refuse_too_many(first: int, last: int, interval: str, lines: int) -> None:
    """Raise TooManyNumbers if the intervals from `first` to `last` have too many numbers in this many lines."""
    intervals = last - first + 1
    if intervals * lines > MAX_NUMBERS:
        raise TooManyNumbers(
            f"{intervals} of a {interval} times {lines}, the sum and each series, are over {MAX_NUMBERS} numbers:"
            " take a longer interval, or bound it with from and to."
        )
