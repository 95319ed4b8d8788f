"""Add quotations in marks that the tagger missed: those with a reporting clause beside them, and those that stand alone.

Only complete quotations are added: a stretch that ends in its own stop or comma, or that a colon or a comma introduces.
Words that merely stand in marks ("scare quotes", titles) are left alone.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from itertools import pairwise

from api.extraction import cues
from api.extraction.lexicon import alternatives, word_list
from api.extraction.marks import Stretch, is_name
from api.extraction.patterns import DESCRIBED, NAME
from api.extraction.sentences import OPENERS, trim
from api.extraction.spans import Span
from api.extraction.tagging import Tag

# Scores of what a rule finds, a judgement and not calibrated: a clause beside the marks is nearly sure, marks alone less.
_CLAUSE_SCORE, _LONE_SCORE = 0.85, 0.6
_PRONOUNS = frozenset({"he", "she", "they"})
_MAX_CLAUSE = 240  # code points beside a quotation that are searched for its clause

_SOURCE = rf"(?P<source>\b(?:he|she|they|it|we|I|He|She|They|It|We)\b|\b{DESCRIBED}|\b{NAME})"
_ASIDE = r"(?P<aside>,\s[^,\"“”]{1,100},|\s\([^()]{1,60}\))?"
# Finite forms that no noun shares: "the board report said" has one verb.
_SAYING_IN_ED = frozenset(verb for verb in cues.SAYING if verb.endswith("ed") and not cues.is_attitude(verb))
_VERB = rf"(?:{alternatives(word_list('plain_saying_verbs'), _SAYING_IN_ED)})"
_SAYS = re.compile(rf"\b{_VERB}\b")
_CUE = rf"(?P<cue>(?:(?:has|had|have|also|later|then|once|[a-z]+ly)\s){{0,2}}{_VERB})\b"
_CLAUSE = re.compile(rf"[\s,]*{_SOURCE}{_ASIDE}\s{_CUE}")
_INVERTED = re.compile(rf"[\s,]*{_CUE}\s{_SOURCE}")
_LEADING = re.compile(rf"{_SOURCE}{_ASIDE}\s{_CUE}(?P<rest>(?:\s[\w'’.-]+){{0,8}})[,:]\s*$")
_NAME_BEFORE_COLON = re.compile(rf"(?P<source>(?:[Tt]he\s)?{NAME}(?:\s\([^()]{{1,60}}\)|,\s[^,:\"“”]{{1,80}})?)\s*")
_WORDS_OF = re.compile(
    rf"(?P<cue>\b[Ii]n the words of)\s(?P<source>(?:[a-z][\w’'-]*\s){{0,4}}{NAME})(?P<aside>,\s[^,\"“”]{{1,100}})?[,:]\s"
)
# "And from Chairwoman Ida Maro: ...", "Speaking to us, harbour master Ida Maro, 54: ..."
_SPOKEN = alternatives(frozenset(map(str.capitalize, word_list("speaking_participles"))))
_INTRODUCED = re.compile(
    rf"(?:(?:(?:And|Then|Also|Next)(?:,?\s(?:this\s|these\s)?(?:from|by))|From|This from)|(?:{_SPOKEN})\s[^,:]{{1,80}},)\s"
    rf"(?P<source>(?:[a-z-]+\s){{0,4}}{NAME}(?:,\s\d{{1,3}})?)"
)
_OPENER = re.compile(rf"(?:(?:But|And|Yet|So|Then)\s)?(?P<source>(?:He|She|They|he|she|they)\b|{NAME})(?=[\s,])")
_WHAT_HE_SAYS = re.compile(rf"What\s(?:he|she|they|{NAME})\s(?:say|says|said):(?=\s[^\n]*\b{_VERB}\b)")
_BROKEN = re.compile(rf",\s{_SOURCE}{_ASIDE}\s{_CUE}(?P<end>[,.]?)\s*$")
# A gesture before words: "Ida Maro shrugged. 'It is gone.'"
_QUOTED_AS_SAYING = re.compile(rf"[\s,]*{_SOURCE}{_ASIDE}\s(?:has\s|had\s)?(?:is|was|were|been)\s(?:later\s)?quoted\b")
# “It fell,” Maro said, “and it was old,” and nobody was hurt.
_GOES_ON_WITHOUT_MARKS = re.compile(r"\s(?:and|but|while|as|though)\s(?!that\b)[^\"“”„«»]*$")
_GESTURE = re.compile(
    rf"{NAME}\s(?:[a-z]+ly\s)?(?:{alternatives(word_list('gestures'))}|shook\s(?:his|her)\shead)(?:\s[a-z]+ly)?\."
)
_ABOUT_SOMEONE = re.compile(
    r"[A-Z][a-z'’-]+\s(?:[A-Z][\w.'’-]*\s){1,3}(?:[a-z]+ly\s)?"
    r"(?:was|is|has|had|began|came|felt|gave|got|held|kept|knew|left|made|met|ran|sat|saw|spoke|stood|took|went|[a-z]+ed)\s"
    r"(?:[\w'’-]+[\s.]){1,12}"
)
_CAPTION = re.compile(r"(?:[-–—•|]\s|(?:Photo|Picture|Pictured|Image|Caption)\b)[^\n\"“”]*[^.!?…\"”\n]")
# A label and words that lack the opening mark alone: Ida Maro: We lost. It is done.”
_HALF_MARKED = re.compile(
    rf"(?P<source>{NAME}(?:\s\([^()\n]{{1,60}}\)|,\s[^:\"“”\n]{{1,80}})?):\s+(?P<content>[A-Z][^\n\"“„«]*[.!?]”)"
)
# A turn of a transcript without marks: MARO, HARBOUR MASTER: The pier is shut.
_PLAIN_TURN = re.compile(
    r"(?P<source>(?P<name>[A-Z][A-Z.'’-]+(?:\s[A-Z][A-Z.'’-]*){0,3})(?:,\s[^:\n]{1,60})?(?:\s\([^()\n]{1,40}\))?):\s+"
    r"(?P<content>[^\n\"“”„«\s]+(?:\s[^\n\"“”„«\s]+){2,}[.!?…])"
)
# A turn of an interview whose label stands in double brackets: ((Ida Maro)) The pier is shut.
_BRACKETED_TURN = re.compile(r"\(\((?P<source>[A-Z][^()\n]{0,60})\)\)(?:\s?:)?\s+(?P<content>\S[^\n]*\S)")
# A headline: ‘It is daft’: Ida Maro on the boat
_HEADLINE = re.compile(
    r"(?P<content>(?:‘[^‘’“”\"\n]{3,100}’|“[^“”\"\n]{3,100}”|\"[^“”\"\n]{3,100}\"|'[^'“”\"\n]{3,100}')):\s"
    r"(?P<source>[A-Z][\w'’-]+(?:\s[A-Z][\w.'’-]*){1,3})(?:\s(?:on|about|over|speaks|talks)\b[^\n]*[^.!?\n])?"
)
_SIGNED = re.compile(r"\s*(?:[—–―]|--?(?=\s))\s*(?P<source>[A-Z@][^\n\"“”]{1,150}?)[.\s]*$")

# A turn of a transcript that stands in marks: "MARO: The pier is shut.
_TURN = re.compile(r"[\"“„«‘']{1,2}(?P<source>[A-Z][A-Z.'’-]+(?:\s[A-Z][A-Z.'’-]+){0,3}):\s+(?=\S)")
_MIN_TURNS = 2  # in a text make it a transcript: one may be a heading
_MAX_HEADING_WORDS = 8  # words in a heading in marks
# A signature in the paragraph after the quotation: a name and what is said of it, no sentence and no item of a list.
_SIGNED_BELOW = re.compile(
    rf"(?:[—–―-]{{1,2}}\s*(?P<source>{NAME}(?:\s\([^()\n]{{1,60}}\)|,\s[^\n\"“”]{{1,120}}?)?)[.\s]*"
    rf"|(?P<below>[A-Z][\w'’-]+(?:\s[A-Z][\w.'’-]*){{1,3}},\s[A-Z][^\n\"“”.:]{{1,120}}))$"
)


def add_quotations(
    text: str, tags: list[Tag], stretches: list[Stretch], sentences: list[Span], paragraphs: list[Span]
) -> list[Tag]:
    """Return `tags` and those of quotations in marks that they leave out, in text order."""
    found: list[Tag] = []
    signed = [pair for stretch in stretches if (pair := _signed_quotation(text, stretch, paragraphs))]
    tags = _outside(tags, [Span(content.span.start, source.span.end) for content, source in signed])
    for pair in signed:
        found += pair
    turns = _transcript_turns(text, paragraphs)
    tags = _outside(tags, [Span(turn[0].span.start, turn[-1].span.end) for turn in turns])
    tags = sorted([*tags, *(tag for turn in turns for tag in turn)], key=lambda tag: tag.span)
    labelled = [*_labelled(text, paragraphs), *([] if turns else _plain_turns(text, paragraphs))]
    labelled.sort(key=lambda tags: min(tag.span for tag in tags))
    whole = [Span(min(tag.span.start for tag in each), max(tag.span.end for tag in each)) for each in labelled]
    tags = sorted([*_outside(tags, whole), *(tag for each in labelled for tag in each)], key=lambda tag: tag.span)
    signed = [pair for pair in signed if not _overlaps(pair[0].span, whole)]
    transcribed = sorted([Span(turn[0].span.start, turn[-1].span.end) for turn in turns] + whole)
    stretches = [stretch for stretch in stretches if not _overlaps(stretch.span, transcribed)]
    tags = _without_headings(text, tags, paragraphs)
    tags = _split_unclosed(text, tags, stretches, sentences, paragraphs)
    tags = _merge_nested(text, tags, stretches, sentences, paragraphs)
    tags = _cut_at_quotation(text, tags, stretches, sentences)
    taken = [content.span for content, _ in signed]
    tags = _add_introduced(text, tags, stretches, sentences)
    tags = _add_in_the_words_of(text, tags, stretches)
    contents = [tag.span for tag in tags if tag.part == "content"]
    others = [tag.span for tag in tags if tag.part != "content"]
    for stretch in stretches:
        span = stretch.span
        if _overlaps(span, contents) or _overlaps(span, others) or _overlaps(span, taken) or is_name(text, stretch):
            continue
        first = _index(sentences, span.start)
        last = _index(sentences, span.end - 1)
        beside = _with_clause(text, stretch, Span(sentences[first].start, sentences[last].end), others)
        if beside:
            found += beside
        elif _is_sentence(text, stretch, sentences[first], sentences[last]) and not _is_heading(
            text, stretch, paragraphs
        ):
            found.append(Tag("content", span, _LONE_SCORE))
    return sorted([*tags, *found], key=lambda tag: tag.span)


def _transcript_turns(text: str, paragraphs: list[Span]) -> list[list[Tag]]:
    """Return source, colon or closing brackets, and content of each turn of a transcript.

    The turns stand in quotation marks, or their labels in double brackets.
    """
    found: list[list[Tag]] = []
    for paragraph in paragraphs:
        if match := _TURN.match(text, *paragraph):
            end = paragraph.end
            while end > match.end() and text[end - 1] in "\"”»’'":
                end -= 1
            colon, content = Span(match.end("source"), match.end("source") + 1), Span(match.end(), end)
        elif match := _BRACKETED_TURN.match(text, *paragraph):
            colon, content = Span(match.end("source"), match.end("source") + 2), Span(*match.span("content"))
        if match and content.start < content.end:
            found.append(
                [
                    Tag("source", Span(*match.span("source")), _CLAUSE_SCORE),
                    Tag("cue", colon, _CLAUSE_SCORE),
                    Tag("content", content, _CLAUSE_SCORE),
                ]
            )
    return found if len(found) >= _MIN_TURNS else []


def _labelled(text: str, paragraphs: list[Span]) -> list[list[Tag]]:
    """Return the tags of a headline of someone's words, and of labels with words that lack the opening mark alone."""
    found: list[list[Tag]] = []
    for number, paragraph in enumerate(paragraphs):
        match = _HALF_MARKED.fullmatch(text, *paragraph) or (
            _HEADLINE.fullmatch(text, *paragraph) if number == 0 else None
        )
        if match and not _is_opener(match["source"]):
            parts = [Tag("content", Span(*match.span("content")), _CLAUSE_SCORE)]
            colon = min(match.end("source"), match.end("content"))
            parts.append(Tag("source", Span(*match.span("source")), _CLAUSE_SCORE))
            parts.append(Tag("cue", Span(colon, colon + 1), _CLAUSE_SCORE))
            found.append(sorted(parts, key=lambda tag: tag.span))
    return found


def _plain_turns(text: str, paragraphs: list[Span]) -> list[list[Tag]]:
    """Return the tags of the turns of a transcript without quotation marks: each paragraph opens with a name in capitals."""
    found = [match for each in paragraphs if (match := _PLAIN_TURN.fullmatch(text, *each))]
    if len(found) < _MIN_TURNS or any(match["name"].lower() in OPENERS for match in found):
        return []
    return [
        [
            Tag("source", Span(*match.span("source")), _CLAUSE_SCORE),
            Tag("cue", Span(match.end("source"), match.end("source") + 1), _CLAUSE_SCORE),
            Tag("content", Span(*match.span("content")), _CLAUSE_SCORE),
        ]
        for match in found
    ]


def _without_headings(text: str, tags: list[Tag], paragraphs: list[Span]) -> list[Tag]:
    """Return `tags` without those of "What he says:" that opens a paragraph: the quotation behind it has its own clause."""
    found = [match.span() for each in paragraphs if (match := _WHAT_HE_SAYS.match(text, *each))]
    return _outside(tags, [Span(*span) for span in found])


def _is_heading(text: str, stretch: Stretch, paragraphs: list[Span]) -> bool:
    """Return whether words in marks are a heading: a paragraph of a few words in title case."""
    words = stretch.inside(text).split()
    long = [word for word in words if len(word) > 3 and word[0].isalpha()]
    alone = stretch.span == paragraphs[_index(paragraphs, stretch.span.start)]
    return alone and len(words) <= _MAX_HEADING_WORDS and len(long) > 1 and all(word[0].isupper() for word in long)


def _overlaps(span: Span, spans: list[Span]) -> bool:
    """Return whether one of `spans`, in text order without overlaps, shares a character with `span`."""
    i = bisect_left(spans, span.start + 1, key=lambda other: other.end)
    return i < len(spans) and spans[i].start < span.end


def is_complete(text: str, stretch: Stretch) -> bool:
    """Return whether the words in marks end in their own stop or comma, inside or right behind the closing mark."""
    last = stretch.last(text)
    return last != "" and (last in ".,!?…—–-" or text.startswith(",", stretch.span.end))


def is_gesture(text: str, sentence: Span) -> bool:
    """Return whether a sentence is only a gesture of someone named: "Ida Maro shook her head"."""
    return _GESTURE.fullmatch(text, *sentence) is not None


def is_about_someone(text: str, sentence: Span) -> bool:
    """Return whether a short sentence tells what someone did whose name opens it: "Ida Maro was having none of it"."""
    return _ABOUT_SOMEONE.fullmatch(text, *sentence) is not None


def is_caption(text: str, paragraph: Span) -> bool:
    """Return whether a paragraph is the caption of a picture: it opens with a dash or "Photo", and is no sentence."""
    return _CAPTION.fullmatch(text, *paragraph) is not None


def _with_clause(text: str, stretch: Stretch, sentence: Span, others: list[Span]) -> list[Tag]:
    """Return the tags of a quotation and of the reporting clause directly after or before it in its sentence."""
    span = stretch.span
    ahead = Span(span.end, min(sentence.end, span.end + _MAX_CLAUSE))
    back = Span(max(sentence.start, span.start - _MAX_CLAUSE), span.start)
    content = Tag("content", span, _CLAUSE_SCORE)
    if is_complete(text, stretch):
        if _overlaps(Span(ahead.start, min(ahead.end, ahead.start + 3)), others):
            return [content]  # the tagger has its clause
        for pattern in (_INVERTED, _CLAUSE):
            match = pattern.match(text, ahead.start, ahead.end)
            if match:
                return [content, *_clause_tags(text, match, others)]
    before = text[back.start : back.end].rstrip()
    if before.endswith((",", ":")) and len(stretch.inside(text).split()) > 1:
        end = back.start + len(before)
        near = bisect_left(others, max(back.start, end - 40), key=lambda other: other.end)
        if near < len(others) and others[near].start < end:
            return [content]
        match = _LEADING.search(text, back.start, end)
        if match:
            return [content, *_clause_tags(text, match, others)]
    return []


def _clause_tags(text: str, match: re.Match[str], others: list[Span]) -> list[Tag]:
    """Return the source and cue of a match, in that order, without those that overlap `others`."""
    source = Span(match.start("source"), match.end("source"))
    if match.re is not _INVERTED and match["aside"]:
        source = Span(source.start, match.end("aside"))
    cue = trim(text, *match.span("cue"))
    if text.startswith(":", cue.end):
        cue = Span(cue.start, cue.end + 1)
    return [
        tag
        for tag in (Tag("source", source, _CLAUSE_SCORE), Tag("cue", cue, _CLAUSE_SCORE))
        if not _overlaps(tag.span, others)
    ]


def _signed_quotation(text: str, stretch: Stretch, paragraphs: list[Span]) -> tuple[Tag, Tag] | None:
    """Return a quotation that opens its paragraph, and the name behind its dash: "Words." – Commissioner Ida Maro.

    Where the quotation is all of its paragraph, the dash and the name may form the next one.
    """
    start, end = stretch.span
    at = _index(paragraphs, start)
    match = _SIGNED.match(text, end, paragraphs[at].end) if start == paragraphs[at].start else None
    if stretch.span == paragraphs[at] and at + 1 < len(paragraphs):
        match = _SIGNED_BELOW.match(text, *paragraphs[at + 1])
    if match is None:
        return None
    part = "source" if match["source"] else "below"
    if any(word in cues.SAYING and word.endswith(("d", "s", "te")) for word in match[part].split()):
        return None
    return Tag("content", stretch.span, _CLAUSE_SCORE), Tag("source", Span(*match.span(part)), _CLAUSE_SCORE)


def _is_opener(source: str) -> bool:
    """Return whether what looks like a name only opens a sentence: "Then, after a while". A name may follow "the"."""
    first, *rest = re.findall(r"\w+", source.lower())
    return first in OPENERS and first not in _PRONOUNS and not (first == "the" and rest)


def _merge_nested(
    text: str, tags: list[Tag], stretches: list[Stretch], sentences: list[Span], paragraphs: list[Span]
) -> list[Tag]:
    """Return `tags` without speech inside speech: a complete quotation that holds cues or sources is one content.

    The tags stay where its paragraph continues beside it without a cue outside of marks: a mark may be missing.
    """
    starts = [tag.span.start for tag in tags]
    inside: dict[int, list[int]] = {}  # the indices of the tags in each whole quotation
    reported: set[int] = set()  # paragraphs with a cue outside of marks
    for n, stretch in enumerate(stretches):
        if is_complete(text, stretch) if stretch.closed else _stays_open(n, stretches, paragraphs):
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
        if not stretches[n].closed and _lacks_closing_mark(text, [tags[i] for i in indices], span.end):
            continue
        if opens and any(tags[i].part != "content" for i in indices) and (at in reported or span == paragraphs[at]):
            score = max((tags[i].score for i in indices if tags[i].part == "content"), default=_LONE_SCORE)
            replaced.append(Tag("content", span, score))
    return sorted([*_outside(tags, [tag.span for tag in replaced]), *replaced], key=lambda tag: tag.span)


def _split_unclosed(
    text: str, tags: list[Tag], stretches: list[Stretch], sentences: list[Span], paragraphs: list[Span]
) -> list[Tag]:
    """Return `tags` with the reporting clause that ends a quotation without a closing mark.

    An example is: "The pier, Ida Maro said, "is shut." At the end of a paragraph the clause must name someone. A quotation
    may itself report what others say.
    """
    removed: list[Span] = []
    found: list[Tag] = []
    for n, stretch in enumerate(stretches):
        span = stretch.span
        if stretch.closed or span.start != sentences[_index(sentences, span.start)].start:
            continue
        match = _BROKEN.search(text, max(span.start, span.end - _MAX_CLAUSE), span.end)
        named = match and any(map(str.isupper, text[match.start("source") : match.start("cue")]))
        following = stretches[n + 1].span if n + 1 < len(stretches) else span
        interrupted = match and match["end"] == "," and not text[span.end : following.start].strip()
        if match is None or not (named or interrupted) or (n and _stays_open(n - 1, stretches, paragraphs)):
            continue
        inside = [tag for tag in tags if tag.span.start < span.end and span.start < tag.span.end]
        if not any(tag.part == "content" and tag.span.end > match.start("cue") for tag in inside):
            continue  # the tagger has its clause
        found += [Tag("content", Span(span.start, match.start() + 1), _CLAUSE_SCORE), *_clause_tags(text, match, [])]
        removed.append(span)
        if interrupted and _overlaps(following, [tag.span for tag in inside]):
            found.append(Tag("content", following, _CLAUSE_SCORE))
            removed.append(following)
    return sorted([*_outside(tags, removed), *found], key=lambda tag: tag.span)


def _stays_open(n: int, stretches: list[Stretch], paragraphs: list[Span]) -> bool:
    """Return whether a stretch reaches the end of its paragraph and the next paragraph opens with a mark."""
    at = _index(paragraphs, stretches[n].span.start)
    return (
        stretches[n].span.end == paragraphs[at].end
        and n + 1 < len(stretches)
        and at + 1 < len(paragraphs)
        and stretches[n + 1].span.start == paragraphs[at + 1].start
    )


def _lacks_closing_mark(text: str, tags: list[Tag], end: int) -> bool:
    """Return whether a closing mark is missing before the source or cue behind a content.

    The content ends with a comma, or with a question before the clause that ends all words in marks, at `end`.
    """
    last = [tag.part for tag in tags[-3:]]
    asked = (
        last in (["content", "source", "cue"], ["content", "cue", "source"])
        and text[tags[-3].span.end - 1] in "?!"
        and not text[tags[-1].span.end : end].strip(" .")
    )
    return asked or any(
        tag.part == "content" != following.part and "," in text[tag.span.end - 1 : following.span.start]
        for tag, following in pairwise(tags)
    )


def _index(spans: list[Span], at: int) -> int:
    """Return the index of the last of `spans`, which are in text order, that starts at or before `at`."""
    return bisect_right(spans, at, key=lambda span: span.start) - 1


def _cut_at_quotation(text: str, tags: list[Tag], stretches: list[Stretch], sentences: list[Span]) -> list[Tag]:
    """Return `tags` with each content cut that runs from a complete quotation into its reporting clause."""
    found: list[Tag] = []
    for tag in tags:
        at = bisect_left(stretches, tag.span.start, key=lambda stretch: stretch.span.start)
        stretch = stretches[at] if tag.part == "content" and at < len(stretches) else None
        clause: list[Tag] = []
        if (
            stretch
            and stretch.span.start == tag.span.start
            and stretch.span.end < tag.span.end
            and is_complete(text, stretch)
        ):
            last = _index(sentences, stretch.span.end - 1)
            end = min(tag.span.end, sentences[last].end)
            match = _INVERTED.match(text, stretch.span.end, end) or _CLAUSE.match(text, stretch.span.end, end)
            clause = _clause_tags(text, match, []) if match else []
            quoted = _QUOTED_AS_SAYING.match(text, stretch.span.end) if not clause else None
            if quoted and quoted.end("source") == tag.span.end:
                clause = [Tag("source", Span(*quoted.span("source")), tag.score)]
            after = _GOES_ON_WITHOUT_MARKS.match(text, stretch.span.end, tag.span.end)
            if after and text[max(0, stretch.span.start - 2) : stretch.span.start] == ", ":
                found.append(Tag("content", stretch.span, tag.score))
                continue
        if stretch and clause:
            found += [Tag("content", stretch.span, tag.score), *sorted(clause, key=lambda part: part.span)]
        else:
            found.append(tag)
    return found


def _add_introduced(text: str, tags: list[Tag], stretches: list[Stretch], sentences: list[Span]) -> list[Tag]:
    """Return `tags` and those of a quotation that a colon introduces without a cue: the colon is the cue.

    A name alone before the colon is the source, whatever its tag ("Commissioner Ida Maro: ..."). Else the source is the
    name or pronoun that opens the sentence ("Maro had an answer: ...").
    """
    cue_spans = [tag.span for tag in tags if tag.part == "cue"]
    replaced: list[Span] = []
    found: list[Tag] = []
    for stretch in stretches:
        last = _index(sentences, stretch.span.start)
        last -= last > 0 and sentences[last].start == stretch.span.start  # the colon may end the paragraph before
        start = sentences[last].start
        colon = stretch.span.start - 1
        while colon > start and text[colon].isspace():
            colon -= 1
        if colon <= start or text[colon] != ":" or colon - start > _MAX_CLAUSE or not is_complete(text, stretch):
            continue
        introduced = _INTRODUCED.fullmatch(text, start, colon)
        alone = introduced or _NAME_BEFORE_COLON.fullmatch(text, start, colon)
        match = alone or (None if _overlaps(Span(start, colon + 1), cue_spans) else _OPENER.match(text, start, colon))
        if match and _overlaps(Span(match.start("source"), match.start("source") + 1), cue_spans):
            continue  # Said Pell: “It fell.”
        if match and not _is_opener(match["source"]) and not _SAYS.search(text, start, colon):
            found += [
                Tag("source", Span(*match.span("source")), _CLAUSE_SCORE),
                Tag("cue", Span(colon, colon + 1), _CLAUSE_SCORE),
            ]
            replaced.append(Span(start, colon + 1))
    return sorted([*_outside(tags, replaced), *found], key=lambda tag: tag.span)


def _add_in_the_words_of(text: str, tags: list[Tag], stretches: list[Stretch]) -> list[Tag]:
    """Return `tags` and those of "in the words of Ida Maro, ..." right before words in marks."""
    found: list[Tag] = []
    replaced: list[Span] = []
    before = 0
    for stretch in stretches:
        start = stretch.span.start
        at = text.rfind("n the words of ", max(before, start - _MAX_CLAUSE), start)
        if at > before and (match := _WORDS_OF.fullmatch(text, at - 1, start)):
            found += [*_clause_tags(text, match, []), Tag("content", stretch.span, _CLAUSE_SCORE)]
            replaced.append(Span(at - 1, stretch.span.end))
        before = stretch.span.end
    return sorted([*_outside(tags, replaced), *found], key=lambda tag: tag.span)


def _outside(tags: list[Tag], spans: list[Span]) -> list[Tag]:
    """Return the tags that share no character with `spans`, which are in text order."""
    return [tag for tag in tags if not _overlaps(tag.span, spans)]


def _is_sentence(text: str, stretch: Stretch, first: Span, last: Span) -> bool:
    """Return whether a quotation is one or several sentences by itself."""
    span = stretch.span
    is_sentence = span.start == first.start and span.end >= last.end - 1
    return is_sentence and (not stretch.closed or is_complete(text, stretch)) and len(stretch.inside(text).split()) > 2
