"""Articles and the mentions in them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, CheckConstraint, Float, ForeignKey, Integer, String, Text, func, select
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from api import enums
from api.models.base import Base, Mutable, Table, one_of
from api.models.publisher import Publisher
from api.models.speaker import Speaker


class Article(Mutable, Base):
    """A text and where it was published. Spans point into the text, so it changes only with a new extraction.

    - `published`: a moment. Where only a date is known it is midnight UTC of that date, and `published_has_time` is false.
    - `engine`: the version of the engine that read the text, or "given" where the quotes came with it, or "none" where it
      is not in English.
    - `terms`: what the full-text index holds of title and text, see api.search.index.
    - `copies`: how many other articles carry the same text.
    - `revision`: how many texts it has had, see ArticleRevision.
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
        copies: Mapped[int]  # defined below: it counts rows of a table that refers to this one
    revision: Mapped[int] = mapped_column(Integer, default=1, server_default="1")

    publisher: Mapped[Publisher | None] = relationship()
    revisions: Mapped[list[ArticleRevision]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by="ArticleRevision.number"
    )
    mentions: Mapped[list[Mention]] = relationship(
        back_populates="article", cascade="all, delete-orphan", passive_deletes=True, order_by="Mention.start"
    )
    # Typed as Any: api.models.quote imports this file.
    quotes: Mapped[list[Any]] = relationship(
        "Quote", back_populates="article", cascade="all, delete-orphan", passive_deletes=True, order_by="Quote.id"
    )


class ArticleRevision(Table):
    """One of the texts of an article that has changed, with the title and date that came with it.

    `number` counts from 1, and `stored` is when the text came. `text` is null for the newest: it is the article's own.
    An article that never changed has no rows here.
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
    """A span of an article that refers to a speaker, and the rule that found it."""

    __tablename__ = "mention"
    __table_args__ = (
        CheckConstraint('start >= 0 AND "end" > start', name="span"),
        CheckConstraint(one_of("how", enums.HOWS), name="how"),
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
    """The first stored article with this article's text, or nearly: itself unless it is a copy. See ingestion.duplicates."""

    __tablename__ = "same_text"

    article_id: Mapped[int] = mapped_column(
        ForeignKey("article.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    first_id: Mapped[int] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"), index=True)


class TextBand(Table):
    """A MinHash band of the first article with a text: similar texts share bands. See api.ingestion.duplicates."""

    __tablename__ = "text_band"
    __table_args__ = ({"sqlite_with_rowid": False},)

    band: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    article_id: Mapped[int] = mapped_column(
        ForeignKey("article.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )


# Tables instead of classes: a class in an expression makes SQLAlchemy configure all mappers, and some do not exist yet.
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
