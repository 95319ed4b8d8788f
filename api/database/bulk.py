"""Rows by the hundred: written past the ORM, which would make an object of each, and asked for by one parameter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import JSON, BigInteger, BindParameter, ColumnElement, Text, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from api.models.base import Base, Table


class Among(FunctionElement[bool]):
    """That a column is one of `values`, which are one parameter: a statement's text is then the same for however many.

    A placeholder for each took psycopg a third of the time of reading, and both databases read it anew each time.
    """

    inherit_cache = True

    @property
    def comparator(self) -> Any:
        """Made when asked for. SQLAlchemy keeps it, and it keeps what it is of: the values would wait for the collector."""
        return self.type.comparator_factory(self)


@compiles(Among, "sqlite")
def _in_sqlite(element: Among, compiler: SQLCompiler, **more: Any) -> str:
    column, values = (compiler.process(clause, **more) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - a column of ours and a placeholder


@compiles(Among, "postgresql")
def _in_postgresql(element: Among, compiler: SQLCompiler, **more: Any) -> str:
    column, values = (compiler.process(clause, **more) for clause in element.clauses)
    return f"{column} = ANY({values})"


def parameter(name: str | None, kind: type[int | str], values: Sequence[int | str] | None = None) -> BindParameter[Any]:
    """The parameter of Among: so many ids or so much text; without values it is given them by name."""
    array = ARRAY(BigInteger if kind is int else Text)
    return bindparam(name, values, type_=JSON().with_variant(array, "postgresql"), required=values is None)


def among(column: InstrumentedAttribute[Any], values: Iterable[int | str]) -> ColumnElement[bool]:
    """That a column is one of these ids, or one of these texts."""
    listed = sorted(set(values))
    return Among(column, parameter(None, type(listed[0]) if listed else int, listed))


def write(session: Session, table: type[Table], columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows, on PostgreSQL by COPY. `columns` are all that have no default of the database's.

    Raises IntegrityError and the like, as the ORM would.
    """
    if not rows:
        return
    connection = session.connection()
    made = [table.__table__.c[name].type.dialect_impl(connection.dialect) for name in columns]
    process = [each.bind_processor(connection.dialect) for each in made]
    # As the driver takes them, a column at a time, since most are so already.
    values = [_taken(to, column) if to else column for to, column in zip(process, zip(*rows, strict=True), strict=True)]
    if connection.dialect.name == "sqlite":
        # To the driver: SQLAlchemy would make a dictionary of each row, and a tuple of that.
        names = ", ".join(map(connection.dialect.identifier_preparer.quote, columns))
        insertion = f"INSERT INTO {table.__tablename__} ({names}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608 - names of ours and placeholders
        connection.exec_driver_sql(insertion, [*zip(*values, strict=True)])
        return
    import psycopg  # on PostgreSQL it is loaded already, on SQLite each process would wait for it
    from psycopg import sql

    into = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table.__tablename__), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    try:
        with connection.connection.cursor().copy(into) as copy:
            for row in zip(*values, strict=True):
                copy.write_row(row)
    except psycopg.Error as error:  # as SQLAlchemy, which COPY goes past, would have it
        raise DBAPIError.instance("COPY", None, error, psycopg.Error, dialect=connection.dialect) from error


def _taken(to: Callable[[Any], Any], column: Iterable[Any]) -> list[Any]:
    """Each value as the driver takes it; of one that follows itself, as the moment of storing does, that is asked once."""
    taken: list[Any] = []
    last = made = object()
    for value in column:
        if value is not last:
            last, made = value, to(value)
        taken.append(made)
    return taken


def new_ids(session: Session, table: type[Base], count: int) -> list[int]:
    """So many ids for new rows of a table, in order, as the database would give them."""
    if not count:
        return []
    if session.get_bind().dialect.name == "sqlite":  # whoever writes is alone
        last = session.scalar(select(func.max(table.id))) or 0
        return list(range(last + 1, last + 1 + count))
    sequence = func.nextval(func.pg_get_serial_sequence(table.__tablename__, "id"))
    return sorted(session.scalars(select(sequence).select_from(func.generate_series(1, count))))
