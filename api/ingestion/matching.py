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

# Words that two wordings share, in order: of both in percent, or of the shorter, where that has enough of them. Of 15 pairs
# of wordings of one statement and 15 of two statements by one speaker (tests/ingestion/test_matching.py) the first is at
# least 57 for 12 of the former and for 1 of the latter. The second finds the other three, which were cut or went on.
ALIKE = 57
CONTAINED, FEWEST_CONTAINED = 90, 4
# Of one speaker's quotes on each side, so that nobody's article takes longer than others by the square.
MAX_COMPARED = 100
_LONGEST_COMPARED = 300  # words of one
_WORD = re.compile(r"[-−+]?[$€£¥]?\w+(?:[.,:'’-]\w+)*|[$€£¥%]")


def quote_words(text: str) -> tuple[str, ...]:
    """Return the words by which a quote is the same in another text: without case, marks and white space."""
    return tuple(word.replace("’", "'").replace("−", "-") for word in _WORD.findall(text.casefold()))


class Places:
    """Finds words of a text in another one, as they are there but for white space."""

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
        self.used: set[int] = set()  # places found before: the same words said twice are two quotes

    def find(self, spans: Parts) -> Parts | None:
        """Return the spans in the other text; None if the words from the first to the last are not there."""
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
    """Yield which new quote rewords which that no longer stands, as (index, id): of one speaker, the most alike first."""
    by_speaker: dict[int | None, list[int]] = defaultdict(list)
    for index, each in new.items():
        by_speaker[each.columns.speaker_id].append(index)
    left_by_speaker: dict[int | None, list[Quote]] = defaultdict(list)
    for quote in left:
        left_by_speaker[quote.speaker_id].append(quote)
    pairs: list[tuple[float, int, int]] = []
    for speaker, quotes in left_by_speaker.items():
        theirs = {index: quote_words(new[index].columns.text) for index in by_speaker[speaker][:MAX_COMPARED]}
        for quote in quotes[:MAX_COMPARED]:
            mine = quote_words(quote.text)
            pairs += [
                (-score, quote.id, i) for i, of_new in theirs.items() if (score := likeness(mine, of_new)) >= ALIKE
            ]
    matched: set[int] = set()
    rewording: set[int] = set()
    for _, quote_id, index in sorted(pairs):
        if quote_id not in matched and index not in rewording:
            matched.add(quote_id)
            rewording.add(index)
            yield index, quote_id


def likeness(one: Sequence[str], other: Sequence[str]) -> float:
    """Return how much two wordings are alike, in percent: by the words that they share in the same order."""
    one, other = one[:_LONGEST_COMPARED], other[:_LONGEST_COMPARED]
    shared = LCSseq.similarity(one, other)
    shorter = min(len(one), len(other))
    contained = 100 * shared / shorter if shorter >= FEWEST_CONTAINED else 0.0
    both = 200 * shared / (len(one) + len(other)) if one or other else 100.0
    return max(both, contained if contained >= CONTAINED else 0.0)
