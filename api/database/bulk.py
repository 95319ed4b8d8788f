"""Insert and look up rows by the hundred: without the ORM's object for each row, and with one parameter for all values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import JSON, BigInteger, BindParameter, Boolean, ColumnElement, Text, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from api.models.base import Base, Table


def among(column: InstrumentedAttribute[Any], values: Iterable[int | str]) -> ColumnElement[bool]:
    """Match rows whose column is one of these ids, or one of these texts."""
    listed = sorted(set(values))
    return Among(column, array_parameter(None, type(listed[0]) if listed else int, listed))


class Among(FunctionElement[bool]):
    """SQL: a column is one of `values`, which are one parameter. So the statement's text is the same for any number of them.

    A placeholder for each value took psycopg a third of the time of reading, and both databases parsed the text anew.
    """

    inherit_cache = True

    @property
    def comparator(self) -> Any:
        """The result's operators. Not cached: SQLAlchemy's refers back to the element, a cycle that keeps `values` alive."""
        return self.type.comparator_factory(self)


@compiles(Among, "sqlite")
def _among_in_sqlite(element: Among, compiler: SQLCompiler, **more: Any) -> str:
    column, values = (compiler.process(clause, **more) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - a column of ours and a placeholder


@compiles(Among, "postgresql")
def _among_in_postgresql(element: Among, compiler: SQLCompiler, **more: Any) -> str:
    column, values = (compiler.process(clause, **more) for clause in element.clauses)
    return f"{column} = ANY({values})"


class AmongFew(FunctionElement[bool]):
    """SQL: a column is one of the values of a scalar subquery, which are few.

    PostgreSQL reads them once and then uses an index of the column, also where another condition is the alternative.
    """

    inherit_cache = True
    type = Boolean()


@compiles(AmongFew, "sqlite")
def _among_few_in_sqlite(element: AmongFew, compiler: SQLCompiler, **more: Any) -> str:
    column, values = (compiler.process(clause, **more) for clause in element.clauses)
    return f"{column} IN {values}"


@compiles(AmongFew, "postgresql")
def _among_few_in_postgresql(element: AmongFew, compiler: SQLCompiler, **more: Any) -> str:
    column, values = (compiler.process(clause, **more) for clause in element.clauses)
    return f"{column} = ANY (ARRAY{values})"


def array_parameter(
    name: str | None, kind: type[int | str], values: Sequence[int | str] | None = None
) -> BindParameter[Any]:
    """Return the parameter of Among for ids or texts. Without `values` they are given by `name` when the statement is run."""
    array = ARRAY(BigInteger if kind is int else Text)
    return bindparam(name, values, type_=JSON().with_variant(array, "postgresql"), required=values is None)


def new_ids(session: Session, table: type[Base], count: int) -> list[int]:
    """Return `count` ids for new rows of a table, in order, as the database would give them."""
    if not count:
        return []
    if session.get_bind().dialect.name == "sqlite":  # it has one writer, so nobody else takes them
        last = session.scalar(select(func.max(table.id))) or 0
        return list(range(last + 1, last + 1 + count))
    sequence = func.nextval(func.pg_get_serial_sequence(table.__tablename__, "id"))
    return sorted(session.scalars(select(sequence).select_from(func.generate_series(1, count))))


def insert_rows(session: Session, table: type[Table], columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows, on PostgreSQL by COPY. `columns` must name every column without a default in the database.

    Raise IntegrityError and the other errors that the ORM would raise.
    """
    if not rows:
        return
    dialect = session.connection().dialect
    types = [table.__table__.c[name].type.dialect_impl(dialect) for name in columns]
    # Values are bound a column at a time, since most columns need no binding.
    values = [
        _bind(processor, column) if processor else column
        for processor, column in zip(
            (each.bind_processor(dialect) for each in types), zip(*rows, strict=True), strict=True
        )
    ]
    insert = _insert_in_sqlite if dialect.name == "sqlite" else _copy_to_postgresql
    insert(session, table.__tablename__, columns, zip(*values, strict=True))


def _bind(processor: Callable[[Any], Any], column: Iterable[Any]) -> list[Any]:
    """Return the values of a column as the driver takes them. A run of one value, such as now, is converted once."""
    bound: list[Any] = []
    last = converted = object()
    for value in column:
        if value is not last:
            last, converted = value, processor(value)
        bound.append(converted)
    return bound


def _insert_in_sqlite(session: Session, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Give the rows to the driver: SQLAlchemy would make a dictionary of each, and a tuple of that."""
    connection = session.connection()
    names = ", ".join(map(connection.dialect.identifier_preparer.quote, columns))
    statement = f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608 - names of ours and placeholders
    connection.exec_driver_sql(statement, [*rows])


def _copy_to_postgresql(session: Session, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    import psycopg  # on PostgreSQL it is loaded already; on SQLite each process would wait for it
    from psycopg import sql

    connection = session.connection()
    into = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    try:
        with connection.connection.cursor().copy(into) as copy:
            for row in rows:
                copy.write_row(row)
    except psycopg.Error as error:  # COPY goes past SQLAlchemy, which would raise its own error
        raise DBAPIError.instance("COPY", None, error, psycopg.Error, dialect=connection.dialect) from error
