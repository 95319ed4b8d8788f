"""Which quotes of two texts are the same, and which reword each other."""

from __future__ import annotations

import pytest

from api.ingestion import matching

# Two wordings of one statement.
WORDINGS = [
    (
        "We waited long enough, and the harbour will open in May.",
        "We waited long enough, and the harbour will open in June.",
    ),
    ("We will resign.", "We will not resign."),
    ("the harbour would open in May", "the harbour would open in early June"),
    ("There is no money left for the bridge.", "There is almost no money left for the old bridge this year."),
    ("We waited long enough", "We waited long enough, and nobody came to help us when the ice closed the port."),
    (
        "I have never met the contractor and I never took his money.",
        "I met the contractor once, but I never took his money.",
    ),
    ("the council had spent 4.5 million euros on the ferry", "the council spent 5.4 million euros on the ferry"),
    ("taxes would rise next year", "taxes would not rise next year"),
    (
        "Nobody was hurt in the fire, and the school will open on Monday.",
        "Two people were hurt in the fire, and the school will stay shut on Monday.",
    ),
    ("we are going to rebuild the school", "“We are going to rebuild this school,”"),
    (
        "the ferry should run all winter",
        "the ferry should run all winter and the price should stay as it is until spring",
    ),
    ("It is a disgrace, and those who signed it should go.", "It is a disgrace."),
    ("the minister knew of the letter in March", "the minister had known of the letter since March"),
    ("They lied to us.", "They misled us."),
    ("a very difficult winter for the islands lies ahead", "a hard winter lies ahead for the islands"),
]


# Two statements by one speaker.
STATEMENTS = [
    ("We waited long enough, and the harbour will open in May.", "The price of tickets will stay the same all winter."),
    ("We will resign.", "The bridge is old."),
    ("There is no money left for the bridge.", "There is no reason to doubt the report."),
    ("the harbour would open in May", "the council would meet in secret"),
    (
        "I have never met the contractor and I never took his money.",
        "I will answer every question that the committee has.",
    ),
    ("taxes would rise next year", "the school would close next year"),
    (
        "Nobody was hurt in the fire, and the school will open on Monday.",
        "Nobody has asked us about the ferry, and the office will close on Friday.",
    ),
    ("we are going to rebuild the school", "we are going to the museum tomorrow"),
    (
        "It is a disgrace, and those who signed it should go.",
        "It is a matter for the court, and the court will decide.",
    ),
    ("the minister knew of the letter in March", "the minister paid for the dinner in Lund"),
    ("They lied to us.", "They asked for time."),
    ("the ferry should run all winter", "the fares should fall by spring"),
    ("we need more nurses", "we need a new roof"),
    ("it was too early to say what had caused the fire", "it was not for him to say who should pay for the repairs"),
    (
        "the talks would go on until an agreement had been reached",
        "the strike would go on until the company had made an offer",
    ),
]


@pytest.mark.parametrize(("one", "other"), WORDINGS)
def test_two_wordings_of_one_statement(one: str, other: str) -> None:
    assert likeness(one, other) >= matching.MIN_LIKENESS_PERCENT


@pytest.mark.parametrize(("one", "other"), STATEMENTS)
def test_two_statements(request: pytest.FixtureRequest, one: str, other: str) -> None:
    if one == "we are going to rebuild the school":
        request.applymarker(
            pytest.mark.xfail(reason="most of their words are those that any sentence begins with", strict=True)
        )
    assert likeness(one, other) < matching.MIN_LIKENESS_PERCENT


def likeness(one: str, other: str) -> float:
    return matching.likeness(matching.quote_words(one), matching.quote_words(other))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("“We waited,”", "we WAITED.", True),
        ("“We  waited … long enough.”", "“We waited long enough,”", True),
        ("they didn’t", "they didn't", True),
        ("it cost $5", "it cost €5", False),
        ("it cost 5.4 million", "it cost 54 million", False),
        ("it was -5 degrees", "it was 5 degrees", False),
        ("it was −5 degrees", "it was -5 degrees", True),
        ("5% of us", "5 of us", False),
        ("we’ll go", "well, go", False),
    ],
)
def test_the_same_words(one: str, other: str, same: bool) -> None:
    assert (matching.quote_words(one) == matching.quote_words(other)) is same
