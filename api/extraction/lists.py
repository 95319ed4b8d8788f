"""Read a source that names several: "Roe and Poe", "the mayor, Ann Roe, and her aide, Bill Poe", "both Latvia and Estonia".

The phrase is cut at its commas and at "and". A part that ends in a name is one of the list, another describes the name beside
it. Where a part may be either, or stands for somebody without a name ("and others"), the phrase is no list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.extraction.lexicon import word_list
from api.extraction.mentions import Reading, Unit
from api.extraction.words import GROUPS, HONOURS, KINSHIP, PHRASE_STOPS, POSSESSIVES, PREPOSITIONS, RELATIVE_PRONOUNS

_AFTER_NAME = word_list("after_name") | HONOURS
_PARTNERS = word_list("partners")
_COMMAS = frozenset({",", "–", "—", "-"})
_JOINING = (("along", "with"), ("together", "with"), ("as", "well", "as"))
_PLACES = frozenset({"place", "country"})


@dataclass(frozen=True, slots=True)
class _Part:
    """Words of a phrase between two commas or "and"s, and the name that they end in before any preposition or clause."""

    joined: bool  # "and" stands before it
    apart: bool  # a comma does
    name: Unit | None
    titled: bool  # a title stands before the name
    extended: bool  # a preposition follows: "Ann Roe of Lund"
    relative: bool  # a relative clause begins in it
    owned: bool  # a possessive stands in it

    @property
    def is_full(self) -> bool:
        """Return whether the part surely names a person: in full, or with a title."""
        name = self.name
        if name is None or name.kind not in ("person", "name"):
            return False
        return self.titled or name.kind == "person" or name.last - name.first > 1


def named_together(reading: Reading, first: int, last: int, units: Sequence[Unit]) -> tuple[Unit, ...]:
    """Return the names that words `first` to `last` (exclusive) list, or () if that is no list of names alone.

    `units` are those of the phrase.
    """
    if reading.low(first) == "both":
        first += 1
    if reading.low(first) in PREPOSITIONS:
        return ()
    names = _listed(_parts(reading, first, last, units))
    kinds = {unit.kind for unit in names}
    if len(names) < 2 or (kinds & _PLACES and kinds & {"person", "name", "account"}):
        return ()
    end = reading.low(names[-1].last - 1)
    firm = end in _PARTNERS or (end.endswith("s") and end[:-1] in KINSHIP)
    return () if firm else names


def first_named(reading: Reading, first: int, last: int, units: Sequence[Unit]) -> tuple[Unit, ...]:
    """Return the name that opens words `first` to `last` (exclusive), whoever else follows, or ()."""
    parts = _parts(reading, first, last, units)[:2]
    if len(parts) > 1 and parts[0].name is None and not parts[1].joined:
        del parts[0]  # "a builder, Ann Roe,"
    name = parts[0].name if parts else None
    return (name,) if name and name.kind not in _PLACES else ()


def _listed(parts: list[_Part]) -> tuple[Unit, ...]:
    """Return the names of a list's parts, or () where a part leaves it unclear whom the list names."""
    names: list[Unit] = []
    clause = False  # a relative clause has not ended
    before: _Part | None = None
    for number, part in enumerate(parts):
        following = parts[number + 1] if number + 1 < len(parts) else None
        described = before is not None and before.name is None  # by the part before
        if clause and not (part.joined and part.apart and part.is_full and not part.relative):
            continue
        clause = part.relative
        if part.name is None:
            introduces = following is not None and not following.joined and following.name is not None
            unclear = part.joined and not part.apart and part.owned  # "Poe and Roe's mother, Ann Roe,"
            if unclear or (not (names and not part.joined) and not introduces):
                return ()
        elif before is None or (described and (before.joined or not names)):
            names.append(part.name)
        elif part.joined:
            # In "the Road and Bridges Minister Ann Roe" the minister has both.
            office = part.titled and not part.apart and names[-1].kind == "organisation"
            if (described and not part.apart) or ((described or before.extended) and not part.is_full) or office:
                return ()
            names.append(part.name)
        elif part.name.kind in _PLACES and names[-1].kind not in _PLACES:
            pass  # "Ann Roe, Lund, and Bill Poe"
        elif part.is_full or (not described and not before.extended and (part.name.kind == names[-1].kind)):
            names.append(part.name)
        else:
            return ()
        before = part
    if any(part.joined for part in parts):
        return tuple(names)
    bare = all(part.name and part.name.kind in ("person", "name") for part in parts)
    return tuple(names) if bare and len(parts) == 2 and not any(part.is_full for part in parts) else ()


def _parts(reading: Reading, first: int, last: int, units: Sequence[Unit]) -> list[_Part]:
    """Cut words `first` to `last` (exclusive) at commas and "and". What stands in brackets is left out."""
    at = {unit.first: unit for unit in units}
    found: list[_Part] = []
    joined, apart, index, depth = False, False, first, 0
    words: list[int] = []  # the first word of each unit, and the words between them
    while index <= last:
        unit = at.get(index)
        low = reading.low(index) if index < last else ","
        size = 0 if unit or depth else _joint_words(reading, index, last)
        if index == last or (not depth and (size or low in _COMMAS)):
            if words:
                found.append(_part(reading, words, at, joined, apart))
                words, joined, apart = [], False, False
            joined |= bool(size)
            apart |= not size
            index += size or 1
            continue
        if low in ("(", "["):
            depth += 1
        elif low in (")", "]"):
            depth = max(depth - 1, 0)
        elif not depth:
            words.append(index)
        index = unit.last if unit and not depth else index + 1
    return found


def _joint_words(reading: Reading, index: int, last: int) -> int:
    """Return how many words at word `index` join two names: 1 for "and", 2 for "along with", 0 for none."""
    if reading.low(index) in ("and", "&"):
        return 1
    for words in _JOINING:
        if index + len(words) < last and all(reading.low(index + i) == word for i, word in enumerate(words)):
            return len(words)
    return 0


def _part(reading: Reading, words: list[int], at: dict[int, Unit], joined: bool, apart: bool) -> _Part:
    """Return the part of a phrase that starts words or units at `words`."""
    core: list[int] = []
    extended = False
    for place, index in enumerate(words):
        low = reading.low(index)
        if index not in at and (low in PHRASE_STOPS or (low in PREPOSITIONS and place)):
            extended = low in PREPOSITIONS
            break
        core.append(index)
    while core and core[-1] not in at and (reading.low(core[-1]) in _AFTER_NAME or reading.low(core[-1]) == "."):
        core.pop()
    head = at.get(core[-1]) if core else None
    named = (
        head is not None
        and head.kind not in ("title", "thing")
        and (head.kind != "country" or head.group == "name")
        and not (head.last == head.first + 1 and reading.low(head.first) in GROUPS)  # "The Media and Ann Roe"
    )
    return _Part(
        joined,
        apart,
        head if named else None,
        any(index in at and at[index].kind == "title" for index in core[:-1]),
        extended,
        any(reading.low(index) in RELATIVE_PRONOUNS for index in words if index not in at),
        any(reading.low(index) in POSSESSIVES for index in words),
    )
