"""Quotes that came with their article have a status of their own."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# What a downgrade loses: a name, and how many are stored.
LOSES = (("marks of quotes as given", "SELECT count(*) FROM quote WHERE status = 'given'"),)

BEFORE = ("extracted", "confirmed", "corrected", "rejected", "added")


def upgrade() -> None:
    allow("extracted", "given", *BEFORE[1:])


def downgrade() -> None:
    op.execute("UPDATE quote SET status = 'extracted' WHERE status = 'given'")
    allow(*BEFORE)


def allow(*statuses: str) -> None:
    """Let quotes have these statuses. SQLite rebuilds the table for it, and its triggers, which go with it, are made again."""
    connection = op.get_bind()
    made: Sequence[str] = ()
    if connection.dialect.name == "sqlite":
        triggers = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'quote' ORDER BY name"
        made = connection.execute(sa.text(triggers)).scalars().all()
    with op.batch_alter_table("quote") as batch:
        batch.drop_constraint("ck_quote_status", type_="check")
        batch.create_check_constraint("ck_quote_status", f"status IN ({', '.join(map(repr, statuses))})")
    for trigger in made:
        connection.exec_driver_sql(trigger)
