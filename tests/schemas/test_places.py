"""Find places in a text by their words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import marshmallow as ma
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.schemas.places import Words

TEXT = "“We go,” she said.  “We  stay,”\n\n he said. 🟠 Rain\tfell.\u00a0 \n“We go,” they sang.   "
NONE = "The article's text does not have these words: give them as they stand there."
MORE = "These words stand there more than once: give more of `prefix` and `suffix`."


def outcome(find: Callable[[], Any]) -> Any:
    """Return what `find` returns, or the messages of its ValidationError."""
    try:
        return find()
    except ma.ValidationError as error:
        return error.messages


@pytest.mark.parametrize(
    ("place", "found"),
    [
        ({"exact": "she said"}, "she said"),
        ({"exact": "“We stay,” he"}, "“We  stay,”\n\n he"),
        ({"exact": " “We\tstay,”\n"}, "“We  stay,”"),
        ({"exact": "Rain fell."}, "Rain\tfell."),
        ({"exact": "🟠"}, "🟠"),
        ({"exact": "“We go,”", "suffix": " she"}, "“We go,”"),
        ({"exact": "“We go,”", "suffix": "they sang"}, "“We go,”"),
        ({"exact": "“We go,”", "prefix": "fell. "}, "“We go,”"),
        ({"exact": "“We go,”", "prefix": "fell."}, "“We go,”"),
        ({"exact": "“We go,”"}, MORE),
        ({"exact": "said"}, MORE),
        ({"exact": "said", "prefix": "he"}, MORE),  # "she" ends so too
        ({"exact": "said", "prefix": "she"}, "said"),
        ({"exact": "said", "prefix": "they"}, NONE),
        ({"exact": "we go"}, NONE),  # case counts
        ({"exact": "they sang.", "suffix": " "}, "they sang."),
        ({"exact": "sang. x"}, NONE),
        ({"exact": " \n"}, "Is only white space."),
    ],
)
def test_finds_the_only_place(place: dict[str, str], found: str) -> None:
    at = outcome(lambda: Words(TEXT).place(**place))
    assert (at if isinstance(at[0], str) else [TEXT[at[0] : at[1]]]) == [found]


def test_which_of_two_places() -> None:
    words = Words(TEXT)
    assert words.place("“We go,”", suffix="she") == [0, 8]
    assert words.place("“We go,”", suffix="they") == [TEXT.rindex("“We go,”"), TEXT.rindex("“We go,”") + 8]


@pytest.mark.parametrize(
    ("places", "found"),
    [
        ([[0, 2], {"exact": "she said"}], [[0, 2], [9, 17]]),
        ([{"exact": "she said"}, [0, 2]], ["Spans must be in order and must not overlap."]),
        ([{"exact": "x x"}, [0, 2], {"exact": "said"}], {0: [NONE], 2: [MORE]}),
        ([], []),
    ],
)
def test_the_places_of_a_part(places: list[Any], found: Any) -> None:
    assert outcome(lambda: Words(TEXT).spans(places)) == found


@given(st.text(alphabet="ab \n", max_size=40), st.data())
def test_finds_any_words_that_stand_once(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    exact = text[start:end].strip()
    at = outcome(lambda: Words(text).place(exact or "c"))
    if isinstance(at[0], str):
        assert at == [MORE if exact else NONE]
    else:
        assert text[at[0] : at[1]].split() == exact.split()
        assert text[at[0] : at[1]] == text[at[0] : at[1]].strip()
