"""Names that forgive: what finds a speaker by any word of a name or by another spelling, and how often each is quoted.

What is filled in for the names stored before is computed as api.folding computes it now: it is for the code that comes with
this migration to read, and a later change of folding needs it written again.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from api.folding import MAX_NAME_TAILS, spelling_keys, tails

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# speaker.quoted counts the quotes of act speech that were not rejected.
SQLITE_QUOTED = (
    """CREATE TRIGGER quote_quoted_insert AFTER INSERT ON quote WHEN new.act = 'speech' AND new.status <> 'rejected' BEGIN
        UPDATE speaker SET quoted = quoted + 1 WHERE id = new.speaker_id;
    END""",
    """CREATE TRIGGER quote_quoted_delete AFTER DELETE ON quote WHEN old.act = 'speech' AND old.status <> 'rejected' BEGIN
        UPDATE speaker SET quoted = quoted - 1 WHERE id = old.speaker_id;
    END""",
    """CREATE TRIGGER quote_quoted_update AFTER UPDATE OF speaker_id, act, status ON quote BEGIN
        UPDATE speaker SET quoted = quoted - 1 WHERE id = old.speaker_id AND old.act = 'speech' AND old.status <> 'rejected';
        UPDATE speaker SET quoted = quoted + 1 WHERE id = new.speaker_id AND new.act = 'speech' AND new.status <> 'rejected';
    END""",
)
# Once a statement, over all rows that it changed, and in the speakers' order, so that no two statements wait for each other.
POSTGRESQL_QUOTED = (
    """CREATE FUNCTION quote_quoted() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        changed RECORD;
    BEGIN
        CASE TG_OP
        WHEN 'INSERT' THEN
            FOR changed IN
                SELECT speaker_id, count(*) AS n FROM added
                WHERE speaker_id IS NOT NULL AND act = 'speech' AND status <> 'rejected'
                GROUP BY speaker_id ORDER BY speaker_id
            LOOP
                UPDATE speaker SET quoted = quoted + changed.n WHERE id = changed.speaker_id;
            END LOOP;
        WHEN 'DELETE' THEN
            FOR changed IN
                SELECT speaker_id, count(*) AS n FROM gone
                WHERE speaker_id IS NOT NULL AND act = 'speech' AND status <> 'rejected'
                GROUP BY speaker_id ORDER BY speaker_id
            LOOP
                UPDATE speaker SET quoted = quoted - changed.n WHERE id = changed.speaker_id;
            END LOOP;
        ELSE
            FOR changed IN
                SELECT speaker_id, sum(n) AS n FROM (
                    SELECT speaker_id, act, status, 1 AS n FROM added
                    UNION ALL SELECT speaker_id, act, status, -1 FROM gone
                ) AS quotes
                WHERE speaker_id IS NOT NULL AND act = 'speech' AND status <> 'rejected'
                GROUP BY speaker_id HAVING sum(n) <> 0 ORDER BY speaker_id
            LOOP
                UPDATE speaker SET quoted = quoted + changed.n WHERE id = changed.speaker_id;
            END LOOP;
        END CASE;
        RETURN NULL;
    END $$""",
    """CREATE TRIGGER quote_quoted_insert AFTER INSERT ON quote
        REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION quote_quoted()""",
    """CREATE TRIGGER quote_quoted_delete AFTER DELETE ON quote
        REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION quote_quoted()""",
    """CREATE TRIGGER quote_quoted_update AFTER UPDATE ON quote
        REFERENCING OLD TABLE AS gone NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION quote_quoted()""",
)


def ordered(length: int) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    connection = op.get_bind()
    sqlite = connection.dialect.name == "sqlite"
    if not sqlite:
        op.alter_column("name", "folded", type_=ordered(1000), existing_type=sa.String(1000))
    op.add_column("speaker", sa.Column("handle_folded", ordered(100), nullable=True))
    op.add_column("speaker", sa.Column("quoted", sa.Integer(), server_default="0", nullable=False))
    op.execute("UPDATE speaker SET handle_folded = lower(ltrim(handle, '@')) WHERE handle IS NOT NULL")
    op.execute(
        "UPDATE speaker SET quoted = (SELECT count(*) FROM quote WHERE quote.speaker_id = speaker.id"
        " AND quote.act = 'speech' AND quote.status <> 'rejected')"
    )
    op.create_index("ix_speaker_handle_folded", "speaker", ["handle_folded"])
    op.create_index("ix_speaker_quoted_id", "speaker", ["quoted", "id"])
    for statement in SQLITE_QUOTED if sqlite else POSTGRESQL_QUOTED:
        op.execute(statement)
    op.create_table(
        "name_tail",
        sa.Column("id", ID, nullable=False),
        sa.Column("name_id", ID, nullable=False),
        sa.Column("folded", ordered(300), nullable=False),
        sa.Column("written", ordered(300), nullable=False),
        sa.ForeignKeyConstraint(["name_id"], ["name.id"], name="fk_name_tail_name_id_name", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_name_tail"),
    )
    op.create_table(
        "spelling",
        sa.Column("key", ordered(128), nullable=False),
        sa.Column("word", ordered(64), nullable=False),
        sa.PrimaryKeyConstraint("key", "word", name="pk_spelling"),
        sqlite_with_rowid=False,
    )
    names = connection.execute(sa.text("SELECT id, name, folded FROM name ORDER BY id")).all()
    for start in range(0, len(names), 1000):
        fill(connection, names[start : start + 1000])
    op.create_index("ix_name_tail_folded", "name_tail", ["folded"])
    op.create_index("ix_name_tail_name_id_folded", "name_tail", ["name_id", "folded"])


def fill(connection: sa.Connection, names: Sequence[Any]) -> None:
    """Index names that are stored."""
    tail = sa.text("INSERT INTO name_tail (name_id, folded, written) VALUES (:name_id, :folded, :written)")
    spelling = sa.text("INSERT INTO spelling (key, word) VALUES (:key, :word) ON CONFLICT DO NOTHING")
    rows = [{"name_id": name.id, **part._asdict()} for name in names for part in tails(name.name)]
    keys = sorted({pair for name in names for pair in pairs(name.folded)})
    if rows:
        connection.execute(tail, rows)
    if keys:
        connection.execute(spelling, [{"key": key, "word": word} for key, word in keys])


def pairs(folded: str) -> Iterator[tuple[str, str]]:
    """The rows of spelling for a folded name."""
    for word in set(folded.split()[:MAX_NAME_TAILS]):
        yield from ((key, word) for key in spelling_keys(word))


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    op.drop_table("spelling")
    op.drop_table("name_tail")
    for event in ("insert", "delete", "update"):
        op.execute(f"DROP TRIGGER quote_quoted_{event}" + ("" if sqlite else " ON quote"))
    if not sqlite:
        op.execute("DROP FUNCTION quote_quoted()")
        op.alter_column("name", "folded", type_=sa.String(1000), existing_type=ordered(1000))
    op.drop_index("ix_speaker_quoted_id", "speaker")
    op.drop_index("ix_speaker_handle_folded", "speaker")
    op.drop_column("speaker", "quoted")
    op.drop_column("speaker", "handle_folded")
