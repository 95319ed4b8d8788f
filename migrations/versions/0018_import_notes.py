"""Records of imports have a note: what is to be said of an article that was stored, such as that it was not read."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# What a downgrade loses: a name, and how many are stored.
LOSES = (("notes of imported articles", "SELECT count(*) FROM import_item WHERE note IS NOT NULL"),)


def upgrade() -> None:
    op.add_column("import_item", sa.Column("note", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("import_item", "note")
