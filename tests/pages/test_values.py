"""The examples in the docstrings of the modules that no browser is needed for, and what they do with odd values."""

from __future__ import annotations

import doctest
import importlib

import pytest

from api.pages import difference, marked, texts
from api.pages.runs import cut


@pytest.mark.parametrize("name", ["texts", "runs", "difference", "favourites"])
def test_examples(name: str) -> None:
    results = doctest.testmod(importlib.import_module(f"api.pages.{name}"))
    assert results.attempted > 0
    assert results.failed == 0


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://courier.example/a?b=c", True),
        ("HTTP://courier.example/", True),
        ("javascript:alert(1)", False),
        ("JaVaScRiPt:alert(1)", False),
        ("data:text/html,<script>", False),
        (" javascript:alert(1)", False),
        ("//courier.example/a", False),
        ("https:courier.example", False),
        ("https://[courier", False),
        ("", False),
    ],
)
def test_only_links_of_the_web_are_links(url: str, safe: bool) -> None:
    assert (texts.safe_url(url) is not None) == safe
    assert (texts.to_words(url, ["words"]) is not None) == safe


def test_runs_of_a_text_are_the_text_whatever_the_spans() -> None:
    text = "a😀bcdefghij"
    spans = [(0, 4, 1), (2, 6, 2), (3, 4, 3), (6, 6, 4), (9, 99, 5), (0, 11, 6)]
    found = cut(text, spans)
    assert "".join(run.text for run in found) == text
    assert [sorted(run.marks) for run in found] == [[1, 6], [1, 2, 6], [1, 2, 3, 6], [2, 6], [6], [5, 6]]
    assert "".join(run.text for run in cut(text, spans, 2, 5)) == text[2:5]


@pytest.mark.parametrize("text", ["", "Short.", "a" * 100_000, "Rain fell.\n" * 9_000, "Rain fell. " * 9_000])
def test_parts_are_the_text(text: str) -> None:
    places = marked.parts(text)
    assert "".join(text[start:end] for start, end in places) == text
    assert all(end - start <= marked.PART for start, end in places)
    assert [marked.part_at(places, start) for start, end in places if start < end] == list(
        range(1, len(places) + 1 if text else 1)
    )


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        ("One.\nTwo.", "One.\nTwo.", 0),
        ("One.\nTwo.", "One.\nThree.\nTwo.", 1),
        ("One.\nTwo.", "Two.", 1),
        ("", "One.", 1),
        ("a " * 5_000, "b " * 5_000, 1),
    ],
)
def test_side_by_side(before: str, after: str, changed: int) -> None:
    pairs = difference.side_by_side(before, after)
    assert sum(pair.is_changed for pair in pairs) == changed
    for pair in pairs:
        if not pair.is_changed:
            assert pair.before == pair.after


def test_long_stretches_without_change_are_counted() -> None:
    lines = [f"Line {number}." for number in range(20)]
    pairs = difference.side_by_side("\n".join(lines), "\n".join([*lines[:10], "New.", *lines[10:]]))
    assert [pair.skipped for pair in pairs] == [9, 0, 0, 0, 9]
