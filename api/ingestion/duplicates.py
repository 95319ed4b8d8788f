"""Which articles carry the same text: an agency's report in many outlets, some with the end cut off or a line of their own.

Every article has a row in `same_text` with the article stored first that has its text; that is itself, unless it is a copy.
What is new is compared with those first ones alone, so that no chain of small changes joins what is not alike, and only they
stand in the index: `text_band` has, of each, hashes over the smallest of its shingles (MinHash, Broder 1997, in bands of
three), so that texts which share much nearly surely share a band. Whether they are copies is then decided by the texts
themselves. A sequence of WORDS words is a shingle; words are as full text has them, folded and stemmed, without the title.

The same words by the same speaker in the same text are said once: all such quotes but the earliest have it as `copy_of_id`,
and a search for distinct quotes leaves them out (api.search.quotes). Decision 0020 has measurements and reasons.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BindParameter, ColumnElement, bindparam, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from api.database.bulk import among, write
from api.folding import BORDER, fold
from api.models import Article, Quote, SameText, TextBand
from api.models.quote import UNDATED

Hashes = NDArray[np.uint64]

# How these were chosen, by the texts of the seeds and of tests/gold as copies are changed: docs/decisions/0020.
WORDS = 5  # of a shingle
HEAD = 128  # shingles of the beginning, which is all that some copies keep
BANDS, ROWS = 8, 3  # over the beginning, and as many over the whole text
SHARED = 0.7  # of the shorter text's shingles are the longer one's too
SHARED_OF_LONGER = 0.2  # a paragraph is no copy of the long article that has it too
SHORT = 40  # shingles; of a shorter text all must be shared: one word more or less changes what it says
FIGURES = 0.5  # of the shared sequences with figures in them have the same figures: reports by a form have other ones
FEW = 3 * WORDS  # such sequences, as two figures are in: a toll that was corrected makes no other report of it

# A band takes so many articles: what more of them share is a form, or stands beneath everything that an outlet prints.
FULL = 50
COMPARED = 5  # texts with which one is compared, those that share the most bands
AT_ONCE = 100  # articles, where all are compared anew
_DECIDING = 8467  # any number, the same in every process


def alone(session: Session) -> None:
    """Wait, on PostgreSQL, until no other transaction decides who or what is the same; on SQLite whoever writes is alone.

    Before the transaction changes a row: two that wait for each other's rows and for this would wait forever.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_DECIDING)))


class Text:
    """An article's text, to be compared: its words as `article.terms` has them."""

    def __init__(self, title: str | None, terms: str) -> None:
        words = (terms.partition(f" {BORDER} ")[2] if fold(title or "") else terms).split()
        hashes = np.fromiter(map(zlib.crc32, map(str.encode, words)), np.uint32, len(words))
        self.shingles = _shingles(hashes)
        # One sign for every word that has a digit, as no word of letters alone has: words are folded.
        self.plain = np.where(np.fromiter(map(str.isalpha, words), np.bool_, len(words)), hashes, _FIGURE)

    @cached_property
    def bands(self) -> list[int]:
        """Numbers of which a text that is much alike has some too."""
        mins = np.concatenate([_mins(self.shingles[:HEAD], _MULTIPLY[0]), _mins(self.shingles, _MULTIPLY[1])])
        numbers: list[int] = _joined(mins.reshape(-1, ROWS).T).view(np.int64).tolist()
        return numbers

    @cached_property
    def forms(self) -> Hashes:
        """The shingles, with one sign for every word that has a digit."""
        return _shingles(self.plain)

    def is_copy_of(self, other: Text) -> bool:
        """Whether they are copies: nearly all of the shorter one stands in the longer one too, with the same figures."""
        if not len(self.plain) or not len(other.plain):
            return False
        if np.array_equal(self.shingles, other.shingles):
            return True
        short, long = sorted((self, other), key=lambda text: len(text.shingles))
        common = np.isin(short.shingles, long.shingles)
        least = SHARED if len(common) >= SHORT else 1.0
        if common.mean() < least or common.sum() < SHARED_OF_LONGER * len(long.shingles):
            return False
        alike = (short.forms != short.shingles) & np.isin(short.forms, long.forms)  # sequences with figures in them
        return bool(alike.sum() < FEW or common[alike].mean() >= FIGURES)


_FIGURE = np.uint32(zlib.crc32(b"0"))
_MULTIPLY = np.random.default_rng(1).integers(2**64, size=(2, BANDS * ROWS), dtype=np.uint64) | np.uint64(1)


def _shingles(words: NDArray[np.uint32]) -> Hashes:
    """The hash of each sequence of WORDS words, given by their hashes; of fewer words that of all."""
    hashes = words.astype(np.uint64)
    width = min(WORDS, len(hashes))
    return _joined([hashes[start : len(hashes) - width + 1 + start] for start in range(width)])


def _joined(columns: Iterable[Hashes]) -> Hashes:
    """One hash of each row of the columns, every bit of it by every bit of them (splitmix64's last steps)."""
    joined = np.zeros(1, np.uint64)
    for column in columns:
        joined = (joined + column) * np.uint64(0x9E3779B97F4A7C15)
        joined ^= joined >> np.uint64(31)
    joined = (joined ^ (joined >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    joined = (joined ^ (joined >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return joined ^ (joined >> np.uint64(31))


def _mins(shingles: Hashes, multiply: Hashes) -> Hashes:
    """The smallest of the shingles in each of several orders."""
    smallest: Hashes = (shingles[:, None] * multiply).min(axis=0)
    return smallest


def add(session: Session, texts: Mapping[int, Text]) -> dict[int, int]:
    """Compare new articles, by id, in this order, with those stored and each other; for each the first that has its text.

    Their quotes are for `repeated` or `count_once`.
    """
    having: defaultdict[int, list[int]] = defaultdict(list)
    sought = among(TextBand.band, (band for text in texts.values() for band in text.bands))
    for band, article_id in session.execute(select(TextBand.band, TextBand.article_id).where(sought)):
        having[band].append(article_id)

    def candidates(article_id: int) -> list[int]:
        shared = Counter(other for band in texts[article_id].bands for other in having[band])
        return sorted(shared, key=lambda other: (-shared[other], other))[:COMPARED]

    stored = {other for article_id in texts for other in candidates(article_id)}
    read = select(Article.id, Article.title, Article.terms).where(among(Article.id, stored))
    known = {row.id: Text(row.title, row.terms) for row in session.execute(read)} if stored else {}
    first_of: dict[int, int] = {}
    indexed: list[tuple[int, int]] = []
    for article_id, text in texts.items():
        alike = (other for other in candidates(article_id) if other in known and text.is_copy_of(known[other]))
        first = first_of[article_id] = next(alike, article_id)
        if first == article_id:
            known[article_id] = text
            for band in dict.fromkeys(text.bands):
                if len(having[band]) < FULL:
                    having[band].append(article_id)
                    indexed.append((band, article_id))
    write(session, SameText, ("article_id", "first_id"), list(first_of.items()))
    write(session, TextBand, ("band", "article_id"), indexed)
    return first_of


def others(session: Session, article_id: int) -> Sequence[int]:
    """The ids of the other articles that carry the article's text, in order."""
    return session.scalars(select(Article.id).where(of_article(article_id)).order_by(Article.id)).all()


def of_article(article_id: int) -> ColumnElement[bool]:
    """That an article is another one with the text of the article with this id."""
    first = select(SameText.first_id).where(SameText.article_id == article_id).scalar_subquery()
    return Article.id.in_(
        select(SameText.article_id).where(SameText.first_id == first, SameText.article_id != article_id)
    )


def renew(session: Session, articles: Collection[int]) -> None:
    """Compare articles anew whose texts have changed, and count anew the quotes in all whose text they had or have now.

    What was changed of them must be in the database. Articles that were copies of one of them are compared anew too.
    """
    alone(session)
    before = select(SameText.first_id).where(SameText.article_id.in_(articles))
    carrying = select(SameText.article_id, SameText.first_id).where(SameText.first_id.in_(before))
    first_of: dict[int, int] = dict(session.execute(carrying).all())
    gone = [other for other, first in first_of.items() if other in articles or first in articles]
    for table in (TextBand, SameText):
        session.execute(delete(table).where(table.article_id.in_(gone)))
    settle(session, {*articles, *first_of})


def settle(session: Session, articles: Collection[int]) -> None:
    """Compare those of these articles of which it is not known whose text they carry; count their quotes once."""
    missing = select(Article.id, Article.title, Article.terms).where(
        Article.id.in_(articles), ~exists().where(SameText.article_id == Article.id)
    )
    add(session, {row.id: Text(row.title, row.terms) for row in session.execute(missing.order_by(Article.id))})
    count_once(session, articles)


class Said(NamedTuple):
    """What says whether quotes are the same, `first_id` being the first article with their text; and which is the first."""

    id: int
    first_id: int
    speaker_id: int | None
    act: str
    terms: str
    at: dt.datetime
    status: str = ""
    copy_of_id: int | None = None
    article_id: int = 0


_SAID = select(
    Quote.id, SameText.first_id, Quote.speaker_id, Quote.act, Quote.terms, Quote.at, Quote.status, Quote.copy_of_id,
    Quote.article_id,
).join(SameText, SameText.article_id == Quote.article_id).where(Quote.stands())  # fmt: skip


def repeated(session: Session, quotes: Sequence[Said], texts: Mapping[int, int]) -> dict[int, int]:
    """Of new quotes, not yet stored, those that repeat another, with the id of that.

    `texts` is what `add` gave for their articles. Stored quotes too that are no longer the first: those are for `follow`.
    """
    before = {first for first in texts.values() if first not in texts}
    stored = _SAID.where(among(SameText.first_id, before), Quote.copy_of_id.is_(None))
    firsts = [Said(*row) for row in session.execute(stored)] if before else []
    return {said.id: first for said, first in _changed([*firsts, *quotes]) if first is not None}


def follow(session: Session, first_of: Mapping[int, int]) -> None:
    """Let quotes that counted until now, and all that repeat them, repeat others: by id the id of each."""
    if first_of:
        former: BindParameter[int] = bindparam("former")
        change = update(Quote).where(or_(Quote.id == former, Quote.copy_of_id == former))
        rows = [{"former": quote_id, "first": first} for quote_id, first in first_of.items()]
        session.connection().execute(change.values(copy_of_id=bindparam("first"), updated=Quote.updated), rows)


def count_once(session: Session, articles: Collection[int]) -> None:
    """Let of the quotes in these articles each be counted once, also beside those of other articles with the same text.

    To be called when they have come, or have another speaker, act, date, text or status; what changed must be in the database.
    """
    own = session.scalars(select(Quote.id).where(Quote.article_id.in_(articles))).all()
    texts = session.scalars(select(SameText.first_id).where(SameText.article_id.in_(articles))).all()
    # Of the other articles those that count are enough, and what repeats one of these articles' quotes.
    concerned = or_(Quote.copy_of_id.is_(None), Quote.article_id.in_(articles), Quote.copy_of_id.in_(own))
    rows = session.execute(_SAID.where(SameText.first_id.in_(texts), concerned))
    changed = _changed([Said(*row) for row in rows])
    others = {said.id: first for said, first in changed if said.copy_of_id is None and said.article_id not in articles}
    follow(session, {quote_id: first for quote_id, first in others.items() if first is not None})
    if changed:
        set_one = update(Quote).where(Quote.id == bindparam("quote")).values(copy_of_id=bindparam("first"))
        points = [{"quote": said.id, "first": first} for said, first in changed]
        session.connection().execute(set_one.values(updated=Quote.updated), points)


def _changed(quotes: Iterable[Said]) -> list[tuple[Said, int | None]]:
    """Of the quotes those of which another one is the first than is stored, with the id of that; None where it is itself.

    The first is the earliest, of those as early the one stored first; undated ones are last. A rejected quote is by itself.
    """
    groups: defaultdict[Any, list[Said]] = defaultdict(list)
    for said in quotes:
        same = (said.first_id, said.speaker_id, said.act, said.terms)
        groups[said.id if said.status == "rejected" else same].append(said)
    changed: list[tuple[Said, int | None]] = []
    for group in groups.values():
        first = min(group, key=lambda said: (said.at == UNDATED, said.at, said.id)) if len(group) > 1 else group[0]
        right = [(said, None if said is first else first.id) for said in group]
        changed += [(said, copy_of) for said, copy_of in right if said.copy_of_id != copy_of]
    return changed


def faults(session: Session) -> Iterator[str]:
    """Which articles were not compared with the others, and which quotes are not counted as they should be, a line each."""
    missing = select(Article.id).where(~exists().where(SameText.article_id == Article.id)).order_by(Article.id)
    for article_id in session.scalars(missing):
        yield f"article {article_id} was not compared with the others"
    first, after = select(SameText.first_id).distinct().order_by(SameText.first_id).limit(AT_ONCE), 0
    while firsts := session.scalars(first.where(SameText.first_id > after)).all():
        quotes = session.execute(_SAID.where(SameText.first_id.in_(firsts)))
        for said, _ in _changed(Said(*row) for row in quotes):
            yield f"quote {said.id} is not counted once"
        after = firsts[-1]


def repair(session: Session) -> None:
    """Compare all articles anew, in the order in which they were stored, and count their quotes once."""
    alone(session)
    for table in (TextBand, SameText):
        session.execute(delete(table))
    nothing = update(Quote).where(Quote.copy_of_id.is_not(None)).values(copy_of_id=None, updated=Quote.updated)
    session.execute(nothing, execution_options={"synchronize_session": False})
    after, block = 0, select(Article.id, Article.title, Article.terms).order_by(Article.id).limit(AT_ONCE)
    while rows := session.execute(block.where(Article.id > after)).all():
        add(session, {row.id: Text(row.title, row.terms) for row in rows})
        count_once(session, [row.id for row in rows])
        after = rows[-1].id
