"""Give a text as the stages read it: lines unwrapped, plain spaces, and no invisible characters inside words.

A soft hyphen or a line break at a fixed width is a matter of layout. It must not change who said what.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, replace

from api.extraction.sentences import paragraphs
from api.extraction.spans import SURROGATE, Extraction, Span, Speaker, quote_text

# Soft hyphen, zero-width space and non-joiner, word joiner and byte-order mark. A joiner holds emoji together, and is left
# out between letters alone.
_INVISIBLE = re.compile("[\u00ad\u200b\u200c\u2060\ufeff]+|(?<=[^\\W\\d_])\u200d+(?=[^\\W\\d_])")
# Marks of Markdown around words: **Ida Maro**, *Ida Maro*.
_EMPHASIS = r"\*\*|(?<!\S)\*(?=\w)|(?<=\w)\*(?=[\s,.:;)])"
_LEFT_OUT = re.compile(f"{_INVISIBLE.pattern}|{_EMPHASIS}")
_SPACE = re.compile("[\u00a0\u2000-\u200a\u202f\u205f\u3000]")
_LINE_BREAK = re.compile("[\n\r\v\f\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Plain:
    """A plain text, and where it lacks characters of the original.

    `at` are the places in `text` before which some were left out, and `lacking` how many by then.
    """

    text: str
    at: list[int]
    lacking: list[int]

    def original(self, span: Span) -> Span:
        """Return the span of the original text that `span` of the plain one stands for."""
        if not self.at:
            return span
        end = self._place(span.end - 1) + 1 if span.end > span.start else self._place(span.start)
        return Span(self._place(span.start), end)

    def _place(self, offset: int) -> int:
        number = bisect_right(self.at, offset)
        return offset + (self.lacking[number - 1] if number else 0)


def plain(text: str) -> Plain:
    """Return `text` as the stages read it. Spaces and breaks keep their places; a lone surrogate becomes U+FFFD."""
    text = _SPACE.sub(" ", SURROGATE.sub("\ufffd", text))
    at: list[int] = []
    lacking: list[int] = []
    kept: list[str] = []
    end = left_out = 0
    for found in _LEFT_OUT.finditer(text):
        kept.append(text[end : found.start()])
        at.append(found.start() - left_out)
        left_out += found.end() - found.start()
        lacking.append(left_out)
        end = found.end()
    text = "".join([*kept, text[end:]])
    unwrapped: list[str] = []
    end = 0
    for paragraph in paragraphs(text):  # one of several lines is hard-wrapped
        unwrapped += text[end : paragraph.start], _LINE_BREAK.sub(" ", paragraph.of(text))
        end = paragraph.end
    return Plain("".join([*unwrapped, text[end:]]), at, lacking)


def in_original(found: Extraction, read: Plain, text: str) -> Extraction:
    """Return an extraction from the plain text of `text` with spans and words of `text` itself."""
    text = SURROGATE.sub("\ufffd", text)
    place = read.original
    speakers = tuple(
        Speaker(
            speaker.name,
            speaker.kind,
            speaker.handle,
            tuple(replace(each, span=place(each.span)) for each in speaker.mentions),
            tuple(replace(each, span=place(each.span)) for each in speaker.roles),
        )
        for speaker in found.speakers
    )
    contents = [tuple(map(place, quote.content)) for quote in found.quotes]
    quotes = tuple(
        replace(
            quote,
            text=quote_text(text, content),
            content=content,
            cue=tuple(map(place, quote.cue)),
            source=tuple(map(place, quote.source)),
            evidence=tuple(replace(each, span=place(each.span)) for each in quote.evidence),
        )
        for quote, content in zip(found.quotes, contents, strict=True)
    )
    return Extraction(speakers, quotes)
