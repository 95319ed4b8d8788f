"""Count the quotes found by speaker, role, country, publisher, kind, medium, polarity, cue, month and year.

All facets are counted in one statement. A role and a country count where the speaker held the role when the quote was said,
as the filters of these names understand it. So a search for a value of a facet finds as many quotes as it counts. Quotes
without a speaker, publisher, role or date count in no value of that facet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pycountry
from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    Select,
    Text,
    cast,
    func,
    literal,
    null,
    select,
    true,
    union,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from api.database.days import FirstDay
from api.limits import FACETED_QUOTES
from api.models import Publisher, Quote, QuoteJoint, Role, Speaker, Tenure
from api.models.quote import UNDATED
from api.search import filters
from api.search.found import FoundQuotes
from api.search.request import ANY_OFFICE, Office


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a facet as the filter of that name takes it, its label for people, and how many quotes have it."""

    value: int | str
    label: str
    count: int


def count(
    session: Session,
    found: FoundQuotes,
    facets: Sequence[str],
    *,
    office: Office = ANY_OFFICE,
    limit: int = 10,
    newest: int | None = FACETED_QUOTES,
) -> tuple[dict[str, list[Value]], int]:
    """Return the `limit` most frequent values of each facet, and over how many quotes they were counted.

    Only the `newest` quotes found are counted, or all if it is None. If the search asks for an office, only its roles and
    their countries are counted. Of equally frequent values, those of quotes stored later come first.
    """
    columns = dict.fromkeys(column for facet in facets for column in _COLUMNS[facet])
    counted = found.newest(found.columns(Quote.id, *columns), newest).cte("counted")
    quote = aliased(Quote, counted)
    held = _held(quote, counted.c.day, office) if "day" in counted.c else None
    parts = [_most_frequent(facet, _values(facet, quote, held), limit) for facet in facets]
    over = select(literal("").label("facet"), null(), func.count(), literal(0)).select_from(counted)
    rows: Sequence[Any] = session.execute(union_all(over, *parts)).all()
    frequent: dict[str, list[tuple[int, int, int | str]]] = {facet: [] for facet in facets}
    for facet, value, number, last in rows:
        if facet:
            frequent[facet].append((-number, -last, _as_filter(facet, value)))
    counts = {}
    for facet, values in frequent.items():
        label_of = labels(session, facet, [value for *_, value in values])
        counts[facet] = [Value(value, label_of[value], -number) for number, _, value in sorted(values)]
    return counts, next(number for facet, _, number, _ in rows if not facet)


# The columns of quote that each facet needs. The day is computed once, and not for each tenure that it is compared with.
_OFFICE = (Quote.at, Quote.speaker_id, Quote.role_id, Quote.role_status, FirstDay(Quote.at, "day").label("day"))
_COLUMNS = {
    "speaker": (Quote.speaker_id,),
    "role": _OFFICE,
    "country": _OFFICE,
    "publisher": (Quote.publisher_id,),
    "kind": (Quote.kind,),
    "medium": (Quote.medium,),
    "polarity": (Quote.polarity,),
    "cue": (Quote.cue,),
    "month": (Quote.at,),
    "year": (Quote.at,),
}


def _values(facet: str, quote: type[Quote], held: CTE | None) -> Select[Any] | CompoundSelect[Any]:
    """Return the values of a facet, each with the id of a quote that has it. `held` is as `_held` returns it.

    A quote counts for each of the speakers who say it together.
    """
    match facet:
        case "role" if held is not None:
            return select(held.c.role_id.label("value"), held.c.id)
        case "country" if held is not None:
            countries = select(Role.country.label("value"), held.c.id).join(held, held.c.role_id == Role.id)
            return countries.where(Role.country.is_not(None)).distinct()
        case "speaker":
            alone = select(quote.speaker_id.label("value"), quote.id).where(quote.speaker_id.is_not(None))
            together = select(QuoteJoint.speaker_id, quote.id).join(quote, quote.id == QuoteJoint.quote_id)
            return union_all(alone, together)
    value: Any
    match facet:
        case "month" | "year":
            value, has_value = FirstDay(quote.at, facet), quote.at > UNDATED
        case "cue":
            value, has_value = quote.cue, quote.cue != ""
        case "kind" | "medium" | "polarity":
            value, has_value = getattr(quote, facet), true()
        case _:
            value = quote.publisher_id
            has_value = value.is_not(None)
    return select(value.label("value"), quote.id).where(has_value)


def _held(quote: type[Quote], day: ColumnElement[Any], office: Office) -> CTE:
    """Return each quote with each role that its speaker held when it was said, as filters.held has it."""
    stated = select(quote.id, quote.role_id).where(quote.role_id.is_not(None), quote.role_status != "former")
    of_tenures = select(quote.id, Tenure.role_id).where(quote.at > UNDATED, *filters.holding(quote, day))
    if office.is_asked:
        roles = filters.role_ids(office)
        stated = stated.where(quote.role_id.in_(roles))
        of_tenures = of_tenures.where((Tenure.role_id + 0).in_(roles))
    return union(stated, of_tenures).cte("held")


def _most_frequent(facet: str, values: Select[Any] | CompoundSelect[Any], limit: int) -> Select[Any]:
    """Return the most frequent of these values: facet, value as text, count, and the highest id of its quotes."""
    each = values.subquery()
    number, last = func.count(), func.max(each.c.id)
    ranked = (
        select(literal(facet).label("facet"), cast(each.c.value, Text), number.label("number"), last.label("last"))
        .group_by(each.c.value)
        .order_by(number.desc(), last.desc(), each.c.value)
        .limit(limit)
    )
    return select(ranked.subquery())


def _as_filter(facet: str, value: str) -> int | str:
    """Return a value as filters take it: an id, a code, a word, 2022-03 or 2022."""
    match facet:
        case "speaker" | "role" | "publisher":
            return int(value)
        case "month":
            return value[: len("2022-03")]
        case "year":
            return value[: len("2022")]
    return value


def labels(session: Session, facet: str, values: Sequence[Any]) -> dict[Any, str]:
    """Return how to show each of these values of a facet."""
    match facet:
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
