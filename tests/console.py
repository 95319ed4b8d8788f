"""The console examples of the pages: their commands, and what these are said to print."""

from __future__ import annotations

import re
from typing import NamedTuple


class Example(NamedTuple):
    """A command that a page shows, and the lines that it says the command prints."""

    command: str
    lines: list[str]


def examples(page: str) -> list[Example]:
    """Return the commands of a page's console blocks, each with its lines; "..." and empty lines are left out."""
    found: list[Example] = []
    for block in re.findall(r"^```console\n(.*?)^```", page, re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append(Example(line.removeprefix("$ "), []))
            elif line.strip() not in ("", "..."):
                found[-1].lines.append(_plain(line))
    return found


def missing(example: Example, printed: str) -> str | None:
    """Return the first line of the example that is not printed, or not in this order; None if all are.

    White space at the ends and its amount do not count. A line may end in "...".
    """
    lines = [_plain(line) for line in printed.splitlines()]
    position = 0
    for line in example.lines:
        beginning = line.removesuffix(" ...")
        while position < len(lines):
            position += 1
            if lines[position - 1] == line or (beginning != line and lines[position - 1].startswith(beginning)):
                break
        else:
            return line
    return None


def _plain(line: str) -> str:
    return " ".join(line.split())
