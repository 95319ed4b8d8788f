"""Full text that is read in the order of time on SQLite, and from a stored column on PostgreSQL.

Decision 0012 says why. What a quote counts as said at is cut to whole seconds, of which the order is made.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# The row of a quote in the index: the seconds since 1600 in 34 bits (so until 2144; what is before or after counts as the
# first or the last of them), then its id in 29 bits.
PLACE = "min(max(strftime('%s', {0}at) + 11676096000, 0), 17179869183) << 29 | {0}id"
DELETE = "INSERT INTO quote_fts (quote_fts, rowid, terms, names) VALUES ('delete', PLACE, old.terms, old.names);"
INSERT = "INSERT INTO quote_fts (rowid, terms, names) VALUES (PLACE, new.terms, new.names);"
OLD, NEW = DELETE.replace("PLACE", PLACE.format("old.")), INSERT.replace("PLACE", PLACE.format("new."))

SQLITE_UP = (
    "DROP TABLE quote_fts",
    "UPDATE quote SET at = substr(at, 1, 19) || '.000000' WHERE at NOT LIKE '%.000000'",
    "CREATE VIEW quote_words AS SELECT PLACE AS place, terms, names FROM quote".replace("PLACE", PLACE.format("")),
    """CREATE VIRTUAL TABLE quote_fts USING fts5(
        terms, names, content='quote_words', content_rowid='place', tokenize='ascii', columnsize=0)""",
    f"""CREATE TRIGGER quote_fts_insert AFTER INSERT ON quote BEGIN
        SELECT RAISE(ABORT, 'a SQLite database holds quotes up to the id 536870911') WHERE new.id > 536870911;
        {NEW}
    END""",
    f"CREATE TRIGGER quote_fts_delete AFTER DELETE ON quote BEGIN {OLD} END",
    f"CREATE TRIGGER quote_fts_update AFTER UPDATE OF terms, names, at ON quote BEGIN {OLD} {NEW} END",
    "INSERT INTO quote_fts (quote_fts) VALUES ('rebuild')",
)
SQLITE_DOWN = (
    "DROP TABLE quote_fts",
    "DROP VIEW quote_words",
    """CREATE VIRTUAL TABLE quote_fts USING fts5(
        terms, names, content='quote', content_rowid='id', tokenize='ascii')""",
    """CREATE TRIGGER quote_fts_insert AFTER INSERT ON quote BEGIN
        INSERT INTO quote_fts (rowid, terms, names) VALUES (new.id, new.terms, new.names);
    END""",
    """CREATE TRIGGER quote_fts_delete AFTER DELETE ON quote BEGIN
        INSERT INTO quote_fts (quote_fts, rowid, terms, names) VALUES ('delete', old.id, old.terms, old.names);
    END""",
    """CREATE TRIGGER quote_fts_update AFTER UPDATE OF terms, names ON quote BEGIN
        INSERT INTO quote_fts (quote_fts, rowid, terms, names) VALUES ('delete', old.id, old.terms, old.names);
        INSERT INTO quote_fts (rowid, terms, names) VALUES (new.id, new.terms, new.names);
    END""",
    "INSERT INTO quote_fts (quote_fts) VALUES ('rebuild')",
)
INDEXED = {"quote": "terms || ' ' || names", "article": "terms"}


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        without_triggers()
        for statement in SQLITE_UP:
            op.execute(statement)
        return
    op.execute("UPDATE quote SET at = date_trunc('second', at) WHERE at <> date_trunc('second', at)")
    for table, words in INDEXED.items():
        op.execute(f"DROP INDEX {table}_fts")
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN full_text tsvector"
            f" GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, {words})) STORED"
        )
        op.execute(f"CREATE INDEX {table}_fts ON {table} USING gin (full_text) WITH (fastupdate = off)")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        without_triggers()
        for statement in SQLITE_DOWN:
            op.execute(statement)
        return
    for table, words in INDEXED.items():
        op.execute(f"DROP INDEX {table}_fts")
        op.drop_column(table, "full_text")
        op.execute(f"CREATE INDEX {table}_fts ON {table} USING gin (to_tsvector('simple'::regconfig, {words}))")


def without_triggers() -> None:
    for change in ("insert", "delete", "update"):
        op.execute(f"DROP TRIGGER quote_fts_{change}")
