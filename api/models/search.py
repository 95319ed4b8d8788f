"""Saved searches, and the deliveries to their webhooks."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from api import enums
from api.models.base import Base, Mutable, Table, now, one_of


class Search(Mutable, Base):
    """A saved search. If it has a `webhook`, new matches are sent there.

    - `query`: parameters of /v1/quotes, as in a URL.
    - `cursor`: the id of the last change that was searched (see Change).
    - `secret`: signs deliveries. `former_secret` signs them too for a while after `rotated`, when it was replaced.
    - `due`: nothing is sent before this moment. It moves on while a delivery is being sent, and after failures.
    - `failures`: failures in a row.
    """

    __tablename__ = "search"

    name: Mapped[str] = mapped_column(String(200))
    query: Mapped[str] = mapped_column(Text)
    webhook: Mapped[str | None] = mapped_column(String(2000))
    secret: Mapped[str] = mapped_column(String(100))
    former_secret: Mapped[str | None] = mapped_column(String(100))
    rotated: Mapped[dt.datetime | None]
    cursor: Mapped[int] = mapped_column(BigInteger)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    due: Mapped[dt.datetime] = mapped_column(default=now)
    by: Mapped[str | None] = mapped_column(String(20))  # the prefix of the API key


class Delivery(Base):
    """Quotes that are sent to a webhook together. No id is used twice, so that a receiver can recognise a repeat.

    - `due`: a pending delivery is not sent before. A worker that sends it moves `due` on as its lease; when the lease ends
      without an outcome, another worker sends the delivery again.
    - `tries`: counts the leases. A worker stores an outcome only while its own lease is the latest.
    - `status`: the HTTP status of the last answer, and `error` why the last try failed.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        CheckConstraint(one_of("state", enums.DELIVERY_STATES), name="state"),
        Index("ix_delivery_search_id_state_id", "search_id", "state", "id"),
        {"sqlite_autoincrement": True},
    )

    search_id: Mapped[int] = mapped_column(ForeignKey("search.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(String(20), default="pending")
    tries: Mapped[int] = mapped_column(Integer, default=0)
    due: Mapped[dt.datetime] = mapped_column(default=now)
    quotes: Mapped[int] = mapped_column(Integer, default=0)  # how many were sent, or will be
    tried: Mapped[dt.datetime | None]
    delivered: Mapped[dt.datetime | None]
    status: Mapped[int | None] = mapped_column(Integer)
    error: Mapped[str | None] = mapped_column(Text)
    created: Mapped[dt.datetime] = mapped_column(default=now)


class DeliveryQuote(Table):
    """A quote of a delivery. A search has a quote in one delivery at most, so that it is sent once."""

    __tablename__ = "delivery_quote"
    __table_args__ = ({"sqlite_with_rowid": False},)

    search_id: Mapped[int] = mapped_column(ForeignKey("search.id", ondelete="CASCADE"), primary_key=True)
    quote_id: Mapped[int] = mapped_column(ForeignKey("quote.id", ondelete="CASCADE"), primary_key=True, index=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id", ondelete="CASCADE"), index=True)
