"""The rows that a path or a body names: find them, or answer with a problem; and record their changes by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar, overload

from flask import g

from api.http.problems import Problem, invalid
from api.http.session import session
from api.models import Base, Revision
from api.models.base import Mutable

Row = TypeVar("Row", bound=Base)


def find(model: type[Row], row_id: int) -> Row:
    """Return the row of `model` with this id. Raise Problem (404) where there is none."""
    row = session().get(model, row_id)
    if row is None:
        raise Problem("not-found", f"There is no {model.__tablename__} {row_id}.")
    return row


@overload
def refer(model: type[Row], row_id: int, pointer: str) -> Row: ...
@overload
def refer(model: type[Row], row_id: int | None, pointer: str) -> Row | None: ...
def refer(model: type[Row], row_id: int | None, pointer: str) -> Row | None:
    """Return the row that a body refers to at `pointer`, or None for null. Raise Problem (422) where there is none."""
    row = None if row_id is None else session().get(model, row_id)
    if row is None and row_id is not None:
        raise invalid(pointer, f"There is no {model.__tablename__} {row_id}.")
    return row


def record(row: Base, change: Mapping[str, Any]) -> None:
    """Add a revision: the caller's key changed `row` as `change`, the body of the request, says."""
    plain = json.loads(json.dumps(change, default=str))
    version = row.version if isinstance(row, Mutable) else 1
    session().add(Revision(table=row.__tablename__, row=row.id, version=version, by=caller(), change=plain))


def caller() -> str | None:
    """Return the prefix of the API key that the request presents, or None without one."""
    return g.key.prefix if g.get("key") else None
