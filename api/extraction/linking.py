"""Links: which cue reports a content, which source stands with a cue, which contents are one quote.

1. Contents are snapped to the quotation marks around them, and joined over paragraphs where marks stay open.
2. Each content goes to the nearest cue of its paragraph; contents of one cue are one quote.
3. Each cue goes to the nearest source of its sentence.
4. Quotations left without a cue are signed by the name behind their dash, or stand alone: to be attributed by context.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import pairwise

from api.extraction.direct import is_gesture, is_whole
from api.extraction.kinds import overlapping
from api.extraction.lexicon import alternatives, word_list
from api.extraction.marks import Stretch
from api.extraction.sentences import DATELINE, trim
from api.extraction.spans import Scores, Span
from api.extraction.tagging import Tag

# Costs in code points, measured on PolNeAR's development gold: the nearest cue is right for 98.5 % of contents with 60 for
# another sentence, the nearest source for 99.5 % of cues with 3 for one that follows.
_OTHER_SENTENCE = 60
_SOURCE_FOLLOWS = 3
_SIGNATURE = 6  # code points between a quotation and the name behind its dash
# Words that carry on a clause after its reporting clause.
_RESUMES = re.compile(rf",\s+(?=(?:{alternatives(word_list('resuming_words'))})\b)")
_CLAUSE = 300  # code points of the longest clause that is looked through for its subject
_WHO = re.compile(r",\s(who)\s[^,;:.]*\Z")  # the subject of the cue that follows: "Ann Roe, who a day before promised"
_AND = re.compile(r",?\s(?:and|but)\s(?:then\s)?")
_THAT = re.compile(r"(?:that|whether|if|how|why)\b")  # opens what the cue before it reports
_WORDLESS = re.compile(r"(?:\W|\d\ufe0f)*")  # emoji, the figures on keycaps among them
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
_PLACEHOLDERS = word_list("placeholders")


@dataclass(frozen=True, slots=True)
class Link:
    """A quote's spans before it is judged, and the belief in them. A punctuation mark may be the cue."""

    content: tuple[Span, ...]
    cue: Span | None
    source: Span | None
    scores: Scores


class Text:
    """A text with its sentences, paragraphs and quotation marks; tells what lies between two places."""

    def __init__(self, text: str, sentences: list[Span], paragraphs: list[Span], stretches: list[Stretch]) -> None:
        self.text = text
        self.sentences = sentences
        self.paragraphs = paragraphs
        self.stretches = stretches
        self._sentence_starts = [span.start for span in sentences]
        self._paragraph_starts = [span.start for span in paragraphs]
        self._semicolons = [match.start() for match in re.finditer(";", text)]

    def sentence(self, at: int) -> int:
        """The index of the sentence at offset `at`."""
        return max(0, bisect_right(self._sentence_starts, at) - 1)

    def parted(self, start: int, end: int) -> bool:
        """Whether a semicolon stands in [start, end)."""
        at = bisect_left(self._semicolons, start)
        return at < len(self._semicolons) and self._semicolons[at] < end

    def paragraph(self, at: int) -> int:
        """The index of the paragraph at offset `at`."""
        return max(0, bisect_right(self._paragraph_starts, at) - 1)


def link(read: Text, tags: list[Tag]) -> list[Link]:
    """The quotes that `tags` (in text order, apart from one another) make up, in the order of their contents."""
    cues = [tag for tag in tags if tag.part == "cue"]
    sources = [tag for tag in tags if tag.part == "source"]
    said: dict[int, list[Tag]] = {}
    alone: list[list[Tag]] = []
    contents = _snapped(read, tags)
    for group in _chains(read, contents, cues):
        nearest = _going_on(read, group, cues, contents)
        if nearest is None:
            _, nearest = min((_nearest_cue(read, tag.span, cues) for tag in group), key=lambda found: found[0])
            if nearest is not None and _by_itself(read, group, cues[nearest].span, contents):
                nearest = None
        if nearest is None:
            alone.append(group)
        else:
            said.setdefault(nearest, []).extend(group)
    _give_back(read, said, cues)
    links = [_reported(read, group, cues[i], sources, tags) for i, group in said.items()]
    spoken = {read.paragraph(span.start) for found in links for span in found.content}
    for group in alone:
        found = _signed(read, group, sources) or _floating(read, group, spoken)
        if found:
            links.append(found)
            spoken.update(read.paragraph(span.start) for span in found.content)
    return sorted(links, key=lambda found: found.content)


def _give_back(read: Text, said: dict[int, list[Tag]], cues: list[Tag]) -> None:
    """Give a cue what went to a nearer one behind it that has a content of its own.

    In "told us [that it fell] and urged [us to go]" the first was told, and in "said late on Friday [that it fell], though she
    hoped [it stood]" it was said. `said` has the contents of each cue, by its index; it is changed.
    """
    for i, (cue, following) in enumerate(pairwise(cues)):
        if i in said or i + 1 not in said:
            continue
        between = [tag for tag in said[i + 1] if cue.span.end <= tag.span.start < following.span.start]
        own = [tag for tag in said[i + 1] if tag.span.start >= following.span.end]
        if (
            between
            and own
            and read.sentence(cue.span.start) == read.sentence(following.span.start)
            and (
                _AND.fullmatch(read.text, between[-1].span.end, following.span.start)
                or (
                    _THAT.match(read.text, between[0].span.start)
                    and "," not in read.text[cue.span.end : between[0].span.start]
                )
            )
        ):
            said[i] = between
            said[i + 1] = [tag for tag in said[i + 1] if tag not in between]


def _snapped(read: Text, tags: list[Tag]) -> list[Tag]:
    """The content tags, their ends moved to the quotation marks they all but reach, and off stray punctuation.

    A content that breaks off inside a quotation takes it whole, unless a source or cue stands in the rest: then the marks are
    not to be trusted.
    """
    text = read.text
    walls = [*[tag.span.start for tag in tags if tag.part != "content"], len(text)]
    found: list[Tag] = []
    floor = 0
    for tag in tags:
        if tag.part != "content":
            floor = tag.span.end
            continue
        start, end = tag.span
        ceiling = walls[bisect_left(walls, end)]
        for stretch in overlapping(Span(max(0, start - 1), end + 1), read.stretches):
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
        for at in range(read.paragraph(start), read.paragraph(end - 1) + 1):
            paragraph = read.paragraphs[at]
            span = _bare(read, max(start, paragraph.start), min(end, paragraph.end))
            if span.of(text).strip(_PUNCTUATION):
                found.append(Tag("content", span, tag.score))
    return found


def _bare(read: Text, start: int, end: int) -> Span:
    """[start, end) without what is no part of a content.

    That is a final stop or comma outside of marks, a dateline, an emoji before a quotation, and a sentence before one that is
    one by itself.
    """
    text = read.text
    span = trim(text, start, end)
    if span.start == read.paragraphs[read.paragraph(span.start)].start and (
        line := DATELINE.match(text, span.start, span.end)
    ):
        span = trim(text, line.end(), span.end)
    for stretch in overlapping(span, read.stretches)[:1]:
        if span.start < stretch.span.start and _WORDLESS.fullmatch(text, span.start, stretch.span.start):
            span = Span(stretch.span.start, span.end)
    for stretch in overlapping(span, read.stretches)[-1:]:
        sentence = read.sentences[read.sentence(stretch.span.start)]
        if span.start < stretch.span.start == sentence.start and stretch.span.end == span.end:
            span = stretch.span
    inside = any(stretch.span.end >= span.end for stretch in overlapping(span, read.stretches))
    while span.start < span.end and text[span.start] in ",;:.–—-":
        span = trim(text, span.start + 1, span.end)
    while span.start < span.end and not inside and text[span.end - 1] in ".,;:–—":
        span = trim(text, span.start, span.end - 1)
    return span


def _chains(read: Text, contents: list[Tag], cues: list[Tag]) -> list[list[Tag]]:
    """Contents in groups: those of one quotation whose marks open again in each paragraph go together.

    Up to where a paragraph has a reporting clause of its own, and one before had: a closing mark is missing there.
    """
    groups: list[list[Tag]] = []
    reported = False
    for tag in contents:
        previous = groups[-1][-1].span if groups else None
        own = _nearest_cue(read, tag.span, cues)[1] is not None
        if previous and _goes_on(read, previous, tag.span) and not (own and reported):
            groups[-1].append(tag)
            reported = reported or own
        else:
            groups.append([tag])
            reported = own
    return groups


def _goes_on(read: Text, before: Span, span: Span) -> bool:
    """Whether the quotation that `before` ends in stays open, and `span` opens the next paragraph with a mark."""
    at = read.paragraph(span.start)
    if read.paragraph(before.start) != at - 1 or read.paragraphs[at].start != span.start:
        return False
    last = overlapping(before, read.stretches)
    opening = overlapping(span, read.stretches)
    return bool(
        last
        and not last[-1].closed
        and last[-1].span.end >= read.paragraphs[at - 1].end
        and opening
        and opening[0].span.start == span.start
    )


def _cost(read: Text, first: Span, second: Span) -> float:
    """How far apart two spans of one paragraph are, in code points; infinite over paragraphs."""
    if first > second:
        first, second = second, first
    if read.paragraph(first.end - 1) != read.paragraph(second.start):
        return float("inf")
    apart = read.sentence(first.end - 1) != read.sentence(second.start)
    return second.start - first.end + (_OTHER_SENTENCE if apart else 0)


def _nearest_cue(read: Text, content: Span, cues: list[Tag]) -> tuple[float, int | None]:
    """The cost and index of the cue that reports a content; no index when its paragraph has none.

    A cue that ends the paragraph before with a colon reports what opens this one.
    """
    following = bisect_left(cues, content.start, key=lambda cue: cue.span.start)
    near = [i for i in (following - 1, following) if 0 <= i < len(cues)]
    best = min(((_cost(read, cues[i].span, content), i) for i in near), default=(float("inf"), 0))
    if best[0] < float("inf"):
        return best
    at = read.paragraph(content.start)
    if at > 0 and following > 0 and read.paragraphs[at].start == content.start:
        before = read.paragraphs[at - 1]
        if read.text[before.end - 1] == ":" and read.sentence(cues[following - 1].span.start) == read.sentence(
            before.end - 1
        ):
            return (float(before.end - cues[following - 1].span.end), following - 1)
    return (float("inf"), None)


def _going_on(read: Text, group: list[Tag], cues: list[Tag], contents: list[Tag]) -> int | None:
    """The cue before whole sentences in quotation marks that go on with what it reports; None where they may be another's.

    "It fell," Maro said. "It was old." Pell wants a new one. The next cue has its own content, and the one before reports
    a quotation.
    """
    span = group[0].span
    if not _is_sentences(read, group) or _after_gesture(read, span.start):
        return None
    following = bisect_left(cues, span.start, key=lambda cue: cue.span.start)
    if following == 0 or read.paragraph(cues[following - 1].span.start) != read.paragraph(span.start):
        return None
    at = read.sentence(cues[following - 1].span.start)
    earlier = [tag.span for tag in _of_sentence(read, contents, at)]
    if not any(_in_marks(read, other) for other in earlier):
        return None
    if following < len(cues) and not _of_sentence(read, contents, read.sentence(cues[following].span.start)):
        return None
    return following - 1


def _by_itself(read: Text, group: list[Tag], cue: Span, contents: list[Tag]) -> bool:
    """Whether whole sentences in quotation marks are no part of what a cue in another sentence reports.

    Not in the next one, where that reports words without marks; nor in one before, where a sentence stands between them and
    such words or does someone's gesture: "Maro said it fell. She paused. 'It was old.'"
    """
    at, start = read.sentence(cue.start), group[0].span.start
    if cue.end <= start:
        before = contents[bisect_left(contents, start, key=lambda tag: tag.span.start) - 1].span
        before = before if cue.end <= before.end <= start else cue
        between = read.sentence(start) - read.sentence(before.end - 1) > 1
        marked = _in_marks(read, before) and not _after_gesture(read, start)
        return between and _is_sentences(read, group) and not marked
    return (
        cue.start > group[-1].span.start
        and _is_sentences(read, group)
        and at not in _sentences_of(read, group[-1].span)
        and any(not _in_marks(read, tag.span) for tag in _of_sentence(read, contents, at))
    )


def _is_sentences(read: Text, group: list[Tag]) -> bool:
    """Whether contents are sentences from the first to the last, and stand in quotation marks."""
    span = group[0].span
    sentence = read.sentences[read.sentence(span.start)]
    last = read.sentences[read.sentence(group[-1].span.end - 1)]
    return span.start == sentence.start and group[-1].span.end == last.end and _in_marks(read, span)


def _in_marks(read: Text, span: Span) -> bool:
    """Whether a span stands in quotation marks, the marks included."""
    return any(
        stretch.span.start <= span.start and span.end <= stretch.span.end
        for stretch in overlapping(span, read.stretches)
    )


def _of_sentence(read: Text, tags: list[Tag], at: int) -> list[Tag]:
    """Those of `tags`, in text order and apart, that start in the sentence of index `at`."""
    sentence = read.sentences[at]
    first = bisect_left(tags, sentence.start, key=lambda tag: tag.span.start)
    return tags[first : bisect_left(tags, sentence.end, key=lambda tag: tag.span.start)]


def _belonging(read: Text, group: list[Tag], cue: Span) -> list[Tag]:
    """Of the contents near a cue those that it reports.

    Words without quotation marks in another sentence of its paragraph are none where it reports others: the tagger guessed.
    Nor is what the sentence begins to say that someone asked.
    """
    at, paragraph = read.sentence(cue.start), read.paragraph(cue.start)
    group = [tag for tag in group if not _is_asked(read, tag.span, cue)] or group
    near = [
        tag
        for tag in group
        if at in _sentences_of(read, tag.span)
        or _in_marks(read, tag.span)
        or read.paragraph(tag.span.start) != paragraph  # the items of a list after its colon
    ]
    return near or group


def _is_asked(read: Text, content: Span, cue: Span) -> bool:
    """Whether words before a cue are a question put in the same sentence: "Asked by a reader [whether it fell], Maro said"."""
    start = read.sentences[read.sentence(cue.start)].start
    return (
        start < content.start < cue.start
        and _ASKED.match(read.text, content.start) is not None
        and _QUESTIONED.fullmatch(read.text, start, content.start) is not None
    )


def _sentences_of(read: Text, span: Span) -> range:
    return range(read.sentence(span.start), read.sentence(span.end - 1) + 1)


def _reported(read: Text, group: list[Tag], cue: Tag, sources: list[Tag], tags: list[Tag]) -> Link:
    following = bisect_left(sources, cue.span.start, key=lambda source: source.span.start)
    best: tuple[float, Tag] | None = None
    for i in (following - 1, following):
        if 0 <= i < len(sources) and _one_clause(read, sources[i].span, cue.span):
            cost = _cost(read, cue.span, sources[i].span) + (_SOURCE_FOLLOWS if i == following else 0)
            if best is None or cost < best[0]:
                best = (cost, sources[i])
    if best and (head := _head(read, best[1], cue, sources, tags)):
        best = (best[0], head)
    scores = Scores(max(tag.score for tag in group), cue.score, best[1].score if best else None)
    group = _belonging(read, group, cue.span)
    group = [tag for tag in group if len(group) == 1 or tag.span.of(read.text).lower() not in _PLACEHOLDERS] or group
    content = tuple(sorted(_in_its_sentence(read, tag.span, cue.span) for tag in group))
    if len(content) == 1 and content[0].end <= cue.span.start:
        content += _resumed(read, content[0], cue.span, tags)
    if best is None or best[0] == float("inf"):
        # A sentence that begins with a name and its cue has that name for its source, also where the tagger missed it.
        opening = read.sentences[read.sentence(cue.span.start)].start
        named = _NAMED.fullmatch(read.text, max(opening, cue.span.start - _CLAUSE), cue.span.start)
        source = trim(read.text, named.start(), named.end()) if named else None
        return Link(content, cue.span, source, scores._replace(source=None))
    source = best[1].span
    near = max(source.end, cue.span.start - _CLAUSE)
    if who := _WHO.search(read.text[near : cue.span.start]):
        source = Span(near + who.start(1), near + who.end(1))
    return Link(content, cue.span, source, scores)


def _head(read: Text, source: Tag, cue: Tag, sources: list[Tag], tags: list[Tag]) -> Tag | None:
    """Whom a relative pronoun stands behind, where its clause has its own cue and is over: "Maro, who said it fell, warned"."""
    closed = read.text[max(0, cue.span.start - 3) : cue.span.start].rstrip()[-1:] in (",", "-", "–", "—")
    if not closed or source.span.end > cue.span.start or source.span.of(read.text).lower() not in _RELATIVE:
        return None
    i = bisect_left(sources, source.span.start, key=lambda tag: tag.span.start)
    own = tags[bisect_left(tags, source.span.end, key=lambda tag: tag.span.start)]  # the cue itself at the latest
    before = sources[i - 1] if i else source
    beside = before.span.end < source.span.start <= before.span.end + len(" – ")
    words = read.text[before.span.end : source.span.start].strip(" ,-–—") if beside else "far"
    return before if not words and own.part == "cue" and own.span != cue.span else None


def _in_its_sentence(read: Text, content: Span, cue: Span) -> Span:
    """A content that follows its cue in one sentence, without the next ones, which report something of their own.

    Words in quotation marks and after a colon go on as long as they do.
    """
    number = read.sentence(cue.start)
    end = read.sentences[number].end
    if not (cue.end <= content.start < end < content.end) or not read.text[cue.end - 1].isalnum():
        return content
    after_colon = ":" in read.text[cue.end : content.start]
    return (
        content
        if after_colon or overlapping(Span(end, content.end), read.stretches)
        else _bare(read, content.start, end)
    )


def _one_clause(read: Text, source: Span, cue: Span) -> bool:
    """Whether a source stands in the sentence of a cue, and no semicolon parts them: after it others act."""
    first, last = sorted((source, cue))
    return read.sentence(source.start) == read.sentence(cue.start) and not read.parted(first.end, last.start)


def _resumed(read: Text, content: Span, cue: Span, tags: list[Tag]) -> tuple[Span, ...]:
    """The rest of a clause that its cue interrupts ("The pier, Maro said, is gone"), where the tagger left it out."""
    sentence = read.sentences[read.sentence(cue.start)]
    i = bisect_left(tags, cue.end, key=lambda tag: tag.span.start)
    start = cue.end
    if i < len(tags) and tags[i].part == "source" and tags[i].span.start == start + 1:  # "said Maro"
        start, i = tags[i].span.end, i + 1
    match = _RESUMES.match(read.text, start, sentence.end)
    if not match or content.start < sentence.start or (i < len(tags) and tags[i].span.start < sentence.end):
        return ()
    rest = _bare(read, match.end(), sentence.end)
    if rest.start == rest.end or overlapping(Span(content.start, rest.end), read.stretches):
        return ()
    return (rest,)


def _signed(read: Text, group: list[Tag], sources: list[Tag]) -> Link | None:
    """A quotation followed, behind a dash, by the source that ends its paragraph or is the next one."""
    end = group[-1].span.end
    i = bisect_left(sources, end, key=lambda source: source.span.start)
    if i == len(sources):
        return None
    source = sources[i]
    between = read.text[end : source.span.start]
    if len(between) > _SIGNATURE or not any(dash in between for dash in "—–―-"):
        return None
    rest = read.text[source.span.end : read.paragraphs[read.paragraph(source.span.start)].end]
    if rest.strip(" ."):
        return None
    content = tuple(tag.span for tag in group)
    return Link(content, None, source.span, Scores(min(tag.score for tag in group), source=source.score))


def _floating(read: Text, group: list[Tag], spoken: set[int]) -> Link | None:
    """A whole quotation in marks where the paragraph before it, or its own, reports someone's words, or behind a gesture."""
    for tag in group:
        stretches = overlapping(tag.span, read.stretches)
        if not stretches or stretches[0].span.start > tag.span.start or stretches[-1].span.end < tag.span.end:
            return None
    last = overlapping(group[-1].span, read.stretches)[-1]
    if last.closed and not is_whole(read.text, last):
        return None
    at = read.paragraph(group[0].span.start)
    start = group[0].span.start
    if at not in spoken and at - 1 not in spoken and not _after_gesture(read, start):
        return None
    return Link(tuple(tag.span for tag in group), None, None, Scores(min(tag.score for tag in group)))


def _after_gesture(read: Text, start: int) -> bool:
    """Whether the sentence before the one at `start` is someone's gesture."""
    at = read.sentence(start)
    return at > 0 and is_gesture(read.text, read.sentences[at - 1])
