"""Saved searches, and what is delivered to their webhooks."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from api.enums import DELIVERY_STATES
from api.models.base import Base, Mutable, Table, now, one_of


class Search(Mutable, Base):
    """A search that somebody wants to run again or, where it has a `webhook`, to be told of what it finds from then on.

    `query` is the parameters of /v1/quotes as a URL has them. `cursor` is the last change that was looked at for it (see
    Change). `secret` signs what is sent; the `former_secret` does too, for a while after it was replaced (`rotated`). Nothing
    is sent before `due`, which is put off while something is being sent and after a failure; `failures` counts those in a row.
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
    """Quotes that are sent to a search's webhook together. Ids are never given twice: a receiver knows a repetition by them.

    A pending one is not sent before `due`. Whoever sends it first puts that off, which is the lease: where it is over
    without an outcome, another sends it again. `tries` counts the leases, and an outcome is stored only for the number taken.
    `status` is what the receiver answered the last time, and `error` why that was no success.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        CheckConstraint(one_of("state", DELIVERY_STATES), name="state"),
        Index("ix_delivery_search_id_state_id", "search_id", "state", "id"),
        {"sqlite_autoincrement": True},
    )

    search_id: Mapped[int] = mapped_column(ForeignKey("search.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(String(20), default="pending")
    tries: Mapped[int] = mapped_column(Integer, default=0)
    due: Mapped[dt.datetime] = mapped_column(default=now)
    quotes: Mapped[int] = mapped_column(Integer, default=0)  # as many as were sent, or are to be
    tried: Mapped[dt.datetime | None]
    delivered: Mapped[dt.datetime | None]
    status: Mapped[int | None] = mapped_column(Integer)
    error: Mapped[str | None] = mapped_column(Text)
    created: Mapped[dt.datetime] = mapped_column(default=now)


class DeliveryQuote(Table):
    """That a quote is in a delivery: in no more than one of each search, so that it is delivered once."""

    __tablename__ = "delivery_quote"
    __table_args__ = ({"sqlite_with_rowid": False},)

    search_id: Mapped[int] = mapped_column(ForeignKey("search.id", ondelete="CASCADE"), primary_key=True)
    quote_id: Mapped[int] = mapped_column(ForeignKey("quote.id", ondelete="CASCADE"), primary_key=True, index=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id", ondelete="CASCADE"), index=True)
