"""Quotes say whether their content is asserted, denied, questioned or hedged. Stored quotes count as asserted.

Both databases add the column without writing a row: the default stands in the table's definition. They read each row once
to check it. On SQLite the constraint belongs to the column, since Alembic would rebuild the table for one of its own, and its
triggers would go. The index has the few quotes that are not asserted, in the order of time.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# What a downgrade loses: a name, and how many are stored.
LOSES = (("polarities of quotes", "SELECT count(*) FROM quote WHERE polarity <> 'asserted'"),)

INDEX = "ix_quote_polarity_at_id"
WHERE = "polarity <> 'asserted'"


def upgrade() -> None:
    op.execute(
        "ALTER TABLE quote ADD COLUMN polarity VARCHAR(20) DEFAULT 'asserted' NOT NULL"
        " CONSTRAINT ck_quote_polarity CHECK (polarity IN ('asserted', 'denied', 'questioned', 'hedged'))"
    )
    where = sa.text(WHERE)
    op.create_index(INDEX, "quote", ["polarity", "at", "id"], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_index(INDEX, "quote")
    op.drop_column("quote", "polarity")
