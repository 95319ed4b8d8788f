"""The full-text index over articles.

Of the project it imports the folding alone: what is stored already must be folded as what will be asked.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from api.folding import terms

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# SQLite: an index beside the table (external content). At each change the triggers hand FTS5 the old values it needs.
SQLITE_FULL_TEXT = (
    "CREATE VIRTUAL TABLE article_fts USING fts5(terms, content='article', content_rowid='id', tokenize='ascii')",
    """CREATE TRIGGER article_fts_insert AFTER INSERT ON article BEGIN
        INSERT INTO article_fts (rowid, terms) VALUES (new.id, new.terms);
    END""",
    """CREATE TRIGGER article_fts_delete AFTER DELETE ON article BEGIN
        INSERT INTO article_fts (article_fts, rowid, terms) VALUES ('delete', old.id, old.terms);
    END""",
    """CREATE TRIGGER article_fts_update AFTER UPDATE OF terms ON article BEGIN
        INSERT INTO article_fts (article_fts, rowid, terms) VALUES ('delete', old.id, old.terms);
        INSERT INTO article_fts (rowid, terms) VALUES (new.id, new.terms);
    END""",
    "INSERT INTO article_fts (article_fts) VALUES ('rebuild')",
)
POSTGRESQL_FULL_TEXT = ("CREATE INDEX article_fts ON article USING gin (to_tsvector('simple'::regconfig, terms))",)


def upgrade() -> None:
    op.add_column("article", sa.Column("terms", sa.Text(), server_default="", nullable=False))
    connection = op.get_bind()
    after = 0
    while rows := connection.execute(
        sa.text("SELECT id, title, text FROM article WHERE id > :after ORDER BY id LIMIT 100"), {"after": after}
    ).all():
        connection.execute(
            sa.text("UPDATE article SET terms = :terms WHERE id = :id"),
            [{"id": row.id, "terms": terms(row.title or "", row.text)} for row in rows],
        )
        after = rows[-1].id
    for statement in SQLITE_FULL_TEXT if connection.dialect.name == "sqlite" else POSTGRESQL_FULL_TEXT:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for change in ("insert", "delete", "update"):
            op.execute(f"DROP TRIGGER article_fts_{change}")
        op.execute("DROP TABLE article_fts")
    else:
        op.execute("DROP INDEX article_fts")
    op.drop_column("article", "terms")
