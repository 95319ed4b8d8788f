"""Records of imports say since when the database has not answered for them, and how many of their leases count for nothing."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0021"
down_revision: str | None = "0020"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("import_item", sa.Column("excused", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("import_item", sa.Column("unanswered", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("import_item", "unanswered")
    op.drop_column("import_item", "excused")
