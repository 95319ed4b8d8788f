"""Bounds on JSON that are checked before it is parsed: how deep it is nested, and how many values it has.

A body within its limit of bytes can still hold a million values. Parsed and validated, each takes a hundred bytes and more.
"""

from __future__ import annotations

import json
import re

MAX_DEPTH = 64  # of lists and objects in each other. An article with its quotes has 6
# Values of a JSON text: its commas and opening brackets. An article with quotes has about 0.1 per code point of its text,
# so 120,000 for a text of a million. Nothing else that the API takes has a fifth of MAX_VALUES.
MAX_VALUES = 20_000
MAX_ARTICLE_VALUES = 500_000

# A string, whole or broken off. The possessive quantifiers never try again, so time grows with length alone.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_BRACKETS = bytes.maketrans(b"{}", b"[]")
_OTHERS = bytes(set(range(256)) - set(b"[]{}"))


class OutOfBounds(ValueError):
    """JSON is nested too deep or has too many values. The message says which, as a sentence without its subject."""


class TooManyValues(OutOfBounds):
    """JSON has too many values."""


def check_bounds(raw: bytes, max_values: int) -> None:
    """Raise OutOfBounds if `raw`, which may be JSON, is nested deeper than MAX_DEPTH or has more than `max_values` values."""
    opened, commas = raw.count(b"[") + raw.count(b"{"), raw.count(b",")
    if opened <= MAX_DEPTH and opened + commas <= max_values:  # even if none of them stands in a string
        return
    encoding = json.detect_encoding(raw)
    if encoding not in ("utf-8", "utf-8-sig"):
        raw = raw.decode(encoding, "replace").encode()
    outside = _STRING.sub(b"", raw)
    brackets = outside.translate(_BRACKETS, _OTHERS)
    for _ in range(MAX_DEPTH):
        if b"[]" not in brackets:
            break
        brackets = brackets.replace(b"[]", b"")
    # What is left is deeper, or its brackets do not match: then it is no JSON, and its parser says so.
    if brackets.count(b"[") > MAX_DEPTH or b"[]" in brackets:
        raise OutOfBounds(f"is nested more than {MAX_DEPTH} deep")
    values = outside.count(b",") + outside.count(b"[") + outside.count(b"{")
    if values > max_values:
        raise TooManyValues(f"has more than {max_values:,} values")
