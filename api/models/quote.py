"""Quotes and their spans."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    func,
    select,
    text,
)
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from api.enums import ACTS, KINDS, MEDIA, PARTS, ROLE_STATUSES, STATUSES
from api.models.article import Article
from api.models.base import Base, Mutable, Table, one_of
from api.models.role import Role
from api.models.speaker import Speaker

# When nothing tells when a quote was said: before every date there is, so that the newest come first and it comes last.
UNDATED = dt.datetime(1, 1, 1, tzinfo=dt.UTC)


class RoleThen(NamedTuple):
    """A role as it was when something was said: the title of one who had left it begins with "former"."""

    id: int
    title: str
    organisation: str | None
    country: str | None


class Quote(Mutable, Base):
    """Words said: who said them, in which role, when, and every span that proves it.

    `role_status` says whether the speaker held the role then: a former minister speaks as one, and not as minister.
    `cue` is the cue's words folded. `at` is when it was said, else when its article was published, else UNDATED: what
    searches sort and filter by. `publisher_id` is the article's, which triggers see to. `terms` and `names` (the speaker's)
    are what the full-text index holds: see api.search.index.
    `copy_of_id` is the quote that it repeats in an article with the same text, and `copies` how many others are the same so.

    It stands in the texts of its article from `first_revision` to `last_revision`, which is null while it stands in the one
    that the article has; its spans, those of `evidence` too, point into the last of them.
    """

    __tablename__ = "quote"
    __table_args__ = (
        CheckConstraint(one_of("kind", KINDS), name="kind"),
        CheckConstraint(one_of("medium", MEDIA), name="medium"),
        CheckConstraint(one_of("act", ACTS), name="act"),
        CheckConstraint(one_of("status", STATUSES), name="status"),
        CheckConstraint("confidence >= 0 AND confidence <= 1", name="confidence"),
        CheckConstraint("role_id IS NULL OR speaker_id IS NOT NULL", name="role"),
        CheckConstraint(one_of("role_status", ROLE_STATUSES), name="role_status"),
        Index("ix_quote_speaker_id_at_id", "speaker_id", "at", "id"),
        CheckConstraint("last_revision >= first_revision", name="last_revision"),
        Index("ix_quote_at_id", "at", "id"),
        # What revisions did is a small part of all, and listed in the order of time as all is.
        *(
            Index(f"ix_quote_{name}_at_id", "at", "id", sqlite_where=text(where), postgresql_where=text(where))
            for name, where in (("gone", "last_revision IS NOT NULL"), ("later", "first_revision > 1"))
        ),
        Index(
            "ix_quote_copy_of_id",
            "copy_of_id",
            sqlite_where=text("copy_of_id IS NOT NULL"),
            postgresql_where=text("copy_of_id IS NOT NULL"),
        ),
        Index("ix_quote_publisher_id_at_id", "publisher_id", "at", "id"),
    )

    article_id: Mapped[int] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"), index=True)
    speaker_id: Mapped[int | None] = mapped_column(ForeignKey("speaker.id", ondelete="RESTRICT"))
    publisher_id: Mapped[int | None] = mapped_column(ForeignKey("publisher.id", ondelete="RESTRICT"))
    role_id: Mapped[int | None] = mapped_column(ForeignKey("role.id", ondelete="RESTRICT"), index=True)
    role_status: Mapped[str] = mapped_column(String(20), default="held")
    kind: Mapped[str] = mapped_column(String(20))
    medium: Mapped[str] = mapped_column(String(20))
    act: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
    cue: Mapped[str] = mapped_column(Text, default="")
    said: Mapped[dt.date | None] = mapped_column(Date)
    at: Mapped[dt.datetime] = mapped_column(default=UNDATED)
    confidence: Mapped[float] = mapped_column(Float)
    evidence: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    status: Mapped[str] = mapped_column(String(20))
    terms: Mapped[str] = mapped_column(Text, default="")
    names: Mapped[str] = mapped_column(Text, default="")
    copy_of_id: Mapped[int | None] = mapped_column(ForeignKey("quote.id", ondelete="SET NULL"), sort_order=99)
    if TYPE_CHECKING:
        copies: Mapped[int]  # made below, of this table itself
    first_revision: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    last_revision: Mapped[int | None] = mapped_column(Integer)

    article: Mapped[Article] = relationship(back_populates="quotes")
    speaker: Mapped[Speaker | None] = relationship()
    role: Mapped[Role | None] = relationship()
    spans: Mapped[list[QuoteSpan]] = relationship(
        back_populates="quote",
        cascade="all, delete-orphan",
        passive_deletes=True,
        order_by="(QuoteSpan.part, QuoteSpan.position)",
    )

    rewording: Mapped[Rewording | None] = relationship(
        primaryjoin="Rewording.quote_id == Quote.id", viewonly=True, uselist=False
    )
    reworded: Mapped[Rewording | None] = relationship(
        primaryjoin="Rewording.earlier_id == Quote.id", viewonly=True, uselist=False
    )

    @classmethod
    def stands(cls) -> ColumnElement[bool]:
        """SQL of whether a quote stands in the text that its article has now."""
        return cls.last_revision.is_(None)

    @property
    def revision(self) -> int:
        """The revision of its article into whose text its spans point."""
        return self.article.revision if self.last_revision is None else self.last_revision

    @property
    def rewords(self) -> int | None:
        """The id of the quote before that it rewords, if any."""
        return self.rewording.earlier_id if self.rewording else None

    @property
    def reworded_as(self) -> int | None:
        """The id of the quote that rewords it, if any."""
        return self.reworded.quote_id if self.reworded else None

    @property
    def revised(self) -> str | None:
        """What revisions of its article did with it: see api.search.filters.revised_as."""
        if self.last_revision is not None:
            return "dropped" if self.reworded is None else "reworded"
        if self.rewording is not None:
            return "rewording"
        return "added" if self.first_revision > 1 and self.status != "added" else None

    @property
    def role_then(self) -> RoleThen | None:
        """The role in which the quote was said; "former Prime Minister" for who was one no longer."""
        if self.role is None:
            return None
        title = self.role.title if self.role_status == "held" else f"{self.role_status} {self.role.title}"
        return RoleThen(self.role.id, title, self.role.organisation, self.role.country)


# Tables and not classes: a class in an expression makes SQLAlchemy look for all others, of which some are not there yet.
_quotes = Quote.__table__
_others = _quotes.alias()
Quote.copies = column_property(
    select(func.count())
    .where(_others.c.copy_of_id == func.coalesce(_quotes.c.copy_of_id, _quotes.c.id))
    .correlate(_quotes)
    .scalar_subquery(),
    deferred=True,
)


class QuoteSpan(Table):
    """One span of one part of a quote. `context` is the sentences around it."""

    __tablename__ = "quote_span"
    __table_args__ = (
        CheckConstraint(one_of("part", (*PARTS, "context")), name="part"),
        CheckConstraint('start >= 0 AND "end" > start', name="span"),
        {"sqlite_with_rowid": False},
    )

    quote_id: Mapped[int] = mapped_column(ForeignKey("quote.id", ondelete="CASCADE"), primary_key=True)
    part: Mapped[str] = mapped_column(String(10), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    start: Mapped[int] = mapped_column(Integer)
    end: Mapped[int] = mapped_column(Integer)

    quote: Mapped[Quote] = relationship(back_populates="spans")


class Rewording(Table):
    """That a quote is what a revision of its article made of an earlier one, of the same speaker in similar words."""

    __tablename__ = "rewording"
    __table_args__ = ({"sqlite_with_rowid": False},)

    quote_id: Mapped[int] = mapped_column(ForeignKey("quote.id", ondelete="CASCADE"), primary_key=True)
    earlier_id: Mapped[int] = mapped_column(ForeignKey("quote.id", ondelete="CASCADE"), unique=True)
