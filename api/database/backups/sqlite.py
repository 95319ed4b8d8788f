"""Backups of SQLite: the file is a database (VACUUM INTO: one read transaction, so that writers go on).

A restore builds a new database beside the old one, checks it, and gives it the old one's place. SQLite does that in one
transaction: other programs that have the database open see it before or after.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from api.config import Settings
from api.database.backups import base
from api.database.backups.base import Backups, NotRestored, Steps, is_sqlite, known_revision, write_through
from api.database.engine import make_engine, sqlite_file, without_timeout

BESIDE = ("-wal", "-shm", "-journal")  # how the names end of the files that SQLite keeps beside a database


class SQLiteBackups(Backups):
    """Databases as backups."""

    kind = "sqlite"

    def is_backup(self, file: Path) -> bool:
        """Return whether a file begins as a database of SQLite. Raise OSError."""
        return is_sqlite(file)

    def occupied(self, engine: Engine, known: frozenset[str]) -> str | None:
        """Return why the database is not empty, as in Backups. A file that is not there is not made."""
        file = sqlite_file(engine.url)
        return super().occupied(engine, known) if file is None or file.exists() else None

    def relations(self, connection: Connection) -> list[str]:
        """Return the names of all tables and views in the file but SQLite's own."""
        names = (
            "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        )
        return [name for (name,) in connection.exec_driver_sql(names)]

    def save(self, engine: Engine, file: Path) -> None:
        """Write the database, as it is at one moment, to an empty file. Raise sqlite3.Error."""
        with closing(engine.raw_connection()) as connection:
            connection.cursor().execute("VACUUM INTO ?", (str(file),))

    def load(self, engine: Engine, file: Path, steps: Steps) -> None:
        """Replace the database by that in `file`, with its tables brought up to date, or leave it as it was.

        Raise NotRestored, and errors of sqlite3, SQLAlchemy and Alembic.
        """
        target = sqlite_file(engine.url)
        if target is None:
            raise NotRestored("DATABASE_URL names no file")
        if target.exists() and target.samefile(file):
            raise NotRestored("it is the database itself")
        new = target.with_name(f"{target.name}.restore")
        _remove(new)  # left by a restore that was killed
        try:
            _build(new, file, steps)
            if target.exists():
                _swap(engine, new, steps)
            else:
                # What SQLite kept beside a file that was deleted would be taken for the new one's.
                _remove(target, BESIDE)
                new.replace(target)
                write_through(target.parent)
        finally:
            _remove(new)


def _build(new: Path, file: Path, steps: Steps) -> None:
    """Make the database `new` of a backup, up to date, checked, and written to the disk."""
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as source:
        # What is wrong with a full-text index is computed again.
        damage = [line for (line,) in source.execute("PRAGMA integrity_check") if line != "ok" and "FTS5" not in line]
        if damage:
            raise NotRestored(damage[0])
        revisions = source.execute("SELECT version_num FROM alembic_version").fetchall()
        if len(revisions) != 1:
            raise NotRestored(f"its table alembic_version has {len(revisions)} rows, not 1")
        known_revision(revisions[0][0], steps.known)
        with closing(sqlite3.connect(new)) as copy:
            source.backup(copy)
    engine = make_engine(Settings(database_url=f"sqlite:///{new}"))
    try:
        with without_timeout(engine) as connection:
            steps.upgrade(connection)
        with without_timeout(engine) as connection:
            steps.complete(connection)
    finally:
        engine.dispose()  # the last connection also moves what the WAL has into the file
    write_through(new)


def _swap(engine: Engine, new: Path, steps: Steps) -> None:
    """Replace the content of the engine's database by that of `new`. Wait for those who write to it, up to LOCK_SECONDS."""
    began = time.monotonic()
    said = False

    def wait(status: int, _remaining: int, _pages: int) -> None:
        nonlocal said
        if status not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return
        waited = time.monotonic() - began
        if waited > base.LOCK_SECONDS:
            raise base.locked(base.LOCK_SECONDS)
        if waited > base.QUIET_SECONDS and not said:
            said = True
            steps.say(base.waiting(base.LOCK_SECONDS))

    with closing(sqlite3.connect(new)) as source, closing(engine.raw_connection()) as target:
        driver: Any = target.driver_connection
        driver.execute("PRAGMA busy_timeout = 100")  # SQLite tells `wait` after so many milliseconds
        source.backup(driver, progress=wait)
    engine.dispose()


def _remove(file: Path, endings: Sequence[str] = ("", *BESIDE)) -> None:
    """Remove a database and the files that SQLite keeps beside it, or only some of them."""
    for ending in endings:
        file.with_name(f"{file.name}{ending}").unlink(missing_ok=True)
