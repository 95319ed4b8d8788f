"""A text as the stages read it, and spans back in the original."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

import pytest

from api.extraction import extract
from api.extraction.plain import plain
from api.extraction.spans import Span


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("The pier is shut.", "The pier is shut."),
        ("The pi\u00ader is shut.", "The pier is shut."),
        ("\ufeffThe \u200bpier\u2060 is shut.", "The pier is shut."),
        ("Ma\u200dro", "Maro"),
        ("a family: \U0001f468\u200d\U0001f467", "a family: \U0001f468\u200d\U0001f467"),
        ("20\u00a0boats\u202fsail", "20 boats sail"),
        ("a lone \ud800", "a lone \ufffd"),
        ("First line.\nSecond line.", "First line.\nSecond line."),
        (
            "The harbour board said that the old pier would\nbe closed until the storms are over and all the\nboats are back.",
            "The harbour board said that the old pier would be closed until the storms are over and all the boats are back.",
        ),
    ],
)
def test_plain_text(text: str, expected: str) -> None:
    assert plain(text).text == expected


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("The pi\u00ader is shut.", "is"),
        ("The pi\u00ader is shut.", "pi\u00ader"),
        ("\u00ad\u00adThe pier\u00ad", "pier"),
        ("a\u200bb\u200bc d", "d"),
    ],
)
def test_original_span_covers_the_word_as_it_stands(text: str, word: str) -> None:
    read = plain(text)
    start = read.text.index(word.replace("\u00ad", ""))
    span = read.original(Span(start, start + len(word.replace("\u00ad", ""))))
    assert span.of(text) == word


def wrapped(text: str) -> str:
    """Return `text` with its lines broken at 72 code points."""
    return textwrap.fill(text, 72, break_long_words=False, break_on_hyphens=False)


LAYOUTS: list[tuple[str, Callable[[str], str]]] = [
    ("soft hyphens", lambda text: text.replace("harbour", "har\u00adbour").replace("Maro", "Ma\u00adro")),
    ("zero-width spaces", lambda text: text.replace(" ", " \u200b")),
    ("no-break spaces", lambda text: text.replace(" ", "\u00a0")),
    ("a byte-order mark", lambda text: "\ufeff" + text),
    ("hard-wrapped", wrapped),
]
ARTICLE = (
    "Harbour master Ida Maro told the town council on Monday that the old harbour pier would be closed at once. "
    "“It is not safe any longer,” she said. The owner of the fish market, Tom Pell, said that he would move his stalls."
)


@pytest.mark.parametrize("change", [change for _, change in LAYOUTS], ids=[name for name, _ in LAYOUTS])
def test_layout_changes_no_quote(change: Callable[[str], str]) -> None:
    text = change(ARTICLE)
    wanted, found = extract(ARTICLE), extract(text)
    assert [speaker.name for speaker in found.speakers] == [speaker.name for speaker in wanted.speakers]
    assert len(found.quotes) == len(wanted.quotes) == 3
    for quote, expected in zip(found.quotes, wanted.quotes, strict=True):
        assert (quote.speaker, quote.kind) == (expected.speaker, expected.kind)
        assert [plain(span.of(text)).text.replace("\n", " ") for span in quote.content] == [
            span.of(ARTICLE) for span in expected.content
        ]


def test_name_leaves_out_invisible_characters() -> None:
    assert [speaker.name for speaker in extract("Mayor Ida Ma\u00adro said the pier was shut.").speakers] == [
        "Ida Maro"
    ]


def test_lines_that_end_like_sentences_are_unwrapped_in_a_wrapped_text() -> None:
    before = "The harbour board said that the pier would be shut until the storms are\nover and the boats are back in the bay."
    between = (
        "It is not safe, the master of the harbour told the council on Monday.\nShe would not say when it opens again."
    )
    after = (
        "A short sentence ends here at seventy two characters, as luck would\nhave. A short sentence ends here as well."
    )
    text = "\n\n".join([before, between, after])
    assert plain(text).text == "\n\n".join(part.replace("\n", " ") for part in (before, between, after))
    assert plain(between).text == between
