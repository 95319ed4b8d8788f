"""Which articles carry the same text, and which quotes only repeat another's. `verbatim db check --repair` fills it in."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "same_text",
        sa.Column("article_id", ID, autoincrement=False, nullable=False),
        sa.Column("first_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["article.id"], name="fk_same_text_article_id_article", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["first_id"], ["article.id"], name="fk_same_text_first_id_article", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("article_id", name="pk_same_text"),
    )
    op.create_index("ix_same_text_first_id", "same_text", ["first_id"])
    op.create_table(
        "text_band",
        sa.Column("band", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("article_id", ID, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"], ["article.id"], name="fk_text_band_article_id_article", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("band", "article_id", name="pk_text_band"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_text_band_article_id", "text_band", ["article_id"])
    with rebuilt() as quote:
        quote.add_column(sa.Column("copy_of_id", ID))
        quote.create_foreign_key("fk_quote_copy_of_id_quote", "quote", ["copy_of_id"], ["id"], ondelete="SET NULL")
    op.execute("CREATE INDEX ix_quote_copy_of_id ON quote (copy_of_id) WHERE copy_of_id IS NOT NULL")


def downgrade() -> None:
    op.drop_index("ix_quote_copy_of_id", "quote")
    with rebuilt() as quote:
        quote.drop_constraint("fk_quote_copy_of_id_quote", type_="foreignkey")
        quote.drop_column("copy_of_id")
    op.drop_table("text_band")
    op.drop_table("same_text")


@contextmanager
def rebuilt() -> Iterator[BatchOperations]:
    """Change the table of quotes. SQLite rebuilds it for that, and its triggers, which go with it, are made again."""
    connection = op.get_bind()
    made: Sequence[str] = ()
    if connection.dialect.name == "sqlite":
        triggers = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'quote' ORDER BY name"
        made = connection.execute(sa.text(triggers)).scalars().all()
    with op.batch_alter_table("quote") as quote:
        yield quote
    for trigger in made:
        connection.exec_driver_sql(trigger)
