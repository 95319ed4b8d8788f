"""Tell direct, mixed and indirect quotes apart by their quotation marks."""

from __future__ import annotations

import re
from bisect import bisect_left

from api.extraction.marks import Stretch, is_name
from api.extraction.spans import Kind, Span

_WORD = re.compile(r"\w")
_CLOSED = re.compile("[,.!?…][\"“”’'»«›‹]")  # a mark that closes although none opened: “ is missing


def kind(text: str, content: tuple[Span, ...], stretches: list[Stretch]) -> Kind:
    """Return "direct" if all words of `content` stand in quotation marks, "mixed" if some do, else "indirect".

    A content whose opening mark alone is missing is direct too: the closing one stands behind its comma or stop.
    `stretches` are all of the text, in order. Marks around titles of works and nicknames do not count, unless they hold the
    whole content.
    """
    quoted = False
    plain = False
    opened = False  # marks that the paragraph before has left open
    for span in content:
        at = span.start
        if opened and not overlapping(span, stretches) and _CLOSED.fullmatch(text, max(at, span.end - 2), span.end):
            at = span.end
        for stretch in overlapping(span, stretches):
            all_quoted = stretch.span.start <= span.start and span.end <= stretch.span.end
            if not all_quoted and is_name(text, stretch):
                continue
            quoted = True
            plain = plain or _WORD.search(text, at, max(at, stretch.span.start)) is not None
            at = min(span.end, stretch.span.end)
            opened = not stretch.closed
        plain = plain or _WORD.search(text, at, span.end) is not None
    if not quoted:
        start, end = content[-1]
        return "direct" if _CLOSED.fullmatch(text, max(start, end - 2), end) else "indirect"
    return "mixed" if plain else "direct"


def overlapping(span: Span, stretches: list[Stretch]) -> list[Stretch]:
    """Return the stretches, given in text order, that share a character with `span`."""
    found = []
    i = bisect_left(stretches, span.start + 1, key=lambda stretch: stretch.span.end)
    while i < len(stretches) and stretches[i].span.start < span.end:
        found.append(stretches[i])
        i += 1
    return found
