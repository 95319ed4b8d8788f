"""How many of the quotes found there are of each speaker, role, month and so on (facets), and when (timeline).

Both take what api.search.quotes.quotes gives, and count in one statement however many facets are asked for. A role and a country
count where the role was held when it was said, as the filters of these names understand it: asking on for one value of a
facet finds as many quotes as it counts. Of quotes without a speaker, a publisher, a role or a date that facet says nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pycountry
from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    Date,
    Select,
    Text,
    cast,
    func,
    literal,
    literal_column,
    null,
    select,
    true,
    union,
    union_all,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from api.http.problems import invalid
from api.models import Publisher, Quote, Role, Speaker, Tenure
from api.models.quote import UNDATED
from api.search import quotes as search
from api.search import ranking

# Facets count so many of the newest quotes that match, and timelines, which read no rows, so many, unless all are asked for:
# docs/decisions/0014, 0022 and 0025 say why.
COUNTED = 30_000
SPANNED = 50_000
# So many numbers are in one answer of a timeline: 27 years of days, or with the five largest series 4.
MOST_COUNTS = 10_000


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a facet, as the filter of its name takes it, how to show it, and how many quotes there are of it."""

    value: int | str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """The first day of an interval, and how many quotes were said in it, else published."""

    start: dt.date
    count: int


@dataclass(frozen=True, slots=True)
class Series:
    """The timeline of one speaker or publisher."""

    value: int
    label: str
    items: list[Bucket]


@dataclass(frozen=True, slots=True)
class Timeline:
    """Intervals in order, the series that were asked for, how many quotes `items` counts, and whether these are all."""

    items: list[Bucket]
    series: list[Series]
    counted: int
    complete: bool


class _Start(FunctionElement[dt.date]):
    """The first day, in UTC, of the day, month or year of a moment."""

    type = Date()
    inherit_cache = True

    def __init__(self, at: InstrumentedAttribute[dt.datetime], interval: str) -> None:
        # A column, so that each interval has a statement of its own.
        super().__init__(at, literal_column(repr(interval)))


@compiles(_Start, "sqlite")
def _start_in_sqlite(element: _Start, compiler: SQLCompiler, **more: Any) -> str:
    at, interval = (compiler.process(clause, **more) for clause in element.clauses)
    return {  # a moment is text here: 2022-03-24 18:00:00.000000
        "'day'": f"substr({at}, 1, 10)",
        "'month'": f"substr({at}, 1, 7) || '-01'",
        "'year'": f"substr({at}, 1, 4) || '-01-01'",
    }[interval]


@compiles(_Start, "postgresql")
def _start_in_postgresql(element: _Start, compiler: SQLCompiler, **more: Any) -> str:
    at, interval = (compiler.process(clause, **more) for clause in element.clauses)
    return f"CAST(date_trunc({interval}, {at} AT TIME ZONE 'UTC') AS DATE)"


def count(
    session: Session,
    found: Select[Any],
    wanted: Sequence[str],
    *,
    offices: Select[Any] | None = None,
    limit: int = 10,
    exact: bool = False,
) -> tuple[dict[str, list[Value]], int]:
    """The `limit` most frequent values of each facet `wanted`, and over how many quotes they were counted.

    That is over all that were `found`, or unless `exact` over the newest COUNTED of them. `offices` are the ids of the
    roles that were asked for (api.search.quotes.offices_asked): only these count as roles, and only their countries. Of values that
    are as frequent, those of the quotes stored last come first.
    """
    columns = dict.fromkeys(column for name in wanted for column in _COLUMNS[name])
    matching = found.with_only_columns(Quote.id, *columns)
    counted = (matching if exact else _newest(found, matching, COUNTED)).cte("counted")
    quote = aliased(Quote, counted)
    held = _held(quote, counted.c.day, offices) if "day" in counted.c else None
    parts = [_most_frequent(name, _values(name, quote, held), limit) for name in wanted]
    over = select(literal("").label("facet"), null(), func.count(), literal(0)).select_from(counted)
    rows: Sequence[Any] = session.execute(union_all(over, *parts)).all()
    frequent: dict[str, list[tuple[int, int, int | str]]] = {name: [] for name in wanted}
    for facet, value, number, last in rows:
        if facet:
            frequent[facet].append((-number, -last, _as_asked(facet, value)))
    facets = {}
    for name, found_values in frequent.items():
        labels = _labels(session, name, [value for *_, value in found_values])
        facets[name] = [Value(value, labels[value], -number) for number, _, value in sorted(found_values)]
    return facets, next(number for facet, _, number, _ in rows if not facet)


# What of a quote's row each facet needs. The day is cut once, and not for each tenure that it is compared with.
_OFFICE = (Quote.at, Quote.speaker_id, Quote.role_id, Quote.role_status, _Start(Quote.at, "day").label("day"))
_COLUMNS = {
    "speaker": (Quote.speaker_id,),
    "role": _OFFICE,
    "country": _OFFICE,
    "publisher": (Quote.publisher_id,),
    "kind": (Quote.kind,),
    "cue": (Quote.cue,),
    "month": (Quote.at,),
    "year": (Quote.at,),
}


def _newest(found: Select[Any], columns: Select[Any], most: int) -> Select[Any]:
    """So many of the newest quotes found, as a Select of columns of them."""
    _, by, _ = ranking.ordered(found, "newest")
    return columns.order_by(*(column.desc() for column in by)).limit(most)


def _values(name: str, quote: type[Quote], held: CTE | None) -> Select[Any]:
    """The values of a facet that quotes have, each with the quote's id; of a role and a country from what `_held` gives."""
    match name:
        case "role" if held is not None:
            return select(held.c.role_id.label("value"), held.c.id)
        case "country" if held is not None:
            countries = select(Role.country.label("value"), held.c.id).join(held, held.c.role_id == Role.id)
            return countries.where(Role.country.is_not(None)).distinct()
    value: Any
    match name:
        case "month" | "year":
            value, there = _Start(quote.at, name), quote.at > UNDATED
        case "cue":
            value, there = quote.cue, quote.cue != ""
        case "kind":
            value, there = quote.kind, true()
        case _:
            value = quote.speaker_id if name == "speaker" else quote.publisher_id
            there = value.is_not(None)
    return select(value.label("value"), quote.id).where(there)


def _held(quote: type[Quote], day: ColumnElement[Any], offices: Select[Any] | None) -> CTE:
    """Each quote with each role that its speaker held when it was said, as search by role has it."""
    stated = select(quote.id, quote.role_id).where(quote.role_id.is_not(None), quote.role_status != "former")
    of_tenures = select(quote.id, Tenure.role_id).where(quote.at > UNDATED, *search.holding(quote, day))
    if offices is not None:
        stated = stated.where(quote.role_id.in_(offices))
        of_tenures = of_tenures.where((Tenure.role_id + 0).in_(offices))
    return union(stated, of_tenures).cte("held")


def _most_frequent(name: str, values: Select[Any], limit: int) -> Select[Any]:
    """The most frequent of these values: the facet, the value as text, its count, and the id of its last quote."""
    each = values.subquery()
    number, last = func.count(), func.max(each.c.id)
    ranked = (
        select(literal(name).label("facet"), cast(each.c.value, Text), number.label("number"), last.label("last"))
        .group_by(each.c.value)
        .order_by(number.desc(), last.desc(), each.c.value)
        .limit(limit)
    )
    return select(ranked.subquery())


def _as_asked(facet: str, value: str) -> int | str:
    """A value as filters take it: an id, a code, a word, 2022-03 or 2022."""
    match facet:
        case "speaker" | "role" | "publisher":
            return int(value)
        case "month":
            return value[: len("2022-03")]
        case "year":
            return value[: len("2022")]
    return value


def _labels(session: Session, name: str, values: Sequence[Any]) -> dict[Any, str]:
    """How to show the values of a facet."""
    match name:
        case "speaker":
            return dict(session.execute(select(Speaker.id, Speaker.name).where(Speaker.id.in_(values))).all())
        case "publisher":
            return dict(session.execute(select(Publisher.id, Publisher.name).where(Publisher.id.in_(values))).all())
        case "role":
            roles = session.scalars(select(Role).where(Role.id.in_(values)))
            return {role.id: ", ".join(filter(None, (role.title, role.organisation, role.country))) for role in roles}
        case "country":
            countries = {code: pycountry.countries.get(alpha_2=code) for code in values}
            return {code: getattr(c, "common_name", c.name) if c else code for code, c in countries.items()}
    return {value: str(value) for value in values}


def timeline(
    session: Session,
    found: Select[Any],
    interval: str,
    *,
    since: dt.datetime | None = None,
    before: dt.datetime | None = None,
    split: str | None = None,
    most: int = 5,
    exact: bool = False,
) -> Timeline:
    """How many of the quotes found, which have dates, were said, else published, in each `interval`, and in each by whom.

    From the interval of `since` to the one of the last moment before `before`, or where these are not given of the first
    and last quote; those without any are there too. Unless `exact` only the newest SPANNED are looked at: where there are
    more, from the first interval that was looked at whole. `split` is "speaker" or "publisher": then there is a series for
    each of the `most` frequent. Raises Problem (422) where more numbers than MOST_COUNTS would be given.
    """
    first = None if since is None else _number(since.astimezone(dt.UTC).date(), interval)
    last = (
        None if before is None else _number((before - dt.timedelta(microseconds=1)).astimezone(dt.UTC).date(), interval)
    )
    lines = 1 + (most if split else 0)
    if first is not None and last is not None:
        _refuse_too_many(first, last, interval, lines)
    key = {"speaker": Quote.speaker_id, "publisher": Quote.publisher_id}[split] if split else null()
    columns: list[ColumnElement[Any]] = [ranking.day(found).label("day"), key.label("key")]
    each = found.with_only_columns(*columns, maintain_column_froms=True)
    said = (each if exact else _newest(found, each, SPANNED + 1)).cte("said")
    counts: Select[Any] | CompoundSelect[Any] = select(null().label("key"), said.c.day, func.count())
    counts = counts.group_by(said.c.day)
    if split:
        number = func.count().label("number")
        keyed = select(said.c.key, number).where(said.c.key.is_not(None)).group_by(said.c.key)
        frequent = keyed.order_by(number.desc(), said.c.key).limit(most).subquery()
        theirs = select(said.c.key, said.c.day, func.count()).join(frequent, frequent.c.key == said.c.key)
        counts = union_all(counts, theirs.group_by(said.c.key, said.c.day))
    whole: dict[int, int] = {}  # by the number of the interval
    by_whom: dict[int, dict[int, int]] = {}
    for who, day, count_ in session.execute(counts):
        numbers = whole if who is None else by_whom.setdefault(who, {})
        nth = _number(dt.date.fromordinal(day), interval)
        numbers[nth] = numbers.get(nth, 0) + count_
    complete = exact or sum(whole.values()) <= SPANNED
    if not complete:
        if len(whole) > 1:  # else all that were looked at are of one interval
            del whole[min(whole)]
        first = min(whole)
    if not whole and (first is None or last is None):
        return Timeline([], [], 0, complete=True)
    first = min(whole) if first is None else first
    last = max(whole) if last is None else last
    _refuse_too_many(first, last, interval, lines)
    every = range(first, last + 1)

    def filled(counted: dict[int, int]) -> list[Bucket]:
        return [Bucket(_first_day(number, interval), counted.get(number, 0)) for number in every]

    labels = _labels(session, split, list(by_whom)) if split else {}
    most_first = sorted(by_whom, key=lambda who: (-sum(by_whom[who].values()), who))
    series = [Series(who, labels[who], filled(by_whom[who])) for who in most_first]
    return Timeline(filled(whole), series, sum(whole.values()), complete)


def _number(day: dt.date, interval: str) -> int:
    """The number of the day, week, month or year in which a day is: each is one more than that of the one before."""
    match interval:
        case "day":
            return day.toordinal()
        case "week":
            return (day.toordinal() - 1) // 7  # 0001-01-01 was a Monday
        case "month":
            return day.year * 12 + day.month - 1
    return day.year


def _first_day(number: int, interval: str) -> dt.date:
    """The first day of the interval of that number."""
    match interval:
        case "day":
            return dt.date.fromordinal(number)
        case "week":
            return dt.date.fromordinal(number * 7 + 1)
        case "month":
            return dt.date(number // 12, number % 12 + 1, 1)
    return dt.date(number, 1, 1)


def _refuse_too_many(first: int, last: int, interval: str, series: int) -> None:
    intervals = last - first + 1
    if intervals * series > MOST_COUNTS:
        detail = f"{intervals} of a {interval} times {series}, the sum and each series, are over {MOST_COUNTS} numbers:"
        raise invalid("interval", f"{detail} take a longer interval, or bound it with from and to.")
