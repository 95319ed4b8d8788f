"""A text cut into words, sentences and paragraphs, and look-ups by place."""

from __future__ import annotations

from bisect import bisect_right

from api.extraction.lexicon import word_list
from api.extraction.sentences import CLOSING, paragraphs, sentences, trim
from api.extraction.spans import Span
from api.extraction.words import PREPOSITIONS, Word, words_of

MAX_HEADLINE = 250  # code points
_SMALL_WORDS = word_list("headline_small_words") | PREPOSITIONS


class Layout:
    """The words, sentences and paragraphs of a text. Nothing changes after it is made.

    `breaks` are the numbers of the words that open a sentence, quotation or paragraph. `headlines` are the numbers of the
    paragraphs in which all long words but prepositions are capitalised. `opening` is the number of the first paragraph that
    ends like a sentence: a headline or byline may stand before it.
    """

    def __init__(self, text: str) -> None:
        """Cut `text` into words, sentences and paragraphs."""
        self.text = text
        self.words: list[Word] = words_of(text)
        parts = paragraphs(text)
        self._sentences = [span.start for span in sentences(text)]
        self._paragraphs = [span.start for span in parts]
        self.breaks = self._find_breaks()
        self.headlines = self._find_headlines(parts)
        ends = (number for number, part in enumerate(parts) if text[part.end - 1] in ".!?…" + CLOSING)
        self.opening = next(ends, 0)

    def sentence(self, at: int) -> int:
        """Return the number of the sentence that code point `at` is in."""
        return bisect_right(self._sentences, at) - 1

    def sentence_before(self, at: int) -> Span:
        """Return the sentence before the one that code point `at` is in, empty if that is the first."""
        number = self.sentence(at)
        return trim(self.text, self._sentences[number - 1], self._sentences[number]) if number > 0 else Span(0, 0)

    def paragraph(self, at: int) -> int:
        """Return the number of the paragraph that code point `at` is in."""
        return bisect_right(self._paragraphs, at) - 1

    def word_at(self, at: int) -> int:
        """Return the number of the first word that ends after code point `at`, or the count of words if there is none."""
        return bisect_right(self.words, at, key=lambda word: word.end)

    def low(self, index: int) -> str:
        """Return word number `index` as the lexicon spells it, or "" outside the text."""
        return self.words[index].low if 0 <= index < len(self.words) else ""

    def span(self, first: int, last: int) -> Span:
        """Return the span of words first to last (exclusive)."""
        return Span(self.words[first].start, self.words[last - 1].end)

    def _find_breaks(self) -> set[int]:
        """Return the numbers of the words that open a sentence, quotation or paragraph."""
        openings = set()
        at = 0
        for start in self._sentences:
            while at < len(self.words) and self.words[at].start < start:
                at += 1
            openings.add(at)
            after = at
            while after < len(self.words) and after < at + 3 and not self.words[after].text[0].isalnum():
                after += 1
                openings.add(after)
        return openings

    def _find_headlines(self, parts: list[Span]) -> set[int]:
        """Return the numbers of the paragraphs in title case. A name may end anywhere in them."""
        found = set()
        for number, (start, end) in enumerate(parts):
            if end - start <= MAX_HEADLINE:
                long = [word for word in self.text[start:end].split() if len(word) > 3 and word[0].isalpha()]
                if len(long) > 2 and all(word[0].isupper() or word in _SMALL_WORDS for word in long):
                    found.add(number)
        return found
