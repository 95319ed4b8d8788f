"""The word lists behind the engine, as plain files: one entry a line, columns parted by tabs, `#` opens a comment line."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent


def lines(name: str) -> list[str]:
    """The lines of the file `name` of this folder that are no comments and not empty."""
    read = (_FOLDER / name).read_text(encoding="utf-8").split("\n")
    return [line for line in read if line.strip() and not line.startswith("#")]


def table(name: str) -> list[list[str]]:
    """The rows of the file `name`, each split at its tabs."""
    return [line.split("\t") for line in lines(name)]


def words(name: str) -> frozenset[str]:
    """All words of the file `name`, wherever its lines break."""
    return frozenset(word for line in lines(name) for word in line.split())
