"""Classify source phrases: a name, a pronoun, an office, an organisation, or no one in particular.

Only the head of the phrase speaks. That is Vince Roe in "Vince Roe, who replaced Ann Poe", and an aide in "an aide to Ann
Poe". It is the Kremlin in "a spokesman for the Kremlin", and no one with a name in "officials in Riga".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from api.extraction.bodies import NOUNS
from api.extraction.documents import medium_of, noun_of
from api.extraction.lexicon import table, word_list
from api.extraction.lists import first_named, named_together
from api.extraction.mentions import Reading, Unit, is_member
from api.extraction.spans import Span
from api.extraction.words import (
    DETERMINERS,
    GROUPS,
    HONOURS,
    KINSHIP,
    ORGANISATION_HEADS,
    ORGANISATION_NOUNS,
    PHRASE_STOPS,
    POSSESSIVE_PRONOUNS,
    POSSESSIVES,
    PREPOSITIONS,
    PRONOUNS,
    RELATIVE_PRONOUNS,
    is_head,
)

SourceKind = Literal[
    "name", "spokesperson", "pronoun", "relative", "office", "epithet", "kin", "body", "called", "several", "together",
    "document", "author", "nobody", "empty",
]  # fmt: skip

_SPOKESPEOPLE = word_list("spokespeople")
_SPOKESPERSON_LINKS = word_list("spokesperson_links")
_MANKIND = dict(table("mankind"))
_AFTER_NAME = word_list("after_name") | HONOURS
_SOURCE_OPENERS = word_list("source_openers")
_INDEFINITES = word_list("indefinites")
_PARENTS = word_list("parents")
_NUMBERS = word_list("numbers")
_CAMPAIGNS = word_list("campaign_nouns")
_TOGETHER = {word: int(count) for word, count in table("together_words")}
_STATEMENTS = word_list("statement_nouns")
_FIRST_PERSON = frozenset({"i", "me", "myself"})
_ISSUED_BY = frozenset({"from", "by"})


@dataclass(frozen=True, slots=True)
class Source:
    """A classified source phrase: its kind, and the unit that names the speaker or is the title of the office.

    `gender` is "m", "f", "it", or "" for they or if it is unknown. A pronoun, kin, an epithet ("the woman") or "both women"
    tells it.
    `noun` is the word for an organisation ("company") or for kin, or an age ("34"). `owner` is the pronoun before it
    ("their"), or "'s". `units` are the names of a source that lists several, and `count` how many "both men" are. `word` is the
    word of a document's noun.
    """

    kind: SourceKind
    unit: Unit | None = None
    gender: str = ""
    noun: str = ""
    span: Span | None = None
    owner: str = ""
    units: tuple[Unit, ...] = ()
    count: int = 0
    word: int = -1


NOBODY = Source("nobody")


def read_source(reading: Reading, spans: Sequence[Span]) -> Source:
    """Classify the source that covers `spans` of the text."""
    if not spans:
        return Source("empty")
    first = reading.word_at(spans[0].start)
    last = reading.word_at(spans[0].end - 1) + 1
    last = min(last, len(reading.words))
    while first < last and not reading.words[first].text[0].isalnum() and reading.words[first].text[0] != "@":
        first += 1
    while first < last and reading.low(first) in _SOURCE_OPENERS:
        first += 1
    if first >= last:
        return NOBODY
    low = reading.low(first)
    if last - first == 1 or (last - first == 2 and reading.low(first + 1) in _AFTER_NAME):
        if low in PRONOUNS:
            return Source("pronoun", gender=PRONOUNS[low], span=reading.span(first, first + 1))
        if low in _FIRST_PERSON:
            return Source("author", span=reading.span(first, first + 1))
        if low in RELATIVE_PRONOUNS:
            return Source("relative", span=reading.span(first, first + 1))
    at = first + (low == "the")
    noun = reading.low(last - 1)
    short = last - at == 1 or (last - at == 2 and (noun in GROUPS or is_head(noun.removesuffix("s"))))
    if reading.low(at) in _TOGETHER and short and low in ("the", "both"):
        gender = _MANKIND.get(noun, _MANKIND.get(noun.replace("men", "man"), ""))
        return Source("together", gender=gender, count=_TOGETHER[reading.low(at)], span=reading.span(first, last))
    return _Phrase(reading, first, last).classify()


class _Phrase:
    """A noun phrase: words first to last (exclusive) of a reading, and the units in it."""

    def __init__(self, reading: Reading, first: int, last: int) -> None:
        self.reading, self.first, self.last = reading, first, last
        span = reading.span(first, last)
        self.units = reading.units_in(span.start, span.end)
        self.at = {unit.first: unit for unit in self.units}
        self.stop = self._end_of_core()

    def _end_of_core(self) -> int:
        """Return the word where the head's part of the phrase ends: at a comma, a relative clause or a preposition."""
        index = self.first
        while index < self.last:
            unit = self.at.get(index)
            if unit:
                index = unit.last
                continue
            low = self.reading.low(index)
            if low in PHRASE_STOPS or (low in PREPOSITIONS and index > self.first):
                return index
            index += 1
        return self.last

    def classify(self) -> Source:
        """Classify the phrase by its head."""
        reading = self.reading
        core = [unit for unit in self.units if unit.first < self.stop]
        listed = named_together(reading, self.first, self.last, self.units)
        if listed:
            return Source("several", units=listed, span=reading.span(self.first, self.last))
        if examples := self._examples():
            return examples
        document = noun_of(reading, self.first, self.stop, self.units)
        issuer = None if document is not None and medium_of(reading, document) == "document" else self._issuer()
        theirs = self._name_after_whose() or issuer
        if theirs:
            return Source("name", theirs)
        if document is not None:
            return Source("document", word=document, span=reading.span(self.first, self.last))
        if self._names_several(core):
            return NOBODY
        member = len(core) > 1 and core[-2].last == core[-1].first and is_member(reading, core[-2])
        if member:
            core.pop()
        head = core[-1] if core else None
        if head is None:
            return self._name_in_apposition() or self._common_noun(None)
        rest = [reading.low(i) for i in range(head.last + member, self.stop)]
        while rest and rest[-1] in _AFTER_NAME:
            rest.pop()
        if rest and rest[0] in POSSESSIVES and len(rest) == 1:
            rest = []
        if rest in (["named"], ["called"]):
            rest = []
        if head.kind in ("person", "name", "account"):
            if not rest:
                return Source("name", head)
            if rest[-1] in _CAMPAIGNS and (len(rest) == 1 or (len(rest) == 2 and rest[0] in POSSESSIVES)):
                return Source("called", head, noun=rest[-1], span=reading.span(head.first, self.stop))
            return self._name_in_apposition() or NOBODY
        if head.kind == "title":
            office = self._office(head, core, rest)
            if office:
                return office
        if head.kind in ("organisation", "place") or (head.kind == "country" and head.group == "name"):
            if not rest:
                return Source("name", head) if self._is_alone(head) else self._name_in_apposition() or NOBODY
            if (
                rest[-1] in ORGANISATION_NOUNS
                and reading.low(head.last) in POSSESSIVES
                and rest[-1] in ORGANISATION_HEADS
            ):
                return Source("body", head, noun=rest[-1], span=reading.span(head.first, self.stop))
        if head.kind == "country" and (head.group == "people" or not rest):
            return self._name_in_apposition() or self._epithet(head) or NOBODY
        return self._name_in_apposition() or self._common_noun(head)

    def _examples(self) -> Source | None:
        """Return those whom a group is said to include: "several mayors, including Ann Roe and Tom Poe".

        "Mayors like Ann Roe" says nothing of her.
        """
        reading, low = self.reading, self.reading.low
        for index in range(self.first + 1, self.last - 1):
            if low(index) != "including":
                continue
            end = index - (low(index - 1) in (",", "—", "–", "-"))
            group = low(end - 1).endswith("s") or low(end - 1) in GROUPS
            if not group or any(unit.last <= index and unit.kind in ("person", "account") for unit in self.units):
                return None
            first = index + 1
            units = [unit for unit in self.units if unit.first >= first]
            names = named_together(reading, first, self.last, units) or first_named(reading, first, self.last, units)
            if len(names) > 1:
                return Source("several", units=names, span=reading.span(self.first, self.last))
            others = [unit for unit in units if unit.kind in ("person", "name") and unit not in names]
            return Source("name", names[0]) if names and not others else None
        return None

    def _name_after_whose(self) -> Unit | None:
        """Return the name that ends a phrase such as "Poe Gas, whose director, Ann Roe,": she is the one who speaks."""
        end = self.last - (self.reading.low(self.last - 1) == ",")
        named = next((unit for unit in self.units if unit.last == end), None)
        if named is None or named.kind not in ("person", "name") or self.reading.low(named.first - 1) != ",":
            return None
        return named if any(self.reading.low(i) == "whose" for i in range(self.stop, named.first)) else None

    def _issuer(self) -> Unit | None:
        """Return who issues the statement that speaks: "A press release from Lund City Council"."""
        low = self.reading.low
        if self.stop >= self.last or low(self.stop) not in _ISSUED_BY or low(self.stop - 1) not in _STATEMENTS:
            return None
        named = self.at.get(self.stop + 1 + (low(self.stop + 1) == "the"))
        whole = named and named.last in (self.last, self.last - (low(self.last - 1) == ","))
        return named if named and whole and named.kind in ("organisation", "person", "name") else None

    def _is_alone(self, head: Unit) -> bool:
        """Return whether an organisation is no part of a list: no "and" or "or" stands before it."""
        return self.reading.low(head.first - 1) not in ("and", "or")

    def _names_several(self, core: list[Unit]) -> bool:
        """Return whether the phrase names several: "Roe and Poe", "Ann Roe, Bill Poe and others"."""
        inside = {i for unit in self.units for i in range(unit.first, unit.last)}
        for index in range(self.first, self.stop):
            if self.reading.low(index) in ("and", "or", "&") and index not in inside:
                before = any(
                    (u.last == index and u.kind != "title")
                    or (u.last < index and u.kind in ("person", "organisation", "country"))
                    for u in core
                )
                if before or index == self.first + 1 or self.reading.low(index - 1) in GROUPS:
                    return True
                following = self.at.get(index + 1)
                titled = any(u.last == index and u.kind == "title" for u in core)
                if titled and following and following.kind != "person":
                    continue  # "columnist and Courier contributor Ann Roe"
                if following and following.kind in ("person", "name", "organisation", "country"):
                    return True
        if self._is_list(core):
            return True
        if self._ends_in_name(core):
            following = self.at.get(self.stop + 1)
            if following and following.kind in ("person", "name") and following.last < self.last:
                return self.reading.low(following.last) in ("and", ",")[: 1 + (following.kind == "person")]
        return False

    def _is_list(self, core: list[Unit]) -> bool:
        """Return whether "and" and another name follow the apposition of the first: "Tom Pell, the owner, and Ann Roe,".

        Behind a relative clause the second name ends the phrase or has a comma: "Tom Pell, who owns it, and Ann Roe, his
        aide,".
        """
        if not self._ends_in_name(core):
            return False
        relative = False
        for index in range(self.stop, self.last):
            low = self.reading.low(index)
            relative |= low in RELATIVE_PRONOUNS
            if low == "and" and self.reading.low(index - 1) == ",":
                if not relative:
                    return self._has_person_after(index)
                named = self.at.get(index + 1)
                if named and named.kind in ("person", "name"):
                    return named.last == self.last or self.reading.low(named.last) == ","
        return False

    def _has_person_after(self, index: int) -> bool:
        """Return whether one of the next units in the phrase behind word `index` is a person."""
        following = [unit for unit in self.units if unit.first > index][:3]
        return any(unit.kind in ("person", "name") for unit in following)

    def _ends_in_name(self, core: list[Unit]) -> bool:
        """Return whether the head's part is a name up to its comma: not in "Doe's mother, Ann Doe,"."""
        named = bool(core) and core[-1].kind in ("person", "name") and core[-1].last == self.stop
        return named and self.reading.low(self.stop) == ","

    def _name_in_apposition(self) -> Source | None:
        """Return the name in apposition to a common noun: "a top strategist, John Roe,", "an academic named Eric Roe"."""
        reading = self.reading
        for index in range(self.first, self.last - 1):
            if reading.low(index) in ("named", "called"):
                named = self.at.get(index + 1)
                if named and named.kind in ("person", "name"):
                    return Source("name", named)
        comma = next((i for i in range(self.stop, self.last) if reading.low(i) in (",", "—", "–", ":")), self.last)
        if self._is_plural(self.stop - 1):
            return None
        if any(reading.low(i) in RELATIVE_PRONOUNS and reading.low(i) != "that" for i in range(self.stop, comma)):
            return None
        start = index = comma + 1
        while index < self.last:
            unit = self.at.get(index)
            if unit and unit.kind in ("person", "name"):
                following = reading.low(unit.last) if unit.last < self.last else ","
                good = following in (",", "—", "–", "(", ")", "of", "from", "at") and (index - start) <= 8
                if following == "," and reading.low(unit.last + 1) == "and" and self._has_person_after(unit.last):
                    return NOBODY  # "the mayor, Ann Roe, and her aide, Bill Poe,"
                return Source("name", unit) if good else None
            if unit:
                index = unit.last
                continue
            if reading.low(index) not in DETERMINERS | POSSESSIVES | {"."} and not reading.words[index].text.isalpha():
                return None
            if reading.low(index) in PHRASE_STOPS | PREPOSITIONS | {"and"}:
                return None
            index += 1
        return None

    def _is_plural(self, index: int) -> bool:
        """Return whether word `index` is a plural that means people."""
        low = self.reading.low(index)
        return (low.endswith("s") and (low in GROUPS or low[:-1] in GROUPS)) or low in ("leaders", "people")

    def _office(self, title: Unit, core: list[Unit], rest: list[str]) -> Source | None:
        """Return the source that the title of the core makes, or None if other words follow it."""
        if rest:
            return None
        named = self._name_in_apposition()
        if named:
            return named
        if title.head in _SPOKESPEOPLE:
            body = self._body_of(title, core)
            if not body and self.reading.low(self.first) == "the" and title.last == self.last:  # one named before
                noun = self._spokesperson(title).noun
                return Source(
                    "office", title, gender=title.gender, noun=noun, span=self.reading.span(self.first, self.last)
                )
            return Source("spokesperson", body) if body else self._spokesperson(title)
        if self.reading.low(self.first) in _INDEFINITES:
            return Source("nobody", title)
        noun = title.head if title.head in NOUNS else ""  # "the retailer" is a shop or its keeper
        span = self.reading.span(self.first, self.last)
        return Source("office", title, gender=title.gender, noun=noun, span=span)

    def _body_of(self, title: Unit, core: list[Unit]) -> Unit | None:
        """Return the organisation that an unnamed spokesperson speaks for, or None for a person's spokesperson."""
        before = [u for u in core if u.last <= title.first]
        if before:
            unit = before[-1]
            owned = self.reading.low(unit.last) in POSSESSIVES
            return unit if unit.kind == "organisation" or (unit.kind == "name" and not owned) else None
        index = title.last
        if self.reading.low(index) in _SPOKESPERSON_LINKS and index < self.last:
            for unit in self.units:
                if unit.first > index:
                    if self.reading.low(unit.last) in POSSESSIVES and unit.last < self.last - 1:
                        return None
                    named = unit.kind in ("organisation", "name", "country") and unit.group in ("", "name")
                    return unit if named else None
        return None

    def _spokesperson(self, title: Unit) -> Source:
        """Return an unnamed spokesperson of a common noun: "a spokesman for the company", "a ministry spokeswoman"."""
        reading, low = self.reading, self.reading.low
        span = reading.span(self.first, self.last)
        index = title.last
        if low(index) in _SPOKESPERSON_LINKS and low(index + 1) in POSSESSIVE_PRONOUNS | {"the"}:
            owner = low(index + 1) if low(index + 1) in POSSESSIVE_PRONOUNS else ""
            end = index + 2
            while end < self.last and low(end) not in PHRASE_STOPS | PREPOSITIONS:
                end += 1
            if end > index + 2 and low(end - 1) in NOUNS and not reading.units_in(reading.words[index].end, span.end):
                return Source("spokesperson", noun=low(end - 1), span=span, owner=owner)
        elif index == self.last:
            before = [low(i) for i in range(self.first, index - 1) if low(i) in NOUNS]
            if before:
                return Source("spokesperson", noun=before[-1], span=span)
        return NOBODY

    def _epithet(self, head: Unit | None) -> Source | None:
        """Return a phrase that only describes someone mentioned just before: "the Dane", "the 34-year-old", "the union man"."""
        reading = self.reading
        noun, span = reading.low(self.stop - 1), reading.span(self.first, self.stop)
        if noun in _PARENTS and self.stop == self.first + 2 and reading.low(self.stop) == "of":  # "the mother of two"
            counted = reading.low(self.stop + 1) in _NUMBERS or reading.low(self.stop + 1).isdigit()
            return Source("epithet", gender=KINSHIP[noun], span=span) if counted else None
        if reading.low(self.first) != "the" or reading.low(self.stop) in PREPOSITIONS | RELATIVE_PRONOUNS:
            return None
        if noun.endswith("-year-old"):
            return Source("epithet", gender="", noun=noun.partition("-")[0], span=span)
        if noun in _MANKIND:
            return Source("epithet", gender=_MANKIND[noun], span=span)
        if head is None or head.kind != "country" or (head.first, head.last) != (self.first + 1, self.stop):
            return None
        if (head.group == "adjective" and noun[-1] in "ni") or (
            head.group == "people" and not noun.endswith(("s", "men"))
        ):
            gender = "f" if noun.endswith("woman") else "m" if noun.endswith("man") and head.group == "people" else ""
            return Source("epithet", head, gender=gender, span=span)
        return None  # "the Dutch"

    def _common_noun(self, head: Unit | None) -> Source:
        """Return the source of a phrase headed by a common noun: an organisation such as "the company", or no one."""
        reading = self.reading
        noun = reading.low(self.stop - 1)
        epithet = self._epithet(head)
        if epithet:
            return epithet
        opening = reading.low(self.first)
        owner = opening if opening in POSSESSIVE_PRONOUNS else ""
        if not owner and any(reading.low(i) in POSSESSIVES for i in range(self.first, self.stop)):
            owner = "'s"  # "the minister's office"
        if not owner and opening not in ("the", "this", "that"):
            return NOBODY
        if noun in KINSHIP and owner and self.stop == self.first + 2:
            span = reading.span(self.first, self.stop)
            return Source("kin", gender=KINSHIP[noun], noun=noun, span=span, owner=owner)
        if reading.low(self.stop) in PREPOSITIONS or (noun in GROUPS and noun not in NOUNS) or noun in KINSHIP:
            return NOBODY
        if f"{reading.low(self.stop - 2)} {noun}" in NOUNS:
            noun = f"{reading.low(self.stop - 2)} {noun}"
        if noun in NOUNS:
            return Source("body", head, noun=noun, span=reading.span(self.first, self.stop), owner=owner)
        return NOBODY
