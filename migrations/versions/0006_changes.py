"""Changes: every row that comes, changes or goes, in the order of commits."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# What a downgrade loses: a name, and how many are stored.
LOSES = (("rows of the change log", "SELECT count(*) FROM change"),)

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLES = ("article", "quote", "speaker", "role", "publisher", "tenure")
ACTIONS = {"created": "INSERT", "changed": "UPDATE", "deleted": "DELETE"}

# PostgreSQL: a sequence gives numbers in the order of asking, so that a row could appear behind a number that was read
# already. So changes are written when their transaction commits (deferred triggers), under a lock that it keeps until it
# has: whoever sees a number sees all below it.
POSTGRESQL = (
    """CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock(8468);
        INSERT INTO change ("table", "row", action, at)
        VALUES (TG_TABLE_NAME, CASE TG_OP WHEN 'DELETE' THEN OLD.id ELSE NEW.id END, TG_ARGV[0], clock_timestamp());
        RETURN NULL;
    END $$""",
    """CREATE FUNCTION note_name() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock(8468);
        INSERT INTO change ("table", "row", action, at)
        SELECT 'speaker', id, 'changed', clock_timestamp() FROM speaker
        WHERE id = CASE TG_OP WHEN 'DELETE' THEN OLD.speaker_id ELSE NEW.speaker_id END;
        RETURN NULL;
    END $$""",
    """CREATE CONSTRAINT TRIGGER name_noted AFTER INSERT OR DELETE ON name
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_name()""",
)
NOW = "strftime('%Y-%m-%d %H:%M:%f', 'now')"
# `version` counts what people and the engine change of a row; what else is kept in step with other rows is no change of it.
CHANGED = "WHEN (old.version <> new.version)"


def postgresql(table: str, action: str, event: str) -> str:
    return f"""CREATE CONSTRAINT TRIGGER {table}_{action} AFTER {event} ON {table} DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW {CHANGED if event == "UPDATE" else ""} EXECUTE FUNCTION note_change('{action}')"""


def sqlite(table: str, action: str, event: str) -> str:
    return f"""CREATE TRIGGER {table}_{action} AFTER {event} ON {table} {CHANGED if event == "UPDATE" else ""} BEGIN
        INSERT INTO change ("table", "row", action, at)
        VALUES ('{table}', {"old" if event == "DELETE" else "new"}.id, '{action}', {NOW});
    END"""  # noqa: S608 - names of ours


def sqlite_name(event: str, row: str) -> str:
    return f"""CREATE TRIGGER name_noted_{event.lower()} AFTER {event} ON name BEGIN
        INSERT INTO change ("table", "row", action, at)
        SELECT 'speaker', id, 'changed', {NOW} FROM speaker WHERE id = {row}.speaker_id;
    END"""  # noqa: S608 - names of ours


def upgrade() -> None:
    op.create_table(
        "change",
        sa.Column("id", ID, nullable=False),
        sa.Column("table", sa.String(length=50), nullable=False),
        sa.Column("row", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("action IN ('created', 'changed', 'deleted', 'pruned')", name="ck_change_action"),
        sa.PrimaryKeyConstraint("id", name="pk_change"),
        sqlite_autoincrement=True,
    )
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    make = sqlite if on_sqlite else postgresql
    for statement in (sqlite_name("INSERT", "new"), sqlite_name("DELETE", "old")) if on_sqlite else POSTGRESQL:
        op.execute(statement)
    for table in TABLES:
        for action, event in ACTIONS.items():
            op.execute(make(table, action, event))


def downgrade() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for table in TABLES:
        for action in ACTIONS:
            op.execute(f"DROP TRIGGER {table}_{action}" + ("" if on_sqlite else f" ON {table}"))
    if on_sqlite:
        op.execute("DROP TRIGGER name_noted_insert")
        op.execute("DROP TRIGGER name_noted_delete")
    else:
        op.execute("DROP TRIGGER name_noted ON name")
        op.execute("DROP FUNCTION note_name()")
        op.execute("DROP FUNCTION note_change()")
    op.drop_table("change")
