"""The pipeline from a record to stored rows: validate, prepare, look up, extract, make rows, store.

Every way in goes through it: `POST /v1/articles`, `verbatim import`, `verbatim watch`, the workers of POST /v1/imports, and
feeds. `read` does all that is slow, and comes before any transaction that writes; `write` stores in the caller's transaction,
and `store` in one of its own.

One rule says what fails alone. Whatever is raised for one record, at any stage, fails that record with its reason, and all
others of its batch land. Only a database that does not answer is no fault of a record: that is raised to the caller. See
`isolate`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, TypeAlias, TypeVar

from marshmallow import ValidationError
from sqlalchemy import Engine, select
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from api.database.bulk import among
from api.database.engine import reading, writing
from api.database.outages import is_unanswered
from api.extraction import Extraction
from api.ingestion.article import Prepared, Unreadable, extract, prepare
from api.ingestion.rows import ArticleRows
from api.ingestion.store import Stored, find_known, store_all
from api.models import Article
from api.schemas.article import ArticleNew
from api.schemas.errors import MAX_ERRORS, pointers

log = logging.getLogger(__name__)

Record = TypeVar("Record")
Result = TypeVar("Result")
Extract: TypeAlias = Callable[[Prepared], Extraction]
Note: TypeAlias = Callable[[Session, Sequence[Stored]], None]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why one record failed.

    `name` is that of a problem (api.http.problems), `detail` a sentence for its JSON, `reason` one line for a terminal.
    `errors` has {"pointer", "detail"} for each invalid value.
    """

    name: str
    detail: str
    reason: str
    errors: tuple[dict[str, str], ...] = ()

    @classmethod
    def bad_record(cls, reason: str) -> Failure:
        """Return the failure of a record that is no JSON object, or none that can be read."""
        return cls("bad-request", f"{reason}.", reason)


@dataclass(frozen=True, slots=True)
class Known:
    """A record whose article is stored as it is."""

    article_id: int


Read: TypeAlias = Known | ArticleRows | Failure


class Vanished(Exception):
    """A known article was deleted between the look-up and the transaction."""


def read(engine: Engine, records: Sequence[Mapping[str, Any] | Failure], *, extract: Extract = extract) -> list[Read]:
    """Do all for these records that comes before storing them: validate, prepare, look up, extract, make rows.

    Each record has the fields of POST /v1/articles; a Failure stays what it is. Raise what the database raises when it does
    not answer.
    """
    return read_validated(engine, _each(_validated, records), extract=extract)


def read_validated(
    engine: Engine, bodies: Sequence[Mapping[str, Any] | Failure], *, extract: Extract = extract
) -> list[Read]:
    """Do what `read` does for bodies that are validated: see api.ingestion.article.prepare."""
    looked_up = isolate(partial(_look_up, engine), _each(prepare, bodies))
    return _each(partial(_rows, extract), looked_up)


def store(
    engine: Engine, batch: Sequence[Read], *, dry_run: bool = False, note: Note | None = None
) -> list[Stored | Failure]:
    """Store what was read: all in one transaction or, if that fails, each record in its own.

    `note` is called in the transaction with what became of its records. A dry run stores nothing. Raise what the database
    raises when it does not answer.
    """
    return isolate(partial(_store, engine, dry_run, note), batch)


def write(session: Session, batch: Sequence[Known | ArticleRows]) -> list[Stored]:
    """Store what was read, in the session's transaction. Raise what fails; see `isolate`."""
    known = [each.article_id for each in batch if isinstance(each, Known)]
    there = set(session.scalars(select(Article.id).where(among(Article.id, known)))) if known else set()
    if missing := set(known) - there:
        raise Vanished(missing)
    new = [each for each in batch if isinstance(each, ArticleRows)]
    stored = iter(store_all(session, new) if new else [])
    return [Stored(each.article_id, "unchanged") if isinstance(each, Known) else next(stored) for each in batch]


def isolate(
    act: Callable[[Sequence[Record]], Sequence[Result]], batch: Sequence[Record | Failure]
) -> list[Result | Failure]:
    """Act on the records of a batch together or, if that fails, on each alone; what then fails is a Failure.

    Records that have failed already are left out and stay what they are. `act` returns one result for each record, and
    leaves nothing behind when it raises. Raise what the database raises when it does not answer.
    """
    waiting = [each for each in batch if not isinstance(each, Failure)]
    if len(waiting) > 1:
        try:
            results = iter(act(waiting))
        except Exception as error:
            if is_unanswered(error):
                raise
        else:
            return [each if isinstance(each, Failure) else next(results) for each in batch]
    return _each(lambda record: act([record])[0], batch)


def _each(act: Callable[[Record], Result], batch: Sequence[Record | Failure]) -> list[Result | Failure]:
    """Act on each record alone; what fails is a Failure."""
    results: list[Result | Failure] = []
    for each in batch:
        if isinstance(each, Failure):
            results.append(each)
            continue
        try:
            results.append(act(each))
        except Exception as error:
            results.append(failure(error))
    return results


def failure(error: Exception) -> Failure:
    """Return why a record failed. Raise the error if the database did not answer."""
    if is_unanswered(error):
        raise error
    match error:
        case ValidationError():
            errors = tuple(pointers(error.messages))
            reasons = [": ".join([*_steps(each["pointer"]), each["detail"]]) for each in errors[:MAX_ERRORS]]
            if len(errors) > MAX_ERRORS:
                reasons.append(f"and {len(errors) - MAX_ERRORS:,} more")
            first = ": ".join(filter(None, errors[0].values())) if errors else "It is invalid."
            return Failure("invalid", first, "; ".join(reasons), errors)
        case Unreadable():
            detail = f"{error}."
            reason = f"{error.pointer}: {error}" if error.pointer.count("/") > 1 else str(error)
            return Failure(
                "invalid", f"{error.pointer}: {detail}", reason, ({"pointer": error.pointer, "detail": detail},)
            )
        case Vanished():
            detail = "The article was changed or deleted at the same moment; try again."
            return Failure("conflict", detail, "its article was deleted at the same moment")
        case StaleDataError():
            detail = "Someone else changed it at the same moment: read it again, then try again."
            return Failure("stale", detail, "someone else changed it at the same moment")
        case IntegrityError():  # most often another import stored the same between our look and our write
            detail = "The database refused it: another row has the same key, or a value is out of bounds; try again."
            return Failure("conflict", detail, f"the database refused it: {_line(error.orig)}")
    log.error("a record failed", exc_info=error)
    cause = f"the database refused it: {_line(error.orig)}" if isinstance(error, DBAPIError) else _line(error)
    detail = "The error has been logged; the same record may work later."
    return Failure("internal", detail, f"an error of Verbatim's, {type(error).__name__}: {cause}")


def _line(error: BaseException | None) -> str:
    return (str(error).splitlines() or ["no message"])[0]


def _steps(pointer: str) -> list[str]:
    """Return the steps of a JSON pointer."""
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def _validated(record: Mapping[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = _schema().load(record)
    return body


@cache
def _schema() -> ArticleNew:
    """Return one schema for all records: to make one takes twice as long as to load a text with it."""
    return ArticleNew()


def _look_up(engine: Engine, batch: Sequence[Prepared]) -> list[Known | Prepared]:
    with reading(engine) as session:
        known = find_known(session, batch)
        return [Known(article.id) if article else each for each, article in zip(batch, known, strict=True)]


def _rows(extract: Extract, found: Known | Prepared) -> Known | ArticleRows:
    return found if isinstance(found, Known) else ArticleRows.of(found, extract(found))


def _store(engine: Engine, dry_run: bool, note: Note | None, batch: Sequence[Known | ArticleRows]) -> list[Stored]:
    with writing(engine) as session:
        stored = write(session, batch)
        if note:
            note(session, stored)
        if not dry_run:
            session.commit()
        return stored
