"""Feeds to poll, and what became of each entry."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.models.base import Base, now


class Feed(Base):
    """An RSS or Atom feed that is polled for new articles, not before `due`.

    `etag` and `modified` are the server's headers as it sent them, for the next request. Both are null while an entry waits
    for a retry. `error` says why the last poll failed, and `failures` counts failures in a row.
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
    """An entry of a feed, and the article that it became, or why it became none.

    `key` is the SHA-256 of its id or link. `digest` is the SHA-256 of its dates, title and content when it was last read:
    when that changes, the entry is read again. The entry of a deleted article stays, so that the article is not fetched again.
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
