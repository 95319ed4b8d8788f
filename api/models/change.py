"""Changes: which rows came, changed or went, in the order in which that was committed."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from api.enums import ACTIONS
from api.models.base import Base, one_of


class Change(Base):
    """One change of one row, written by triggers (see the migration); ids rise in the order of commits.

    "pruned" stands where those up to it were deleted. SQLite never gives an id twice, as PostgreSQL does not.
    """

    __tablename__ = "change"
    __table_args__ = (
        CheckConstraint(one_of("action", (*ACTIONS, "pruned")), name="action"),
        {"sqlite_autoincrement": True},
    )

    table: Mapped[str] = mapped_column(String(50))
    row: Mapped[int] = mapped_column(BigInteger)
    action: Mapped[str] = mapped_column(String(10))
    at: Mapped[dt.datetime]
