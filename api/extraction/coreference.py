"""Resolve pronouns, offices and descriptions ("the company") to named speakers.

A pronoun goes to the person most in focus. Each mention before it weighs by its distance in sentences. It weighs more as
the subject of its sentence and as the speaker of the last quote. It weighs less inside the words of a quote or as an owner
("Roe's plan"). The share of the best candidate among all that fit is the confidence. Up to `MIN_PRONOUN_SHARE` the text
counts as not saying who is meant.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from api.extraction.bodies import CALLED, FITS, MAY_BE
from api.extraction.lexicon import word_list
from api.extraction.mentions import Reading, Unit
from api.extraction.names import Entity, Names, title_keys
from api.extraction.offices import Office
from api.extraction.roles import Statement
from api.extraction.sources import Source
from api.extraction.spans import Span
from api.extraction.words import (
    ARTICLES,
    NARROWER_TITLES,
    NARROWING_WORDS,
    POSSESSIVES,
    PREPOSITIONS,
    fold,
    same_body,
    same_title,
    title_key,
)

MIN_PRONOUN_SHARE = 0.5  # of the focus, to exceed: the best candidate outweighs all others together
MIN_EPITHET_SHARE = 0.7  # the same for "the Dane", which says less than a pronoun who is meant
MIN_SHARE_WITHOUT_GENDER = 0.6  # the same for someone of unknown gender: "she" may well be another
MAX_MENTIONS = 100  # candidates, however long the sentences are
MAX_SENTENCES_BACK = 6  # to an antecedent; in PolNeAR's train split nearly all of CoreNLP's are nearer
SUBJECT, OBLIQUE, OWNER, SAID = 1.6, 0.7, 0.6, 0.3  # factors of a mention's weight by its place
KNOWN_GENDER, UNKNOWN_GENDER, LAST_SPEAKER = 1.3, 0.8, 1.5
UNCLEAR = 2.4  # weight of a name that several people bear, as of someone who is none of them
UNNAMED = -1  # the entity of someone whom the text describes without a name
DECAY = 0.55  # factor of a mention's weight for each sentence between
OFFICE = 0.9  # confidence in an office that one person of the text holds
UNTIED_OFFICE = 0.65  # the same where the text does not say of which country or organisation
NEAR_SENTENCES = 3  # sentences back in which such a person was named
_MAX_AFFILIATION_WORDS = 5  # between a person and the organisation behind: ", of the campaign group"
TRANSIENT = frozenset({"acting", "interim"})  # "the minister" is the acting minister too
LEADERS = word_list("leader_titles")
_LINKS = PREPOSITIONS | {"and"}
_OPENERS = ARTICLES | {"one", "another"}


@dataclass(frozen=True, slots=True)
class Antecedent:
    """The entity that a phrase means, where the text last named it, the confidence, and the rule."""

    entity: int
    span: Span
    confidence: float
    rule: str
    resolved: bool = False  # whether `span` is itself a pronoun or description resolved earlier


@dataclass(frozen=True, slots=True)
class Focus:
    """A mention of an entity that a later pronoun may refer to."""

    entity: int
    span: Span
    sentence: int
    weight: float
    resolved: bool


# A line that only credits writers or photographers: "By Ann Roe and Tom Pell, Coastline News".
_BYLINE = re.compile(
    r"\W*(?:(?:(?:Reporting|Words|Story|Photos?|Pictures?)\s)?[Bb]y|BY|Photos?:)\s[^\n!?“”\"]{1,150}(?<![.,;:])"
)
_MAX_LINE_SIDE = 200  # code points on either side in which such a line ends


class Focuses:
    """The mentions of a text in text order, with their weights as antecedents."""

    def __init__(self, reading: Reading, names: Names, contents: list[Span]) -> None:
        """Weigh the mentions of `names`. `contents` are the quoted spans in text order: a mention inside them weighs less."""
        self.mentions: list[Focus] = []
        self._reading = reading
        subjects: set[int] = set()
        inside = 0
        for number, unit in enumerate(reading.units):
            if _in_byline(reading.text, unit.span.start):
                continue
            while inside < len(contents) and contents[inside].end <= unit.span.start:
                inside += 1
            said = inside < len(contents) and contents[inside].start <= unit.span.start
            sentence = reading.sentence(unit.span.start)
            known = names.by_unit.get(number)
            if known is None:
                if (number in names.unclear and not said) or (
                    unit.kind == "title" and sentence not in subjects and not said and self._stands_for_someone(unit)
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
            elif reading.low(unit.first - 1) in _LINKS:
                weight *= OBLIQUE
            self.mentions.append(Focus(known[0], unit.span, sentence, weight, False))

    def _stands_for_someone(self, title: Unit) -> bool:
        """Return whether a title with no name beside it stands for someone: "the former governor", "a delegate"."""
        reading = self._reading
        if any(u.first - title.last in (0, 1) for u in reading.units_in(title.span.end, title.span.end + 30)):
            return False
        first = title.first
        while (
            first > max(title.first - 4, 0) and reading.low(first - 1).isalpha() and reading.low(first) not in _OPENERS
        ):
            first -= 1
        return reading.low(first) in _OPENERS

    def before(self, at: int, extra: Sequence[Focus]) -> list[Focus]:
        """Return the mentions in reach before code point `at`, and those of `extra`, which are in text order too."""
        low = bisect_left(self.mentions, at, key=lambda focus: focus.span.start)
        resolved = list(self._in_reach(extra[-MAX_MENTIONS:], at))
        named = [focus.span for focus in resolved]
        return [
            focus
            for focus in self._in_reach(self.mentions[max(low - MAX_MENTIONS, 0) : low], at)
            # "The nurse" is someone without a name only until she is resolved.
            if focus.entity != UNNAMED or not any(span.start <= focus.span.start < span.end for span in named)
        ] + resolved

    def _in_reach(self, mentions: Sequence[Focus], at: int) -> Iterator[Focus]:
        """Yield those of `mentions` that stand in reach before code point `at`, the nearest first."""
        sentence = self._reading.sentence(at)
        for focus in reversed(mentions):
            if focus.sentence < sentence - MAX_SENTENCES_BACK:
                break
            if focus.span.start < at:
                yield focus


def _in_byline(text: str, at: int) -> bool:
    """Return whether the line of code point `at` says who wrote the article: they are nobody in it."""
    around = (
        text[max(at - _MAX_LINE_SIDE, 0) : at].rpartition("\n")[2] + text[at : at + _MAX_LINE_SIDE].partition("\n")[0]
    )
    return _BYLINE.fullmatch(around.rstrip()) is not None


def resolve_pronoun(
    reading: Reading,
    entities: list[Entity],
    candidates: list[Focus],
    source: Source,
    at: int,
    last_speaker: int | None,
) -> Antecedent | None:
    """Return the person that "he" or "she" at code point `at` means, or the organisation for "it". None if unclear."""
    if source.gender in ("", "it"):
        return _resolve_organisation_pronoun(reading, entities, candidates, at, last_speaker)
    found = _most_in_focus(entities, candidates, source.gender, reading.sentence(at), last_speaker)
    if found is None:
        return None
    best, share, focus = found
    if share <= MIN_PRONOUN_SHARE or (share < MIN_SHARE_WITHOUT_GENDER and not entities[best].gender):
        return None
    return Antecedent(best, focus.span, round(min(0.95, share), 2), "pronoun", focus.resolved)


def _most_in_focus(
    entities: list[Entity], candidates: list[Focus], gender: str, sentence: int, last_speaker: int | None
) -> tuple[int, float, Focus] | None:
    """Return the person of a gender ("" for either) most in focus in a sentence, with the share and the last mention.

    Return None if there is no one, or someone without a name weighs most.
    """
    scores: dict[int, float] = {}
    nearest: dict[int, Focus] = {}
    for focus in candidates:
        worth = focus.weight * DECAY ** (sentence - focus.sentence)
        if focus.entity != UNNAMED:
            entity = entities[focus.entity]
            if entity.organisation or not entity.known or (gender and entity.gender not in ("", gender)):
                continue
            worth *= KNOWN_GENDER if entity.gender else UNKNOWN_GENDER
            worth *= LAST_SPEAKER if focus.entity == last_speaker else 1.0
        before = scores.get(focus.entity, 0.0)
        scores[focus.entity] = max(before, worth) + 0.25 * min(before, worth)
        known = nearest.get(focus.entity)
        if known is None or focus.span.start > known.span.start:
            nearest[focus.entity] = focus
    if not scores:
        return None
    best = max(scores, key=lambda index: (scores[index], nearest[index].span.start))
    return None if best == UNNAMED else (best, scores[best] / sum(scores.values()), nearest[best])


def resolve_epithet(
    reading: Reading, entities: list[Entity], candidates: list[Focus], source: Source, at: int, last_speaker: int | None
) -> Antecedent | None:
    """Return the person in focus that "the Dane" or "the 34-year-old" at code point `at` means. None if unclear.

    That is someone of that country or age by the text. Else it is someone in the last sentences who is not known to be of
    another.
    """
    country = source.unit.country if source.unit else ""
    told: set[int] = set()
    others: set[int] = set()
    for index in {focus.entity for focus in candidates} - {UNNAMED}:
        entity = entities[index]
        if country:
            facts = {each.role.country for each in entity.said_to_be} - {None}
            agree = country in facts
        else:
            after = [reading.units[naming.unit].last for naming in entity.namings[:MAX_MENTIONS]]
            facts = {reading.low(i + 1) for i in after if reading.low(i) == "," and reading.low(i + 1).isdigit()}
            agree = source.noun in facts
        if facts:
            (told if agree else others).add(index)
    if told:
        candidates = [focus for focus in candidates if focus.entity in told]
    else:
        sentence = reading.sentence(at)
        candidates = [f for f in candidates if f.entity not in others and f.sentence >= sentence - NEAR_SENTENCES]
    found = _most_in_focus(entities, candidates, source.gender, reading.sentence(at), last_speaker)
    if found is None or found[1] < MIN_EPITHET_SHARE:
        return None
    best, share, focus = found
    return Antecedent(best, focus.span, round(min(0.85 if told else 0.75, share), 2), "epithet", focus.resolved)


def resolve_kin(
    reading: Reading, names: Names, candidates: list[Focus], source: Source, at: int, last_speaker: int | None
) -> Antecedent | None:
    """Return the one person that "his sister" at code point `at` means: introduced so, else of his surname."""
    entities = names.entities
    near = {focus.entity: focus for focus in reversed(candidates) if focus.entity != UNNAMED}
    called = [
        i for i in names.kin.get(source.noun, ())[:MAX_MENTIONS] if reading.units[entities[i].unit].span.start < at
    ]
    if len(called) == 1:
        last = near.get(called[0]) or _last_named(reading, names, called[0], at)
        return Antecedent(called[0], last.span, 0.8, "kin", last.resolved) if last else None
    if called or source.owner not in ("his", "her"):
        return None
    owner = "m" if source.owner == "his" else "f"
    found = resolve_pronoun(reading, entities, candidates, Source("pronoun", gender=owner), at, last_speaker)
    if found is None:
        return None
    whose = entities[found.entity]
    alike = [
        i
        for i in near
        if i != found.entity
        and not entities[i].organisation
        and len(entities[i].words) > 1
        and entities[i].words[-1] == whose.words[-1]
        and (not source.gender or entities[i].gender in ("", source.gender))
    ]
    return Antecedent(alike[0], near[alike[0]].span, 0.65, "kin") if len(alike) == 1 else None


def _resolve_organisation_pronoun(
    reading: Reading,
    entities: list[Entity],
    candidates: list[Focus],
    at: int,
    last_speaker: int | None,
) -> Antecedent | None:
    """Return the organisation that "they" or "it" means.

    It must be the speaker of the last quote, and be named in this sentence or the one before.
    """
    if last_speaker is None or not entities[last_speaker].organisation:
        return None
    sentence = reading.sentence(at)
    near = [f for f in candidates if f.entity == last_speaker and f.sentence >= sentence - 1]
    if not near:
        return None
    found = max(near, key=lambda focus: focus.span.start)
    return Antecedent(last_speaker, found.span, 0.6, "pronoun", found.resolved)


def resolve_office(
    reading: Reading, names: Names, candidates: list[Focus], described: Office, at: int
) -> Antecedent | None:
    """Return the one person whose role agrees with the office described at code point `at`. None for none or several.

    Where several were named side by side, the text does not say which one is meant: then the entity is UNNAMED.

    Holders of that very title come first. Then come holders of a narrower one ("the researcher" for a sociologist). Then
    come those of whose country the text says nothing, if they were named just before.
    """
    entities = names.entities
    if _is_leader(described):
        heads = set(LEADERS) | {"prime minister", "leader"}
    else:
        heads = {title_key(described.head), title_key(described.title)} | NARROWER_TITLES.get(
            described.head, frozenset()
        )
    holders = sorted({index for head in heads for index in names.by_head.get(head, ())[:MAX_MENTIONS]})
    alike = [
        index
        for index in holders
        if not entities[index].organisation
        and not (described.gender and entities[index].gender and described.gender != entities[index].gender)
    ]
    fitting = [i for i in alike if any(agrees(each, described) for each in _statements_of(entities[i]))]
    if not fitting and (described.country or described.organisation):
        now = reading.sentence(at)
        wide = replace(described, country=None, organisation=None)
        untied = [
            i
            for i in alike
            if any(
                each.role.span.start < at and _can_agree(each, described, wide) for each in _statements_of(entities[i])
            )
        ]
        # Where others of that title are tied to another country or organisation, the one who is left is meant.
        back = (
            MAX_SENTENCES_BACK
            if any(_has_title(each, wide) for i in set(alike) - {*untied} for each in _statements_of(entities[i]))
            else NEAR_SENTENCES
        )
        near = [f for f in candidates if f.entity in untied and f.sentence >= now - back]
        if len(untied) == 1 and near:
            recent = max(near, key=lambda focus: focus.span.start)
            return Antecedent(untied[0], recent.span, UNTIED_OFFICE, "office", recent.resolved)
    if not fitting:
        return None
    so_far = [
        i
        for i in fitting
        if any(each.role.span.start < at and agrees(each, described) for each in _statements_of(entities[i]))
    ]
    fitting = so_far or fitting
    confidence = OFFICE
    if len(fitting) > 1:
        near = [f for f in candidates if f.entity in fitting]
        if not near:
            return None
        recent = max(near, key=lambda focus: focus.span.start)
        rivals = {f.entity for f in near if f.sentence >= recent.sentence - 1}
        if len(rivals) > 1:
            return Antecedent(UNNAMED, recent.span, 0.0, "office")
        fitting, confidence = [recent.entity], 0.65
    entity = entities[fitting[0]]
    if reading.units[entity.namings[0].unit].span.start >= at:  # named only later
        if not (described.country or described.organisation):
            return None
        confidence = min(confidence, 0.7)
    span = next(each.role.span for each in _statements_of(entity) if agrees(each, described))
    return Antecedent(fitting[0], span, confidence, "office")


def _statements_of(entity: Entity) -> Iterator[Statement]:
    """Yield what an entity is said to be, each as past if the text only ever says that the role is over."""
    for each in entity.said_to_be:
        index = entity.role_for(each.role, each.head) if each.held else -1
        yield replace(each, past=index in entity.over or (each.past and index < 0))


def agrees(stated: Statement, described: Office) -> bool:
    """Return whether what someone is said to be is the office described, as far as both say."""
    role = stated.role
    if _is_leader(described):
        titled = bool(set(role.title.casefold().split()) & LEADERS) or stated.head == "leader"
        if not titled or not (described.country or described.organisation):
            return False
    elif not _has_title(stated, described):
        return False
    if described.country and described.country != role.country:
        return False
    if described.organisation:
        return role.organisation is not None and same_body(described.organisation, role.organisation)
    return True


def _is_leader(described: Office) -> bool:
    """Return whether an office is only "the Estonian leader", of a state or organisation, and not "the boss"."""
    return described.group == "leader" and described.head not in NARROWER_TITLES


def _has_title(stated: Statement, described: Office) -> bool:
    """Return whether a stated title is the described one, or one that it may stand for."""
    role, head = stated.role, title_key(described.head)
    if same_title(role.title, described.title) and not stated.past:
        return True
    asked, held = title_key(described.title).split(), title_key(role.title).split()
    if stated.past:
        held.append("former")
    names = title_keys(stated.head, role.title)
    broader = NARROWER_TITLES.get(described.head, frozenset())
    if head not in names and not any(title_key(narrow) in names for narrow in broader):
        return False
    more = {word for word in held if word not in asked} - TRANSIENT
    body = fold(role.organisation or "").split()
    said = set(held) | set(body) | set(head.split())
    return set(asked) <= said and not more & NARROWING_WORDS


def _can_agree(stated: Statement, described: Office, wide: Office) -> bool:
    """Return whether what someone is said to be may be the office described.

    The text must not tie either to another country or organisation.
    """
    role = stated.role
    if _is_leader(described) or not _has_title(stated, wide):
        return False
    if described.country and role.country not in (None, described.country):
        return False
    return not described.organisation or (role.organisation is None and not described.country)


def resolve_body(reading: Reading, names: Names, candidates: list[Focus], source: Source, at: int) -> Antecedent | None:
    """Return the organisation that "the company" at code point `at` means. None if none or several can be meant.

    Those that the text calls so come first, then those of such a sort, then those in reach that nothing speaks against. Of
    several the last one is meant, unless another was named with it. If none was named yet, the only one of the text that
    fits is meant. "Their company" may be another than the one mentioned: then only one may fit.
    """
    sentence = reading.sentence(at)
    near: dict[int, Focus] = {}
    for focus in candidates:
        known = near.get(focus.entity)
        if known is None or focus.span.start > known.span.start:
            near[focus.entity] = focus
    fitting = names.fitting(source.noun)
    rival: Focus | None = None  # one that may be meant too, named last
    for focus in sorted((near[i] for i in fitting.get(MAY_BE, ()) if i in near), key=lambda focus: focus.span.start):
        rival = focus if focus.weight >= SUBJECT else rival
    for how, confidence in ((CALLED, 0.8), (FITS, 0.75), (MAY_BE, 0.6)):
        named: list[Focus] = []
        for index in fitting.get(how, ())[:MAX_MENTIONS]:
            last = near.get(index) or (_last_named(reading, names, index, at) if how != MAY_BE else None)
            if last:
                named.append(last)
        if not named or (source.owner and how == MAY_BE):
            continue
        named.sort(key=lambda focus: -focus.span.start)
        best = named[0]
        others = {f.sentence for f in named[1:]}
        if others and (source.owner or _has_rival(best, others, sentence)):
            return None
        if rival and how == FITS and rival.span.start > best.span.start:
            return None
        introduced = names.introduced(source.noun)
        before = bisect_left(introduced, at) - 1
        if before >= 0 and introduced[before] > best.span.start:
            return None
        return Antecedent(best.entity, best.span, 0.65 if others else confidence, "description", best.resolved)
    only = [*fitting.get(CALLED, ()), *fitting.get(FITS, ())]
    if len(only) != 1 or reading.paragraph(at) > reading.opening:
        return None
    return Antecedent(only[0], reading.units[names.entities[only[0]].unit].span, 0.6, "description")


def _last_named(reading: Reading, names: Names, index: int, at: int) -> Focus | None:
    """Return where an entity was last named before code point `at`, at any distance, or None."""
    namings = names.entities[index].namings
    before = bisect_left(namings, at, key=lambda naming: reading.units[naming.unit].span.start) - 1
    if before < 0:
        return None
    span = reading.units[namings[before].unit].span
    return Focus(index, span, reading.sentence(span.start), 1.0, False)


def _has_rival(best: Focus, others: set[int], sentence: int) -> bool:
    """Return whether others were named in these sentences so near the best one that they may be meant as well."""
    alone = best.weight >= SUBJECT and best.sentence >= sentence - 1
    return max(others) >= best.sentence - (not alone)


def resolve_relative(reading: Reading, names: Names, at: int) -> tuple[int, int] | None:
    """Return the unit and entity that "who" at code point `at` refers to: the name directly before it.

    In "Ann Roe, of the group Clean Rivers, who" it is the person before. "Ann Roe, 76, who" may tell an age between.
    """
    word = reading.word_at(at)
    before = word - 1
    before -= reading.low(before) == ","
    before -= reading.low(before) == ")"
    if reading.low(before).isdigit() and reading.low(before - 1) in (",", "(") and before < word - 1:
        before -= 2
    for number, unit in _units_before(reading, at):
        if unit.last == before + 1 and number in names.by_unit:
            entity = names.by_unit[number][0]
            ahead = names.by_unit.get(number - 1)
            if names.entities[entity].organisation and ahead and not names.entities[ahead[0]].organisation:
                start = reading.units[number - 1].last
                between = [reading.low(i) for i in range(start, unit.first)]
                if 1 < len(between) <= _MAX_AFFILIATION_WORDS and between[0] == "," and between[1] in _LINKS:
                    return number - 1, ahead[0]
            return number, entity
    return None


def _units_before(reading: Reading, at: int) -> Iterable[tuple[int, Unit]]:
    """Yield the units shortly before code point `at` with their numbers, the nearest first."""
    low = bisect_left(reading.units, at, key=lambda unit: unit.span.start)
    for number in range(low - 1, max(low - 4, -1), -1):
        yield number, reading.units[number]
