"""Who is called that: speakers by their names as people remember, hear and type them, alike on both databases.

A name asked for matches a stored one exactly (the same letters, of any case), folded (diacritics, script and marks aside:
api.folding), or fuzzily: its words in any order, transliterated otherwise, or one of them with one slip. What is looked up
are ranges and equal values of three indexes, written with each name:

- name_tail: each name from each of its words on, so that one range holds all names with a word, or that begin with it.
- spelling: the words of all names under what their spellings have in common.
- speaker.quoted: how often a speaker is quoted, by which those that match equally well are ordered.

A fuzzy match is a guess, so it is made late and seldom. A word that stands in some name is spelled right: no slip is
looked for in it. The first and the last letter are, and words of less than SHORTEST_SLIP letters: there other people
begin (Banks, Hanks; Ivanov, Ivanova; Marin, Martin). How the bounds were chosen: docs/decisions/0008.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from rapidfuzz.distance import OSA
from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    and_,
    case,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased, selectinload

from api.folding import MAX_TAIL_LENGTH, SHORTEST_SKELETON, SHORTEST_SLIP, fold, near, plain, skeleton, tails, words
from api.models import Name, NameTail, Quote, Speaker, spelling
from api.models.speaker import spellings

MATCHES = ("exact", "folded", "fuzzy")  # best first
MOST_WORDS = 8  # of a name asked for; further ones are not looked at
MOST_SPELLINGS = 30  # of one word asked for: the 30,000 surnames of docs/decisions/0008 have no more than 9 so alike
MOST_CANDIDATES = 500  # names looked at for a guess: those of the most quoted
MOST_SHOWN = 20  # speakers that a name was taken for, in an answer
# A word asked for alone with a letter too many, missing or wrong, and not only two in wrong order: where shorter ones are
# so alike they are mostly two people's.
SHORTEST_ALONE = 9
# Where more names than that begin so, the most quoted speakers are looked through until enough do: faster than to sort.
MANY = 1000


class Called(NamedTuple):
    """A speaker that a name was taken for, and how well it matched."""

    id: int
    name: str
    kind: str
    match: str


class Guess(NamedTuple):
    """A speaker with words spelled like those asked for: how many slips apart, and the skeletons of its words."""

    speaker_id: int
    slips: int
    spelled: tuple[str, ...]


def _within(column: InstrumentedAttribute[Any], start: str, end: str) -> ColumnElement[bool]:
    return and_(column >= start, column < end)


def _begins(tail: type[NameTail], folded: str, written: str | None = None) -> ColumnElement[bool]:
    """That a tail begins with this, and is `written` so where that is given."""
    begins = _within(tail.folded, folded, folded + "~")  # after every letter
    return begins if written is None else and_(begins, _within(tail.written, written, written + "\U0010ffff"))


def _has(tail: type[NameTail], folded: str) -> ColumnElement[bool]:
    """That a tail begins with these whole words: what follows is nothing or a space, the first of all characters."""
    return _within(tail.folded, folded, folded + "!")


def called(name: str, *, exact: bool = False) -> Select[Any]:
    """The ids of the speakers with this name, with one that has its words side by side (a surname), or with this handle."""
    asked = words(name)
    folded = fold(name)[:MAX_TAIL_LENGTH]
    named = select(Name.speaker_id).join(Name.tails).where(_has(NameTail, folded) if folded else false())
    if exact and asked:
        written = plain(name[asked[0].start : asked[-1].end])[:MAX_TAIL_LENGTH]
        named = named.where(_within(NameTail.written, written, written + "\U0010ffff"))
    handled = select(Speaker.id).where(Speaker.handle_folded == name.removeprefix("@").lower().replace("\0", ""))
    return select(union_all(named, handled).subquery())


def resolve(session: Session, name: str, worst: str = "fuzzy") -> tuple[list[int] | Select[Any], list[Called]]:
    """Whom a name means, as ids or a Select of ids, and the most quoted of them, best first.

    Those who are called so exactly or folded; where there are none, and `worst` is fuzzy, those whose names are spelled
    most alike, unless these are names of several spellings: then it would be a guess which of them is meant.
    """
    ids, exactly = called(name, exact=worst == "exact"), Speaker.id.in_(called(name, exact=True))
    shown = select(Speaker.id, Speaker.name, Speaker.kind, exactly.label("exactly")).order_by(
        exactly.desc(), Speaker.quoted.desc(), Speaker.id.desc()
    )
    rows = session.execute(shown.where(Speaker.id.in_(ids)).limit(MOST_SHOWN + 1)).all()
    if rows:
        found = [Called(row.id, row.name, row.kind, "exact" if row.exactly else "folded") for row in rows]
        return ([row.id for row in rows] if len(rows) <= MOST_SHOWN else ids), found[:MOST_SHOWN]
    guessed = guesses(session, name) if worst == "fuzzy" else []
    fewest = min((guess.slips for guess in guessed), default=0)
    closest = [guess for guess in guessed if guess.slips == fewest]
    if len({guess.spelled for guess in closest}) != 1:
        return [], []
    meant = [guess.speaker_id for guess in closest]
    rows = session.execute(shown.where(Speaker.id.in_(meant)).limit(MOST_SHOWN)).all()
    return meant, [Called(row.id, row.name, row.kind, "fuzzy") for row in rows]


def listed(session: Session, q: str, worst: str = "fuzzy") -> tuple[ColumnElement[bool], ColumnElement[int]]:
    """That a speaker matches `q`, and the place in MATCHES of how well it does.

    Each word of `q` begins a word of one of its names, or `q` begins its handle; fuzzily, as for `resolve`.
    """
    exactly, folded = (Speaker.id.in_(_with_beginnings(q, exact=exact)) for exact in (True, False))
    if worst == "exact":
        return exactly, literal(0)
    guessed = guesses(session, q) if worst == "fuzzy" else []
    alike = Speaker.id.in_([guess.speaker_id for guess in guessed if not guess.slips])
    matches = or_(folded, Speaker.id.in_([guess.speaker_id for guess in guessed])) if guessed else folded
    return matches, case((exactly, 0), (folded, 1), (alike, 2), else_=3)


def _with_beginnings(q: str, *, exact: bool) -> Select[Any]:
    """The ids of the speakers that have a name with each word of `q`, or its beginning, or a handle that begins with `q`."""
    asked = {word.folded: plain(q[word.start : word.end]) if exact else None for word in words(q)}
    longest = sorted(asked, key=len, reverse=True)[:MOST_WORDS]  # the rarest first
    named = select(Name.speaker_id).join(Name.tails)
    named = named.where(_begins(NameTail, longest[0], asked[longest[0]]) if longest else false())
    for folded in longest[1:]:
        tail = aliased(NameTail)
        named = named.where(exists().where(tail.name_id == Name.id, _begins(tail, folded, asked[folded])))
    return select(union_all(named, select(Speaker.id).where(_handle_begins(q))).subquery())


def _handle_begins(q: str) -> ColumnElement[bool]:
    handle = q.removeprefix("@").lower()
    return _within(Speaker.handle_folded, handle, handle + "\x7f") if handle else false()


def beginning(session: Session, prefix: str) -> ColumnElement[bool]:
    """That a speaker has a name that begins so, from any of its words on, or a handle."""
    folded = fold(prefix)[:MAX_TAIL_LENGTH]
    begins = _begins(NameTail, folded) if folded else false()
    some = select(NameTail.id).where(begins).limit(MANY).subquery()
    if session.scalar(select(func.count()).select_from(some)) == MANY:
        here = select(Name.id).join(Name.tails).where(Name.speaker_id == Speaker.id, begins).correlate(Speaker)
        return or_(_handle_begins(prefix), exists(here.offset(0)))  # an offset, so that PostgreSQL makes no join of it
    named = select(Name.speaker_id).join(Name.tails).where(begins)
    handled = select(Speaker.id).where(_handle_begins(prefix))
    return Speaker.id.in_(select(union_all(named, handled).subquery()))


def guesses(session: Session, name: str) -> list[Guess]:
    """The speakers that have a name with all words of `name` in any order, each spelled alike and at most one with a slip.

    The most quoted first, among the most quoted MOST_CANDIDATES.
    """
    asked = list(dict.fromkeys(fold(name).split()))
    if not asked or len(asked) > MOST_WORDS:
        return []
    alike = _spelled_alike(session, asked)
    if not all(alike.values()):
        return []
    candidates = select(Name.speaker_id, Name.folded).join(Name.speaker)
    for word in asked:
        tail = aliased(NameTail)
        stands = exists().where(tail.name_id == Name.id, or_(*(_has(tail, other) for other in alike[word])))
        candidates = candidates.where(stands)
    rarest = min(asked, key=lambda word: (len(alike[word]), -len(word)))
    start = select(NameTail.name_id).where(or_(*(_has(NameTail, other) for other in alike[rarest])))
    ranked = candidates.where(Name.id.in_(start)).order_by(Speaker.quoted.desc(), Speaker.id.desc(), Name.id)
    best: dict[int, Guess] = {}
    for speaker_id, folded in session.execute(ranked.limit(MOST_CANDIDATES)):
        standing = set(folded.split())
        closest = [min((slips, w) for w, slips in alike[word].items() if w in standing) for word in asked]
        guess = Guess(speaker_id, sum(slips for slips, _ in closest), tuple(skeleton(word) for _, word in closest))
        if guess.slips <= 1 and (speaker_id not in best or guess.slips < best[speaker_id].slips):
            best[speaker_id] = guess
    return list(best.values())


def _spelled_alike(session: Session, asked: Sequence[str]) -> dict[str, dict[str, int]]:
    """For each word the words of names that it may stand for, each with the slips between: none or one."""
    stand = session.execute(select(*(exists(select(NameTail.id).where(_has(NameTail, word))) for word in asked))).one()
    keys = sorted({key for word in asked for key in near(word)})
    stored = session.scalars(select(spelling.c.word).where(spelling.c.key.in_(keys)).distinct()).all() if keys else []
    alike: dict[str, dict[str, int]] = {}
    for word, stands in zip(asked, stand, strict=True):
        bare = skeleton(word)
        found = {word: 0} if stands else {}
        for other in stored:
            if bare == skeleton(other) and len(bare) >= SHORTEST_SKELETON:
                found[other] = 0
            elif not stands and one_slip(bare, skeleton(other), alone=len(asked) == 1):
                found[other] = 1
        alike[word] = dict(sorted(found.items(), key=lambda item: (item[1], item[0]))[:MOST_SPELLINGS])
    return alike


def one_slip(bare: str, other: str, *, alone: bool) -> bool:
    """Whether two skeletons differ by one slip within: two letters in wrong order, or one too many, missing or wrong.

    `alone`: no other word of the name says that it is the same.

    >>> one_slip("macron", "marcon", alone=True), one_slip("marin", "martin", alone=False)
    (True, False)
    """
    shorter = min(len(bare), len(other))
    if shorter < SHORTEST_SLIP or (bare[0], bare[-1]) != (other[0], other[-1]):
        return False
    swapped = sorted(bare) == sorted(other)
    return (shorter >= SHORTEST_ALONE or swapped or not alone) and OSA.distance(bare, other, score_cutoff=1) == 1


def repair(session: Session) -> None:
    """Make the indexes of names again, of each name and speaker for whom they are not as they should be."""
    after, block = 0, select(Name).options(selectinload(Name.tails)).execution_options(populate_existing=True)
    while stored := session.scalars(block.where(Name.id > after).order_by(Name.id).limit(1000)).all():
        for name in stored:
            right = [NameTail(**tail._asdict()) for tail in tails(name.name)]
            if [(tail.folded, tail.written) for tail in right] != [(tail.folded, tail.written) for tail in name.tails]:
                name.tails = right
        keys = [row for name in stored for row in spellings(name.folded)]
        if keys:
            session.execute(text("INSERT INTO spelling (key, word) VALUES (:key, :word) ON CONFLICT DO NOTHING"), keys)
        after = stored[-1].id
    counted = _counted()
    wrong = update(Speaker).where(Speaker.quoted != counted)
    session.execute(
        wrong.values(quoted=counted, updated=Speaker.updated), execution_options={"synchronize_session": False}
    )


def _counted() -> ScalarSelect[int]:
    """How many quotes a speaker has that `speaker.quoted` counts."""
    spoken = (Quote.act == "speech", Quote.status != "rejected", Quote.stands())
    return select(func.count()).where(Quote.speaker_id == Speaker.id, *spoken).correlate(Speaker).scalar_subquery()


def faults(session: Session) -> Iterator[str]:
    """What is wrong with the indexes of names, a line each: that they are not what is computed from the names and quotes."""
    spelled: set[str] = set()
    after, block = 0, select(Name).options(selectinload(Name.tails)).execution_options(populate_existing=True)
    while stored := session.scalars(block.where(Name.id > after).order_by(Name.id).limit(1000)).all():
        for name in stored:
            if tails(name.name) != [(tail.folded, tail.written) for tail in name.tails]:
                yield f"name {name.id} is not indexed as it is written"
            spelled |= {row["word"] for row in spellings(name.folded)}
        after = stored[-1].id
    counts = select(spelling.c.word, func.count()).group_by(spelling.c.word)
    keys: dict[str, int] = dict(session.execute(counts).all())
    for word in sorted(spelled):
        if keys.get(word, 0) != len(near(word)):
            yield f"the spellings of {word} are not indexed"
    counted = _counted()
    for speaker_id, quoted, quotes in session.execute(
        select(Speaker.id, Speaker.quoted, counted).where(Speaker.quoted != counted).order_by(Speaker.id)
    ):
        yield f"speaker {speaker_id} has {quotes} quotes and not {quoted}"
