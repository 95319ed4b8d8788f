"""Match nouns with the organisations that they may stand for."""

import pytest

from api.extraction.bodies import CALLED, FITS, MAY_BE, NEVER, NOUNS, Bodies, Fit, fit, sorts_of
from api.extraction.mentions import Reading


@pytest.mark.parametrize(
    ("name", "sorts"),
    [
        ("Poe Airways", {"airline"}),
        ("Ministry of Health", {"ministry"}),
        ("Office for Rail", {"agency", "regulator"}),
        ("European Central Bank", {"central bank"}),
        ("Bank of Lund", {"central bank"}),
        ("Poe Bank", {"bank"}),
        ("Poe Inc", {"company"}),
        ("Tessaly", set()),
    ],
)
def test_sorts_of(name: str, sorts: set[str]) -> None:
    assert sorts_of(name.split()) == sorts


@pytest.mark.parametrize(
    ("noun", "name", "called", "expected"),
    [
        # The text or the name says so.
        ("airline", "Tessaly", {"airline"}, CALLED),
        ("foundation", "Lund Tram Foundation", set(), CALLED),
        ("ministry", "Ministry of Health", set(), CALLED),
        ("bank", "European Central Bank", set(), CALLED),
        # The noun stands for the sort, or for the wider one.
        ("airline", "Poe Airways", set(), FITS),
        ("company", "Poe Airways", set(), FITS),
        ("carrier", "Tessaly", {"airline"}, FITS),
        ("company", "Tessaly", {"brewer"}, FITS),
        ("department", "Ministry of Health", set(), FITS),
        ("organisation", "Poe Union", set(), FITS),
        # One of several sorts, or a sort that names often do not tell.
        ("regulator", "Office for Rail", set(), MAY_BE),
        ("network", "Clean Rivers Trust", set(), MAY_BE),
        ("group", "Tessaly", {"operator"}, MAY_BE),
        ("company", "Tessaly", set(), MAY_BE),
        ("charity", "Tessaly", set(), MAY_BE),
        ("team", "Tessaly", set(), MAY_BE),
        # Another sort.
        ("bank", "Poe Airways", set(), NEVER),
        ("brewer", "Tessaly", {"airline"}, NEVER),
        ("union", "Ministry of Health", set(), NEVER),
        ("lender", "European Central Bank", set(), NEVER),
        ("museum", "Tessaly", set(), NEVER),
        ("pier", "Tessaly", set(), NEVER),
    ],
)
def test_fit(noun: str, name: str, called: set[str], expected: Fit) -> None:
    assert fit(noun, tuple(name.split()), called) == expected


def test_no_noun_is_a_plural_of_another() -> None:
    assert not {noun for noun in NOUNS if noun.endswith("s") and noun.removesuffix("s") in NOUNS}


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("Tessaly, the brewer, cut jobs.", {"Tessaly": {"brewer"}}),
        ("Tessaly is a Riga-based software company.", {"Tessaly": {"company"}}),
        ("The brewer Tessaly cut jobs.", {"Tessaly": {"brewer"}}),
        ("They met the airline, Poe Havbruk, in May.", {"Poe Havbruk": {"airline"}}),
        ("Tessaly is one of the airlines.", {"Tessaly": {"airline"}}),
        ("They met the head of the union, Xan Roe.", {}),
        ("Tessaly cut jobs at the brewer.", {}),
    ],
)
def test_nouns_for_organisations(text: str, called: dict[str, set[str]]) -> None:
    reading = Reading(text)
    found = Bodies(reading, frozenset()).called
    assert {reading.units[number].span.of(text): nouns for number, nouns in found.items()} == called


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("An analyst at Tessaly wept.", {"tessaly"}),
        ("The chief executive of Tessaly wept.", {"tessaly"}),
        ("They met Tessaly chairman Ann Roe.", {"tessaly"}),
        ("An aide of Tessaly wept.", set()),
        ("They met Tessaly in May.", set()),
    ],
)
def test_names_with_staff_are_organisations(text: str, known: set[str]) -> None:
    assert Bodies(Reading(text), frozenset()).known == known
