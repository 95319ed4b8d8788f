"""Searches as values: every parameter of a search, with `q` parsed once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

from sqlalchemy import Select
from sqlalchemy.orm import Session

from api.models.quote import UNDATED
from api.search import names
from api.search.language import Field, Group, Query, parse

Ids = int | Sequence[int] | Select[Any]


class Office(NamedTuple):
    """A role that a speaker held: its id or title, its organisation and its country (ISO 3166-1 alpha-2), where asked for."""

    role: int | str | None = None
    organisation: str | None = None
    country: str | None = None

    @property
    def is_asked(self) -> bool:
        """Return whether anything is asked of the office."""
        return self != ANY_OFFICE

    def with_fields(self, groups: Iterable[Group]) -> tuple[Office, list[Group]]:
        """Return the office that a query's role: and country: complete, and the other groups.

        Only fields without alternatives count, and only where the office has no such value yet: then all are of one office.
        """
        office, others = self, list[Group]()
        for group in groups:
            match group:
                case (Field("role") as part,) if office.role is None:
                    office = office._replace(role=part.row)
                case (Field("country") as part,) if office.country is None:
                    office = office._replace(country=part.value)
                case _:
                    others.append(group)
        return office, others


ANY_OFFICE = Office()


class Period(NamedTuple):
    """The time from `since` (included) to `before` (excluded); None is unbounded."""

    since: dt.datetime | None = None
    before: dt.datetime | None = None

    @classmethod
    def of(cls, field: Field) -> Period:
        """Return the period that a said: asks for."""
        return cls(_midnight(field.since), _midnight(field.before))

    def with_fields(self, groups: Iterable[Group]) -> tuple[Period, list[Group]]:
        """Return the period within that of each said: without alternatives, and the other groups."""
        since, before = self
        others: list[Group] = []
        for group in groups:
            match group:
                case (Field("said") as part,):
                    inner = Period.of(part)
                    since = max(since or UNDATED, inner.since or UNDATED)
                    before = min(filter(None, (before, inner.before)), default=None)
                case _:
                    others.append(group)
        return Period(since, before), others


ALWAYS = Period()


def _midnight(day: dt.date | None) -> dt.datetime | None:
    return dt.datetime.combine(day, dt.time(), dt.UTC) if day else None


@dataclass(frozen=True, slots=True)
class QuoteSearch:
    """A search for quotes: those that match every parameter given.

    An int is the id of a row. A str names the row, whatever its case and diacritics: a speaker by any name, by whole words
    of one (a surname) or by its handle; a role by its title; a publisher by its name or domain. A speaker can also be
    several ids, as `resolve` gives them.

    query: the parsed `q`; None without one. A query that asks nothing matches nothing.
    role, organisation, country: of one role that the speaker held when the quote was said; see filters.held.
    cue: words that stand side by side in the cue.
    act, status: "any" is possible. Without a status all but rejected quotes match.
    revised: what a revision of the article did with the quote; see Quote.revised_as. Without it quotes match that stand
        in the article's current text.
    since, before: bounds of when the quote was said, else published (see Period). Quotes without a date never match them.
    copies_of: the id of a quote; its duplicates in articles with the same text match.
    distinct: of duplicates that match, only the earliest is kept; of equally early ones, the one stored first.
    """

    query: Query | None = None
    speaker: Ids | str | None = None
    role: int | str | None = None
    organisation: str | None = None
    country: str | None = None
    publisher: int | str | Sequence[int] | None = None
    article: int | None = None
    kind: str | None = None
    medium: str | None = None
    act: str = "speech"
    polarity: str | None = None
    cue: str | None = None
    status: str | None = None
    revised: str | None = None
    since: dt.datetime | None = None
    before: dt.datetime | None = None
    copies_of: int | None = None
    distinct: bool = False

    @classmethod
    def of(cls, q: str | None = None, **parameters: Any) -> QuoteSearch:
        """Return the search with these parameters and the query that `q` means."""
        return cls(query=None if q is None else parse(q), **parameters)

    @property
    def groups(self) -> tuple[Group, ...]:
        """Return the groups that the query wants."""
        return self.query.wanted if self.query else ()

    @property
    def office(self) -> Office:
        """Return the office that the parameters and the query ask for."""
        return Office(self.role, self.organisation, self.country).with_fields(self.groups)[0]


_PARAMETERS = frozenset(field.name for field in fields(QuoteSearch)) - {"query"} | {"q"}


def resolve(session: Session, parameters: Mapping[str, Any]) -> tuple[QuoteSearch, list[names.SpeakerMatch] | None]:
    """Return the search that parameters ask for, and the speakers that its `speaker` was taken for, best first.

    `parameters` are as api.schemas.filters.QuoteFilters loads them; others are ignored. A speaker given by name becomes ids:
    `match` says how far the name may differ ("fuzzy" by default). The second value is None if no name was given.
    """
    asked = {name: value for name, value in parameters.items() if name in _PARAMETERS}
    if not isinstance(asked.get("speaker"), str):
        return QuoteSearch.of(**asked), None
    asked["speaker"], matches = names.resolve(session, asked["speaker"], parameters.get("match", "fuzzy"))
    return QuoteSearch.of(**asked), matches
