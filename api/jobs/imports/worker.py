"""Import leased records, and store each one's outcome with its article."""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Engine, bindparam, update

from api.database.engine import writing
from api.database.outages import is_unanswered, outage
from api.http.problems import Problem, details
from api.ingestion import pipeline
from api.ingestion.article import extract
from api.ingestion.pipeline import Extract, Failure, Known
from api.ingestion.rows import ArticleRows
from api.ingestion.store import Stored
from api.jobs.imports.control import finish
from api.jobs.imports.leases import Leased, give_back, lock_held, renewed, settle, take
from api.models import ImportItem

log = logging.getLogger(__name__)

MAX_LEASES = 5  # leases of one record; if all ran out, it is the record that kills workers


def work(
    engine: Engine, lease: dt.timedelta, more: Callable[[], Any] = lambda: None, *, extract: Extract = extract
) -> bool:
    """Lease some records for this long, renewed while they are imported. Return False if there were none to lease.

    Call `more` once they are leased, before the work begins: another worker may find others. If the database does not answer,
    give the leases back if possible, and raise its error. That is no fault of the records, and counts for no try.
    """
    settle(engine)
    taken = take(engine, lease)
    if not taken:
        return False
    more()
    try:
        with renewed(engine, taken, lease):
            import_leased(engine, taken, extract=extract)
    except BaseException as error:
        why = outage(error) if is_unanswered(error) else None
        give_back(engine, taken, counted=isinstance(error, Exception) and why is None, outage=why)
        raise
    with writing(engine) as session:
        finish(session, taken[0].import_id)
        session.commit()
    return True


@dataclass(frozen=True, slots=True)
class _Read:
    """A leased record with what was read of it."""

    item: Leased
    read: Known | ArticleRows


def import_leased(engine: Engine, items: Sequence[Leased], *, extract: Extract = extract) -> None:
    """Import leased records of one import, and store the outcome of each. Skip those whose lease is lost."""
    reads = pipeline.read(engine, [_record(item) for item in items], extract=extract)
    batch = [read if isinstance(read, Failure) else _Read(item, read) for item, read in zip(items, reads, strict=True)]
    # A dry run stores nothing, and so gains nothing by storing together. Its records must not refer to each other's articles.
    parts = [[each] for each in batch] if items[0].dry_run else [batch]
    outcomes = [outcome for part in parts for outcome in pipeline.isolate(partial(_store, engine), part)]
    failed = [(i, outcome) for i, outcome in zip(items, outcomes, strict=True) if isinstance(outcome, Failure)]
    if failed:
        _fail(engine, failed)


def _record(item: Leased) -> dict[str, Any] | Failure:
    if item.deaths > MAX_LEASES:
        reason = f"Workers ended {MAX_LEASES} times while they read it."
        return Failure("internal", reason, reason)
    record: dict[str, Any] = json.loads(item.record)
    return record


def _store(engine: Engine, batch: Sequence[_Read]) -> list[None]:
    """Store articles and the outcomes of their records in one transaction; in a dry run only the outcomes."""
    with writing(engine) as session:
        ours = lock_held(session, [each.item for each in batch])
        kept = [each for each in batch if each.item.id in ours]
        trial = session.begin_nested() if kept and kept[0].item.dry_run else None
        stored = pipeline.write(session, [each.read for each in kept])
        if trial:
            trial.rollback()
        if stored:
            rows = [_row(each.item, became) for each, became in zip(kept, stored, strict=True)]
            session.connection().execute(_OUTCOME, rows)
        session.commit()
    return [None] * len(batch)


_OUTCOME = (
    update(ImportItem)
    .where(ImportItem.id == bindparam("item"))
    .values(
        {"leased": None, "record": None, "problem": None}
        | {
            name: bindparam(name)
            for name in ("state", "article_id", "quotes_new", "quotes_changed", "quotes_gone", "note")
        }
    )
)


def _row(item: Leased, became: Stored) -> dict[str, Any]:
    return {
        "item": item.id,
        "state": became.outcome,
        "article_id": None if became.outcome == "new" and item.dry_run else became.article_id,
        "quotes_new": became.quotes_new,
        "quotes_changed": became.quotes_changed,
        "quotes_gone": became.quotes_gone,
        "note": became.note,
    }


def _fail(engine: Engine, failed: Sequence[tuple[Leased, Failure]]) -> None:
    """Store why records failed."""
    with writing(engine) as session:
        ours = lock_held(session, [item for item, _ in failed])
        for item, failure in failed:
            if failure.name == "internal":
                log.error("import %s, line %s: %s", item.import_id, item.line, failure.reason)
            if item.id in ours:
                problem = details(Problem(failure.name, failure.detail, errors=list(failure.errors) or None))
                row = update(ImportItem).where(ImportItem.id == item.id)
                session.execute(row.values(leased=None, state="failed", problem=problem))
        session.commit()
