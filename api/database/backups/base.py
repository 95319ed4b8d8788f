"""What both databases' backups offer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, literal, select

from api.models import Base

SQLITE_HEADER = b"SQLite format 3\0"  # the first bytes of every database file of SQLite
VERSION_TABLE = "alembic_version"  # other applications have one too
# How tables of ours begin that are no models: the full-text indexes of SQLite, and the queue's in PostgreSQL.
BESIDE_TABLES = ("quote_fts", "quote_words", "article_fts", "huey_")


class Migrations(Protocol):
    """How a restore changes tables. Alembic does it, and the command line has that."""

    known: frozenset[str]  # every revision of this version

    def upgrade(self, connection: Connection, revision: str = "head") -> None:
        """Bring the tables up to a revision."""

    def remove(self, connection: Connection) -> None:
        """Remove all tables, if there are any."""


class UnknownRevision(ValueError):
    """A backup is of a version that this one does not know. The message says what to do."""


class Backups(ABC):
    """How backups of one kind of database are written and restored."""

    kind: str  # of database

    @abstractmethod
    def is_backup(self, file: Path) -> bool:
        """Return whether a file may be such a backup, by its first bytes. Raise OSError."""

    def occupied(self, connection: Connection, migrations: Migrations) -> str | None:
        """Return why the database is not empty, in a sentence without a full stop; None if it is.

        It is empty with nothing in it, or with Verbatim's tables alone and without rows.
        """
        there = set(self.relations(connection))
        revisions = []
        if VERSION_TABLE in there:
            revisions = [row[0] for row in connection.exec_driver_sql(f"SELECT * FROM {VERSION_TABLE}")]  # noqa: S608 - a constant
        for revision in revisions:
            if revision not in migrations.known:
                return f"The database is at {revision}, which this version does not know; name an empty database"
        tables = Base.metadata.tables
        ours = (
            {name for name in there if name.startswith(BESIDE_TABLES)}
            | {VERSION_TABLE}
            | set(tables if revisions else ())
        )
        for name in sorted(there - ours):
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
    def load(self, engine: Engine, file: Path, migrations: Migrations) -> None:
        """Replace the database by what a file has, and bring its tables up to date."""


def known_revision(revision: Any, migrations: Migrations) -> str:
    """Return the revision that a backup names. Raise UnknownRevision if this version does not know it."""
    if revision not in migrations.known:
        raise UnknownRevision(f"The backup is of another version (tables at {revision}): install that one, or a newer")
    return str(revision)


def is_sqlite(file: Path) -> bool:
    """Return whether a file begins as a database of SQLite. Raise OSError."""
    with file.open("rb") as stream:
        return stream.read(len(SQLITE_HEADER)) == SQLITE_HEADER
