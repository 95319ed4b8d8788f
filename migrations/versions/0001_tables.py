"""The tables, and the full-text index over quotes.

Everything is written out: a migration never imports the models, which go on changing.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# What a downgrade loses: a name, and how many are stored.
LOSES = (
    ("articles", "SELECT count(*) FROM article"),
    ("quotes", "SELECT count(*) FROM quote"),
    ("speakers", "SELECT count(*) FROM speaker"),
    ("roles", "SELECT count(*) FROM role"),
    ("publishers", "SELECT count(*) FROM publisher"),
    ("changes by hand", "SELECT count(*) FROM revision"),
    ("API keys", "SELECT count(*) FROM api_key"),
)

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# SQLite: an index beside the table (external content). At each change the triggers hand FTS5 the old values it needs.
SQLITE_FULL_TEXT = (
    """CREATE VIRTUAL TABLE quote_fts USING fts5(
        terms, names, content='quote', content_rowid='id', tokenize='ascii')""",
    """CREATE TRIGGER quote_fts_insert AFTER INSERT ON quote BEGIN
        INSERT INTO quote_fts (rowid, terms, names) VALUES (new.id, new.terms, new.names);
    END""",
    """CREATE TRIGGER quote_fts_delete AFTER DELETE ON quote BEGIN
        INSERT INTO quote_fts (quote_fts, rowid, terms, names) VALUES ('delete', old.id, old.terms, old.names);
    END""",
    """CREATE TRIGGER quote_fts_update AFTER UPDATE OF terms, names ON quote BEGIN
        INSERT INTO quote_fts (quote_fts, rowid, terms, names) VALUES ('delete', old.id, old.terms, old.names);
        INSERT INTO quote_fts (rowid, terms, names) VALUES (new.id, new.terms, new.names);
    END""",
)
POSTGRESQL_FULL_TEXT = (
    "CREATE INDEX quote_fts ON quote USING gin (to_tsvector('simple'::regconfig, terms || ' ' || names))",
)


def upgrade() -> None:
    op.create_table(
        "api_key",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("prefix", sa.String(length=20), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("scope", sa.String(length=10), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("scope IN ('read', 'write', 'admin')", name="ck_api_key_scope"),
        sa.PrimaryKeyConstraint("id", name="pk_api_key"),
        sa.UniqueConstraint("hash", name="uq_api_key_hash"),
        sa.UniqueConstraint("prefix", name="uq_api_key_prefix"),
    )
    op.create_table(
        "publisher",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("folded", sa.String(length=1000), nullable=False),
        sa.Column("domain", sa.String(length=253), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("name <> ''", name="ck_publisher_name"),
        sa.PrimaryKeyConstraint("id", name="pk_publisher"),
        sa.UniqueConstraint("domain", name="uq_publisher_domain"),
    )
    op.create_index("ix_publisher_folded", "publisher", ["folded"])
    op.create_table(
        "revision",
        sa.Column("id", ID, nullable=False),
        sa.Column("table", sa.String(length=50), nullable=False),
        sa.Column("row", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=20), nullable=True),
        sa.Column("change", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_revision"),
    )
    op.create_index("ix_revision_table_row", "revision", ["table", "row"])
    op.create_table(
        "role",
        sa.Column("id", ID, nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("organisation", sa.String(length=500), nullable=True),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("folded", sa.String(length=2100), nullable=False),
        sa.Column("title_folded", sa.String(length=1000), nullable=False),
        sa.Column("organisation_folded", sa.String(length=1000), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("title <> ''", name="ck_role_title"),
        sa.CheckConstraint("country IS NULL OR length(country) = 2", name="ck_role_country"),
        sa.PrimaryKeyConstraint("id", name="pk_role"),
        sa.UniqueConstraint("folded", name="uq_role_folded"),
    )
    op.create_index("ix_role_country", "role", ["country"])
    op.create_index("ix_role_organisation_folded", "role", ["organisation_folded"])
    op.create_index("ix_role_title_folded", "role", ["title_folded"])
    op.create_table(
        "speaker",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("handle", sa.String(length=100), nullable=True),
        sa.Column("wikidata", sa.String(length=20), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('person', 'organisation', 'account')", name="ck_speaker_kind"),
        sa.CheckConstraint("name <> ''", name="ck_speaker_name"),
        sa.PrimaryKeyConstraint("id", name="pk_speaker"),
        sa.UniqueConstraint("wikidata", name="uq_speaker_wikidata"),
    )
    op.create_index("ix_speaker_handle", "speaker", ["handle"])
    op.create_table(
        "article",
        sa.Column("id", ID, nullable=False),
        sa.Column("publisher_id", ID, nullable=True),
        sa.Column("url", sa.String(length=2000), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("language", sa.String(length=35), nullable=True),
        sa.Column("published", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_has_time", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("engine", sa.String(length=100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("text <> ''", name="ck_article_text"),
        sa.ForeignKeyConstraint(
            ["publisher_id"], ["publisher.id"], name="fk_article_publisher_id_publisher", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_article"),
        sa.UniqueConstraint("url", name="uq_article_url"),
    )
    op.create_index("ix_article_published", "article", ["published"])
    op.create_index("ix_article_publisher_id", "article", ["publisher_id"])
    op.create_index("ix_article_text_hash", "article", ["text_hash"])
    op.create_table(
        "idempotency_key",
        sa.Column("id", ID, nullable=False),
        sa.Column("api_key_id", ID, nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["api_key_id"], ["api_key.id"], name="fk_idempotency_key_api_key_id_api_key", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_idempotency_key"),
        sa.UniqueConstraint("api_key_id", "key", name="uq_idempotency_key_api_key_id_key"),
    )
    op.create_index("ix_idempotency_key_created", "idempotency_key", ["created"])
    op.create_table(
        "name",
        sa.Column("id", ID, nullable=False),
        sa.Column("speaker_id", ID, nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("folded", sa.String(length=1000), nullable=False),
        sa.CheckConstraint("name <> ''", name="ck_name_name"),
        sa.ForeignKeyConstraint(["speaker_id"], ["speaker.id"], name="fk_name_speaker_id_speaker", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_name"),
        sa.UniqueConstraint("speaker_id", "name", name="uq_name_speaker_id_name"),
    )
    op.create_index("ix_name_folded", "name", ["folded"])
    op.create_table(
        "tenure",
        sa.Column("id", ID, nullable=False),
        sa.Column("speaker_id", ID, nullable=False),
        sa.Column("role_id", ID, nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("started", sa.Date(), nullable=True),
        sa.Column("ended", sa.Date(), nullable=True),
        sa.Column("first_seen", sa.Date(), nullable=True),
        sa.Column("last_seen", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('held', 'acting', 'former')", name="ck_tenure_status"),
        sa.CheckConstraint("started IS NULL OR ended IS NULL OR started <= ended", name="ck_tenure_stated"),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name="fk_tenure_role_id_role", ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["speaker_id"], ["speaker.id"], name="fk_tenure_speaker_id_speaker", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_tenure"),
        sa.UniqueConstraint("speaker_id", "role_id", "status", name="uq_tenure_speaker_id_role_id_status"),
    )
    op.create_index("ix_tenure_role_id", "tenure", ["role_id"])
    op.create_table(
        "mention",
        sa.Column("id", ID, nullable=False),
        sa.Column("article_id", ID, nullable=False),
        sa.Column("speaker_id", ID, nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("how", sa.String(length=20), nullable=False),
        sa.Column("rule", sa.String(length=100), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.CheckConstraint("how IN ('full', 'partial', 'pronoun', 'description')", name="ck_mention_how"),
        sa.CheckConstraint('start >= 0 AND "end" > start', name="ck_mention_span"),
        sa.ForeignKeyConstraint(
            ["article_id"], ["article.id"], name="fk_mention_article_id_article", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["speaker_id"], ["speaker.id"], name="fk_mention_speaker_id_speaker", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_mention"),
    )
    op.create_index("ix_mention_article_id", "mention", ["article_id"])
    op.create_index("ix_mention_speaker_id", "mention", ["speaker_id"])
    op.create_table(
        "quote",
        sa.Column("id", ID, nullable=False),
        sa.Column("article_id", ID, nullable=False),
        sa.Column("speaker_id", ID, nullable=True),
        sa.Column("role_id", ID, nullable=True),
        sa.Column("role_status", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("medium", sa.String(length=20), nullable=False),
        sa.Column("act", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("cue", sa.Text(), nullable=False),
        sa.Column("said", sa.Date(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("names", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("act IN ('speech', 'attitude')", name="ck_quote_act"),
        sa.CheckConstraint("kind IN ('direct', 'mixed', 'indirect')", name="ck_quote_kind"),
        sa.CheckConstraint("medium IN ('speech', 'post')", name="ck_quote_medium"),
        sa.CheckConstraint(
            "status IN ('extracted', 'confirmed', 'corrected', 'rejected', 'added')", name="ck_quote_status"
        ),
        sa.CheckConstraint("confidence >= 0 AND confidence <= 1", name="ck_quote_confidence"),
        sa.CheckConstraint("role_id IS NULL OR speaker_id IS NOT NULL", name="ck_quote_role"),
        sa.CheckConstraint("role_status IN ('held', 'acting', 'former')", name="ck_quote_role_status"),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name="fk_quote_article_id_article", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["role_id"], ["role.id"], name="fk_quote_role_id_role", ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["speaker_id"], ["speaker.id"], name="fk_quote_speaker_id_speaker", ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_quote"),
    )
    op.create_index("ix_quote_article_id", "quote", ["article_id"])
    op.create_index("ix_quote_at_id", "quote", ["at", "id"])
    op.create_index("ix_quote_role_id", "quote", ["role_id"])
    op.create_index("ix_quote_speaker_id_at_id", "quote", ["speaker_id", "at", "id"])
    op.create_table(
        "sighting",
        sa.Column("id", ID, nullable=False),
        sa.Column("tenure_id", ID, nullable=False),
        sa.Column("article_id", ID, nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.CheckConstraint('start >= 0 AND "end" > start', name="ck_sighting_span"),
        sa.ForeignKeyConstraint(
            ["article_id"], ["article.id"], name="fk_sighting_article_id_article", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tenure_id"], ["tenure.id"], name="fk_sighting_tenure_id_tenure", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_sighting"),
        sa.UniqueConstraint(
            "tenure_id", "article_id", "start", "end", name="uq_sighting_tenure_id_article_id_start_end"
        ),
    )
    op.create_index("ix_sighting_article_id", "sighting", ["article_id"])
    op.create_table(
        "quote_span",
        sa.Column("id", ID, nullable=False),
        sa.Column("quote_id", ID, nullable=False),
        sa.Column("part", sa.String(length=10), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.CheckConstraint("part IN ('source', 'cue', 'content', 'context')", name="ck_quote_span_part"),
        sa.CheckConstraint('start >= 0 AND "end" > start', name="ck_quote_span_span"),
        sa.ForeignKeyConstraint(["quote_id"], ["quote.id"], name="fk_quote_span_quote_id_quote", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_quote_span"),
        sa.UniqueConstraint("quote_id", "part", "position", name="uq_quote_span_quote_id_part_position"),
    )
    for statement in SQLITE_FULL_TEXT if op.get_bind().dialect.name == "sqlite" else POSTGRESQL_FULL_TEXT:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE quote_fts")  # its triggers go with the table quote
    op.drop_table("quote_span")
    op.drop_table("sighting")
    op.drop_table("quote")
    op.drop_table("mention")
    op.drop_table("tenure")
    op.drop_table("name")
    op.drop_table("idempotency_key")
    op.drop_table("article")
    op.drop_table("speaker")
    op.drop_table("role")
    op.drop_table("revision")
    op.drop_table("publisher")
    op.drop_table("api_key")
