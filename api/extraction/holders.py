"""Say who holds a title that stands away from any name: "the businessman", "as governor of Ohio", "the Vermont senator".

A title beside a name is read by rules (roles.py). Of the others the text mostly does not say whose they are in so many words:
a model learnt from annotated news decides. It is asked as the choice of speakers is (choice.py), with the title in the place
of a source, and the words on either side in the place of cue and content.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from api.extraction import choice
from api.extraction.candidates import Candidate, Field
from api.extraction.coreference import Focuses
from api.extraction.lexicon import word_list
from api.extraction.mentions import Reading, Unit
from api.extraction.names import Names
from api.extraction.offices import Office
from api.extraction.roles import Roles
from api.extraction.sources import Source, read_source
from api.extraction.spans import Attribution, Span
from api.extraction.tagging import Vectors
from api.extraction.words import DETERMINERS, KINSHIP, POSSESSIVES

BEFORE, AFTER = 40, 80  # code points on either side of a title that are read with it
_OF_BODIES = word_list("titles_of_bodies")
_MAX_DETERMINERS = 2  # words: "all the"


@dataclass(frozen=True, slots=True)
class Title:
    """A title without a name beside it: the number of its unit, its office, and what is asked of it."""

    unit: int
    office: Office
    asked: Attribution
    source: Source


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a title: the entity's index, and the probability (0 to 1)."""

    title: Title
    entity: int
    probability: float


def titles(reading: Reading, roles: Roles, names: Names) -> list[Title]:
    """Return the titles of a text that rules tie to nobody, in text order. A label ("Author: Ann Roe") is none."""
    tied = {
        unit.first
        for entity in names.entities
        for each in entity.said_to_be
        for unit in reading.units_in(*each.role.span)
        if unit.kind == "title"
    }
    alone = [
        _title(number, unit, reading, roles)
        for number, unit in enumerate(reading.units)
        if unit.kind == "title"
        and unit.first not in tied
        and unit.head not in KINSHIP
        and reading.low(unit.last) != ":"
    ]
    return [each for each in alone if each.office.head not in _OF_BODIES or each.office.organisation]


def _title(number: int, unit: Unit, reading: Reading, roles: Roles) -> Title:
    text, office = reading.text, roles.office(unit)
    first = office.first
    while first > max(office.first - _MAX_DETERMINERS, 0) and reading.low(first - 1) in DETERMINERS | POSSESSIVES:
        first -= 1
    span = reading.span(first, max(office.last, unit.last))
    before = (Span(max(span.start - BEFORE, 0), span.start),) if span.start else ()
    after = Span(span.end, min(span.end + AFTER, len(text))) if span.end < len(text) else span
    source = read_source(reading, [span])
    if source.kind not in ("office", "nobody"):
        source = Source("office", unit, gender=unit.gender, span=span)
    asked = Attribution((after,), before, (span,), "indirect", "speech", "speech", None, 1.0)
    return Title(number, office, asked, source)


def candidates(
    asked: Sequence[Title], reading: Reading, names: Names, focuses: Focuses, attributions: Sequence[Attribution]
) -> Iterator[tuple[int, list[Candidate]]]:
    """Yield the number of each title and the people who may hold it. `attributions` are those of the text."""
    field = Field(reading, names, focuses, attributions)
    drawn = field.candidates(
        [each.asked for each in asked],
        [each.source for each in asked],
        range(len(asked)),
        [None] * len(asked),
    )
    for number, some in drawn:
        yield number, [each for each in some if not names.entities[each.entity].organisation]


def holders(
    vectors: Vectors, asked: Sequence[Title], drawn: Iterable[tuple[int, Sequence[Candidate]]], least: float
) -> Iterator[Holder]:
    """Yield who holds each title, in the order of `asked`, where that is at least as probable as `least`.

    `drawn` are the numbers of the titles and who may hold them.
    """
    shares = choice.choose("holders", vectors, [each.asked for each in asked], drawn)
    for title, share in zip(asked, shares, strict=True):
        best = max(share, key=share.__getitem__, default=None)
        if best is not None and share[best] >= least:
            yield Holder(title, best, share[best])
