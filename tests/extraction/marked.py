"""Texts with their tags written in: [content], <cue>, {source}."""

import re

from api.extraction.spans import Span
from api.extraction.tagging import Tag

PARTS = {"[": "content", "<": "cue", "{": "source"}
SIGNS = {part: pair for pair, part in [("[]", "content"), ("<>", "cue"), ("{}", "source")]}


def unmarked(marked):
    """The text without the signs, and the tags that they stand for."""
    text, tags, opened = "", [], None
    for piece in re.split(r"([\[\]<>{}])", marked):
        if piece in PARTS and piece:
            opened = (PARTS[piece], len(text))
        elif piece in ("]", ">", "}"):
            tags.append(Tag(opened[0], Span(opened[1], len(text)), 0.5))
        else:
            text += piece
    return text, tags


def marked(text, tags):
    """`text` with the signs of `tags` written in."""
    written, end = "", 0
    for tag in tags:
        first, last = SIGNS[tag.part]
        written += text[end : tag.span.start] + first + tag.span.of(text) + last
        end = tag.span.end
    return written + text[end:]
