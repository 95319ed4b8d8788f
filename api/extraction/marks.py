"""Find the stretches of a text that stand in quotation marks.

Handles straight, curly, low, angle and corner marks, doubled apostrophes (''so''), mixed pairs, and odd numbers of marks.
Only the outermost stretch counts. The end of a paragraph ends a stretch, which is then not closed. Takes time linear in the
text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from api.extraction.lexicon import alternatives, word_list
from api.extraction.sentences import CACHED_TEXTS, paragraphs
from api.extraction.spans import Span

_MARK = re.compile(r"''|``|[\"＂“”„‟«»‹›‘’‚‛'「」『』]")
_STRIPPED = "\"＂“”„‟«»‹›‘’‚‛'`「」『』 "
_DOUBLE, _SINGLE = frozenset('"＂“”„‟') | {"''", "``"}, frozenset("‘’‚‛'")
_OPENS = frozenset("“„‟«‹‘‚‛「『") | {"``"}
_FAMILY = {"«": "«»", "»": "«»", "‹": "‹›", "›": "‹›", "「": "「」", "」": "「」", "『": "『』", "』": "『』"}
_BEFORE_OPENING = frozenset("([{-–—―/:") | _OPENS | {'"', "'"}
_CLIPPED = re.compile(rf"(?:\d0s|{alternatives(word_list('clipped_words'))})\b", re.IGNORECASE)
_MAX_TITLE = 120  # code points in the title of a work
_TITLE_SMALL_WORDS = word_list("title_small_words")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Words in quotation marks: `span` includes the marks, `closed` tells whether the closing mark is there."""

    span: Span
    closed: bool

    def inside(self, text: str) -> str:
        """Return the words between the marks."""
        return text[self.span.start : self.span.end].strip(_STRIPPED)

    def last(self, text: str) -> str:
        """Return the last character between the marks, or "" if there is none."""
        return text[max(self.span.start, self.span.end - 10) : self.span.end].rstrip(_STRIPPED)[-1:]


@dataclass(frozen=True, slots=True)
class _Mark:
    start: int
    end: int
    family: str
    opens: bool  # can stand before quoted words
    closes: bool  # can stand after them
    only_opens: bool


@lru_cache(maxsize=CACHED_TEXTS)
def stretches(text: str) -> list[Stretch]:
    """Return the outermost stretches of `text` in quotation marks, in text order. None crosses the end of a paragraph.

    The results for the last few texts are cached. Callers must not change them.
    """
    return [stretch for paragraph in paragraphs(text) for stretch in _stretches_in(text, paragraph)]


def is_name(text: str, stretch: Stretch) -> bool:
    """Return whether a stretch is a title of a work ("The Long Pier") or a nickname (Ida "Red" Maro), and no speech.

    A title has two or more words, all capitalised but the small ones. A nickname stands between capitalised words.
    """
    if stretch.span.end - stretch.span.start > _MAX_TITLE:
        return False
    inside = stretch.inside(text)
    if text[max(0, stretch.span.start - 2) : stretch.span.start][
        :1
    ].isalnum():  # inside a clause a comma may stand within the marks of a title
        inside = inside.removesuffix(",")
    if not inside or inside[-1] in ".,!?…":
        return False
    words = [word for word in re.findall(r"[^\s-]+", inside) if word[0].isalnum()]
    if len(words) == 1 and words[0][0].isupper():
        before, after = (
            text[max(0, stretch.span.start - 40) : stretch.span.start].split(" "),
            text[stretch.span.end : stretch.span.end + 2],
        )
        return len(before) > 1 and before[-1] == "" and before[-2][:1].isupper() and after[1:].isupper()
    long = [word for word in words if word.lower() not in _TITLE_SMALL_WORDS]
    return len(long) >= 2 and all(word[0].isupper() or word[0].isdigit() for word in [words[0], *long])


def _stretches_in(text: str, paragraph: Span) -> Iterator[Stretch]:
    """Yield the outermost stretches of a paragraph."""
    marks = [_classify(text, match, paragraph) for match in _MARK.finditer(text, paragraph.start, paragraph.end)]
    sure = [
        i for i, mark in enumerate(marks) if mark.family == "'" and mark.closes and not _may_be_possessive(text, mark)
    ]
    unsure = [
        i for i, mark in enumerate(marks) if mark.family == "'" and mark.closes and _may_be_possessive(text, mark)
    ]
    quoted = False  # the paragraph has had words in single marks
    i = 0
    while i < len(marks):
        mark = marks[i]
        if not mark.opens:
            i += 1
        elif mark.family == "'":
            closing = _first_after(sure, i) or _first_after(unsure, i)
            if closing is None and mark.start == paragraph.start:
                yield Stretch(paragraph, closed=False)
                i = len(marks)
            elif closing is None and _is_left_open(text, mark, paragraph, within=quoted):
                yield Stretch(Span(mark.start, paragraph.end), closed=False)
                i = len(marks)
            elif closing is None:  # an apostrophe
                i += 1
            else:
                yield Stretch(Span(mark.start, marks[closing].end), closed=True)
                quoted = True
                i = closing + 1
        else:
            j = _next_of_family(marks, i)
            if j < len(marks) and not marks[j].closes:
                j = _closing_after_nested(text, marks, j) or j
            if j < len(marks) and marks[j].closes:
                yield Stretch(Span(mark.start, marks[j].end), closed=True)
                j += 1
            else:
                end = marks[j].start if j < len(marks) else paragraph.end
                yield Stretch(Span(mark.start, len(text[mark.start : end].rstrip()) + mark.start), closed=False)
            i = j


def _next_of_family(marks: list[_Mark], i: int) -> int:
    """Return the index of the next mark of the family of mark `i` that closes or can only open, or the count of marks."""
    j = i + 1
    while j < len(marks) and not (marks[j].family == marks[i].family and (marks[j].closes or marks[j].only_opens)):
        j += 1
    return j


def _closing_after_nested(text: str, marks: list[_Mark], j: int) -> int | None:
    """Return the index of the mark that closes a quotation in which mark `j`, of the same family, opens another.

    An example is "She said "no" to us." Return None if no mark is left for that. A sentence or clause that ends before the
    inner quotation means that a closing mark is missing: return None then too.
    """
    while j < len(marks) and not marks[j].closes:
        inner = _next_of_family(marks, j)
        before = text[max(0, marks[j].start - 2) : marks[j].start].rstrip()[-1:]
        if before in ",.!?…:;" or inner == len(marks) or not marks[inner].closes:
            return None
        j = _next_of_family(marks, inner)
    return j if j < len(marks) else None


def _is_left_open(text: str, mark: _Mark, paragraph: Span, *, within: bool) -> bool:
    """Return whether a single mark without a closing one opens a quotation that the next paragraph continues.

    It stands before a capital. A straight one counts only `within` a paragraph that has had words in single marks.
    """
    opening = text[mark.start : mark.end] == "‘" or within
    clipped = _CLIPPED.match(text, mark.end, min(mark.end + 8, paragraph.end)) is not None
    return opening and text[mark.end : mark.end + 1].isupper() and not clipped


def _first_after(indices: list[int], i: int) -> int | None:
    """Return the first of `indices`, which are sorted, that is greater than `i`, or None."""
    at = bisect_right(indices, i)
    return indices[at] if at < len(indices) else None


def _classify(text: str, match: re.Match[str], paragraph: Span) -> _Mark:
    """Return what a mark can do where it stands, judged by the characters around it."""
    sign, start, end = match[0], match.start(), match.end()
    before = text[start - 1] if start > paragraph.start else " "
    after = text[end] if end < paragraph.end else " "
    free_before = before.isspace() or before in _BEFORE_OPENING
    if sign in _SINGLE:
        clipped = sign != "‘" and _CLIPPED.match(text, end, min(end + 8, paragraph.end)) is not None
        opens = sign != "’" and free_before and not after.isspace() and not clipped
        closes = sign not in _OPENS and not before.isspace() and not after.isalnum()
        return _Mark(start, end, "'", opens, closes, only_opens=False)
    family = '"' if sign in _DOUBLE else _FAMILY[sign]
    free_after = after.isspace() or not after.isalnum()
    if sign in _OPENS:
        # German closes with “ and »...«: an opening sign after a word and before none closes.
        closes = sign in "“«‹" and not before.isspace() and free_after and start > paragraph.start and after != sign
        return _Mark(start, end, family, opens=not closes, closes=closes, only_opens=not closes)
    if sign in "”»›」』":
        opens = sign in "”»›" and free_before and after.isalnum()  # Swedish opens with ”, some German with »
        return _Mark(start, end, family, opens, closes=not opens, only_opens=False)
    inches = before.isdigit() and not after.isspace() and after not in ".,;:!?)"
    opens = free_before and not after.isspace()
    closes = not before.isspace() and free_after and not (opens and before in "([{:")
    if not opens and not closes:  # blanks on both sides, or letters: opens or closes, as the open marks need
        opens = closes = not inches
    elif opens and closes:  # between punctuation marks, as in ("—")
        opens = not before.isalnum()
    # Behind a figure a straight mark means inches, unless it closes an open quotation.
    return _Mark(start, end, family, opens, closes, only_opens=opens and not closes)


def _may_be_possessive(text: str, mark: _Mark) -> bool:
    """Return whether a single mark may be the apostrophe of a plural: "the dockers' union"."""
    return text[mark.start - 1 : mark.start] in "sS" and text[mark.end : mark.end + 2].strip()[:1].islower()
