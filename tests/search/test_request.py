"""Make a QuoteSearch from parameters."""

from __future__ import annotations

import datetime as dt
from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from api.search.language import parse
from api.search.request import Office, Period, QuoteSearch, resolve
from tests.search.corpus import Corpus


def day(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC) if text else None


@pytest.mark.parametrize(
    ("given", "q", "office", "others"),
    [
        (Office(), "", Office(), ""),
        (Office(), "role:mayor", Office("mayor"), ""),
        (Office(), "role:12 country:Estonia", Office(12, None, "EE"), ""),
        (Office(), "toll role:mayor OR kind:direct", Office(), "toll role:mayor OR kind:direct"),  # an alternative
        (Office(), "role:mayor role:chair", Office("mayor"), "role:chair"),  # of two, one is of another office
        (Office("chair"), "role:mayor country:EE", Office("chair", None, "EE"), "role:mayor"),
        (Office("chair", "Harbour Board", "GB"), "country:EE", Office("chair", "Harbour Board", "GB"), "country:EE"),
    ],
)
def test_a_query_completes_the_office(given: Office, q: str, office: Office, others: str) -> None:
    assert given.with_fields(parse(q).wanted) == (office, list(parse(others).wanted))
    parameters = dict(zip(("role", "organisation", "country"), given, strict=True))
    assert QuoteSearch.of(q=q, **parameters).office == office
    assert office.is_asked == any(part is not None for part in office)


@pytest.mark.parametrize(
    ("since", "before", "q", "period", "others"),
    [
        (None, None, "toll", (None, None), "toll"),
        ("2022-01-01", "2023-01-01", "", ("2022-01-01", "2023-01-01"), ""),
        (None, None, "said:2022", ("2022-01-01", "2023-01-01"), ""),
        ("2022-06-01", None, "said:2022", ("2022-06-01", "2023-01-01"), ""),
        ("2021-06-01", "2022-06-01", "toll said:2022", ("2022-01-01", "2022-06-01"), "toll"),
        (None, None, "said:2022.. said:..2023", ("2022-01-01", "2024-01-01"), ""),
        (None, None, "said:..2023", ("0001-01-01", "2024-01-01"), ""),
        (None, None, "said:2022 OR toll", (None, None), "said:2022 OR toll"),
    ],
)
def test_a_query_narrows_the_period(
    since: str | None, before: str | None, q: str, period: tuple[str | None, str | None], others: str
) -> None:
    given, narrowed = Period(day(since), day(before)), Period(*map(day, period))
    assert given.with_fields(parse(q).wanted) == (narrowed, list(parse(others).wanted))


@pytest.mark.parametrize(
    ("parameters", "keys", "matches"),
    [
        ({}, ["cost", "sanctions", "cafe", "living", "undated"], None),
        ({"speaker": 1, "match": "exact"}, ["cost"], None),
        ({"speaker": "Märta Ilves"}, ["cost"], [("Märta Ilves", "exact")]),
        ({"speaker": "marta ilves", "match": "folded"}, ["cost"], [("Märta Ilves", "folded")]),
        ({"speaker": "marta ilves", "match": "exact"}, [], []),
        ({"speaker": "nobody", "limit": 20, "sort": "newest"}, [], []),  # parameters that are no search's are ignored
    ],
)
def test_resolves_a_speaker_to_ids(
    same_corpus: Corpus, parameters: dict[str, Any], keys: list[str], matches: list[tuple[str, str]] | None
) -> None:
    search, speakers = resolve(same_corpus.session, parameters)
    assert (None if speakers is None else [(speaker.name, speaker.match) for speaker in speakers]) == matches
    assert sorted(same_corpus.matches(search)) == sorted(keys)
    assert not isinstance(search.speaker, str)


def test_a_search_is_frozen() -> None:
    search = QuoteSearch.of(q="toll -bridge", kind="direct")
    assert search.query == parse("toll -bridge")
    assert search == QuoteSearch(query=parse("toll -bridge"), kind="direct")
    with pytest.raises(FrozenInstanceError):
        search.kind = "mixed"  # type: ignore[misc]  # it is frozen: that is the test
