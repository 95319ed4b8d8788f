"""Read offices: title phrases with the organisation or country that words beside them tie them to.

Examples are "former French president", "the bureau's director", "head of the WHO's Europe office" and "its chair".
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from api.extraction.lexicon import word_list
from api.extraction.mentions import Reading, Unit
from api.extraction.words import (
    COPULAS,
    DETERMINERS,
    FUNCTION_WORDS,
    KNOWN_ORGANISATIONS,
    ORGANISATION_HEADS,
    ORGANISATION_NOUNS,
    POSSESSIVES,
    PRAISE,
    SERVING_VERBS,
    TITLE_WORDS,
    match,
    title_key,
)

_MAX_CAMPAIGN_WORDS = 4  # behind a name, to the noun: "Ann Roe's 2012 presidential campaign"
MAX_OWNER_DISTANCE = 2000  # code points between "its" and what it means, in one paragraph

_ENVOYS = word_list("envoys")
ELECTED = word_list("elected_titles")
_FIELD_HEADS = word_list("field_heads")
_CAMPAIGNS = word_list("campaign_nouns")
_CONSTITUENTS = word_list("constituent_countries")
_PANELS = word_list("panels")
OFFICE_LINKS = word_list("office_links")
_OFFICE_LINK_VERBS = COPULAS | SERVING_VERBS


@dataclass(frozen=True, slots=True)
class Office:
    """A title phrase and what ties it to an organisation or country, whether or not a name stands with it."""

    title: str
    head: str
    group: str
    gender: str
    organisation: str | None
    country: str | None
    first: int
    last: int
    past: bool = False


class Offices:
    """The offices of one reading, found from its title units."""

    def __init__(self, reading: Reading, surnames: frozenset[str]) -> None:
        """Index the titles and organisations of `reading`.

        `surnames` are the folded last words of people named in the text: "Roe spokesman" names no organisation Roe.
        """
        self._reading = reading
        self._surnames = surnames
        self._by_last = {unit.last: unit for unit in reading.units}
        self._by_first = {unit.first: unit for unit in reading.units}
        self._titles = {unit.first: unit for unit in reading.units if unit.kind == "title"}
        # Nouns such as "union", to the names of those called so and the word that first names each.
        self._bodies: dict[str, dict[str, int]] = {}
        for unit in reading.units:
            if unit.kind == "organisation":
                for noun in nouns(reading, unit):
                    self._bodies.setdefault(noun, {}).setdefault(self._organisation(unit)[0], unit.first)

    def office(self, title: Unit, *, after: bool = True) -> Office:
        """Return the office that a title unit names, with what stands before it and, if `after` is set, what follows."""
        reading = self._reading
        first, start, organisation, country = title.first, title.first, None, None
        start, first = self._modifiers(title)
        campaign = self._campaign_before(title, start)
        if campaign:
            first, end = campaign
            organisation, start = self._phrase(first, end), max(min(end, title.first), start)
        prefix = ""
        for _ in range(3 if not self._opens_with_verb(first) else 0):
            possessive = reading.low(first - 1) in POSSESSIVES
            unit = self._by_last.get(first - possessive)
            if unit is None or unit.kind in ("title", "account", "person"):
                break
            if unit.kind == "name" and (not self._can_own(unit, possessive) or organisation):
                break
            if unit.group == "people" or (unit.first < first and not self._same_sentence(unit.first, first)):
                break
            if unit.kind == "country":
                country = country or unit.country
                organisation = organisation or self._constituent(unit)
            elif organisation is None:
                organisation, own = self._organisation(unit)
                country = country or own
                end = min(self._common_end(unit), title.first)
                if start < title.first and end > unit.last == first:  # "Weather bureau spokesman"
                    organisation, start = self._phrase(unit.first, end), end
            first = unit.first
        if organisation is None and country is None:
            organisation = self._owning_organisation(first)
        status = reading.low(first - 1)
        if first < start and TITLE_WORDS.get(status) == "status":
            first -= 1
            prefix = reading.words[first].text + " "
        last = title.last
        text = prefix + reading.text[reading.words[start].start : reading.words[title.last - 1].end]
        if after:
            last, text, organisation, country = self._with_complement(title, text, organisation, country)
        return Office(" ".join(text.split()), title.head, title.group, title.gender, organisation, country, first, last)

    def _same_sentence(self, first: int, last: int) -> bool:
        """Return whether two words stand in one sentence."""
        words = self._reading.words
        return self._reading.sentence(words[first].start) == self._reading.sentence(words[last].start)

    def _can_own(self, unit: Unit, possessive: bool) -> bool:
        """Return whether a name of no known kind before a title can be an organisation's, and is nobody's surname."""
        last = self._reading.words[unit.last - 1].low
        return last not in self._surnames and not (possessive and unit.gender)

    def _constituent(self, unit: Unit) -> str | None:
        """Return the name of a country within a country, or None for any other."""
        name = unit.span.of(self._reading.text)
        return name if name.casefold() in _CONSTITUENTS else None

    def _campaign_before(self, title: Unit, start: int) -> tuple[int, int] | None:
        """Return where a body called after a person begins and ends before a title whose modifiers begin at word `start`.

        Examples are "Clinton campaign communications director", "Roe's presidential campaign manager". None without one.
        """
        reading = self._reading
        owned = reading.low(start - 1) in POSSESSIVES
        end = next((i + 1 for i in range(start, title.last - 1) if reading.low(i) in _CAMPAIGNS), None)
        unit = self._by_last.get(start - owned)
        if end is None and owned and reading.low(start - 2) in _CAMPAIGNS:  # "the Roe campaign's director"
            end, unit = start - 1, self._by_last.get(start - 2)
        if end is None or unit is None or unit.kind not in ("person", "name"):
            return None
        return (unit.first, end) if self._same_sentence(unit.first, title.first) else None

    def _campaign_after(self, at: int) -> int:
        """Return the end of a body called after the person whose name begins at word `at`, or 0 without one.

        Examples are "the Roe campaign", "Ann Roe's 2012 campaign".
        """
        unit = self._by_first.get(at)
        if unit is None or unit.kind not in ("person", "name"):
            return 0
        last = unit.last + (self._reading.low(unit.last) in POSSESSIVES)
        for index in range(last, last + _MAX_CAMPAIGN_WORDS):
            low = self._reading.low(index)
            if low in _CAMPAIGNS:
                return index + 1
            if not low.isalnum() or low in FUNCTION_WORDS or last == unit.last:
                break
        return 0

    def _modifiers(self, title: Unit) -> tuple[int, int]:
        """Return where the title starts with the nouns before it ("elections analyst"), and where the adjectives start."""
        reading = self._reading
        first = title.first
        if self._is_in_capitals(first):
            while (
                first > max(title.first - 4, 0) and self._is_in_capitals(first - 1) and not self._is_listed(first - 1)
            ):
                first -= 1
            return first, first
        while first > max(title.first - 4, 0) and reading.words[title.first].text[0].islower():
            word = reading.words[first - 1]
            if not word.text[0].islower() or word.low in FUNCTION_WORDS or word.low in POSSESSIVES or len(word.low) < 3:
                break
            if word.low in _OFFICE_LINK_VERBS:
                break
            first -= 1
        before = reading.low(first - 1)
        bounded = (
            before in DETERMINERS or before in POSSESSIVES or first in self._by_last or before in ("as", "longtime")
        )
        owner = self._by_last.get(first - 1)
        bounded |= before == "," and owner is not None and owner.kind == "person"  # "Ann Roe, festival director,"
        if not bounded and first < title.first:
            first = title.first
            while reading.low(first - 1) in PRAISE and first > title.first - 4:
                first -= 1
        start = first
        while start < title.first and _is_participle(reading.low(start)):
            start += 1
        while start < title.first and (reading.low(start) in PRAISE or any(c.isdigit() for c in reading.low(start))):
            start += 1
        while start == title.first and reading.low(start) in PRAISE and start < title.last - 1:
            start += 1
        return start, first

    def _is_in_capitals(self, index: int) -> bool:
        """Return whether word `index` is longer than a letter and all in capitals."""
        text = self._reading.words[index].text
        return len(text) > 1 and text.isupper() and text.isalpha()

    def _is_listed(self, index: int) -> bool:
        """Return whether word `index` ends the name of a person, a country or a known organisation."""
        unit = self._by_last.get(index + 1)
        words = self._reading.words
        return unit is not None and (
            unit.kind in ("person", "country", "place", "title")
            or match(KNOWN_ORGANISATIONS, words, index) is not None
            or unit.last - unit.first > 1
        )

    def _opens_with_verb(self, first: int) -> bool:
        """Return whether the words before a title open with a participle and no determiner.

        That is a verb: "Roe Town sacked manager".
        """
        low = self._reading.low
        return _is_participle(low(first)) and low(first - 1) not in DETERMINERS and low(first - 1) not in POSSESSIVES

    def _owning_organisation(self, first: int) -> str | None:
        """Return the organisation that "its" or "the union's" before word `first` means, or None if it is not clear.

        "Its" means the only organisation or place named before in the paragraph, if that opens a sentence. "The union's"
        means the only organisation of the text so far whose name says that it is a union.
        """
        reading = self._reading
        if reading.low(first - 1) == "its":
            at = reading.words[first].start
            paragraph = reading.paragraph(at)
            before = []
            for unit in reversed(reading.units_in(max(at - MAX_OWNER_DISTANCE, 0), at)):
                if reading.paragraph(unit.span.start) != paragraph:
                    break
                if unit.kind in ("organisation", "place") or (unit.kind == "country" and unit.group == "name"):
                    before.append(unit)
            owner = before[0] if len(before) == 1 and before[0].kind == "organisation" else None
            if owner is None or not self._opens_sentence(owner):
                return None
            return self._organisation(owner)[0]
        if reading.low(first - 1) in POSSESSIVES and reading.low(first - 3) == "the":
            named = islice(self._bodies.get(reading.low(first - 2), {}).items(), 2)
            found = [name for name, place in named if place < first]
            return found[0] if len(found) == 1 else None
        return None

    def _opens_sentence(self, unit: Unit) -> bool:
        """Return whether `unit` opens its sentence, apart from an article."""
        reading = self._reading
        first = unit.first - (reading.low(unit.first - 1) == "the")
        return first in reading.breaks

    def _organisation(self, unit: Unit) -> tuple[str, str | None]:
        """Return the name of an organisation without "the", and its country.

        The country is None, and stays in the name, unless the organisation is that state's.
        """
        reading = self._reading
        first = unit.first
        if unit.state and unit.country and unit.head:
            first = int(unit.head)
        elif reading.low(first) == "the":
            first += 1
        name = reading.text[reading.words[first].start : unit.span.end]
        return " ".join(name.split()), (unit.country or None) if unit.state else None

    def _phrase(self, first: int, last: int) -> str:
        """Return words first to last (exclusive) as they stand, without "the"."""
        first += self._reading.low(first) == "the"
        return " ".join(self._reading.span(first, last).of(self._reading.text).split())

    def _common_end(self, unit: Unit | None, at: int = 0) -> int:
        """Return the end of an organisation's name that continues in small letters after `unit`, or starts so at word `at`.

        Examples are "the Riga port authority" and "the district's civil protection service". Return the unit's own end if
        no noun for an organisation follows.
        """
        reading = self._reading
        last = at = unit.last if unit else at
        for index in range(at, at + 7):
            low = reading.low(index)
            if low in ORGANISATION_NOUNS or low in ORGANISATION_HEADS:
                last = index + 1
            elif low not in POSSESSIVES and (not low or not low[0].isalpha() or low in FUNCTION_WORDS):
                break
        return last

    def _with_complement(
        self, title: Unit, text: str, organisation: str | None, country: str | None
    ) -> tuple[int, str, str | None, str | None]:
        """Return an office with "of the WHO", "for Roe & Co" and the like: its end, title, organisation and country."""
        reading, last = self._reading, title.last
        end = self._committee_end(title)
        if end and organisation is None:
            return end, text, self._phrase(last + 1, end), country
        field = self._field_end(title)
        if field > last:
            text, last = text + reading.text[reading.words[last - 1].end : reading.words[field - 1].end], field
        for _ in range(2):
            link = reading.low(last)
            if link not in OFFICE_LINKS:
                break
            at = last + 1
            while at < last + 6 and at not in self._by_first and reading.low(at) not in (",", ".", "and"):
                word = reading.low(at)
                if word in FUNCTION_WORDS and word not in DETERMINERS:
                    break
                at += 1
            unit = self._by_first.get(at)
            if organisation is None and (end := self._campaign_after(at)) and self._same_sentence(title.first, at):
                organisation, last = self._phrase(at, end), end
                break
            if unit is None or unit.kind in ("title", "account", "person") or unit.group in ("adjective", "people"):
                break
            if not self._same_sentence(title.first, at):
                break
            if link == "to" or (title.head in _ENVOYS and link in ("in", "at", "for")):
                if title.head not in _ENVOYS:
                    if unit.kind == "organisation" and organisation is None:
                        organisation, last = self._organisation(unit)[0], unit.last
                    break
                text += reading.text[reading.words[title.last - 1].end : unit.span.end]
                last = unit.last
                continue
            if unit.kind == "country":
                if link != "of" or country:
                    break
                country, last = unit.country, unit.last
                organisation = organisation or self._constituent(unit)
            elif unit.kind == "place":
                if organisation or not (link == "of" or (link in ("for", "from") and title.head in ELECTED)):
                    break
                organisation, last = reading.text[unit.span.start : unit.span.end], unit.last
            else:
                if organisation or (unit.kind == "name" and not self._can_own(unit, possessive=False)):
                    break
                if unit.kind == "name" and link in ("in", "from"):
                    break  # a town
                organisation, own = self._organisation(unit)
                country = country or own
                last = self._end_of_own_part(unit)
                if last > unit.last:
                    organisation = reading.text[unit.span.start : reading.words[last - 1].end]
        return last, text, organisation, country

    def _field_end(self, title: Unit) -> int:
        """Return the end of the field that someone heads where it is no body: "head of commodities at Poe Bank".

        Return the end of the title if there is none.
        """
        reading, at = self._reading, title.last + 1
        if title.head not in _FIELD_HEADS or reading.low(title.last) != "of":
            return title.last
        while (
            at < min(title.last + 5, len(reading.words))
            and reading.words[at].text.isalpha()
            and (reading.words[at].text[0].islower() or reading.low(at + 1) == "at")
        ):
            if (
                reading.low(at) in FUNCTION_WORDS
                or reading.low(at) in ORGANISATION_HEADS
                or reading.low(at) in ORGANISATION_NOUNS
            ):
                break
            at += 1
        named = at > title.last + 1 and reading.low(at) in ("at", "for", ",", "with") and at not in self._by_first
        return at if named else title.last

    def _committee_end(self, title: Unit) -> int:
        """Return the end of "of the finance committee" after a chair's title, or 0. "Of the committee" alone names none."""
        reading, first = self._reading, title.last + 2
        if title_key(title.head) != "chair" or (reading.low(first - 2), reading.low(first - 1)) != ("of", "the"):
            return 0
        for index in range(first, first + 6):
            low = reading.low(index)
            if (
                low in ORGANISATION_NOUNS
                and low not in TITLE_WORDS.keys() - _PANELS
                and reading.low(index + 1) not in POSSESSIVES
            ):
                return index + 1 if index > first else 0
            if index in self._by_first or not low[:1].isalpha() or low in FUNCTION_WORDS - {"and"}:
                return 0
        return 0

    def _end_of_own_part(self, unit: Unit) -> int:
        """Return the end of an organisation with its own part: "the WHO's Europe office" up to the office."""
        reading = self._reading
        if reading.low(unit.last) not in POSSESSIVES:
            return unit.last
        for at in range(unit.last + 1, unit.last + 6):
            low = reading.low(at)
            if low in ORGANISATION_NOUNS or low in ORGANISATION_HEADS:
                return at + 1
            if not low or not low[0].isalnum() or low in FUNCTION_WORDS:
                break
        return unit.last


def nouns(reading: Reading, unit: Unit) -> set[str]:
    """Return the small-letter words that an organisation may be called by later.

    They are the last word of its name and the last one before "of".
    """
    found = {reading.low(unit.last - 1)}
    for index in range(unit.first + 1, unit.last):
        if reading.low(index) in ("of", "for"):
            found.add(reading.low(index - 1))
            break
    return {noun for noun in found if noun in ORGANISATION_NOUNS or noun in ORGANISATION_HEADS}


def _is_participle(low: str) -> bool:
    """Return whether a word looks like a past participle that is no praise or title word."""
    return low.endswith("ed") and len(low) > 4 and "-" not in low and low not in PRAISE and low not in TITLE_WORDS
