"""Find the roles that a text states of the people it names, in the title phrases before and after a name.

Before: "Estonian Prime Minister Kaja Roe", "the bureau's director, Jane Roe,". After: ", the foreign minister of France,",
", who chairs the Budget Committee,", "is the mayor of Riga". Honorifics, kinship, residence and "the Estonian leader" are
no roles.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from api.extraction.cues import SAYING
from api.extraction.lexicon import word_list
from api.extraction.mentions import Unit, is_member
from api.extraction.offices import ELECTED, OFFICE_LINKS, Office, Offices
from api.extraction.spans import Role
from api.extraction.words import (
    CALENDAR,
    COPULAS,
    DETERMINERS,
    FUNCTION_WORDS,
    HONORIFICS,
    HONOURS,
    KINSHIP,
    OFFICE_VERBS,
    ORGANISATION_HEADS,
    ORGANISATION_NOUNS,
    POSSESSIVES,
    SERVING_VERBS,
    TITLE_WORDS,
    TITLES,
    is_capital,
    is_head,
)

_ADVERBS = word_list("office_adverbs")
_AFTER_APPOSITION = word_list("after_apposition")
_RELATIONAL = word_list("relational_offices")
_INSTALLED = word_list("installing_participles")
_TIME_WORDS = word_list("time_words")
_MAX_BETWEEN_LISTED = 8  # words between two names of a list: ", R-Ohio, and", "of Maine and"
_PLACE = r"(?P<place>[A-Z][A-Za-z]*\.?(?: ?[A-Z][A-Za-z]*\.?){0,3})"
_PARTY = "|".join(sorted(word_list("party_members")))
_SEATS = (  # what ties members to the place that elected them, behind their name
    re.compile(rf" ?\([A-Z][A-Za-z]{{0,3}}\.?(?: ?[-–—] ?|, ){_PLACE}\)"),  # (R-Ohio), (D., Ohio)
    re.compile(rf", [A-Z]{{1,3}}[-–]{_PLACE}(?=,|\.? [a-z]|\.?$)"),  # R-Ohio,
    re.compile(rf", (?:an? )?(?:[a-z]+ )?(?i:{_PARTY}) (?:of|from) {_PLACE}"),
    re.compile(rf", an? {_PLACE} (?i:{_PARTY})\b"),
)
_MAX_SEAT = 60  # code points behind a name in which its place may stand
_ENDING_LIST = COPULAS | frozenset({";", "“", "”", '"', "said", "says", "who", "but", "in", "with", "for", "to"})
_ADVERBIAL = _ADVERBS | {"as", ",", "and"}


@dataclass(frozen=True, slots=True)
class Statement:
    """A role stated of the name that is unit number `unit`. `gender` is what the title tells of its holder.

    `past` tells that the text says it is over, other than by the title: "who was deputy minister until January". `held` is
    False for a mere description: "a passenger".
    """

    unit: int
    role: Role
    head: str
    gender: str
    past: bool = False
    held: bool = True


class Roles(Offices):
    """The roles stated in one reading."""

    def stated(self) -> list[Statement]:
        """Return every role stated, in the order of the names that they are stated of."""
        return [statement for statement in self.statements() if statement.held]

    def statements(self) -> list[Statement]:
        """Return every role and mere description stated, in the order of the names that they are stated of."""
        found: list[Statement] = []
        units = self._reading.units
        shared = self._shared_offices()
        for number, unit in enumerate(units):
            if unit.kind not in ("person", "name"):
                continue
            before = self._before_name(unit, units[number - 1] if number else None)
            offices = [before] if before else []
            if before and (earlier := self._by_last.get(before.first)) and earlier.kind == "title":
                offices.insert(0, self.office(earlier, after=False))
            if before and not before.organisation and not before.country:
                offices[-1] = self._tie_to_place_after(before, unit)
            if number in shared and not offices:
                offices = [shared[number]]
            offices += self._after_name(unit)
            member = self._titles.get(unit.last)
            if member and is_member(self._reading, unit):  # what else she is counts for more
                office = self.office(member, after=False)
                own = office.organisation == unit.span.of(self._reading.text)
                offices.insert(0, replace(office, organisation=None) if own else office)
            for office in offices:
                for one in self._parted(office):
                    held = is_role(one) and not self._is_personal(one)
                    if held or one.group == "standing":
                        span = self._reading.span(one.first, one.last)
                        role = Role(one.title, one.organisation, one.country, span)
                        found.append(Statement(number, role, one.head, one.gender, one.past, held))
        return found

    def _shared_offices(self) -> dict[int, Office]:
        """Return the offices that a plural before a list of names gives each of them, by unit.

        Examples are "Sens. Ida Roe and Tom Poe", "senators like Ida Roe" and "actresses, including Ida Roe".
        """
        reading, units = self._reading, self._reading.units
        found: dict[int, Office] = {}
        for number, unit in enumerate(units):
            if unit.kind not in ("person", "name"):
                continue
            before = self._before_examples(unit.first)
            at = before - 1 - (reading.low(before - 1) == ".")
            singular = _singular(reading.low(at))
            apart = any(index in reading.breaks for index in range(at + 1, unit.first + 1))
            if not singular or apart:
                continue
            first = at
            while first > max(at - 3, 0) and first not in reading.breaks and reading.low(first - 1) in TITLE_WORDS:
                first -= 1
            listed = self._listed_from(number)
            last = reading.words[at].text[0] + singular[1:]
            title = " ".join(filter(None, (reading.span(first, at).of(reading.text) if first < at else "", last)))
            title += "." * (reading.low(at + 1) == ".")
            [entry] = [entry for entry in TITLES[singular] if entry.words == (singular,)][:1]
            office = Office(" ".join(title.split()), singular, entry.group, "", None, None, first, at + 1)
            for each in listed if len(listed) > 1 or before < unit.first else []:
                found[each] = self._tie_to_place_after(office, units[each])
        return found

    def _before_examples(self, at: int) -> int:
        """Return the first word of ", including", "like" or "such as" before word `at`, or `at` where none stands there."""
        low = self._reading.low
        if low(at - 1) in ("like", "including"):
            at -= 1
        elif (low(at - 2), low(at - 1)) == ("such", "as"):
            at -= 2
        else:
            return at
        return at - (low(at - 1) == ",")

    def _listed_from(self, number: int) -> list[int]:
        """Return the names of the list that begins with unit `number`, as numbers of units."""
        reading, units = self._reading, self._reading.units
        listed = [number]
        for other in range(number + 1, min(number + 12, len(units))):
            last, unit = units[listed[-1]].last, units[other]
            if unit.first - last > _MAX_BETWEEN_LISTED:
                break
            if unit.kind not in ("person", "name"):
                continue
            between = [reading.low(index) for index in range(last, unit.first)]
            if not set(between) & {",", "and", "&"} or any(word in _ENDING_LIST for word in between):
                break
            if not all(index not in reading.breaks for index in range(last, unit.first + 1)):
                break
            listed.append(other)
            if "and" in between or "&" in between:
                break
        return listed

    def _parted(self, office: Office) -> list[Office]:
        """Return the two offices that one title joins: "president and publisher of the Post".

        What stands before them ties the first alone: "Lund delegate and activist".
        """
        reading = self._reading
        for index in range(office.first + 1, office.last - 1):
            joined = reading.low(index) in ("and", "&") and is_head(reading.low(index - 1))
            before, mark, after = office.title.partition(f" {reading.words[index].text} ")
            if not joined or not mark or not before.endswith(reading.words[index - 1].text):
                continue
            head = next(
                head
                for size in (3, 2, 1)
                if (head := " ".join(map(reading.low, range(index - size, index)))) and self._is_title(head)
            )
            one = replace(office, title=before, head=head, last=index)
            other = replace(office, title=after, first=index + 1)
            if not any(reading.low(i) in OFFICE_LINKS for i in range(index, office.last)):
                other = replace(other, organisation=None)
            return [one, other]
        return [office]

    def _is_title(self, words: str) -> bool:
        """Return whether words, joined by spaces, are the head of a title."""
        first = words.partition(" ")[0]
        return any(" ".join(entry.words) == words for entry in TITLES.get(first, ()))

    def _is_personal(self, office: Office) -> bool:
        """Return whether an office is only someone's own: "his deputy", "Roe's deputy"."""
        before = self._reading.low(office.first - 1)
        return (
            (before in ("his", "her") or before in POSSESSIVES)
            and office.head in _RELATIONAL
            and not (office.organisation or office.country)
        )

    def _before_name(self, name: Unit, previous: Unit | None) -> Office | None:
        """Return the office whose title stands directly before `name`, or before it and a comma."""
        reading = self._reading
        at = name.first
        while at > max(name.first - 6, 0) and (
            reading.low(at - 1) in HONORIFICS or (reading.low(at - 1) == "." and at - 2 >= 0)
        ):
            if reading.low(at - 1) == "." and reading.low(at - 2) not in HONORIFICS:
                break
            at -= 1
        title = self._by_last.get(at)
        if title and title.kind == "title" and self._same_sentence(title.first, name.first):
            return self.office(title, after=False)
        if previous is None or not self._same_sentence(previous.first, name.first):
            return None
        if previous.kind != "title":  # "the president of France Jane Roe", "the president of France, Jane Roe,"
            title = self._title_before(previous)
        elif reading.low(at - 1) == "," and previous.group != "prefix":
            title = previous
        else:
            title = None
        if title is None or title.kind != "title":
            return None
        office = self.office(title)
        comma = reading.low(at - 1) == ","
        if office.last != at - comma and not (comma and self._end_in_small_letters(office) == at - 1):
            return None
        if comma and not self._opens_own_phrase(office, title, name):
            return None
        return office

    def _end_in_small_letters(self, office: Office) -> int:
        """Return the end of an office with "of" and common nouns behind it: "the foreign minister of the island country"."""
        reading, at = self._reading, office.last + 1
        if reading.low(office.last) != "of" or reading.low(at) not in DETERMINERS:
            return office.last
        for index in range(at + 1, at + 5):
            if reading.low(index) == ",":
                return index if index > at + 1 else office.last
            if not reading.low(index).isalpha() or reading.low(index) in FUNCTION_WORDS or index in self._by_first:
                break
        return office.last

    def _tie_to_place_after(self, office: Office, name: Unit) -> Office:
        """Return an office with the place that follows the name: "Chancellor Ann Roe of Germany", "Sen. Ann Roe (R-Ohio)"."""
        reading = self._reading
        elected = office.head.replace(" .", "") in ELECTED
        if elected:
            following = reading.text[name.span.end : name.span.end + _MAX_SEAT]
            seat = next((found for each in _SEATS if (found := each.match(following))), None)
            if seat:
                return replace(office, organisation=" ".join(seat["place"].split()))
            unit = self._by_first.get(name.last + 1)
            bracketed = unit and unit.kind == "place" and (reading.low(name.last), reading.low(unit.last)) == ("(", ")")
            if unit and bracketed:  # (Ohio)
                return replace(office, organisation=unit.span.of(reading.text))
        at = name.last + 1 + (reading.low(name.last + 1) == "the")
        unit = self._by_first.get(at)
        link = reading.low(name.last)
        if unit is None or not (link == "of" or (link == "from" and elected and unit.kind == "place")):
            return office
        if office.group not in ("office", "prefix") and unit.kind != "organisation":
            return office
        if unit.kind == "country" and unit.group == "name":
            return replace(office, country=unit.country, last=unit.last)
        if unit.kind in ("place", "organisation"):
            return replace(office, organisation=self._organisation(unit)[0], last=unit.last)
        return office

    def _title_before(self, unit: Unit) -> Unit | None:
        """Return the title whose complement may end with `unit`: the last one before it."""
        for first in range(unit.first - 1, max(unit.first - 8, -1), -1):
            title = self._titles.get(first)
            if title:
                return title
        return None

    def _opens_own_phrase(self, office: Office, title: Unit, name: Unit) -> bool:
        """Return whether the office before a comma opens a phrase of its own and follows no name.

        An example is "the bureau's director, Jane Roe,".
        """
        reading = self._reading
        first = office.first
        article = reading.low(first - 1) in DETERMINERS | POSSESSIVES
        opens = first in reading.breaks and reading.low(office.last - 1) not in (title.head, title.head.split()[-1])
        if not article and first == title.first and not opens:  # but "VP of Development, Ann Roe,"
            return False
        before = first - article - 1
        if reading.low(before) == "," and (owner := self._by_last.get(before)) and owner.kind in ("person", "name"):
            return reading.low(first - 1) == "the" and not self._has_apposition(name)
        return True

    def _has_apposition(self, name: Unit) -> bool:
        """Return whether an office follows a name and a comma: the office before it is then another's, as in a list."""
        at = name.last + 1
        return self._reading.low(name.last) == "," and any(i in self._titles for i in range(at, at + 3))

    def _after_name(self, name: Unit) -> Iterator[Office]:
        """Yield the offices in an apposition, relative clause or predicate after `name`."""
        reading = self._reading
        at = name.last
        at += is_member(reading, name)
        at = self._after_honours(at)
        if reading.low(at) == "(" and at + 1 not in self._titles:
            at = next((i + 1 for i in range(at, at + 9) if reading.low(i) == ")"), at)
        low = reading.low(at)
        apposed = low in (",", "—", "–", "(")
        past = relative = False
        if apposed and reading.low(at + 1) in COPULAS:
            apposed, at = False, at + 1  # "Its deputy, Jane Roe, is acting minister"
            low = reading.low(at)
        if apposed:
            at += 1
            if reading.low(at) == "until":
                past, at = True, self._after_time(at + 1)
            if reading.low(at).isdigit() and reading.low(at + 1) == ",":
                at += 2
            if reading.low(at) == "who" and reading.words[at].text != "WHO":
                relative = True
                at += 1
                past = reading.low(at) == "was" or (reading.low(at) == "used" and reading.low(at + 2) == "be")
                at += 2 * (reading.low(at) == "used" and reading.low(at + 2) == "be")
                at += reading.low(at) in ("has", "had") and reading.low(at + 1) == "been"
                at += reading.low(at) in _ADVERBS
                if reading.low(at) in OFFICE_VERBS:
                    office = self._office_of_verb(at)
                    if office:
                        yield office
                    return
                if reading.low(at) in SERVING_VERBS and reading.low(at + 1) == "as":
                    at += 2
                elif reading.low(at) in COPULAS or reading.low(at) in ("been", "be"):
                    at += 1
                else:
                    return
        elif (after := self._after_predicate(at)) and (name.kind == "person" or name.last - name.first > 1):
            past, at = (low == "was" and after == at + 1) or low in ("served", "worked"), after
        else:
            return
        # Nobody but the name can be meant: "Ann Roe, head of Lund Watch said", "says Ann Roe, a clerk currently in Lund".
        sure = apposed and (relative or name.first in reading.breaks or reading.low(name.first - 1) in SAYING)
        for _ in range(3):
            office = self._noun_phrase(at, name)
            if office is None:
                return
            if not (sure or self._ends_well(office)):
                return
            if reading.low(office.last) in POSSESSIVES:  # of the union's paper, not of the union
                office = replace(office, organisation=None, country=None)
            if apposed and self._belongs_to_next(office):
                return
            yield replace(office, past=past)
            if reading.low(office.last) != "and":
                return
            past = past and reading.low(office.last + 1) != "now"
            at = office.last + 1

    def _ends_well(self, office: Office) -> bool:
        """Return whether what follows an office behind a name shows that it is the name's, and no other's who does something.

        "Ann Roe, the mayor of Lund, left" and "Ann Roe, head of Lund Fire Watch" do. "Says Ann Roe, the mayor left" does not.
        """
        reading, at = self._reading, office.last
        if at in reading.breaks or at == len(reading.words) or reading.low(at) in _AFTER_APPOSITION:
            return True
        if reading.words[at].text[0].islower() and reading.low(at).endswith("ing"):
            return True  # "working for the board"
        tied = any(reading.low(index) in OFFICE_LINKS for index in range(office.first, at))
        return tied and (reading.low(at) in POSSESSIVES or is_capital(reading.words[at].text))

    def _after_honours(self, at: int) -> int:
        """Return the word after letters behind a name that start at word `at`: "KC", ", PhD", ", Ph.D."."""
        low = self._reading.low
        while True:
            start = at + (low(at) == ",")
            if low(start).replace(".", "") in HONOURS:
                at = start + 1
            elif (low(start), low(start + 1), low(start + 2)) == ("ph", ".", "d"):
                at = start + 4
            else:
                return at

    def _after_predicate(self, at: int) -> int:
        """Return the word after a verb at word `at` that says what someone is or becomes, or 0.

        Examples are "has been" and "was sworn in as".
        """
        low = self._reading.low
        start = at
        if low(at) in ("has", "had") and low(at + 1) == "been":
            at += 2
        elif (low(at) in ("has", "had") and low(at + 1) in SERVING_VERBS) or low(at) in COPULAS:
            at += 1
        if at > start and low(at) not in _INSTALLED and low(at) not in SERVING_VERBS:
            return at
        if low(at) == "took" and low(at + 1) in ("office", "over") and low(at + 2) == "as":
            return at + 3
        if low(at) == "sworn" and low(at + 1) == "in" and low(at + 2) == "as" and at > start:
            return at + 3
        if low(at) in _INSTALLED and at > start:
            return at + 1 + (low(at + 1) == "as")
        if low(at) in SERVING_VERBS and low(at + 1) == "as":
            return at + 2
        return 0

    def _after_time(self, at: int) -> int:
        """Return the word after a time that starts at word `at`: "last autumn", "2024", "the end of March"."""
        low = self._reading.low
        for _ in range(5):
            if not (low(at) in _TIME_WORDS or low(at) in CALENDAR or low(at).isdigit()):
                break
            at += 1
        return at + (low(at) == ",")

    def _belongs_to_next(self, office: Office) -> bool:
        """Return whether a name follows the comma of the office: "met Roe, the mayor of Riga, Ann Poe, said"."""
        reading = self._reading
        following = self._by_first.get(office.last + 1)
        return (
            reading.low(office.last) == ","
            and following is not None
            and following.kind in ("person", "name")
            and reading.low(office.first - 1) == "the"
            and not self._has_apposition(following)
        )

    def _noun_phrase(self, at: int, name: Unit) -> Office | None:
        """Return the office that a noun phrase at word `at` names, or None.

        Nothing but its own words may stand before its title.
        """
        reading = self._reading
        first = at
        while reading.low(at) in _ADVERBS:
            at += 1
        for index in range(at, at + 10):
            title = self._titles.get(index)
            if title:
                if title.group == "prefix":
                    return None
                following = self._by_first.get(title.last)
                if following and following.kind in ("person", "name"):
                    return None
                office = self.office(title)
                return office if office.first >= first and self._same_sentence(name.first, title.first) else None
            low = reading.low(index)
            inside = any(
                u.first <= index < u.last for u in (self._by_first.get(i) for i in range(index - 6, index + 1)) if u
            )
            if inside or low in POSSESSIVES:
                continue
            if low in DETERMINERS:
                if index > at and not (reading.low(index - 1) in _ADVERBIAL or index - 1 in self._by_last):
                    return None  # "Roe, wished the new governor": a verb and its object
                continue
            if not low or not low[0].isalnum() or (low in FUNCTION_WORDS and TITLE_WORDS.get(low) is None):
                return None
        return None

    def _office_of_verb(self, at: int) -> Office | None:
        """Return the office of someone "who chairs the Budget Committee", where word `at` is the verb."""
        reading = self._reading
        verb = reading.low(at)
        start = index = at + 1 + (reading.low(at + 1) == "over")
        while index < at + 6 and index not in self._by_first and reading.low(index) not in FUNCTION_WORDS - DETERMINERS:
            index += 1
        unit = self._by_first.get(index)
        organisation, country, last = None, None, at + 1
        if unit and unit.kind in ("organisation", "name", "place", "country"):
            last = self._common_end(unit)
            if unit.kind == "country" and last == unit.last:
                return None
            organisation, country = self._organisation(unit)
            if unit.kind == "country":
                organisation, country = (
                    self._phrase(unit.last + (reading.low(unit.last) in POSSESSIVES), last),
                    unit.country,
                )
            elif last > unit.last:
                organisation = self._phrase(unit.first, last)
        elif reading.low(start) in DETERMINERS:
            last = self._common_end(None, start + 1)
            if reading.low(last - 1) not in ORGANISATION_NOUNS | ORGANISATION_HEADS.keys():
                return None
            owned = any(reading.low(i) in ("'s", "’s") for i in range(start, last))
            if reading.low(start) == "the" and last - start > 2 and not owned:  # "the committee" alone names none
                organisation = self._phrase(start + 1, last)
        else:
            return None
        return Office(OFFICE_VERBS[verb], OFFICE_VERBS[verb], "office", "", organisation, country, at, last)


def _singular(plural: str) -> str:
    """Return the head of a title of which a folded word is the plural, or "" if it is none."""
    endings = (("ies", "y"), ("men", "man"), ("sses", "ss"), ("ches", "ch"), ("s", ""))
    forms = (plural.removesuffix(end) + one for end, one in endings if plural.endswith(end))
    return next((form for form in forms if is_head(form)), "")


def is_role(office: Office) -> bool:
    """Return whether an office is a role: no mere description, and a leader only of an organisation."""
    if office.group == "standing" or office.head in KINSHIP:
        return False
    return office.group != "leader" or office.organisation is not None
