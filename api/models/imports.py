"""Imports: what came in one request, and what became of each record in it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from api.enums import IMPORT_STATES, ITEM_STATES
from api.models.base import Base, now, one_of


class Import(Base):
    """Records that came together. They are worked on once all have come, which `received` says.

    `problem` says, as problem details, why an import was cancelled that nobody cancelled: its body broke off.
    """

    __tablename__ = "import"
    __table_args__ = (CheckConstraint(one_of("state", IMPORT_STATES), name="state"),)

    state: Mapped[str] = mapped_column(String(20), default="queued", index=True)
    dry_run: Mapped[bool]
    size: Mapped[int] = mapped_column(BigInteger, default=0)  # bytes of the records, unpacked
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    by: Mapped[str | None] = mapped_column(String(20))  # the prefix of the API key
    created: Mapped[dt.datetime] = mapped_column(default=now)
    # By a request; while records come, with each batch of them.
    updated: Mapped[dt.datetime] = mapped_column(default=now)
    received: Mapped[dt.datetime | None]
    started: Mapped[dt.datetime | None]
    finished: Mapped[dt.datetime | None]


class ImportItem(Base):
    """One record of an import, by the line on which it begins.

    `state` is queued until its outcome is stored, in the transaction that stores its article: the import's counts are counts
    of states, and so cannot differ from what is stored. A worker takes an item by a lease until `leased`; `tries` counts the
    leases, and a worker may store an outcome only for the number it took. `record` is the record as JSON while it is still
    needed: until it is imported, or for another try after it failed. Of one that could not be read there is none.
    """

    __tablename__ = "import_item"
    __table_args__ = (
        CheckConstraint(one_of("state", ITEM_STATES), name="state"),
        Index("ix_import_item_import_id_state_id", "import_id", "state", "id"),
        Index("ix_import_item_import_id_url_state", "import_id", "url", "state"),
    )

    import_id: Mapped[int] = mapped_column(ForeignKey("import.id", ondelete="CASCADE"))
    line: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(20), default="queued")
    record: Mapped[str | None] = mapped_column(Text)
    url: Mapped[str | None] = mapped_column(String(2000))
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    article_id: Mapped[int | None] = mapped_column(ForeignKey("article.id", ondelete="SET NULL"), index=True)
    quotes_new: Mapped[int] = mapped_column(Integer, default=0)
    quotes_changed: Mapped[int] = mapped_column(Integer, default=0)
    quotes_gone: Mapped[int] = mapped_column(Integer, default=0)
    leased: Mapped[dt.datetime | None]
    tries: Mapped[int] = mapped_column(Integer, default=0)
