"""Check what SQLite leaves to its users: the file, and the references between rows. PostgreSQL sees to both itself."""

from __future__ import annotations

from sqlalchemy import Connection, text


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
