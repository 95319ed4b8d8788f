"""Read SQLite's full-text index in the order of time."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import literal

from api.search import ranking
from api.search.quotes import find_quotes
from api.search.request import QuoteSearch
from tests.search.corpus import Corpus, assert_index_is_whole, explained


def test_matches_are_in_chronological_order(corpus: Corpus) -> None:
    times = ["0001-01-01T00:00", "1600-01-01T00:00:01", "2144-05-30T01:53:03", "2024-01-01T10:00:59", "2024-01-01T10:00:00",
             "2024-01-01T10:00:59", "2023-12-31T23:59:59"]  # fmt: skip
    for number, at in enumerate(times):
        corpus.say(str(number), "The mackerel are back", at=at)
    oldest = ["0", "1", "6", "4", "3", "5", "2"]
    assert corpus.found("oldest", q="mackerel") == oldest
    assert corpus.found("newest", q="mackerel") == oldest[::-1]
    corpus.quotes["3"].at = dt.datetime(1999, 1, 1, tzinfo=dt.UTC)
    corpus.session.flush()
    assert corpus.found("oldest", q="mackerel") == ["0", "1", "3", "6", "4", "5", "2"]
    assert corpus.found("oldest", q="mackerel said:1999..2023") == ["3", "6"]
    since, before = (dt.datetime(2024, 1, 1, 10, 0, second, tzinfo=dt.UTC) for second in (0, 59))
    assert corpus.found(q="mackerel", since=since, before=before) == ["4"]
    assert corpus.found(
        q="mackerel", since=dt.datetime(2100, 1, 1, tzinfo=dt.UTC), before=dt.datetime.max.replace(tzinfo=dt.UTC)
    ) == ["2"]
    assert corpus.found(q="mackerel", before=dt.datetime(1500, 1, 1, tzinfo=dt.UTC)) == []
    assert_index_is_whole(corpus.session)


@pytest.mark.parametrize("q", ["living", 'living "cost of"', "liv* -harbour", "living said:2022"])
@pytest.mark.parametrize("sort", ["newest", "oldest"])
def test_matches_are_not_sorted(both: list[Corpus], q: str, sort: str) -> None:
    corpus, _ = both  # PostgreSQL has no full-text index in any order: its planner chooses
    found = find_quotes(QuoteSearch.of(q=q, speaker=1), corpus.session)
    plan = explained(corpus.session, ranking.ordered(found, sort).sorted())
    assert "SCAN quote_fts VIRTUAL TABLE INDEX" in plan
    assert "B-TREE" not in plan


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"q": "living"},
        {"q": "living -toll said:2022 kind:direct publisher:courier.example speaker:ruiz", "speaker": [1, 2]},
        {"speaker": 1, "since": dt.datetime(2022, 1, 1, tzinfo=dt.UTC), "act": "any", "status": "any"},
        {"publisher": "Courier", "status": "confirmed"},
    ],
    ids=str,
)
def test_counts_use_the_index_alone(both: list[Corpus], asked: dict[str, Any]) -> None:
    corpus, _ = both
    found = find_quotes(QuoteSearch.of(**asked), corpus.session)
    one = found.select.with_only_columns(literal(1), maintain_column_froms=True).limit(10)
    plan = explained(corpus.session, one)
    assert "SCAN quote_fts VIRTUAL TABLE INDEX" in plan
    assert "quote USING" not in plan


@pytest.mark.parametrize(
    ("revised", "index"), [("dropped", "gone"), ("reworded", "gone"), ("added", "later"), ("rewording", "later")]
)
def test_revised_uses_partial_indexes(both: list[Corpus], revised: str, index: str) -> None:
    corpus, _ = both
    found = find_quotes(QuoteSearch.of(revised=revised), corpus.session)
    plan = explained(corpus.session, ranking.ordered(found, "newest").sorted().limit(20))
    assert f"quote USING INDEX ix_quote_{index}_at_id" in plan
    assert "TEMP B-TREE" not in plan
