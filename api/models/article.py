"""Articles and the mentions in them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, CheckConstraint, Float, ForeignKey, Integer, String, Text, func, select
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from api.enums import HOWS
from api.models.base import Base, Mutable, Table, one_of
from api.models.publisher import Publisher

if TYPE_CHECKING:
    from api.models.quote import Quote
    from api.models.speaker import Speaker


class Article(Mutable, Base):
    """A text and where it stands. The text never changes without a new extraction; every span points into it.

    `published` is a moment; where only a date is known it is that date's midnight in UTC, and `published_has_time` is
    false.
    `engine` names the version of the extraction that read the text, or is "given" where the quotes came with it. `terms` is
    what the full-text index holds, of title and text: see api.search.index. `copies` is how many other articles carry its text.
    `revision` counts its texts: see ArticleRevision.
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
    if TYPE_CHECKING:
        copies: Mapped[int]  # made below, of a table that refers to this one
    revision: Mapped[int] = mapped_column(Integer, default=1, server_default="1")

    publisher: Mapped[Publisher | None] = relationship()
    revisions: Mapped[list[ArticleRevision]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by="ArticleRevision.number"
    )
    mentions: Mapped[list[Mention]] = relationship(
        back_populates="article", cascade="all, delete-orphan", passive_deletes=True, order_by="Mention.start"
    )
    quotes: Mapped[list[Quote]] = relationship(
        back_populates="article", cascade="all, delete-orphan", passive_deletes=True, order_by="Quote.id"
    )


class ArticleRevision(Table):
    """A text that an article had, and the one that it has, with what came with it; none of an article that never changed.

    `number` counts from 1, `stored` is when it came. The text of the newest is the article's own, and is null here.
    """

    __tablename__ = "article_revision"

    article_id: Mapped[int] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    title: Mapped[str | None] = mapped_column(Text)
    published: Mapped[dt.datetime | None]
    published_has_time: Mapped[bool]
    text: Mapped[str | None] = mapped_column(Text, deferred=True)
    text_hash: Mapped[str] = mapped_column(String(64))
    engine: Mapped[str] = mapped_column(String(100))
    stored: Mapped[dt.datetime]


class Mention(Base):
    """A span of an article that refers to a speaker, and how we know."""

    __tablename__ = "mention"
    __table_args__ = (
        CheckConstraint('start >= 0 AND "end" > start', name="span"),
        CheckConstraint(one_of("how", HOWS), name="how"),
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


class SameText(Table):
    """Whose text an article carries: of the articles with the same text, or nearly, the one stored first. See api.ingestion.duplicates."""

    __tablename__ = "same_text"

    article_id: Mapped[int] = mapped_column(
        ForeignKey("article.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    first_id: Mapped[int] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"), index=True)


class TextBand(Table):
    """A number that a text shares with what is much like it, of the first article with that text."""

    __tablename__ = "text_band"
    __table_args__ = ({"sqlite_with_rowid": False},)

    band: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    article_id: Mapped[int] = mapped_column(
        ForeignKey("article.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )


# Tables and not classes: a class in an expression makes SQLAlchemy look for all others, of which some are not there yet.
_texts, _articles = SameText.__table__, Article.__table__
_others = _texts.alias()
Article.copies = column_property(
    select(func.count())
    .join_from(_texts, _others, _others.c.first_id == _texts.c.first_id)
    .where(_texts.c.article_id == _articles.c.id, _others.c.article_id != _articles.c.id)
    .correlate(_articles)
    .scalar_subquery(),
    deferred=True,
)
