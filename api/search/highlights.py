"""Find the words of a query in a text, folded and stemmed as the full-text index does it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from api.folding import MAX_INDEXED_WORDS, stem_words
from api.search.language import Query, Words


class _Mark(NamedTuple):
    """A place in a text that has a phrase of the query: [start, end) in code points."""

    start: int
    end: int
    phrase: Words


class Highlighter:
    """Highlights what a query asks for. Make one for all texts of an answer: it prepares the query once."""

    def __init__(self, query: Query | None) -> None:
        self._phrases = query.words if query else []
        self._variants = [(*variant, phrase) for phrase in self._phrases for variant in phrase.variants]
        self._first_terms = {terms[0] for terms, is_prefix, _ in self._variants if len(terms) > 1 or not is_prefix}
        self._prefixes = tuple(terms[0] for terms, is_prefix, _ in self._variants if len(terms) == 1 and is_prefix)

    def highlight(self, text: str) -> list[list[int]]:
        """Return the spans of `text` that the query asks for: each word, and each phrase as one.

        Spans are [start, end) in code points, in order, and do not overlap.
        """
        spans: list[list[int]] = []
        for start, end, _ in self._marks(text):
            if spans and start < spans[-1][1]:  # it overlaps the span before
                spans[-1][1] = max(spans[-1][1], end)
            else:
                spans.append([start, end])
        return spans

    def best_place(self, text: str, within: int) -> tuple[int, int] | None:
        """Return the first place in `text` with the most different words and phrases of the query.

        They stand within `within` code points. The place is [start, end) from the first of them to the last; None if the
        text has none.
        """
        most, place = 0, None
        marks = self._marks(text)
        for index, (start, _, _) in enumerate(marks):
            different: set[Words] = set()
            for _, end, phrase in marks[index : index + within]:  # a word and the gap after it take two code points
                if end > start + within and different:
                    break
                if phrase not in different:
                    different.add(phrase)
                    if len(different) > most:
                        most, place = len(different), (start, end)
            if most == len(self._phrases):
                break
        return place

    def _marks(self, text: str) -> list[_Mark]:
        """Return each place in `text` that has a phrase of the query, in order; the longest of those that begin there."""
        if not self._variants:
            return []
        terms, words = stem_words(text, MAX_INDEXED_WORDS)
        marks: list[_Mark] = []
        for index, term in enumerate(terms):
            if term not in self._first_terms and not term.startswith(self._prefixes):
                continue
            here = [
                (len(sequence), phrase)
                for sequence, is_prefix, phrase in self._variants
                if _matches(terms[index : index + len(sequence)], sequence, is_prefix=is_prefix)
            ]
            if here:
                length, phrase = max(here, key=lambda match: match[0])
                marks.append(_Mark(words[index].start(), words[index + length - 1].end(), phrase))
        return marks


def _matches(terms: Sequence[str], sequence: tuple[str, ...], *, is_prefix: bool) -> bool:
    """Return whether the terms are this sequence, of which the last may be a prefix."""
    if not is_prefix:
        return tuple(terms) == sequence
    return len(terms) == len(sequence) and (*terms[:-1],) == sequence[:-1] and terms[-1].startswith(sequence[-1])
