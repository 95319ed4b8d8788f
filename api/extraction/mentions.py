"""Find names in a text (people, organisations, countries, places, accounts) and the titles beside them.

One pass over the words, from left to right, cuts out units. A unit is the longest phrase that is a title ("former foreign
minister"), an organisation, a country or a place. An organisation is known, or ends in a head word such as "Ministry". Any
other run of capitalised words is taken for a name. Every look ahead is bounded, so that time is linear in the text.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from api.extraction.layout import Layout
from api.extraction.lexicon import table, word_list
from api.extraction.sentences import DATELINE
from api.extraction.spans import Span
from api.extraction.tagging import Entity, EntityKind
from api.extraction.words import (
    ADJECTIVES,
    CALENDAR,
    COUNTRIES,
    FIRST_NAMES,
    FUNCTION_WORDS,
    GIVEN_NAMES,
    GROUPS,
    HONORIFICS,
    HONOURS,
    KINSHIP,
    KNOWN_ORGANISATIONS,
    NAME_SUFFIXES,
    NAME_WORDS,
    ORGANISATION_HEADS,
    ORGANISATION_NOUNS,
    PARTICLES,
    PLACES,
    POSSESSIVE_PRONOUNS,
    PRAISE,
    TITLE_WORDS,
    TITLES,
    Word,
    fold,
    is_capital,
    is_head,
    match,
)

UnitKind = Literal["person", "name", "organisation", "country", "place", "account", "title", "thing"]

_OWNERS = word_list("owners") | {"'s", "’s"}
MAX_PHRASE_WORDS = 12  # in a name, title or organisation; "Centers for Disease Control and Prevention" has 6

_MIN_ENTITY_SCORE = 0.8  # score from which the tagger's kind of a name counts: it learnt from silver labels
_KIND_OF_ENTITY: dict[EntityKind, UnitKind] = {
    "person": "name",
    "organization": "organisation",
    "location": "place",
    "misc": "name",
}

_MEMBER_OFFICES = word_list("member_offices")
_OPENING_PARTICLES = word_list("opening_particles")
_COMPLEMENT_PREPOSITIONS = word_list("complement_prepositions")
_COMPLEMENT_WORDS = word_list("complement_words")
_INSIDE_NAMES = _COMPLEMENT_PREPOSITIONS | {"the", "and", "&", "'", "’", "'s", "’s", "."}
_CLOSED_HEADS = frozenset(head for head, _, _, traits in table("organisation_heads") if "closed" in traits.split(";"))
_STANDALONE_BODIES = word_list("standalone_bodies")
_BEFORE_DATES = word_list("before_dates")
_SURNAMES = word_list("surnames")
_THING_HEADS = word_list("thing_heads")
_STATE_NOUNS = word_list("state_nouns")
_ABSTRACT_ENDINGS = tuple(word_list("abstract_endings"))
_NOBODY_LABELS = word_list("nobody_labels")
_STYLES = word_list("styles")
_BEHIND_NAMES = HONOURS | _MEMBER_OFFICES
_CLOCK = frozenset({"am", "pm"})
_MAX_PERSON_WORDS = 6  # in a name that the tagger calls a person's


@dataclass(frozen=True, slots=True)
class Unit:
    """A phrase of a text that names something or is a title: words first to last (exclusive), and its kind.

    `country` is the code of a country, or of the state that the organisation belongs to. `gender` is what the words tell:
    "m", "f" or "". `group` is the lexicon's class of a title (office, occupation, leader, prefix, standing) or of a country
    word (name, adjective, people). `head` is the last head of a title, or the first word of an organisation after the
    adjective of its country.
    """

    kind: UnitKind
    first: int
    last: int
    span: Span
    country: str = ""
    gender: str = ""
    group: str = ""
    head: str = ""
    state: bool = False


class Reading(Layout):
    """A text's words, sentences and paragraphs, and its units in text order. Nothing changes after it is made."""

    def __init__(
        self, text: str, sources: Collection[int] = (), entities: Sequence[Entity] = (), pairs: Collection[int] = ()
    ) -> None:
        """Find the units of `text`.

        `sources` are code points where a source of one word starts: it may be a name that is spelt like any word. `pairs`
        are those where a source of two words starts: they may be a first name and a surname that are words as well.
        `entities` are the tagger's, in text order. They tell the kind of a name that no list has.
        """
        super().__init__(text)
        self._entities = [entity for entity in entities if entity.score >= _MIN_ENTITY_SCORE]
        self._entity_ends = [entity.span.end for entity in self._entities]
        self._tagged_starts = {entity.span.start for entity in entities}
        self._people: dict[int, int] = {}
        self._addressed = {  # surnames behind an honorific: "Ms Roe"
            word.low
            for before, word in pairwise(word for word in self.words if word.text != ".")
            if before.low in HONORIFICS and before.low not in GIVEN_NAMES and is_capital(word.text)
        }
        self._sources = frozenset(self.word_at(start) for start in sources)
        self._spelt = Counter(word.text for word in self.words)
        self._common = {word.low for word in self.words if word.text[0].islower()}
        self._capitals = {
            word.low for i, word in enumerate(self.words) if word.text[0].isupper() and i not in self.breaks
        }
        self._people = self._find_people(pairs)
        self.units: list[Unit] = self._with_surnames(
            self._without_datelines(self._with_whole_names(self._find_units()))
        )
        self.starts = [unit.span.start for unit in self.units]

    def units_in(self, start: int, end: int) -> list[Unit]:
        """Return the units that lie inside [start, end), in text order."""
        at = bisect_right(self.starts, start - 1)
        found = []
        while at < len(self.units) and self.units[at].span.start < end:
            if self.units[at].span.end <= end:
                found.append(self.units[at])
            at += 1
        return found

    # People

    def _find_people(self, pairs: Collection[int]) -> dict[int, int]:
        """Return the first words of names that are surely a person's, to the words where they end.

        The tagger says so, or a first name and another word are one of the `pairs`, or an office follows them: "Rose Day,
        the mayor of Lund,". Such a name may consist of any words: "Ann May", "Israel Roe", "Kim Min-jae".
        """
        found: dict[int, int] = {}
        for entity in self._entities:
            first = self.word_at(entity.span.start)
            last = self.word_at(entity.span.end - 1) + 1
            while last > first and self.low(last - 1) in _BEHIND_NAMES and self.words[last - 1].text[-1].isupper():
                last -= 1
            if (
                entity.kind == "person"
                and 1 < last - first <= _MAX_PERSON_WORDS
                and self.words[first].start == entity.span.start
                and all(i not in self.breaks or self.words[i - 1].text[-1] == "." for i in range(first + 1, last))
            ):
                found[first] = last
        speaking = {self.word_at(start) for start in pairs}
        for at, word in enumerate(self.words[:-2]):
            if (
                at not in found
                and word.low in NAME_WORDS
                and word.text[0].isupper()
                and (self._continues_any_name(at + 1) or (at in speaking and self.low(at + 1) in CALENDAR))
                and not (self._follows_directly(at) and self._is_capitalised(at - 1))
                and (self._has_office_after(at + 2) or (at in speaking and self._may_be_surname(at + 1)))
            ):
                found[at] = at + 2
        return found

    def _may_be_surname(self, at: int) -> bool:
        """Return whether word `at` may be a surname: no list or tagger knows it as part of a body or as a thing."""
        low = self.words[at].low
        known = low in ORGANISATION_HEADS or low in ORGANISATION_NOUNS or low in _THING_HEADS or is_head(low)
        return not known and self._tagged_kind(self.span(at, at + 1)) in (None, "person")

    def _has_office_after(self, at: int) -> bool:
        """Return whether word `at` is a comma before an office: ", the mayor of Lund,"."""
        at += 1 + (self.low(at + 1) in ("a", "an", "the"))
        if self.low(at - 1) not in (",", "a", "an", "the") or at >= len(self.words):
            return False
        title = self._title(at) if self.words[at].text[0].islower() else None
        return title is not None and title.group in ("office", "occupation")

    def _person_end(self, at: int) -> int:
        """Return where the name of a person that surely starts at word `at` ends, or 0.

        A title before the name is no part of it, unless it is a first name and a surname follows: "Mason Greer".
        """
        end = self._people.get(at, 0)
        low = self.words[at].low
        if not end or low in HONORIFICS or low in ADJECTIVES:
            return 0
        if (title := self._title(at)) and not (
            title.group == "occupation" and low in NAME_WORDS and end == at + 2 and title.last == at + 1
        ):
            return 0
        return end

    # Units

    def _find_units(self) -> list[Unit]:
        """Return all units, in text order."""
        units: list[Unit] = []
        words = self.words
        at = 0
        while at < len(words):
            word = words[at]
            unit = None
            if word.text[0] == "@":
                if len(word.text) > 1:
                    unit = self._unit("account", at, at + 1)
            elif word.text != word.low and is_capital(word.text):
                unit = self._unit_at_capital(at)
            else:
                if word.low in TITLES or word.low in TITLE_WORDS or word.low.startswith("ex-"):
                    unit = self._title(at)
                if unit is None and units and ORGANISATION_HEADS.get(word.low) == "state":
                    unit = self._state_body(at, units)
            if unit is None:
                at += 1
                continue
            if unit.kind == "organisation" and units and units[-1].first >= unit.first:
                units.pop()
            units.append(unit)
            at = max(unit.last, at + 1)
        return units

    def _with_whole_names(self, units: list[Unit]) -> list[Unit]:
        """Return the units, with those inside a longer body or place that the tagger sees joined: "CNN Philippines"."""
        whole: list[Unit] = []
        at = 0
        for kind, first, last in self._tagged_bodies():
            while at < len(units) and units[at].last <= first:
                whole.append(units[at])
                at += 1
            end = at
            while end < len(units) and units[end].first < last:
                end += 1
            if self._is_whole_name(first, last, units[at:end]):
                whole.append(self._unit(kind, first, last, head=str(first)))
                at = end
        return whole + units[at:]

    def _tagged_bodies(self) -> Iterator[tuple[UnitKind, int, int]]:
        """Yield the organisations and places that the tagger sees, as words first to last (exclusive), cut at slashes."""
        for entity in self._entities:
            first, last = self.word_at(entity.span.start), self.word_at(entity.span.end - 1) + 1
            whole = (self.words[first].start, self.words[last - 1].end) == entity.span
            if entity.kind not in ("organization", "location") or not whole or last - first > MAX_PHRASE_WORDS:
                continue
            for index in range(first, last):
                if self.low(index) == "/":
                    yield _KIND_OF_ENTITY[entity.kind], first, index
                    first = index + 1
            yield _KIND_OF_ENTITY[entity.kind], first, last

    def _is_whole_name(self, first: int, last: int, inside: list[Unit]) -> bool:
        """Return whether words first to last, which the tagger calls one name, are a longer one than the units `inside`."""
        if not inside or last - first < 2:
            return False
        article = inside[0].first == first - 1 and self.low(first - 1) == "the"
        if (inside[0].first < first and not article) or inside[-1].last > last:
            return False
        if len(inside) == 1 and inside[0].last == last and (article or inside[0].first == first):
            return False
        if any(unit.kind in ("person", "account") or self._is_title_before_name(unit, last) for unit in inside):
            return False
        return (
            self._is_capitalised(first)
            and self._is_capitalised(last - 1)
            and all(self._is_inside_name(index) for index in range(first + 1, last))
        )

    def _is_title_before_name(self, unit: Unit, last: int) -> bool:
        """Return whether a unit is an office before someone's name: "Lund Mayor Ann Roe", not "Lund Sheriff's Office"."""
        body = unit.last >= last or not self._is_capitalised(unit.last) or self.low(unit.last) in ORGANISATION_HEADS
        return unit.kind == "title" and not body

    def _is_inside_name(self, index: int) -> bool:
        """Return whether word `index` may stand inside the name of a body."""
        return index not in self.breaks and (self._is_capitalised(index) or self.low(index) in _INSIDE_NAMES)

    def _without_datelines(self, units: list[Unit]) -> list[Unit]:
        """Return the units without the place and the agency that open a paragraph: "LUND (Harbour Wire) - "."""
        openings = [line.span() for at in self._paragraphs if (line := DATELINE.match(self.text, at))]
        if not openings:
            return units
        inside = {at for start, end in openings for at in range(start, end)}
        return [unit for unit in units if unit.span.start not in inside]

    def _with_surnames(self, units: list[Unit]) -> list[Unit]:
        """Return the units, with single words that are the surname of someone named before turned into that name.

        An example is "Holland" of Tom Holland, where it is a source. Where the same word is something else elsewhere ("in
        Holland"), it is left out: it may be either.
        """
        people: dict[str, int] = {}
        alone: dict[str, list[Unit]] = {}
        for unit in units:
            word = self.words[unit.last - 1].text
            if unit.last - unit.first > 1 and (unit.kind == "person" or self._tagged_kind(unit.span) == "person"):
                people.setdefault(word, unit.last)
            elif unit.last == unit.first + 1:
                alone.setdefault(word, []).append(unit)
        speak = {at for at in self._sources if people.get(self.words[at].text, at) < at}
        if not speak:
            return units
        kept = [unit for unit in units if unit.first not in speak or unit.last > unit.first + 1 or unit.kind == "name"]
        taken = {index for unit in kept for index in range(unit.first, unit.last)}
        for at in speak - taken:
            others = (unit for unit in alone.get(self.words[at].text, ()) if unit.first not in self._sources)
            if all(unit.kind == "name" for unit in others):
                kept.append(self._unit("name", at, at + 1))
        return sorted(kept, key=lambda unit: unit.first)

    def _unit(self, kind: UnitKind, first: int, last: int, **extra: str | bool) -> Unit:
        return Unit(kind, first, last, self.span(first, last), **extra)  # type: ignore[arg-type]  # the fields above

    def _follows_directly(self, index: int) -> bool:
        """Return whether nothing but white space stands between word `index` and the word before it."""
        return index < len(self.words) and index > 0 and index not in self.breaks

    def _is_capitalised(self, index: int) -> bool:
        return index < len(self.words) and is_capital(self.words[index].text)

    def _continues_any_name(self, index: int) -> bool:
        """Return whether word `index` may continue a name that the word before belongs to."""
        if not self._is_capitalised(index) or not self._follows_directly(index):
            return False
        low = self.words[index].low
        return (low not in FUNCTION_WORDS or low in ORGANISATION_HEADS) and (low not in CALENDAR or low in GIVEN_NAMES)

    def _unit_at_capital(self, at: int) -> Unit | None:
        """Return the unit that starts with the capitalised word `at`, or None."""
        words, low = self.words, self.words[at].low
        if low in ("a", "an") and at in self.breaks and self.low(at + 1) != ".":
            return None  # "A Health Ministry spokesman"
        if words[at].text[1:2] == "-" and words[at].text[0] in "RDI":
            return None  # party and state: "Jane Roe, R-Utah"
        if low in ("a", "an") or (low in HONOURS and self._is_behind_name(at)):
            return None
        opening = at in self.breaks and low in ORGANISATION_HEADS and low not in GIVEN_NAMES and not self._title(at)
        if (
            opening
            and self.low(at + 1) in GIVEN_NAMES
            and self._continues_any_name(at + 1)
            and self._continues_any_name(at + 2)
        ):
            return None  # "Center Ann Roe scored"
        if low.rpartition("-")[2] in COUNTRIES and "-" in low and low not in COUNTRIES:
            return None  # "African-American"
        honorific = self._person_after_honorific(at)
        if honorific:
            return honorific
        if low in _NOBODY_LABELS and (words[at].text.isupper() or self.low(at - 1) in ("unidentified", "unknown")):
            return None  # "UNIDENTIFIED MALE"
        if low in _STYLES and self.low(at - 1) in POSSESSIVE_PRONOUNS:
            return None  # "His Honour Judge Ann Roe"
        if person := self._person_end(at):
            return self._name_at(at, end=person)
        title = self._title(at)
        if low in HONORIFICS and self._title(at + 1):
            return None  # "Madam Deputy Speaker"
        country = match(COUNTRIES, words, at)
        known = match(KNOWN_ORGANISATIONS, words, at)
        if low in ADJECTIVES and at + 1 < len(words) and match(COUNTRIES, words, at + 1):
            return None
        body = self._organisation_end(at)
        given = low in GIVEN_NAMES and self._continues_any_name(at + 1) and not self._title(at + 1)
        if title and self._is_first_name(at, title.last):
            return self._name_at(at)
        parted = body and body - at > 1 and self._title(body) and not self._is_portfolio_word(body - 1)
        if title and (not body or title.last >= body) and not parted:
            return title
        if known and at + len(known.words) >= (body or 0) and not given:
            return self._unit("organisation", at, at + len(known.words), head=low)
        if country and country.group != "people":
            end = at + len(country.words)
            if body and body > end:
                state = self._is_state(end, body)
                state |= ORGANISATION_HEADS.get(words[body - 1].low) == "state" and not self._is_bank(body)
                return self._unit(
                    "organisation", at, body, country=country.value, head=str(end if state else at), state=state
                )
            if not given or body:
                return self._unit("country", at, end, country=country.value, group=country.group)
        if body:
            return self._unit("organisation", at, body, head=str(at), state=self._is_state(at, body))
        if country and not given:
            return self._unit("country", at, at + len(country.words), country=country.value, group=country.group)
        place = match(PLACES, words, at)
        if place and not given:
            return self._unit("place", at, at + len(place.words))
        acronym = self.words[at].text.isupper() and len(low) > 2 and not self._is_in_capitals(at)
        named = low in GIVEN_NAMES and at in self._sources  # "Will said"
        if low in FUNCTION_WORDS and not named and not given and not acronym:
            return None
        if low in CALENDAR and not given and (low not in GIVEN_NAMES or self._is_date(at)):
            return None
        if not given and (low in GROUPS or (low in ADJECTIVES and not self._opens_with_adjective(at))):
            return None
        if low[:-1] in COUNTRIES and low.endswith("s") and len(low) > 3:
            return self._unit("country", at, at + 1, country=COUNTRIES[low[:-1]][0].value, group="people")
        return self._name_at(at)

    def _is_behind_name(self, at: int) -> bool:
        """Return whether word `at` stands behind a name, or behind one and a comma: "Ann Roe, PhD"."""
        if self.low(at - 1) == ",":
            return self.words[at].text[-1].isupper() and self._is_capitalised(at - 2)
        return self._follows_directly(at) and self._is_capitalised(at - 1)

    def _is_date(self, at: int) -> bool:
        """Return whether a month that is a name too means the month: "in June", "June 2022", "4 April"."""
        before = self.low(at - 1)
        return before in _BEFORE_DATES or before.isdigit() or self.low(at + 1).isdigit()

    def _is_portfolio_word(self, index: int) -> bool:
        """Return whether word `index` is what an office is about and no body: "Management", not "Committee"."""
        return TITLE_WORDS.get(self.low(index)) == "field" and self.low(index) not in ORGANISATION_NOUNS

    def _is_first_name(self, at: int, end: int) -> bool:
        """Return whether the title at word `at` is a first name: in "Haulier Dean Roe", not in "Harvard Dean Ann Roe"."""
        introduced = self.low(at - 1) in TITLES and self._is_occupation(at - 1)
        alone = end == at + 1 and self.low(at) in GIVEN_NAMES and self._continues_any_name(end)
        return (
            alone
            and end not in self._people  # "Judge T. Edgar Roe"
            and self.low(end) not in GIVEN_NAMES
            and not (self._follows_directly(at) and self._is_capitalised(at - 1) and not introduced)
        )

    def _opens_with_adjective(self, at: int) -> bool:
        """Return whether an adjective opens a longer name ("Western Journal") and does not describe a person."""
        after = self.low(at + 1)
        described = self.low(at) in TITLE_WORDS or after in GIVEN_NAMES or after in ADJECTIVES or after in GROUPS
        return self._continues_any_name(at + 1) and not described and not self._title(at + 1)

    def _is_in_capitals(self, at: int) -> bool:
        """Return whether the words beside word `at` are all in capitals, as in a headline."""
        beside = [word.text for word in self.words[max(at - 1, 0) : at + 2] if word.text[0].isalpha()]
        return sum(text.isupper() and len(text) > 1 for text in beside) > 1

    def _is_state(self, first: int, last: int) -> bool:
        """Return whether an organisation is a body of its state, so that its country is no part of its name."""
        return not self._is_bank(last) and all(
            word.low in TITLE_WORDS or ORGANISATION_HEADS.get(word.low) == "state" for word in self.words[first:last]
        )

    def _is_bank(self, last: int) -> bool:
        """Return whether a bank ends before word `last` that has its country in its name: "Czech National Bank"."""
        return self.low(last - 1) == "bank" and self.low(last - 2) != "central"

    def _person_after_honorific(self, at: int) -> Unit | None:
        """Return the name after "Mr.", "Rev. Dr." and the like, or None if word `at` is none of them or no name follows."""
        after, gender = at, ""
        while after < at + 6 and self.low(after) not in GIVEN_NAMES:
            two = f"{self.low(after)} {self.low(after + 1)}" in HONORIFICS  # "Tan Sri"
            if not two and self.low(after) not in HONORIFICS:
                break
            gender = gender or HONORIFICS.get(self.low(after), "")
            after += 1 + (two or self.low(after + 1) == ".")
            if not self._is_capitalised(after) or (not self._follows_directly(after) and self.low(after - 1) != "."):
                return None
        if after == at:
            return None
        surname = self.low(after) in _SURNAMES and (
            not self._continues_any_name(after + 1) or self.low(after + 1) in NAME_SUFFIXES
        )
        if self._title(after) and not surname:
            return None
        if any(
            len(found.words) > 1 for found in (match(PLACES, self.words, at), match(COUNTRIES, self.words, at)) if found
        ):
            return None
        run = self._name_at(after, certain=True, end=self._people.get(after, 0))
        return run and self._unit("person", run.first, run.last, gender=gender or run.gender)

    def _title(self, at: int) -> Unit | None:
        """Return the title phrase at word `at`: ranks and fields, a head, "of" and fields again. None if it has no head."""
        words, end, entry, limit = self.words, 0, None, min(at + MAX_PHRASE_WORDS, len(self.words))
        index = at
        if self.low(at) in _CLOCK and self.low(at - 1)[-1:].isdigit():
            return None  # "7:20 pm"
        while index < limit and (index == at or self._follows_directly(index)):
            low = words[index].low
            found = match(TITLES, words, index) if low in TITLES else None
            if found and (found.group != "occupation" or self._is_occupation(index)):
                if end and (found.group == "prefix" or self._is_first_name(index, index + len(found.words))):
                    break
                index += len(found.words)
                if found.group == "prefix" and self.low(index) == "." and not found.words[-1].endswith("."):
                    index += 1
                if end and low in ("general", "major") and found.words == (low,) and not self._is_capitalised(at):
                    break
                end, entry = index, found
            elif (low in TITLE_WORDS and (index == at or self._may_join_title(index))) or (
                low in ("and", "&", ",") and index > at and self._joins_title(index)
            ):
                index += 1
            elif low.startswith("ex-") and low[3:] in TITLES:
                index += 1
                end, entry = index, match(TITLES, [Word(0, 0, low[3:], low[3:])], 0) or entry
            else:
                break
        if not entry:
            return None
        end = self._portfolio_end(end)
        return self._unit("title", at, end, gender=entry.value, group=entry.group, head=" ".join(entry.words))

    def _is_occupation(self, index: int) -> bool:
        """Return whether a word that is an occupation is no surname: in small letters, or opening a sentence."""
        if self.words[index].text[0].islower():
            return True
        if (
            self.words[index].text.isupper()
            and self.low(index + 1) in (":", "(")
            and ","
            in (
                self.low(index - 1),
                self.low(index - 2),
            )
        ):
            return True  # "ANN ROE, FERRY PILOT:"
        return index in self.breaks and index not in self._sources

    def _may_join_title(self, index: int) -> bool:
        """Return whether a rank or field may follow the word before.

        A capital does not follow small letters, except "then" and the like.
        """
        before = self.words[index - 1]
        return (
            self.words[index].text[0].islower()
            or before.text[0].isupper()
            or before.low in ("and", "&", ",")
            or TITLE_WORDS.get(before.low) == "status"
        )

    def _joins_title(self, index: int) -> bool:
        """Return whether "and" or a comma at `index` joins fields or heads of one title: "Health and Social Care Secretary"."""
        before, after = self.low(index - 1), self.low(index + 1)
        if self.low(index) == ",":
            return before in TITLE_WORDS and not is_head(before) and after in TITLE_WORDS and not is_head(after)
        if is_head(before) and before not in TITLE_WORDS:
            return is_head(after) or (after in TITLE_WORDS and is_head(self.low(index + 2)))
        return before in TITLE_WORDS and after in TITLE_WORDS and not is_head(before)

    def _portfolio_end(self, end: int) -> int:
        """Return the end of a title with its "of" and fields: "of State for Health", "of the Exchequer", "of law"."""
        while self.low(end) in ("of", "for"):
            index = end + 1
            article = self.low(index) == "the"
            index += article
            start = index
            while index < start + 6 and TITLE_WORDS.get(self.low(index)) in ("field", "rank"):
                index += 1
                if self.low(index) in ("and", "&", ",") and TITLE_WORDS.get(self.low(index + 1)) == "field":
                    index += 1
                    if self.low(index) == "and":
                        index += 1
            named = (
                self._continues_any_name(index)
                and self.low(index) not in GIVEN_NAMES
                and not self._is_unlisted_name(index)
            )
            if (person := self._person_after_portfolio(start)) > index:
                index, named = person, False
            inside = self.low(index) in ORGANISATION_HEADS or is_head(self.low(index)) or named
            if index == start or inside or self.low(index) in ("'s", "’s"):
                break
            body = self.low(index - 1) in ORGANISATION_HEADS and (article or self._is_capitalised(index - 1))
            if body or (article and self.words[index - 1].text[0].islower()):
                break
            end = index
        return end

    def _person_after_portfolio(self, at: int) -> int:
        """Return where a person's name starts behind capitalised words and "and" from word `at` on, or 0.

        An example is "for Rivers and Equalities Ann Roe".
        """
        joined = False
        for index in range(at, at + 7):
            if joined and index in self._people and self.low(index - 1) != "and":
                return index
            if not self._continues_any_name(index) and (index == at or self.low(index) not in ("and", "&", ",")):
                return 0
            joined |= self.low(index) in ("and", "&")
        return 0

    def _is_unlisted_name(self, index: int) -> bool:
        """Return whether a name of two words that no list has stands at `index`: "Commissioner for Transport Joris Wendel"."""
        return (
            self._continues_any_name(index + 1)
            and not self._continues_any_name(index + 2)
            and not any(low in TITLE_WORDS or low in TITLES for low in (self.low(index), self.low(index + 1)))
            and not self._organisation_end(index)
        )

    def _organisation_end(self, at: int) -> int:
        """Return the end of the organisation that starts at word `at`, or 0.

        It is the run of capitalised words up to the last head among them.
        """
        words, last, index = self.words, 0, at
        while index < min(at + MAX_PHRASE_WORDS, len(words)) and (index == at or self._continues_any_name(index)):
            low = words[index].low
            group = ORGANISATION_HEADS.get(low)
            if index > at and low in HONORIFICS and low not in GIVEN_NAMES:
                break
            if group and not (group == "suffix" and (index == at or (low.isalpha() and words[index].text.islower()))):
                last = index + 1
            elif (index > at and self._title(index) and ORGANISATION_HEADS.get(self.low(index + 1)) is None) or (
                last and low in GIVEN_NAMES
            ):
                break
            index += 1
            if (
                (self.low(index) == "&" and self._continues_any_name(index + 1))
                or (
                    self.low(index) == "and"
                    and self._continues_any_name(index + 1)
                    and self.low(index + 1) in TITLE_WORDS
                )
                or (self.low(index) == "," and ORGANISATION_HEADS.get(self.low(index + 1)) == "suffix")
                or (
                    self.low(index) in ("'", "’")
                    and self.low(index - 1).endswith("s")
                    and self._continues_any_name(index + 1)
                )
            ):
                index += 1
        if not last:
            return 0
        if last == at + 1:
            return self._lone_head_end(at)
        if last == at + 2 and words[at].low in GIVEN_NAMES and words[at + 1].low in _SURNAMES:
            return 0
        return self._complement_end(last)

    def _lone_head_end(self, at: int) -> int:
        """Return the end of an organisation that starts with its head, word `at`: "Ministry of Defence", "the Senate"."""
        low = self.words[at].low
        if ORGANISATION_HEADS[low] == "suffix":
            return 0
        end = self._complement_end(at + 1)
        if end > at + 1 or low in _STANDALONE_BODIES:
            return end
        article = self.low(at - 1) == "the"
        if article and ORGANISATION_HEADS[low] == "body" and end == at + 1:
            while (
                end < at + 4 and self._continues_any_name(end) and self.low(end) not in GROUPS and not self._title(end)
            ):
                end += 1  # "the Daily Courant"
        return end if article or (at not in self.breaks and ORGANISATION_HEADS[low] == "state") else 0

    def _complement_end(self, end: int) -> int:
        """Return the end of an organisation with what follows "of", "for" or "on" in its name."""
        if self.low(end - 1) in _CLOSED_HEADS or ORGANISATION_HEADS.get(self.low(end - 1)) == "suffix":
            return end
        while self.low(end) in _COMPLEMENT_PREPOSITIONS or (
            end < len(self.words) and self.words[end].text in _COMPLEMENT_PREPOSITIONS
        ):
            index = end + 1 + (self.low(end + 1) == "the")
            start = index
            while index < start + 8 and (index == start or self._follows_directly(index)):
                if (
                    self._is_capitalised(index)
                    and self._may_be_in_complement(index)
                    and not (index > start and self._ends_complement(index))
                ):
                    if index > start and self.words[index].low in GIVEN_NAMES and self._continues_any_name(index + 1):
                        break
                    index += 1
                elif index > start and self.low(index) in ("and", "&", "in") and self._joins_complement(index):
                    index += 1
                else:
                    break
            if index == start or (self.low(end) != "of" and index - start < 1):
                break
            end = index
        return end

    def _ends_complement(self, index: int) -> bool:
        """Return whether a title that is no field starts at word `index`: the last word of "Council on Trade President"."""
        return TITLE_WORDS.get(self.low(index)) != "field" and self._title(index) is not None

    def _may_be_in_complement(self, index: int) -> bool:
        """Return whether word `index` may be part of what follows "of" in a name."""
        low = self.low(index)
        return low not in CALENDAR and low not in FUNCTION_WORDS and low not in HONORIFICS

    def _joins_complement(self, index: int) -> bool:
        """Return whether "and" or "in" at `index` is inside a name: "Security and Co-operation in Europe"."""
        if not self._is_capitalised(index + 1):
            return False
        after = self.low(index + 1)
        return after in TITLE_WORDS or after.startswith("co-op") or after in _COMPLEMENT_WORDS

    def _state_body(self, at: int, units: list[Unit]) -> Unit | None:
        """Return a state's body in lower case after its country: "the French interior ministry", "Estonia's government"."""
        country = units[-1]
        if country.kind != "country":
            return None
        first = country.last + (self.low(country.last) in ("'s", "’s"))
        if at - first > 3 or not all(word.low in TITLE_WORDS for word in self.words[first:at]):
            return None
        return self._unit("organisation", country.first, at + 1, country=country.country, head=str(first), state=True)

    def _name_at(self, at: int, *, certain: bool = False, end: int = 0) -> Unit | None:
        """Return the run of capitalised words from `at` on as one name, or None if they are ordinary words.

        Words before `end` surely belong to the name.
        """
        words, index, certain_start = self.words, at, certain or at in self._sources or end > 0
        low = words[at].low
        opening = at in self.breaks and not certain_start and low not in GIVEN_NAMES
        doing = low.endswith("ing") and low not in self._capitals  # "Running", not "Harding" of Ann Harding
        if opening and (low in self._common or doing or self._is_rank_or_praise(low)):
            return None
        if not end and at in self.breaks and self._spelt[words[at].text] == 1 and low.endswith(_ABSTRACT_ENDINGS):
            return None
        if opening and low.endswith("ly") and self._continues_any_name(at + 1):
            return None
        once = self._spelt[words[at].text] == 1 and not (words[at].text.isupper() and len(low) > 1)
        alone = at in self.breaks and low not in GIVEN_NAMES and low not in self._capitals and once
        titled = self._title(at + 1) and words[at + 1].text[0].islower() and words[at].start not in self._tagged_starts
        if alone and not end and (low in self._common or titled):
            return None
        given, headline = 0, self.paragraph(words[at].start) in self.headlines
        while index < min(at + MAX_PHRASE_WORDS, len(words)):
            low = words[index].low
            if index < end:
                given += low in GIVEN_NAMES
                index += 1
                continue
            if index > at and not self._follows_directly(index) and words[index - 1].text != ".":
                break
            acronym = words[at].text.isupper() and len(words[at].text) > 1
            if index == at + 1 and acronym and index in self._people and not self._may_open_name(at):
                break  # "MLA Ann Roe"
            if headline and index > at and self._may_end_name(at, index, given):
                break
            if self._is_capitalised(index) and (index == at or self._continues_name(index, at)):
                given += low in GIVEN_NAMES
                index += 1
                if self.low(index) == "." and len(words[index - 1].text) == 1 and self._is_capitalised(index + 1):
                    index += 1
            elif (
                (index > at and low in PARTICLES and self._has_name_after_particles(index))
                or (low == "," and self.low(index + 1) in ("jr", "sr"))
                or (low == "." and index > at and self.low(index - 1) in ("jr", "sr"))
            ):
                index += 1
            elif low == "(" and index > at and self._is_nickname(index):
                index += 3
            elif low == "&" and index > at and self._continues_any_name(index + 1):
                return self._unit("organisation", at, index + 2, head=str(at))
            else:
                break
        start = at
        while start > 0 and start > at - 3 and self.low(start - 1) in PARTICLES and self._follows_directly(start):
            start -= 1
        while self.low(start) not in _OPENING_PARTICLES and start < at:
            start += 1
        return self._name_unit(start, at, index, given, certain, known=end > 0)

    def _may_open_name(self, at: int) -> bool:
        """Return whether word `at` may be the first name or a particle of the name that the tagger finds behind it."""
        low = self.words[at].low
        return low in NAME_WORDS or low in PARTICLES or low in HONORIFICS or len(low) == 1

    def _is_nickname(self, index: int) -> bool:
        """Return whether a nickname in brackets stands between two words of a name: "Kaia (Red) Vallas"."""
        return (
            self._is_capitalised(index + 1)
            and not self.words[index + 1].text.isupper()
            and self.low(index + 2) == ")"
            and self._is_capitalised(index + 3)
            and index + 3 not in self.breaks
            and (self._tagged_kind(self.span(index + 3, index + 4)) == "person" or self.low(index - 1) in GIVEN_NAMES)
        )

    def _is_rank_or_praise(self, low: str) -> bool:
        """Return whether a word tells the status or rank of an office, or praises: "Former", "Longtime"."""
        return low in PRAISE or TITLE_WORDS.get(low) in ("status", "rank")

    def _may_end_name(self, at: int, index: int, given: int) -> bool:
        """Return whether the name that begins at word `at` may end before word `index` of a headline.

        A first name needs its surname.
        """
        before = self.words[index - 1]
        if len(before.text) == 1 or before.low in GIVEN_NAMES or before.low in PARTICLES:
            return False
        return not given or (index - at > 1 and self.low(index) not in GIVEN_NAMES)

    def _name_unit(
        self, start: int, at: int, end: int, given: int, certain: bool, *, known: bool = False
    ) -> Unit | None:
        """Return the unit of a name: words start to end, of which the capitalised ones begin at `at`.

        `known` tells that it is a person's.
        """
        size = end - at
        first = self.words[at]
        gender = next((GIVEN_NAMES[w.low] for w in self.words[at:end] if GIVEN_NAMES.get(w.low)), "") if given else ""
        acronym = first.text.isupper() and 1 < len(first.text) < 7 and fold(first.low).isalpha()
        label = self.low(end) == ":" and start in self.breaks and len(first.text) > 4  # "BRANDT: The pier is shut."
        if size == 1 and not certain and acronym and not label and first.text.capitalize() not in self._spelt:
            return self._unit("organisation", at, end, head=str(at))
        initial = len(first.text) == 1 or first.text.endswith(".")
        if size > 1 and self.low(end - 1) in _THING_HEADS and not known:
            return self._unit("thing", at, end)
        lone = size == 1 and not certain and not given
        if lone and self._spelt[first.text] < 2 and self.paragraph(first.start) in self.headlines:
            return None
        person = certain or (size > 1 and (given > 0 or initial or self._is_kin(at))) or start < at
        kind = "person" if person else "name" if known else self._kind_of_name(self.span(start, end))
        if kind == "organisation" and size > 1 and self.low(end - 1) in self._addressed:
            kind = "name"
        if size > 1 and not gender and kind != "organisation":
            gender = FIRST_NAMES.get(first.low, "")
        return self._unit(kind, start, end, gender=gender, **({"head": str(at)} if kind == "organisation" else {}))

    def _is_kin(self, at: int) -> bool:
        """Return whether a name at word `at` is of someone's kin or company: "his neighbour, Line Roe".

        "Partner" does not count: firms have partners too.
        """
        noun = self.low(at - 2)
        return self.low(at - 1) == "," and noun in KINSHIP and noun != "partner" and self.low(at - 3) in _OWNERS

    def _kind_of_name(self, span: Span) -> UnitKind:
        """Return the kind of a name that no list has: the tagger's where it covers the whole name, else "name"."""
        kind = self._tagged_kind(span)
        return _KIND_OF_ENTITY[kind] if kind else "name"

    def _tagged_kind(self, span: Span) -> EntityKind | None:
        """Return the tagger's kind of the name that covers all of `span`, or None."""
        i = bisect_left(self._entity_ends, span.end)
        return (
            self._entities[i].kind if i < len(self._entities) and self._entities[i].span.start <= span.start else None
        )

    def _continues_name(self, index: int, at: int) -> bool:
        """Return whether the capitalised word `index` belongs to the name that begins at `at`."""
        low = self.words[index].low
        if low in NAME_SUFFIXES:
            return True
        if low in HONOURS and self.words[index].text[-1].isupper():
            return False
        if low in FUNCTION_WORDS and low in GIVEN_NAMES and self._is_capitalised(index):
            return index == at + 1 and self.low(at) in GIVEN_NAMES  # "George Will"
        if not self._continues_any_name(index) or (low in HONORIFICS and low not in GIVEN_NAMES):
            return False
        given = self.low(at) in GIVEN_NAMES
        last = not self._continues_any_name(index + 1) or self.low(index + 1) in NAME_SUFFIXES
        if low in _SURNAMES and last and given:
            return True
        country = match(COUNTRIES, self.words, index) if low in COUNTRIES else None
        if country and country.group != "people" and not (given and last):
            return low in GIVEN_NAMES and not last
        if not self._title(index):
            return True
        small = index + 1 < len(self.words) and self.words[index + 1].text[0].islower()
        return small and not is_head(low) and low in _STATE_NOUNS  # "Roe State coach"

    def _has_name_after_particles(self, index: int) -> bool:
        """Return whether a capitalised word follows the particles from word `index` on."""
        for after in range(index + 1, index + 4):
            if self.low(after) not in PARTICLES or self._is_capitalised(after):
                return self._continues_any_name(after)
        return False


def is_member(reading: Reading, name: Unit) -> bool:
    """Return whether an office of few letters stands behind someone's name: "Ann Roe MP", not "the Lund MP"."""
    someone = name.kind == "person" or (name.kind == "name" and name.last - name.first > 1)
    return someone and reading.low(name.last) in _MEMBER_OFFICES and reading.low(name.first - 1) != "the"
