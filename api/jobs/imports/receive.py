"""Receive the records of an import, and queue them once all have come."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Engine, insert, update
from sqlalchemy.orm import Session

from api.database.engine import writing
from api.http.problems import Problem, details
from api.jobs.imports.control import cancel, finish
from api.models import Import, ImportItem, now
from api.sources.readers import Bad, Record

# Records stored in one transaction while they come, so that nobody waits long for SQLite's one writer.
BATCH_RECORDS = 500
BATCH_BYTES = 4 * 1024 * 1024  # bytes of records after which a batch is stored before it is full
MAX_BATCH_SECONDS = 5.0  # after which a batch is stored too, so that `updated` shows that records still come


class Cancelled(Exception):
    """The import was cancelled while its records came."""


def begin(engine: Engine, *, dry_run: bool, by: str | None) -> int:
    """Begin an import, to `receive` records, and return its id. With `dry_run` outcomes are found and nothing is stored."""
    with writing(engine) as session:
        started = Import(dry_run=dry_run, by=by)
        session.add(started)
        session.commit()
        return started.id


def receive(engine: Engine, import_id: int, records: Iterable[Record]) -> None:
    """Store the records of an import, a batch at a time. Raise Cancelled."""
    batch: list[Record] = []
    size, due = 0, time.monotonic() + MAX_BATCH_SECONDS
    for record in records:
        batch.append(record)
        size += record.size
        if len(batch) >= BATCH_RECORDS or size >= BATCH_BYTES or time.monotonic() >= due:
            _store(engine, import_id, batch)
            batch, size, due = [], 0, time.monotonic() + MAX_BATCH_SECONDS
    _store(engine, import_id, batch)


def _store(engine: Engine, import_id: int, batch: Sequence[Record]) -> None:
    rows = [_row(import_id, record) for record in batch]
    with writing(engine) as session:
        size = Import.size + sum(record.size for record in batch)
        queued = update(Import).where(Import.id == import_id, Import.state == "queued").values(updated=now(), size=size)
        if not session.execute(queued).rowcount:  # type: ignore[attr-defined]  # an UPDATE's result has it
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
    """Let workers take the records of an import, all of which have come."""
    session.execute(update(Import).where(Import.id == import_id).values(received=now(), updated=now()))
    finish(session, import_id)


def abandon(engine: Engine, import_id: int, problem: Problem) -> None:
    """Cancel an import whose records did not all come: nothing of it is imported, and it says why."""
    with writing(engine) as session:
        cancel(session, import_id, details(problem))
