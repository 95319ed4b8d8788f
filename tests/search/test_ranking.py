"""Order the quotes that a search finds."""

from __future__ import annotations

import pytest

from api.search import ranking
from api.search.quotes import find_by_rows
from api.search.request import QuoteSearch
from tests.search.corpus import Corpus


def test_orders_by_each_sort(corpus: Corpus) -> None:
    everything = ["undated", "cost", "sanctions", "cafe", "living"]
    assert corpus.found(sort="newest") == everything[::-1]
    assert corpus.found(sort="oldest") == everything
    assert corpus.found(sort="relevance") == everything[::-1]  # to what, when nothing was asked
    corpus.say("long", "Living " + "and living " * 20, at="2025-01-01T00:00")
    assert corpus.found(sort="newest", q="living") == ["long", "living", "cost"]
    assert corpus.found(sort="oldest", q="living") == ["cost", "living", "long"]
    assert corpus.found(sort="relevance", q="-living") == ["cafe", "sanctions", "undated"]  # no words to be relevant to


@pytest.mark.parametrize(
    ("q", "first", "second"),
    [
        (
            "harbour",
            "The harbour will freeze before anybody has built another",
            "by the board: We shall see",
        ),  # in the text
        ("harbour ice", "The old harbour ice is thick", "The ice of the harbour is thick"),  # together
        ("harbour OR ice", "The old harbour and the ice", "The old harbour and the snow"),  # more of it
        ("harbo* ice", "The old harbours, ice and snow", "Ice in the old harbours and snow"),
        ("“old harbour” ice", "The old harbour ice is thick", "The ice of the old harbour"),
        ("harbour", "The harbour is old", "The harbour is old " + "and old " * 10),  # short
    ],
)
def test_more_relevant_quotes_come_first(corpus: Corpus, q: str, first: str, second: str) -> None:
    board = corpus.quotes["living"].speaker
    for key, written in (("second", second), ("first", first)) * 2:  # the words decide, whichever was stored later
        by = board if written.startswith("by the board") else None
        corpus.say(f"{key} {len(corpus.quotes)}", written, by, at="2025-01-01T00:00")
    assert [key.split()[0] for key in corpus.found(sort="relevance", q=f"{q} said:2025")] == ["first"] * 2 + [
        "second"
    ] * 2


def test_ties_are_newest_first(corpus: Corpus) -> None:
    for day in ("2024-12-30", "2025-01-01", "2022-12-31"):
        corpus.say(day, "The ice on the river", at=f"{day}T12:00")
    assert corpus.found(sort="relevance", q="ice") == ["2025-01-01", "2024-12-30", "2022-12-31"]
    corpus.say("undated ice", "The ice on the river")
    corpus.say("2025-01-01 again", "The ice on the river", at="2025-01-01T12:00")
    newest = ["2025-01-01 again", "2025-01-01", "2024-12-30", "2022-12-31", "undated ice"]
    assert corpus.found(sort="relevance", q="ice") == newest


def test_scores_only_the_newest(corpus: Corpus) -> None:
    for year in (2021, 2022, 2023, 2024):
        corpus.say(str(year), "The ice on the river " * (year - 2020), at=f"{year}-01-01T00:00")
    assert sorted(corpus.found(sort="relevance", most=3, q="ice")) == ["2022", "2023", "2024"]


def test_scores_are_stable_while_rows_are_added(corpus: Corpus) -> None:
    for year in (2021, 2022, 2023, 2024):
        corpus.say(str(year), "The ice on the river " * (year - 2020), at=f"{year}-01-01T00:00")

    def scores(top: int | None) -> list[tuple[int, int]]:
        found = find_by_rows(QuoteSearch.of(q="ice"))
        listed, (score, _, number, _), _ = ranking.ordered(found, "relevance", top=top)
        return sorted(tuple(row) for row in corpus.session.execute(listed.with_only_columns(score, number)).all())

    top = corpus.quotes["2024"].id
    before = scores(None)
    assert scores(top) == before
    corpus.say("2026", "The ice", at="2026-01-01T00:00")
    corpus.say("2020", "The ice", at="2020-01-01T00:00")
    assert scores(top) == before
    assert len(scores(None)) == len(before) + 2
