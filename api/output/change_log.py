"""The change log: rows created, changed and deleted, in the order of commits. Clients read it from a cursor on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from api.models import Change


class Pruned(LookupError):
    """Some changes after the cursor were pruned."""


class Unknown(LookupError):
    """The cursor is beyond the last change of this database."""


def latest(session: Session) -> int:
    """Return the cursor of the last change, or 0."""
    return session.scalar(select(func.max(Change.id))) or 0


def since(session: Session, cursor: int | None, limit: int) -> Sequence[Change]:
    """Return the first `limit` changes after the cursor, or of all that are kept without one. Raise Pruned or Unknown."""
    after = cursor or 0
    if cursor is not None:
        if after > latest(session):
            raise Unknown
        if is_pruned(session, after):
            raise Pruned
    kept = select(Change).where(Change.id > after, Change.action != "pruned")
    return session.scalars(kept.order_by(Change.id).limit(limit)).all()


def is_pruned(session: Session, cursor: int) -> bool:
    """Return whether changes after the cursor were pruned."""
    return session.scalar(select(Change.id).where(Change.action == "pruned", Change.id > cursor).limit(1)) is not None


def changed_quotes(session: Session, after: int, last: int) -> Sequence[int]:
    """Return the ids of the quotes created or changed after the cursor `after` and up to `last`, in order."""
    between = (Change.id > after, Change.id <= last, Change.table == "quote", Change.action.in_(("created", "changed")))
    return session.scalars(select(Change.row).where(*between).distinct().order_by(Change.row)).all()


def prune(session: Session, before: dt.datetime) -> int:
    """Delete changes from before that moment, in the caller's transaction. Return how many.

    The last of them stays as a mark, by which is_pruned recognises older cursors.
    """
    last = session.scalar(select(func.max(Change.id)).where(Change.at < before))
    if last is None:
        return 0
    gone = session.scalar(select(func.count()).where(Change.id <= last, Change.action != "pruned")) or 0
    session.execute(delete(Change).where(Change.id < last))
    session.execute(update(Change).where(Change.id == last).values(action="pruned"))
    return gone
