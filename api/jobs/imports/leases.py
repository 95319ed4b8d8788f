"""Lease the records of imports to workers, and tend what dead ones have left."""

from __future__ import annotations

import datetime as dt
import logging
import random
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, Engine, exists, func, or_, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm import Session, aliased

from api.database.engine import reading, writing
from api.database.outages import is_unanswered
from api.http.problems import Problem, details
from api.jobs.imports.control import cancel, finish
from api.jobs.imports.receive import abandon
from api.models import Import, ImportItem, now

log = logging.getLogger(__name__)

# Since the last batch of an import. After that the process that receives its records counts as dead.
MAX_SILENCE = dt.timedelta(minutes=15)
MAX_LEASED_RECORDS = 32  # records that a worker takes at a time: a second of extraction, or a few
MAX_LEASED_CHARACTERS = 256 * 1024  # of such records, unless it is one: extracting them takes far less than a lease
NEAR_RECORDS = 128  # free records among which some are leased: PostgreSQL looks at all of them, 1,000 in 46 ms
# Since the database first did not answer for a record, though it answers otherwise, such as for a statement that always times
# out. Then the record fails. A migration or restore that holds the lock takes hours at most.
MAX_UNANSWERED = dt.timedelta(hours=24)
# Between two tries of such a record, once it has waited for twice as long: it must not keep a worker from all others.
PAUSE = dt.timedelta(seconds=30)
FAR_RECORDS = 1000  # if none of those can be leased; without a bound, records of one URL would all be looked at for one


@dataclass(frozen=True, slots=True)
class Leased:
    """A record that a worker holds.

    `tries` counts its leases, so that it tells this one from a later one. `deaths` are those among them that a worker did not
    survive, if this one is such. `unanswered` is since when the database has not answered for it.
    """

    id: int
    import_id: int
    line: int
    record: str
    tries: int
    deaths: int
    unanswered: dt.datetime | None
    dry_run: bool


# Leases that could not be given back, since the database did not answer. Their process does that later: see `settle`.
_owed: WeakKeyDictionary[Engine, list[Leased]] = WeakKeyDictionary()


def take(engine: Engine, lease: dt.timedelta) -> list[Leased]:
    """Lease some records of one import, chosen at random so that a small import does not wait for a large one."""
    with reading(engine) as session:
        waiting = select(Import.id, Import.dry_run).where(
            Import.state.in_(("queued", "running")),
            Import.received.is_not(None),
            exists().where(ImportItem.import_id == Import.id, *_is_free()),
        )
        choices = list(session.execute(waiting))
    random.shuffle(choices)
    every = (_take_of(engine, import_id, dry_run, lease) for import_id, dry_run in choices)
    return next(filter(None, every), [])


def _is_free() -> tuple[ColumnElement[bool], ...]:
    return ImportItem.state == "queued", or_(ImportItem.leased.is_(None), ImportItem.leased < now())


def _take_of(engine: Engine, import_id: int, dry_run: bool, lease: dt.timedelta) -> list[Leased]:
    """Lease some records of an import. Records of one URL are texts of one article: each waits for those before it."""
    with writing(engine) as session:
        ids = _takeable(session, import_id, NEAR_RECORDS) or _takeable(session, import_id, FAR_RECORDS)
        if not ids:
            return []
        leased = update(ImportItem).where(ImportItem.id.in_(ids))
        session.execute(leased.values(leased=now() + lease, tries=ImportItem.tries + 1))
        begun = update(Import).where(Import.id == import_id, Import.state == "queued")
        session.execute(begun.values(state="running", started=now()))
        taken = select(ImportItem).where(ImportItem.id.in_(ids)).order_by(ImportItem.id)
        rows = session.scalars(taken.execution_options(populate_existing=True)).all()
        session.commit()
    return [
        Leased(
            row.id, import_id, row.line, str(row.record), row.tries, row.tries - row.excused, row.unanswered, dry_run
        )
        for row in rows
    ]


def _takeable(session: Session, import_id: int, limit: int) -> list[int]:
    """Return the ids of records to lease, among the first `limit` free ones; locked until the transaction ends.

    A retried record is isolated: its worker may have died of it, or the database may never answer for it, and a poison record
    must not fail a batch.
    """
    first = select(ImportItem.id).where(ImportItem.import_id == import_id, *_is_free())
    first = first.order_by(ImportItem.id).limit(limit)
    before = aliased(ImportItem)
    of_url = (before.import_id == import_id, before.url == ImportItem.url, before.state == "queued")
    retried = or_(ImportItem.tries > ImportItem.excused, ImportItem.unanswered.is_not(None))
    query = select(ImportItem.id, func.length(ImportItem.record), retried).where(
        ImportItem.id.in_(first), ~exists().where(*of_url, before.id < ImportItem.id)
    )
    # SQLite has no row locks and needs none: it has one writer.
    query = query.order_by(ImportItem.id).limit(MAX_LEASED_RECORDS).with_for_update(skip_locked=True)
    ids: list[int] = []
    size = 0
    for item_id, length, is_retried in session.execute(query):
        size += length
        if ids and (is_retried or size > MAX_LEASED_CHARACTERS):
            break
        ids.append(item_id)
        if is_retried:
            break
    return ids


def lock_held(session: Session, items: Sequence[Leased]) -> set[int]:
    """Return the ids of the items whose leases are still ours, and lock them until the transaction ends."""
    tries = {item.id: item.tries for item in items}
    query = select(ImportItem.id, ImportItem.tries).where(ImportItem.id.in_(tries), ImportItem.state == "queued")
    return {item_id for item_id, tried in session.execute(query.with_for_update()) if tried == tries[item_id]}


@contextmanager
def renewed(engine: Engine, items: Sequence[Leased], lease: dt.timedelta) -> Iterator[None]:
    """Renew the leases in a thread until the block ends, three times while one lasts.

    So they can be short: those of a process that has died or stands still run out soon.
    """
    ended = threading.Event()

    def renew() -> None:
        while not ended.wait(lease.total_seconds() / 3):
            try:
                _renew(engine, items, lease)
            except (DBAPIError, NoConnection) as error:
                log.warning("leases were not renewed", exc_info=error)

    thread = threading.Thread(target=renew, name="leases", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _renew(engine: Engine, items: Sequence[Leased], lease: dt.timedelta) -> None:
    tries = {item.id: item.tries for item in items}
    with writing(engine) as session:
        mine = select(ImportItem.id, ImportItem.tries).where(ImportItem.id.in_(tries), ImportItem.state == "queued")
        # PostgreSQL skips the rows that are being stored: waiting for them could be a deadlock.
        rows = session.execute(mine.with_for_update(skip_locked=True)).all()
        held = [row.id for row in rows if row.tries == tries[row.id]]
        session.execute(update(ImportItem).where(ImportItem.id.in_(held)).values(leased=now() + lease))
        session.commit()


def give_back(engine: Engine, items: Sequence[Leased], *, counted: bool, outage: str | None = None) -> None:
    """End the leases of items that are not done. Unless `counted`, they count for no try.

    `outage` is why the database did not answer, if it did not. Their problem then says so, and they fail after MAX_UNANSWERED.
    If it does not answer now, either, the leases run out by themselves, and `settle` does the rest.
    """
    try:
        with writing(engine) as session:
            for item in items:
                values: dict[Any, Any] = {ImportItem.leased: None}
                if not counted:
                    values[ImportItem.excused] = ImportItem.excused + 1
                if outage:
                    values |= _waiting(item, outage)
                mine = update(ImportItem).where(ImportItem.id == item.id, ImportItem.tries == item.tries)
                session.execute(mine.where(ImportItem.state == "queued").values(values))
            session.commit()
    except Exception as error:
        if not is_unanswered(error):
            raise
        log.warning("leases run out by themselves, since the database does not answer", exc_info=error)
        if not counted:
            _owed.setdefault(engine, []).extend(items)


def _waiting(item: Leased, outage: str) -> dict[Any, Any]:
    """Return the columns of a record that waits for the database, or has waited for too long."""
    since = item.unanswered or now()
    waited, end = now() - since, since + MAX_UNANSWERED
    if waited > MAX_UNANSWERED:
        hours = int(MAX_UNANSWERED.total_seconds() / 3600)
        log.error("import %s, line %s: the database did not answer: %s", item.import_id, item.line, outage)
        reason = f"For {hours} hours the database did not answer when this record was to be stored: {outage}."
        return {ImportItem.state: "failed", ImportItem.problem: details(Problem("unavailable", reason))}
    reason = f"The database did not answer when this record was to be stored: {outage}."
    until = f"It is tried again until {end:%Y-%m-%d %H:%M} UTC."
    return {
        ImportItem.unanswered: since,
        ImportItem.leased: now() + PAUSE if waited > 2 * PAUSE else None,
        ImportItem.problem: details(Problem("unavailable", f"{reason} {until}")),
    }


def settle(engine: Engine) -> None:
    """Give back what this process could not give back while the database did not answer. Raise its error if it still does not.

    The leases count for no try, also where another worker has taken the records since.
    """
    owed = _owed.pop(engine, [])  # taken out first: other threads may add to it meanwhile
    if not owed:
        return
    try:
        with writing(engine) as session:
            for item in owed:
                theirs = update(ImportItem).where(ImportItem.id == item.id, ImportItem.state == "queued")
                excused: dict[Any, Any] = {ImportItem.excused: ImportItem.excused + 1}
                session.execute(theirs.where(ImportItem.tries > item.tries).values(excused))
                free: dict[Any, Any] = {**excused, ImportItem.leased: None}
                session.execute(theirs.where(ImportItem.tries == item.tries).values(free))
            session.commit()
    except BaseException:
        _owed.setdefault(engine, []).extend(owed)
        raise


def tend(engine: Engine) -> bool:
    """Cancel imports whose receiver is dead, and finish those without records left. Return whether there may be work.

    If a process died while it cancelled an import, the rest of that import is cancelled.
    """
    with reading(engine) as session:
        queued = exists().where(ImportItem.import_id == Import.id, ImportItem.state == "queued")
        halves = session.scalars(select(Import.id).where(Import.state == "cancelled", queued)).all()
        active = session.execute(
            select(Import.id, Import.received, Import.updated).where(Import.state.in_(("queued", "running")))
        ).all()
    for import_id in halves:
        with writing(engine) as session:
            cancel(session, import_id)
    for import_id, received, updated in active:
        if received is None and now() - updated > MAX_SILENCE:
            problem = Problem("bad-request", "The body broke off: nothing of it was imported. Send it again.")
            abandon(engine, import_id, problem)
        elif received is not None:
            with writing(engine) as session:
                finish(session, import_id)
                session.commit()
    return bool(active)
