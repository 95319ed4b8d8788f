"""A changed article becomes a new revision: earlier texts are kept, and quotes that no longer stand.

speaker.quoted counts the quotes that stand. In SQLite's index of words (migration 0012) the label ßstands says it of a quote,
and ßshown only of those.
"""

# ruff: noqa: S608 - SQL of names and conditions that stand here

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# What a downgrade loses: a name, and how many are stored.
LOSES = (
    ("earlier texts of articles", "SELECT count(*) FROM article_revision WHERE text IS NOT NULL"),
    ("quotes that stood only in earlier texts", "SELECT count(*) FROM quote WHERE last_revision IS NOT NULL"),
)

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# What revisions did is a small part of all quotes, and listed in the order of time.
WHERE = {"ix_quote_gone_at_id": "last_revision IS NOT NULL", "ix_quote_later_at_id": "first_revision > 1"}
BEFORE = "{0}act = 'speech' AND {0}status <> 'rejected'"
COUNTED = BEFORE + " AND {0}last_revision IS NULL"


PLACE = "min(max(strftime('%s', {0}at) + 11676096000, 0), 17179869183) << 29 | {0}id"
LABELS = (
    "'ß' || {0}kind || ' ß' || {0}act || ' ß' || {0}status"
    " || CASE WHEN SHOWN THEN ' ßshown' ELSE '' END"
    " || CASE WHEN {0}at > '0001-01-01 00:00:00.000000' THEN ' ßdated' ELSE '' END"
    " || coalesce(' ßs' || {0}speaker_id, '') || coalesce(' ßp' || {0}publisher_id, '')"
)
STANDS = " || CASE WHEN {0}last_revision IS NULL THEN ' ßstands' ELSE '' END"
INDEXED = "terms, names, at, kind, act, status, speaker_id, publisher_id"
PUBLISHER = "(SELECT publisher_id FROM article WHERE id = new.article_id)"


def labelled(labels: str, columns: str) -> tuple[str, ...]:
    """What makes SQLite's index of words anew with these labels, and keeps it."""

    def values(row: str) -> str:
        return f"{PLACE.format(row)}, {row}terms, {row}names, {labels.format(row)}"

    delete = f"INSERT INTO quote_fts (quote_fts, rowid, terms, names, labels) VALUES ('delete', {values('old.')});"
    insert = f"INSERT INTO quote_fts (rowid, terms, names, labels) VALUES ({values('new.')});"
    words = f"SELECT {PLACE.format('')} AS place, terms, names, {labels.format('')} AS labels FROM quote"
    return (
        *(f"DROP TRIGGER quote_fts_{event}" for event in ("insert", "delete", "update")),
        "DROP VIEW quote_words",
        f"CREATE VIEW quote_words AS {words}",
        f"""CREATE TRIGGER quote_fts_insert AFTER INSERT ON quote BEGIN
            SELECT RAISE(ABORT, 'a SQLite database holds quotes up to the id 536870911') WHERE new.id > 536870911;
            {insert}
            UPDATE quote SET publisher_id = {PUBLISHER} WHERE id = new.id AND publisher_id IS NOT {PUBLISHER};
        END""",
        f"CREATE TRIGGER quote_fts_delete AFTER DELETE ON quote BEGIN {delete} END",
        f"CREATE TRIGGER quote_fts_update AFTER UPDATE OF {columns} ON quote BEGIN {delete} {insert} END",
        "INSERT INTO quote_fts (quote_fts) VALUES ('rebuild')",
    )


def sqlite(counted: str, columns: str) -> tuple[str, ...]:
    """The triggers that keep speaker.quoted; see migration 0003."""
    old, new = counted.format("old."), counted.format("new.")
    return (
        f"""CREATE TRIGGER quote_quoted_insert AFTER INSERT ON quote WHEN {new} BEGIN
            UPDATE speaker SET quoted = quoted + 1 WHERE id = new.speaker_id;
        END""",
        f"""CREATE TRIGGER quote_quoted_delete AFTER DELETE ON quote WHEN {old} BEGIN
            UPDATE speaker SET quoted = quoted - 1 WHERE id = old.speaker_id;
        END""",
        f"""CREATE TRIGGER quote_quoted_update AFTER UPDATE OF {columns} ON quote BEGIN
            UPDATE speaker SET quoted = quoted - 1 WHERE id = old.speaker_id AND {old};
            UPDATE speaker SET quoted = quoted + 1 WHERE id = new.speaker_id AND {new};
        END""",
    )


def postgresql(counted: str) -> str:
    def summed(sign: str, rows: str) -> str:
        of = f"speaker_id IS NOT NULL AND {counted.format('')}"
        return f"SELECT speaker_id, {sign}count(*) AS n FROM {rows} WHERE {of} GROUP BY speaker_id"

    added, gone = summed("", "added"), summed("-", "gone")
    both = f"SELECT speaker_id, sum(n) AS n FROM ({added} UNION ALL {gone}) AS quotes GROUP BY speaker_id HAVING sum(n) <> 0"
    loops = (
        f"""FOR changed IN {counts} ORDER BY speaker_id LOOP
                UPDATE speaker SET quoted = quoted + changed.n WHERE id = changed.speaker_id;
            END LOOP;"""
        for counts in (added, gone, both)
    )
    return """CREATE OR REPLACE FUNCTION quote_quoted() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        changed RECORD;
    BEGIN
        CASE TG_OP
        WHEN 'INSERT' THEN {}
        WHEN 'DELETE' THEN {}
        ELSE {}
        END CASE;
        RETURN NULL;
    END $$""".format(*loops)


def count(counted: str, columns: str) -> None:
    """Count these quotes from now on, also when these columns change."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(postgresql(counted))
        return
    for event in ("insert", "delete", "update"):
        op.execute(f"DROP TRIGGER quote_quoted_{event}")
    for statement in sqlite(counted, columns):
        op.execute(statement)


def index(labels: str, columns: str) -> None:
    """Find quotes by these labels from now on, on SQLite."""
    if op.get_bind().dialect.name == "sqlite":
        for statement in labelled(labels, columns):
            op.execute(statement)


def upgrade() -> None:
    op.create_table(
        "article_revision",
        sa.Column("article_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("published", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_has_time", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("engine", sa.String(length=100), nullable=False),
        sa.Column("stored", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["article.id"], name="fk_article_revision_article_id_article", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("article_id", "number", name="pk_article_revision"),
    )
    op.add_column("article", sa.Column("revision", sa.Integer(), server_default="1", nullable=False))
    op.add_column("quote", sa.Column("first_revision", sa.Integer(), server_default="1", nullable=False))
    # In words of SQL, since Alembic would rebuild SQLite's table for the constraint, and its triggers would go.
    op.execute(
        "ALTER TABLE quote ADD COLUMN last_revision INTEGER"
        " CONSTRAINT ck_quote_last_revision CHECK (last_revision >= first_revision)"
    )
    for name, where in WHERE.items():
        op.create_index(name, "quote", ["at", "id"], sqlite_where=sa.text(where), postgresql_where=sa.text(where))
    op.create_table(
        "rewording",
        sa.Column("quote_id", ID, nullable=False),
        sa.Column("earlier_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["quote_id"], ["quote.id"], name="fk_rewording_quote_id_quote", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["earlier_id"], ["quote.id"], name="fk_rewording_earlier_id_quote", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("quote_id", name="pk_rewording"),
        sa.UniqueConstraint("earlier_id", name="uq_rewording_earlier_id"),
        sqlite_with_rowid=False,
    )
    count(COUNTED, "speaker_id, act, status, last_revision")
    index(LABELS.replace("SHOWN", COUNTED) + STANDS, f"{INDEXED}, last_revision")
    op.add_column("feed_entry", sa.Column("digest", sa.String(length=64), nullable=True))
    op.drop_column("import_item", "text_hash")
    op.drop_index("ix_import_item_import_id_url", "import_item")
    op.create_index("ix_import_item_import_id_url_state", "import_item", ["import_id", "url", "state"])


def downgrade() -> None:
    """Go back to one text an article: the earlier texts are lost, and the quotes that stood only in them."""
    op.drop_index("ix_import_item_import_id_url_state", "import_item")
    op.create_index("ix_import_item_import_id_url", "import_item", ["import_id", "url"])
    op.add_column("import_item", sa.Column("text_hash", sa.String(length=64), nullable=True))
    op.drop_column("feed_entry", "digest")
    op.drop_table("rewording")
    gone = "SELECT id FROM quote WHERE last_revision IS NOT NULL"
    for table in ("quote_span", "delivery_quote"):  # foreign keys, by which they would go, are off on SQLite
        op.execute(f"DELETE FROM {table} WHERE quote_id IN ({gone})")
    op.execute("DELETE FROM quote WHERE last_revision IS NOT NULL")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what notes the changes waits, and no table is altered meanwhile
    count(BEFORE, "speaker_id, act, status")
    index(LABELS.replace("SHOWN", BEFORE), INDEXED)
    for name in WHERE:
        op.drop_index(name, "quote")
    op.drop_column("quote", "last_revision")
    op.drop_column("quote", "first_revision")
    op.drop_column("article", "revision")
    op.drop_table("article_revision")
