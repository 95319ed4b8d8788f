"""Tie "I" to the author whom a note above or below the text names, and to nobody else."""

import pytest

from api.extraction import extract
from api.extraction.authors import credit_lines
from api.extraction.mentions import Reading
from tests.extraction.test_speakers import solve

PARAGRAPH = "⟨I⟩ think [the pier was shut too soon]."


@pytest.mark.parametrize(
    ("marked", "speaker"),
    [
        (f"By Ann Roe\n\n{PARAGRAPH}", "Ann Roe"),
        (f"The Pier Is Shut\n\nBy Ann Roe, Harbour Post\n\n{PARAGRAPH}", "Ann Roe"),
        (f"{PARAGRAPH}\n\nAnn Roe is a nurse in Lund.", "Ann Roe"),
        (f"{PARAGRAPH}\n\nAnn Roe, a nurse, is the author of Harbour Nights.", "Ann Roe"),
        (f"{PARAGRAPH}\n\nAnn Roe is a nurse in Lund.\n\nWrite to us.", "Ann Roe"),
        (f"Tom Poe came.\n\n{PARAGRAPH}\n\nAnn Roe is a nurse in Lund.", "Ann Roe"),
        (PARAGRAPH, None),
        (f"Tom Poe came.\n\n{PARAGRAPH}", None),
        (f"{PARAGRAPH}\n\nAnn Roe came to the pier.", None),
        (f"{PARAGRAPH}\n\nThe pier, Ann Roe is told, is shut.", None),
        (f"By Ann Roe's account the pier was sound, and it stood for a hundred years.\n\n{PARAGRAPH}", None),
    ],
)
def test_i_is_the_author_whom_a_note_names(marked: str, speaker: str | None) -> None:
    _, people, [identity] = solve(marked, kind="indirect")
    assert (None if identity.speaker is None else people[identity.speaker].name) == speaker


def test_i_in_quoted_words_is_not_the_author() -> None:
    found = extract("By Ann Roe\n\n“I think that the pier was shut too soon, and I told them no,” Tom Poe said.")
    assert {found.speakers[quote.speaker].name for quote in found.quotes if quote.speaker is not None} == {"Tom Poe"}


BODY = "The pier was shut on Monday, and the ferries stayed in Lund.\n\n“No,” he said."


@pytest.mark.parametrize(
    ("above", "numbers"),
    [
        ("", []),
        ("By Ann Roe", [0]),
        ("The Pier Is Shut\n\nBy Ann Roe\n\nPhoto: Tom Poe", [1, 2]),
        ("Story and photos: Ann Roe", [0]),
        ("Pictures show the pier\n\nAnn Roe, Harbour Post", [0]),
        ("Ann Roe by the pier", []),
        ("By Monday Ann Roe had left the pier, and nobody in Lund had seen her.", []),
    ],
)
def test_credit_lines_are_short_lines_above_a_text(above: str, numbers: list[int]) -> None:
    assert sorted(credit_lines(Reading(f"{above}\n\n{BODY}".lstrip()))) == numbers


def test_he_is_nobody_whom_a_credit_line_alone_names() -> None:
    told = "Tom Poe, the mayor, walked along the pier in Lund on Monday.\n\n“No,” he said. “It was shut too soon.”"
    bare, credited = extract(told), extract(f"By Rob Hale\n\nPhotos by Sam Vane\n\n{told}")
    for found in (bare, credited):
        assert {found.speakers[quote.speaker].name for quote in found.quotes if quote.speaker is not None} == {
            "Tom Poe"
        }
