"""Find speakers by name: exact, folded or fuzzy, alike on both databases.

- Exact: the same letters, of any case.
- Folded: diacritics, script and marks do not count (api.folding).
- Fuzzy: the words in any order or transliterated otherwise, or one word with one slip.

Look-ups are ranges and equal values of three indexes, which are written with each name:

- name_tail: each name from each of its words on. One range holds all names with a word, or with the beginning of one.
- spelling: the words of all names, under keys that different spellings share.
- speaker.quoted: how often a speaker is quoted, as the first of those who speak together. It orders speakers that match
  equally well.

A fuzzy match is a guess, so it is made late and seldom. A word that stands in some name is taken to be spelled right. The
first and the last letter, and words of less than MIN_SLIP_LETTERS letters, have no slips: there other people begin (Banks,
Hanks; Ivanov, Ivanova; Marin, Martin). docs/decisions/0008 says how the bounds were chosen.
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

from api.folding import (
    MAX_TAIL_CHARACTERS,
    MIN_SKELETON_LETTERS,
    MIN_SLIP_LETTERS,
    fold,
    fold_words,
    plain,
    skeleton,
    spelling_keys,
    tails,
)
from api.models import Name, NameTail, Quote, Speaker, spelling
from api.models.speaker import spelling_rows

MAX_NAME_WORDS = 8  # words of a name asked for; further ones are ignored
MAX_SPELLINGS = 30  # of one word asked for: of the 30,000 surnames of docs/decisions/0008 no more than 9 are so alike
MAX_CANDIDATES = 500  # names looked at for a guess: those of the most quoted speakers
MAX_SHOWN = 20  # speakers that a name was taken for, in an answer
# Letters of a word that is asked for alone and may have a letter too many, missing or wrong. Shorter words that are so alike
# are mostly two people's names. Two letters may change places in shorter words too.
MIN_LONE_WORD_LETTERS = 9
# If this many names begin with a prefix, it is faster to go through the most quoted speakers than to sort those named so.
MANY_NAMES = 1000


class SpeakerMatch(NamedTuple):
    """A speaker that a name was taken for, and how well it matched: one of enums.MATCHES."""

    id: int
    name: str
    kind: str
    match: str


class Guess(NamedTuple):
    """A speaker whose name has words spelled like those asked for.

    slips: how many. spelled: the skeletons of the words. is_respelled: whether they stand side by side, in the order asked
    for and without a slip, so that it is the same name transliterated otherwise.
    """

    speaker_id: int
    slips: int
    spelled: tuple[str, ...]
    is_respelled: bool


def _within(column: InstrumentedAttribute[Any], start: str, end: str) -> ColumnElement[bool]:
    return and_(column >= start, column < end)


def _begins(tail: type[NameTail], folded: str, written: str | None = None) -> ColumnElement[bool]:
    """Match tails that begin with these folded letters, and as written with `written` if that is given."""
    begins = _within(tail.folded, folded, folded + "~")  # ~ sorts after every letter
    return begins if written is None else and_(begins, _within(tail.written, written, written + "\U0010ffff"))


def _has(tail: type[NameTail], folded: str) -> ColumnElement[bool]:
    """Match tails that begin with these whole words. Then nothing or a space follows, and a space sorts first."""
    return _within(tail.folded, folded, folded + "!")


def named(name: str, *, exact: bool = False) -> Select[Any]:
    """Return the ids of the speakers with this handle, or with a name that has these words side by side (a surname)."""
    asked = fold_words(name)
    folded = fold(name)[:MAX_TAIL_CHARACTERS]
    by_name = select(Name.speaker_id).join(Name.tails).where(_has(NameTail, folded) if folded else false())
    if exact and asked:
        written = plain(name[asked[0].start : asked[-1].end])[:MAX_TAIL_CHARACTERS]
        by_name = by_name.where(_within(NameTail.written, written, written + "\U0010ffff"))
    by_handle = select(Speaker.id).where(Speaker.handle_folded == name.removeprefix("@").lower().replace("\0", ""))
    return select(union_all(by_name, by_handle).subquery())


def resolve(session: Session, name: str, worst: str = "fuzzy") -> tuple[list[int] | Select[Any], list[SpeakerMatch]]:
    """Return the speakers that a name means, as ids or a Select of ids, and the most quoted of them, best first.

    They are the speakers with that name, exactly or folded, and if `worst` is fuzzy also those with the same name in another
    transliteration: until people say which of them are one, none hides another. If there are none with that name, they are
    those whose names are spelled most alike. If the most alike are names of several spellings nobody is meant: any would be
    a guess.
    """
    ids, exactly = named(name, exact=worst == "exact"), Speaker.id.in_(named(name, exact=True))
    shown = select(Speaker.id, Speaker.name, Speaker.kind, exactly.label("exactly")).order_by(
        exactly.desc(), Speaker.quoted.desc(), Speaker.id.desc()
    )
    rows = session.execute(shown.where(Speaker.id.in_(ids)).limit(MAX_SHOWN + 1)).all()
    if rows:
        found = [SpeakerMatch(row.id, row.name, row.kind, "exact" if row.exactly else "folded") for row in rows]
        meant = [row.id for row in rows] if len(rows) <= MAX_SHOWN else ids
        respelled = _respelled(session, name) if worst == "fuzzy" else []
        others = (
            session.execute(shown.where(Speaker.id.in_(respelled), Speaker.id.not_in(ids)).limit(MAX_SHOWN)).all()
            if respelled
            else []
        )
        if others:
            found += [SpeakerMatch(row.id, row.name, row.kind, "fuzzy") for row in others]
            alike = select(Speaker.id).where(Speaker.id.in_(respelled))
            meant = (
                list(dict.fromkeys([*meant, *respelled]))
                if isinstance(meant, list)
                else select(union_all(meant, alike).subquery())
            )
        return meant, found[:MAX_SHOWN]
    guessed = guesses(session, name) if worst == "fuzzy" else []
    fewest = min((guess.slips for guess in guessed), default=0)
    closest = [guess for guess in guessed if guess.slips == fewest]
    if len({guess.spelled for guess in closest}) != 1:
        return [], []
    meant = [guess.speaker_id for guess in closest]
    rows = session.execute(shown.where(Speaker.id.in_(meant)).limit(MAX_SHOWN)).all()
    return meant, [SpeakerMatch(row.id, row.name, row.kind, "fuzzy") for row in rows]


def _respelled(session: Session, name: str) -> list[int]:
    """Return the speakers with the same name in another transliteration, and perhaps some with it as it is written."""
    asked = list(dict.fromkeys(fold(name).split()))
    if not asked or len(asked) > MAX_NAME_WORDS:
        return []
    if all(set(others) <= {word} for word, others in _spelled_alike(session, asked).items()):
        return []  # mostly so: no word is written otherwise anywhere
    return [guess.speaker_id for guess in guesses(session, name) if guess.is_respelled]


def listed(session: Session, q: str, worst: str = "fuzzy") -> tuple[ColumnElement[bool], ColumnElement[int]]:
    """Match speakers by `q`, a name as people type it, and return how well: the place in enums.MATCHES.

    A fuzzy match with a slip has place 3. Each word of `q` begins a word of one of the speaker's names, or `q` begins its
    handle. A fuzzy match has all words, as for `resolve`.
    """
    exactly, folded = (Speaker.id.in_(_with_beginnings(q, exact=exact)) for exact in (True, False))
    if worst == "exact":
        return exactly, literal(0)
    guessed = guesses(session, q) if worst == "fuzzy" else []
    alike = Speaker.id.in_([guess.speaker_id for guess in guessed if not guess.slips])
    matches = or_(folded, Speaker.id.in_([guess.speaker_id for guess in guessed])) if guessed else folded
    return matches, case((exactly, 0), (folded, 1), (alike, 2), else_=3)


def _with_beginnings(q: str, *, exact: bool) -> Select[Any]:
    """Return the ids of the speakers with a name in which each word of `q` begins a word, or a handle that `q` begins."""
    asked = {word.folded: plain(q[word.start : word.end]) if exact else None for word in fold_words(q)}
    longest = sorted(asked, key=len, reverse=True)[:MAX_NAME_WORDS]  # the longest are the rarest
    by_name = select(Name.speaker_id).join(Name.tails)
    by_name = by_name.where(_begins(NameTail, longest[0], asked[longest[0]]) if longest else false())
    for folded in longest[1:]:
        tail = aliased(NameTail)
        by_name = by_name.where(exists().where(tail.name_id == Name.id, _begins(tail, folded, asked[folded])))
    return select(union_all(by_name, select(Speaker.id).where(_handle_begins(q))).subquery())


def _handle_begins(q: str) -> ColumnElement[bool]:
    handle = q.removeprefix("@").lower()
    return _within(Speaker.handle_folded, handle, handle + "\x7f") if handle else false()


def beginning(session: Session, prefix: str, *, many: int = MANY_NAMES) -> ColumnElement[bool]:
    """Match speakers with a name that begins so, from any of its words on, or with such a handle.

    If `many` names begin so, the condition is one that is fast for whoever sorts by speaker.quoted.
    """
    folded = fold(prefix)[:MAX_TAIL_CHARACTERS]
    begins = _begins(NameTail, folded) if folded else false()
    some = select(NameTail.id).where(begins).limit(many).subquery()
    if session.scalar(select(func.count()).select_from(some)) == many:
        here = select(Name.id).join(Name.tails).where(Name.speaker_id == Speaker.id, begins).correlate(Speaker)
        return or_(_handle_begins(prefix), exists(here.offset(0)))  # the offset keeps PostgreSQL from joining
    by_name = select(Name.speaker_id).join(Name.tails).where(begins)
    by_handle = select(Speaker.id).where(_handle_begins(prefix))
    return Speaker.id.in_(select(union_all(by_name, by_handle).subquery()))


def guesses(session: Session, name: str) -> list[Guess]:
    """Return the speakers with a name that has all words of `name` in any order, spelled alike, at most one with a slip.

    The most quoted come first. Only MAX_CANDIDATES names are looked at.
    """
    asked = list(dict.fromkeys(fold(name).split()))
    if not asked or len(asked) > MAX_NAME_WORDS:
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
    for speaker_id, folded in session.execute(ranked.limit(MAX_CANDIDATES)):
        standing = set(folded.split())
        closest = [min((slips, w) for w, slips in alike[word].items() if w in standing) for word in asked]
        slips, spelled = sum(slips for slips, _ in closest), tuple(skeleton(word) for _, word in closest)
        guess = Guess(speaker_id, slips, spelled, not slips and _stand_together(folded, asked))
        known = best.get(speaker_id)
        if slips <= 1 and (known is None or (slips, known.is_respelled) < (known.slips, guess.is_respelled)):
            best[speaker_id] = guess
    return list(best.values())


def _stand_together(folded: str, asked: Sequence[str]) -> bool:
    """Return whether the words of a folded name have those asked for side by side, in any transliteration."""
    bare, wanted = [skeleton(word) for word in folded.split()], [skeleton(word) for word in asked]
    return any(bare[start : start + len(wanted)] == wanted for start in range(len(bare) - len(wanted) + 1))


def _spelled_alike(session: Session, asked: Sequence[str]) -> dict[str, dict[str, int]]:
    """Return for each word the words of names that it may stand for, each with the number of slips: 0 or 1."""
    stand = session.execute(select(*(exists(select(NameTail.id).where(_has(NameTail, word))) for word in asked))).one()
    keys = sorted({key for word in asked for key in spelling_keys(word)})
    stored = session.scalars(select(spelling.c.word).where(spelling.c.key.in_(keys)).distinct()).all() if keys else []
    alike: dict[str, dict[str, int]] = {}
    for word, stands in zip(asked, stand, strict=True):
        bare = skeleton(word)
        found = {word: 0} if stands else {}
        for other in stored:
            if bare == skeleton(other) and len(bare) >= MIN_SKELETON_LETTERS:
                found[other] = 0
            elif not stands and one_slip(bare, skeleton(other), alone=len(asked) == 1):
                found[other] = 1
        alike[word] = dict(sorted(found.items(), key=lambda item: (item[1], item[0]))[:MAX_SPELLINGS])
    return alike


def one_slip(bare: str, other: str, *, alone: bool) -> bool:
    """Return whether two skeletons differ by one slip inside: two letters swapped, or one too many, missing or wrong.

    With `alone` the word is the whole name, and no other word confirms the match.

    >>> one_slip("macron", "marcon", alone=True), one_slip("marin", "martin", alone=False)
    (True, False)
    """
    shorter = min(len(bare), len(other))
    if shorter < MIN_SLIP_LETTERS or (bare[0], bare[-1]) != (other[0], other[-1]):
        return False
    swapped = sorted(bare) == sorted(other)
    return (shorter >= MIN_LONE_WORD_LETTERS or swapped or not alone) and OSA.distance(bare, other, score_cutoff=1) == 1


def repair(session: Session) -> None:
    """Correct the indexes of names and speakers where they are wrong, in the caller's transaction."""
    after, block = 0, select(Name).options(selectinload(Name.tails)).execution_options(populate_existing=True)
    while stored := session.scalars(block.where(Name.id > after).order_by(Name.id).limit(1000)).all():
        for name in stored:
            right = [NameTail(**tail._asdict()) for tail in tails(name.name)]
            if [(tail.folded, tail.written) for tail in right] != [(tail.folded, tail.written) for tail in name.tails]:
                name.tails = right
        keys = [row for name in stored for row in spelling_rows(name.folded)]
        if keys:
            session.execute(text("INSERT INTO spelling (key, word) VALUES (:key, :word) ON CONFLICT DO NOTHING"), keys)
        after = stored[-1].id
    counted = _counted()
    wrong = update(Speaker).where(Speaker.quoted != counted)
    session.execute(
        wrong.values(quoted=counted, updated=Speaker.updated), execution_options={"synchronize_session": False}
    )


def _counted() -> ScalarSelect[int]:
    """Return the number of quotes that `speaker.quoted` should be, as its triggers count (migration 0013)."""
    return (
        select(func.count())
        .where(Quote.speaker_id == Speaker.id, *Quote.is_spoken())
        .correlate(Speaker)
        .scalar_subquery()
    )


def faults(session: Session) -> Iterator[str]:
    """Yield a line for each index of a name or speaker that differs from what names and quotes give."""
    spelled: set[str] = set()
    after, block = 0, select(Name).options(selectinload(Name.tails)).execution_options(populate_existing=True)
    while stored := session.scalars(block.where(Name.id > after).order_by(Name.id).limit(1000)).all():
        for name in stored:
            if tails(name.name) != [(tail.folded, tail.written) for tail in name.tails]:
                yield f"the index of names is out of date for name {name.id}"
            spelled |= {row["word"] for row in spelling_rows(name.folded)}
        after = stored[-1].id
    counts = select(spelling.c.word, func.count()).group_by(spelling.c.word)
    keys: dict[str, int] = dict(session.execute(counts).all())
    for word in sorted(spelled):
        if keys.get(word, 0) != len(spelling_keys(word)):
            yield f"the index of spellings is out of date for {word}"
    counted = _counted()
    for speaker_id, quoted, quotes in session.execute(
        select(Speaker.id, Speaker.quoted, counted).where(Speaker.quoted != counted).order_by(Speaker.id)
    ):
        yield f"speaker {speaker_id} has {quotes} quotes, and its count is {quoted}"
