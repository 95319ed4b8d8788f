"""Read interviews whose turns open with a label in double brackets, and tell whom the letters of a label mean."""

import pytest

from api.extraction import extract

INTRODUCTION = (
    "Harbourwatch asked Ann Roe, a keeper of lights, about her work. William S. Pell asked the questions.\n\n"
)


def turns(text: str) -> list[tuple[str, str | None]]:
    """Return the words of each turn, and who says them."""
    found = extract(text)
    return [(q.text, None if q.speaker is None else found.speakers[q.speaker].name) for q in found.quotes]


def test_each_turn_is_a_quote_of_whom_its_label_names() -> None:
    text = INTRODUCTION + (
        "((WSP)) What led you to the light?\n\n((Ann Roe)) My father kept it. I have kept it since.\n\n"
        "((WSP)) : Would you do it again?\n\n((Ann Roe)) Yes.\n\nThe light stands in Lund."
    )
    assert turns(text)[-4:] == [
        ("What led you to the light?", "William S. Pell"),
        ("My father kept it. I have kept it since", "Ann Roe"),
        ("Would you do it again?", "William S. Pell"),
        ("Yes", "Ann Roe"),
    ]


@pytest.mark.parametrize(
    ("label", "speaker"),
    [
        ("William S. Pell", "William S. Pell"),
        ("WSP", "William S. Pell"),
        ("Pell", "William S. Pell"),
        ("HW", "Harbourwatch"),  # the only name with these letters
        ("AR", "Ann Roe"),
    ],
)
def test_whom_a_label_means(label: str, speaker: str) -> None:
    text = f"{INTRODUCTION}(({label})) What led you to the light?\n\n(({label})) Would you do it again?"
    assert {name for _, name in turns(text)[-2:]} == {speaker}


def test_one_label_makes_no_interview() -> None:
    assert turns("The board ((Lund)) met on Monday.\n\n((Lund)) The board met.") == []


def test_letters_in_brackets_elsewhere_are_nobodys_initials() -> None:
    found = extract("Ann Ulm spoke. The pier (AU) was shut. The Anglers Union (AU) said the pier was shut.")
    assert [found.speakers[q.speaker].name for q in found.quotes if q.speaker is not None] == ["Anglers Union"]
