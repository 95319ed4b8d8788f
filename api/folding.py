"""One way to fold text and names, for what is stored and for what is asked.

Folding removes what people do not type the same way twice: case, diacritics, script and the shape of quotation marks.
Everything becomes plain ASCII words, so that SQLite and PostgreSQL, each with its plainest tokeniser, see the same.
"""

from __future__ import annotations

import re
import threading
from typing import NamedTuple

import Stemmer
from anyascii import anyascii

# A word is letters, digits and combining marks; apostrophes inside it stay with it ("don't", "Ukraine's", "O'Brien"),
# and so do the full stops of an abbreviation in single letters ("U.S.").
_WORD = re.compile(r"(?:[^\W\d_]\.){2,}|(?:[^\W_]|[\u0300-\u036f])+(?:['’ʼ](?:[^\W_]|[\u0300-\u036f])+)*")
_NOT_ASCII_WORD = re.compile(r"[^a-z0-9]+")
_NUMBER_WITH_TAIL = re.compile(r"\d+e\d")  # PostgreSQL's parser reads "5e10z" as a number and a word
_POSSESSIVE = re.compile(r"['’ʼ]s$", re.IGNORECASE)

# What the index keeps of one quote. PostgreSQL refuses a tsvector over 1 MiB, so a quote of more words than a long
# speech has (10,000 are over an hour's talk) is found by its first ones, and no word is longer than any language's.
MAX_WORDS = 10_000
MAX_WORD_LENGTH = 64

# Between two names of a speaker in the index, so that no phrase reaches from one into the next. Not ASCII: no folded
# word is like it.
BORDER = "ß"

_local = threading.local()


class Word(NamedTuple):
    """A word of a text: its place in code points, and its folded form (never empty, ASCII letters and digits)."""

    start: int
    end: int
    folded: str


def words(text: str) -> list[Word]:
    """The words of `text` in order, folded. A word that folds to several (a script without spaces) gives several."""
    found = []
    for match in _WORD.finditer(text):
        whole = _POSSESSIVE.sub("", match.group())
        plain = anyascii(whole).lower().replace("'", "")
        pieces = _NOT_ASCII_WORD.split(plain.replace(".", "") if "." in whole else plain)
        for piece in filter(None, pieces):
            folded = f"n{piece}" if _NUMBER_WITH_TAIL.match(piece) else piece
            found.append(Word(match.start(), match.end(), folded[:MAX_WORD_LENGTH]))
    return found


def fold(text: str) -> str:
    """`text` as folded words with one space between them; empty when it has none.

    >>> fold("Recep Tayyip Erdoğan’s")
    'recep tayyip erdogan'
    """
    return " ".join(word.folded for word in words(text))


def stem(folded: str) -> str:
    """The stem of one folded word, by Snowball's English stemmer ("Porter 2", via PyStemmer)."""
    # A Stemmer keeps a cache and is not safe to share between threads.
    stemmer = getattr(_local, "stemmer", None)
    if stemmer is None:
        stemmer = _local.stemmer = Stemmer.Stemmer("english")
    return str(stemmer.stemWord(folded))


def terms(text: str) -> str:
    """The words of `text`, folded and stemmed, as the full-text index stores them: at most MAX_WORDS."""
    return " ".join(stem(word.folded) for word in words(text)[:MAX_WORDS])


def names_line(names: list[str]) -> str:
    """Folded names in one line for the full-text index, each after a BORDER that no phrase can cross."""
    return " ".join(f"{BORDER} {folded}" for folded in dict.fromkeys(map(fold, names)) if folded)
