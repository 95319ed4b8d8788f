"""Articles and the mentions in them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, Float, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from api.models.base import Base, Mutable, one_of
from api.models.publisher import Publisher

if TYPE_CHECKING:
    from api.models.quote import Quote
    from api.models.speaker import Speaker


class Article(Mutable, Base):
    """A text and where it stands. The text never changes without a new extraction; every span points into it.

    `published` is a moment; where only a date is known it is that date's midnight in UTC, and `published_has_time` is
    false.
    `engine` names the version of the extraction that read the text, or is "given" where the quotes came with it. `terms` is
    what the full-text index holds, of title and text: see api.search.
    """

    __tablename__ = "article"
    __table_args__ = (CheckConstraint("text <> ''", name="text"),)

    publisher_id: Mapped[int | None] = mapped_column(ForeignKey("publisher.id", ondelete="RESTRICT"), index=True)
    url: Mapped[str | None] = mapped_column(String(2000), unique=True)
    title: Mapped[str | None] = mapped_column(Text)
    author: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(String(35))  # BCP 47 tags fit 35 characters (RFC 5646, 4.4.1)
    published: Mapped[dt.datetime | None] = mapped_column(index=True)
    published_has_time: Mapped[bool] = mapped_column(default=False)
    text: Mapped[str] = mapped_column(Text)
    text_hash: Mapped[str] = mapped_column(String(64), index=True)  # SHA-256 of the text in UTF-8, in hexadecimal
    engine: Mapped[str] = mapped_column(String(100))
    terms: Mapped[str] = mapped_column(Text, server_default="", deferred=True)

    publisher: Mapped[Publisher | None] = relationship()
    mentions: Mapped[list[Mention]] = relationship(
        back_populates="article", cascade="all, delete-orphan", passive_deletes=True, order_by="Mention.start"
    )
    quotes: Mapped[list[Quote]] = relationship(
        back_populates="article", cascade="all, delete-orphan", passive_deletes=True, order_by="Quote.id"
    )


class Mention(Base):
    """A span of an article that refers to a speaker, and how we know."""

    __tablename__ = "mention"
    __table_args__ = (
        CheckConstraint('start >= 0 AND "end" > start', name="span"),
        CheckConstraint(one_of("how", "full", "partial", "pronoun", "description"), name="how"),
    )

    article_id: Mapped[int] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"), index=True)
    speaker_id: Mapped[int] = mapped_column(ForeignKey("speaker.id", ondelete="RESTRICT"), index=True)
    start: Mapped[int] = mapped_column(Integer)
    end: Mapped[int] = mapped_column(Integer)
    how: Mapped[str] = mapped_column(String(20))
    rule: Mapped[str] = mapped_column(String(100))
    confidence: Mapped[float] = mapped_column(Float)

    article: Mapped[Article] = relationship(back_populates="mentions")
    speaker: Mapped[Speaker] = relationship()
