"""Speakers and their names, and what finds them by a name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    event,
    text,
)
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship, validates

from api.enums import SPEAKER_KINDS
from api.folding import MAX_TAIL_LENGTH, MAX_TAILS, MAX_WORD_LENGTH, fold, names_line, near, tails
from api.models.base import Base, Mutable, one_of


def handle_folded(handle: str | None) -> str | None:
    """A handle as `speaker.handle_folded` has it."""
    return handle and handle.removeprefix("@").lower()


def ordered(length: int) -> String:
    """Text that is compared byte by byte on PostgreSQL too, as SQLite does: for ranges and for the same order in both."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


class Speaker(Mutable, Base):
    """A person, an organisation or an account that quotes are attributed to. `name` is the one to show.

    `quoted` is how many quotes of act speech it has that were not rejected: triggers on quote keep it (see the migration).
    """

    __tablename__ = "speaker"
    __table_args__ = (
        CheckConstraint("name <> ''", name="name"),
        CheckConstraint(one_of("kind", SPEAKER_KINDS), name="kind"),
        Index("ix_speaker_quoted_id", "quoted", "id"),
    )

    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(500))
    handle: Mapped[str | None] = mapped_column(String(100), index=True)
    handle_folded: Mapped[str | None] = mapped_column(ordered(100), index=True)
    wikidata: Mapped[str | None] = mapped_column(String(20), unique=True)
    quoted: Mapped[int] = mapped_column(Integer, default=0, server_default="0")

    names: Mapped[list[Name]] = relationship(
        back_populates="speaker", cascade="all, delete-orphan", passive_deletes=True, order_by="Name.id"
    )

    @validates("handle")
    def _fold_handle(self, _column: str, handle: str | None) -> str | None:
        self.handle_folded = handle_folded(handle)
        return handle

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
    """One way to write a speaker's name, the one to show included; made by `of`, and never changed after."""

    __tablename__ = "name"
    __table_args__ = (UniqueConstraint("speaker_id", "name"), CheckConstraint("name <> ''", name="name"))

    speaker_id: Mapped[int] = mapped_column(ForeignKey("speaker.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(500))
    folded: Mapped[str] = mapped_column(ordered(1000), index=True)

    speaker: Mapped[Speaker] = relationship(back_populates="names")
    tails: Mapped[list[NameTail]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by="NameTail.id"
    )

    @classmethod
    def of(cls, name: str) -> Name:
        """A new name, of no speaker yet, with what is folded from it."""
        return cls(name=name, folded=fold(name)[:1000], tails=[NameTail(**tail._asdict()) for tail in tails(name)])


class NameTail(Base):
    """A name from one of its words on (api.folding.tails): by it a name is found from any of its words, and its beginning."""

    __tablename__ = "name_tail"
    __table_args__ = (Index("ix_name_tail_name_id_folded", "name_id", "folded"),)

    name_id: Mapped[int] = mapped_column(ForeignKey("name.id", ondelete="CASCADE"))
    folded: Mapped[str] = mapped_column(ordered(MAX_TAIL_LENGTH), index=True)
    written: Mapped[str] = mapped_column(ordered(MAX_TAIL_LENGTH))


# The words of names under the keys of their spellings (api.folding.near): a function of the word alone, so that no row is
# ever wrong. A word that no name has any more stays; what is found by it are still names, and there are none.
spelling = Table(
    "spelling",
    Base.metadata,
    Column("key", ordered(MAX_WORD_LENGTH * 2), primary_key=True),  # "x" becomes "ks"
    Column("word", ordered(MAX_WORD_LENGTH), primary_key=True),
    sqlite_with_rowid=False,
)


def spellings(folded: str) -> list[dict[str, str]]:
    """The rows of `spelling` for a folded name, in order."""
    return [{"key": key, "word": word} for word in sorted(set(folded.split()[:MAX_TAILS])) for key in near(word)]


def learn(session: Session, folded: Iterable[str]) -> None:
    """Store the spellings of names, given folded, in one statement."""
    rows = sorted({(row["key"], row["word"]) for name in folded for row in spellings(name)})
    if not rows:
        return
    if session.get_bind().dialect.name == "sqlite":
        insert = text("INSERT INTO spelling (key, word) VALUES (:key, :word) ON CONFLICT DO NOTHING")
        session.execute(insert, [{"key": key, "word": word} for key, word in rows])
    else:  # psycopg would send a statement for each
        insert = text(
            "INSERT INTO spelling (key, word) SELECT * FROM unnest(CAST(:keys AS text[]), CAST(:words AS text[]))"
            " ON CONFLICT DO NOTHING"
        )
        session.execute(insert, {"keys": [key for key, _ in rows], "words": [word for _, word in rows]})


@event.listens_for(Session, "after_flush")
def _learn_spellings(session: Session, _context: Any) -> None:
    """Store the spellings of the names that a flush has added."""
    learn(session, [name.folded for name in session.new if isinstance(name, Name)])
