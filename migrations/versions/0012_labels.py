"""A quote's publisher stands in its own row, and SQLite's index of words also has labels: decision 0021."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

FOREIGN_KEY = "fk_quote_publisher_id_publisher"
PLACE = "min(max(strftime('%s', {0}at) + 11676096000, 0), 17179869183) << 29 | {0}id"
# What else a quote can be found by, as words that no text has: each begins with the letter that no folded word has.
LABELS = (
    "'ß' || {0}kind || ' ß' || {0}act || ' ß' || {0}status"
    " || CASE WHEN {0}act = 'speech' AND {0}status <> 'rejected' THEN ' ßshown' ELSE '' END"
    " || CASE WHEN {0}at > '0001-01-01 00:00:00.000000' THEN ' ßdated' ELSE '' END"
    " || coalesce(' ßs' || {0}speaker_id, '') || coalesce(' ßp' || {0}publisher_id, '')"
)
ARTICLES = "(SELECT publisher_id FROM article WHERE id = new.article_id)"
FULL = "SELECT RAISE(ABORT, 'a SQLite database holds quotes up to the id 536870911') WHERE new.id > 536870911;"


def columns(row: str, labels: bool) -> str:
    """What the index holds of a row."""
    return f"{PLACE.format(row)}, {row}terms, {row}names" + (f", {LABELS.format(row)}" if labels else "")


def index(labels: bool, when: str, publisher: str) -> tuple[str, ...]:
    """SQLite's index of quotes, filled and kept by triggers."""
    names = "terms, names, labels" if labels else "terms, names"
    delete = f"INSERT INTO quote_fts (quote_fts, rowid, {names}) VALUES ('delete', {columns('old.', labels)});"  # noqa: S608 - names of ours
    insert = f"INSERT INTO quote_fts (rowid, {names}) VALUES ({columns('new.', labels)});"  # noqa: S608 - names of ours
    words = f"SELECT {PLACE.format('')} AS place, terms, names" + (f", {LABELS.format('')} AS labels" if labels else "")
    return (
        f"CREATE VIEW quote_words AS {words} FROM quote",
        f"""CREATE VIRTUAL TABLE quote_fts USING fts5(
            {names}, content='quote_words', content_rowid='place', tokenize='ascii', columnsize=0)""",
        f"CREATE TRIGGER quote_fts_insert AFTER INSERT ON quote BEGIN {FULL} {insert} {publisher} END",
        f"CREATE TRIGGER quote_fts_delete AFTER DELETE ON quote BEGIN {delete} END",
        f"CREATE TRIGGER quote_fts_update AFTER UPDATE OF {when} ON quote BEGIN {delete} {insert} END",
        "INSERT INTO quote_fts (quote_fts) VALUES ('rebuild')",
    )


NO_INDEX = (
    "DROP TRIGGER quote_fts_insert",
    "DROP TRIGGER quote_fts_delete",
    "DROP TRIGGER quote_fts_update",
    "DROP TABLE quote_fts",
    "DROP VIEW quote_words",
)
# The publisher is set after the row is indexed, in the same trigger: so the update below takes out what stands in the index.
SQLITE_UP = (
    *index(
        labels=True,
        when="terms, names, at, kind, act, status, speaker_id, publisher_id",
        publisher=f"UPDATE quote SET publisher_id = {ARTICLES} WHERE id = new.id AND publisher_id IS NOT {ARTICLES};",  # noqa: S608 - names of ours
    ),
    """CREATE TRIGGER article_publisher AFTER UPDATE OF publisher_id ON article
        WHEN new.publisher_id IS NOT old.publisher_id BEGIN
        UPDATE quote SET publisher_id = new.publisher_id WHERE article_id = new.id;
    END""",
)
SQLITE_DOWN = index(labels=False, when="terms, names, at", publisher="")
POSTGRESQL_UP = (
    f"""CREATE FUNCTION quote_publisher() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.publisher_id := {ARTICLES};
        RETURN NEW;
    END $$""",
    "CREATE TRIGGER quote_publisher BEFORE INSERT ON quote FOR EACH ROW EXECUTE FUNCTION quote_publisher()",
    """CREATE FUNCTION article_publisher() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE quote SET publisher_id = NEW.publisher_id WHERE article_id = NEW.id;
        RETURN NULL;
    END $$""",
    """CREATE TRIGGER article_publisher AFTER UPDATE OF publisher_id ON article FOR EACH ROW
        WHEN (NEW.publisher_id IS DISTINCT FROM OLD.publisher_id) EXECUTE FUNCTION article_publisher()""",
)
POSTGRESQL_DOWN = (
    "DROP TRIGGER article_publisher ON article",
    "DROP FUNCTION article_publisher()",
    "DROP TRIGGER quote_publisher ON quote",
    "DROP FUNCTION quote_publisher()",
)


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in NO_INDEX if sqlite else ():
        op.execute(statement)
    with rebuilt() as quote:
        quote.add_column(sa.Column("publisher_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))
        quote.create_foreign_key(FOREIGN_KEY, "publisher", ["publisher_id"], ["id"], ondelete="RESTRICT")
    if not sqlite:
        op.execute("DROP INDEX quote_fts")  # or each row would be indexed again
    op.execute("UPDATE quote SET publisher_id = (SELECT publisher_id FROM article WHERE article.id = quote.article_id)")
    if not sqlite:
        op.execute("CREATE INDEX quote_fts ON quote USING gin (full_text) WITH (fastupdate = off)")
    op.create_index("ix_quote_publisher_id_at_id", "quote", ["publisher_id", "at", "id"])
    for statement in SQLITE_UP if sqlite else POSTGRESQL_UP:
        op.execute(statement)


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in ("DROP TRIGGER article_publisher", *NO_INDEX) if sqlite else POSTGRESQL_DOWN:
        op.execute(statement)
    op.drop_index("ix_quote_publisher_id_at_id", "quote")
    with rebuilt() as quote:
        quote.drop_constraint(FOREIGN_KEY, type_="foreignkey")
        quote.drop_column("publisher_id")
    for statement in SQLITE_DOWN if sqlite else ():
        op.execute(statement)


@contextmanager
def rebuilt() -> Iterator[BatchOperations]:
    """The table quote to change. SQLite makes it anew for a foreign key; its triggers, which then go, are made again."""
    connection = op.get_bind()
    made: Sequence[str] = ()
    if connection.dialect.name == "sqlite":
        triggers = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'quote' ORDER BY name"
        made = connection.execute(sa.text(triggers)).scalars().all()
    with op.batch_alter_table("quote") as batch:
        yield batch
    for trigger in made:
        connection.exec_driver_sql(trigger)
