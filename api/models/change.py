"""The change log: rows that were created, changed or deleted, in the order of commits."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from api import enums
from api.models.base import Base, one_of


class Change(Base):
    """One change of one row. Triggers write it (see the migration); ids rise in the order of commits.

    A change with the action "pruned" marks that all before it were deleted. No id is used twice, on SQLite either.
    """

    __tablename__ = "change"
    __table_args__ = (
        CheckConstraint(one_of("action", (*enums.ACTIONS, "pruned")), name="action"),
        {"sqlite_autoincrement": True},
    )

    table: Mapped[str] = mapped_column(String(50))
    row: Mapped[int] = mapped_column(BigInteger)
    action: Mapped[str] = mapped_column(String(10))
    at: Mapped[dt.datetime]
