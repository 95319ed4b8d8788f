"""What both databases' backups offer."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, literal, select

from api.models import Base

SQLITE_HEADER = b"SQLite format 3\0"  # the first bytes of every database file of SQLite
VERSION_TABLE = "alembic_version"  # other applications have one too
# How tables of ours begin that are no models: the full-text indexes of SQLite, and the queue's in PostgreSQL.
BESIDE_TABLES = ("quote_fts", "quote_words", "article_fts", "huey_")
LOCK_SECONDS = 30.0  # that a restore waits for those who write to the database, or read it on PostgreSQL
QUIET_SECONDS = 1.0  # of them before it says so


class NotRestored(ValueError):
    """A backup was not restored. The message says why, and the database is as it was."""


class Steps(Protocol):
    """What a restore asks of the command line, which has Alembic and the checks of `verbatim db check`."""

    known: frozenset[str]  # every revision of this version

    def upgrade(self, connection: Connection, revision: str = "head") -> None:
        """Bring the tables up to a revision. Raise Alembic's CommandError, or an error of the database."""

    def remove(self, connection: Connection) -> None:
        """Remove all of Verbatim's tables, if there are any. Raise Alembic's CommandError if the revision is unknown."""

    def complete(self, connection: Connection) -> None:
        """Compute again what depends on other rows, where it is wrong. Raise NotRestored where `db check` finds a fault."""

    def say(self, line: str) -> None:
        """Show a line to the user."""


class Backups(ABC):
    """How backups of one kind of database are written and restored."""

    kind: str  # of database

    @abstractmethod
    def is_backup(self, file: Path) -> bool:
        """Return whether a file may be such a backup, by its first bytes. Raise OSError."""

    def occupied(self, engine: Engine, known: frozenset[str]) -> str | None:
        """Return why the database is not empty, in a sentence without a full stop; None if it is.

        It is empty with nothing in it, or with Verbatim's tables alone and without rows. `known` are this version's revisions.
        """
        with engine.connect() as connection:
            there = set(self.relations(connection))
            stands = revisions(connection) if VERSION_TABLE in there else []
            for revision in stands:
                if revision not in known:
                    return f"The database is at {revision}, which this version does not know; name an empty database"
            tables = Base.metadata.tables
            ours = {name for name in there if name.startswith(BESIDE_TABLES)} | {VERSION_TABLE}
            for name in sorted(there - ours - set(tables if stands else ())):
                return f"The database has {name}, which is not Verbatim's; name an empty database, or give --force"
            for name in sorted(there & set(tables)):
                if connection.scalar(select(literal(1)).select_from(tables[name]).limit(1)):
                    return f"The database has rows already, in {name}; --force replaces them"
        return None

    @abstractmethod
    def relations(self, connection: Connection) -> list[str]:
        """Return the names of all tables and views that a restore could meet."""

    @abstractmethod
    def save(self, engine: Engine, file: Path) -> None:
        """Write the database, as it is at one moment, to an empty file."""

    @abstractmethod
    def load(self, engine: Engine, file: Path, steps: Steps) -> None:
        """Replace the database by what a file has, with its tables brought up to date, or leave it as it was.

        Raise NotRestored, and errors of the drivers, of zipfile and of Alembic.
        """


def revisions(connection: Connection) -> list[str]:
    """Return the revisions in the table alembic_version, which must be there."""
    return [row[0] for row in connection.exec_driver_sql(f"SELECT * FROM {VERSION_TABLE}")]  # noqa: S608 - a constant


def known_revision(revision: Any, known: frozenset[str]) -> str:
    """Return the revision that a backup names. Raise NotRestored if this version does not know it."""
    if revision not in known:
        raise NotRestored(f"it is of another version (its tables are at {revision}): install that one, or a newer")
    return str(revision)


def waiting(seconds: float) -> str:
    """Return the line to say while others hold the lock that a restore waits for, up to so many seconds."""
    return f"Others use the database: waiting for them, for {seconds:g} seconds at most."


def locked(seconds: float) -> NotRestored:
    """Return the error of a restore that has waited for so many seconds."""
    return NotRestored(
        f"others have used the database for {seconds:g} seconds: stop servers and workers, and try again"
    )


def is_sqlite(file: Path) -> bool:
    """Return whether a file begins as a database of SQLite. Raise OSError."""
    with file.open("rb") as stream:
        return stream.read(len(SQLITE_HEADER)) == SQLITE_HEADER


def write_through(path: Path) -> None:
    """Have a file, or the names in a folder, written to the disk. Raise OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
