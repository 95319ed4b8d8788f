"""What a search finds: a statement that is not executed yet, and what its readers must know of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select
from sqlalchemy.orm import InstrumentedAttribute

from api.database.days import DayNumber
from api.models import Quote
from api.search.language import Query

Column = ColumnElement[Any] | InstrumentedAttribute[Any]


@dataclass(frozen=True, slots=True)
class Found:
    """The rows that a search finds: a Select of entities, in no order, and the parsed query (None without `q`)."""

    select: Select[Any]
    query: Query | None = None


@dataclass(frozen=True, slots=True)
class FoundQuotes(Found):
    """The quotes that a search finds, and the columns that list and date them.

    in_index_order: the statement reads a full-text index whose rows stand in the order of time.
    id: the quote's id.
    by: columns that sort the quotes by time, and are unique together.
    day: the number of the day when the quote was said, else published, as DayNumber counts.

    With `in_index_order` all three are computed from the index: then no row of quote is read for them.
    """

    in_index_order: bool = False
    id: Column = Quote.id
    by: Sequence[Column] = (Quote.at, Quote.id)
    day: ColumnElement[int] = DayNumber(Quote.at)  # noqa: RUF009 - an expression, which never changes

    def ids(self) -> Select[Any]:
        """Return a statement of the quotes' ids."""
        return self.columns(self.id)

    def columns(self, *columns: Column) -> Select[Any]:
        """Return a statement of these columns of the quotes."""
        return self.select.with_only_columns(*columns, maintain_column_froms=True)

    def newest(self, columns: Select[Any], count: int | None) -> Select[Any]:
        """Return `columns`, a statement of columns of these quotes, for the newest `count` quotes; for all if None."""
        if count is None:
            return columns
        return columns.order_by(*(column.desc() for column in self.by)).limit(count)


@dataclass(frozen=True, slots=True)
class FoundSpeakers(Found):
    """The speakers that a search finds.

    rank: how well a name matches, 0 is best; see names.listed. None if the query asks for no name.
    """

    rank: ColumnElement[int] | None = None
