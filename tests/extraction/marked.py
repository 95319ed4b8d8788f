"""Write the tags of a text as marks in it: [content], <cue>, {source}."""

import re
from collections.abc import Iterable

from api.extraction.spans import Span
from api.extraction.tagging import Part, Tag

PARTS: dict[str, Part] = {"[": "content", "<": "cue", "{": "source"}
SIGNS = {"content": ("[", "]"), "cue": ("<", ">"), "source": ("{", "}")}


def unmarked(marked: str) -> tuple[str, list[Tag]]:
    """Return the text without the marks, and the tags that they stand for."""
    text, start = "", 0
    part: Part = "content"
    tags: list[Tag] = []
    for piece in re.split(r"([\[\]<>{}])", marked):
        if piece in PARTS and piece:
            part, start = PARTS[piece], len(text)
        elif piece in ("]", ">", "}"):
            tags.append(Tag(part, Span(start, len(text)), 0.5))
        else:
            text += piece
    return text, tags


def marked(text: str, tags: Iterable[Tag]) -> str:
    """Return `text` with the marks of `tags` written in."""
    written, end = "", 0
    for tag in tags:
        first, last = SIGNS[tag.part]
        written += text[end : tag.span.start] + first + tag.span.of(text) + last
        end = tag.span.end
    return written + text[end:]
