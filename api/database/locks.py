"""Locks that serialise transactions."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

_IDENTITY = 8467  # the key of the advisory lock: any number, the same in every process


def lock_identity(session: Session) -> None:
    """Serialise speaker and duplicate resolution until the session's transaction ends.

    Two transactions that look for a speaker, or for an article with the same text, at once would each add their own.
    Call it before the transaction changes a row: two that wait for each other's rows and for this lock would deadlock.

    PostgreSQL takes an advisory lock. SQLite needs none: it has one writer, which has begun with BEGIN IMMEDIATE.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_IDENTITY)))
