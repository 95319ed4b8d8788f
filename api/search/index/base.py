"""What the full-text indexes of SQLite and PostgreSQL have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from api.models import Quote
from api.search.found import FoundQuotes
from api.search.index.matches import QuoteMatches
from api.search.language import Query
from api.search.request import ALWAYS, Period


class Labelled(NamedTuple):
    """A condition on a quote's row, and the same as an expression of labels in SQLite's index."""

    label: str | ColumnElement[str]
    row: ColumnElement[bool]


@dataclass(slots=True)
class Conditions:
    """What a search asks of a quote, each condition in every form that an index may answer."""

    words: QuoteMatches | None
    rows: list[ColumnElement[bool]]  # that only rows answer
    labelled: list[Labelled] = field(default_factory=list)
    # The label is of the quotes for which the condition does not hold, which are few.
    mostly: list[Labelled] = field(default_factory=list)
    # Labels of all quotes for which `mostly` holds: what to read if nothing else is asked.
    rest: list[str] = field(default_factory=list)
    period: Period = ALWAYS
    said: ColumnElement[bool] | None = None  # the condition on the row that `period` is, if it has a bound

    def on_rows(self) -> list[ColumnElement[bool]]:
        """Return all conditions, as they are asked of rows on both databases."""
        words = [] if self.words is None else [self.words]
        said = [] if self.said is None else [self.said]
        return [*words, *self.rows, *(each.row for each in self.labelled), *said, *(each.row for each in self.mostly)]


def find_rows(conditions: Conditions, query: Query | None) -> FoundQuotes:
    """Return the quotes for which the conditions hold, by a statement that both databases understand."""
    return FoundQuotes(select(Quote).where(*conditions.on_rows()), query)


class FullTextIndex(ABC):
    """The full-text index of one database."""

    @abstractmethod
    def find(self, conditions: Conditions, query: Query | None) -> FoundQuotes:
        """Return the quotes for which the conditions hold, by this database's fastest statement for pages in time order."""

    def restrict(self, session: Session, found: FoundQuotes, quote_ids: Sequence[int]) -> FoundQuotes:  # noqa: ARG002 - others look the quotes up
        """Return those of the quotes found that have these ids. Each is looked up, so other matches cost nothing."""
        return FoundQuotes(found.select.where(Quote.id.in_(quote_ids)), found.query)

    @abstractmethod
    def damage(self, session: Session) -> Iterator[str]:
        """Yield a line for each index that is missing or does not agree with its rows. The session must be able to write."""

    @abstractmethod
    def rebuild(self, session: Session) -> None:
        """Build the indexes again from their rows, in the caller's transaction."""
