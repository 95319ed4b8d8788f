"""PostgreSQL's full-text index: GIN indexes on the stored column full_text.

Of a quote full_text is to_tsvector('simple'::regconfig, terms || ' ' || names), of an article it has no names. A GIN index
has no order: the planner chooses between it and the indexes by time.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import text
from sqlalchemy.orm import Session

from api.search.found import FoundQuotes
from api.search.index.base import Conditions, FullTextIndex, find_rows
from api.search.language import Query

# Storage parameters of the indexes, as the migrations set them. Words of new rows are gathered in a list, and go into the
# tree together when they take 256 KB. A search reads the list too, which costs a few tenths of a millisecond.
STORAGE = "fastupdate = on, gin_pending_list_limit = 256"


class PostgreSQLIndex(FullTextIndex):
    """The GIN indexes quote_fts and article_fts."""

    def find(self, conditions: Conditions, query: Query | None) -> FoundQuotes:
        """Return the quotes for which the conditions hold. Conditions on rows are all that PostgreSQL needs."""
        return find_rows(conditions, query)

    def damage(self, session: Session) -> Iterator[str]:
        """Yield a line for each index that is missing or not valid.

        Its content is not compared: an index is part of every transaction, and survives a crash with it.
        """
        valid = text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:index)")
        for index in ("quote_fts", "article_fts"):
            if not session.scalar(valid, {"index": index}):
                yield f"the full-text index {index} is missing or not valid"

    def rebuild(self, session: Session) -> None:
        """Drop both indexes and create them again."""
        for table in ("quote", "article"):
            session.execute(text(f"DROP INDEX IF EXISTS {table}_fts"))
            session.execute(text(f"CREATE INDEX {table}_fts ON {table} USING gin (full_text) WITH ({STORAGE})"))
