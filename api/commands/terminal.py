"""What commands take from a command line, and what they may show on a terminal."""

from __future__ import annotations

import unicodedata
from typing import Any

import click


class Line(click.ParamType[str]):
    """Words on one line: at least one, in UTF-8, at most `longest` code points, no control characters."""

    name = "text"

    def __init__(self, longest: int = 1000) -> None:
        self.longest = longest

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The words with single spaces between them. Fails with a usage error."""
        # The surrogates are bytes of the command line that are no UTF-8.
        if any("\ud800" <= character <= "\udfff" for character in value):
            self.fail("it is not UTF-8", param, ctx)
        line = " ".join(str(value).split())
        if not line:
            self.fail("it is empty", param, ctx)
        if len(line) > self.longest:
            self.fail(f"it is longer than {self.longest} characters", param, ctx)
        if printable(line) != line:
            self.fail("it has control characters", param, ctx)
        return line


class Day(click.DateTime):
    """A date such as 2022-03-24, as a datetime at its midnight."""

    def __init__(self) -> None:
        super().__init__(["%Y-%m-%d"])


def example(*lines: str) -> str:
    """The end of a command's help: command lines to try."""
    return "\n".join(("\b", "Example:", *(f"  {line}" for line in lines)))  # \b keeps click from joining the lines


def printable(text: str) -> str:
    """The text, as long as it was, without what a terminal would obey: controls become U+FFFD, white space a space."""
    return "".join(
        " " if character.isspace() else "\ufffd" if unicodedata.category(character) in ("Cc", "Cs") else character
        for character in text
    )
