"""Two texts side by side: their paragraphs in pairs, with the words that only one of them has."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import NamedTuple

# Words of a pair of paragraphs that are compared one by one; longer pairs are shown as changed from end to end. Two that
# share nothing take the time of one with the other: 1,000 words each take 20 ms.
MAX_WORDS = 2_000
UNCHANGED = 1  # paragraphs shown on each side of a change; the others between changes are counted
_WORDS = re.compile(r"\s+|\w+|[^\w\s]")


class Piece(NamedTuple):
    """Words of a paragraph, and whether the other text has them not."""

    text: str
    is_changed: bool


class Pair(NamedTuple):
    """A paragraph in both texts; without pieces where one has none. skipped: paragraphs left out here, alike in both."""

    before: list[Piece]
    after: list[Piece]
    is_changed: bool
    skipped: int = 0


def side_by_side(before: str, after: str) -> list[Pair]:
    """Return the paragraphs of two texts in pairs. Of those that are alike only the neighbours of changes are kept.

    >>> side_by_side("Tolls fall.", "Tolls rise.")[0].after
    [Piece(text='Tolls ', is_changed=False), Piece(text='rise', is_changed=True), Piece(text='.', is_changed=False)]
    """
    old, new = _paragraphs(before), _paragraphs(after)
    pairs: list[Pair] = []
    for kind, first, last, other_first, other_last in SequenceMatcher(None, old, new).get_opcodes():
        if kind == "equal":
            pairs += [Pair([Piece(text, False)], [Piece(text, False)], is_changed=False) for text in old[first:last]]
        else:
            pairs += [_pair(*both) for both in zip_longest(old[first:last], new[other_first:other_last])]
    return _without_long_equals(pairs)


def _paragraphs(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _pair(before: str | None, after: str | None) -> Pair:
    """Return two paragraphs that differ, or one that the other text lacks."""
    if before is None or after is None:
        return Pair(_whole(before), _whole(after), is_changed=True)
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    if len(old) + len(new) > MAX_WORDS:
        return Pair(_whole(before), _whole(after), is_changed=True)
    left: list[Piece] = []
    right: list[Piece] = []
    for kind, first, last, other_first, other_last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        for pieces, words in ((left, old[first:last]), (right, new[other_first:other_last])):
            if words:
                pieces.append(Piece("".join(words), kind != "equal"))
    return Pair(left, right, is_changed=True)


def _whole(text: str | None) -> list[Piece]:
    return [] if text is None else [Piece(text, is_changed=True)]


def _without_long_equals(pairs: Sequence[Pair]) -> list[Pair]:
    near = {
        place + step for place, pair in enumerate(pairs) if pair.is_changed for step in range(-UNCHANGED, UNCHANGED + 1)
    }
    kept: list[Pair] = []
    for place, pair in enumerate(pairs):
        if place in near:
            kept.append(pair)
        elif kept and kept[-1].skipped:
            kept[-1] = kept[-1]._replace(skipped=kept[-1].skipped + 1)
        else:
            kept.append(Pair([], [], is_changed=False, skipped=1))
    return kept
