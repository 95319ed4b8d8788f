"""PostgreSQL is told how frequent 10,000 words are, not 1,000: see docs/decisions/0026."""

from collections.abc import Sequence

from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def statistics(target: int) -> None:
    """Know ten times as many words as the target says, from now on and not only when autovacuum comes by."""
    if op.get_bind().dialect.name == "postgresql":
        for table in ("quote", "article"):
            op.execute(f"ALTER TABLE {table} ALTER COLUMN full_text SET STATISTICS {target}")
            op.execute(f"ANALYZE {table} (full_text)")


def upgrade() -> None:
    statistics(1000)


def downgrade() -> None:
    statistics(-1)
