"""Speakers, their names, and the rows by which a name is looked up."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from api import enums
from api.folding import MAX_NAME_TAILS, MAX_TAIL_CHARACTERS, MAX_WORD_CHARACTERS, fold, names_line, spelling_keys, tails
from api.models.base import Base, Mutable, one_of


def fold_handle(handle: str | None) -> str | None:
    """Return a handle as the column `handle_folded` holds it: in lower case, without @."""
    return handle and handle.removeprefix("@").lower()


def bytewise(length: int) -> String:
    """Return a column type that both databases compare byte by byte. Ranges need that, and sort orders are the same."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


class Speaker(Mutable, Base):
    """A person, an organisation or an account that quotes are attributed to. `name` is the one that is shown.

    `quoted` counts its quotes of act speech that stand and are not rejected. Triggers on quote keep the count (see the
    migration).
    """

    __tablename__ = "speaker"
    __table_args__ = (
        CheckConstraint("name <> ''", name="name"),
        CheckConstraint(one_of("kind", enums.SPEAKER_KINDS), name="kind"),
        Index("ix_speaker_quoted_id", "quoted", "id"),
    )

    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(500))
    handle: Mapped[str | None] = mapped_column(String(100), index=True)
    handle_folded: Mapped[str | None] = mapped_column(bytewise(100), index=True)
    wikidata: Mapped[str | None] = mapped_column(String(20), unique=True)
    quoted: Mapped[int] = mapped_column(Integer, default=0, server_default="0")

    names: Mapped[list[Name]] = relationship(
        back_populates="speaker", cascade="all, delete-orphan", passive_deletes=True, order_by="Name.id"
    )

    @validates("handle")
    def _fold_handle(self, _column: str, handle: str | None) -> str | None:
        self.handle_folded = fold_handle(handle)
        return handle

    @property
    def spellings(self) -> list[str]:
        """All names as written: first the one that is shown, then the others in alphabetical order."""
        return sorted((name.name for name in self.names), key=lambda name: (name != self.name, name))

    @property
    def indexed(self) -> str:
        """The names and the handle, as the full-text index holds them for the speaker's quotes."""
        return names_line([*(name.name for name in self.names), self.handle or ""])

    def call(self, name: str, names: Iterable[str]) -> None:
        """Show `name`, and replace all names by it and `names`, without repeats."""
        known = {stored.name: stored for stored in self.names}
        self.name = name
        self.names = [known.get(wanted) or Name.of(wanted) for wanted in dict.fromkeys([name, *names])]


class Name(Base):
    """One spelling of a speaker's name, the one that is shown included. `of` makes it, and it never changes."""

    __tablename__ = "name"
    __table_args__ = (UniqueConstraint("speaker_id", "name"), CheckConstraint("name <> ''", name="name"))

    speaker_id: Mapped[int] = mapped_column(ForeignKey("speaker.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(500))
    folded: Mapped[str] = mapped_column(bytewise(1000), index=True)

    speaker: Mapped[Speaker] = relationship(back_populates="names")
    tails: Mapped[list[NameTail]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by="NameTail.id"
    )

    @classmethod
    def of(cls, name: str) -> Name:
        """Return a new name, of no speaker yet, with its tails."""
        return cls(name=name, folded=fold(name)[:1000], tails=[NameTail(**tail._asdict()) for tail in tails(name)])


class NameTail(Base):
    """The end of a name, from one of its words on (api.folding.tails). So the beginning of any word finds the name."""

    __tablename__ = "name_tail"
    __table_args__ = (Index("ix_name_tail_name_id_folded", "name_id", "folded"),)

    name_id: Mapped[int] = mapped_column(ForeignKey("name.id", ondelete="CASCADE"))
    folded: Mapped[str] = mapped_column(bytewise(MAX_TAIL_CHARACTERS), index=True)
    written: Mapped[str] = mapped_column(bytewise(MAX_TAIL_CHARACTERS))


# The words of names, each under the keys of its spellings (api.folding.spelling_keys). A row depends on its word only, so no
# row goes out of date. A word that no name has any more stays, and finds nothing.
spelling = Table(
    "spelling",
    Base.metadata,
    Column("key", bytewise(MAX_WORD_CHARACTERS * 2), primary_key=True),  # "x" becomes "ks"
    Column("word", bytewise(MAX_WORD_CHARACTERS), primary_key=True),
    sqlite_with_rowid=False,
)


def spelling_rows(folded: str) -> list[dict[str, str]]:
    """Return the rows of `spelling` for a folded name, in order."""
    return [
        {"key": key, "word": word}
        for word in sorted(set(folded.split()[:MAX_NAME_TAILS]))
        for key in spelling_keys(word)
    ]
