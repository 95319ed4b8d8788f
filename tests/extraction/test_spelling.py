"""Compare two spellings of a name, and list what a person may be called by."""

import pytest

from api.extraction.spelling import (
    can_be_same_person,
    fullness,
    gender_of,
    has_epithet,
    initials,
    sound_key,
    surnames,
    without_suffix,
)
from api.extraction.words import fold


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Ann Roe", "Ann Roe", True),
        ("Roe Ann", "Ann Roe", True),
        ("A Roe", "Ann Roe", True),
        ("J B Roe", "John Roe", True),
        ("Tim Roe", "Timothy Roe", True),
        ("Maria Roe", "Ann Maria Roe", True),
        ("Ann Roe", "Ann B Roe", True),
        ("Maria Garcia", "Maria Garcia Lopez", True),
        ("Pedro Sánchez", "Pedro Sanchez", True),
        ("Volodymyr Zelensky", "Volodymyr Zelenskyy", True),
        ("Charles Roe Jr", "Charles Roe", True),
        ("Ann Roe", "Ann Poe", False),
        ("Tim Roe", "Tom Roe", False),
        ("Al Roe", "Alan Roe", False),  # too short for a short form
        ("Alex Roe", "Alexandra Roe", False),  # a short form of either gender
        ("Boris Johnson", "Boris Johnston", False),
        ("Charles Roe Jr", "Charles Roe III", False),  # father and son
    ],
)
def test_can_be_same_person(one: str, other: str, same: bool) -> None:
    first, second = tuple(one.split()), tuple(other.split())
    assert can_be_same_person(first, second) is same
    assert can_be_same_person(second, first) is same


@pytest.mark.parametrize(
    ("spellings", "key"),
    [
        (("Zelenski", "Zelensky", "Zelenskyy"), "zelenski"),
        (("Khodorkovsky", "Hodorkovski"), "hodorkovski"),
        (("Popov", "Popoff"), "popov"),
        (("Schröder", "Schroder"), "schroder"),
        (("Johnson",), "iohnson"),
        (("Johnston",), "iohnston"),
    ],
)
def test_transliterations_share_a_key(spellings: tuple[str, ...], key: str) -> None:
    assert {sound_key(spelling) for spelling in spellings} == {key}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Roe", ["Roe"]),
        ("Ann Roe", ["Roe"]),
        ("Ursula von der Roe", ["Roe", "von der Roe"]),
        ("Ann Maria Roe", ["Roe"]),  # Maria is a given name
        ("Xan Poe Roe", ["Roe", "Poe Roe", "Poe"]),
        ("Charles Roe Jr", ["Roe"]),
    ],
)
def test_surnames(name: str, expected: list[str]) -> None:
    assert surnames(tuple(name.split())) == expected


@pytest.mark.parametrize(
    ("surname", "gender"),
    [
        ("Novotná", "f"),
        ("Nova\u0301kova\u0301", "f"),
        ("Ivanova", "f"),
        ("Petrovskaya", "f"),
        ("Casanova", ""),
        ("Nova", ""),
        ("Roe", ""),
    ],
)
def test_gender_of_slavic_surnames(surname: str, gender: str) -> None:
    assert gender_of(surname) == gender


@pytest.mark.parametrize(
    ("word", "folded"),
    [
        ("Sánchez", "sanchez"),
        ("Sa\u0301nchez", "sanchez"),
        ("Øster", "oster"),
        ("Łódź", "lodz"),
        ("Æther", "aether"),
        ("Straße", "strasse"),
        ("İnan", "inan"),
        ("Roe’s", "roe's"),
        ("Fenn‐Roe", "fenn-roe"),
    ],
)
def test_fold(word: str, folded: str) -> None:
    assert fold(word) == folded


def test_parts_of_names() -> None:
    assert without_suffix(("Ann", "Roe", "Jr")) == ("Ann", "Roe")
    assert initials("World Health Organization") == "who"
    assert (fullness(("J", "Roe")), fullness(("Ann", "Roe"))) == (3, 4)
    assert has_epithet(("Crooked", "Ann", "Roe"), ("Ann", "Roe"))
    assert not has_epithet(("Mary", "Ann", "Roe"), ("Ann", "Roe"))
