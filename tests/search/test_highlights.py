"""Highlight what a query asks for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.search.highlights import Highlighter
from api.search.language import parse


@pytest.mark.parametrize(
    ("written", "q", "marked"),
    [
        ("Living costs, the cost of living", "living", ["Living", "living"]),
        ("Living costs, the cost of living", '"costs of living"', ["cost of living"]),
        ("Living costs, the cost of living", '"cost of living" living', ["Living", "cost of living"]),
        ("Living costs, the cost of living", '"cost of" "of living"', ["cost of living"]),
        ("Living costs, the cost of living", '"living cost" the', ["Living costs", "the"]),
        ("a b a b a", '"a b a"', ["a b a b a"]),
        ("Sanciones de Erdoğan", "erdogan", ["Erdoğan"]),
        ("“Ukraine’s” friends … in Ukraine.", "Ukraine", ["Ukraine’s", "Ukraine"]),
        ("the U.S. and US", "u.s.", ["U.S.", "US"]),
        ("😀 e\u0301tat, été", "etat", ["e\u0301tat"]),
        ("half ½ and 12", "1", ["½"]),
        ("Living costs, the cost of living", "liv*", ["Living", "living"]),
        ("Politics and politicians", "politic*", ["Politics", "politicians"]),
        ("Living costs, the cost of living", '"cost of li*"', ["cost of living"]),
        ("Living costs, the cost of living", "cost -living", ["costs", "cost"]),
        ("Living costs, the cost of living", "the OR costs speaker:living", ["costs", "the", "cost"]),
        ("nothing here", "there", []),
        ("nothing here", "…", []),
        ("", "a", []),
    ],
)
def test_highlight(written: str, q: str, marked: list[str]) -> None:
    assert [written[start:end] for start, end in Highlighter(parse(q)).highlight(written)] == marked


@given(st.text(), st.text())
def test_highlights_are_spans_in_order(written: str, q: str) -> None:
    end = 0
    for span in Highlighter(parse(q + written[:9])).highlight(written):
        assert end <= span[0] < span[1] <= len(written)
        end = span[1]


@pytest.mark.parametrize(
    ("written", "q", "place"),
    [
        (
            "The toll was high that day and all the other days. A bridge and its toll.",
            "toll bridge",
            "bridge and its toll",
        ),
        ("The toll. A bridge over the river. The bridge and its toll.", "toll bridge", "toll. A bridge"),
        ("The toll. A bridge over the river, far away.", "bridge", "bridge"),
        ("A bridge. " + "Nothing. " * 20 + "A bridge.", "bridge toll", "bridge"),
        ("A bridge. " + "Nothing. " * 20 + "A “road bridge”.", "“road bridge” OR bridge", "road bridge"),
        ("A bridge.", "-bridge river", None),
    ],
)
def test_best_place(written: str, q: str, place: str | None) -> None:
    found = Highlighter(parse(q)).best_place(written, 40)
    assert (found and written[slice(*found)]) == place
