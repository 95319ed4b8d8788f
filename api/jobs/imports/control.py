"""Cancel, forget and retry imports, and count what became of their records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, select, update
from sqlalchemy.orm import Session

from api.models import Import, ImportItem, now

# Records changed or deleted in one transaction: a tenth of a second at most, measured with 100,000 of 3 KB.
BLOCK_RECORDS = 1000


@dataclass(slots=True)
class Counts:
    """How many of an import's records are in each state, and how many quotes of their articles are new, changed and gone.

    `not_english` are the articles that were stored unread.
    """

    items: dict[str, int]
    quotes: dict[str, int]
    not_english: int = 0

    @property
    def finished(self) -> int:
        """Return how many records have an outcome."""
        return sum(self.items.values()) - self.items["queued"]


def cancel(
    session: Session, import_id: int, problem: dict[str, Any] | None = None, *, block: int = BLOCK_RECORDS
) -> None:
    """Cancel what is left of an import; articles that were stored stay.

    Commit the state first, so that no worker takes more records. Then commit each `block` of deleted records.
    """
    ended = update(Import).where(Import.id == import_id, Import.state.in_(("queued", "running")))
    session.execute(ended.values(state="cancelled", problem=problem, updated=now(), finished=now()))
    session.commit()
    for records in _blocks(session, import_id, ImportItem.state == "queued", size=block):
        session.execute(delete(ImportItem).where(*records))
        session.commit()


def forget(session: Session, import_id: int, *, block: int = BLOCK_RECORDS) -> None:
    """Delete an import and its records; articles that were stored stay. Commit each `block`."""
    for records in _blocks(session, import_id, size=block):
        session.execute(delete(ImportItem).where(*records))
        session.commit()
    session.execute(delete(Import).where(Import.id == import_id))
    session.commit()


def retry(session: Session, import_id: int, *, block: int = BLOCK_RECORDS) -> None:
    """Queue the failed records of an import again, but for those that could not be read. Commit each `block`."""
    again = update(Import).where(Import.id == import_id)
    again = again.values(state="queued", started=None, finished=None, updated=now())
    failed = (ImportItem.state == "failed", ImportItem.record.is_not(None))
    for records in _blocks(session, import_id, *failed, size=block):
        session.execute(again)
        anew = {"problem": None, "leased": None, "tries": 0, "excused": 0, "unanswered": None}
        session.execute(update(ImportItem).where(*records).values(state="queued", **anew))
        session.commit()
    session.execute(again)
    finish(session, import_id)
    session.commit()


def finish(session: Session, import_id: int) -> None:
    """Set an import done if all its records have come and have an outcome."""
    # Locked, so that what a retry changes is seen, or comes after.
    session.execute(select(Import.id).where(Import.id == import_id).with_for_update())
    left = exists().where(ImportItem.import_id == Import.id, ImportItem.state == "queued")
    ended = update(Import).where(
        Import.id == import_id, Import.state.in_(("queued", "running")), Import.received.is_not(None), ~left
    )
    session.execute(ended.values(state="done", finished=now()))


def _blocks(
    session: Session, import_id: int, *conditions: ColumnElement[bool], size: int
) -> Iterator[tuple[ColumnElement[bool], ...]]:
    """Yield conditions that each match the next `size` records of an import, in the order of ids.

    So no statement takes long, however large the import, and nobody waits long for SQLite's one writer.
    """
    last = 0
    while True:
        block = (ImportItem.import_id == import_id, ImportItem.id > last, *conditions)
        ids = session.scalars(select(ImportItem.id).where(*block).order_by(ImportItem.id).limit(size)).all()
        if not ids:
            return
        last = ids[-1]
        yield (*block, ImportItem.id <= last)


def counts(session: Session, import_ids: Sequence[int]) -> dict[int, Counts]:
    """Return for each import what became of its records."""
    found = {
        import_id: Counts(
            dict.fromkeys(("queued", "new", "unchanged", "changed", "failed"), 0), {"new": 0, "changed": 0, "gone": 0}
        )
        for import_id in import_ids
    }
    of_quotes = (
        func.sum(column) for column in (ImportItem.quotes_new, ImportItem.quotes_changed, ImportItem.quotes_gone)
    )
    query = select(ImportItem.import_id, ImportItem.state, func.count(), func.count(ImportItem.note), *of_quotes)
    grouped = query.where(ImportItem.import_id.in_(import_ids)).group_by(ImportItem.import_id, ImportItem.state)
    for import_id, state, number, notes, *quotes in session.execute(grouped):
        found[import_id].items[state] = number
        found[import_id].not_english += notes
        for name, more in zip(("new", "changed", "gone"), quotes, strict=True):
            found[import_id].quotes[name] += int(more)
    return found
