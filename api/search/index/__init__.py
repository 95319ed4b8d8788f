"""The full-text indexes of SQLite and PostgreSQL.

What they index are columns that api.ingestion.denormalised writes. Of a quote `terms` has the words of its text, folded and
stemmed, and `names` the folded names of its speaker. Of an article `terms` has the words of title and text. Each database
tokenises them with its plainest tokeniser.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from api.search.index.base import FullTextIndex
from api.search.index.postgresql import PostgreSQLIndex
from api.search.index.sqlite import SQLiteIndex

_INDEXES: dict[str, FullTextIndex] = {"sqlite": SQLiteIndex(), "postgresql": PostgreSQLIndex()}


def index_of(session: Session) -> FullTextIndex:
    """Return the full-text index of the session's database."""
    return _INDEXES[session.get_bind().dialect.name]
