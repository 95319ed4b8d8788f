"""SQLite's index of words says which quotes are hidden, so that whoever asks for a word leaves the few out.

Until now it said which are shown and which stand: to join a word with nearly every row took longer than the word itself.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

MADE = {"quote_words": "VIEW", **{f"quote_fts_{event}": "TRIGGER" for event in ("insert", "delete", "update")}}
LABELS = {
    "THEN ' ßshown' ELSE '' END": "THEN ' ßshown' ELSE ' ßhidden' END",
    "THEN ' ßstands' ELSE '' END": "THEN '' ELSE ' ßgone' END",
}


def label(changed: dict[str, str]) -> None:
    """Write these labels otherwise in what makes and keeps the index, and make it anew."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return
    for name, kind in MADE.items():
        written: str = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).scalar_one()
        for old, new in changed.items():
            written = written.replace(old, new)
        connection.exec_driver_sql(f"DROP {kind} {name}")
        connection.exec_driver_sql(written)
    connection.exec_driver_sql("INSERT INTO quote_fts (quote_fts) VALUES ('rebuild')")


def upgrade() -> None:
    label(LABELS)


def downgrade() -> None:
    label({new: old for old, new in LABELS.items()})
