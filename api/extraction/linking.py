"""Link contents to the cues that report them, cues to their sources, and the contents of one quote to each other.

1. Contents are snapped to the quotation marks around them, and joined over paragraphs where marks stay open.
2. Each content goes to the nearest cue of its paragraph. Contents of one cue are one quote.
3. Each cue goes to the nearest source of its sentence.
4. A quotation without a cue is signed by a name behind its dash, or floats: its context will tell who said it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import pairwise

from api.extraction.direct import is_about_someone, is_caption, is_complete, is_gesture
from api.extraction.kinds import overlapping
from api.extraction.lexicon import alternatives, word_list
from api.extraction.marks import Stretch
from api.extraction.sentences import DATELINE, trim
from api.extraction.spans import Scores, Span
from api.extraction.tagging import Tag

# Costs in code points, measured on PolNeAR's development gold. With 60 for another sentence the nearest cue is right for
# 98.5 % of contents. With 3 for a source that follows its cue the nearest source is right for 99.5 % of cues.
_OTHER_SENTENCE_COST = 60
_FOLLOWING_SOURCE_COST = 3
_MAX_SIGNATURE_DISTANCE = 6  # code points between a quotation and the name behind its dash
_RESUMES = re.compile(rf",\s+(?=(?:{alternatives(word_list('resuming_words'))})\b)")
_MAX_CLAUSE = 300  # code points searched for the subject of a clause
_WHO_BEFORE_CUE = re.compile(
    r",\s(who)\s[^,;:.]*\Z"
)  # the subject of the cue that follows: "Ann Roe, who a day before promised"
_WHOM = re.compile(r",?\s(?:[a-z]+\s)?(?:of\s|with\s|about\s)?whom?\s(?:[a-z]+\s){0,2}")
_AND = re.compile(r",?\s(?:and|but)\s(?:then\s)?")
_THAT = re.compile(r"(?:that|whether|if|how|why)\b")  # opens the content of the cue before it
_WORDLESS = re.compile(r"(?:\W|\d\ufe0f)*")  # emoji, the digits of keycaps among them
_PUNCTUATION = " \"“”„‟'‘’‚‛«»‹›.,;:!?…–—―-"
_ASKING = word_list("questioning_participles")
# "Asked by an analyst from the bank [whether it was safe], Maro said": not her words.
_QUESTIONED = re.compile(
    rf"(?:(?:[Ww]hen|[Aa]fter(?:\sbeing)?)\s)?(?:{alternatives(_ASKING, frozenset(map(str.capitalize, _ASKING)))})\s"
    r"[^.;:!?\"“”]*"
)
_ASKED = re.compile(rf"(?:{alternatives(word_list('complementisers') - {'that'}, frozenset({'about'}))})\b")
_NAMED = re.compile(r"(?:[A-Z][\w'’-]*\.?\s+){2,4}")  # "Ms. Fenn-Harrow " and nothing else
_RELATIVE = frozenset({"who", "which"})
_CLOSING_MARKS = '"”»’'
_GESTURES = word_list("gestures")
_CLAIM = re.compile(r"an?\s[a-z]+")  # "said that it fell, [a claim] denied by Pell"
_PLACEHOLDERS = word_list("placeholders")


@dataclass(frozen=True, slots=True)
class Link:
    """The spans of a quote before its cue is judged, and their probabilities. A punctuation mark may be the cue."""

    content: tuple[Span, ...]
    cue: Span | None
    source: Span | None
    scores: Scores


class Document:
    """A text with its sentences, paragraphs and quotation marks, and look-ups by place."""

    def __init__(self, text: str, sentences: list[Span], paragraphs: list[Span], stretches: list[Stretch]) -> None:
        self.text = text
        self.sentences = sentences
        self.paragraphs = paragraphs
        self.stretches = stretches
        self._sentence_starts = [span.start for span in sentences]
        self._paragraph_starts = [span.start for span in paragraphs]
        self._semicolons = [match.start() for match in re.finditer(";", text)]

    def sentence(self, at: int) -> int:
        """Return the index of the sentence at offset `at`."""
        return max(0, bisect_right(self._sentence_starts, at) - 1)

    def has_semicolon(self, start: int, end: int) -> bool:
        """Return whether a semicolon stands in [start, end)."""
        at = bisect_left(self._semicolons, start)
        return at < len(self._semicolons) and self._semicolons[at] < end

    def paragraph(self, at: int) -> int:
        """Return the index of the paragraph at offset `at`."""
        return max(0, bisect_right(self._paragraph_starts, at) - 1)


def link(document: Document, tags: list[Tag]) -> list[Link]:
    """Return the quotes that `tags` form, in the order of their contents. Tags are in text order and do not overlap."""
    tags = _without_gestures(document, tags)
    cues = [tag for tag in tags if tag.part == "cue"]
    sources = [tag for tag in tags if tag.part == "source"]
    said: dict[int, list[Tag]] = {}
    without_cue: list[list[Tag]] = []
    contents = _snap_to_marks(document, tags)
    for group in _chain_paragraphs(document, contents, cues):
        nearest = _cue_continued_by(document, group, cues, contents)
        if nearest is None:
            _, nearest = min((_nearest_cue(document, tag.span, cues) for tag in group), key=lambda found: found[0])
            if nearest is not None and _is_separate(document, group, cues[nearest].span, contents):
                nearest = None
        if nearest is None:
            without_cue.append(group)
        else:
            said.setdefault(nearest, []).extend(group)
    _return_to_earlier_cues(document, said, cues)
    links = [_link_cue(document, group, cues[i], sources, tags) for i, group in said.items()]
    spoken = {document.paragraph(span.start) for found in links for span in found.content}
    for group in without_cue:
        found = _link_signed(document, group, sources) or _link_floating(document, group, spoken)
        if found:
            links.append(found)
            spoken.update(document.paragraph(span.start) for span in found.content)
    return sorted(links, key=lambda found: found.content)


def _without_gestures(document: Document, tags: list[Tag]) -> list[Tag]:
    """Return `tags` without gestures in a sentence of their own: '"It fell." Pell nodded.' He only listens."""
    spoken = {i for tag in tags if tag.part == "content" for i in _sentences_of(document, tag.span)}
    gestures = {
        at
        for tag in tags
        if tag.part == "cue" and tag.span.of(document.text) in _GESTURES
        if (at := document.sentence(tag.span.start)) not in spoken
    }
    return [tag for tag in tags if tag.part == "content" or document.sentence(tag.span.start) not in gestures]


def _return_to_earlier_cues(document: Document, said: dict[int, list[Tag]], cues: list[Tag]) -> None:
    """Return contents to an earlier cue where the nearer, later cue has a content of its own.

    In "told us [that it fell] and urged [us to go]" the first content was told. In "said late on Friday [that it fell],
    though she hoped [it stood]" it was said. Changes `said`, which maps the index of each cue to its contents.
    """
    for i, (cue, following) in enumerate(pairwise(cues)):
        if i in said or i + 1 not in said:
            continue
        between = [tag for tag in said[i + 1] if cue.span.end <= tag.span.start < following.span.start]
        own = [tag for tag in said[i + 1] if tag.span.start >= following.span.end]
        if not own and len(between) > 1 and _CLAIM.fullmatch(document.text, *between[-1].span):
            own = [between.pop()]
        if (
            between
            and own
            and document.sentence(cue.span.start) == document.sentence(following.span.start)
            and (
                _AND.fullmatch(document.text, between[-1].span.end, following.span.start)
                or (
                    _THAT.match(document.text, between[0].span.start)
                    and "," not in document.text[cue.span.end : between[0].span.start]
                )
            )
        ):
            said[i] = between
            said[i + 1] = [tag for tag in said[i + 1] if tag not in between]


def _snap_to_marks(document: Document, tags: list[Tag]) -> list[Tag]:
    """Return the content tags with their ends moved to the quotation marks they nearly reach, and off stray punctuation.

    A content that breaks off inside a quotation takes all of it. It does not where a source or cue stands in the rest: then
    the marks are not to be trusted.
    """
    text = document.text
    walls = [*[tag.span.start for tag in tags if tag.part != "content"], len(text)]
    found: list[Tag] = []
    floor = 0
    for tag in tags:
        if tag.part != "content":
            floor = tag.span.end
            continue
        start, end = tag.span
        ceiling = walls[bisect_left(walls, end)]
        for stretch in overlapping(Span(max(0, start - 1), end + 1), document.stretches):
            if start <= stretch.span.start + 1 and stretch.span.end <= end:
                start = min(start, stretch.span.start)
            if stretch.span.start < start < stretch.span.end and floor <= stretch.span.start:
                start = stretch.span.start
            if stretch.span.start < end < stretch.span.end <= ceiling and (
                stretch.closed
                or (stretch.span.end - end < 3 and not any(map(str.isalnum, text[end : stretch.span.end])))
            ):
                end = stretch.span.end
        start, end = max(start, floor), min(end, ceiling)
        if found and found[-1].span.end > start:  # both break off in one quotation
            start = found.pop().span.start
        for at in range(document.paragraph(start), document.paragraph(end - 1) + 1):
            paragraph = document.paragraphs[at]
            span = _trim_content(document, max(start, paragraph.start), min(end, paragraph.end))
            if span.of(text).strip(_PUNCTUATION):
                found.append(Tag("content", span, tag.score))
    return found


def _trim_content(document: Document, start: int, end: int) -> Span:
    """Return [start, end) without what is no part of a content.

    That is a final stop or comma outside of marks, a dateline, and an emoji before a quotation. A sentence before a
    quotation goes too, if the quotation is a sentence by itself.
    """
    text = document.text
    span = trim(text, start, end)
    if span.start == document.paragraphs[document.paragraph(span.start)].start and (
        line := DATELINE.match(text, span.start, span.end)
    ):
        span = trim(text, line.end(), span.end)
    for stretch in overlapping(span, document.stretches)[:1]:
        if span.start < stretch.span.start and _WORDLESS.fullmatch(text, span.start, stretch.span.start):
            span = Span(stretch.span.start, span.end)
    for stretch in overlapping(span, document.stretches)[-1:]:
        sentence = document.sentences[document.sentence(stretch.span.start)]
        if span.start < stretch.span.start == sentence.start and stretch.span.end == span.end:
            span = stretch.span
    inside = any(stretch.span.end >= span.end for stretch in overlapping(span, document.stretches))
    while span.start < span.end and text[span.start] in ",;:.–—-":
        span = trim(text, span.start + 1, span.end)
    while span.start < span.end and not inside and text[span.end - 1] in ".,;:–—":
        span = trim(text, span.start, span.end - 1)
    return span


def _chain_paragraphs(document: Document, contents: list[Tag], cues: list[Tag]) -> list[list[Tag]]:
    """Group contents: those of one quotation whose marks open again in each paragraph go together.

    A group ends before a paragraph with its own reporting clause, if an earlier paragraph had one: a closing mark is
    missing there.
    """
    groups: list[list[Tag]] = []
    reported = False
    for tag in contents:
        previous = groups[-1][-1].span if groups else None
        own = _nearest_cue(document, tag.span, cues)[1] is not None
        if previous and _continues_quotation(document, previous, tag.span) and not (own and reported):
            groups[-1].append(tag)
            reported = reported or own
        else:
            groups.append([tag])
            reported = own
    return groups


def _continues_quotation(document: Document, before: Span, span: Span) -> bool:
    """Return whether the quotation that ends `before` stays open and `span` opens the next paragraph with a mark."""
    at = document.paragraph(span.start)
    if document.paragraph(before.start) != at - 1 or document.paragraphs[at].start != span.start:
        return False
    last = overlapping(before, document.stretches)
    opening = overlapping(span, document.stretches)
    if not last or last[-1].closed or last[-1].span.end < document.paragraphs[at - 1].end:
        return False
    if not opening:  # the mark stands at the end alone: “It fell. ¶ It was old.”
        return document.text[span.end - 1] in _CLOSING_MARKS and span.end == document.paragraphs[at].end
    return opening[0].span.start == span.start


def _cost(document: Document, first: Span, second: Span) -> float:
    """Return how far apart two spans of one paragraph are, in code points. Spans of two paragraphs are infinitely far apart."""
    if first > second:
        first, second = second, first
    if document.paragraph(first.end - 1) != document.paragraph(second.start):
        return float("inf")
    apart = document.sentence(first.end - 1) != document.sentence(second.start)
    return second.start - first.end + (_OTHER_SENTENCE_COST if apart else 0)


def _nearest_cue(document: Document, content: Span, cues: list[Tag]) -> tuple[float, int | None]:
    """Return the cost and index of the cue that reports a content. The index is None if its paragraph has no cue.

    A cue that ends the paragraph before with a colon reports what opens this one.
    """
    following = bisect_left(cues, content.start, key=lambda cue: cue.span.start)
    near = [i for i in (following - 1, following) if 0 <= i < len(cues)]
    best = min(((_cost(document, cues[i].span, content), i) for i in near), default=(float("inf"), 0))
    if best[0] < float("inf"):
        return best
    at = document.paragraph(content.start)
    if at > 0 and following > 0 and document.paragraphs[at].start == content.start:
        before = document.paragraphs[at - 1]
        if document.text[before.end - 1] == ":" and document.sentence(
            cues[following - 1].span.start
        ) == document.sentence(before.end - 1):
            return (float(before.end - cues[following - 1].span.end), following - 1)
    return (float("inf"), None)


def _cue_continued_by(document: Document, group: list[Tag], cues: list[Tag], contents: list[Tag]) -> int | None:
    """Return the index of the cue before whole quoted sentences that continue what it reports, else None.

    An example is “It fell,” Maro said. “It was old.” Pell wants a new one. The second quotation is Maro's too. The next cue
    has its own content, and the one before reports a quotation.
    """
    span = group[0].span
    if not _is_whole_sentences(document, group) or _after_gesture(document, span.start):
        return None
    following = bisect_left(cues, span.start, key=lambda cue: cue.span.start)
    if following == 0 or document.paragraph(cues[following - 1].span.start) != document.paragraph(span.start):
        return None
    at = document.sentence(cues[following - 1].span.start)
    earlier = [tag.span for tag in _in_sentence(document, contents, at)]
    if not any(_in_marks(document, other) for other in earlier):
        return None
    if following < len(cues) and not _in_sentence(document, contents, document.sentence(cues[following].span.start)):
        return None
    return following - 1


def _is_separate(document: Document, group: list[Tag], cue: Span, contents: list[Tag]) -> bool:
    """Return whether whole quoted sentences are no part of what a cue in another sentence reports.

    They are separate before a cue that reports words without marks. Behind it they are separate where a sentence or a
    gesture stands between them and such words: "Maro said it fell. She paused. 'It was old.'"
    """
    at, start = document.sentence(cue.start), group[0].span.start
    if cue.end <= start:
        before = contents[bisect_left(contents, start, key=lambda tag: tag.span.start) - 1].span
        before = before if cue.end <= before.end <= start else cue
        between = document.sentence(start) - document.sentence(before.end - 1) > 1
        marked = _in_marks(document, before) and not _after_gesture(document, start)
        return between and _is_whole_sentences(document, group) and not marked
    return (
        cue.start > group[-1].span.start
        and _is_whole_sentences(document, group)
        and at not in _sentences_of(document, group[-1].span)
        and any(not _in_marks(document, tag.span) for tag in _in_sentence(document, contents, at))
    )


def _is_whole_sentences(document: Document, group: list[Tag]) -> bool:
    """Return whether contents are whole sentences from the first to the last, in quotation marks."""
    span = group[0].span
    sentence = document.sentences[document.sentence(span.start)]
    last = document.sentences[document.sentence(group[-1].span.end - 1)]
    return span.start == sentence.start and group[-1].span.end == last.end and _in_marks(document, span)


def _in_marks(document: Document, span: Span) -> bool:
    """Return whether a span stands in quotation marks, the marks included."""
    return any(
        stretch.span.start <= span.start and span.end <= stretch.span.end
        for stretch in overlapping(span, document.stretches)
    )


def _in_sentence(document: Document, tags: list[Tag], at: int) -> list[Tag]:
    """Return those of `tags`, in text order, that start in the sentence of index `at`."""
    sentence = document.sentences[at]
    first = bisect_left(tags, sentence.start, key=lambda tag: tag.span.start)
    return tags[first : bisect_left(tags, sentence.end, key=lambda tag: tag.span.start)]


def _own_contents(document: Document, group: list[Tag], cue: Span) -> list[Tag]:
    """Return those of the contents near a cue that it reports.

    Words without quotation marks in another sentence of its paragraph are none of them where it reports others: the tagger
    guessed. Neither is a question that opens the sentence and that someone else asked.
    """
    at, paragraph = document.sentence(cue.start), document.paragraph(cue.start)
    group = [tag for tag in group if not _is_asked(document, tag.span, cue)] or group
    near = [
        tag
        for tag in group
        if at in _sentences_of(document, tag.span)
        or _in_marks(document, tag.span)
        or document.paragraph(tag.span.start) != paragraph  # the items of a list after its colon
    ]
    return near or group


def _is_asked(document: Document, content: Span, cue: Span) -> bool:
    """Return whether words before a cue are a question to the source: "Asked by a reader [whether it fell], Maro said"."""
    start = document.sentences[document.sentence(cue.start)].start
    return (
        start < content.start < cue.start
        and _ASKED.match(document.text, content.start) is not None
        and _QUESTIONED.fullmatch(document.text, start, content.start) is not None
    )


def _sentences_of(document: Document, span: Span) -> range:
    """Return the indices of the sentences that a span covers."""
    return range(document.sentence(span.start), document.sentence(span.end - 1) + 1)


def _link_cue(document: Document, group: list[Tag], cue: Tag, sources: list[Tag], tags: list[Tag]) -> Link:
    """Return the link of a cue with its contents and its nearest source."""
    following = bisect_left(sources, cue.span.start, key=lambda source: source.span.start)
    best: tuple[float, Tag] | None = None
    for i in (following - 1, following):
        if 0 <= i < len(sources) and _is_same_clause(document, sources[i].span, cue.span):
            cost = _cost(document, cue.span, sources[i].span) + (_FOLLOWING_SOURCE_COST if i == following else 0)
            if best is None or cost < best[0]:
                best = (cost, sources[i])
    if best and (head := _before_relative(document, best[1], cue, sources, tags)):
        best = (best[0], head)
    if best and (head := _before_whom(document, best[1], cue, sources)):
        best = (best[0], head)
    scores = Scores(max(tag.score for tag in group), cue.score, best[1].score if best else None)
    group = _own_contents(document, group, cue.span)
    group = [
        tag for tag in group if len(group) == 1 or tag.span.of(document.text).lower() not in _PLACEHOLDERS
    ] or group
    content = tuple(sorted(_cut_at_sentence(document, tag.span, cue.span) for tag in group))
    if len(content) == 1 and content[0].end <= cue.span.start:
        content += _resumed_clause(document, content[0], cue.span, tags)
    if best is None or best[0] == float("inf"):
        # A sentence that begins with a name and its cue has that name for its source, also where the tagger missed it.
        opening = document.sentences[document.sentence(cue.span.start)].start
        named = _NAMED.fullmatch(document.text, max(opening, cue.span.start - _MAX_CLAUSE), cue.span.start)
        source = trim(document.text, named.start(), named.end()) if named else None
        return Link(content, cue.span, source, scores._replace(source=None))
    source = best[1].span
    near = max(source.end, cue.span.start - _MAX_CLAUSE)
    if who := _WHO_BEFORE_CUE.search(document.text[near : cue.span.start]):
        source = Span(near + who.start(1), near + who.end(1))
    return Link(content, cue.span, source, scores)


def _before_relative(document: Document, source: Tag, cue: Tag, sources: list[Tag], tags: list[Tag]) -> Tag | None:
    """Return the source that a relative pronoun refers to, where its clause has its own cue and is over, else None.

    An example is "Maro, who said it fell, warned".
    """
    closed = document.text[max(0, cue.span.start - 3) : cue.span.start].rstrip()[-1:] in (",", "-", "–", "—")
    if not closed or source.span.end > cue.span.start or source.span.of(document.text).lower() not in _RELATIVE:
        return None
    i = bisect_left(sources, source.span.start, key=lambda tag: tag.span.start)
    own = tags[bisect_left(tags, source.span.end, key=lambda tag: tag.span.start)]  # the cue itself at the latest
    before = sources[i - 1] if i else source
    beside = before.span.end < source.span.start <= before.span.end + len(" – ")
    words = document.text[before.span.end : source.span.start].strip(" ,-–—") if beside else "far"
    return before if not words and own.part == "cue" and own.span != cue.span else None


def _before_whom(document: Document, source: Tag, cue: Tag, sources: list[Tag]) -> Tag | None:
    """Return the source before ", whom", if the clause behind it is that of `source` and is over, else None.

    An example is "Maro, whom Pell called a liar, said".
    """
    i = bisect_left(sources, source.span.start, key=lambda tag: tag.span.start)
    if not i or source.span.end > cue.span.start or not document.text[: cue.span.start].rstrip().endswith(","):
        return None
    before = sources[i - 1]
    whom = _WHOM.fullmatch(document.text, before.span.end, source.span.start)
    return before if whom and _is_same_clause(document, before.span, cue.span) else None


def _cut_at_sentence(document: Document, content: Span, cue: Span) -> Span:
    """Return a content that follows its cue in one sentence without later sentences, which report something of their own.

    Words in quotation marks and after a colon continue as long as they do.
    """
    number = document.sentence(cue.start)
    end = document.sentences[number].end
    if not (cue.end <= content.start < end < content.end) or not document.text[cue.end - 1].isalnum():
        return content
    after_colon = ":" in document.text[cue.end : content.start]
    return (
        content
        if after_colon or overlapping(Span(end, content.end), document.stretches)
        else _trim_content(document, content.start, end)
    )


def _is_same_clause(document: Document, source: Span, cue: Span) -> bool:
    """Return whether a source stands in the sentence of a cue with no semicolon between them: after it others act."""
    first, last = sorted((source, cue))
    return document.sentence(source.start) == document.sentence(cue.start) and not document.has_semicolon(
        first.end, last.start
    )


def _resumed_clause(document: Document, content: Span, cue: Span, tags: list[Tag]) -> tuple[Span, ...]:
    """Return the rest of a clause that its cue interrupts, where the tagger left it out: "The pier, Maro said, is gone"."""
    sentence = document.sentences[document.sentence(cue.start)]
    i = bisect_left(tags, cue.end, key=lambda tag: tag.span.start)
    start = cue.end
    if i < len(tags) and tags[i].part == "source" and tags[i].span.start == start + 1:  # "said Maro"
        start, i = tags[i].span.end, i + 1
    match = _RESUMES.match(document.text, start, sentence.end)
    if not match or content.start < sentence.start or (i < len(tags) and tags[i].span.start < sentence.end):
        return ()
    rest = _trim_content(document, match.end(), sentence.end)
    if rest.start == rest.end or overlapping(Span(content.start, rest.end), document.stretches):
        return ()
    return (rest,)


def _link_signed(document: Document, group: list[Tag], sources: list[Tag]) -> Link | None:
    """Link a quotation with the source behind its dash that ends its paragraph or is the next one, else return None."""
    end = group[-1].span.end
    i = bisect_left(sources, end, key=lambda source: source.span.start)
    if i == len(sources):
        return None
    source = sources[i]
    between = document.text[end : source.span.start]
    below = document.paragraphs[document.paragraph(source.span.start)] == source.span and "," in source.span.of(
        document.text
    )
    if len(between) > _MAX_SIGNATURE_DISTANCE or not (below or any(dash in between for dash in "—–―-")):
        return None
    rest = document.text[source.span.end : document.paragraphs[document.paragraph(source.span.start)].end]
    if rest.strip(" ."):
        return None
    content = tuple(tag.span for tag in group)
    return Link(content, None, source.span, Scores(min(tag.score for tag in group), source=source.score))


def _link_floating(document: Document, group: list[Tag], spoken: set[int]) -> Link | None:
    """Link a whole quotation in marks that floats: no cue reports it.

    It counts where its paragraph or the one before reports someone's words, or behind a gesture. Else return None.
    """
    for tag in group:
        stretches = overlapping(tag.span, document.stretches)
        if not stretches or stretches[0].span.start > tag.span.start or stretches[-1].span.end < tag.span.end:
            return None
    last = overlapping(group[-1].span, document.stretches)[-1]
    if last.closed and not is_complete(document.text, last):
        return None
    at = document.paragraph(group[0].span.start)
    start = group[0].span.start
    before = at - 1
    while before > 0 and is_caption(document.text, document.paragraphs[before]):
        before -= 1
    number = document.sentence(start)
    about = number > 0 and is_about_someone(document.text, document.sentences[number - 1])
    about = about and document.paragraph(document.sentences[number - 1].start) == at
    if at not in spoken and before not in spoken and not about and not _after_gesture(document, start):
        return None
    return Link(tuple(tag.span for tag in group), None, None, Scores(min(tag.score for tag in group)))


def _after_gesture(document: Document, start: int) -> bool:
    """Return whether the sentence before the one at `start` is someone's gesture."""
    at = document.sentence(start)
    return at > 0 and is_gesture(document.text, document.sentences[at - 1])
