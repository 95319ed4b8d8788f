"""Publishers of articles."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from api.models.base import Base, Mutable


class Publisher(Mutable, Base):
    """A publisher. `domain` is the host of its articles' URLs, without www."""

    __tablename__ = "publisher"
    __table_args__ = (CheckConstraint("name <> ''", name="name"),)

    name: Mapped[str] = mapped_column(String(500))
    folded: Mapped[str] = mapped_column(String(1000), index=True)
    domain: Mapped[str | None] = mapped_column(String(253), unique=True)
