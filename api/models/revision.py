"""Edits by hand: what people changed, when, and under which key."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from api.models.base import Base, now


class Revision(Base):
    """One edit of one row. `change` maps each field to its new value, or is {"deleted": true}."""

    __tablename__ = "revision"
    __table_args__ = (Index("ix_revision_table_row", "table", "row"),)

    table: Mapped[str] = mapped_column(String(50))
    row: Mapped[int] = mapped_column(BigInteger)
    version: Mapped[int] = mapped_column(Integer)
    at: Mapped[dt.datetime] = mapped_column(default=now)
    by: Mapped[str | None] = mapped_column(String(20))  # the prefix of the API key; null from the command line
    change: Mapped[dict[str, Any]] = mapped_column(JSON)
