"""Explain how a query was understood."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from api.search.explain import explain
from api.search.language import parse
from api.search.names import MAX_SHOWN
from tests.search.corpus import Corpus


def word(written: str, folded: str, stem: str, kind: str = "term") -> dict[str, Any]:
    return {"type": kind, "written": written, "folded": folded, "stem": stem}


@pytest.mark.parametrize(
    ("q", "wanted", "without"),
    [
        ("", [], []),
        ("Livings", [[word("Livings", "livings", "live")]], []),
        (
            "“Cost of” liv*",
            [[word("Cost of", "cost of", "cost of", "phrase")], [word("liv", "liv", "liv", "prefix")]],
            [],
        ),
        ("a OR b -c", [[word("a", "a", "a"), word("b", "b", "b")]], [word("c", "c", "c")]),
        ("country:Estonia", [[{"type": "field", "field": "country", "value": "EE"}]], []),
        (
            "said:2022-03..",
            [[{"type": "field", "field": "said", "value": "2022-03..", "since": dt.date(2022, 3, 1), "until": None}]],
            [],
        ),
        (
            "-said:..2022",
            [],
            [{"type": "field", "field": "said", "value": "..2022", "since": None, "until": dt.date(2022, 12, 31)}],
        ),
    ],
)
def test_explain(
    same_corpus: Corpus, q: str, wanted: list[list[dict[str, Any]]], without: list[dict[str, Any]]
) -> None:
    explained = explain(same_corpus.session, parse(q))
    assert explained == {"all": [{"any": group} for group in wanted], "without": without, "ignored": 0}


def test_explains_the_speakers_of_a_name(corpus: Corpus) -> None:
    def shown(q: str) -> list[str]:
        [group] = explain(corpus.session, parse(q))["all"]
        return [speaker.name for speaker in group["any"][0]["speakers"]]

    assert shown("speaker:ilves") == ["Märta Ilves"]
    assert shown("speaker:1") == ["Märta Ilves"]
    assert shown("speaker:nobody") == []
    for number in range(MAX_SHOWN + 1):
        corpus.speaker(f"Ann{number} Poe")
    assert shown("speaker:poe") == [f"Ann{number} Poe" for number in range(MAX_SHOWN)]


def test_counts_ignored_words(same_corpus: Corpus) -> None:
    assert explain(same_corpus.session, parse(" ".join(f"w{n}" for n in range(103))))["ignored"] == 3
