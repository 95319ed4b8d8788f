"""Resolve the speakers of a text: for each attribution, who said it and in which role.

1. Find the names in the text (mentions), classify each source phrase (sources), and find the roles stated (roles).
2. Cluster the names of one speaker (names).
3. Find who holds the titles that stand by themselves, by a learnt model (holders).
4. Resolve each source in text order by rules. A name stands for itself. A pronoun, office or description is resolved by what
   came before (coreference), and a quotation without a source by the quote that it continues.
5. Choose the speaker of each source by the learnt model (choice), which knows the rules' answers.
6. List the speakers: all who said something, and all people with a role.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from api.extraction import choice, coreference, holders
from api.extraction.authors import note
from api.extraction.candidates import Field
from api.extraction.coreference import Antecedent, Focus, Focuses
from api.extraction.direct import is_about_someone, is_caption, is_gesture
from api.extraction.documents import OWNERS, Documents, medium_of
from api.extraction.genders import infer
from api.extraction.mentions import Reading, Unit
from api.extraction.names import Names
from api.extraction.roles import Roles, Statement, is_role
from api.extraction.sources import Source, read_source
from api.extraction.spans import Attribution, Evidence, How, Medium, Mention, Role, Span, Speaker, SpeakerKind
from api.extraction.spelling import without_suffix
from api.extraction.tagging import Entity, Tagged, Vectors
from api.extraction.words import RELATIVE_PRONOUNS, fold

# Confidence that a quotation without a source continues the quote before, by where it stands.
SAME_SENTENCE = 0.8
SAME_PARAGRAPH = 0.75
SURE_PRONOUN = 0.75  # confidence from which a pronoun tells the gender of someone
MAKER, TAKEN_UP = 0.9, 0.8  # confidence in a document's maker, named with it or with the document that it takes up
AUTHOR = 0.9  # confidence that "I" outside quoted words is the author whom a note names
TOGETHER = 0.8  # confidence that "they" and "both men" are those who spoke together before
MAX_TOGETHER_SENTENCES = 6  # from where they are named to such a word
NEXT_PARAGRAPH = 0.65  # after the quote before
MAX_PARAGRAPHS_APART = 2  # from a quote to one that continues it: a gesture of someone else may stand between
MIN_CONFIDENCE = 0.5  # of the rules; below it they name nobody, since another is as likely
# Probabilities by the choice from which the rules' answer stands, another takes its place, and somebody is named where the
# rules name nobody. On articles held out from its training they give 83.3 % right and 3.5 % wrong. 0.6, 0.55 and 0.7 give 0.4
# more right, but name one of two women whom "she" may mean.
MIN_AGREEING, MIN_OVERRULING, MIN_NAMING = 0.55, 0.75, 0.75
# Kinds of sources that the labels hardly have, some ten or twenty each. The choice cannot know them: the rules' answer stands
# sooner.
RARE_KINDS, MIN_AGREEING_RARE = frozenset({"spokesperson", "epithet", "kin", "empty"}), 0.1
# Rules whose answer stands at any probability, if the choice is not sure of another. "office" was right in 80 % of 81 sources
# of all labelled articles. "gesture before" is of quotations without a source, of which hardly any is labelled.
SURE_RULES = frozenset({"office", "gesture before"})
# Probabilities from which a title that stands by itself is its holder's role, and from which it tells the rules whom a source
# means. On articles by turns held out, roles had a precision of 93.5 from the first on; F1 was best from 0.6 on.
MIN_HOLDING, MIN_MEANT = 0.7, 0.5
_ASIDE = RELATIVE_PRONOUNS | {"in"}  # what stands behind them in a source does not speak
_MAX_EVIDENCE = 2  # phrases in a chain of evidence before the name: a pronoun need not list all pronouns before it


@dataclass(frozen=True, slots=True)
class Identity:
    """The speaker of a quote: indices of the speaker and of that speaker's role, the evidence, and the confidence (0 to 1).

    `evidence` leads from the source as it stands to the speaker's name. Where the text does not say, it is empty and
    `speaker` is None. `joint` are the indices of those who speak together with the speaker. `medium` is that of
    a source that is a document.
    """

    speaker: int | None
    role: int | None
    evidence: tuple[Evidence, ...]
    confidence: float = 0.0
    joint: tuple[int, ...] = ()
    medium: Medium | None = None


UNRESOLVED = Identity(None, None, ())


def identify(
    text: str, attributions: Sequence[Attribution], tagged: Tagged | None = None
) -> tuple[tuple[Speaker, ...], tuple[Identity, ...]]:
    """Return the speakers of `text` in the order of their first mention, and the identity of each attribution's speaker.

    `attributions` are in text order, and `tagged` is what the tagger found in `text`; without it the rules alone decide.
    People with a role are listed even if they say nothing, others only if they are attributed something. Never raises. Takes
    time linear in the length of the text.
    """
    resolver = Resolver(text, attributions, tagged.entities if tagged else ())
    if tagged:
        resolver.find_holders(tagged.vectors)
    resolver.apply_rules()
    if tagged:
        resolver.choose(tagged.vectors)
    return resolver.result()


@dataclass(frozen=True, slots=True)
class _Link:
    """A resolved source phrase: its entity, and the phrase that it refers to (None for a name).

    `joint` are the links of those who speak together with the entity.
    """

    entity: int
    span: Span
    rule: str
    confidence: float
    onward: Span | None
    unit: int | None = None
    joint: tuple[_Link, ...] = ()


class Resolver:
    """One text and its attributions while their sources are resolved."""

    def __init__(self, text: str, attributions: Sequence[Attribution], entities: Sequence[Entity]) -> None:
        self.text, self.attributions = text, attributions
        single = [a.source[0].start for a in attributions if a.source and len(a.source[0].of(text).split()) == 1]
        pairs = [a.source[0].start for a in attributions if a.source and len(a.source[0].of(text).split()) == 2]
        self.reading = Reading(text, frozenset(single), entities, frozenset(pairs))
        self.sources = [read_source(self.reading, a.source) for a in attributions]
        self.number = {unit: number for number, unit in enumerate(self.reading.units)}
        named = {self.number[s.unit] for s in self.sources if s.kind == "name" and s.unit}
        units = self.reading.units
        titled = [b for a, b in pairwise(units) if a.kind == "title" and b.kind == "name" and a.last == b.first]
        named_people = [unit for unit in units if unit.kind == "person"] + titled
        people = frozenset(unit.span.of(text).split()[-1].casefold() for unit in named_people)
        self.roles = Roles(self.reading, people)
        self.names = Names(self.reading, self.roles.statements(), named)
        self.signatures = {n for a in attributions if a.medium == "post" for s in a.source for n in self._units_at(s)}
        contents = sorted(span for a in attributions for span in a.content)
        self.quoted = sorted(span for a in attributions if a.kind == "direct" for span in a.content)
        self.author = note(self.reading) if any(s.kind == "author" for s in self.sources) else None
        self.focuses = Focuses(self.reading, self.names, contents)
        infer(self.reading, self.names, self.focuses, contents)
        self.order = sorted(range(len(attributions)), key=self._position)
        self.links: list[_Link | None] = [None] * len(attributions)
        self.resolved: dict[Span, _Link] = {}  # pronouns and descriptions resolved so far
        self.extra: list[Focus] = []
        self.documents: Documents | None = None
        self.makers: dict[int, _Link] = {}  # of documents, by the word of their noun
        self.together: _Link | None = None  # the last source of several speakers so far
        self.holders: dict[int, holders.Holder] = {}  # of titles that stand by themselves, by the number of their unit

    def find_holders(self, vectors: Vectors) -> None:
        """Let the learnt model say who holds the titles that stand by themselves, and give the surer ones as roles."""
        asked = holders.titles(self.reading, self.roles, self.names)
        drawn = holders.candidates(asked, self.reading, self.names, self.focuses, self.attributions)
        for holder in holders.holders(vectors, asked, drawn, MIN_MEANT):
            self.hold(holder)

    def hold(self, holder: holders.Holder) -> None:
        """Note who holds a title, and if that is sure enough as a role of theirs.

        What the roles beside names tell by rule is surer: whom they contradict does not hold it.
        """
        office, number = holder.title.office, holder.title.unit
        at = self.reading.units[number].span.start
        ruled = coreference.resolve_office(self.reading, self.names, self.focuses.before(at, ()), office, at)
        if ruled and ruled.entity != holder.entity:
            return
        self.holders[number] = holder
        held = is_role(office)
        if holder.probability >= MIN_HOLDING and (held or office.group == "standing"):
            span = self.reading.span(office.first, office.last)
            role = Role(office.title, office.organisation, office.country, span)
            self.names.state(
                holder.entity, span.start, Statement(number, role, office.head, "", office.past, held), apart=True
            )

    def apply_rules(self) -> None:
        """Resolve all sources by rules, in text order."""
        last: int | None = None
        previous: int | None = None
        for index in self.order:
            link = self._resolve_source(index, previous, last)
            if link is not None and link.confidence < MIN_CONFIDENCE:
                link = None
            self.links[index] = link
            previous = index
            if link is not None:
                last = link.entity
                self.together = link if link.joint else self.together
                if link.onward is not None and self.sources[index].kind != "empty" and link.span not in self.resolved:
                    self.resolved[link.span] = link
                    sentence = self.reading.sentence(link.span.start)
                    self.extra.append(Focus(link.entity, link.span, sentence, coreference.SUBJECT, True))
            elif self.sources[index].kind != "empty":
                last = None
                self._note_unnamed(index)

    def choose(self, vectors: Vectors) -> None:
        """Let the learnt choice decide about each source that rules have resolved or left open.

        A post is its signature's, and a list of names is theirs whom it lists.
        """
        field = Field(self.reading, self.names, self.focuses, self.attributions)
        drawn = field.candidates(self.attributions, self.sources, self.order, self.links)
        shares = choice.choose("choice", vectors, self.attributions, drawn)
        for index, share in enumerate(shares):
            link, attribution = self.links[index], self.attributions[index]
            if not share or (attribution.medium == "post" and not attribution.cue) or (link and link.joint):
                continue
            if link and self.sources[index].kind in ("document", "author"):
                continue
            best = max(share, key=share.__getitem__)
            kept = share[link.entity] if link else 0.0
            least = MIN_OVERRULING if link else MIN_NAMING
            if share[best] >= least and not (link and link.entity == best) and self._can_be(index, best):
                self.links[index] = self._link_by_context(index, best, round(share[best], 4))
            elif link and kept >= (MIN_AGREEING_RARE if self.sources[index].kind in RARE_KINDS else MIN_AGREEING):
                self.links[index] = replace(link, confidence=round(kept, 4))
            elif link and link.rule not in SURE_RULES:
                self.links[index] = None
        self.resolved = {
            link.span: link
            for index in reversed(self.order)  # the first of a phrase counts
            if (link := self.links[index]) and link.onward is not None and self.sources[index].kind != "empty"
        }

    def _can_be(self, index: int, entity: int) -> bool:
        """Return whether the choice may put an entity in the place of the rules' answer to source number `index`.

        It has learnt nothing of quotations without a source, for which nearly no article is labelled. "She" is nobody known
        to be a man. Nobody is meant who is named only behind "whose", "who" or "in" within the source: "shops in Lund and
        Estonia".
        """
        attribution, gender = self.attributions[index], self.sources[index].gender
        known = self.names.entities[entity].gender
        if not attribution.source or {gender, known} == {"m", "f"}:
            return False
        if self.author and [naming.unit for naming in self.names.entities[entity].namings] == [
            self.number[self.author]
        ]:
            return False
        start, end = attribution.source[0]
        own = [unit for unit in self.reading.units_in(start, end) if self._entity_of(unit) == entity]
        first = self.reading.word_at(start)
        return not own or any(not any(self.reading.low(i) in _ASIDE for i in range(first, unit.first)) for unit in own)

    def _entity_of(self, unit: Unit) -> int | None:
        """Return the entity that a unit names."""
        known = self.names.by_unit.get(self.number[unit])
        return known[0] if known else None

    def _link_by_context(self, index: int, best: int, confidence: float) -> _Link:
        """Return the link of a source to the entity that the choice prefers to the rules' answer."""
        attribution, source = self.attributions[index], self.sources[index]
        span = source.span or (attribution.source or attribution.content)[0]
        for unit in self.reading.units_in(*attribution.source[0]) if attribution.source else ():
            entity, naming = self.names.by_unit.get(self.number[unit], (None, None))
            if entity == best and naming:
                return _Link(best, unit.span, naming.rule, confidence, None, self.number[unit])
        rule = "pronoun in context" if source.kind == "pronoun" else "context"
        return _Link(best, span, rule, confidence, self._named_before(best, span.start))

    def _named_before(self, index: int, at: int) -> Span:
        """Return where an entity was last named before code point `at`, else where it is first named."""
        entity = self.names.entities[index]
        if not entity.namings:
            return self.reading.units[entity.unit].span
        before = bisect_left(entity.namings, at, key=lambda naming: self.reading.units[naming.unit].span.start)
        return self.reading.units[entity.namings[max(before - 1, 0)].unit].span

    def _position(self, index: int) -> tuple[int, int]:
        """Return where an attribution stands, for sorting."""
        attribution = self.attributions[index]
        spans = attribution.source or attribution.cue or attribution.content
        return (spans[0].start, attribution.content[0].start if attribution.content else 0)

    def _note_unnamed(self, index: int) -> None:
        """Note that someone without a name spoke ("a delegate said"): a pronoun after that may mean them."""
        source = self.sources[index]
        if source.kind == "office" or (source.kind == "nobody" and source.unit):
            span = self.attributions[index].source[0]
            self.extra.append(
                Focus(coreference.UNNAMED, span, self.reading.sentence(span.start), coreference.UNCLEAR, False)
            )

    # Sources

    def _resolve_source(self, index: int, previous: int | None, last: int | None) -> _Link | None:
        """Return the link of one source, or None where it is not clear whom it means."""
        source, attribution = self.sources[index], self.attributions[index]
        entities = self.names.entities
        if source.kind == "empty":
            return self._continue_speaker(index, previous, last)
        if source.kind == "nobody":
            return None
        if source.kind == "author":
            return self._link_author(attribution)
        if source.kind == "several":
            return self._link_several(source)
        if source.kind == "together" or (source.kind == "pronoun" and not source.gender):
            together = self._resolve_together(index, previous)
            if together or source.kind == "together":
                return together
        if source.kind == "document":
            return self._link_document(source, last)
        if source.kind in ("name", "spokesperson") and source.unit:
            number = self.number[source.unit]
            known = self.names.by_unit.get(number)
            if known is None:
                return None
            entity, naming = known
            if source.kind == "spokesperson" and not entities[entity].organisation:
                return None
            rule = "spokesperson" if source.kind == "spokesperson" else naming.rule
            return _Link(entity, source.unit.span, rule, naming.confidence, None, number)
        return self._resolve_phrase(source, source.span or attribution.source[0], last)

    def _resolve_phrase(self, source: Source, span: Span, last: int | None) -> _Link | None:
        """Return the link of the pronoun, office or other description at `span`, or None where it is not clear."""
        reading, entities = self.reading, self.names.entities
        if source.kind == "called" and source.unit:
            body = self.names.body_of(self.number[source.unit], source.noun, span)
            self.extra.append(Focus(body, span, reading.sentence(span.start), coreference.SUBJECT, False))
            return _Link(body, span, "full name", 0.9, None)
        if span in self.resolved:
            return self.resolved[span]
        candidates = self.focuses.before(span.start, self.extra)
        found: Antecedent | None = None
        if source.kind == "pronoun":
            found = coreference.resolve_pronoun(reading, entities, candidates, source, span.start, last)
        elif source.kind == "office" and source.unit:
            office = self.roles.office(source.unit)
            found = coreference.resolve_office(reading, self.names, candidates, office, span.start)
            holder = self.holders.get(self.number[source.unit])
            if found is None and holder:
                before = self._named_before(holder.entity, span.start)
                found = Antecedent(holder.entity, before, holder.probability, "title in context")
            elif found and found.entity == coreference.UNNAMED:
                return None
        elif source.kind == "epithet":
            found = coreference.resolve_epithet(reading, entities, candidates, source, span.start, last)
        elif source.kind == "kin":
            found = coreference.resolve_kin(reading, self.names, candidates, source, span.start, last)
        if found is None and source.noun and source.kind in ("body", "office", "spokesperson"):
            found = coreference.resolve_body(reading, self.names, candidates, source, span.start)
        elif source.kind == "relative":
            named = coreference.resolve_relative(reading, self.names, span.start)
            if named:
                found = Antecedent(named[1], reading.units[named[0]].span, 0.9, "relative pronoun")
        if found is None:
            return None
        if source.kind == "pronoun" and source.gender in ("m", "f") and found.confidence >= SURE_PRONOUN:
            entities[found.entity].gender = entities[found.entity].gender or source.gender
        return _Link(found.entity, span, found.rule, found.confidence, found.span)

    def _link_author(self, attribution: Attribution) -> _Link | None:
        """Return the link of "I" to the author whom a note names. In quoted words "I" is whoever speaks them: None."""
        at = attribution.source[0]
        before = bisect_right(self.quoted, at.start, key=lambda span: span.start)
        known = self.names.by_unit.get(self.number[self.author]) if self.author else None
        if self.author is None or known is None or (before and self.quoted[before - 1].end > at.start):
            return None
        return _Link(known[0], at, "author", AUTHOR, self.author.span)

    def _link_several(self, source: Source, *, bodies: bool = False) -> _Link | None:
        """Return the link of a list of names to the first, with those to the others. None if any of them is not clear.

        With `bodies` an organisation is clear even if nothing but its place tells that it is one: "a Quinn poll".
        """
        found: list[_Link] = []
        people = any(unit.kind == "person" for unit in source.units)
        for unit in source.units:
            number = self.number[unit]
            entity, naming = self.names.by_unit.get(number, (None, None))
            full = people and unit.last - unit.first > 1
            if entity is None or naming is None:
                return None
            known = self.names.entities[entity].known or (bodies and self.names.entities[entity].organisation)
            if not (known or full):
                return None
            found.append(_Link(entity, unit.span, naming.rule, naming.confidence, None, number))
        if len({link.entity for link in found}) < len(found):
            return None
        return replace(found[0], confidence=min(link.confidence for link in found), joint=tuple(found[1:]))

    def _link_document(self, source: Source, last: int | None) -> _Link | None:
        """Return the link of a document to its maker, or None where the text ties it to nobody."""
        if self.documents is None:
            self.documents = Documents(self.reading)
        start, end = source.span or (0, 0)
        reading = self.reading
        made = self.documents.made_in(source.word, reading.word_at(start), reading.word_at(end - 1) + 1)
        link = self.makers.get(made.noun)
        if link is None and made.makers:
            link = self._link_several(Source("several", units=made.makers), bodies=True)
            ahead = made.makers[0].first < made.noun and made.sort != "ad"
            if link and ahead and not self.names.entities[link.entity].organisation:
                link = None  # "the Roe poll" may be about her
        elif link is None and made.owner:
            span = reading.span(*made.owner)
            pronoun = OWNERS.get(reading.low(made.owner[0])) if made.owner[1] == made.owner[0] + 1 else None
            if pronoun is not None and made.noun != source.word:
                return None  # whom it meant there was not clear
            owner = (
                Source("pronoun", gender=pronoun, span=span) if pronoun is not None else read_source(reading, [span])
            )
            if owner.kind == "name" and owner.unit:
                link = self._link_several(Source("several", units=(owner.unit,)))
            elif owner.kind == "several":
                link = self._link_several(owner)
            elif owner.kind not in ("nobody", "empty", "document", "together", "spokesperson"):
                found = self._resolve_phrase(owner, span, last)
                link = found and replace(found, span=found.onward or found.span, onward=None)
        if link is None:
            return None
        self.makers[made.noun] = self.makers[source.word] = link
        return replace(link, confidence=min(link.confidence, MAKER if made.noun == source.word else TAKEN_UP))

    def _resolve_together(self, index: int, previous: int | None) -> _Link | None:
        """Return the link of "both men" or "they" to those who spoke together before, or None if nobody did.

        "They" are those of the quote just before.
        """
        source, at = self.sources[index], self.attributions[index].source[0]
        just_before = self.links[previous] if previous is not None else None
        link = self.together if source.kind == "together" else just_before
        if link is None or not link.joint or source.count not in (0, len(link.joint) + 1):
            return None
        if self.reading.sentence(at.start) - self.reading.sentence(link.span.start) > MAX_TOGETHER_SENTENCES:
            return None
        others = {self.names.entities[each.entity].gender for each in (link, *link.joint)} - {source.gender, ""}
        if source.gender and others:
            return None
        rule = "pronoun" if source.kind == "pronoun" else "several"
        return replace(link, span=at, rule=rule, confidence=TOGETHER, onward=link.span, unit=None)

    def _continue_speaker(self, index: int, previous: int | None, last: int | None) -> _Link | None:
        """Return the speaker of a quotation without a source: the one of the quote just before, if no one else came between.

        If that quote is indirect, it must not mention anyone else either. If none is near, the speaker is the one whose
        gesture it follows.

        A participle for a cue ("adding that") continues a quote of the same sentence. Without a cue, it continues a
        quotation of the same or last paragraph. Any other cue lacks a source because nobody is named who asked ("was asked
        whether"): nobody is meant.
        """
        if previous is None or self._paragraphs_between(previous, index) > MAX_PARAGRAPHS_APART:
            return self._after_gesture(self.attributions[index])
        if last is None or self.links[previous] is None:
            return None
        reading, attribution, before = self.reading, self.attributions[index], self.attributions[previous]
        start = min(span.start for span in attribution.cue + attribution.content)
        end = max(span.end for span in before.cue + before.content + before.source)
        span = attribution.content[0]
        if attribution.cue:
            adding = attribution.cue[0].of(self.text).partition(" ")[0].endswith("ing")
            if not adding or reading.sentence(attribution.cue[0].start) != reading.sentence(end - 1):
                return None
            before_it = self._phrase_of(previous)
            return _Link(
                last, attribution.cue[0], "same sentence", SAME_SENTENCE, before_it, joint=self._joint_of(previous)
            )
        indirect = before.kind == "indirect"
        if attribution.kind == "indirect" or attribution.medium == "post" or (indirect and before.act == "attitude"):
            return None
        apart = reading.paragraph(start) - reading.paragraph(max(end - 1, 0))
        if apart == MAX_PARAGRAPHS_APART and is_caption(self.text, reading.sentence_before(start)):
            apart -= 1
        if not 0 <= apart <= 1 or (apart and self._in_dialogue(previous, index)):
            return None
        if indirect:  # those it mentions may speak now
            end = min(span.start for span in before.content)
        between = {
            self.names.by_unit[self.number[u]][0]
            for u in reading.units_in(end, start)
            if self.number[u] in self.names.by_unit
        }
        if any(not self.names.entities[i].organisation for i in between - {last}):
            return None
        return _Link(
            last,
            span,
            "goes on from the quote before",
            NEXT_PARAGRAPH if apart else SAME_PARAGRAPH,
            self._phrase_of(previous),
            joint=self._joint_of(previous),
        )

    def _in_dialogue(self, previous: int, index: int) -> bool:
        """Return whether two people ask and answer in turn, a paragraph each: the next may then be the other's."""
        earlier = previous - 1
        if earlier < 0 or self._paragraphs_between(earlier, previous) != 1:
            return False
        first, second = self.links[earlier], self.links[previous]
        spoken = [self.attributions[i] for i in (earlier, previous, index)]
        return (
            first is not None
            and second is not None
            and first.entity != second.entity
            and all(each.kind == "direct" for each in spoken)
            and any("?" in span.of(self.text) for each in spoken for span in each.content)
        )

    def _paragraphs_between(self, previous: int, index: int) -> int:
        """Return how many paragraphs attribution number `index` stands behind number `previous`."""
        start, end = self.attributions[index].content[0].start, self.attributions[previous].content[-1].end
        return self.reading.paragraph(start) - self.reading.paragraph(end - 1)

    def _after_gesture(self, attribution: Attribution) -> _Link | None:
        """Return the person whose gesture stands before a quotation without cue and source: "Ann Roe shrugged. 'So what?'"."""
        span = attribution.content[0]
        before = self.reading.sentence_before(span.start)
        if attribution.cue or attribution.kind == "indirect":
            return None
        if not is_gesture(self.text, before) and not (
            is_about_someone(self.text, before) and len(self._people_in(before)) == 1
        ):
            return None
        for unit in self.reading.units_in(*before):
            known = self.names.by_unit.get(self.number[unit])
            if known and not self.names.entities[known[0]].organisation:
                return _Link(known[0], span, "gesture before", min(NEXT_PARAGRAPH, known[1].confidence), unit.span)
        return None

    def _people_in(self, span: Span) -> set[int]:
        """Return the people who are named in a span."""
        units = (self.number[unit] for unit in self.reading.units_in(*span))
        known = {self.names.by_unit[number][0] for number in units if number in self.names.by_unit}
        return {entity for entity in known if not self.names.entities[entity].organisation}

    def _phrase_of(self, index: int) -> Span:
        """Return the phrase that names the speaker of a resolved attribution."""
        link = self.links[index]
        assert link is not None  # noqa: S101 - callers pass only resolved ones
        return link.span

    def _joint_of(self, index: int) -> tuple[_Link, ...]:
        """Return the links to those who speak together with the speaker of an attribution."""
        link = self.links[index]
        return link.joint if link else ()

    # Results

    def result(self) -> tuple[tuple[Speaker, ...], tuple[Identity, ...]]:
        """Return the speakers that are listed, and the identity of each attribution."""
        entities = self.names.entities
        said = {each.entity for link in self.links if link for each in (link, *link.joint)}
        listed = [i for i, entity in enumerate(entities) if i in said or (entity.roles and not entity.organisation)]
        links: dict[int, list[_Link]] = {}
        for number, link in enumerate(self.links):
            if link and self.sources[number].kind != "empty":
                for each in (link, *link.joint):
                    links.setdefault(each.entity, []).append(replace(link, entity=each.entity))
        mentions = {i: self._mentions(i, links.get(i, ())) for i in listed}
        listed.sort(key=lambda i: mentions[i][0].span.start)
        place = {entity: n for n, entity in enumerate(listed)}
        speakers = tuple(self._speaker(i, mentions[i]) for i in listed)
        identities = tuple(self._identity(n, place) for n in range(len(self.attributions)))
        return speakers, identities

    def _speaker(self, index: int, mentions: tuple[Mention, ...]) -> Speaker:
        entity = self.names.entities[index]
        return Speaker(self.name(index), self._kind(index), entity.handle, mentions, tuple(entity.roles))

    def name(self, index: int) -> str:
        """Return the fullest name of an entity."""
        entity = self.names.entities[index]
        unit = self.reading.units[entity.unit]
        if not entity.organisation and len(entity.words) > 1 and unit.last == unit.first + 1:
            return " ".join(entity.words)  # "Ida" of "Ida and Tom Pell"
        if entity.span:
            return " ".join(entity.span.of(self.text).split())
        if entity.organisation:
            return self.names.organisation_name(unit)
        return " ".join(unit.span.of(self.text).split())

    def _kind(self, index: int) -> SpeakerKind:
        entity = self.names.entities[index]
        if entity.organisation and not (entity.handle and self._has_only_signatures(index)):
            return "organisation"
        bare = self.reading.units[entity.unit].kind == "account"
        return "account" if bare or (entity.handle and self._has_only_signatures(index)) else "person"

    def _has_only_signatures(self, index: int) -> bool:
        """Return whether a speaker is known from signatures of posts alone: "Name (@handle)" as the source of a post."""
        return all(naming.unit in self.signatures for naming in self.names.entities[index].namings)

    def _mentions(self, index: int, links: Sequence[_Link]) -> tuple[Mention, ...]:
        entity = self.names.entities[index]
        full = fold(" ".join(without_suffix(entity.words)))
        found: dict[Span, Mention] = {}
        for naming in entity.namings:
            unit = self.reading.units[naming.unit]
            words = fold(" ".join(without_suffix(self.names.name_words(unit))))
            full_name = (entity.organisation and naming.rule == "full name") or words == full or len(words) > len(full)
            found[unit.span] = Mention(unit.span, "full" if full_name else "partial", naming.rule, naming.confidence)
        for link in links:
            if link.onward is not None:
                how: How = "pronoun" if "pronoun" in link.rule else "description"
                found[link.span] = Mention(link.span, how, link.rule, link.confidence)
            elif entity.span:
                found[link.span] = Mention(link.span, "full", link.rule, link.confidence)
        return tuple(found[span] for span in sorted(found))

    def _identity(self, number: int, place: dict[int, int]) -> Identity:
        link = self.links[number]
        source = self.sources[number]
        medium = medium_of(self.reading, source.word) if source.kind == "document" else None
        if link is None:
            return replace(UNRESOLVED, medium=medium)
        role = self._role(number, link)
        others = tuple(place[each.entity] for each in link.joint)
        proof = [*self._evidence(link), *(step for each in link.joint for step in self._evidence(each))]
        return Identity(place[link.entity], role, tuple(dict.fromkeys(proof)), link.confidence, others, medium)

    def _role(self, number: int, link: _Link) -> int | None:
        """Return the role that the source names, else the last one stated before the source, else the first of the text.

        What stands beside the name counts before titles that stand by themselves.
        """
        entity = self.names.entities[link.entity]
        if not entity.roles:
            return None
        attribution, source = self.attributions[number], self.sources[number]
        if source.kind == "office" and source.unit:
            office = self.roles.office(source.unit)
            for said in entity.said_to_be:
                if said.held and coreference.agrees(said, office):
                    return entity.role_for(said.role, said.head)
        spans = attribution.source or attribution.content
        end = max(span.end for span in spans)
        current = [each for each in entity.stated if each[1] not in entity.over] or entity.stated
        stated = [each for each in current if each[1] not in entity.apart] or current
        before = bisect_left(stated, (end, 0))
        return stated[max(before - 1, 0)][1]

    def _evidence(self, link: _Link) -> tuple[Evidence, ...]:
        """Return the chain from the source, link by link, to the name that proves who is meant."""
        if link.onward is None:
            return tuple(self._to_name(link.entity, link.span, link.rule))
        chain = [Evidence(link.span, link.rule)]
        step = link
        while step.onward is not None and (following := self.resolved.get(step.onward)):
            seen = {each.span for each in chain}
            if len(chain) == _MAX_EVIDENCE or following.entity != link.entity or following.span in seen:
                named = self._named_before(link.entity, link.span.start)
                return (*chain, *self._to_name(link.entity, named))
            if following.onward is None:
                return (*chain, *self._to_name(link.entity, following.span, following.rule))
            chain.append(Evidence(following.span, following.rule))
            step = following
        return (*chain, *self._to_name(link.entity, step.onward or step.span))

    def _to_name(self, entity: int, span: Span, rule: str = "") -> list[Evidence]:
        """Return the links from a name or title as it stands to the fullest name."""
        fullest = self.names.entities[entity].span or self.reading.units[self.names.entities[entity].unit].span
        at = self.names.by_unit
        named = next((at[n] for n in self._units_at(span) if n in at and at[n][0] == entity), None)
        if named is None:  # a title phrase beside the name
            return [Evidence(span, "title"), Evidence(fullest, "full name")]
        first = rule or named[1].rule
        if span == fullest or (first == "full name" and self.name(entity) == " ".join(span.of(self.text).split())):
            return [Evidence(span, first)]
        return [Evidence(span, "name" if first == "full name" else first), Evidence(fullest, "full name")]

    def _units_at(self, span: Span) -> list[int]:
        return [self.number[unit] for unit in self.reading.units_in(span.start, span.end)]
