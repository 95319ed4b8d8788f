"""Say what speaks for each entity that a source may mean: the inputs of the learned choice of speakers (choice.py).

Candidates are the entities named in a source, shortly before it or just after it. FEATURES names the numbers that describe
each. The answer of the rules is one of them: the choice has learnt how far to trust it. Who holds a title that stands by
itself is asked in the same way (holders.py).
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, Protocol

from api.extraction.authors import credit_lines
from api.extraction.coreference import DECAY, UNNAMED, Focuses
from api.extraction.mentions import Reading
from api.extraction.names import Entity, Names
from api.extraction.sources import Source
from api.extraction.spans import Attribution, Span
from api.extraction.words import FUNCTION_WORDS, POSSESSIVES, PREPOSITIONS, fold, title_key

BEFORE, AFTER = 25, 4  # candidates at most that are named before a source, and from its start on
_MENTIONS_BACK = 300  # mentions looked at for them: keeps time linear whatever a text holds
_NEAR = 160  # code points around the start of a source in which a later name, or an office, counts
_NEAREST = 4  # mentions of a candidate that the choice reads, beside its first one
_LATEST = 5  # quotes back in which it counts who spoke, and roles of an entity whose words count
_COUNTED = 100  # quotes back in which the quotes of one speaker are counted
_BESIDE = 4  # words on either side of a mention that say what it is: "the Fire Board's report", "a poll by Ryde News"
_SHORT_WORD = 3  # code points of words that say nothing of what stands beside them
_BESIDE_MENTIONS = 50  # mentions of an entity whose neighbours count
_NEVER = 10_000  # code points to a mention that is not there
_FAR = 99  # rank of an entity that is not named before, and paragraphs or sentences to it

KINDS = (
    *("name", "spokesperson", "pronoun", "relative", "office", "epithet", "kin", "body", "called", "nobody"),
    "empty",
)
GENDERS = ("m", "f", "it")
RULES = (  # by which rules may answer
    *("full name", "surname", "surname and title", "first name", "acronym", "short name", "spokesperson", "pronoun"),
    *(
        "office",
        "title in context",
        "epithet",
        "kin",
        "description",
        "relative pronoun",
        "same sentence",
        "goes on from the quote before",
    ),
)

_OF_SOURCE = (
    *(f"source is {kind}" for kind in KINDS),
    *(f"pronoun {gender}" for gender in GENDERS),
    *("pronoun plural", "names in source", "words in source", "direct", "indirect", "speech", "post", "has cue"),
    *("source behind content", "entities in text", "paragraphs since last quote", "last quote unresolved"),
)
_OF_CANDIDATE = (
    *("organisation", "known", "male", "female", "gender fits", "gender differs", "gender unknown"),
    *("code points since named", "paragraphs since named", "sentences since named", "rank", "rank in kind"),
    *("rank of gender", "rivals of gender", "times named", "times named before", "named at top", "order of entry"),
    *("code points to next", "opens sentence", "inside content", "in source", "first in source", "ends source"),
    *("source begins with it", "owner in source", "behind preposition", "title words", "head is title"),
    *("organisation words", "name words", "holders of head", "roles", "acronym", "office just before"),
    *("country fits", "country differs", "focus", "share of focus"),
    *("words beside it", "words just behind it", "head beside it", "last behind preposition", "last is owner"),
    *("last in source", "last in content", "times in sources"),
    *("spoke last", "spoke of last five", "quotes so far", "rules say so", "rules' confidence", "rules say nobody"),
    *(f"rules by {rule}" for rule in RULES),
)
FEATURES = _OF_SOURCE + _OF_CANDIDATE


class Answer(Protocol):
    """What the rules say of a source: the entity, by which rule, and the confidence (0 to 1)."""

    @property
    def entity(self) -> int:
        """Return the index of the entity."""

    @property
    def rule(self) -> str:
        """Return the rule."""

    @property
    def confidence(self) -> float:
        """Return the confidence."""


class Candidate(NamedTuple):
    """An entity that may be meant, its features in the order of FEATURES, and those of its mentions that the choice reads."""

    entity: int
    features: tuple[float, ...]
    mentions: list[Span]


@dataclass(frozen=True, slots=True)
class _Facts:
    """What a text says of one entity: where it is named, and the folded words of its name, titles and organisations."""

    mentions: list[Span]
    starts: list[int]
    name: frozenset[str]
    titles: frozenset[str]
    title_keys: frozenset[str]
    organisations: frozenset[str]
    beside: frozenset[str]  # words around its mentions
    behind: frozenset[str]  # words just behind them
    offices: list[int]  # code points where what it is said to be stands
    acronym: str
    countries: frozenset[str]
    is_male: float
    is_female: float


@dataclass(frozen=True, slots=True)
class _Asked:
    """One source and what its candidates are compared with."""

    source: Source
    attribution: Attribution
    span: Span | None
    at: int
    paragraph: int
    sentence: int
    gender: str  # "m" or "f" of a pronoun or description, else ""
    words: frozenset[str]
    long: frozenset[str]
    capitals: frozenset[str]
    head: str  # the noun that the source is about, folded: "poll"
    key: str  # of the head of its title
    holders: float
    countries: frozenset[str]  # that it names
    inside: list[int]  # entities named in it
    ranks: dict[int, tuple[float, float, float, float]]  # of the entities named before it, the latest first
    focus: dict[int, float]
    total: float  # of the focus


class Field:
    """The entities of a text and where they are named, to draw candidates from."""

    def __init__(
        self,
        reading: Reading,
        names: Names,
        focuses: Focuses,
        attributions: Sequence[Attribution],
    ) -> None:
        """Index the mentions of `names`. `attributions` are all of the text."""
        self._focuses = focuses
        self.text, self.reading, self.names = reading.text, reading, names
        self._facts = [_facts(reading, entity) for entity in names.entities]
        made_by = credit_lines(reading)  # who wrote or drew it is no candidate for that
        named = sorted(
            (span.start, index)
            for index, each in enumerate(self._facts)
            for span in each.mentions
            if not made_by or reading.paragraph(span.start) not in made_by
        )
        self._starts, self._entities = [start for start, _ in named], [index for _, index in named]
        self._said = sorted(span for each in attributions for span in each.content)
        self._saying = sorted(span for each in attributions for span in each.source)
        self._in_sources: dict[int, list[int]] = {}  # of each entity, where it is named in sources
        for start, index in named:
            if _holds(self._saying, start):
                self._in_sources.setdefault(index, []).append(start)
        self._entered: dict[int, float] = {}
        for index in self._entities:
            self._entered.setdefault(index, _scaled(len(self._entered)))

    def candidates(
        self,
        attributions: Sequence[Attribution],
        sources: Sequence[Source],
        order: Sequence[int],
        answers: Sequence[Answer | None],
    ) -> Iterator[tuple[int, list[Candidate]]]:
        """Yield the number of each attribution and its candidates, in text order.

        `sources` are those of `attributions`, `order` their numbers in text order, and `answers` those of the rules.
        """
        for place, number in enumerate(order):
            latest = [answers[i] for i in order[max(place - _LATEST, 0) : place]]
            counted = [answers[i] for i in order[max(place - _COUNTED, 0) : place]]
            spoken = [each.entity for each in latest if each is not None]
            quotes = [each.entity for each in counted if each is not None]
            previous = attributions[order[place - 1]] if place else None
            asked = self._asked(attributions[number], sources[number])
            last = latest[-1] if latest else None
            yield number, self._of(asked, answers[number], last, previous, spoken, quotes)

    def _of(
        self,
        asked: _Asked,
        answer: Answer | None,
        last: Answer | None,
        previous: Attribution | None,
        spoken: list[int],
        quotes: list[int],
    ) -> list[Candidate]:
        low = bisect_left(self._starts, asked.at)
        high = bisect_left(self._starts, asked.at + _NEAR, low)
        after = self._entities[low : min(high, low + AFTER)]
        chosen = list(dict.fromkeys([*asked.inside, *list(asked.ranks)[:BEFORE], *after]))
        if answer is not None and answer.entity not in chosen:
            chosen.append(answer.entity)
        if asked.gender and asked.source.kind == "pronoun":
            chosen = [index for index in chosen if not self.names.entities[index].organisation]
        paragraphs = -1.0
        if previous is not None:
            paragraphs = asked.paragraph - self.reading.paragraph(previous.content[-1].end - 1)
        of_source = (
            *self._of_source(asked),
            _scaled(paragraphs),
            float(previous is not None and last is None),
        )
        found = []
        for index in chosen:
            says = answer is not None and answer.entity == index
            of_answers = (
                float(last is not None and last.entity == index),
                float(spoken.count(index)),
                _scaled(quotes.count(index)),
                float(says),
                answer.confidence if answer is not None and says else 0.0,
                float(answer is None),
                *(float(answer is not None and says and answer.rule == rule) for rule in RULES),
            )
            features = (*of_source, *self._of_candidate(index, asked), *of_answers)
            found.append(Candidate(index, features, self._read(index, asked.at)))
        return found

    def _asked(self, attribution: Attribution, source: Source) -> _Asked:
        span = attribution.source[0] if attribution.source else None
        at = (span or (attribution.cue or attribution.content)[0]).start
        inside: list[int] = []
        words = span.of(self.text) if span else ""
        if span:
            low, high = bisect_left(self._starts, span.start), bisect_left(self._starts, span.end)
            inside = list(dict.fromkeys(self._entities[low:high]))
        head = source.unit.head if source.unit and source.kind in ("office", "nobody") else source.noun
        key = title_key(head) if head else ""
        gender = source.gender if source.gender in ("m", "f") else ""
        focus = self._focus(at)
        return _Asked(
            source,
            attribution,
            span,
            at,
            self.reading.paragraph(at),
            self.reading.sentence(at),
            gender,
            _folded(words),
            _long(words.split()),
            frozenset(word.strip(".,()'’\"”“").replace(".", "") for word in words.split()),
            fold(head) if head else "",
            key,
            _scaled(len(self.names.by_head.get(key, ())) if key else 0),
            frozenset(unit.country for unit in self.reading.units_in(*span) if unit.country) if span else frozenset(),
            inside,
            self._ranks(at, gender),
            focus,
            sum(focus.values()),
        )

    def _ranks(self, at: int, gender: str) -> dict[int, tuple[float, float, float, float]]:
        """Return for each entity named before code point `at` its ranks by recency: of all, in its kind, of the gender.

        The latest comes first. The last number says how many people are of that gender or of none known.
        """
        low, entities = bisect_left(self._starts, at), self.names.entities
        before = list(dict.fromkeys(reversed(self._entities[max(low - _MENTIONS_BACK, 0) : low])))
        people = bodies = 0
        fitting = [
            i for i in before if not entities[i].organisation and (not gender or entities[i].gender in ("", gender))
        ]
        of_gender = {index: _scaled(rank) for rank, index in enumerate(fitting)}
        rivals = _scaled(len(fitting))
        found = {}
        for rank, index in enumerate(before):
            in_kind = bodies if entities[index].organisation else people
            bodies, people = bodies + entities[index].organisation, people + (not entities[index].organisation)
            found[index] = (_scaled(rank), _scaled(in_kind), of_gender.get(index, _SCALED_FAR), rivals)
        return found

    def _focus(self, at: int) -> dict[int, float]:
        """Return how much each entity is in focus at code point `at`, as coreference.py weighs mentions."""
        found: dict[int, float] = {}
        sentence = self.reading.sentence(at)
        for focus in self._focuses.before(at, ()):
            if focus.entity != UNNAMED:
                found[focus.entity] = found.get(focus.entity, 0.0) + focus.weight * DECAY ** (sentence - focus.sentence)
        return found

    def _of_source(self, asked: _Asked) -> tuple[float, ...]:
        source, attribution, span = asked.source, asked.attribution, asked.span
        # The choice was not told of kinds that name several speakers, or the maker of a document.
        one = "nobody" if source.kind in ("several", "together", "document") else source.kind
        return (
            *(float(one == kind) for kind in KINDS),
            *(float(source.kind == "pronoun" and source.gender == gender) for gender in GENDERS),
            float(source.kind == "pronoun" and not source.gender),
            float(min(len(asked.inside), 5)),
            _scaled(len(span.of(self.text).split()) if span else 0),
            float(attribution.kind == "direct"),
            float(attribution.kind == "indirect"),
            float(attribution.act == "speech"),
            float(attribution.medium == "post"),
            float(bool(attribution.cue)),
            float(span is not None and span.start > attribution.content[0].start),
            _scaled(len(self._facts)),
        )

    def _of_candidate(self, index: int, asked: _Asked) -> tuple[float, ...]:
        reading, entity, facts = self.reading, self.names.entities[index], self._facts[index]
        at, span, starts = asked.at, asked.span, facts.starts
        number = bisect_left(starts, at)
        last = facts.mentions[number - 1] if number else None
        own = None  # its mention in the source
        if span and number < len(starts) and starts[number] < span.end:
            own = facts.mentions[number]
        person, gender = not entity.organisation, asked.gender
        offices = bisect_left(facts.offices, at)
        focus = asked.focus.get(index, 0.0)
        said = sum(
            bisect_left(starts, each.end) - bisect_left(starts, each.start) for each in asked.attribution.content
        )
        return (
            float(entity.organisation),
            float(entity.known),
            facts.is_male,
            facts.is_female,
            float(bool(gender) and person and entity.gender == gender),
            float(bool(gender) and (not person or entity.gender not in ("", gender))),
            float(bool(gender) and person and not entity.gender),
            _scaled(at - last.start) if last else _SCALED_NEVER,
            _scaled(asked.paragraph - reading.paragraph(last.start)) if last else _SCALED_FAR,
            _scaled(asked.sentence - reading.sentence(last.start)) if last else _SCALED_FAR,
            *asked.ranks.get(index, _UNRANKED),
            _scaled(len(starts)),
            _scaled(number),
            float(bool(starts) and reading.paragraph(starts[0]) <= 1),
            self._entered.get(index, _SCALED_FAR),
            _scaled(starts[number] - at) if number < len(starts) else _SCALED_NEVER,
            float(last is not None and reading.word_at(last.start) in reading.breaks),
            _scaled(said),
            *(_NOT_INSIDE if own is None or span is None else self._place_inside(index, own, span, asked.inside)),
            float(len(asked.words & facts.titles)),
            float(bool(asked.key) and asked.key in facts.title_keys),
            float(len(asked.words & facts.organisations)),
            float(len(asked.words & facts.name)),
            asked.holders,
            _scaled(len(entity.roles)),
            float(bool(facts.acronym) and facts.acronym in asked.capitals),
            float(offices > 0 and at - facts.offices[offices - 1] < _NEAR),
            float(bool(asked.countries & facts.countries)),
            float(bool(asked.countries and facts.countries) and not asked.countries & facts.countries),
            focus,
            focus / asked.total if focus else 0.0,
            float(len(asked.long & facts.beside)),
            float(len(asked.long & facts.behind)),
            float(bool(asked.head) and asked.head in facts.beside),
            float(last is not None and reading.low(reading.word_at(last.start) - 1) in PREPOSITIONS),
            float(last is not None and reading.low(reading.word_at(last.end)) in POSSESSIVES),
            float(last is not None and _holds(self._saying, last.start)),
            float(last is not None and _holds(self._said, last.start)),
            _scaled(bisect_left(self._in_sources.get(index, ()), at)),
        )

    def _place_inside(self, index: int, own: Span, span: Span, inside: list[int]) -> tuple[float, ...]:
        """Return the features of a name, `own`, that stands in the source `span`."""
        reading = self.reading
        first = reading.word_at(own.start)
        ahead = [i for i in (first - 1, first - 2) if i >= 0 and reading.words[i].start >= span.start]
        return (
            1.0,
            float(inside[0] == index),
            float(inside[-1] == index),
            float(own.start - span.start < 5),
            float(reading.low(reading.word_at(own.end)) in POSSESSIVES),
            float(any(reading.low(i) in PREPOSITIONS for i in ahead)),
        )

    def _read(self, index: int, at: int) -> list[Span]:
        """Return the mentions of an entity that the choice reads: those nearest to code point `at`, and the first."""
        mentions, number = self._facts[index].mentions, bisect_left(self._facts[index].starts, at)
        near = mentions[max(number - _NEAREST, 0) : number + 1]
        near.sort(key=lambda span: abs(span.start - at))
        return list(dict.fromkeys([*near[:_NEAREST], *mentions[:1]]))


def _facts(reading: Reading, entity: Entity) -> _Facts:
    mentions = sorted({reading.units[naming.unit].span for naming in entity.namings})
    roles = [each.role for each in entity.said_to_be[:_LATEST]] + entity.roles[:_LATEST]
    titles = frozenset(word for role in roles for word in _folded(role.title))
    acronym = "".join(word[0] for word in entity.words if word[:1].isupper())
    beside: set[str] = set()
    behind: set[str] = set()
    for span in mentions[:_BESIDE_MENTIONS]:
        first, last = reading.word_at(span.start), reading.word_at(span.end)
        following = reading.words[last : last + _BESIDE]
        beside.update(word.low for word in (*reading.words[max(first - _BESIDE, 0) : first], *following))
        behind.update(word.low for word in following)
    return _Facts(
        mentions,
        [span.start for span in mentions],
        _folded(" ".join(entity.words)),
        titles,
        frozenset(map(title_key, titles)),
        frozenset(word for role in roles for word in _folded(f"{role.organisation or ''} {role.country or ''}")),
        _long(beside),
        _long(behind),
        sorted(each.role.span.start for each in entity.said_to_be),
        acronym if len(acronym) > 1 else "",
        frozenset(country for country in (entity.country, *(role.country for role in roles)) if country),
        float(not entity.organisation and entity.gender == "m"),
        float(not entity.organisation and entity.gender == "f"),
    )


@lru_cache(maxsize=20_000)
def _folded(text: str) -> frozenset[str]:
    """Return the words of `text` that mean something, folded."""
    return frozenset(map(fold, text.replace("-", " ").split())) - FUNCTION_WORDS


def _holds(spans: Sequence[Span], at: int) -> bool:
    """Return whether one of `spans`, in text order, holds code point `at`."""
    number = bisect_right(spans, (at, math.inf))
    return number > 0 and at < spans[number - 1].end


def _long(words: Iterable[str]) -> frozenset[str]:
    """Return the longer of `words`, folded: nearly all of them are nouns, names, adjectives and verbs."""
    return frozenset(fold(word.strip(",.")) for word in words if len(word) > _SHORT_WORD)


def _scaled(number: float) -> float:
    """Return a count or distance on a scale on which one more matters less the more there are."""
    return math.copysign(math.log1p(abs(number)), number)


_SCALED_NEVER, _SCALED_FAR = _scaled(_NEVER), _scaled(_FAR)
_UNRANKED = (_SCALED_FAR, _SCALED_FAR, _SCALED_FAR, 0.0)
_NOT_INSIDE = (0.0,) * 6
