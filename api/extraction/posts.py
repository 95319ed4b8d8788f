"""Find posts from social media that are quoted whole: "Words https://... — Name (@handle) March 24, 2022"."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from api.extraction import dates
from api.extraction.sentences import trim
from api.extraction.spans import Span

_HANDLE = re.compile(r"\(@\w[\w.-]{0,63}(?:@[\w.-]{1,100})?\)")
_DASH = re.compile(r"(?:(?<=\s)|^)(?:[—–―]|--?)\s?|[—–―]")
_LINK = re.compile(r"(?:https?://|pic\.twitter\.com/|t\.co/|pic\.x\.com/)[^\s<>]+\s*$")
_TIME = re.compile(r"[\s,·|-]*(?:(?:at\s+)?\d{1,2}:\d{2}(?:\s?[AaPp]\.?[Mm]\.?)?[\s,·|-]*)?")
_MAX_NAME = 80  # code points a display name may have; networks allow 50


@dataclass(frozen=True, slots=True)
class Post:
    """A post: its content, its signature as the source, its date, and the extent that it takes up in the text."""

    content: Span
    source: Span
    said: dt.date | None
    extent: Span


def posts(text: str, paragraphs: list[Span]) -> list[Post]:
    """Return the signed posts in `text`, in text order.

    The signature is a dash, a name and a handle in brackets, followed by the date or the end of the paragraph. The content
    is what stands before it in its paragraph, or the paragraph before if the signature opens its own.
    """
    found: list[Post] = []
    for i, paragraph in enumerate(paragraphs):
        start = paragraph.start
        for handle in _HANDLE.finditer(text, paragraph.start, paragraph.end):
            dash = _last_dash(text, max(start, handle.start() - _MAX_NAME), handle.start())
            if dash is None:
                continue
            source = trim(text, dash.end, handle.end())
            time = _TIME.match(text, handle.end(), paragraph.end)
            date = dates.written(text, time.end() if time else handle.end(), paragraph.end)
            if date is None and handle.end() < paragraph.end:
                continue
            end = date.span.end if date else handle.end()
            first = start
            content = _content(text, start, dash.start)
            if content.start == content.end and start == paragraph.start and i > 0:
                first = max(paragraphs[i - 1].start, found[-1].extent.end if found else 0)
                content = _content(text, first, paragraphs[i - 1].end)
            if content.start < content.end:
                found.append(Post(content, source, date.date if date else None, Span(content.start, end)))
                start = end
    return found


def _last_dash(text: str, start: int, end: int) -> Span | None:
    """Return the last dash in [start, end) that can open a signature."""
    last = None
    for match in _DASH.finditer(text, start, end):
        last = Span(match.start(), match.end())
    return last


def _content(text: str, start: int, end: int) -> Span:
    """Return the words of a post in [start, end), without the links that end it."""
    span = trim(text, start, end)
    while link := _LINK.search(text, max(span.start, span.end - 200), span.end):
        span = trim(text, span.start, link.start())
    return span
