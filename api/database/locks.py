"""Locks that serialise transactions."""

from __future__ import annotations

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

# The keys of the advisory locks: any numbers, the same in every process.
_IDENTITY, _MIGRATIONS = 8467, 8468


def lock_identity(session: Session) -> None:
    """Serialise speaker and duplicate resolution until the session's transaction ends.

    Two transactions that look for a speaker, or for an article with the same text, at once would each add their own.
    Call it before the transaction changes a row: two that wait for each other's rows and for this lock would deadlock.

    PostgreSQL takes an advisory lock. SQLite needs none: it has one writer, which has begun with BEGIN IMMEDIATE.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_IDENTITY)))


def lock_migrations(connection: Connection, *, wait: bool = True) -> bool:
    """Let this transaction alone change the tables, until it ends. Return False, without `wait`, if another one does.

    PostgreSQL takes an advisory lock. SQLite needs none: it has one writer, which has begun with BEGIN IMMEDIATE.
    """
    if connection.dialect.name != "postgresql":
        return True
    if wait:
        connection.execute(select(func.pg_advisory_xact_lock(_MIGRATIONS)))
        return True
    return bool(connection.scalar(select(func.pg_try_advisory_xact_lock(_MIGRATIONS))))
