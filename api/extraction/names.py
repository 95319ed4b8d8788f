"""Cluster the names of a text: full names, surnames, first names, spelling variants and acronyms of one entity.

Full names are clustered first. Then each partial name goes to the one full name that it fits. Where two people share a
surname, a form of address or title decides. Without either it goes to the only one of them named so far. Failing that, it
goes to the only one whom its paragraph has named in full. Else it names no one.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Collection, Container
from dataclasses import dataclass, field
from itertools import pairwise

from api.extraction.bodies import CALLED, MAY_BE, NOUNS, Bodies, Fit, fit
from api.extraction.lexicon import table, word_list
from api.extraction.mentions import Reading, Unit
from api.extraction.roles import Statement
from api.extraction.spans import Role, Span
from api.extraction.spelling import (
    can_be_same_person,
    fullness,
    gender_of,
    has_epithet,
    initials,
    sound_key,
    surnames,
    without_suffix,
)
from api.extraction.words import (
    ARTICLES,
    GIVEN_NAMES,
    HONORIFICS,
    KINSHIP,
    KNOWN_ORGANISATIONS,
    NARROWING_WORDS,
    ORGANISATION_HEADS,
    ORGANISATION_NOUNS,
    PARTICLES,
    POSSESSIVES,
    PREPOSITIONS,
    fold,
    is_capital,
    match,
    same_body,
    same_title,
    title_key,
)

_FIRM_HEADS = frozenset(
    head for head, group, _, traits in table("organisation_heads") if group == "suffix" or "firm" in traits.split(";")
)
_ONE_OF_SEVERAL = word_list("one_of_several")
_THING_NOUNS = word_list("thing_nouns")
_QUOTES = frozenset("\"“”„«»‘'")

# How sure it is whom a name means.
FULL_NAME = 1.0
SURNAME = 0.95  # fits one person of the text
FIRST_NAME = 0.85  # fits one person of the text
VARIANT = 0.9  # another spelling of a surname
SHARED_SURNAME = 0.6  # several people bear it, and one of them was named last
SHORT_NAME = 0.85  # the first words of an organisation's name, and no one's surname

MAX_NAMESAKES = 50  # people of one surname that are compared; keeps time linear whatever a text holds
MAX_KIN_DISTANCE = 12  # words after a name in which "his wife" tells whose wife she is
MAX_NAME_DISTANCE = 60  # code points after a noun in which its name may stand: "a company, Poe,"
KIN_PARAGRAPHS = 2  # paragraphs in which someone named as another's kin may be meant by their common surname


@dataclass(slots=True)
class Naming:
    """A name unit that refers to an entity, with the rule ("full name", "surname", "acronym", ...) and its confidence."""

    unit: int
    rule: str
    confidence: float


@dataclass(slots=True)
class Entity:
    """A person or organisation of a text, with all its names."""

    organisation: bool
    words: tuple[str, ...]  # of the fullest name, as they stand
    unit: int  # the unit that gives the fullest name
    gender: str = ""
    namings: list[Naming] = field(default_factory=list)
    stated: list[tuple[int, int]] = field(default_factory=list)  # code point of a statement, index of its role
    roles: list[Role] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)  # of the roles
    handle: str | None = None
    country: str = ""
    known: bool = False  # True if more than a capital says that this is a person or organisation
    span: Span | None = None  # of the name, where that is more than its unit: "the Roe campaign"
    over: set[int] = field(default_factory=set)  # indices of roles that are over, by all that the text says
    apart: set[int] = field(default_factory=set)  # indices of roles that titles away from the name alone tell
    said_to_be: list[Statement] = field(default_factory=list)  # roles and mere descriptions

    def role_for(self, role: Role, head: str) -> int:
        """Return the index of the role of the same title that does not contradict `role`, or -1.

        A bare "chief" is the fire chief stated before.
        """
        for index, known in enumerate(self.roles):
            bare = title_key(role.title) == title_key(head) == title_key(known.title).split()[-1]
            same = same_title(known.title, role.title) or (
                bare and not set(title_key(known.title).split()) & NARROWING_WORDS
            )
            if same and all(
                not a or not b or same_body(a, b)
                for a, b in ((known.organisation, role.organisation), (known.country, role.country))
            ):
                return index
        return -1

    def state(self, at: int, role: Role, head: str, *, past: bool = False, apart: bool = False) -> None:
        """Record that `role` was stated at code point `at`, `apart` from the name or beside it.

        Of two statements of one role the fuller is kept.
        """
        index = self.role_for(role, head)
        new = index < 0
        if index < 0:
            index = len(self.roles)
            self.roles.append(role)
            self.heads.append(head)
        else:
            known = self.roles[index]
            fuller = sum(map(bool, (role.organisation, role.country))) > sum(
                map(bool, (known.organisation, known.country))
            )
            self.roles[index] = Role(
                known.title,
                known.organisation or role.organisation,
                known.country or role.country,
                role.span if fuller else known.span,
            )
        if apart and new:
            self.apart.add(index)
        if past and new:
            self.over.add(index)
        elif not past:
            self.over.discard(index)
        insort(self.stated, (at, index))


def _is_one_word(unit: Unit) -> bool:
    """Return whether a name of no known kind is one word. With "the brewer" that is a firm: people are introduced in full."""
    return unit.kind == "name" and unit.last == unit.first + 1


def title_keys(head: str, title: str) -> set[str]:
    """Return the words that the holder of a title may be called by.

    They are its head, the last word of the head, and "deputy" for a deputy.
    """
    found = {title_key(head), title_key(head).split()[-1]}
    if title_key(title).startswith("deputy "):
        found.add("deputy")
    if head.endswith("ologist"):
        found.add("*ologist")
    return found


def _shared_surnames(reading: Reading) -> dict[int, str]:
    """Return the surnames that couples share by the first word of the first of them: "Ida and Tom Pell".

    The first must be a first name alone, and nobody's surname in the text.
    """
    units, words = reading.units, reading.words
    full = [unit for unit in units if unit.kind in ("person", "name") and unit.last - unit.first > 1]
    taken = {reading.low(unit.last - 1) for unit in full}
    found: dict[int, str] = {}
    for one, other in pairwise(units):
        couple = one.last == one.first + 1 and other.first == one.last + 1 and other.last == other.first + 2
        if (
            couple
            and one.kind == "name"
            and other.kind in ("person", "name")
            and reading.low(one.last) in ("and", "&")
            and reading.low(one.first) in GIVEN_NAMES
            and reading.low(other.first) in GIVEN_NAMES
            and reading.low(one.first) not in taken
            and (not one.first or not is_capital(words[one.first - 1].text) or one.first in reading.breaks)
        ):
            found[one.first] = words[other.last - 1].text
    return found


def _initials(words: tuple[str, ...]) -> str:
    return "".join(word[0] for word in words).upper()


def _has_letters(words: tuple[str, ...], letters: str) -> bool:
    """Return whether a name begins with the first of `letters` and has the others later, in their order."""
    rest = iter("".join(words).upper())
    return words[0][0].upper() == letters[0] and all(letter in rest for letter in letters)


class Names:
    """The entities of a reading: `entities` in no order, and `by_unit` from a unit's number to (entity's index, naming)."""

    def __init__(self, reading: Reading, statements: list[Statement], sources: Collection[int]) -> None:
        """Cluster the names of `reading`.

        `sources` are the numbers of the units that a quote's source names: those are people even if nothing else says so.
        """
        self.reading = reading
        self.entities: list[Entity] = []
        self.by_unit: dict[int, tuple[int, Naming]] = {}
        self._surnames: dict[str, list[int]] = {}
        self._first_names: dict[str, list[int]] = {}
        self._organisations: dict[str, int] = {}
        self._labels: dict[str, int | None] = {}  # letters that label turns of an interview, to whom they mean
        self._sources = sources
        self.unclear: set[int] = set()  # units that name one of several people; the text does not say which
        # Units that are the first words of an organisation's name, to that name folded.
        self._short: dict[int, str] = {}
        self._titled: dict[int, list[Statement]] = {}
        self._alone = {unit.span.of(reading.text) for unit in reading.units if _is_one_word(unit)}
        self._surname_of_couple = _shared_surnames(reading)
        units = reading.units
        statements = [each for each in statements if not (each.head in NOUNS and _is_one_word(units[each.unit]))]
        for statement in statements:
            self._titled.setdefault(statement.unit, []).append(statement)
        people = {unit.span.of(reading.text).split()[-1].casefold() for unit in reading.units if unit.kind == "person"}
        people |= {reading.low(reading.units[number].last - 1) for number in self._titled}
        self._bodies = Bodies(reading, frozenset(people))
        self._fits: dict[str, dict[Fit, list[int]]] = {}
        self._introduced: dict[str, list[int]] = {}
        self._openings = self._openings_of_bodies(_FIRM_HEADS)
        self._body_openings = self._openings_of_bodies(ORGANISATION_HEADS)
        self._gender_of_kin = self._genders_by_kin()
        self._group_full_names()
        self._group_partial_names()
        self._group_organisations()
        for entity in self.entities:
            entity.namings.sort(key=lambda naming: naming.unit)
        # Offices' heads to the people who hold them, in the order of `entities`.
        self.by_head: dict[str, list[int]] = {}
        for statement in statements:
            if statement.unit in self.by_unit:
                index = self.by_unit[statement.unit][0]
                self.entities[index].gender = self.entities[index].gender or statement.gender
                self.state(index, reading.units[statement.unit].span.start, statement)
        self.kin: dict[str, list[int]] = {}  # "sister" and the like to the people introduced so
        for index in range(len(self.entities)):
            for noun in self._kin_nouns(index):
                self.kin.setdefault(noun, []).append(index)
        self._assign_handles()

    def state(self, index: int, at: int, statement: Statement, *, apart: bool = False) -> None:
        """Record what the text says at code point `at`, `apart` from the name or beside it, that entity number `index` is."""
        entity = self.entities[index]
        entity.said_to_be.append(statement)
        for key in title_keys(statement.head, statement.role.title):
            holders = self.by_head.setdefault(key, [])
            place = bisect_left(holders, index)
            if holders[place : place + 1] != [index]:
                holders.insert(place, index)
        if statement.held:
            entity.state(at, statement.role, statement.head, past=statement.past, apart=apart)

    def fitting(self, noun: str) -> dict[Fit, list[int]]:
        """Return the organisations that `noun` may stand for, by how well it fits, in the order of their first mention."""
        found = self._fits.get(noun)
        if found is None:
            found = self._fits[noun] = {}
            for index, entity in enumerate(self.entities):
                unit = self.reading.units[entity.unit]
                if not entity.organisation or entity.span:
                    continue
                called = set().union(*(self._bodies.called.get(naming.unit, ()) for naming in entity.namings))
                how = fit(noun, entity.words, called)
                if unit.kind in ("country", "place") and how != CALLED:
                    continue
                if how == MAY_BE and (unit.state or not entity.known):
                    continue
                found.setdefault(how, []).append(index)
        return found

    def introduced(self, noun: str) -> list[int]:
        """Return the code points where "a company" without a name is first mentioned, in text order."""
        found = self._introduced.get(noun)
        if found is None:
            reading = self.reading
            found = self._introduced[noun] = []
            for index, word in enumerate(reading.words):
                if word.low != noun.rpartition(" ")[2]:
                    continue
                for article in range(index - 1, max(index - 6, -1), -1):
                    if reading.low(article) in ARTICLES - {"the"} | {"another"}:
                        beside = reading.units_in(word.end, word.end + MAX_NAME_DISTANCE)
                        named = any(unit.first - index <= 2 for unit in beside[:1])
                        if not named and reading.low(article - 1) not in (",", "—", "–", "is", "was", "("):
                            found.append(word.start)
                        break
                    before = reading.low(article)
                    if before in PREPOSITIONS or before == "the" or not (before[:1].isalpha() or before in POSSESSIVES):
                        break
        return found

    # People

    def name_words(self, unit: Unit) -> tuple[str, ...]:
        """Return the words of a name unit as they stand, with the stops of initials, without marks."""
        words = [word.text for word in self.reading.words[unit.first : unit.last]]
        shared = self._surname_of_couple.get(unit.first)
        return tuple(w for w in (*words, shared) if w and (w[0].isalnum() or w[0] in "'’"))

    def _is_person(self, number: int, unit: Unit) -> bool:
        """Return whether a unit names a person."""
        if unit.kind == "person":
            return True
        if self.reading.low(unit.first - 1) in ORGANISATION_NOUNS | _THING_NOUNS:
            return False
        if unit.kind == "name" and number not in self._titled and self._is_body(unit):
            return False
        return unit.kind == "name" and (
            number in self._titled
            or not self._has_article(unit)
            or (number in self._sources and not self._has_the(unit))
        )

    def _is_body(self, unit: Unit) -> bool:
        """Return whether the text treats a name of no known kind as an organisation's."""
        return fold(unit.span.of(self.reading.text)) in self._bodies.known

    def _has_the(self, unit: Unit) -> bool:
        """Return whether "the" stands before a unit."""
        return self.reading.low(unit.first - 1) == "the"

    def _has_article(self, unit: Unit) -> bool:
        """Return whether an article stands before a unit."""
        return self.reading.low(unit.first - 1) in ARTICLES

    def _gender_beside(self, number: int, unit: Unit) -> str:
        """Return the gender that the words beside a name tell, else that of the name.

        Kinship ("his wife, Jane") comes before the name's own words.
        """
        at = unit.first - 1
        if self.reading.low(at) == ",":
            at -= 1
        kin = KINSHIP.get(self.reading.low(at), "")
        if kin and self.reading.low(at - 1) in ("his", "her", "their", "my", "'s", "’s"):
            return kin
        titled = next((s.gender for s in self._titled.get(number, ()) if s.gender), "")
        told = (
            titled
            or ("" if self._is_surname(unit) else unit.gender)
            or gender_of(self.reading.words[unit.last - 1].text)
        )
        return told or self._gender_of_kin.get(number, "")

    def _is_surname(self, unit: Unit) -> bool:
        """Return whether a first name stands alone for the surname of someone named in full: "Harris" of Ida Harris."""
        word = fold(self.reading.words[unit.first].text)
        alone = unit.last == unit.first + 1 and not self._has_honorific(unit) and word not in self._first_names
        return alone and any(
            fold(self.entities[i].words[-1]) == word for i in self._surnames.get(sound_key(word), ())[:MAX_NAMESAKES]
        )

    def _genders_by_kin(self) -> dict[int, str]:
        """Return the genders that "his wife" and the like tell of the person named before, by unit.

        The person must be the first of the paragraph, and nobody else may stand between. In "Ann Roe met Xan Poe and her
        son" the son is Ann Roe's.
        """
        reading, units = self.reading, self.reading.units
        found: dict[int, str] = {}
        people = [n for n, unit in enumerate(units) if unit.kind in ("person", "name", "title")]
        ends = [units[n].first for n in people[1:]] + [len(reading.words)]
        taken = -1  # the paragraph of the one before
        for number, end in zip(people, ends, strict=False):
            unit = units[number]
            if unit.kind == "title" and unit.last == end:
                continue  # "Minister Ann Roe" is one person
            paragraph = reading.paragraph(unit.span.start)
            if paragraph != taken and unit.kind != "title" and number not in self._sources:
                near = reading.words[unit.last : min(end, unit.last + MAX_KIN_DISTANCE)]
                for word, kin in pairwise(near):
                    if word.low in _QUOTES or reading.paragraph(word.start) != paragraph:
                        break
                    if word.low in ("his", "her") and kin.low in KINSHIP:
                        found[number] = "m" if word.low == "his" else "f"
                        break
            taken = paragraph
        return found

    def _group_full_names(self) -> None:
        """Cluster the full names of people."""
        for number, unit in enumerate(self.reading.units):
            if unit.kind not in ("person", "name") or not self._is_person(number, unit):
                continue
            words = self.name_words(unit)
            if unit.kind == "name" and number not in self._titled and self._is_short_for_firm(number, words):
                continue
            if len(without_suffix(words)) < 2 or (len(without_suffix(words)) == 2 and self._is_part_of_surname(words)):
                continue
            gender = self._gender_beside(number, unit)
            index = self._same_person(words, gender)
            if index is None:
                index = len(self.entities)
                self.entities.append(Entity(False, words, number, gender))
                for surname in surnames(words):
                    self._surnames.setdefault(sound_key(surname), []).append(index)
                self._first_names.setdefault(fold(words[0]), []).append(index)
            self._add_naming(index, number, "full name", FULL_NAME, gender)

    def _is_part_of_surname(self, words: tuple[str, ...]) -> bool:
        """Return whether the first of two words belongs to the surname.

        Examples are "von Roe", and "Ben Roe" where the text has "Adam Ben Roe". "Al" of "Al Roe" does not if "Roe" stands
        alone too.
        """
        if fold(words[0]) not in PARTICLES or (words[0][0].isupper() and words[-1] in self._alone):
            return False
        longer = (self.name_words(unit)[-2:] for unit in self.reading.units if unit.last - unit.first > 2)
        return fold(words[0]) not in GIVEN_NAMES or words in longer

    def _same_person(self, words: tuple[str, ...], gender: str) -> int | None:
        """Return the index of the person that a full name means, or None if it is a new one."""
        title_keys = [
            key for surname in surnames(words) for key in self._surnames.get(sound_key(surname), ())[-MAX_NAMESAKES:]
        ]
        title_keys += self._first_names.get(fold(without_suffix(words)[-1]), ())[-MAX_NAMESAKES:]
        for index in dict.fromkeys(title_keys):
            entity = self.entities[index]
            if gender and entity.gender and gender != entity.gender and words[0] != entity.words[0]:
                continue
            if can_be_same_person(words, entity.words):
                return index
        return None

    def _add_naming(self, index: int, unit: int, rule: str, confidence: float, gender: str = "") -> None:
        """Add the name `unit` to an entity, and note what it tells of it."""
        entity = self.entities[index]
        naming = Naming(unit, rule, confidence)
        entity.namings.append(naming)
        entity.gender = entity.gender or gender
        entity.known |= self.reading.units[unit].kind != "name" or unit in self._titled or unit in self._sources
        entity.known |= self.reading.low(self.reading.units[unit].first - 1) in ORGANISATION_NOUNS
        entity.known |= entity.organisation and self._is_body(self.reading.units[unit])
        entity.known |= len(entity.namings) > 1 and len(entity.words) > 1
        given = self.reading.units[unit]
        entity.known |= given.last == given.first + 1 and bool(GIVEN_NAMES.get(self.reading.low(given.first)))
        self.by_unit[unit] = (index, naming)
        words = self.name_words(self.reading.units[unit])
        fuller = fullness(words) > fullness(entity.words) and not has_epithet(words, entity.words)
        if rule == "full name" and (fuller or has_epithet(entity.words, words)):
            entity.words, entity.unit = words, unit

    def _group_partial_names(self) -> None:
        """Assign the partial names of people to those with full names, or make them entities of their own."""
        last_named: dict[int, int] = {}  # entity: the unit that last named it
        in_full: dict[int, int] = {}  # entity: the unit that last named it in full
        singles: dict[str, int] = {}
        for number, unit in enumerate(self.reading.units):
            if unit.kind not in ("person", "name"):
                continue
            if number in self.by_unit:
                last_named[self.by_unit[number][0]] = in_full[self.by_unit[number][0]] = number
                continue
            words = self.name_words(unit)
            if not words:
                continue
            both = self.reading.low(unit.first - 1) == "both" and self.reading.low(unit.last) == "and"
            if self.reading.low(unit.first - 1) in _ONE_OF_SEVERAL and not both:
                self.unclear.add(number)
                continue
            gender = self._gender_beside(number, unit)
            key = sound_key(" ".join(without_suffix(words)))
            found = self._surnames.get(key, [])[:MAX_NAMESAKES]
            fitting = [i for i in found if not gender or self.entities[i].gender in ("", gender)]
            if len(fitting) > 1:
                self._assign_shared_surname(number, fitting, last_named, in_full)
                if number in self.by_unit:
                    last_named[self.by_unit[number][0]] = number
                else:
                    self.unclear.add(number)
                continue
            if fitting:
                exact = (
                    any(fold(words[-1]) == fold(s) for s in surnames(self.entities[fitting[0]].words)) or len(words) > 1
                )
                self._add_naming(fitting[0], number, "surname", SURNAME if exact else VARIANT, gender)
                continue
            first = self._first_names.get(fold(words[0]), [])
            opens = len(words) == 1 or (len(first) == 1 and self.entities[first[0]].words[: len(words)] == words)
            if len(first) == 1 and opens and not self._has_honorific(unit):
                self._add_naming(first[0], number, "first name", FIRST_NAME)
                continue
            if not self._is_person(number, unit):
                continue
            if unit.kind == "name" and number not in self._titled and self._is_short_for_firm(number, words):
                continue
            if key in singles:
                self._add_naming(singles[key], number, "full name", FULL_NAME, gender)
            elif not first:
                singles[key] = len(self.entities)
                self.entities.append(Entity(False, words, number, gender))
                self._add_naming(singles[key], number, "full name", FULL_NAME, gender)

    def _is_short_for_firm(self, number: int, words: tuple[str, ...]) -> bool:
        """Return whether a name that is nobody's is the first words of one firm's: "Poe" of "Poe Systems". Note which."""
        if len(words) == 1 and (sound_key(words[0]) in self._surnames or fold(words[0]) in self._first_names):
            return False
        if any(fold(word) in GIVEN_NAMES for word in words):
            return False
        bodies = self._openings.get(fold(" ".join(words)), set())
        if len(bodies) == 1:
            self._short[number] = next(iter(bodies))
        return len(bodies) == 1

    def _openings_of_bodies(self, heads: Container[str]) -> dict[str, set[str]]:
        """Map the first words of the names that end in one of `heads`, folded, to the full names.

        Firms and their short names are alike. Other bodies may be called after people.
        """
        found: dict[str, set[str]] = {}
        for unit in self.reading.units:
            if self.reading.low(unit.last - 1) in heads and (unit.kind == "organisation" or self._is_body(unit)):
                name = fold(self.organisation_name(unit))
                words = name.split()
                for end in range(1, min(len(words), 4)):
                    found.setdefault(" ".join(words[:end]), set()).add(name)
        return found

    def _kin_nouns(self, index: int) -> set[str]:
        """Return as whose kin someone was first named: "wife" for "his wife, Ann Roe", "sister" for "Ann Roe, his sister"."""
        reading, unit = self.reading, self.reading.units[self.entities[index].namings[0].unit]
        beside = {reading.low(unit.first - 1 - (reading.low(unit.first - 1) == ","))}
        if reading.low(unit.last) == ",":
            beside |= {reading.low(unit.last + 1), reading.low(unit.last + 2)}
        return beside & KINSHIP.keys()

    def _has_honorific(self, unit: Unit) -> bool:
        """Return whether an honorific that needs a surname stands before a unit."""
        before = self.reading.low(unit.first - 1)
        if before in ("sir", "dame"):
            return False  # they go with the first name
        return before in HONORIFICS or (before == "." and self.reading.low(unit.first - 2) in HONORIFICS)

    def _assign_shared_surname(
        self, number: int, fitting: list[int], last_named: dict[int, int], in_full: dict[int, int]
    ) -> None:
        """Assign a surname that several people bear to one of them, or to no one."""
        titles = self._titled.get(number, [])
        if titles:
            holders = [
                i
                for i in fitting
                if any(
                    same_title(s.role.title, t.role.title)
                    for n in self.entities[i].namings
                    for s in self._titled.get(n.unit, ())
                    for t in titles
                )
            ]
            if len(holders) == 1:
                self._add_naming(holders[0], number, "surname and title", VARIANT)
                return
        reading, at = self.reading, self.reading.units[number].span.start
        met = [i for i in fitting if i in last_named]
        if len(met) == 1 or (not met and len(fitting) == 1):
            self._add_naming(met[0], number, "surname", VARIANT)
            return
        back = {i: reading.paragraph(at) - reading.paragraph(reading.units[last_named[i]].span.start) for i in met}
        here = [i for i in met if not back[i]]
        if len(here) == 1 and reading.paragraph(reading.units[in_full[here[0]]].span.start) == reading.paragraph(at):
            self._add_naming(here[0], number, "surname, named last", SHARED_SURNAME)
            return
        leading = [i for i in met if not self._kin_nouns(i) or back[i] < KIN_PARAGRAPHS]
        if len(leading) == 1:
            self._add_naming(leading[0], number, "surname of the one not named as kin", SHARED_SURNAME)

    # Organisations

    def organisation_name(self, unit: Unit) -> str:
        """Return the name of an organisation, country or place as it stands, without "the"."""
        first = unit.first + (self.reading.low(unit.first) == "the" and unit.last - unit.first > 1)
        return " ".join(self.reading.text[self.reading.words[first].start : unit.span.end].split())

    def _note_lone_heads(self) -> None:
        """Note the units that are the head word alone of the only organisation with that head: "the Foundation"."""
        units, reading = self.reading.units, self.reading
        named: dict[str, set[str]] = {}
        for unit in units:
            opening = unit.first + (reading.low(unit.first) == "the")
            if unit.kind == "organisation" and unit.last - opening > 1:
                first, last = reading.low(opening), reading.low(unit.last - 1)
                heads = {first} if reading.low(opening + 1) in ("of", "for") else set()
                heads |= {last} if ORGANISATION_HEADS.get(last) == "body" else set()
                for head in heads:
                    named.setdefault(head, set()).add(fold(self.organisation_name(unit)))
        for number, unit in enumerate(units):
            opening = unit.first + (reading.low(unit.first) == "the")
            bodies = named.get(reading.low(opening), set())
            if unit.kind == "organisation" and unit.last == opening + 1 and len(bodies) == 1:
                self._short[number] = next(iter(bodies))

    def _group_organisations(self) -> None:
        """Cluster the names of organisations, countries and places."""
        self._note_lone_heads()
        units = self.reading.units
        for number, unit in enumerate(units):
            if (
                number in self.by_unit
                or number in self.unclear
                or number in self._short
                or unit.kind not in ("organisation", "country", "place", "name")
            ):
                continue
            if unit.kind == "country" and unit.group != "name":
                continue
            name = self.organisation_name(unit)
            key = unit.country if unit.kind == "country" else fold(name)
            long = self._spelt_out(number, name)
            if long is None:
                long = self._labelled(number, name)
            if long is not None:
                if self.entities[long].organisation:
                    self._organisations[key] = long
                full = self._is_fuller(long, name)
                self._add_naming(long, number, "full name" if full else "acronym", FULL_NAME)
                continue
            known = self._organisations.get(key)
            if known is None and (body := self._short_for_body(unit, name)):
                self._short[number] = body
                continue
            if known is not None:
                self._add_naming(
                    known, number, "full name" if fold(name) == key or unit.kind == "country" else "acronym", FULL_NAME
                )
                continue
            index = len(self.entities)
            self.entities.append(Entity(True, tuple(name.split()), number, country=unit.country))
            self._organisations[key] = index
            self._organisations.setdefault(initials(name), index)
            self._add_naming(index, number, "full name", FULL_NAME)
        for number, name in self._short.items():
            if name in self._organisations:
                self._add_naming(self._organisations[name], number, "short name", SHORT_NAME)

    def _short_for_body(self, unit: Unit, name: str) -> str:
        """Return the folded name of the only body that `name` opens, or "": "Monmouth" of Monmouth University, "the Lantern".

        Acronyms and places have a meaning of their own.
        """
        if (
            unit.kind not in ("organisation", "name")
            or name.isupper()
            or not (unit.kind == "organisation" or self._has_the(unit))
        ):
            return ""
        if match(KNOWN_ORGANISATIONS, self.reading.words, unit.first):
            return ""
        bodies = self._body_openings.get(fold(name), set())
        return next(iter(bodies)) if len(bodies) == 1 else ""

    def body_of(self, unit: int, noun: str, span: Span) -> int:
        """Return the index of an organisation called after the name that is unit number `unit`: "the Roe campaign"."""
        known = self.by_unit.get(unit)
        key = f"{known[0] if known else fold(self.reading.units[unit].span.of(self.reading.text))} {noun}"
        index = self._organisations.get(key)
        if index is None:
            index = self._organisations[key] = len(self.entities)
            self.entities.append(Entity(True, tuple(span.of(self.reading.text).split()), unit, span=span))
        return index

    def _spelt_out(self, number: int, name: str) -> int | None:
        """Return the organisation just before brackets whose acronym, or whose full name behind the acronym, `name` is.

        None if there is none.
        """
        units, reading = self.reading.units, self.reading
        unit = units[number]
        if not number or reading.low(unit.first - 1) != "(" or units[number - 1].last != unit.first - 1:
            return None
        before = self.by_unit.get(number - 1)
        if not before or not self.entities[before[0]].organisation:
            return None
        return before[0] if name.isupper() or self._is_fuller(before[0], name) else None

    def _is_fuller(self, index: int, name: str) -> bool:
        """Return whether `name` spells out the acronym that an organisation is called by so far."""
        words = self.entities[index].words
        return len(words) == 1 and words[0].isupper() and initials(name) == fold(words[0])

    def _labelled(self, number: int, name: str) -> int | None:
        """Return who is meant by the letters that label a turn of an interview: "((AR))" is Ann Roe.

        They are someone's initials, or letters of the name of the only organisation that has them: "HW" of Harbourwatch.
        """
        reading, unit = self.reading, self.reading.units[number]
        if number not in self._sources or not name.isupper() or reading.low(unit.first - 2) != "(":
            return None
        if name not in self._labels:
            entities = list(enumerate(self.entities))
            found = [i for i, each in entities if not each.organisation and _initials(each.words) == name]
            if not found and fold(name) not in self._organisations:
                outlets = [i for i, each in entities if each.organisation or len(each.words) == 1]
                found = [i for i in outlets if _has_letters(self.entities[i].words, name)]
                for index in found if len(found) == 1 else []:
                    self.entities[index].organisation = True
            self._labels[name] = found[0] if len(found) == 1 else None
        return self._labels[name]

    def _assign_handles(self) -> None:
        """Assign each account in brackets after a name to the one named. A source that is a bare account is its own name."""
        units, reading = self.reading.units, self.reading
        owners: dict[str, int] = {}
        for number, unit in enumerate(units):
            beside = number and units[number - 1].last == unit.first - 1 and reading.low(unit.first - 1) in ("(", ",")
            owner = self.by_unit.get(number - 1)
            if unit.kind == "account" and beside and owner:
                entity = self.entities[owner[0]]
                entity.handle = entity.handle or unit.span.of(reading.text)
                owners.setdefault(fold(entity.handle), owner[0])
        for number, unit in enumerate(units):
            if unit.kind == "account" and number in self._sources:
                handle = unit.span.of(reading.text)
                index = owners.setdefault(fold(handle), len(self.entities))
                if index == len(self.entities):
                    self.entities.append(Entity(False, (handle,), number, handle=handle))
                self._add_naming(index, number, "account", FULL_NAME)
