"""A document speaks for its maker, if the text ties it to one."""

import pytest

from api.extraction import extract
from tests.extraction.test_joint import speakers
from tests.extraction.test_speakers import Solved, chain, solve


def media(solved: Solved) -> list[str | None]:
    return [identity.medium for identity in solved[2]]


MAKERS: dict[str, list[tuple[str, list[str]]]] = {
    "a name before it": [
        ("⟨A Quinn University poll⟩ found [that it rained].", ["Quinn University"]),
        ("⟨A new national Harbour Times poll of voters⟩ found [that it rained].", ["Harbour Times"]),
        ("⟨A Harbour Times/Lund University poll⟩ found [that it rained].", ["Harbour Times", "Lund University"]),
        ("Ann Roe left. ⟨A new Roe ad⟩ says [“no”].", ["Ann Roe"]),
        ("⟨The Quinnon poll⟩ found [that it rained].", ["Quinnon"]),
        ("Ann Roe left. ⟨The Roe poll⟩ found [that it rained].", []),
        ("⟨The Quinnon report⟩ found [that it rained].", []),
        ("⟨A Denmark poll⟩ found [that it rained].", []),
        ("⟨A German study⟩ found [that it rained].", []),
    ],
    "owners": [
        ("⟨The Harbour Board's report⟩ found [that it rained].", ["Harbour Board"]),
        ("⟨The Harbour Board's website⟩ says [“no”].", ["Harbour Board"]),
        ("Ann Roe came. ⟨Her letter⟩ said [“no”].", ["Ann Roe"]),
        ("Mayor Ann Roe came. ⟨The mayor's report⟩ says [“no”].", ["Ann Roe"]),
        ("Ann Roe came. ⟨His letter⟩ said [“no”].", []),
        ("⟨The mayor's report⟩ says [“no”].", []),
    ],
    "by and from": [
        ("Ann Roe came. ⟨An email from Roe⟩ said [“no”].", ["Ann Roe"]),
        ("⟨The lawsuit, filed by the Rivers Union,⟩ says [“no”].", ["Rivers Union"]),
        ("⟨A poll released on Friday by Lund University⟩ found [that it rained].", ["Lund University"]),
        ("⟨A study conducted by Ann Roe and Tom Pell⟩ found [that it rained].", ["Ann Roe", "Tom Pell"]),
        ("⟨A study by astronomer Ann Roe and others⟩ found [that it rained].", ["Ann Roe"]),
        ("⟨A report published in Harbour Science⟩ found [that it rained].", []),
        (
            "⟨A national poll released Sunday by The Harbour Post and HTV News⟩ found [that it rained].",
            ["Harbour Post", "HTV News"],
        ),
        ("⟨A report by Friday⟩ found [that it rained].", []),
    ],
    "named before": [
        ("⟨A Quinn University poll⟩ found [that it rained]. ⟨The poll⟩ showed [“no”].", ["Quinn University"]),
        ("A Quinn University poll was out. ⟨The survey⟩ found [that it rained].", ["Quinn University"]),
        ("Ann Roe came. ⟨Her letter⟩ said [“no”]. Bea Poe left. ⟨The letter⟩ said [“never”].", ["Ann Roe"]),
        ("A Quinn University poll was out. So was another poll. ⟨The poll⟩ found [that it rained].", []),
        ("A Quinn University poll was out. ⟨A poll⟩ found [that it rained].", []),
        ("A Quinn University poll was out. ⟨The letter⟩ said [“no”].", []),
    ],
    "nobody": [
        ("⟨A poll⟩ found [that it rained].", []),
        ("⟨Records⟩ show [that it rained].", []),
        ("⟨A poll of 400 Lund voters⟩ found [that it rained].", []),
    ],
}


@pytest.mark.parametrize(
    ("marked", "expected"),
    [pytest.param(*case, id=f"{sort}-{case[0]}") for sort, cases in MAKERS.items() for case in cases],
)
def test_names_the_maker(marked: str, expected: list[str]) -> None:
    solved = solve(marked, kind="indirect")
    assert speakers(solved)[-1] == expected
    assert media(solved)[-1] == "document"


@pytest.mark.parametrize(
    ("marked", "medium", "expected"),
    [
        ("⟨A statement from Ann Roe⟩ said [“no”].", None, ["Ann Roe"]),
        ("⟨The board's announcement⟩ said [“no”].", "speech", []),
        ("⟨A tweet by Ann Roe⟩ said [“no”].", "post", ["Ann Roe"]),
        ("⟨The Lund Post⟩ said [“no”].", None, ["Lund Post"]),
        ("⟨Ann Roe, who wrote the report,⟩ said [“no”].", None, ["Ann Roe"]),
    ],
)
def test_tells_documents_from_speech(marked: str, medium: str | None, expected: list[str]) -> None:
    solved = solve(marked)
    assert (media(solved)[-1], speakers(solved)[-1]) == (medium, expected)


def test_evidence_proves_the_maker() -> None:
    solved = solve("Ann Roe came. ⟨An email from Roe⟩ said [“no”]. ⟨The email⟩ said [“never”].")
    assert chain(solved) == [("Roe", "surname"), ("Ann Roe", "full name")]


def test_gives_the_medium() -> None:
    text = "According to a report by the Harbour Board, the pier is shut."
    assert [quote.medium for quote in extract(text).quotes] == ["document"]
