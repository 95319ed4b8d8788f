"""Match quotes of two texts of one article: by their words, by where their words stand, and by likeness."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from rapidfuzz.distance import LCSseq

from api.extraction import Span
from api.ingestion.denormalised import Parts
from api.ingestion.rows import NewQuote
from api.models import Quote

# Shared words of two wordings, in order: in percent of both, or of the shorter one if that has enough words. Measured with 15
# pairs of wordings of one statement, and 15 pairs of two statements by one speaker (tests/ingestion/test_matching.py). The
# first measure is at least 57 for 12 of the former pairs and 1 of the latter. The second finds the other three: one wording
# of each is cut, or goes on.
MIN_LIKENESS_PERCENT = 57
MIN_CONTAINED_PERCENT, MIN_CONTAINED_WORDS = 90, 4
MAX_COMPARED_QUOTES = 100  # of one speaker, in each text: the time grows with the square
_MAX_COMPARED_WORDS = 300  # of one quote
_WORD = re.compile(r"[-−+]?[$€£¥]?\w+(?:[.,:'’-]\w+)*|[$€£¥%]")


def quote_words(text: str) -> tuple[str, ...]:
    """Return the words of a quote, without case, marks and white space. Quotes with equal words are the same quote."""
    return tuple(word.replace("’", "'").replace("−", "-") for word in _WORD.findall(text.casefold()))


class Places:
    """Finds words of one text in another, if they stand there unchanged but for white space."""

    def __init__(self, before: str, after: str) -> None:
        self.before = before
        self.starts: list[int] = []  # of each word in the other text
        self.places: list[int] = []  # of each word in `line`
        words = list(re.finditer(r"\S+", after))
        place = 1
        for word in words:
            self.starts.append(word.start())
            self.places.append(place)
            place += word.end() - word.start() + 1
        self.line = f" {' '.join(word.group() for word in words)} "
        self.used: set[int] = set()  # places found before: words that stand twice belong to two quotes

    def find(self, spans: Parts) -> Parts | None:
        """Return the spans in the other text, or None if the words from the first to the last do not stand there."""
        first = min(span.start for of_part in spans.values() for span in of_part)
        last = max(span.end for of_part in spans.values() for span in of_part)
        while first > 0 and not self.before[first - 1].isspace():
            first -= 1
        while last < len(self.before) and not self.before[last].isspace():
            last += 1
        words = list(re.finditer(r"\S+", self.before[first:last]))
        wanted = f" {' '.join(word.group() for word in words)} "
        at = self.line.find(wanted)
        while at in self.used:
            at = self.line.find(wanted, at + 1)
        if at < 0:
            return None
        self.used.add(at)
        starts = [first + word.start() for word in words]
        begins = bisect_right(self.places, at + 1) - 1

        def moved(offset: int) -> int:
            word = bisect_right(starts, offset) - 1
            return self.starts[begins + word] + offset - starts[word]

        return {
            part: [Span(moved(start), moved(end - 1) + 1) for start, end in of_part] for part, of_part in spans.items()
        }


def rewordings(left: Sequence[Quote], new: Mapping[int, NewQuote]) -> Iterator[tuple[int, int]]:
    """Yield pairs of the index of a new quote and the id of the quote that it rewords, which no longer stands.

    Both have the same speaker. The most alike come first.
    """
    by_speaker: dict[int | None, list[int]] = defaultdict(list)
    for index, each in new.items():
        by_speaker[each.columns.speaker_id].append(index)
    left_by_speaker: dict[int | None, list[Quote]] = defaultdict(list)
    for quote in left:
        left_by_speaker[quote.speaker_id].append(quote)
    pairs: list[tuple[float, int, int]] = []
    for speaker, quotes in left_by_speaker.items():
        theirs = {index: quote_words(new[index].columns.text) for index in by_speaker[speaker][:MAX_COMPARED_QUOTES]}
        for quote in quotes[:MAX_COMPARED_QUOTES]:
            mine = quote_words(quote.text)
            scores = ((likeness(mine, of_new), index) for index, of_new in theirs.items())
            pairs += [(-score, quote.id, index) for score, index in scores if score >= MIN_LIKENESS_PERCENT]
    matched: set[int] = set()
    rewording: set[int] = set()
    for _, quote_id, index in sorted(pairs):
        if quote_id not in matched and index not in rewording:
            matched.add(quote_id)
            rewording.add(index)
            yield index, quote_id


def likeness(one: Sequence[str], other: Sequence[str]) -> float:
    """Return how much two wordings are alike, in percent, by the words that they share in the same order."""
    one, other = one[:_MAX_COMPARED_WORDS], other[:_MAX_COMPARED_WORDS]
    shared = LCSseq.similarity(one, other)
    shorter = min(len(one), len(other))
    contained = 100 * shared / shorter if shorter >= MIN_CONTAINED_WORDS else 0.0
    both = 200 * shared / (len(one) + len(other)) if one or other else 100.0
    return max(both, contained if contained >= MIN_CONTAINED_PERCENT else 0.0)
