"""Roles, tenures, and the spans that prove them."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Date,
    ForeignKey,
    Integer,
    String,
    UniqueConstraint,
    and_,
    func,
    literal,
    or_,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from api import enums
from api.folding import fold
from api.models.article import Article
from api.models.base import Base, Mutable, one_of
from api.models.speaker import Speaker


class Role(Mutable, Base):
    """An office: a title with an organisation, a country (ISO 3166-1 alpha-2), both or neither.

    `folded` joins the three, folded: "President" and "president" of one country are one office.
    """

    __tablename__ = "role"
    __table_args__ = (
        CheckConstraint("title <> ''", name="title"),
        CheckConstraint("country IS NULL OR length(country) = 2", name="country"),
    )

    title: Mapped[str] = mapped_column(String(500))
    organisation: Mapped[str | None] = mapped_column(String(500))
    country: Mapped[str | None] = mapped_column(String(2), index=True)
    folded: Mapped[str] = mapped_column(String(2100), unique=True)
    title_folded: Mapped[str] = mapped_column(String(1000), index=True)
    organisation_folded: Mapped[str | None] = mapped_column(String(1000), index=True)

    @classmethod
    def of(cls, title: str, organisation: str | None = None, country: str | None = None) -> Role:
        """Return a new role, in no session yet. Its `folded` finds the same role where it is stored."""
        role = cls()
        role.define(title, organisation, country)
        return role

    def define(self, title: str, organisation: str | None, country: str | None) -> None:
        """Set title, organisation and country, and the columns that are folded from them."""
        self.title, self.organisation, self.country = title, organisation, country
        self.title_folded = fold(title)[:1000]
        self.organisation_folded = None if organisation is None else fold(organisation)[:1000]
        self.folded = f"{self.title_folded}|{self.organisation_folded or ''}|{country or ''}"


class Tenure(Mutable, Base):
    """A role that a speaker held.

    `started` and `ended` are as stated. `first_seen` and `last_seen` are the dates of the first and last article that say so.
    `status` is held, acting (in place of the holder), or former (held before the articles that say so).
    """

    __tablename__ = "tenure"
    __table_args__ = (
        UniqueConstraint("speaker_id", "role_id", "status"),
        CheckConstraint(one_of("status", enums.ROLE_STATUSES), name="status"),
        CheckConstraint("started IS NULL OR ended IS NULL OR started <= ended", name="stated"),
    )

    speaker_id: Mapped[int] = mapped_column(ForeignKey("speaker.id", ondelete="RESTRICT"))
    role_id: Mapped[int] = mapped_column(ForeignKey("role.id", ondelete="RESTRICT"), index=True)
    status: Mapped[str] = mapped_column(String(20), default="held")
    started: Mapped[dt.date | None] = mapped_column(Date)
    ended: Mapped[dt.date | None] = mapped_column(Date)
    first_seen: Mapped[dt.date | None] = mapped_column(Date)
    last_seen: Mapped[dt.date | None] = mapped_column(Date)

    speaker: Mapped[Speaker] = relationship()
    role: Mapped[Role] = relationship()
    sightings: Mapped[list[Sighting]] = relationship(
        back_populates="tenure", cascade="all, delete-orphan", passive_deletes=True, order_by="Sighting.id"
    )

    @classmethod
    def since(cls) -> ColumnElement[dt.date]:
        """Return the date that orders tenures: the stated start, else the first sighting, else before all others."""
        return func.coalesce(cls.started, cls.first_seen, literal(dt.date.min, Date))

    @classmethod
    def covers(cls, date: dt.date | ColumnElement[dt.date]) -> ColumnElement[bool]:
        """Match tenures that cover `date`.

        A tenure runs from `started` to `ended`. If one is not stated, `first_seen` or `last_seen` replaces it. If that is
        missing too, or lies beyond the stated other end, the tenure is open on that side. Articles see a former holder after
        the tenure, so only stated dates count there, and both are needed. A tenure without any date covers nothing.
        """
        begun = or_(
            cls.started <= date,
            and_(
                cls.started.is_(None),
                or_(
                    cls.first_seen <= date,
                    and_(cls.first_seen.is_(None), cls.ended.is_not(None)),
                    cls.first_seen > cls.ended,
                ),
            ),
        )
        lasts = or_(
            cls.ended >= date,
            and_(
                cls.ended.is_(None),
                or_(
                    cls.last_seen >= date,
                    and_(cls.last_seen.is_(None), cls.started.is_not(None)),
                    cls.last_seen < cls.started,
                ),
            ),
        )
        stated = and_(cls.started <= date, cls.ended >= date)
        return or_(and_(cls.status != "former", begun, lasts), and_(cls.status == "former", stated))


class Sighting(Base):
    """The proof of a tenure: a span of an article that states it."""

    __tablename__ = "sighting"
    __table_args__ = (
        UniqueConstraint("tenure_id", "article_id", "start", "end"),
        CheckConstraint('start >= 0 AND "end" > start', name="span"),
    )

    tenure_id: Mapped[int] = mapped_column(ForeignKey("tenure.id", ondelete="CASCADE"))
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id", ondelete="CASCADE"), index=True)
    start: Mapped[int] = mapped_column(Integer)
    end: Mapped[int] = mapped_column(Integer)

    tenure: Mapped[Tenure] = relationship(back_populates="sightings")
    article: Mapped[Article] = relationship()
