"""Quotes and their spans."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

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
    and_,
    exists,
    literal_column,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from api import enums
from api.models.article import Article
from api.models.base import Base, Mutable, Table, one_of
from api.models.role import Role
from api.models.speaker import Speaker

# `at` of a quote without a known date. It is before all others, so that undated quotes come last where the newest come first.
UNDATED = dt.datetime(1, 1, 1, tzinfo=dt.UTC)


class RoleThen(NamedTuple):
    """The role of a speaker at the time of a quote; see title_then."""

    id: int
    title: str
    organisation: str | None
    country: str | None


def title_then(title: str, role_status: str) -> str:
    """Return the title of a role as it was when something was said: "former Prime Minister" of one who had left."""
    return title if role_status == "held" else f"{role_status} {title}"


def put_forward(text: str, polarity: str) -> str:
    """Return the text of a quote for people, who must not take a denied content for a statement: "denied: it was shut"."""
    return text if polarity == "asserted" else f"{polarity}: {text}"


class Quote(Mutable, Base):
    """Words said: who said them, in which role, when, and every span that proves it.

    - `polarity`: how the source puts the content forward. A denied content is what the speaker says is not so.
    - `role_status`: how the speaker held the role then. A former minister does not speak as minister.
    - `cue`: the words of the cue, folded.
    - `joint`: the ids of those who speak together with the speaker, in the order of the source, with spaces between. Triggers
      keep the same in quote_joint, where they are looked up.
    - `at`: when it was said, else when its article was published, else UNDATED. Searches sort and filter by it.
    - `publisher_id`: the article's. Triggers keep it equal.
    - `terms`, and `names` (the speaker's): what the full-text index holds, see api.search.index.
    - `copy_of_id`: the quote that this one repeats, in an article with the same text.
    - `first_revision`, `last_revision`: the texts of its article in which the quote stands. The last is null while it stands
      in the present one. Spans, those of `evidence` too, point into the last text in which it stands.
    """

    __tablename__ = "quote"
    __table_args__ = (
        CheckConstraint(one_of("kind", enums.KINDS), name="kind"),
        CheckConstraint(one_of("medium", enums.MEDIA), name="medium"),
        CheckConstraint(one_of("act", enums.ACTS), name="act"),
        CheckConstraint(one_of("polarity", enums.POLARITIES), name="polarity"),
        CheckConstraint(one_of("status", enums.STATUSES), name="status"),
        CheckConstraint("confidence >= 0 AND confidence <= 1", name="confidence"),
        CheckConstraint("joint = '' OR speaker_id IS NOT NULL", name="joint"),
        CheckConstraint("role_id IS NULL OR speaker_id IS NOT NULL", name="role"),
        CheckConstraint(one_of("role_status", enums.ROLE_STATUSES), name="role_status"),
        Index("ix_quote_speaker_id_at_id", "speaker_id", "at", "id"),
        CheckConstraint("last_revision >= first_revision", name="last_revision"),
        Index("ix_quote_at_id", "at", "id"),
        # Few quotes were changed by a revision. They are listed in the order of time, as all quotes are.
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
        # Most quotes are asserted: the index has the others. Searches for those name its condition, see is_put_forward.
        Index(
            "ix_quote_polarity_at_id",
            "polarity",
            "at",
            "id",
            sqlite_where=text("polarity <> 'asserted'"),
            postgresql_where=text("polarity <> 'asserted'"),
        ),
    )

    article_id: Mapped[int] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"), index=True)
    speaker_id: Mapped[int | None] = mapped_column(ForeignKey("speaker.id", ondelete="RESTRICT"))
    joint: Mapped[str] = mapped_column(Text, default="", server_default="")
    publisher_id: Mapped[int | None] = mapped_column(ForeignKey("publisher.id", ondelete="RESTRICT"))
    role_id: Mapped[int | None] = mapped_column(ForeignKey("role.id", ondelete="RESTRICT"), index=True)
    role_status: Mapped[str] = mapped_column(String(20), default="held")
    kind: Mapped[str] = mapped_column(String(20))
    medium: Mapped[str] = mapped_column(String(20))
    act: Mapped[str] = mapped_column(String(20))
    polarity: Mapped[str] = mapped_column(String(20), default="asserted", server_default="asserted")
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
    first_revision: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    last_revision: Mapped[int | None] = mapped_column(Integer)

    article: Mapped[Article] = relationship(back_populates="quotes")
    speaker: Mapped[Speaker | None] = relationship()
    joint_speakers: Mapped[list[Speaker]] = relationship(secondary="quote_joint", viewonly=True)
    role: Mapped[Role | None] = relationship()
    spans: Mapped[list[QuoteSpan]] = relationship(
        back_populates="quote",
        cascade="all, delete-orphan",
        passive_deletes=True,
        order_by="(QuoteSpan.part, QuoteSpan.position)",
    )

    @classmethod
    def stands(cls) -> ColumnElement[bool]:
        """Match quotes that stand in the text that their article has now."""
        return cls.last_revision.is_(None)

    @classmethod
    def is_spoken(cls) -> tuple[ColumnElement[bool], ...]:
        """Match quotes that searches find by default: of act speech, not rejected, and standing."""
        return cls.act == "speech", cls.status != "rejected", cls.stands()

    @classmethod
    def is_put_forward(cls, polarity: str) -> ColumnElement[bool]:
        """Match quotes of this polarity. SQLite takes the index of the few only if its condition is written out."""
        rare = () if polarity == "asserted" else (cls.polarity != literal_column("'asserted'"),)
        return and_(cls.polarity == polarity, *rare)

    @classmethod
    def revised_as(
        cls, change: str, rewords: ColumnElement[bool] | None = None, is_reworded: ColumnElement[bool] | None = None
    ) -> ColumnElement[bool]:
        """Match quotes with which a revision of their article did this (enums.REVISED).

        - added: it came with a revision, stands, and rewords none
        - rewording: it stands, and rewords one that stood before
        - reworded: it no longer stands, and another rewords it
        - dropped: it no longer stands, and none rewords it

        Both conditions ask the table of rewordings, unless a statement that joins it gives its own.
        """
        if rewords is None:
            rewords = exists().where(Rewording.quote_id == cls.id)
        if is_reworded is None:
            is_reworded = exists().where(Rewording.earlier_id == cls.id)
        # Written as in the partial index ix_quote_later_at_id, so that the planner reads that in order of time.
        came = cls.first_revision > 1
        match change:
            case "added":
                return and_(cls.stands(), came, cls.status != "added", ~rewords)  # "added" by hand is something else
            case "rewording":
                return and_(cls.stands(), came, rewords)
            case "reworded":
                return and_(~cls.stands(), is_reworded)
            case _:
                return and_(~cls.stands(), ~is_reworded)

    @property
    def joint_ids(self) -> list[int]:
        """The ids of those who speak together with the speaker, in the order of the source."""
        return [int(speaker_id) for speaker_id in self.joint.split()]

    @property
    def role_then(self) -> RoleThen | None:
        """The role in which the quote was said, with its title as it was then."""
        if self.role is None:
            return None
        title = title_then(self.role.title, self.role_status)
        return RoleThen(self.role.id, title, self.role.organisation, self.role.country)


class QuoteJoint(Table):
    """A speaker in `joint` of a quote. Triggers write these rows; nothing else does."""

    __tablename__ = "quote_joint"
    __table_args__ = ({"sqlite_with_rowid": False},)

    quote_id: Mapped[int] = mapped_column(ForeignKey("quote.id", ondelete="CASCADE"), primary_key=True)
    speaker_id: Mapped[int] = mapped_column(ForeignKey("speaker.id", ondelete="RESTRICT"), primary_key=True, index=True)


class QuoteSpan(Table):
    """One span of one part of a quote. The part `context` is the sentences around the quote."""

    __tablename__ = "quote_span"
    __table_args__ = (
        CheckConstraint(one_of("part", enums.SPAN_PARTS), name="part"),
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
    """A quote, and the earlier one that a revision of the article reworded into it: same speaker, similar words."""

    __tablename__ = "rewording"
    __table_args__ = ({"sqlite_with_rowid": False},)

    quote_id: Mapped[int] = mapped_column(ForeignKey("quote.id", ondelete="CASCADE"), primary_key=True)
    earlier_id: Mapped[int] = mapped_column(ForeignKey("quote.id", ondelete="CASCADE"), unique=True)
