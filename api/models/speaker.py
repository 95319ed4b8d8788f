"""Speakers and their names."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from api.folding import fold, names_line
from api.models.base import Base, Mutable, one_of


class Speaker(Mutable, Base):
    """A person, an organisation or an account that quotes are attributed to. `name` is the one to show."""

    __tablename__ = "speaker"
    __table_args__ = (
        CheckConstraint("name <> ''", name="name"),
        CheckConstraint(one_of("kind", "person", "organisation", "account"), name="kind"),
    )

    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(500))
    handle: Mapped[str | None] = mapped_column(String(100), index=True)
    wikidata: Mapped[str | None] = mapped_column(String(20), unique=True)

    names: Mapped[list[Name]] = relationship(
        back_populates="speaker", cascade="all, delete-orphan", passive_deletes=True, order_by="Name.id"
    )

    @property
    def spellings(self) -> list[str]:
        """Every name as it is written, the one to show first, the others by the alphabet."""
        return sorted((name.name for name in self.names), key=lambda name: (name != self.name, name))

    @property
    def indexed(self) -> str:
        """The names and the handle as the full-text index of its quotes holds them."""
        return names_line([*(name.name for name in self.names), self.handle or ""])

    def call(self, name: str, names: Iterable[str]) -> None:
        """Show `name` from now on, and go by it and by `names`: the whole list, each kept once."""
        known = {stored.name: stored for stored in self.names}
        self.name = name
        self.names = [known.get(wanted) or Name.of(wanted) for wanted in dict.fromkeys([name, *names])]


class Name(Base):
    """One way to write a speaker's name, the one to show included; `folded` is what a search compares."""

    __tablename__ = "name"
    __table_args__ = (UniqueConstraint("speaker_id", "name"), CheckConstraint("name <> ''", name="name"))

    speaker_id: Mapped[int] = mapped_column(ForeignKey("speaker.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(500))
    folded: Mapped[str] = mapped_column(String(1000), index=True)

    speaker: Mapped[Speaker] = relationship(back_populates="names")

    @classmethod
    def of(cls, name: str) -> Name:
        """A new name, of no speaker yet, with what is folded from it."""
        return cls(name=name, folded=fold(name)[:1000])
