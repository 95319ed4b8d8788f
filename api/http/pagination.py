"""Lists by pages. A keyset cursor names the row after which a page begins, so that page 10,000 costs as much as page 1."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import current_app, request
from sqlalchemy import ColumnElement, Select, func, literal, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.http.problems import Problem

Column = ColumnElement[Any] | InstrumentedAttribute[Any]

# That a list is longer than is counted is cached: it seldom loses thousands of rows, and counting to 10,000 takes longer than
# finding a page. The cache keeps so many seconds, for so many lists.
LONG_LIST_SECONDS, MAX_LONG_LISTS = 60, 10_000


@dataclass(frozen=True, slots=True)
class Total:
    """The number of rows in a list: `value`, exactly (eq) or at least (gte)."""

    value: int
    relation: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its rows, the path of the next page (None on the last), and the total of the list."""

    items: Sequence[Any]
    next: str | None
    total: Total | None

    def headers(self) -> dict[str, str]:
        """Return the page's header Link (RFC 8288)."""
        return {"Link": f'<{self.next}>; rel="next"'} if self.next else {}


def count(
    session: Session,
    query: Select[Any],
    *,
    most: int | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Total:
    """Count the rows of `query`, the list of this request, as far as `most`.

    That there are more is cached for LONG_LIST_SECONDS on `clock`, which returns seconds.
    """
    many: dict[tuple[str, int | None], float] = current_app.extensions.setdefault("many", {})
    asked = _fingerprint(), most
    if most is not None and clock() < many.get(asked, 0):
        return Total(most, "gte")
    counted = query.order_by(None).with_only_columns(literal(1).label("one"), maintain_column_froms=True)
    if most is not None:
        counted = counted.limit(most + 1)
    value = session.scalar(select(func.count()).select_from(counted.subquery())) or 0
    if most is None or value <= most:
        return Total(value, "eq")
    if len(many) >= MAX_LONG_LISTS:
        many.clear()
    many[asked] = clock() + LONG_LIST_SECONDS
    return Total(most, "gte")


def paginate(
    session: Session,
    query: Select[Any],
    by: Sequence[Column],
    *,
    limit: int,
    cursor: str | None,
    descending: bool = False,
    total: Callable[[], Total] | None = None,
) -> Page:
    """Return the page of `query` after `cursor`: at most `limit` rows, ordered by the columns `by`.

    These must be unique together. They are selected beside what `query` selects, for the cursor of the next page. Where
    `query` selects one entity, the items are those entities. `total` counts the list; it is called where the first page does
    not have all rows, and cursors carry the result. Raise Problem (422) for a cursor of another list.
    """
    counted = None
    if cursor is not None:
        last, counted = position(cursor, by)
        here, there = (tuple_(*by), last) if len(by) > 1 else (by[0], last[0])
        query = query.where(here < there if descending else here > there)
    query = query.order_by(*(column.desc() if descending else column.asc() for column in by)).limit(limit + 1)
    rows = session.execute(query.add_columns(*by)).all()
    width, more = len(by), len(rows) > limit
    items = [row[0] if len(row) - width == 1 else row[:-width] for row in rows[:limit]]
    if cursor is None and total is not None:
        counted = total() if more else Total(len(items), "eq")
    following = _next_url(_encode(tuple(rows[limit - 1])[-width:], counted)) if more else None
    return Page(items, following, counted)


def _next_url(cursor: str) -> str:
    pairs = [(name, value) for name, value in request.args.items(multi=True) if name != "cursor"]
    return f"{request.path}?{urlencode([*pairs, ('cursor', cursor)])}"


def _fingerprint() -> str:
    """Return a hash of the list's path and parameters. A cursor is valid only for these."""
    pairs = sorted((k, v) for k, v in request.args.items(multi=True) if k not in ("cursor", "limit"))
    return hashlib.sha256(repr((request.path, pairs)).encode("utf-8", "replace")).hexdigest()[:12]


def _encode(values: Sequence[Any], counted: Total | None) -> str:
    plain = [value.isoformat() if isinstance(value, dt.date) else value for value in values]  # moments too
    total = counted and [counted.value, counted.relation]
    return base64.urlsafe_b64encode(json.dumps([_fingerprint(), total, *plain]).encode()).decode().rstrip("=")


# What reading a malformed cursor raises. Year 1 in a zone to the east overflows.
_MALFORMED = (binascii.Error, ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError)


def position(cursor: str, by: Sequence[Column]) -> tuple[tuple[Any, ...], Total | None]:
    """Return the values of the columns `by` after which the cursor's page begins, and the total that page 1 counted.

    Raise Problem (422) for a cursor of another list.
    """
    try:
        fingerprint, total, *plain = _decode(cursor)
        values = tuple(_value(value, column.type.python_type) for value, column in zip(plain, by, strict=True))
        counted = None if total is None else _total(*total)
    except _MALFORMED:
        raise Problem("invalid-cursor", "Take the cursor from the `next` of a page, unchanged.") from None
    if fingerprint != _fingerprint():
        raise Problem("invalid-cursor", "The cursor belongs to another query: start that list again without one.")
    return values, counted


def last_value(cursor: str | None) -> int | None:
    """Return the last value in a cursor of a list that an integer sorts last; None without a cursor.

    Raise Problem (422) if the cursor has none. Whether it is of this list is for `position` to say.
    """
    if cursor is None:
        return None
    try:
        return int(_value(_decode(cursor)[-1], int))
    except _MALFORMED:
        raise Problem("invalid-cursor", "Take the cursor from the `next` of a page, unchanged.") from None


def _decode(cursor: str) -> Any:
    """Return the JSON of a cursor. Raise one of _MALFORMED if it has none."""
    return json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True))


def _total(value: Any, relation: Any) -> Total:
    """Return the total in a cursor's JSON. Raise ValueError where that is none."""
    if relation not in ("eq", "gte") or _value(value, int) < 0:
        raise ValueError(f"{value!r}, {relation!r} is no total")
    return Total(value, relation)


def _value(value: Any, kind: type) -> Any:
    """Return a value of a cursor's JSON as a column's type. Raise ValueError where it is of another."""
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
