"""Backups of SQLite and PostgreSQL: the whole database as one file, of one moment."""

from __future__ import annotations

from sqlalchemy import Engine

from api.database.backups.base import Backups
from api.database.backups.base import NotRestored as NotRestored
from api.database.backups.base import Steps as Steps
from api.database.backups.postgresql import PostgreSQLBackups
from api.database.backups.sqlite import SQLiteBackups

_BACKUPS: dict[str, Backups] = {"sqlite": SQLiteBackups(), "postgresql": PostgreSQLBackups()}


def backups_of(engine: Engine) -> Backups:
    """Return how backups of the engine's database are written and restored."""
    return _BACKUPS[engine.dialect.name]
