"""Arguments of one line, and text that is safe to show."""

from __future__ import annotations

import click
import pytest

from api.commands.terminal import Line, printable


@pytest.mark.parametrize(
    ("given", "expected"), [("a", "a"), ("  two\n words\t", "two words"), ("Zoë “Tamberg”", "Zoë “Tamberg”")]
)
def test_line_collapses_white_space(given: str, expected: str) -> None:
    assert Line().convert(given, None, None) == expected


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("", "it is empty"),
        (" \n", "it is empty"),
        ("x" * 11, "it is longer than 10 characters"),
        ("a\x1b[2J", "it has control characters"),
        ("caf\udce9", "it is not UTF-8"),
    ],
)
def test_line_refuses(given: str, says: str) -> None:
    with pytest.raises(click.BadParameter) as caught:
        Line(10).convert(given, None, None)
    assert caught.value.message == says


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain “é” 🗞", "plain “é” 🗞"),
        ("a\x1b[2Jb", "a\ufffd[2Jb"),
        ("a\nb\tc\u2028d", "a b c d"),
        ("\x9b31m", "\ufffd31m"),
    ],
)
def test_printable_keeps_the_length(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert len(printable(text)) == len(text)
