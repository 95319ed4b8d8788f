"""Lists, a page at a time: a keyset cursor says after which row the next page begins, so page 10,000 costs as page 1."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import request
from sqlalchemy import ColumnElement, Select, func, literal, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.errors import Problem

Column = ColumnElement[Any] | InstrumentedAttribute[Any]


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its rows, and the path and query of the next page, or None when this is the last."""

    items: Sequence[Any]
    next: str | None

    def headers(self) -> dict[str, str]:
        """The Link header (RFC 8288) of the page."""
        return {"Link": f'<{self.next}>; rel="next"'} if self.next else {}


@dataclass(frozen=True, slots=True)
class Total:
    """How many there are: `value`, exactly (eq) or at least (gte)."""

    value: int
    relation: str


def count(session: Session, query: Select[Any], *, most: int | None = None) -> Total:
    """How many rows `query` has; once they are more than `most` no more are counted."""
    counted = query.order_by(None).with_only_columns(literal(1).label("one"), maintain_column_froms=True)
    if most is not None:
        counted = counted.limit(most + 1)
    value = session.scalar(select(func.count()).select_from(counted.subquery())) or 0
    return Total(value, "eq") if most is None or value <= most else Total(most, "gte")


def paginate(
    session: Session,
    query: Select[Any],
    by: Sequence[Column],
    *,
    limit: int,
    cursor: str | None,
    descending: bool = False,
) -> Page:
    """The page of `query` after `cursor`, at most `limit` rows, ordered by the columns `by`, which together are unique.

    `query` selects entities or rows; the columns of `by` are selected beside them to make the cursor of the next page.
    Where `query` selects one entity the items are those entities. Raises Problem (422) for a cursor of another list.
    """
    if cursor is not None:
        last = position(cursor, by)
        here, there = (tuple_(*by), last) if len(by) > 1 else (by[0], last[0])
        query = query.where(here < there if descending else here > there)
    query = query.order_by(*(column.desc() if descending else column.asc() for column in by)).limit(limit + 1)
    rows = session.execute(query.add_columns(*by)).all()
    width = len(by)
    items = [row[0] if len(row) - width == 1 else row[:-width] for row in rows[:limit]]
    following = _next_url(_encode(tuple(rows[limit - 1])[-width:])) if len(rows) > limit else None
    return Page(items, following)


def _next_url(cursor: str) -> str:
    pairs = [(name, value) for name, value in request.args.items(multi=True) if name != "cursor"]
    return f"{request.path}?{urlencode([*pairs, ('cursor', cursor)])}"


def _fingerprint() -> str:
    """What the list is of: its path and parameters. A cursor is good for these alone."""
    pairs = sorted((k, v) for k, v in request.args.items(multi=True) if k not in ("cursor", "limit"))
    return hashlib.sha256(repr((request.path, pairs)).encode("utf-8", "replace")).hexdigest()[:12]


def _encode(values: Sequence[Any]) -> str:
    plain = [value.isoformat() if isinstance(value, dt.date) else value for value in values]  # moments too
    return base64.urlsafe_b64encode(json.dumps([_fingerprint(), *plain]).encode()).decode().rstrip("=")


def position(cursor: str, by: Sequence[Column]) -> tuple[Any, ...]:
    """The values of the columns `by` after which the cursor's page begins. Raises Problem (422) for another list's."""
    try:
        fingerprint, *plain = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True))
        values = tuple(_value(value, column.type.python_type) for value, column in zip(plain, by, strict=True))
    # Year 1 in a zone to the east overflows.
    except (binascii.Error, ValueError, TypeError, OverflowError, RecursionError):
        raise Problem("invalid-cursor", "Take the cursor from the `next` of a page, unchanged.") from None
    if fingerprint != _fingerprint():
        raise Problem("invalid-cursor", "The cursor belongs to another query: start that list again without one.")
    return values


def _value(value: Any, kind: type) -> Any:
    """`value` of a cursor's JSON as a column's type. Raises ValueError when it is not of it."""
    if kind is dt.datetime and isinstance(value, str):
        moment = dt.datetime.fromisoformat(value)
        if moment.tzinfo is not None:
            return moment.astimezone(dt.UTC)
    if kind is dt.date and isinstance(value, str):
        return dt.date.fromisoformat(value)
    if kind is int and isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63:
        return value
    if kind is str and isinstance(value, str) and "\0" not in value and value.isprintable():
        return value
    raise ValueError(f"{value!r} is no {kind.__name__}")
