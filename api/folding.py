"""Fold text and names in one way, for stored text and for queries.

Folding removes what people do not type the same way twice: case, diacritics, script and the shape of quotation marks.
Everything becomes plain ASCII words, so that SQLite and PostgreSQL, each with its plainest tokeniser, index the same.
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

# Characters that are part of a word and not letters: combining marks, the soft hyphen, joiners. Only those of the
# first plane, which has all living scripts.
_MARKS = (
    "".join(c for c in map(chr, range(0x300, 0x10000)) if unicodedata.category(c)[0] == "M")
    + "\u00ad\u200c\u200d\u2060"
)
APOSTROPHES = "'’ʼ‘`´′＇"  # as people and keyboards write them inside a word
# A word is letters, digits and marks; apostrophes inside it stay with it ("don't", "Ukraine's", "O'Brien"), and so do the
# full stops of an abbreviation in single letters ("U.S.", "U.S") and the brackets around one to three letters that an
# editor or an alternative puts in: "[W]e", "want[ed]", "bridge(s)", "(re)open". "Smith(D)" and "said[sic]" are two words.
_LETTERS = rf"(?:[^\W_]++|[{_MARKS}])++"  # possessive: without backtracking it takes half as long
_BRACKETED = r"(?:\[(?!sic\])[^\W\d_][a-z]{0,2}\]|\([a-z]{1,3}\))"
_WORD = re.compile(
    rf"[^\W\d_](?:\.[^\W\d_])+(?!\w)\.?(?:[{APOSTROPHES}][sS](?!\w))?"
    rf"|(?:(?<!\w){_BRACKETED}(?=[^\W_]))?{_LETTERS}(?:[{APOSTROPHES}]{_LETTERS}|(?<=[^\W\d_]){_BRACKETED}(?:{_LETTERS})?)*+"
)
_POSSESSIVE = re.compile(rf"[{APOSTROPHES}][sS]$")
_BETWEEN = re.compile(r"[\s/]+")  # "½" transliterates as "1/2", and some signs as several words
_NOT_IN_WORD = re.compile(r"[^a-z0-9]+")
_NUMBER_WITH_TAIL = re.compile(r"\d+e\d")  # PostgreSQL's parser reads "5e10z" as a number and a word

# What the index keeps of one text, since PostgreSQL refuses a tsvector over 1 MiB. A longer text is found by its first 10,000
# words, which are over an hour's talk. Longer words are cut: no language has them.
MAX_INDEXED_WORDS = 10_000
MAX_WORD_CHARACTERS = 64
# Words in each of two caches, of folded and of stemmed ones: 5 MB each. Of the words of news, 95 of 100 were in them.
CACHED_WORDS = 20_000
MAX_NAME_WORDS = 2_000  # of all names of one speaker: some 600 names
MAX_NAME_TAILS = 16  # of one name: more words than the name of a ministry has
MAX_TAIL_CHARACTERS = 300  # characters; as long as a name may be

# Names that differ only in their transliteration have one skeleton. Each rule removes a difference between systems of
# romanisation, or between spellings in one language. No rule joins names of different people (decision 0008). The order
# counts: the last rules work on the letters that the first ones have written.
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
# Letters of a skeleton. Too many names share shorter ones, and longer ones are no names. A slip is one letter too many,
# missing or wrong, or two letters swapped.
MIN_SKELETON_LETTERS, MIN_SLIP_LETTERS, MAX_SLIP_LETTERS = 5, 6, 24
# PostgreSQL keeps the places of a word's first 255 occurrences (MAXNUMPOS, tsearch/ts_type.h), which phrases need. Later
# occurrences are left out of the index, so that both databases find the same phrases.
MAX_OCCURRENCES = 250

# Stands between two names of a speaker in the index, so that no phrase reaches from one into the next. It is not ASCII, so
# no folded word equals it.
BORDER = "ß"

_local = threading.local()


class Tail(NamedTuple):
    """The end of a name, from one of its words on: folded, and as written in lower case."""

    folded: str
    written: str


class Word(NamedTuple):
    """A word of a text: its place in code points, and its folded form (never empty, ASCII letters and digits)."""

    start: int
    end: int
    folded: str


def fold_words(text: str, limit: int | None = None) -> list[Word]:
    """Return the folded words of `text` in order, at most `limit`. A sign that stands for several words gives several."""
    found: list[Word] = []
    for match in _WORD.finditer(text):
        if limit is not None and len(found) >= limit:
            break
        start, end = match.span()
        found += [Word(start, end, folded) for folded in _folded(match.group())]
    return found[:limit]


def stem_words(text: str, limit: int) -> tuple[list[str], list[re.Match[str]]]:
    """Return the stems of the words of `text` in order, at most `limit`, and the match of each stem's word.

    This takes half as long as `fold_words`, since it makes no object for each word.
    """
    stems: list[str] = []
    places: list[re.Match[str]] = []
    for match in _WORD.finditer(text):
        if len(stems) >= limit:
            break
        for each in _stems(match.group()):
            stems.append(each)
            places.append(match)
    return stems[:limit], places[:limit]


def _fold_word(word: str) -> tuple[str, ...]:
    """Return the folded pieces of a word: nearly always one."""
    if word.isascii() and word.isalnum():  # nearly always
        pieces = [word.lower()]
    else:
        plain = anyascii(_POSSESSIVE.sub("", word)).lower()
        pieces = [piece for part in _BETWEEN.split(plain) if (piece := _NOT_IN_WORD.sub("", part))]
    return tuple((f"n{piece}" if _NUMBER_WITH_TAIL.match(piece) else piece)[:MAX_WORD_CHARACTERS] for piece in pieces)


def _stem_word(word: str) -> tuple[str, ...]:
    return tuple(map(stem, _fold_word(word)))


def _cached(make: Callable[[str], tuple[str, ...]]) -> Callable[[str], tuple[str, ...]]:
    """Cache a function of a word, except for very long words, which hardly ever come again."""
    once = lru_cache(CACHED_WORDS)(make)
    return lambda word: once(word) if len(word) <= MAX_WORD_CHARACTERS else make(word)


_folded = _cached(_fold_word)
_stems = _cached(_stem_word)


def fold(text: str) -> str:
    """Return the folded words of `text` with one space between them; empty if it has none.

    >>> fold("Recep Tayyip Erdoğan’s")
    'recep tayyip erdogan'
    """
    return " ".join(folded for match in _WORD.finditer(text) for folded in _folded(match.group()))


def stem(folded: str) -> str:
    """Return the stem of one folded word, by Snowball's English stemmer ("Porter 2", via PyStemmer)."""
    # A Stemmer keeps a cache and is not safe to share between threads.
    stemmer = getattr(_local, "stemmer", None)
    if stemmer is None:
        stemmer = _local.stemmer = Stemmer.Stemmer("english", 0)
    return str(stemmer.stemWord(folded))


def terms(*texts: str) -> str:
    """Return the folded and stemmed words of `texts` as the full-text index stores them: at most MAX_INDEXED_WORDS of each.

    Between two texts is a BORDER that no phrase can cross.
    """
    line: list[str] = []
    for text in texts:
        line += [BORDER] if line else []
        line += islice(chain.from_iterable(map(_stems, _WORD.findall(text))), MAX_INDEXED_WORDS)
    if len(line) > MAX_OCCURRENCES:
        seen: Counter[str] = Counter()
        for place, term in enumerate(line):
            seen[term] += 1
            line[place] = term if seen[term] <= MAX_OCCURRENCES else BORDER
    return " ".join(line)


def names_line(names: list[str]) -> str:
    """Return folded names as one line for the full-text index. No phrase can cross the BORDER before each of them."""
    line: list[str] = []
    for folded in dict.fromkeys(map(fold, names)):
        line += [BORDER, *folded.split()] if folded else []
    return " ".join(line[:MAX_NAME_WORDS])


def plain(text: str) -> str:
    """Return `text` in lower case and NFC. Spellings for which this is equal match exactly."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).lower())


def tails(name: str) -> list[Tail]:
    """Return the ends of a name that searches look up, one from each of its words on: at most MAX_NAME_TAILS.

    >>> [tail.folded for tail in tails("Recep Tayyip Erdoğan")]
    ['recep tayyip erdogan', 'tayyip erdogan', 'erdogan']
    """
    found = fold_words(name)
    folded = [word.folded for word in found]
    return [
        Tail(" ".join(folded[place:])[:MAX_TAIL_CHARACTERS], plain(name[word.start :])[:MAX_TAIL_CHARACTERS])
        for place, word in enumerate(found[:MAX_NAME_TAILS])
    ]


def skeleton(folded: str) -> str:
    """Return what the transliterations of one folded word have in common.

    >>> {skeleton(word) for word in ("zelenski", "zelensky", "zelenskyy", "zelenskiy")}
    {'zelenski'}
    """
    for pattern, letters in _ROMANISATIONS:
        folded = pattern.sub(letters, folded)
    return folded


def spelling_keys(folded: str) -> list[str]:
    """Return the keys under which other spellings of a folded word are found, in order; none if it must match exactly.

    They are its skeleton and, unless that is too short, the skeleton without each of its letters but the first and the last.
    So words that are one slip apart share a key (the symmetric deletion of Garbe's SymSpell, 2012). A word with digits must
    match exactly, and so must a short one.
    """
    bare = skeleton(folded)
    if len(bare) < MIN_SKELETON_LETTERS or not bare.isalpha():
        return []
    keys = {bare}
    if MIN_SLIP_LETTERS <= len(bare) <= MAX_SLIP_LETTERS:
        keys |= {bare[:place] + bare[place + 1 :] for place in range(1, len(bare) - 1)}
    return sorted(keys)
