"""Cut a text into runs: pieces of which every character has the same marks. Overlapping marks need no nesting then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from typing import Generic, NamedTuple, TypeVar

Mark = TypeVar("Mark")


class Run(NamedTuple, Generic[Mark]):
    """A piece of a text, [start, end) in code points, and the marks that all of it has."""

    text: str
    start: int
    end: int
    marks: frozenset[Mark]


def cut(text: str, spans: Iterable[tuple[int, int, Mark]], start: int = 0, end: int | None = None) -> list[Run[Mark]]:
    """Return the runs of text[start:end], given spans into the whole text with their marks.

    >>> [(run.text, sorted(run.marks)) for run in cut("abcdef", [(1, 4, "x"), (2, 6, "y")])]
    [('a', []), ('b', ['x']), ('cd', ['x', 'y']), ('ef', ['y'])]
    """
    end = len(text) if end is None else min(end, len(text))
    changes: dict[int, list[tuple[Mark, int]]] = {start: [], end: []}
    for first, last, mark in spans:
        first, last = max(first, start), min(last, end)
        if first < last:
            changes.setdefault(first, []).append((mark, 1))
            changes.setdefault(last, []).append((mark, -1))
    places = sorted(changes)
    active: Counter[Mark] = Counter()
    found: list[Run[Mark]] = []
    for place, following in pairwise(places):
        for mark, change in changes[place]:
            active[mark] += change
            if not active[mark]:
                del active[mark]
        found.append(Run(text[place:following], place, following, frozenset(active)))
    return found
