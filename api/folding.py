"""One way to fold text and names, for what is stored and for what is asked.

Folding removes what people do not type the same way twice: case, diacritics, script and the shape of quotation marks.
Everything becomes plain ASCII words, so that SQLite and PostgreSQL, each with its plainest tokeniser, see the same.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from itertools import chain, islice
from typing import NamedTuple

import Stemmer
from anyascii import anyascii

# Part of a word though no letter: combining marks, the soft hyphen, joiners. In the first plane, where living scripts are.
_MARKS = (
    "".join(c for c in map(chr, range(0x300, 0x10000)) if unicodedata.category(c)[0] == "M")
    + "\u00ad\u200c\u200d\u2060"
)
APOSTROPHES = "'’ʼ‘`´′＇"  # as people and keyboards write them inside a word
# A word is letters, digits and marks; apostrophes inside it stay with it ("don't", "Ukraine's", "O'Brien"), and so do the
# full stops of an abbreviation in single letters ("U.S.", "U.S").
_LETTERS = rf"(?:[^\W_]++|[{_MARKS}])++"  # possessive: they never give a letter back, and it takes half as long
_WORD = re.compile(
    rf"[^\W\d_](?:\.[^\W\d_])+(?!\w)\.?(?:[{APOSTROPHES}][sS](?!\w))?|{_LETTERS}(?:[{APOSTROPHES}]{_LETTERS})*+"
)
_POSSESSIVE = re.compile(rf"[{APOSTROPHES}][sS]$")
_BETWEEN = re.compile(r"[\s/]+")  # "½" transliterates as "1/2", and some signs as several words
_NOT_IN_WORD = re.compile(r"[^a-z0-9]+")
_NUMBER_WITH_TAIL = re.compile(r"\d+e\d")  # PostgreSQL's parser reads "5e10z" as a number and a word

# What the index keeps of one quote. PostgreSQL refuses a tsvector over 1 MiB, so a quote of more words than a long
# speech has (10,000 are over an hour's talk) is found by its first ones, and no word is longer than any language's.
MAX_WORDS = 10_000
MAX_WORD_LENGTH = 64
# Words folded but once, and as many stemmed: 5 MB each, and 95 of 100 words of the news were among the last so many.
REMEMBERED = 20_000
MAX_NAME_WORDS = 2_000  # of all names of one speaker: some 600 names
MAX_TAILS = 16  # of one name: more words than the name of a ministry has
MAX_TAIL_LENGTH = 300  # characters; as long as a name may be

# Two names that differ in their transliteration alone have one skeleton. Each rule is one that systems of romanisation, or
# a language's own spelling, differ by, and none joins names that people keep apart: docs/decisions/0008 has what was
# measured. In this order; "i" stands for y and j too, and a letter doubled for one.
_ROMANISATIONS = tuple(
    (re.compile(pattern), letters)
    for pattern, letters in (
        ("shch|sch", "sh"),  # Khrushchev, Schevchenko
        ("tch", "ch"),  # Tchaikovsky, Gorbatchev
        ("kh", "h"),  # Khodorkovsky
        ("ph", "f"),  # Stephan
        ("ck", "k"),
        ("q", "k"),
        ("x", "ks"),  # Alexander, Aleksandr
        ("w", "v"),  # Wolodymyr
        ("[jy]", "i"),  # Zelensky, Sergej, Netanjahu
        ("ii+", "i"),  # Zelenskyy, Zelenskiy
        ("(?:^|(?<=[aeou]))ie", "e"),  # Yeltsin, Dostoyevsky
        (r"(.)\1+", r"\1"),  # Kallas, Mohammed
    )
)
# Skeletons so short are of too many names, and so long of none.
SHORTEST_SKELETON, SHORTEST_SLIP, LONGEST_SLIP = 5, 6, 24
# PostgreSQL keeps the places of a word's first 255 occurrences (MAXNUMPOS, tsearch/ts_type.h), and phrases need them. So
# that a phrase is found alike in both databases, none is found by a later occurrence.
MAX_OCCURRENCES = 250

# Between two names of a speaker in the index, so that no phrase reaches from one into the next. Not ASCII: no folded
# word is like it.
BORDER = "ß"

_local = threading.local()


class Tail(NamedTuple):
    """A name from one of its words on: folded, and as it is written but for case."""

    folded: str
    written: str


class Word(NamedTuple):
    """A word of a text: its place in code points, and its folded form (never empty, ASCII letters and digits)."""

    start: int
    end: int
    folded: str


def words(text: str, most: int | None = None) -> list[Word]:
    """The words of `text` in order, folded, at most `most`. A sign that stands for several words gives several."""
    found: list[Word] = []
    for match in _WORD.finditer(text):
        if most is not None and len(found) >= most:
            break
        start, end = match.span()
        found += [Word(start, end, folded) for folded in _folded(match.group())]
    return found[:most]


def stemmed(text: str, most: int) -> tuple[list[str], list[re.Match[str]]]:
    """The stems of the words of `text` in order, at most `most`, and where the word of each stands.

    It takes half as long as `words`, for who looks for a few of them.
    """
    stems: list[str] = []
    places: list[re.Match[str]] = []
    for match in _WORD.finditer(text):
        if len(stems) >= most:
            break
        for each in _stems(match.group()):
            stems.append(each)
            places.append(match)
    return stems[:most], places[:most]


def _fold_word(word: str) -> tuple[str, ...]:
    """What a word as it stands folds to: nearly always one piece."""
    if word.isascii() and word.isalnum():  # nearly always
        pieces = [word.lower()]
    else:
        plain = anyascii(_POSSESSIVE.sub("", word)).lower()
        pieces = [piece for part in _BETWEEN.split(plain) if (piece := _NOT_IN_WORD.sub("", part))]
    return tuple((f"n{piece}" if _NUMBER_WITH_TAIL.match(piece) else piece)[:MAX_WORD_LENGTH] for piece in pieces)


def _stem_word(word: str) -> tuple[str, ...]:
    return tuple(map(stem, _fold_word(word)))


def _remembered(make: Callable[[str], tuple[str, ...]]) -> Callable[[str], tuple[str, ...]]:
    once = lru_cache(REMEMBERED)(make)
    return lambda word: once(word) if len(word) <= MAX_WORD_LENGTH else make(word)


_folded = _remembered(_fold_word)
_stems = _remembered(_stem_word)


def fold(text: str) -> str:
    """`text` as folded words with one space between them; empty when it has none.

    >>> fold("Recep Tayyip Erdoğan’s")
    'recep tayyip erdogan'
    """
    return " ".join(folded for match in _WORD.finditer(text) for folded in _folded(match.group()))


def stem(folded: str) -> str:
    """The stem of one folded word, by Snowball's English stemmer ("Porter 2", via PyStemmer)."""
    # A Stemmer keeps a cache and is not safe to share between threads.
    stemmer = getattr(_local, "stemmer", None)
    if stemmer is None:
        stemmer = _local.stemmer = Stemmer.Stemmer("english", 0)
    return str(stemmer.stemWord(folded))


def terms(*texts: str) -> str:
    """The words of `texts`, folded and stemmed, as the full-text index stores them: at most MAX_WORDS of each.

    Between two texts is a BORDER that no phrase can cross.
    """
    line: list[str] = []
    for text in texts:
        line += [BORDER] if line else []
        line += islice(chain.from_iterable(map(_stems, _WORD.findall(text))), MAX_WORDS)
    if len(line) > MAX_OCCURRENCES:
        seen: Counter[str] = Counter()
        for place, term in enumerate(line):
            seen[term] += 1
            line[place] = term if seen[term] <= MAX_OCCURRENCES else BORDER
    return " ".join(line)


def names_line(names: list[str]) -> str:
    """Folded names in one line for the full-text index, each after a BORDER that no phrase can cross."""
    line: list[str] = []
    for folded in dict.fromkeys(map(fold, names)):
        line += [BORDER, *folded.split()] if folded else []
    return " ".join(line[:MAX_NAME_WORDS])


def plain(text: str) -> str:
    """`text` without the case of its letters, and with each accent in its letter: what two spellings must share to be exact."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).lower())


def tails(name: str) -> list[Tail]:
    """A name from each of its words on, what searches by name look up: at most MAX_TAILS.

    >>> [tail.folded for tail in tails("Recep Tayyip Erdoğan")]
    ['recep tayyip erdogan', 'tayyip erdogan', 'erdogan']
    """
    found = words(name)
    folded = [word.folded for word in found]
    return [
        Tail(" ".join(folded[place:])[:MAX_TAIL_LENGTH], plain(name[word.start :])[:MAX_TAIL_LENGTH])
        for place, word in enumerate(found[:MAX_TAILS])
    ]


def skeleton(folded: str) -> str:
    """What the transliterations of a name have in common, of one folded word.

    >>> {skeleton(word) for word in ("zelenski", "zelensky", "zelenskyy", "zelenskiy")}
    {'zelenski'}
    """
    for pattern, letters in _ROMANISATIONS:
        folded = pattern.sub(letters, folded)
    return folded


def near(folded: str) -> list[str]:
    """The keys under which a folded word is found when it is spelled otherwise, in order; none for what must be exact.

    They are its skeleton and, unless that is too short, its skeleton without each letter but the first and the last: words
    one slip apart share a key (the symmetric deletion of Garbe's SymSpell, 2012). What has digits must be exact too.
    """
    bare = skeleton(folded)
    if len(bare) < SHORTEST_SKELETON or not bare.isalpha():
        return []
    keys = {bare}
    if SHORTEST_SLIP <= len(bare) <= LONGEST_SLIP:
        keys |= {bare[:place] + bare[place + 1 :] for place in range(1, len(bare) - 1)}
    return sorted(keys)
