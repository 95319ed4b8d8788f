"""The word lists behind the engine, as plain files that a diff can be read in.

A `.txt` file is a list: one entry a line. A `.tsv` file is a table: one entry a line, and behind tabs what is said of it. In a
table "-" stands for nothing, and ";" parts several values. The head of each file says in lines that open with "#" what its
entries are and which classes there are.

Lines are sorted as `LC_ALL=C sort` sorts them, and none stands twice. `tests/extraction/test_lexicon.py` checks both.
"""

from __future__ import annotations

import re
from pathlib import Path

_FOLDER = Path(__file__).parent


def lines(name: str) -> list[str]:
    """Return the lines of the file `name` of this folder, without its comments and empty lines."""
    text = (_FOLDER / name).read_text(encoding="utf-8")
    return [line for line in text.split("\n") if line and not line.startswith("#")]


def word_list(name: str) -> frozenset[str]:
    """Return the entries of the list `name`.txt."""
    return frozenset(lines(f"{name}.txt"))


def table(name: str) -> list[list[str]]:
    """Return the rows of the table `name`.tsv, each split at its tabs."""
    return [line.split("\t") for line in lines(f"{name}.tsv")]


def grouped(name: str, by: int = 1) -> dict[str, frozenset[str]]:
    """Return the entries of the table `name`.tsv, which has two columns, by what stands in column `by` (0 or 1)."""
    found: dict[str, set[str]] = {}
    for row in table(name):
        found.setdefault(row[by], set()).add(row[1 - by])
    return {key: frozenset(entries) for key, entries in found.items()}


def alternatives(*lists: frozenset[str]) -> str:
    """Return a regular expression that matches any entry of `lists`, the longest first."""
    entries = frozenset().union(*lists)
    return "|".join(map(re.escape, sorted(entries, key=lambda entry: (-len(entry), entry))))
