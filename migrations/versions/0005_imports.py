"""Imports and their items."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# What a downgrade loses: a name, and how many are stored.
LOSES = (("imports", 'SELECT count(*) FROM "import"'),)

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "import",
        sa.Column("id", ID, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("problem", sa.JSON(), nullable=True),
        sa.Column("by", sa.String(20), nullable=True),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("updated", MOMENT, nullable=False),
        sa.Column("received", MOMENT, nullable=True),
        sa.Column("started", MOMENT, nullable=True),
        sa.Column("finished", MOMENT, nullable=True),
        sa.CheckConstraint("state IN ('queued', 'running', 'done', 'cancelled')", name="ck_import_state"),
        sa.PrimaryKeyConstraint("id", name="pk_import"),
    )
    op.create_index("ix_import_state", "import", ["state"])
    op.create_table(
        "import_item",
        sa.Column("id", ID, nullable=False),
        sa.Column("import_id", ID, nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("record", sa.Text(), nullable=True),
        sa.Column("url", sa.String(2000), nullable=True),
        sa.Column("text_hash", sa.String(64), nullable=True),
        sa.Column("problem", sa.JSON(), nullable=True),
        sa.Column("article_id", ID, nullable=True),
        sa.Column("quotes_new", sa.Integer(), nullable=False),
        sa.Column("quotes_changed", sa.Integer(), nullable=False),
        sa.Column("quotes_gone", sa.Integer(), nullable=False),
        sa.Column("leased", MOMENT, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('queued', 'new', 'unchanged', 'changed', 'failed')", name="ck_import_item_state"),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import.id"], name="fk_import_item_import_id_import", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["article_id"], ["article.id"], name="fk_import_item_article_id_article", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_import_item"),
    )
    op.create_index("ix_import_item_import_id_state_id", "import_item", ["import_id", "state", "id"])
    op.create_index("ix_import_item_import_id_url", "import_item", ["import_id", "url"])
    op.create_index("ix_import_item_article_id", "import_item", ["article_id"])


def downgrade() -> None:
    op.drop_table("import_item")
    op.drop_table("import")
