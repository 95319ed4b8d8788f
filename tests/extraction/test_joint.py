"""Name all who speak together, and nobody more."""

import pytest

from api.extraction import extract
from tests.extraction.test_speakers import Solved, chain, solve


def speakers(solved: Solved) -> list[list[str]]:
    """Return who says each quote: the speaker, then those who speak together with it."""
    _, people, identities = solved
    return [
        [people[i].name for i in ([] if each.speaker is None else [each.speaker, *each.joint])] for each in identities
    ]


JOINT = {
    "lists of names": [
        ("Tom Pell met Ida Maro. ⟨Pell and Maro⟩ said [“no”].", ["Tom Pell", "Ida Maro"]),
        ("⟨Tom Pell, Ida Maro and Ann Roe⟩ said [“no”].", ["Tom Pell", "Ida Maro", "Ann Roe"]),
        ("⟨Tom Pell, Ida Maro, and Ann Roe⟩ said [“no”].", ["Tom Pell", "Ida Maro", "Ann Roe"]),
        ("⟨Both Tom Pell and Ida Maro⟩ said [“no”].", ["Tom Pell", "Ida Maro"]),
        ("Tom Pell met Ida Maro. ⟨Both Pell and Maro⟩ said [“no”].", ["Tom Pell", "Ida Maro"]),
        ("⟨Tom Pell, along with Ida Maro,⟩ said [“no”].", ["Tom Pell", "Ida Maro"]),
        ("Tom Pell met Ida Maro. ⟨Pell, Maro⟩ pledge [to mend the pier].", ["Tom Pell", "Ida Maro"]),
        ("⟨Sens. Ida Maro (R-Ohio) and Tom Pell (D-Maine)⟩ said [“no”].", ["Ida Maro", "Tom Pell"]),
    ],
    "with offices and descriptions": [
        ("⟨Harbour minister Ida Maro and the mayor of Lund, Tom Pell,⟩ said [“no”].", ["Ida Maro", "Tom Pell"]),
        ("⟨The mayor of Lund, Ann Roe, and her aide, Bill Poe,⟩ said [“no”].", ["Ann Roe", "Bill Poe"]),
        ("⟨Ann Roe, 54, who has run the port, and Bill Poe, her aide,⟩ said [“no”].", ["Ann Roe", "Bill Poe"]),
        ("⟨Ann Roe, who runs the port, and Bill Poe⟩ said [“no”].", ["Ann Roe", "Bill Poe"]),
        ("⟨Sens. Ida Maro of Ohio and Tom Pell of Maine⟩ said [“no”].", ["Ida Maro", "Tom Pell"]),
        ("⟨The two candidates, Tom Pell and Senator Ida Maro,⟩ said [“no”].", ["Tom Pell", "Ida Maro"]),
        ("⟨The senators -- Tom Pell of Ohio and Ida Maro of Maine --⟩ said [“no”].", ["Tom Pell", "Ida Maro"]),
        ("⟨Tom Pell and his lawyer, Ida Maro,⟩ said [“no”].", ["Tom Pell", "Ida Maro"]),
    ],
    "members of a group": [
        ("⟨Several mayors, including Tom Pell and Ida Maro,⟩ said [“no”].", ["Tom Pell", "Ida Maro"]),
        ("⟨Party leaders, including Sens. Ida Maro and Tom Pell⟩ said [“no”].", ["Ida Maro", "Tom Pell"]),
        ("⟨Two papers, including the Harbour Post and HTV News,⟩ said [“no”].", ["Harbour Post", "HTV News"]),
        ("⟨Several mayors, including Ann Roe,⟩ said [“no”].", ["Ann Roe"]),
        ("⟨Several mayors, including Ann Roe and others,⟩ said [“no”].", ["Ann Roe"]),
        ("⟨Mayors like Tom Pell and Ida Maro⟩ said [“no”].", []),
        ("⟨Ann Roe's fees, including Tom Pell's,⟩ said [“no”].", []),
    ],
    "bodies and countries": [
        ("⟨France, Germany and Italy⟩ said [“no”].", ["France", "Germany", "Italy"]),
        ("⟨The Harbour Board and the Fishers' Union⟩ said [“no”].", ["Harbour Board", "Fishers' Union"]),
        ("⟨Poe Airways and the Harbour Ministry⟩ said [“no”].", ["Poe Airways", "Harbour Ministry"]),
        ("⟨The Harbour Post and HTV News⟩ said [“no”].", ["Harbour Post", "HTV News"]),
        ("⟨Ann Roe and the Harbour Board⟩ said [“no”].", ["Ann Roe", "Harbour Board"]),
        (
            "⟨The Harbour Board, the Fishers' Union and Poe Airways⟩ said [“no”].",
            ["Harbour Board", "Fishers' Union", "Poe Airways"],
        ),
    ],
    "couples": [
        ("⟨Ida and Tom Pell⟩ said [“no”].", ["Ida Pell", "Tom Pell"]),
        ("Ida Pell came. ⟨Ida and Tom Pell⟩ said [“no”].", ["Ida Pell", "Tom Pell"]),
        ("⟨Ida and Tom Pell⟩ said [“no”]. Then ⟨Ida⟩ said [“never”].", ["Ida Pell"]),
        ("Ann Clinton met Tom Pell. ⟨Clinton and Tom Pell⟩ said [“no”].", ["Ann Clinton", "Tom Pell"]),
        ("⟨Mr. Dean and Tom Pell⟩ said [“no”].", ["Dean", "Tom Pell"]),
    ],
    "named before": [
        ("⟨Ida Maro and Ann Roe⟩ said [“no”]. ⟨They⟩ said [“never”].", ["Ida Maro", "Ann Roe"]),
        ("⟨Ida Maro and Ann Roe⟩ said [“no”]. ⟨Both women⟩ said [“never”].", ["Ida Maro", "Ann Roe"]),
        ("⟨Ida Maro and Ann Roe⟩ said [“no”]. ⟨The two⟩ said [“never”].", ["Ida Maro", "Ann Roe"]),
        ("⟨Ida Maro and Ann Roe⟩ said [“no”].\n\n[“Never.”]", ["Ida Maro", "Ann Roe"]),
        ("⟨Ida Maro and Ann Roe⟩ said [“no”]. ⟨The three⟩ said [“never”].", []),
        ("⟨Ida Maro and Ann Roe⟩ said [“no”]. ⟨Both men⟩ said [“never”].", []),
        ("⟨Ida Maro and Ann Roe⟩ said [“no”]. ⟨The two senators from Lund⟩ said [“never”].", []),
        ("⟨Ida Maro⟩ said [“no”]. ⟨They⟩ said [“never”].", []),
    ],
    "others than these": [
        ("Tom Pell came. ⟨Pell of Ryde and Sons⟩ said [“no”].", ["Tom Pell"]),
        ("⟨Tom Pell, director of Ryde and Sons,⟩ said [“no”].", ["Tom Pell"]),
        ("⟨Ann Roe of Save the Rivers and Oxfam⟩ said [“no”].", ["Ann Roe"]),
        ("⟨Ida Maro, the mayor and a builder,⟩ said [“no”].", ["Ida Maro"]),
        ("⟨Ann Roe, who runs the port, and who met Bill Poe,⟩ said [“no”].", ["Ann Roe"]),
        ("⟨Ann Roe, author of Tides: Tom Pell and the Sea⟩ said [“no”].", ["Ann Roe"]),
        ("⟨Ida Maro and others⟩ said [“no”].", []),
        ("⟨Talks between Tom Pell and Ida Maro⟩ said [“no”].", []),
        ("⟨Tom Pell and his lawyer⟩ said [“no”].", []),
        ("⟨Tom Pell or Ida Maro⟩ said [“no”].", []),
        ("⟨Tom Pell and Ida Maro's lawyer⟩ said [“no”].", []),
        ("⟨The Pell and Maro campaigns⟩ said [“no”].", []),
        ("⟨Marks and Spencer⟩ said [“no”].", []),
    ],
}


@pytest.mark.parametrize(
    ("marked", "expected"),
    [pytest.param(*case, id=f"{sort}-{case[0]}") for sort, cases in JOINT.items() for case in cases],
)
def test_names_all_who_speak_together(marked: str, expected: list[str]) -> None:
    assert speakers(solve(marked))[-1] == expected


def test_evidence_proves_each_of_them() -> None:
    solved = solve("Tom Pell met Ida Maro. ⟨Pell and Ida Maro⟩ said [“no”]. ⟨They⟩ said [“never”].")
    assert chain(solved) == [
        ("They", "pronoun"),
        ("Pell", "surname"),
        ("Tom Pell", "full name"),
        ("Ida Maro", "full name"),
    ]


def test_lists_them_in_the_json() -> None:
    text = "“The pier is shut,” Tom Pell, Ida Maro and the Harbour Board said on Monday."
    found = extract(text).as_json(text)
    named = [each["name"] for each in found["speakers"]]
    assert named == ["Tom Pell", "Ida Maro", "Harbour Board"]
    assert [(each["speaker"], each["joint"]) for each in found["quotes"]] == [(0, [1, 2])]
