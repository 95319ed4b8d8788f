"""Imports: the records of one request, and the outcome of each."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from api import enums
from api.models.base import Base, now, one_of


class Import(Base):
    """Records that came in one request. Workers begin once all have come, at `received`.

    `problem` holds problem details where an import was cancelled because its body broke off.
    """

    __tablename__ = "import"
    __table_args__ = (CheckConstraint(one_of("state", enums.IMPORT_STATES), name="state"),)

    state: Mapped[str] = mapped_column(String(20), default="queued", index=True)
    dry_run: Mapped[bool]
    size: Mapped[int] = mapped_column(BigInteger, default=0)  # bytes of the records, unpacked
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    by: Mapped[str | None] = mapped_column(String(20))  # the prefix of the API key
    created: Mapped[dt.datetime] = mapped_column(default=now)
    # Set by requests about the import; while records come, with each batch of them.
    updated: Mapped[dt.datetime] = mapped_column(default=now)
    received: Mapped[dt.datetime | None]
    started: Mapped[dt.datetime | None]
    finished: Mapped[dt.datetime | None]


class ImportItem(Base):
    """One record of an import; `line` is where it begins.

    - `state`: "queued", then the outcome. It is stored in the transaction of the article, and the import's counts are counted
      from it, so that they cannot differ from what is stored.
    - `leased`: until when a worker holds the item, or it waits for its next try. `tries` counts the leases; a worker stores an
      outcome only while its own lease is the latest. `excused` counts those among them that count for no try.
    - `unanswered`: since when the database has not answered for it. `problem` then says why, though the item is queued.
    - `note`: what is to be said of an article that was stored: that it was not read, since it is not in English.
    - `record`: the record as JSON, while it is needed: until it is imported, or for a retry after a failure. It is null where
      the record could not be read.
    """

    __tablename__ = "import_item"
    __table_args__ = (
        CheckConstraint(one_of("state", enums.ITEM_STATES), name="state"),
        Index("ix_import_item_import_id_state_id", "import_id", "state", "id"),
        Index("ix_import_item_import_id_url_state", "import_id", "url", "state"),
    )

    import_id: Mapped[int] = mapped_column(ForeignKey("import.id", ondelete="CASCADE"))
    line: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(20), default="queued")
    record: Mapped[str | None] = mapped_column(Text)
    url: Mapped[str | None] = mapped_column(String(2000))
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    note: Mapped[str | None] = mapped_column(Text)
    article_id: Mapped[int | None] = mapped_column(ForeignKey("article.id", ondelete="SET NULL"), index=True)
    quotes_new: Mapped[int] = mapped_column(Integer, default=0)
    quotes_changed: Mapped[int] = mapped_column(Integer, default=0)
    quotes_gone: Mapped[int] = mapped_column(Integer, default=0)
    leased: Mapped[dt.datetime | None]
    tries: Mapped[int] = mapped_column(Integer, default=0)
    excused: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    unanswered: Mapped[dt.datetime | None]
