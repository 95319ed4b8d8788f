"""Tell what sort of organisation a name means, and which nouns may stand for it: "the airline" for Poe Airways.

The last word of a name shows its sort ("Poe Airways"). Else what the text calls it does: "Poe, the airline,", "the airline
Poe". The text also shows that an unknown name is an organisation's at all: "an analyst at Poe", "chief executive of Poe".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from api.extraction.lexicon import grouped, table, word_list
from api.extraction.mentions import Reading, Unit
from api.extraction.words import ARTICLES, DETERMINERS, NAME_WORDS, PHRASE_STOPS, POSSESSIVES, PREPOSITIONS, fold

Fit = Literal["called", "fits", "may be", "never"]
CALLED: Fit = "called"
FITS: Fit = "fits"
MAY_BE: Fit = "may be"
NEVER: Fit = "never"

_PERSONAL = word_list("personal_titles")
_IS = frozenset({"is", "was", "are", "were"})
_MAX_FIRM_DISTANCE = 60  # words from a name to the noun that stands for it

_WIDER = {sort: wider for sort, wider, _ in table("organisation_sorts")}
_UNTOLD = frozenset(sort for sort, _, untold in table("organisation_sorts") if untold == "untold")
_SORTS_OF_NOUN = grouped("sort_nouns", by=0)
_SORTS_OF_HEAD = {
    head: frozenset(["company"] if group == "suffix" else sorts.split(";"))
    for head, group, sorts, _ in table("organisation_heads")
    if group == "suffix" or sorts != "-"
}
NOUNS = frozenset(_SORTS_OF_NOUN)


def sorts_of(words: Iterable[str]) -> set[str]:
    """Return the sorts that the words of a name show, empty if they show none.

    The last word shows them, or the one before "of" or "for".
    """
    lows = [word.casefold() for word in words]
    if lows[0] == "bank" or lows[-2:] in (["central", "bank"], ["reserve", "bank"], ["national", "bank"]):
        return {"central bank"}
    joints = [i for i, word in enumerate(lows) if word in ("of", "for") and i]
    heads = [lows[joints[0] - 1]] if joints else []
    for head in (*heads, lows[-1]):
        if head in _SORTS_OF_HEAD:
            return set(_SORTS_OF_HEAD[head])
    return set()


def fit(noun: str, words: tuple[str, ...], called: set[str]) -> Fit:
    """Return how well `noun` fits an organisation named with `words` that the text calls by the nouns `called`.

    CALLED: the text or the name says so. FITS: the noun stands for its sort. MAY_BE: nothing speaks against it. NEVER: it
    is of another sort.
    """
    lows = [word.casefold() for word in words]
    ends = {lows[-1], *(lows[i - 1] for i in range(1, len(lows)) if lows[i] in ("of", "for"))}
    if noun in called or noun in ends:
        return CALLED
    asked = _SORTS_OF_NOUN.get(noun, frozenset())
    own = sorts_of(words)
    told = [_SORTS_OF_NOUN[each] for each in called if each in _SORTS_OF_NOUN]
    for sorts in told:
        own = (own & sorts) or own or (set(sorts) if len(sorts) == 1 else set())
    if not own and told:
        own = set().union(*told)
        return MAY_BE if any(asked & _widened(sort) for sort in own) else NEVER
    if not own:
        return MAY_BE if any(_widened(sort) & _UNTOLD for sort in asked) else NEVER
    fitting = [sort for sort in own if asked & _widened(sort)]
    if len(fitting) == len(own):
        return FITS
    return MAY_BE if fitting or any(sort in _widened(each) for sort in own for each in asked) else NEVER


def _widened(sort: str) -> set[str]:
    """Return a sort and the wider sort that it belongs to."""
    return {sort, _WIDER[sort]} - {"-"}


class Bodies:
    """What one text calls its organisations.

    `called` maps the number of a name's unit to the nouns in apposition to it or directly before it. `known` are the folded
    names that the text treats as an organisation's although none of their words shows it.
    """

    def __init__(self, reading: Reading, people: frozenset[str]) -> None:
        """Read what `reading` calls its organisations. `people` are the folded last words of people's names."""
        self._reading = reading
        self.called: dict[int, set[str]] = {}
        self.known: set[str] = set()
        by_first = {unit.first: unit for unit in reading.units}
        by_last = {unit.last: unit for unit in reading.units}
        for number, unit in enumerate(reading.units):
            if unit.kind not in ("organisation", "name", "place"):
                continue
            nouns = {noun for noun in (*self._after(unit), *self._before(unit), self._again(unit, by_first)) if noun}
            if unit.kind == "name" and reading.low(unit.last - 1) in people:
                continue
            if nouns:
                self.called[number] = nouns
            if unit.kind == "name" and (nouns or self._is_employer(unit, by_first, by_last)):
                self.known.add(fold(unit.span.of(reading.text)))

    def _after(self, unit: Unit) -> Iterable[str]:
        """Yield the noun of an apposition after a name, or of what it "is"."""
        at = unit.last
        if self._reading.low(at) in (",", "(", "—", "–") or self._reading.low(at) in _IS:
            yield self._noun(at + 1)

    def _noun(self, at: int) -> str:
        """Return the noun for an organisation that heads the noun phrase at word `at`, or ""."""
        low = self._reading.low
        if low(at) == "one" and low(at + 1) == "of":
            at += 2
        elif low(at) not in ARTICLES | {"another"}:
            return ""
        head = ""
        for index in range(at, at + 10):
            word = low(index)
            if (
                word in PHRASE_STOPS
                or word in PREPOSITIONS
                or not word
                or not (word[0].isalnum() or word in POSSESSIVES)
            ):
                break
            head = word
        pair = f"{low(index - 2)} {head}"
        return pair if pair in NOUNS else head if head in NOUNS else head[:-1] if head[:-1] in NOUNS else ""

    def _before(self, unit: Unit) -> Iterable[str]:
        """Yield the noun directly before a name ("the airline Poe"), or before it and a comma ("The airline, Poe,")."""
        low = self._reading.low
        at = unit.first - 1
        if low(at) in NOUNS and self._reading.words[at].text[0].islower():
            yield low(at)
        elif low(at) == "," and low(at - 1) in NOUNS and low(unit.last) in (",", "."):
            for first in range(at - 2, max(at - 8, -1), -1):
                if low(first) in DETERMINERS:
                    # A person would first be named in full: "the head of the union, Ann Roe,".
                    alone = unit.last == unit.first + 1
                    if low(first - 1) not in PREPOSITIONS or low(first - 1) in ("by", "from", "to") or alone:
                        yield low(at - 1)
                    return
                if not low(first).isalpha() and low(first) not in POSSESSIVES and "-" not in low(first):
                    return

    def _again(self, unit: Unit, by_first: dict[int, Unit]) -> str:
        """Return the noun for a firm that stands for a name of one word which speaks of itself as "it".

        An example is "Penrose said it would pay. The company was sorry." Nobody else is named between.
        """
        low = self._reading.low
        if unit.last != unit.first + 1 or low(unit.first) in NAME_WORDS or low(unit.last + 1) not in ("it", "its"):
            return ""
        for index in range(unit.last + 1, unit.last + _MAX_FIRM_DISTANCE):
            if index in by_first and by_first[index].kind in ("person", "name", "organisation"):
                return ""
            if low(index) == "the" and low(index + 1) in NOUNS:
                firm = any("company" in _widened(sort) for sort in _SORTS_OF_NOUN[low(index + 1)])
                return low(index + 1) if firm else ""
        return ""

    def _is_employer(self, unit: Unit, by_first: dict[int, Unit], by_last: dict[int, Unit]) -> bool:
        """Return whether a name has staff: "an analyst at Poe", "chief executive of Poe", "Poe chairman"."""
        low = self._reading.low
        link = unit.first - 1 - (low(unit.first - 1) == "the")
        title = by_last.get(link)
        if title and title.kind == "title":
            if low(link) == "at":
                return True
            if low(link) == "of" and title.group == "office" and title.head not in _PERSONAL:
                return True
        after = by_first.get(unit.last)
        if not after or after.kind != "title" or after.group != "office" or after.head in _PERSONAL:
            return False
        holder = by_first.get(after.last)
        return holder is not None and holder.kind in ("person", "name")
