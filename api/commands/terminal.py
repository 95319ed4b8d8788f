"""Types of arguments, examples in help texts, and text that is safe to show on a terminal."""

from __future__ import annotations

import unicodedata
from typing import Any

import click


class Line(click.ParamType[str]):
    """An argument of one line: not empty, in UTF-8, at most `max_characters` code points, without control characters."""

    name = "text"

    def __init__(self, max_characters: int = 1000) -> None:
        self.max_characters = max_characters

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the line with single spaces between its words. Fail with a usage error."""
        # Python keeps bytes of the command line that are not UTF-8 as surrogates.
        if any("\ud800" <= character <= "\udfff" for character in value):
            self.fail("it is not UTF-8", param, ctx)
        line = " ".join(str(value).split())
        if not line:
            self.fail("it is empty", param, ctx)
        if len(line) > self.max_characters:
            self.fail(f"it is longer than {self.max_characters} characters", param, ctx)
        if printable(line) != line:
            self.fail("it has control characters", param, ctx)
        return line


class Day(click.DateTime):
    """A date such as 2022-03-24, as a datetime at its midnight."""

    def __init__(self) -> None:
        super().__init__(["%Y-%m-%d"])

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the day. Fail with a usage error that shows how a date is written."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"{value!r} is not a date such as 2024-05-14", param, ctx)


def example(*lines: str) -> str:
    """Return the end of a command's help: command lines to try."""
    return "\n".join(("\b", "Example:", *(f"  {line}" for line in lines)))  # \b keeps click from joining the lines


def number(count: int, noun: str) -> str:
    """Return how many there are: "1 article", "1,200 articles"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def printable(text: str) -> str:
    """Return the text, of the same length, without control characters (now U+FFFD); white space becomes a space."""
    return "".join(
        " " if character.isspace() else "\ufffd" if unicodedata.category(character) in ("Cc", "Cs") else character
        for character in text
    )
