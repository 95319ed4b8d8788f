"""Explain to a user how a query was understood."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.models import Speaker
from api.search import filters
from api.search.language import Part, Query, Words
from api.search.names import MAX_SHOWN


def explain(session: Session, query: Query) -> dict[str, Any]:
    """Return how the query was understood, as api.schemas.results.ReadSchema has it, with the speakers that its names mean."""
    return {
        "all": [{"any": [_part(session, part) for part in group]} for group in query.wanted],
        "without": [_part(session, part) for part in query.without],
        "ignored": query.ignored,
    }


def _part(session: Session, part: Part) -> dict[str, Any]:
    if isinstance(part, Words):
        kind = "prefix" if part.prefix else "phrase" if len(part.folded) > 1 else "term"
        return {"type": kind, "written": part.written, "folded": " ".join(part.folded), "stem": " ".join(part.stems)}
    shown: dict[str, Any] = {"type": "field", "field": part.name, "value": part.value}
    if part.name == "said":
        shown |= {"since": part.since, "until": part.before and part.before - dt.timedelta(days=1)}
    if part.name == "speaker":
        named = filters.id_in(Speaker.id, filters.speaker_ids(part.row))
        speakers = select(Speaker).where(named).order_by(Speaker.id).limit(MAX_SHOWN)
        shown["speakers"] = session.scalars(speakers).all()
    return shown
