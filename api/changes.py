"""What came, changed and went since a client last asked, in the order of commits; and how long that is kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from api.models import Change


class Pruned(LookupError):
    """What came after the cursor is no longer kept in whole."""


class Unknown(LookupError):
    """The cursor was never given out by this database."""


def latest(session: Session) -> int:
    """The cursor of now: what comes after it has not happened yet."""
    return session.scalar(select(func.max(Change.id))) or 0


def since(session: Session, cursor: int | None, limit: int) -> Sequence[Change]:
    """The first changes after the cursor, at most so many; those that are kept where it is None. Raises Pruned, Unknown."""
    after = cursor or 0
    if cursor is not None:
        if after > latest(session):
            raise Unknown
        if session.scalar(select(func.max(Change.id)).where(Change.action == "pruned", Change.id > after)):
            raise Pruned
    kept = select(Change).where(Change.id > after, Change.action != "pruned")
    return session.scalars(kept.order_by(Change.id).limit(limit)).all()


def prune(session: Session, before: dt.datetime) -> int:
    """Delete what happened before that moment, in the caller's transaction; how many changes that were.

    The last of them stays as a mark, so that a cursor from before it is told so.
    """
    last = session.scalar(select(func.max(Change.id)).where(Change.at < before))
    if last is None:
        return 0
    gone = session.scalar(select(func.count()).where(Change.id <= last, Change.action != "pruned")) or 0
    session.execute(delete(Change).where(Change.id < last))
    session.execute(update(Change).where(Change.id == last).values(action="pruned"))
    return gone
