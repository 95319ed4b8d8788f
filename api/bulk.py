"""Rows by the hundred, past the ORM, which would make an object of each; on PostgreSQL by COPY, the fastest way in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from api.models.base import Base, Table


def write(session: Session, table: type[Table], columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows in the session's transaction. `columns` are all that have no default of the database's.

    Raises IntegrityError and the like, as the ORM would.
    """
    if not rows:
        return
    connection = session.connection()
    made = [table.__table__.c[name].type.dialect_impl(connection.dialect) for name in columns]
    process = [each.bind_processor(connection.dialect) for each in made]
    # As the driver takes them, a column at a time, since most are so already.
    values = [[*map(to, column)] if to else column for to, column in zip(process, zip(*rows, strict=True), strict=True)]
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


def new_ids(session: Session, table: type[Base], count: int) -> list[int]:
    """So many ids for new rows of a table, in order, as the database would give them."""
    if not count:
        return []
    if session.get_bind().dialect.name == "sqlite":  # whoever writes is alone
        last = session.scalar(select(func.max(table.id))) or 0
        return list(range(last + 1, last + 1 + count))
    sequence = func.nextval(func.pg_get_serial_sequence(table.__tablename__, "id"))
    return sorted(session.scalars(select(sequence).select_from(func.generate_series(1, count))))
