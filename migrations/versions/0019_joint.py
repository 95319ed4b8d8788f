"""Quotes name all who speak together: `joint` has those beside the speaker, and triggers keep a row for each in quote_joint.

Stored quotes have none. On SQLite the labels of the full-text index have the joint speakers too. Those of stored quotes stay
as they are, so that the index is not made anew.
"""

import re
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# What a downgrade loses: a name, and how many are stored.
LOSES = (("joint speakers of quotes", "SELECT count(*) FROM quote_joint"),)

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MADE = {"quote_words": "VIEW", **{f"quote_fts_{event}": "TRIGGER" for event in ("insert", "delete", "update")}}
SPEAKER = r"coalesce\(' ßs' \|\| (new\.|old\.|)speaker_id, ''\)"
JOINT = r" || CASE WHEN \1joint = '' THEN '' ELSE ' ßs' || replace(\1joint, ' ', ' ßs') END"

EACH = "SELECT new.id, value FROM json_each('[' || replace(new.joint, ' ', ',') || ']')"
SQLITE = (
    f"""CREATE TRIGGER quote_joint_insert AFTER INSERT ON quote WHEN new.joint <> '' BEGIN
        INSERT INTO quote_joint (quote_id, speaker_id) {EACH};
    END""",
    f"""CREATE TRIGGER quote_joint_update AFTER UPDATE OF joint ON quote WHEN new.joint <> old.joint BEGIN
        DELETE FROM quote_joint WHERE quote_id = new.id;
        INSERT INTO quote_joint (quote_id, speaker_id) {EACH};
    END""",  # noqa: S608 - a statement of ours
)
POSTGRESQL = (
    """CREATE FUNCTION quote_joint() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        DELETE FROM quote_joint WHERE quote_id = NEW.id;
        INSERT INTO quote_joint (quote_id, speaker_id)
            SELECT NEW.id, unnest(string_to_array(NEW.joint, ' ')::bigint[]);
        RETURN NULL;
    END $$""",
    """CREATE TRIGGER quote_joint_insert AFTER INSERT ON quote FOR EACH ROW
        WHEN (NEW.joint <> '') EXECUTE FUNCTION quote_joint()""",
    """CREATE TRIGGER quote_joint_update AFTER UPDATE OF joint ON quote FOR EACH ROW
        WHEN (NEW.joint <> OLD.joint) EXECUTE FUNCTION quote_joint()""",
)


def label(*changes: tuple[str, str]) -> None:
    """Write what makes and keeps SQLite's index with these patterns replaced."""
    connection = op.get_bind()
    for name, kind in MADE.items():
        written: str = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).scalar_one()
        for old, new in changes:
            written = re.sub(old, new, written)
        connection.exec_driver_sql(f"DROP {kind} {name}")
        connection.exec_driver_sql(written)


def upgrade() -> None:
    op.create_table(
        "quote_joint",
        sa.Column("quote_id", ID, nullable=False),
        sa.Column("speaker_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["quote_id"], ["quote.id"], name="fk_quote_joint_quote_id_quote", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["speaker_id"], ["speaker.id"], name="fk_quote_joint_speaker_id_speaker", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("quote_id", "speaker_id", name="pk_quote_joint"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_quote_joint_speaker_id", "quote_joint", ["speaker_id"])
    # In words of SQL, since Alembic would rebuild SQLite's table for the constraint, and its triggers would go.
    op.execute(
        "ALTER TABLE quote ADD COLUMN joint TEXT DEFAULT '' NOT NULL"
        " CONSTRAINT ck_quote_joint CHECK (joint = '' OR speaker_id IS NOT NULL)"
    )
    sqlite = op.get_bind().dialect.name == "sqlite"
    if sqlite:
        label((SPEAKER, rf"\g<0>{JOINT}"), ("UPDATE OF terms,", "UPDATE OF joint, terms,"))
    for statement in SQLITE if sqlite else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    on = "" if sqlite else " ON quote"
    for event in ("insert", "update"):
        op.execute(f"DROP TRIGGER quote_joint_{event}{on}")
    if sqlite:
        op.execute("UPDATE quote SET joint = '' WHERE joint <> ''")  # takes their labels out of the index
        without = re.escape(JOINT).replace(r"\\1", r"(?:new\.|old\.|)")
        label((without, ""), ("UPDATE OF joint, terms,", "UPDATE OF terms,"))
    else:
        op.execute("DROP FUNCTION quote_joint()")
    op.drop_table("quote_joint")
    op.drop_column("quote", "joint")
