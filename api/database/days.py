"""SQL of the day of a moment, which SQLite and PostgreSQL compute differently. Days are in UTC."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, Date, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class DayNumber(FunctionElement[int]):
    """The number of a moment's day, counted as datetime.date.toordinal does: 0001-01-01 is 1."""

    inherit_cache = True
    type = BigInteger()


@compiles(DayNumber, "sqlite")
def _day_number_in_sqlite(element: DayNumber, compiler: SQLCompiler, **more: Any) -> str:
    [moment] = element.clauses
    return f"CAST(julianday(date({compiler.process(moment, **more)})) - 1721424.5 AS INTEGER)"


@compiles(DayNumber, "postgresql")
def _day_number_in_postgresql(element: DayNumber, compiler: SQLCompiler, **more: Any) -> str:
    [moment] = element.clauses
    return f"(date({compiler.process(moment, **more)}) - DATE '0001-01-01' + 1)"


class FirstDay(FunctionElement[dt.date]):
    """The first day of the day, month or year that a moment is in."""

    type = Date()
    inherit_cache = True

    def __init__(self, at: InstrumentedAttribute[dt.datetime], interval: str) -> None:
        # The interval is part of the statement's text and not a parameter: each has a statement of its own.
        super().__init__(at, literal_column(repr(interval)))


@compiles(FirstDay, "sqlite")
def _first_day_in_sqlite(element: FirstDay, compiler: SQLCompiler, **more: Any) -> str:
    at, interval = (compiler.process(clause, **more) for clause in element.clauses)
    return {  # SQLite stores a moment as text: 2022-03-24 18:00:00.000000
        "'day'": f"substr({at}, 1, 10)",
        "'month'": f"substr({at}, 1, 7) || '-01'",
        "'year'": f"substr({at}, 1, 4) || '-01-01'",
    }[interval]


@compiles(FirstDay, "postgresql")
def _first_day_in_postgresql(element: FirstDay, compiler: SQLCompiler, **more: Any) -> str:
    at, interval = (compiler.process(clause, **more) for clause in element.clauses)
    return f"CAST(date_trunc({interval}, {at} AT TIME ZONE 'UTC') AS DATE)"
