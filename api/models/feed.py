"""Feeds: where new articles are announced, and what became of each that was."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.models.base import Base, now


class Feed(Base):
    """An RSS or Atom feed that is asked for new articles, not before `due`.

    `etag` and `modified` are the server's, word for word, for the next request; none while an entry is to be tried again.
    `error` is why it could not be read the last time, and `failures` how many times in a row.
    """

    __tablename__ = "feed"

    url: Mapped[str] = mapped_column(String(2000), unique=True)
    title: Mapped[str | None] = mapped_column(Text)
    etag: Mapped[str | None] = mapped_column(Text)
    modified: Mapped[str | None] = mapped_column(Text)
    polled: Mapped[dt.datetime | None]
    due: Mapped[dt.datetime] = mapped_column(default=now, index=True)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[str | None] = mapped_column(Text)
    created: Mapped[dt.datetime] = mapped_column(default=now)


class FeedEntry(Base):
    """An entry of a feed, by the SHA-256 of its id or link, and the article that it became or why it did not.

    `digest` is the SHA-256 of its dates, title and content as they were last read: with another it is read again.

    An article that is deleted leaves its entry, and is not fetched again.
    """

    __tablename__ = "feed_entry"
    __table_args__ = (UniqueConstraint("feed_id", "key"),)

    feed_id: Mapped[int] = mapped_column(ForeignKey("feed.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str | None] = mapped_column(String(64))
    article_id: Mapped[int | None] = mapped_column(ForeignKey("article.id", ondelete="SET NULL"), index=True)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[str | None] = mapped_column(Text)
    seen: Mapped[dt.datetime] = mapped_column(default=now)
