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
        if pruned(session, after):
            raise Pruned
    kept = select(Change).where(Change.id > after, Change.action != "pruned")
    return session.scalars(kept.order_by(Change.id).limit(limit)).all()


def pruned(session: Session, cursor: int) -> bool:
    """Whether some of what came after the cursor is no longer kept."""
    return session.scalar(select(Change.id).where(Change.action == "pruned", Change.id > cursor).limit(1)) is not None


def of_quotes(session: Session, after: int, last: int) -> Sequence[int]:
    """The ids of the quotes that came or changed after the one cursor and not after the other, in order."""
    between = (Change.id > after, Change.id <= last, Change.table == "quote", Change.action.in_(("created", "changed")))
    return session.scalars(select(Change.row).where(*between).distinct().order_by(Change.row)).all()


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
