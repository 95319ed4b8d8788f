"""Compare the texts of two articles by their shingles, and find candidates by MinHash (Broder 1997).

A shingle is a sequence of SHINGLE_WORDS words. Words are as full text has them, folded and stemmed, without the title.
MinHash takes the smallest hash of the shingles in each of several orders. Texts that share much nearly surely share a band,
which is BAND_HASHES such minimums. Whether they are duplicates is then decided by the shingles themselves.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from api.folding import BORDER, fold

Hashes = NDArray[np.uint64]

# How these were chosen, by the texts of the seeds and of tests/gold as copies are changed: docs/decisions/0020.
SHINGLE_WORDS = 5
HEAD_SHINGLES = 128  # from the beginning, which is all that some copies keep
BANDS, BAND_HASHES = 8, 3  # over the beginning, and as many over the whole text
MIN_SHARED = 0.7  # of the shorter text's shingles must stand in the longer one too
MIN_SHARED_OF_LONGER = 0.2  # a paragraph is no copy of the long article that has it too
SHORT_TEXT_SHINGLES = 40  # shingles; of a shorter text all must be shared: one word more or less changes what it says
MIN_SAME_FIGURES = 0.5  # of the shared sequences with figures must have the same ones: reports by a form differ in them
# Sequences with figures. Fewer, as two figures make, may differ: a report with a corrected toll is the same report.
MIN_FIGURES = 3 * SHINGLE_WORDS


class Fingerprint:
    """What an article's text is compared by. `terms` are its title and text as `article.terms` has them."""

    def __init__(self, title: str | None, terms: str) -> None:
        words = (terms.partition(f" {BORDER} ")[2] if fold(title or "") else terms).split()
        hashes = np.fromiter(map(zlib.crc32, map(str.encode, words)), np.uint32, len(words))
        self.shingles = _shingles(hashes)
        # One hash for every word that has a digit. No other word has it: the others have letters only.
        self.without_figures = np.where(np.fromiter(map(str.isalpha, words), np.bool_, len(words)), hashes, _FIGURE)

    @cached_property
    def bands(self) -> list[int]:
        """Return numbers of which a text much like this one has some too."""
        head, all_ = self.shingles[:HEAD_SHINGLES], self.shingles
        minimums = np.concatenate([_minimums(head, _ORDERS[0]), _minimums(all_, _ORDERS[1])])
        numbers: list[int] = _hash_rows(minimums.reshape(-1, BAND_HASHES).T).view(np.int64).tolist()
        return numbers

    @cached_property
    def forms(self) -> Hashes:
        """Return the shingles with one hash for every word that has a digit."""
        return _shingles(self.without_figures)

    def is_copy_of(self, other: Fingerprint) -> bool:
        """Return whether nearly all of the shorter text stands in the longer one too, with the same figures."""
        if not len(self.without_figures) or not len(other.without_figures):
            return False
        if np.array_equal(self.shingles, other.shingles):
            return True
        short, long = sorted((self, other), key=lambda text: len(text.shingles))
        common = np.isin(short.shingles, long.shingles)
        least = MIN_SHARED if len(common) >= SHORT_TEXT_SHINGLES else 1.0
        if common.mean() < least or common.sum() < MIN_SHARED_OF_LONGER * len(long.shingles):
            return False
        has_figures = (short.forms != short.shingles) & np.isin(short.forms, long.forms)
        return bool(has_figures.sum() < MIN_FIGURES or common[has_figures].mean() >= MIN_SAME_FIGURES)


_FIGURE = np.uint32(zlib.crc32(b"0"))
_ORDERS = np.random.default_rng(1).integers(2**64, size=(2, BANDS * BAND_HASHES), dtype=np.uint64) | np.uint64(1)


def _shingles(words: NDArray[np.uint32]) -> Hashes:
    """Hash each sequence of SHINGLE_WORDS words, given by their hashes. Of fewer words all are one sequence."""
    hashes = words.astype(np.uint64)
    width = min(SHINGLE_WORDS, len(hashes))
    return _hash_rows([hashes[start : len(hashes) - width + 1 + start] for start in range(width)])


def _hash_rows(columns: Iterable[Hashes]) -> Hashes:
    """Hash each row of the columns so that every bit depends on every bit of them (splitmix64's last steps)."""
    joined = np.zeros(1, np.uint64)
    for column in columns:
        joined = (joined + column) * np.uint64(0x9E3779B97F4A7C15)
        joined ^= joined >> np.uint64(31)
    joined = (joined ^ (joined >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    joined = (joined ^ (joined >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return joined ^ (joined >> np.uint64(31))


def _minimums(shingles: Hashes, orders: Hashes) -> Hashes:
    """Return the smallest shingle in each of several orders, each made by a multiplication."""
    smallest: Hashes = (shingles[:, None] * orders).min(axis=0)
    return smallest
