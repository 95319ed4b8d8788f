"""Check what the databases leave to their users.

SQLite leaves the file and the references between rows, which PostgreSQL sees to itself. PostgreSQL leaves the encoding.
"""

from __future__ import annotations

from sqlalchemy import Connection, Engine, text


def file_fault(connection: Connection) -> str | None:
    """Return one fault of a SQLite file in a sentence without a full stop; None if there is none, and on PostgreSQL."""
    if connection.dialect.name != "sqlite":
        return None
    broken = connection.execute(text("PRAGMA foreign_key_check")).all()
    lines = connection.execute(text("PRAGMA integrity_check")).scalars()
    damage = [line for line in lines if line != "ok" and "FTS5" not in line]  # maintenance.damage checks the index
    if broken:
        return f"{len(broken)} rows refer to rows that are not there, first of {broken[0][0]}"
    return f"The file is damaged: {damage[0]}" if damage else None


def encoding_fault(engine: Engine) -> str | None:
    """Return what is wrong with the encoding of a PostgreSQL database; None if it holds every character, and on SQLite."""
    if engine.dialect.name != "postgresql":
        return None
    with engine.connect() as connection:
        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar()
    if encoding == "UTF8":
        return None
    return f"its encoding is {encoding}; make one WITH ENCODING 'UTF8' TEMPLATE template0"
