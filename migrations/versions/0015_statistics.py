"""PostgreSQL knows how frequent each of some 10,000 words is, not of 1,000: of a rarer one it read all quotes in the order of
time until it had a page, since it took the word to be more frequent than it is.

They are known once the tables are analysed the next time, as autovacuum does.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def statistics(target: int) -> None:
    """Of words ten times as many are known as the target says."""
    if op.get_bind().dialect.name == "postgresql":
        for table in ("quote", "article"):
            op.execute(f"ALTER TABLE {table} ALTER COLUMN full_text SET STATISTICS {target}")


def upgrade() -> None:
    statistics(1000)


def downgrade() -> None:
    statistics(-1)
