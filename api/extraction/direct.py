"""Quotations in marks that the tagger missed, found by the reporting clause beside them or by standing alone.

Only whole quotations: a stretch that ends in its own stop or comma, or that a colon or a comma introduces. Words that merely
stand in marks ("scare quotes", titles) are left alone.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from itertools import pairwise

from api.extraction import cues
from api.extraction.lexicon import alternatives, word_list
from api.extraction.marks import Stretch, is_name
from api.extraction.sentences import OPENERS, trim
from api.extraction.spans import Span
from api.extraction.tagging import Tag

# Beliefs of a rule's finds, by judgement until they are calibrated: a clause beside the marks is nearly sure, marks alone less.
_BESIDE, _ALONE = 0.85, 0.6
_PRONOUNS = frozenset({"he", "she", "they"})
_REACH = 240  # code points beside a quotation that are read for its clause

_NAME = r"(?:(?:[A-Z][\w.'’&-]*|of|the|for|de|da|van|von|der|al|bin|and|in)\s){0,9}[A-Z](?:[\w'’&-]|\.(?=\w))*"
_DESCRIBED = r"(?:the|The|a|A|an|An|his|her|their|its|one|another|One|Another|His|Her)\s(?:[\w.'’-]+\s){0,6}?[\w'’-]+"
_SOURCE = rf"(?P<source>\b(?:he|she|they|it|we|I|He|She|They|It|We)\b|\b{_DESCRIBED}|\b{_NAME})"
_ASIDE = r"(?P<aside>,\s[^,\"“”]{1,100},|\s\([^()]{1,60}\))?"
# Finite forms that no noun shares: "the board report said" has one verb.
_FINITE = frozenset(verb for verb in cues.SAYING if verb.endswith("ed") and not cues.is_attitude(verb))
_VERB = rf"(?:{alternatives(word_list('plain_saying_verbs'), _FINITE)})"
_SAYS = re.compile(rf"\b{_VERB}\b")
_CUE = rf"(?P<cue>(?:(?:has|had|have|also|later|then|once|[a-z]+ly)\s){{0,2}}{_VERB})\b"
_CLAUSE = re.compile(rf"[\s,]*{_SOURCE}{_ASIDE}\s{_CUE}")
_INVERTED = re.compile(rf"[\s,]*{_CUE}\s{_SOURCE}")
_LEADING = re.compile(rf"{_SOURCE}{_ASIDE}\s{_CUE}(?P<rest>(?:\s[\w'’.-]+){{0,8}})[,:]\s*$")
_NAMED = re.compile(rf"(?P<source>(?:[Tt]he\s)?{_NAME}(?:\s\([^()]{{1,60}}\)|,\s[^,:\"“”]{{1,80}})?)\s*")
_WORDS_OF = re.compile(
    rf"(?P<cue>\b[Ii]n the words of)\s(?P<source>(?:[a-z][\w’'-]*\s){{0,4}}{_NAME})(?P<aside>,\s[^,\"“”]{{1,100}})?,\s"
)
_OPENER = re.compile(rf"(?:(?:But|And|Yet|So|Then)\s)?(?P<source>(?:He|She|They|he|she|they)\b|{_NAME})(?=[\s,])")
_BROKEN = re.compile(rf",\s{_SOURCE}{_ASIDE}\s{_CUE}(?P<end>[,.]?)\s*$")
# What one who speaks next does first: "Ida Maro shrugged. 'It is gone.'"
_GESTURE = re.compile(
    rf"{_NAME}\s(?:[a-z]+ly\s)?(?:{alternatives(word_list('gestures'))}|shook\s(?:his|her)\shead)(?:\s[a-z]+ly)?\."
)
_SIGNED = re.compile(r"\s*(?:[—–―]|--?(?=\s))\s*(?P<source>[A-Z@][^\n\"“”]{1,150}?)[.\s]*$")

# A turn of a transcript that stands in marks: "MARO: The pier is shut.
_TURN = re.compile(r"[\"“„«‘']{1,2}(?P<source>[A-Z][A-Z.'’-]+(?:\s[A-Z][A-Z.'’-]+){0,3}):\s+(?=\S)")
_TURNS = 2  # in a text, from which on they are a transcript: one may be a heading
_HEADING = 8  # words in the longest heading in marks
# A signature in the paragraph after the quotation: a name and what is said of it, no sentence and no item of a list.
_SIGNED_BELOW = re.compile(
    rf"[—–―-]{{1,2}}\s*(?P<source>{_NAME}(?:\s\([^()\n]{{1,60}}\)|,\s[^\n\"“”]{{1,120}}?)?)[.\s]*$"
)


def complete(
    text: str, tags: list[Tag], stretches: list[Stretch], sentences: list[Span], paragraphs: list[Span]
) -> list[Tag]:
    """`tags` and those for quotations in marks that they leave out, in text order."""
    found: list[Tag] = []
    signed = [pair for stretch in stretches if (pair := _signed(text, stretch, paragraphs))]
    tags = _without(tags, [Span(content.span.start, source.span.end) for content, source in signed])
    for pair in signed:
        found += pair
    turns = _turns(text, paragraphs)
    tags = _without(tags, [Span(turn[0].span.start, turn[-1].span.end) for turn in turns])
    tags = sorted([*tags, *(tag for turn in turns for tag in turn)], key=lambda tag: tag.span)
    transcribed = [Span(turn[0].span.start, turn[-1].span.end) for turn in turns]
    stretches = [stretch for stretch in stretches if not _touched(stretch.span, transcribed)]
    tags = _broken(text, tags, stretches, sentences, paragraphs)
    tags = _outermost(text, tags, stretches, sentences, paragraphs)
    tags = _divided(text, tags, stretches, sentences)
    taken = [content.span for content, _ in signed]
    tags = _introduced(text, tags, stretches, sentences)
    tags = _in_the_words(text, tags, stretches)
    contents = [tag.span for tag in tags if tag.part == "content"]
    others = [tag.span for tag in tags if tag.part != "content"]
    for stretch in stretches:
        span = stretch.span
        if _touched(span, contents) or _touched(span, others) or _touched(span, taken) or is_name(text, stretch):
            continue
        first = _index(sentences, span.start)
        last = _index(sentences, span.end - 1)
        beside = _beside(text, stretch, Span(sentences[first].start, sentences[last].end), others)
        if beside:
            found += beside
        elif _stands_alone(text, stretch, sentences[first], sentences[last]) and not _heads(text, stretch, paragraphs):
            found.append(Tag("content", span, _ALONE))
    return sorted([*tags, *found], key=lambda tag: tag.span)


def _turns(text: str, paragraphs: list[Span]) -> list[list[Tag]]:
    """Source, colon and content of each paragraph that is a turn of a transcript in quotation marks."""
    found: list[list[Tag]] = []
    for paragraph in paragraphs:
        if match := _TURN.match(text, *paragraph):
            end = paragraph.end
            while end > match.end() and text[end - 1] in "\"”»’'":
                end -= 1
            if end > match.end():
                source, colon = Span(*match.span("source")), Span(match.end("source"), match.end("source") + 1)
                content = Span(match.end(), end)
                found.append(
                    [Tag("source", source, _BESIDE), Tag("cue", colon, _BESIDE), Tag("content", content, _BESIDE)]
                )
    return found if len(found) >= _TURNS else []


def _heads(text: str, stretch: Stretch, paragraphs: list[Span]) -> bool:
    """Whether words in marks are a heading: a paragraph of a few words, all of them but small ones with a capital."""
    words = stretch.inside(text).split()
    long = [word for word in words if len(word) > 3 and word[0].isalpha()]
    alone = stretch.span == paragraphs[_index(paragraphs, stretch.span.start)]
    return alone and len(words) <= _HEADING and len(long) > 1 and all(word[0].isupper() for word in long)


def _touched(span: Span, spans: list[Span]) -> bool:
    """Whether one of `spans`, in text order and apart, shares a character with `span`."""
    i = bisect_left(spans, span.start + 1, key=lambda other: other.end)
    return i < len(spans) and spans[i].start < span.end


def is_whole(text: str, stretch: Stretch) -> bool:
    """Whether the words in marks end in a stop or comma of their own, inside or right behind the closing mark."""
    last = stretch.last(text)
    return last != "" and (last in ".,!?…—–-" or text.startswith(",", stretch.span.end))


def is_gesture(text: str, sentence: Span) -> bool:
    """Whether a sentence only says what someone with a name did: "Ida Maro shook her head."."""
    return _GESTURE.fullmatch(text, *sentence) is not None


def _beside(text: str, stretch: Stretch, sentence: Span, others: list[Span]) -> list[Tag]:
    """Tags for a quotation and the reporting clause directly after or before it in its sentence."""
    span = stretch.span
    ahead = Span(span.end, min(sentence.end, span.end + _REACH))
    back = Span(max(sentence.start, span.start - _REACH), span.start)
    content = Tag("content", span, _BESIDE)
    if is_whole(text, stretch):
        if _touched(Span(ahead.start, min(ahead.end, ahead.start + 3)), others):
            return [content]  # the tagger has its clause
        for pattern in (_INVERTED, _CLAUSE):
            match = pattern.match(text, ahead.start, ahead.end)
            if match:
                return [content, *_clause(text, match, others)]
    before = text[back.start : back.end].rstrip()
    if before.endswith((",", ":")) and len(stretch.inside(text).split()) > 1:
        end = back.start + len(before)
        near = bisect_left(others, max(back.start, end - 40), key=lambda other: other.end)
        if near < len(others) and others[near].start < end:
            return [content]
        match = _LEADING.search(text, back.start, end)
        if match:
            return [content, *_clause(text, match, others)]
    return []


def _clause(text: str, match: re.Match[str], others: list[Span]) -> list[Tag]:
    source = Span(match.start("source"), match.end("source"))
    if match.re is not _INVERTED and match["aside"]:
        source = Span(source.start, match.end("aside"))
    cue = trim(text, *match.span("cue"))
    if text.startswith(":", cue.end):
        cue = Span(cue.start, cue.end + 1)
    return [tag for tag in (Tag("source", source, _BESIDE), Tag("cue", cue, _BESIDE)) if not _touched(tag.span, others)]


def _signed(text: str, stretch: Stretch, paragraphs: list[Span]) -> tuple[Tag, Tag] | None:
    """A quotation that opens its paragraph, and the name behind its dash: "Words." – Commissioner Ida Maro.

    Where the quotation is all of its paragraph, the dash and the name may be the next one.
    """
    start, end = stretch.span
    at = _index(paragraphs, start)
    match = _SIGNED.match(text, end, paragraphs[at].end) if start == paragraphs[at].start else None
    if stretch.span == paragraphs[at] and at + 1 < len(paragraphs):
        match = _SIGNED_BELOW.match(text, *paragraphs[at + 1])
    if match is None or any(
        word in cues.SAYING and word.endswith(("d", "s", "te")) for word in match["source"].split()
    ):
        return None
    return Tag("content", stretch.span, _BESIDE), Tag("source", Span(*match.span("source")), _BESIDE)


def _opens(source: str) -> bool:
    """Whether what looks like a name only opens a sentence ("Then, after a while"); an article may stand before a name."""
    first, *rest = re.findall(r"\w+", source.lower())
    return first in OPENERS and first not in _PRONOUNS and not (first == "the" and rest)


def _outermost(
    text: str, tags: list[Tag], stretches: list[Stretch], sentences: list[Span], paragraphs: list[Span]
) -> list[Tag]:
    """`tags` without speech inside speech: a whole quotation that holds cues or sources is one content.

    Where its paragraph has no cue outside of marks and goes on beside it, the tags stay: a mark may be missing.
    """
    starts = [tag.span.start for tag in tags]
    inside: dict[int, list[int]] = {}  # the indices of the tags in each whole quotation
    reported: set[int] = set()  # paragraphs with a cue outside of marks
    for n, stretch in enumerate(stretches):
        if is_whole(text, stretch) if stretch.closed else _stays_open(n, stretches, paragraphs):
            inside[n] = list(range(bisect_left(starts, stretch.span.start), bisect_left(starts, stretch.span.end)))
    quoted = {i for indices in inside.values() for i in indices}
    for i, tag in enumerate(tags):
        if tag.part == "cue" and i not in quoted:
            reported.add(_index(paragraphs, tag.span.start))
    replaced: list[Tag] = []
    for n, indices in inside.items():
        span = stretches[n].span
        at = _index(paragraphs, span.start)
        sentence = sentences[_index(sentences, span.start)]
        interrupted = (  # “It fell,” said Maro, “and Pell said so.”
            n > 0
            and sentence.start <= stretches[n - 1].span.start
            and text[max(0, span.start - 3) : span.start].rstrip().endswith(",")
        )
        opens = (
            interrupted
            or span.start == sentence.start
            or (bool(indices) and tags[indices[0]].part == "content" and tags[indices[0]].span.start <= span.start + 1)
        )
        if not stretches[n].closed and _breaks_off(text, [tags[i] for i in indices]):
            continue
        if opens and any(tags[i].part != "content" for i in indices) and (at in reported or span == paragraphs[at]):
            score = max((tags[i].score for i in indices if tags[i].part == "content"), default=_ALONE)
            replaced.append(Tag("content", span, score))
    return sorted([*_without(tags, [tag.span for tag in replaced]), *replaced], key=lambda tag: tag.span)


def _broken(
    text: str, tags: list[Tag], stretches: list[Stretch], sentences: list[Span], paragraphs: list[Span]
) -> list[Tag]:
    """`tags` with the reporting clause that ends a quotation without closing mark.

    So in ‘"The pier, Ida Maro said, "is shut."’ At a paragraph's end, where words inside the quotation may
    report others', it must name someone.
    """
    removed: list[Span] = []
    found: list[Tag] = []
    for n, stretch in enumerate(stretches):
        span = stretch.span
        if stretch.closed or span.start != sentences[_index(sentences, span.start)].start:
            continue
        match = _BROKEN.search(text, max(span.start, span.end - _REACH), span.end)
        named = match and any(map(str.isupper, text[match.start("source") : match.start("cue")]))
        following = stretches[n + 1].span if n + 1 < len(stretches) else span
        interrupted = match and match["end"] == "," and not text[span.end : following.start].strip()
        if match is None or not (named or interrupted) or (n and _stays_open(n - 1, stretches, paragraphs)):
            continue
        inside = [tag for tag in tags if tag.span.start < span.end and span.start < tag.span.end]
        if not any(tag.part == "content" and tag.span.end > match.start("cue") for tag in inside):
            continue  # the tagger saw the clause
        found += [Tag("content", Span(span.start, match.start() + 1), _BESIDE), *_clause(text, match, [])]
        removed.append(span)
        if interrupted and _touched(following, [tag.span for tag in inside]):
            found.append(Tag("content", following, _BESIDE))
            removed.append(following)
    return sorted([*_without(tags, removed), *found], key=lambda tag: tag.span)


def _stays_open(n: int, stretches: list[Stretch], paragraphs: list[Span]) -> bool:
    """Whether a stretch goes on to the end of its paragraph and the next one opens with a mark again."""
    at = _index(paragraphs, stretches[n].span.start)
    return (
        stretches[n].span.end == paragraphs[at].end
        and n + 1 < len(stretches)
        and at + 1 < len(paragraphs)
        and stretches[n + 1].span.start == paragraphs[at + 1].start
    )


def _breaks_off(text: str, tags: list[Tag]) -> bool:
    """Whether a content ends with a comma before a source or cue: a closing mark is missing there."""
    return any(
        tag.part == "content" != following.part and "," in text[tag.span.end - 1 : following.span.start]
        for tag, following in pairwise(tags)
    )


def _index(spans: list[Span], at: int) -> int:
    """The index of the last of `spans`, which are in text order, that starts at or before `at`."""
    return bisect_right(spans, at, key=lambda span: span.start) - 1


def _divided(text: str, tags: list[Tag], stretches: list[Stretch], sentences: list[Span]) -> list[Tag]:
    """`tags`, where a content that goes on from a whole quotation into its reporting clause ends with the quotation."""
    found: list[Tag] = []
    for tag in tags:
        at = bisect_left(stretches, tag.span.start, key=lambda stretch: stretch.span.start)
        stretch = stretches[at] if tag.part == "content" and at < len(stretches) else None
        clause: list[Tag] = []
        if (
            stretch
            and stretch.span.start == tag.span.start
            and stretch.span.end < tag.span.end
            and is_whole(text, stretch)
        ):
            last = _index(sentences, stretch.span.end - 1)
            end = min(tag.span.end, sentences[last].end)
            match = _INVERTED.match(text, stretch.span.end, end) or _CLAUSE.match(text, stretch.span.end, end)
            clause = _clause(text, match, []) if match else []
        if stretch and clause:
            found += [Tag("content", stretch.span, tag.score), *sorted(clause, key=lambda part: part.span)]
        else:
            found.append(tag)
    return found


def _introduced(text: str, tags: list[Tag], stretches: list[Stretch], sentences: list[Span]) -> list[Tag]:
    """`tags` and those for a quotation that a colon introduces and no cue: the colon stands for it.

    Where a name alone stands before the colon ("Commissioner Ida Maro: ..."), it is the source whatever the tagger made of
    it; else the name or pronoun that the sentence opens with ("Maro had an answer: ...").
    """
    cue_spans = [tag.span for tag in tags if tag.part == "cue"]
    replaced: list[Span] = []
    found: list[Tag] = []
    for stretch in stretches:
        last = _index(sentences, stretch.span.start)
        start = sentences[last].start
        colon = stretch.span.start - 1
        while colon > start and text[colon].isspace():
            colon -= 1
        if colon <= start or text[colon] != ":" or colon - start > _REACH or not is_whole(text, stretch):
            continue
        alone = _NAMED.fullmatch(text, start, colon)
        match = alone or (None if _touched(Span(start, colon + 1), cue_spans) else _OPENER.match(text, start, colon))
        if match and _touched(Span(match.start("source"), match.start("source") + 1), cue_spans):
            continue  # Said Pell: “It fell.”
        if match and not _opens(match["source"]) and not _SAYS.search(text, start, colon):
            found += [Tag("source", Span(*match.span("source")), _BESIDE), Tag("cue", Span(colon, colon + 1), _BESIDE)]
            replaced.append(Span(start, colon + 1))
    return sorted([*_without(tags, replaced), *found], key=lambda tag: tag.span)


def _in_the_words(text: str, tags: list[Tag], stretches: list[Stretch]) -> list[Tag]:
    """`tags` and those for "in the words of Ida Maro, ..." right before words in marks."""
    found: list[Tag] = []
    replaced: list[Span] = []
    before = 0
    for stretch in stretches:
        start = stretch.span.start
        at = text.rfind("n the words of ", max(before, start - _REACH), start)
        if at > before and (match := _WORDS_OF.fullmatch(text, at - 1, start)):
            found += [*_clause(text, match, []), Tag("content", stretch.span, _BESIDE)]
            replaced.append(Span(at - 1, stretch.span.end))
        before = stretch.span.end
    return sorted([*_without(tags, replaced), *found], key=lambda tag: tag.span)


def _without(tags: list[Tag], spans: list[Span]) -> list[Tag]:
    """The tags that share no character with `spans`, which are in text order."""
    return [tag for tag in tags if not _touched(tag.span, spans)]


def _stands_alone(text: str, stretch: Stretch, first: Span, last: Span) -> bool:
    """Whether a quotation is a sentence, or several, by itself."""
    span = stretch.span
    whole = span.start == first.start and span.end >= last.end - 1
    return whole and (not stretch.closed or is_whole(text, stretch)) and len(stretch.inside(text).split()) > 2
