"""API keys, and the answers kept under Idempotency-Keys."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api import enums
from api.models.base import Base, now, one_of


class ApiKey(Base):
    """A key to the API. Only its SHA-256 is stored, and its first characters (`prefix`), to tell keys apart."""

    __tablename__ = "api_key"
    __table_args__ = (CheckConstraint(one_of("scope", enums.SCOPES), name="scope"),)

    name: Mapped[str] = mapped_column(String(200))
    prefix: Mapped[str] = mapped_column(String(20), unique=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    scope: Mapped[str] = mapped_column(String(10))
    created: Mapped[dt.datetime] = mapped_column(default=now)
    last_used: Mapped[dt.datetime | None]
    revoked: Mapped[dt.datetime | None]


class IdempotencyKey(Base):
    """The answer to a POST. The same request with the same Idempotency-Key gets it again and changes nothing."""

    __tablename__ = "idempotency_key"
    __table_args__ = (UniqueConstraint("api_key_id", "key"),)

    api_key_id: Mapped[int] = mapped_column(ForeignKey("api_key.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(200))
    fingerprint: Mapped[str] = mapped_column(String(64))  # SHA-256 of method, path and body
    status: Mapped[int]
    headers: Mapped[dict[str, str]] = mapped_column(JSON)
    body: Mapped[str] = mapped_column(Text)
    created: Mapped[dt.datetime] = mapped_column(default=now, index=True)
