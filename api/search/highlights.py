"""Where in a text the words of a query stand, by the folding and stemming of the full-text index itself."""

from __future__ import annotations

from collections.abc import Sequence

from api.folding import MAX_WORDS, stemmed
from api.search.language import Query, Words, read


def highlight(text: str, q: str) -> list[list[int]]:
    """What of `text` the query asks for, by the folding and stemming of the index itself.

    Gives [start, end) in code points, in order, none over another: each word matched, and each phrase as one.
    """
    spans: list[list[int]] = []
    for start, end, _ in _marked(text, read(q)):
        if spans and start < spans[-1][1]:  # within the match before, or across its end
            spans[-1][1] = max(spans[-1][1], end)
        else:
            spans.append([start, end])
    return spans


def best(text: str, q: str, within: int) -> tuple[int, int] | None:
    """The first place in `text` where the most different words and phrases of the query stand within so many code points.

    Gives [start, end) from the first of them to the last, or None where there is none at all.
    """
    asked, most, place = read(q), 0, None
    marks = _marked(text, asked)
    for index, (start, _, _) in enumerate(marks):
        different: set[Words] = set()
        for _, end, part in marks[index : index + within]:  # a word and what parts it from the next take two
            if end > start + within and different:
                break
            if part not in different:
                different.add(part)
                if len(different) > most:
                    most, place = len(different), (start, end)
        if most == len(asked.words):
            break
    return place


def _marked(text: str, asked: Query) -> list[tuple[int, int, Words]]:
    """Each place in `text` that has words of the query, in order, the longest of those that begin there."""
    readings = [(*reading, part) for part in asked.words for reading in part.readings]
    starts = {sequence[0] for sequence, begins, _ in readings if len(sequence) > 1 or not begins}
    beginnings = tuple(sequence[0] for sequence, begins, _ in readings if len(sequence) == 1 and begins)
    terms, places = stemmed(text, MAX_WORDS)
    marks: list[tuple[int, int, Words]] = []
    for index, term in enumerate(terms):
        if term not in starts and not term.startswith(beginnings):
            continue
        here = [(len(s), part) for s, begins, part in readings if _are(terms[index : index + len(s)], s, begins=begins)]
        if here:
            length, part = max(here, key=lambda reading: reading[0])
            marks.append((places[index].start(), places[index + length - 1].end(), part))
    return marks


def _are(terms: Sequence[str], sequence: tuple[str, ...], *, begins: bool) -> bool:
    """Whether the terms are these, of which the last may be only a beginning."""
    if not begins:
        return tuple(terms) == sequence
    return len(terms) == len(sequence) and (*terms[:-1],) == sequence[:-1] and terms[-1].startswith(sequence[-1])
