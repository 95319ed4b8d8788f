"""Backups of SQLite: the file is a database (VACUUM INTO: one read transaction, so that writers go on)."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from api.database.backups.base import Backups, Migrations, is_sqlite, known_revision
from api.database.engine import without_timeout


class SQLiteBackups(Backups):
    """Databases as backups."""

    kind = "sqlite"

    def is_backup(self, file: Path) -> bool:
        """Return whether a file begins as a database of SQLite. Raise OSError."""
        return is_sqlite(file)

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

    def load(self, engine: Engine, file: Path, migrations: Migrations) -> None:
        """Replace the database by that in `file`, and bring its tables up to date. Raise sqlite3.Error if it is damaged."""
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as source:
            damage = [row[0] for row in source.execute("PRAGMA integrity_check") if row[0] != "ok"]
            if damage:
                raise sqlite3.DatabaseError(damage[0])
            known_revision(source.execute("SELECT version_num FROM alembic_version").fetchone()[0], migrations)
            # SQLite does it instead of a copy of the file: so another program that has the database open sees it before or
            # after.
            with closing(engine.raw_connection()) as target:
                driver: Any = target.driver_connection
                source.backup(driver)
        engine.dispose()
        with without_timeout(engine) as connection:
            migrations.upgrade(connection)
