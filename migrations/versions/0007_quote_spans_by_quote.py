"""A quote's spans are kept by quote, part and position: no id of their own, and one index less to write for each."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def rebuild(*keys: sa.schema.SchemaItem, with_rowid: bool) -> None:
    """SQLite: make the table anew with these keys, and take its rows over."""
    op.create_table(
        "quote_span_new",
        *(key for key in keys if isinstance(key, sa.Column)),
        sa.Column("quote_id", ID, nullable=False),
        sa.Column("part", sa.String(length=10), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.CheckConstraint("part IN ('source', 'cue', 'content', 'context')", name="ck_quote_span_part"),
        sa.CheckConstraint('start >= 0 AND "end" > start', name="ck_quote_span_span"),
        sa.ForeignKeyConstraint(["quote_id"], ["quote.id"], name="fk_quote_span_quote_id_quote", ondelete="CASCADE"),
        *(key for key in keys if not isinstance(key, sa.Column)),
        sqlite_with_rowid=with_rowid,
    )
    op.execute(
        'INSERT INTO quote_span_new (quote_id, part, position, start, "end")'
        ' SELECT quote_id, part, position, start, "end" FROM quote_span ORDER BY quote_id, part, position'
    )
    op.drop_table("quote_span")
    op.rename_table("quote_span_new", "quote_span")


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        rebuild(sa.PrimaryKeyConstraint("quote_id", "part", "position", name="pk_quote_span"), with_rowid=False)
        return
    op.drop_column("quote_span", "id")  # its key goes with it
    op.drop_constraint("uq_quote_span_quote_id_part_position", "quote_span")
    op.create_primary_key("pk_quote_span", "quote_span", ["quote_id", "part", "position"])


def downgrade() -> None:
    key, unique = "pk_quote_span", "uq_quote_span_quote_id_part_position"
    if op.get_bind().dialect.name == "sqlite":
        rebuild(
            sa.Column("id", ID, nullable=False),
            sa.PrimaryKeyConstraint("id", name=key),
            sa.UniqueConstraint("quote_id", "part", "position", name=unique),
            with_rowid=True,
        )
        return
    op.drop_constraint(key, "quote_span")
    op.execute("ALTER TABLE quote_span ADD COLUMN id BIGSERIAL")
    op.create_primary_key(key, "quote_span", ["id"])
    op.create_unique_constraint(unique, "quote_span", ["quote_id", "part", "position"])
