"""What both databases' backups offer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, Engine

SQLITE_HEADER = b"SQLite format 3\0"  # the first bytes of every database file of SQLite


class Migrations(Protocol):
    """How a restore changes tables. Alembic does it, and the command line has that."""

    def check(self, revision: Any) -> str:
        """Return a backup's revision. Raise an error that names it if this version does not know it."""

    def upgrade(self, connection: Connection, revision: str = "head") -> None:
        """Bring the tables up to a revision."""

    def remove(self, connection: Connection) -> None:
        """Remove all tables, if there are any."""


class Backups(ABC):
    """How backups of one kind of database are written and restored."""

    kind: str  # of database

    @abstractmethod
    def is_backup(self, file: Path) -> bool:
        """Return whether a file may be such a backup, by its first bytes. Raise OSError."""

    @abstractmethod
    def save(self, engine: Engine, file: Path) -> None:
        """Write the database, as it is at one moment, to an empty file."""

    @abstractmethod
    def load(self, engine: Engine, file: Path, migrations: Migrations) -> None:
        """Replace the database by what a file has, and bring its tables up to date."""


def is_sqlite(file: Path) -> bool:
    """Return whether a file begins as a database of SQLite. Raise OSError."""
    with file.open("rb") as stream:
        return stream.read(len(SQLITE_HEADER)) == SQLITE_HEADER
