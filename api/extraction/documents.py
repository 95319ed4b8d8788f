"""Find the maker of a document that speaks: "a Quinn University poll", "the board's report", "the suit, filed by Roe".

The text ties a document to its maker by a possessive, by a name right before the noun, or by "by" and "from" behind it. "The
poll" is the last one before it. What the text ties to nobody, or to something that makes no documents, has no maker.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from api.extraction.lexicon import table, word_list
from api.extraction.lists import first_named, named_together
from api.extraction.mentions import Reading, Unit
from api.extraction.spans import Medium
from api.extraction.words import (
    CALENDAR,
    PHRASE_STOPS,
    POSSESSIVE_PRONOUNS,
    POSSESSIVES,
    PREPOSITIONS,
    RELATIVE_PRONOUNS,
)

MAX_WORDS_BEFORE = 9  # of a document's noun in which its phrase begins
MAX_WORDS_BEHIND = 14  # of it in which "by" names the maker
_MEDIA: dict[str, Medium] = {"document": "document", "speech": "speech", "post": "post"}
NOUNS = {noun: (sort, _MEDIA[medium]) for noun, sort, medium in table("documents")}
_MAKING = word_list("making_words")
_BY = frozenset({"by", "from"})
_NEW = frozenset({"a", "an", "another", "one", "new"})
_BACK = frozenset({"the", "this", "that"})
_MARKS = frozenset('.,;:()[]“”"‘’!?…–—')
OWNERS = {"his": "m", "her": "f", "its": "it", "their": ""}  # possessive pronouns to the gender that they tell
# Kinds of names right before the noun that tell the maker, beside organisations: of others they may be what it is about.
_KINDS_BEFORE: dict[str, set[str]] = {"poll": {"name"}, "data": {"name"}, "ad": {"name", "person"}}


@dataclass(frozen=True, slots=True)
class Made:
    """A document in a text: the word of its noun, its sort, and whom the text ties it to.

    `makers` are names. Else `owner` is the phrase that tells the maker, as words first to last (exclusive): "her", "the
    board". Without either nobody is told. `is_new` is False for "the poll", which takes up one before.
    """

    noun: int
    sort: str
    makers: tuple[Unit, ...] = ()
    owner: tuple[int, int] | None = None
    is_new: bool = True


class Documents:
    """The documents that a text speaks of, in text order."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._told: dict[str, list[Made]] = {}  # of each sort, those that "the poll" may take up, in text order
        inside = {index for unit in reading.units for index in range(unit.first, unit.last)}
        for index, word in enumerate(reading.words):
            if word.low in NOUNS and index not in inside:
                made = self._of(index, max(index - MAX_WORDS_BEFORE, 0), index + MAX_WORDS_BEHIND)
                if made.is_new or made.makers or made.owner:
                    self._told.setdefault(made.sort, []).append(made)

    def made_in(self, noun: int, first: int, last: int) -> Made:
        """Return the document of noun `noun` in the phrase of words `first` to `last` (exclusive).

        Where it takes up one before, return that.
        """
        made = self._of(noun, first, last)
        if made.makers or made.owner or made.is_new:
            return made
        told = self._told.get(made.sort, [])
        earlier = bisect_left(told, noun, key=lambda each: each.noun)
        return told[earlier - 1] if earlier else made

    def _of(self, noun: int, first: int, last: int) -> Made:
        """Return the document at word `noun`. Its phrase is within words `first` to `last` (exclusive)."""
        reading, low = self._reading, self._reading.low
        sort = NOUNS[low(noun)][0]
        start = self._start(noun, first)
        owner = next((i for i in range(noun - 1, start - 1, -1) if low(i) in POSSESSIVES), -1)
        if owner >= 0:
            return Made(noun, sort, owner=(start, owner))
        if low(start) in OWNERS and start < noun:
            return Made(noun, sort, owner=(start, start + 1))
        last = min(last, len(reading.words))
        named = self._makers_behind(noun, last)
        if isinstance(named, int):
            return Made(noun, sort, owner=(named, self._end(named, last)))
        makers = named or self._makers_before(noun, start, sort)
        return Made(noun, sort, makers, is_new=low(start) not in _BACK or "new" in map(low, range(start, noun)))

    def _start(self, noun: int, first: int) -> int:
        """Return the word at which the noun phrase of word `noun` starts, from `first` on."""
        reading, index = self._reading, noun
        while index > first:
            low = reading.low(index - 1)
            if low in PREPOSITIONS or low in PHRASE_STOPS or low in _MARKS or index in reading.breaks:
                break
            index -= 1
            if low in _NEW | _BACK | POSSESSIVE_PRONOUNS and not (index > first and low == "new"):
                break
        return index

    def _makers_before(self, noun: int, start: int, sort: str) -> tuple[Unit, ...]:
        """Return the names right before a noun: "a Roe Times/Lund University national poll"."""
        reading = self._reading
        units = reading.units_in(reading.words[start].start, reading.words[noun].start)
        units = [unit for unit in units if unit.kind != "title"]
        if not units:
            return ()
        found = [units[-1]]
        for unit in reversed(units[:-1]):
            if found[0].first - unit.last != 1 or reading.low(unit.last) not in ("/", "-", "–"):
                break
            found.insert(0, unit)
        between = [reading.low(i) for i in range(found[-1].last, noun)]
        if any(not word.replace("-", "").isalpha() or word in CALENDAR for word in between):
            return ()
        kinds = {"organisation"} | _KINDS_BEFORE.get(sort, set())
        return tuple(found) if all(unit.kind in kinds for unit in found) else ()

    def _makers_behind(self, noun: int, last: int) -> tuple[Unit, ...] | int:
        """Return the names behind "by" or "from", or the word at which another phrase for the maker starts, or ()."""
        reading, low = self._reading, self._reading.low
        making = False
        for index in range(noun + 1, last - 1):
            word = low(index)
            if index in reading.breaks or word in (";", "“", '"') or word in RELATIVE_PRONOUNS:
                break
            making |= word in _MAKING
            if word in _BY and (making or index == noun + 1 or (word == "by" and index <= noun + 4)):
                if low(index + 1) in CALENDAR:
                    continue
                end = self._end(index + 1, last)
                units = reading.units_in(reading.words[index + 1].start, reading.words[end - 1].end)
                return (
                    named_together(reading, index + 1, end, units)
                    or first_named(reading, index + 1, end, units)
                    or (index + 1)
                )
        return ()

    def _end(self, start: int, last: int) -> int:
        """Return the word before which the phrase at word `start` ends, at the latest `last`."""
        reading = self._reading
        index = start
        while index < last and index not in reading.breaks and reading.low(index) not in RELATIVE_PRONOUNS:
            index += 1
        return max(index, start + 1)


def noun_of(reading: Reading, first: int, stop: int, units: Sequence[Unit]) -> int | None:
    """Return the document's noun that ends words `first` to `stop` (exclusive), the head's part of a phrase, or None."""
    inside = {index for unit in units for index in range(unit.first, unit.last)}  # "The Lund Post"
    for index in range(stop - 1, max(first, stop - MAX_WORDS_BEFORE) - 1, -1):
        if reading.low(index) in NOUNS and index not in inside:
            return index if index == stop - 1 or reading.low(index + 1) in _MAKING else None
    return None


def medium_of(reading: Reading, noun: int) -> Medium:
    """Return the medium of what the document at word `noun` says."""
    return NOUNS[reading.low(noun)][1]
