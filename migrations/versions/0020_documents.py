"""The medium of a quote may be a document: a poll, a report, a letter.

SQLite writes the constraint into the table's definition, as its documentation has it for constraints that no stored row
breaks ("Making Other Kinds Of Table Schema Changes"). Alembic would rebuild the table, and constraints of single columns would
become those of the table, so that no downgrade could drop the columns.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0020"
down_revision: str | None = "0019"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# What a downgrade loses: a name, and how many are stored.
LOSES = (("marks of quotes as of documents", "SELECT count(*) FROM quote WHERE medium = 'document'"),)

BEFORE = "medium IN ('speech', 'post')"
AFTER = "medium IN ('speech', 'post', 'document')"


def upgrade() -> None:
    change(BEFORE, AFTER)


def downgrade() -> None:
    op.execute("UPDATE quote SET medium = 'speech' WHERE medium = 'document'")
    change(AFTER, BEFORE)


def change(old: str, new: str) -> None:
    """Replace the condition of the constraint on media."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what notes the changes waits, and no table is altered meanwhile
        with op.batch_alter_table("quote") as batch:
            batch.drop_constraint("ck_quote_medium", type_="check")
            batch.create_check_constraint("ck_quote_medium", new)
        return
    written: str = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = 'quote'").scalar_one()
    if written.count(old) != 1:
        raise ValueError(f"the table quote has no constraint {old}")
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    changed = "UPDATE sqlite_master SET sql = ? WHERE type = 'table' AND name = 'quote'"
    connection.exec_driver_sql(changed, (written.replace(old, new),))
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")  # others read the definition anew
    connection.exec_driver_sql("PRAGMA writable_schema = RESET")  # and this connection does
