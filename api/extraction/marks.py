"""Quotation marks: which stretches of a text stand in them.

Reads straight, curly, low, angle and corner marks, doubled apostrophes (''so''), mixed pairs, and odd numbers of them. Only
the outermost stretch counts. A paragraph's end ends a stretch, marked as not closed. Takes time linear in the text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from api.extraction.lexicon import alternatives, word_list
from api.extraction.sentences import KEPT, paragraphs
from api.extraction.spans import Span

_MARK = re.compile(r"''|``|[\"＂“”„‟«»‹›‘’‚‛'「」『』]")
_MARKS = "\"＂“”„‟«»‹›‘’‚‛'`「」『』 "
_DOUBLE, _SINGLE = frozenset('"＂“”„‟') | {"''", "``"}, frozenset("‘’‚‛'")
_OPENS = frozenset("“„‟«‹‘‚‛「『") | {"``"}
_FAMILY = {"«": "«»", "»": "«»", "‹": "‹›", "›": "‹›", "「": "「」", "」": "「」", "『": "『』", "』": "『』"}
_BEFORE_OPENING = frozenset("([{-–—―/:") | _OPENS | {'"', "'"}
# Words cut short at their start: no quotation opens there.
_CLIPPED = re.compile(rf"(?:\d0s|{alternatives(word_list('clipped_words'))})\b", re.IGNORECASE)
_TITLE = 120  # code points that a title of a work has at most
_TITLE_SMALL_WORDS = word_list("title_small_words")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Words in quotation marks: `span` with the marks, and whether the closing mark is there."""

    span: Span
    closed: bool

    def inside(self, text: str) -> str:
        """The words between the marks."""
        return text[self.span.start : self.span.end].strip(_MARKS)

    def last(self, text: str) -> str:
        """The last character between the marks; empty when there is none."""
        return text[max(self.span.start, self.span.end - 10) : self.span.end].rstrip(_MARKS)[-1:]


@dataclass(frozen=True, slots=True)
class _Mark:
    start: int
    end: int
    family: str
    opens: bool  # can stand before quoted words
    closes: bool  # can stand after them
    only_opens: bool


@lru_cache(maxsize=KEPT)
def stretches(text: str) -> list[Stretch]:
    """The outermost stretches of `text` in quotation marks, in text order; none reaches over a paragraph's end.

    Those of the last few texts are kept, and nobody changes them.
    """
    return [stretch for paragraph in paragraphs(text) for stretch in _read(text, paragraph)]


def is_name(text: str, stretch: Stretch) -> bool:
    """Whether a stretch is no speech but a title of a work ("The Long Pier") or a nickname (Ida "Red" Maro).

    A title has two or more words, each with a capital but the small ones; a nickname is one between capitalised words.
    """
    if stretch.span.end - stretch.span.start > _TITLE:
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


def _read(text: str, paragraph: Span) -> Iterator[Stretch]:
    marks = [_mark(text, match, paragraph) for match in _MARK.finditer(text, paragraph.start, paragraph.end)]
    sure = [i for i, mark in enumerate(marks) if mark.family == "'" and mark.closes and not _possessive(text, mark)]
    unsure = [i for i, mark in enumerate(marks) if mark.family == "'" and mark.closes and _possessive(text, mark)]
    quoted = False  # words before stand in single marks
    i = 0
    while i < len(marks):
        mark = marks[i]
        if not mark.opens:
            i += 1
        elif mark.family == "'":
            closing = _next(sure, i) or _next(unsure, i)
            if closing is None and mark.start == paragraph.start:
                yield Stretch(paragraph, closed=False)
                i = len(marks)
            elif closing is None and _goes_on(text, mark, paragraph, within=quoted):
                yield Stretch(Span(mark.start, paragraph.end), closed=False)
                i = len(marks)
            elif closing is None:  # an apostrophe
                i += 1
            else:
                yield Stretch(Span(mark.start, marks[closing].end), closed=True)
                quoted = True
                i = closing + 1
        else:
            j = _following(marks, i)
            if j < len(marks) and not marks[j].closes:
                j = _nested(text, marks, j) or j
            if j < len(marks) and marks[j].closes:
                yield Stretch(Span(mark.start, marks[j].end), closed=True)
                j += 1
            else:
                end = marks[j].start if j < len(marks) else paragraph.end
                yield Stretch(Span(mark.start, len(text[mark.start : end].rstrip()) + mark.start), closed=False)
            i = j


def _following(marks: list[_Mark], i: int) -> int:
    """The index of the next mark of the family of mark `i` that can do one thing only, or closes; their count if none."""
    j = i + 1
    while j < len(marks) and not (marks[j].family == marks[i].family and (marks[j].closes or marks[j].only_opens)):
        j += 1
    return j


def _nested(text: str, marks: list[_Mark], j: int) -> int | None:
    """The index of the mark that closes a quotation in which mark `j`, of its own family, opens another.

    So in "She said "no" to us." None where no mark is left for that, or a sentence or clause ends before the inner one: there a
    closing mark is missing.
    """
    while j < len(marks) and not marks[j].closes:
        inner = _following(marks, j)
        before = text[max(0, marks[j].start - 2) : marks[j].start].rstrip()[-1:]
        if before in ",.!?…:;" or inner == len(marks) or not marks[inner].closes:
            return None
        j = _following(marks, inner)
    return j if j < len(marks) else None


def _goes_on(text: str, mark: _Mark, paragraph: Span, *, within: bool) -> bool:
    """Whether a single mark that no other closes opens a quotation that goes on in the next paragraph.

    It stands before a capital; a straight one, `within` a paragraph that has words in single marks already.
    """
    opening = text[mark.start : mark.end] == "‘" or within
    clipped = _CLIPPED.match(text, mark.end, min(mark.end + 8, paragraph.end)) is not None
    return opening and text[mark.end : mark.end + 1].isupper() and not clipped


def _next(indices: list[int], i: int) -> int | None:
    at = bisect_right(indices, i)
    return indices[at] if at < len(indices) else None


def _mark(text: str, match: re.Match[str], paragraph: Span) -> _Mark:
    """What the mark can do where it stands, judged by the characters around it."""
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
    if not opens and not closes:  # blanks on both sides, or letters: whichever the count asks for
        opens = closes = not inches
    elif opens and closes:  # between punctuation marks, as in ("—")
        opens = not before.isalnum()
    # After a figure a straight mark is inches unless it closes what stands open.
    return _Mark(start, end, family, opens, closes, only_opens=opens and not closes)


def _possessive(text: str, mark: _Mark) -> bool:
    """Whether a single mark may be the apostrophe of a plural ("the dockers' union")."""
    return text[mark.start - 1 : mark.start] in "sS" and text[mark.end : mark.end + 2].strip()[:1].islower()
