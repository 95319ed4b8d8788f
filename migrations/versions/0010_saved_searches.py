"""Saved searches, and what is delivered to their webhooks."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# What a downgrade loses: a name, and how many are stored.
LOSES = (("saved searches", "SELECT count(*) FROM search"), ("deliveries", "SELECT count(*) FROM delivery"))

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "search",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("webhook", sa.String(2000), nullable=True),
        sa.Column("secret", sa.String(100), nullable=False),
        sa.Column("former_secret", sa.String(100), nullable=True),
        sa.Column("rotated", MOMENT, nullable=True),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("due", MOMENT, nullable=False),
        sa.Column("by", sa.String(20), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("updated", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_search"),
    )
    op.create_table(
        "delivery",
        sa.Column("id", ID, nullable=False),
        sa.Column("search_id", ID, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due", MOMENT, nullable=False),
        sa.Column("quotes", sa.Integer(), nullable=False),
        sa.Column("tried", MOMENT, nullable=True),
        sa.Column("delivered", MOMENT, nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created", MOMENT, nullable=False),
        sa.CheckConstraint("state IN ('pending', 'delivered', 'dead')", name="ck_delivery_state"),
        sa.ForeignKeyConstraint(["search_id"], ["search.id"], name="fk_delivery_search_id_search", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_delivery_search_id_state_id", "delivery", ["search_id", "state", "id"])
    op.create_table(
        "delivery_quote",
        sa.Column("search_id", ID, nullable=False),
        sa.Column("quote_id", ID, nullable=False),
        sa.Column("delivery_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["search_id"], ["search.id"], name="fk_delivery_quote_search_id_search", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["quote_id"], ["quote.id"], name="fk_delivery_quote_quote_id_quote", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name="fk_delivery_quote_delivery_id_delivery", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("search_id", "quote_id", name="pk_delivery_quote"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_delivery_quote_quote_id", "delivery_quote", ["quote_id"])
    op.create_index("ix_delivery_quote_delivery_id", "delivery_quote", ["delivery_id"])


def downgrade() -> None:
    op.drop_table("delivery_quote")
    op.drop_table("delivery")
    op.drop_table("search")
