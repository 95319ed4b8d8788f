"""Which named speaker a pronoun, an office or "the company" means.

A pronoun goes to the person most in focus: each mention before it counts by its distance in sentences, more as the
subject of its sentence and as the speaker of the last quote, less inside the words of a quote or as an owner ("Roe's
plan"). The share of the best one among all that fit is the confidence; up to `PRONOUN` the text is held not to say.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from api.extraction.mentions import Reading, Unit
from api.extraction.names import LESSER, Entity, Names
from api.extraction.offices import POSSESSIVES, Office
from api.extraction.sources import Source
from api.extraction.spans import Span
from api.extraction.words import GRAMMAR, UNITS, fold, same_title, short

PRONOUN = 0.5  # the share of the focus to exceed: the best candidate counts more than all others together
UNTOLD = 0.6  # the same for one whose gender nothing tells: "she" may well be another
MOST = 100  # mentions looked at, however long the sentences
REACH = 6  # sentences back that a pronoun looks; in PolNeAR's train split nearly all antecedents by CoreNLP are nearer
SUBJECT, OBLIQUE, OWNER, SAID = 1.6, 0.7, 0.6, 0.3  # a mention counts so many times as much in these places
OF_THAT_GENDER, OF_NONE_KNOWN, LAST_SPEAKER = 1.3, 0.8, 1.5
UNCLEAR = 2.4  # what a name that several people bear counts for as one that is none of them
UNNAMED = -1  # someone the text describes without a name
FADING = 0.55  # how much less a mention counts for each sentence between
OFFICE = 0.9  # an office that one person of the text holds
LEADERS, _PREPOSITIONS, _ARTICLES = GRAMMAR["leaders"], GRAMMAR["prepositions"] | {"and"}, GRAMMAR["articles"]
_COMPANIES, _PAPERS, _PAPER_NAMES = GRAMMAR["companies"], GRAMMAR["papers"], GRAMMAR["paper_names"]


@dataclass(frozen=True, slots=True)
class Antecedent:
    """The entity that a phrase means, where the text last named it, how sure that is, and the rule."""

    entity: int
    span: Span
    confidence: float
    rule: str
    resolved: bool = False  # whether `span` is itself a pronoun or description resolved earlier


@dataclass(frozen=True, slots=True)
class Focus:
    """A mention of an entity that a later pronoun may go back to."""

    entity: int
    span: Span
    sentence: int
    weight: float
    resolved: bool


class Focuses:
    """Mentions in text order, with what each counts for as an antecedent."""

    def __init__(self, reading: Reading, names: Names, contents: list[Span]) -> None:
        """`contents` are the words said, in text order: a mention inside them counts less."""
        self.mentions: list[Focus] = []
        self._reading = reading
        subjects: set[int] = set()
        inside = 0
        for number, unit in enumerate(reading.units):
            while inside < len(contents) and contents[inside].end <= unit.span.start:
                inside += 1
            said = inside < len(contents) and contents[inside].start <= unit.span.start
            sentence = reading.sentence(unit.span.start)
            known = names.of.get(number)
            if known is None:
                if (number in names.unclear and not said) or (
                    unit.kind == "title" and sentence not in subjects and not said and self._describes(unit)
                ):
                    subjects.add(sentence)
                    weight = UNCLEAR if number in names.unclear else SUBJECT
                    self.mentions.append(Focus(UNNAMED, unit.span, sentence, weight, False))
                continue
            weight = SAID if said else 1.0
            if reading.low(unit.last) in POSSESSIVES:
                weight *= OWNER if sentence in subjects else 1.0
            elif sentence not in subjects and not said:
                weight *= SUBJECT
                if not names.entities[known[0]].organisation:
                    subjects.add(sentence)
            elif reading.low(unit.first - 1) == "and" and number and reading.units[number - 1].last == unit.first - 1:
                weight = self.mentions[-1].weight if self.mentions else weight
            elif reading.low(unit.first - 1) in _PREPOSITIONS:
                weight *= OBLIQUE
            self.mentions.append(Focus(known[0], unit.span, sentence, weight, False))

    def _describes(self, title: Unit) -> bool:
        """Whether a title with no name beside it stands for someone: "the former governor", "a delegate"."""
        reading = self._reading
        if any(u.first - title.last in (0, 1) for u in reading.units_in(title.span.end, title.span.end + 30)):
            return False
        first = title.first
        while (
            first > max(title.first - 4, 0) and reading.low(first - 1).isalpha() and reading.low(first) not in _ARTICLES
        ):
            first -= 1
        return reading.low(first) in _ARTICLES

    def before(self, at: int, extra: Sequence[Focus]) -> list[Focus]:
        """The mentions before code point `at` in reach, and those of `extra`, which are in text order too."""
        low = bisect_left(self.mentions, at, key=lambda focus: focus.span.start)
        return [*self._back(self.mentions[max(low - MOST, 0) : low], at), *self._back(extra[-MOST:], at)]

    def _back(self, mentions: Sequence[Focus], at: int) -> Iterator[Focus]:
        """Those of `mentions` that stand before code point `at` in reach, the nearest first."""
        sentence = self._reading.sentence(at)
        for focus in reversed(mentions):
            if focus.sentence < sentence - REACH:
                break
            if focus.span.start < at:
                yield focus


def pronoun(
    reading: Reading,
    entities: list[Entity],
    candidates: list[Focus],
    source: Source,
    at: int,
    last_speaker: int | None,
) -> Antecedent | None:
    """The person that "he" or "she" at code point `at` means, or the organisation for "it"; None when that is unclear."""
    if source.gender in ("", "it"):
        return _plural(reading, entities, candidates, at, last_speaker)
    sentence = reading.sentence(at)
    scores: dict[int, float] = {}
    nearest: dict[int, Focus] = {}
    for focus in candidates:
        worth = focus.weight * FADING ** (sentence - focus.sentence)
        if focus.entity != UNNAMED:
            entity = entities[focus.entity]
            if entity.organisation or not entity.known or entity.gender not in ("", source.gender):
                continue
            worth *= OF_THAT_GENDER if entity.gender else OF_NONE_KNOWN
            worth *= LAST_SPEAKER if focus.entity == last_speaker else 1.0
        before = scores.get(focus.entity, 0.0)
        scores[focus.entity] = max(before, worth) + 0.25 * min(before, worth)
        known = nearest.get(focus.entity)
        if known is None or focus.span.start > known.span.start:
            nearest[focus.entity] = focus
    if not scores:
        return None
    best = max(scores, key=lambda index: (scores[index], nearest[index].span.start))
    share = scores[best] / sum(scores.values())
    if best == UNNAMED or share <= PRONOUN or (share < UNTOLD and not entities[best].gender):
        return None
    found = nearest[best]
    return Antecedent(best, found.span, round(min(0.95, share), 2), "pronoun", found.resolved)


def _plural(
    reading: Reading,
    entities: list[Entity],
    candidates: list[Focus],
    at: int,
    last_speaker: int | None,
) -> Antecedent | None:
    """The organisation that "they" or "it" means: only the last quote's, named in this sentence or the last."""
    if last_speaker is None or not entities[last_speaker].organisation:
        return None
    sentence = reading.sentence(at)
    near = [f for f in candidates if f.entity == last_speaker and f.sentence >= sentence - 1]
    if not near:
        return None
    found = max(near, key=lambda focus: focus.span.start)
    return Antecedent(last_speaker, found.span, 0.6, "pronoun", found.resolved)


def office(reading: Reading, names: Names, candidates: list[Focus], described: Office, at: int) -> Antecedent | None:
    """The one person whose role agrees with the office described at code point `at`; None if none or several do."""
    fitting: list[int] = []
    entities = names.entities
    if described.group == "leader":
        heads = sorted(LEADERS | {"prime minister", "leader"})
    else:
        heads = sorted({short(described.head), short(described.title)})
    holders = {index for head in heads for index in names.by_head.get(head, ())[:MOST]}
    for index in sorted(holders):
        entity = entities[index]
        if entity.organisation or (described.gender and entity.gender and described.gender != entity.gender):
            continue
        if any(holds(entity, i, described) for i in range(len(entity.roles))):
            fitting.append(index)
    if not fitting:
        return None
    so_far = [
        i for i in fitting if any(place < at and holds(entities[i], r, described) for place, r in entities[i].stated)
    ]
    if len(so_far) == 1:
        fitting = so_far
    rule, confidence = "office", OFFICE
    if len(fitting) > 1 or not (described.country or described.organisation):
        near = [f for f in candidates if f.entity in fitting]
        if len(fitting) > 1:
            if not near:
                return None
            recent = max(near, key=lambda focus: focus.span.start)
            rivals = {f.entity for f in near if f.sentence >= recent.sentence - 1}
            if len(rivals) > 1:
                return None
            fitting, confidence = [recent.entity], 0.65
    entity = entities[fitting[0]]
    before = [n for n in entity.namings if reading.units[n.unit].span.start < at]
    held = [r for r in entity.roles if r.span.start < at] or entity.roles
    if not before:  # named only later
        if not (described.country or described.organisation):
            return None
        confidence = min(confidence, 0.7)
    role = next((r for i, r in enumerate(entity.roles) if holds(entity, i, described)), held[0])
    return Antecedent(fitting[0], role.span, confidence, rule)


def holds(entity: Entity, index: int, described: Office) -> bool:
    """Whether role number `index` of an entity is the office described, as far as both say."""
    role = entity.roles[index]
    if described.group == "leader":
        titled = bool(set(role.title.casefold().split()) & LEADERS) or entity.heads[index] == "leader"
        if not (described.country or described.organisation):
            return False
    else:
        asked, held = short(described.title).split(), short(role.title).split()
        if index in entity.over:
            held.append("former")
        more = {word for word in held if word not in asked}
        titled = short(described.head) == short(entity.heads[index]) and set(asked) <= set(held) and not more & LESSER
        titled = titled or (same_title(role.title, described.title) and index not in entity.over)
    if not titled:
        return False
    if described.country and described.country != role.country:
        return False
    if described.organisation:
        return role.organisation is not None and _part(fold(described.organisation), fold(role.organisation))
    return True


def _part(one: str, other: str) -> bool:
    return one == other or one.endswith(" " + other) or other.endswith(" " + one)


def body(reading: Reading, names: Names, candidates: list[Focus], noun: str, at: int) -> Antecedent | None:
    """The organisation that "the company" means: the last one named, if it can be one and no other was named as lately."""
    entities = names.entities
    named = [
        i
        for i in names.by_noun.get(noun, ())[:MOST]
        if entities[i].namings and reading.units[entities[i].namings[0].unit].span.start < at
    ]
    if len(named) == 1:
        return Antecedent(named[0], reading.units[entities[named[0]].unit].span, 0.75, "description")
    near: dict[int, Focus] = {}
    for focus in candidates:
        if focus.entity == UNNAMED:
            continue
        entity = entities[focus.entity]
        if not entity.known:
            continue
        if not entity.organisation or (entity.country and reading.units[entity.unit].kind == "country"):
            continue
        if reading.units[entity.unit].kind == "place" or not _may_be(reading, entity, noun):
            continue
        known = near.get(focus.entity)
        if known is None or focus.span.start > known.span.start:
            near[focus.entity] = focus
    if not near:
        return None
    fitting = [i for i in near if i in named]
    ranked = sorted(fitting or near, key=lambda i: -near[i].span.start)
    best = ranked[0]
    if len(ranked) > 1 and near[ranked[1]].sentence == near[best].sentence:
        return None
    return Antecedent(best, near[best].span, 0.75 if fitting else 0.6, "description", near[best].resolved)


def _may_be(reading: Reading, entity: Entity, noun: str) -> bool:
    """Whether an organisation can be called by `noun`: its name ends in it, or its name says no other sort and fits this."""
    last = entity.words[-1].casefold()
    if last == noun:
        return True
    if noun in _PAPERS:
        return last in _PAPER_NAMES
    return noun in _COMPANIES and last not in UNITS and not reading.units[entity.unit].state and entity.span is None


def relative(reading: Reading, names: Names, at: int) -> tuple[int, int] | None:
    """The unit and entity that "who" at code point `at` goes back to: the name directly before it."""
    word = reading.word_at(at)
    before = word - 1
    if reading.low(before) in (",", ")"):
        before -= 1
    for number, unit in _around(reading, at):
        if unit.last == before + 1 and number in names.of:
            return number, names.of[number][0]
    return None


def _around(reading: Reading, at: int) -> Iterable[tuple[int, Unit]]:
    """The units shortly before code point `at`, the nearest first, with their numbers."""
    low = bisect_left(reading.units, at, key=lambda unit: unit.span.start)
    for number in range(low - 1, max(low - 4, -1), -1):
        yield number, reading.units[number]
