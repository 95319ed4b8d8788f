"""Imports: records come in, workers take them and store their articles, each exactly once whatever dies when.

1. `begin`, `receive` and `complete` store the records of a request. Nothing is worked on before all have come: of a body that
   breaks off nothing is imported, and the import says so (`abandon`).
2. `work` takes some records by a lease, extracts outside of any transaction, and stores each article together with its record's
   outcome in one transaction. A worker that dies leaves records whose lease runs out, and another takes them; one that was
   only slow finds that it no longer holds the lease, and stores nothing.
3. `counts` are counted from the records, so that they cannot differ from what is stored.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import random
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError
from sqlalchemy import ColumnElement, Engine, bindparam, delete, exists, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError
from sqlalchemy.orm import Session, aliased

from api.database.engine import reading, writing
from api.http.problems import Problem, details, invalid, invalid_body
from api.ingestion import article as intake
from api.ingestion import store as ingest
from api.ingestion.rows import ArticleRows
from api.models import Import, ImportItem, now
from api.schemas.article import ArticleNew
from api.sources.readers import Bad, Record

log = logging.getLogger(__name__)

BATCH = 500  # records stored in one transaction while they come, so that nobody waits long for SQLite's one writer
BATCH_SIZE = 4 * 1024 * 1024  # bytes of records after which a batch is stored before it is full
BATCH_SECONDS = 5.0  # and seconds: `updated` shows that records still come
SILENCE = dt.timedelta(minutes=15)  # since the last batch: then whoever received the records is taken to be dead
PART = 1000  # records changed or deleted in one transaction: a tenth of a second at most, seen with 100,000 of 3 KB
TAKEN = 32  # records that a worker takes at a time: a second of extraction, or a few
NEAR = 128  # records looked at to take some: PostgreSQL looks at all of them, 1,000 in 46 ms
LOOKED_AT = 1000  # where none of those can be taken: were all of one URL, each would be looked at to take one
TAKEN_SIZE = 256 * 1024  # characters of records, if it takes more than one: far less than a lease's time of extraction
MOST_TRIES = 5  # leases that ran out: then it is the record that kills workers
_SCHEMA = ArticleNew()  # one for all records: to make it takes twice as long as to load a text with it
UNANSWERED = (OperationalError, InterfaceError)  # the database does not answer: no fault of the record's


class Cancelled(Exception):
    """The import was cancelled while its records came."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of an import's records so far, and of the quotes of their articles."""

    items: dict[str, int]
    quotes: dict[str, int]

    @property
    def finished(self) -> int:
        """How many records have an outcome."""
        return sum(self.items.values()) - self.items["queued"]


def begin(engine: Engine, *, dry_run: bool, by: str | None) -> int:
    """A new import, to `receive` records; its id. With `dry_run` its outcomes are found and nothing is stored."""
    with writing(engine) as session:
        started = Import(dry_run=dry_run, by=by)
        session.add(started)
        session.commit()
        return started.id


def receive(engine: Engine, import_id: int, records: Iterable[Record]) -> None:
    """Store the records of an import, some at a time. Raises Cancelled."""
    batch: list[Record] = []
    size, due = 0, time.monotonic() + BATCH_SECONDS
    for record in records:
        batch.append(record)
        size += record.size
        if len(batch) >= BATCH or size >= BATCH_SIZE or time.monotonic() >= due:
            _receive(engine, import_id, batch)
            batch, size, due = [], 0, time.monotonic() + BATCH_SECONDS
    _receive(engine, import_id, batch)


def _receive(engine: Engine, import_id: int, batch: Sequence[Record]) -> None:
    rows = [_row(import_id, record) for record in batch]
    with writing(engine) as session:
        size = Import.size + sum(record.size for record in batch)
        taken = update(Import).where(Import.id == import_id, Import.state == "queued").values(updated=now(), size=size)
        if not session.execute(taken).rowcount:  # type: ignore[attr-defined]  # an UPDATE's result has it
            raise Cancelled
        if rows:
            session.execute(insert(ImportItem), rows)
        session.commit()


def _row(import_id: int, record: Record) -> dict[str, Any]:
    value = record.value
    row: dict[str, Any] = {"import_id": import_id, "line": record.line, "url": None}
    if isinstance(value, Bad):
        problem = details(Problem("bad-request", f"{value}."))
        return {**row, "state": "failed", "record": None, "problem": problem}
    row |= {"state": "queued", "record": json.dumps(value), "problem": None}
    url = value.get("url")
    if isinstance(url, str) and url.isascii() and len(url) <= 2000 and "\0" not in url:
        row["url"] = url
    return row


def complete(session: Session, import_id: int) -> None:
    """All records of the import have come: let workers take them."""
    session.execute(update(Import).where(Import.id == import_id).values(received=now(), updated=now()))
    _finish(session, import_id)


def abandon(engine: Engine, import_id: int, problem: Problem) -> None:
    """Cancel an import whose records did not all come: nothing of it is imported, and it says why."""
    with writing(engine) as session:
        cancel(session, import_id, details(problem))


def cancel(session: Session, import_id: int, problem: dict[str, Any] | None = None) -> None:
    """Cancel what is left of an import; articles that were stored stay. Commits, at first that no worker takes more of it."""
    ended = update(Import).where(Import.id == import_id, Import.state.in_(("queued", "running")))
    session.execute(ended.values(state="cancelled", problem=problem, updated=now(), finished=now()))
    session.commit()
    for part in _parts(session, import_id, ImportItem.state == "queued"):
        session.execute(delete(ImportItem).where(*part))
        session.commit()


def forget(session: Session, import_id: int) -> None:
    """Delete an import and its records; articles that were stored stay. Commits: one that dies over it leaves some records."""
    for part in _parts(session, import_id):
        session.execute(delete(ImportItem).where(*part))
        session.commit()
    session.execute(delete(Import).where(Import.id == import_id))
    session.commit()


def retry(session: Session, import_id: int) -> None:
    """Let workers take the failed records of an import again, but for those that could not be read. Commits."""
    again = update(Import).where(Import.id == import_id)
    again = again.values(state="queued", started=None, finished=None, updated=now())
    for part in _parts(session, import_id, ImportItem.state == "failed", ImportItem.record.is_not(None)):
        session.execute(again)
        session.execute(update(ImportItem).where(*part).values(state="queued", problem=None, leased=None, tries=0))
        session.commit()
    session.execute(again)
    _finish(session, import_id)
    session.commit()


def _parts(session: Session, import_id: int, *which: ColumnElement[bool]) -> Iterator[tuple[ColumnElement[bool], ...]]:
    """An import's records, those in the order of ids that are `which`, as conditions that each hold of no more than PART.

    So no statement takes long, however large the import, and nobody waits long for SQLite's one writer.
    """
    last = 0
    while True:
        part = (ImportItem.import_id == import_id, ImportItem.id > last, *which)
        ids = session.scalars(select(ImportItem.id).where(*part).order_by(ImportItem.id).limit(PART)).all()
        if not ids:
            return
        last = ids[-1]
        yield (*part, ImportItem.id <= last)


def counts(session: Session, import_ids: Sequence[int]) -> dict[int, Counts]:
    """For each import what became of its records."""
    found = {
        import_id: Counts(
            dict.fromkeys(("queued", "new", "unchanged", "changed", "failed"), 0), {"new": 0, "changed": 0, "gone": 0}
        )
        for import_id in import_ids
    }
    of_quotes = (
        func.sum(column) for column in (ImportItem.quotes_new, ImportItem.quotes_changed, ImportItem.quotes_gone)
    )
    query = select(ImportItem.import_id, ImportItem.state, func.count(), *of_quotes)
    grouped = query.where(ImportItem.import_id.in_(import_ids)).group_by(ImportItem.import_id, ImportItem.state)
    for import_id, state, number, *quotes in session.execute(grouped):
        found[import_id].items[state] = number
        for name, more in zip(("new", "changed", "gone"), quotes, strict=True):
            found[import_id].quotes[name] += int(more)
    return found


# Working


def work(engine: Engine, lease: dt.timedelta, more: Any = lambda: None) -> bool:
    """Take some records by leases of this length and import them; false when there were none to take.

    `more` is called once they are taken and before the work begins: there may be others for another worker. What the
    database raises when it does not answer goes to the caller, after the leases were given back if that could be done.
    """
    taken = _take(engine, lease)
    if not taken:
        return False
    more()
    try:
        _store(engine, _read(engine, taken))
    except BaseException:
        _give_back(engine, taken)
        raise
    with writing(engine) as session:
        _finish(session, taken[0].import_id)
        session.commit()
    return True


def tend(engine: Engine) -> bool:
    """Cancel imports whose receiver is dead, and finish those without records left; whether there may be work.

    What was cancelled by somebody who died over it is cancelled whole.
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
        if received is None and now() - updated > SILENCE:
            abandon(
                engine,
                import_id,
                Problem("bad-request", "The body broke off: nothing of it was imported. Send it again."),
            )
        elif received is not None:
            with writing(engine) as session:
                _finish(session, import_id)
                session.commit()
    return bool(active)


@dataclass(frozen=True, slots=True)
class _Taken:
    id: int
    import_id: int
    line: int
    record: str
    tries: int
    dry_run: bool


def _take(engine: Engine, lease: dt.timedelta) -> list[_Taken]:
    """Lease some records of one import, any of those that have some: a small one does not wait for a large one."""
    with reading(engine) as session:
        waiting = select(Import.id, Import.dry_run).where(
            Import.state.in_(("queued", "running")),
            Import.received.is_not(None),
            exists().where(ImportItem.import_id == Import.id, *_free()),
        )
        choices = list(session.execute(waiting))
    random.shuffle(choices)
    every = (_take_of(engine, import_id, dry_run, lease) for import_id, dry_run in choices)
    return next(filter(None, every), [])


def _free() -> tuple[ColumnElement[bool], ...]:
    return ImportItem.state == "queued", or_(ImportItem.leased.is_(None), ImportItem.leased < now())


def _take_of(engine: Engine, import_id: int, dry_run: bool, lease: dt.timedelta) -> list[_Taken]:
    """Lease some records of an import. Records of one URL are texts of one article, in order: each waits for those before."""
    with writing(engine) as session:
        ids = _takeable(session, import_id, NEAR) or _takeable(session, import_id, LOOKED_AT)
        if not ids:
            return []
        leased = update(ImportItem).where(ImportItem.id.in_(ids))
        session.execute(leased.values(leased=now() + lease, tries=ImportItem.tries + 1))
        begun = update(Import).where(Import.id == import_id, Import.state == "queued")
        session.execute(begun.values(state="running", started=now()))
        taken = select(ImportItem.id, ImportItem.line, ImportItem.record, ImportItem.tries).where(
            ImportItem.id.in_(ids)
        )
        rows = session.execute(taken.order_by(ImportItem.id)).all()
        session.commit()
    return [_Taken(row.id, import_id, row.line, row.record, row.tries, dry_run) for row in rows]


def _takeable(session: Session, import_id: int, most: int) -> list[int]:
    """The ids of the first records that can be taken, of so many that nobody holds, locked until the transaction ends.

    One that was taken before is taken alone: whoever held it may have died of it, and no other record is to fail for it.
    """
    first = select(ImportItem.id).where(ImportItem.import_id == import_id, *_free()).order_by(ImportItem.id).limit(most)
    before = aliased(ImportItem)
    of_url = (before.import_id == import_id, before.url == ImportItem.url, before.state == "queued")
    query = select(ImportItem.id, func.length(ImportItem.record), ImportItem.tries).where(
        ImportItem.id.in_(first), ~exists().where(*of_url, before.id < ImportItem.id)
    )
    query = query.order_by(ImportItem.id).limit(TAKEN).with_for_update(skip_locked=True)  # SQLite has one writer anyway
    ids: list[int] = []
    size = 0
    for item_id, length, tries in session.execute(query):
        size += length
        if ids and (tries or size > TAKEN_SIZE):
            break
        ids.append(item_id)
        if tries:
            break
    return ids


def _give_back(engine: Engine, items: Sequence[_Taken]) -> None:
    try:
        with writing(engine) as session:
            for item in items:
                mine = update(ImportItem).where(ImportItem.id == item.id, ImportItem.tries == item.tries)
                session.execute(mine.where(ImportItem.state == "queued").values(leased=None))
            session.commit()
    except UNANSWERED as error:
        log.warning("leases run out by themselves, since the database does not answer: %s", error)


def _finish(session: Session, import_id: int) -> None:
    """An import that has come and has no record without an outcome is done."""
    # What a retry changes is seen, or comes after.
    session.execute(select(Import.id).where(Import.id == import_id).with_for_update())
    left = exists().where(ImportItem.import_id == Import.id, ImportItem.state == "queued")
    ended = update(Import).where(
        Import.id == import_id, Import.state.in_(("queued", "running")), Import.received.is_not(None), ~left
    )
    session.execute(ended.values(state="done", finished=now()))


@dataclass(frozen=True, slots=True)
class _Read:
    """A record that was read, and what is to be stored of it; nothing where its article is stored already."""

    item: _Taken
    prepared: intake.Prepared
    ready: ArticleRows | None


def _read(engine: Engine, items: Sequence[_Taken]) -> list[_Read]:
    """Read records and extract from those whose articles are not stored. Of one where that fails it is stored that it did."""
    prepared: list[tuple[_Taken, intake.Prepared]] = []
    for item in items:
        try:
            if item.tries > MOST_TRIES:
                raise Problem("internal", f"Workers ended {MOST_TRIES} times while they read it.")
            prepared.append((item, intake.prepare(_SCHEMA.load(json.loads(item.record)))))
        except Exception as error:
            _fail(engine, item, error)
    try:
        with reading(engine) as session:
            known = [article is not None for article in ingest.find_known(session, [each for _, each in prepared])]
    except Exception as error:
        if len(items) > 1 and not isinstance(error, UNANSWERED):  # one of them spoils it
            return [read for item, _ in prepared for read in _read(engine, [item])]
        for item, _ in prepared:
            _fail(engine, item, error)
        return []
    batch: list[_Read] = []
    for (item, each), is_known in zip(prepared, known, strict=True):
        try:
            batch.append(_Read(item, each, None if is_known else ArticleRows.of(each, intake.extract(each))))
        except Exception as error:
            _fail(engine, item, error)
    return batch


def _store(engine: Engine, batch: Sequence[_Read]) -> None:
    """Store articles together; where that fails each on its own, so that one spoils no other. A trial keeps nothing anyhow."""
    if len(batch) > 1 and not batch[0].item.dry_run:
        try:
            return _store_together(engine, batch)
        except Exception as error:
            if isinstance(error, UNANSWERED):
                raise
    for read in batch:
        try:
            _store_together(engine, [read])
        except Exception as error:
            _fail(engine, read.item, error)
    return None


def _store_together(engine: Engine, batch: Sequence[_Read]) -> None:
    """Store articles and the outcomes of their records in one transaction; in a dry run only the outcomes."""
    with writing(engine) as session:
        held = _held(session, [read.item for read in batch])
        batch = [read for read in batch if read.item.id in held]
        trial = session.begin_nested()
        outcomes: list[tuple[_Taken, ingest.Stored]] = []
        again = [read for read in batch if read.ready is None]
        for read, known in zip(again, ingest.find_known(session, [read.prepared for read in again]), strict=True):
            if known is None:
                raise Problem("conflict", "The article was changed or deleted at the same moment; try again.")
            outcomes.append((read.item, ingest.Stored(known.id, "unchanged")))
        found = [(read.item, read.ready) for read in batch if read.ready is not None]
        stored = ingest.store_all(session, [ready for _, ready in found]) if found else []
        outcomes += zip([item for item, _ in found], stored, strict=True)
        if batch and batch[0].item.dry_run:
            trial.rollback()
        if outcomes:
            session.connection().execute(_OUTCOME, [_row_of(item, became) for item, became in outcomes])
        session.commit()


_OUTCOME = (
    update(ImportItem)
    .where(ImportItem.id == bindparam("item"))
    .values(
        {"leased": None, "record": None}
        | {name: bindparam(name) for name in ("state", "article_id", "quotes_new", "quotes_changed", "quotes_gone")}
    )
)


def _row_of(item: _Taken, became: ingest.Stored) -> dict[str, Any]:
    return {
        "item": item.id,
        "state": became.outcome,
        "article_id": None if became.outcome == "new" and item.dry_run else became.article_id,
        "quotes_new": became.quotes_new,
        "quotes_changed": became.quotes_changed,
        "quotes_gone": became.quotes_gone,
    }


def _held(session: Session, items: Sequence[_Taken]) -> set[int]:
    """Of the items those whose leases are still ours, and until the transaction ends nobody else's."""
    tries = {item.id: item.tries for item in items}
    query = select(ImportItem.id, ImportItem.tries).where(ImportItem.id.in_(tries), ImportItem.state == "queued")
    return {item_id for item_id, tried in session.execute(query.with_for_update()) if tried == tries[item_id]}


def _fail(engine: Engine, item: _Taken, error: Exception) -> None:
    """Store that a record failed, and why. Raises the error where it is the database's, which did not answer."""
    if isinstance(error, UNANSWERED):
        raise error
    problem = _problem(item, error)
    with writing(engine) as session:
        if _held(session, [item]):
            failed = update(ImportItem).where(ImportItem.id == item.id)
            session.execute(failed.values(leased=None, state="failed", problem=details(problem)))
        session.commit()


def _problem(item: _Taken, error: Exception) -> Problem:
    """What an error says of a record."""
    match error:
        case Problem():
            return error
        case ValidationError():
            return invalid_body(error.messages)
        case intake.Unreadable():
            where = "/html" if "html" in json.loads(item.record) else "/text"
            return invalid(error.pointer or where, f"{error}.")
        case IntegrityError():  # another worker stored the same between our look and our write
            return Problem("conflict", "Another row has the same key; try again.")
    log.error("import %s, line %s", item.import_id, item.line, exc_info=error)
    return Problem("internal", "The error has been logged; the same record may work later.")
