"""Store the spellings of names with the names: api.models.speaker says what they are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.orm import Session

from api.models.speaker import Name, spelling_rows


def store_spellings(session: Session, folded: Iterable[str]) -> None:
    """Store the spellings of folded names in one statement."""
    rows = sorted({(row["key"], row["word"]) for name in folded for row in spelling_rows(name)})
    if not rows:
        return
    if session.get_bind().dialect.name == "sqlite":
        insert = text("INSERT INTO spelling (key, word) VALUES (:key, :word) ON CONFLICT DO NOTHING")
        session.execute(insert, [{"key": key, "word": word} for key, word in rows])
    else:  # psycopg would send one statement for each row
        insert = text(
            "INSERT INTO spelling (key, word) SELECT * FROM unnest(CAST(:keys AS text[]), CAST(:words AS text[]))"
            " ON CONFLICT DO NOTHING"
        )
        session.execute(insert, {"keys": [key for key, _ in rows], "words": [word for _, word in rows]})


@event.listens_for(Session, "after_flush")
def _store_new_spellings(session: Session, _context: Any) -> None:
    """Store the spellings of names that a flush has added."""
    store_spellings(session, [name.folded for name in session.new if isinstance(name, Name)])
