"""Count quotes by facets, over HTTP on both databases."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.database.engine import reading
from api.search import facets
from api.search.quotes import find_quotes
from api.search.request import QuoteSearch
from tests.answers import problem
from tests.search.overlapping import ASKED, get

EVERY = "speaker,role,country,publisher,kind,medium,polarity,cue,month,year"


@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_counts_equal_the_totals_of_searches(overlapping: FlaskClient, asked: dict[str, Any]) -> None:
    answer = get(overlapping, **asked, facets=EVERY, facet_limit=100)
    assert list(answer["facets"]) == EVERY.split(",")
    assert answer["counted"] == answer["total"]["value"]
    for facet, values in answer["facets"].items():
        assert [value["count"] for value in values] == sorted((value["count"] for value in values), reverse=True)
        for value in values[:4] + values[-1:]:
            more: dict[str, Any] = {facet: value["value"]}
            if facet in ("month", "year"):
                more = {"q": f"{asked.get('q', '')} said:{value['value']}"}
            found = get(overlapping, **{**asked, **more}, total="exact", limit=1)["total"]
            assert found == {"value": value["count"], "relation": "eq"}, (facet, value)


@pytest.mark.parametrize("facet", ["speaker", "role", "country"])
def test_counts_every_value(overlapping: FlaskClient, facet: str) -> None:
    counted = {value["value"]: value["count"] for value in get(overlapping, facets=facet)["facets"][facet]}
    for value in ("EE", "LV", "GB", "SE") if facet == "country" else range(1, 7):
        assert counted.get(value, 0) == get(overlapping, **{facet: value}, total="exact")["total"]["value"]
    assert len(counted) >= 3


def test_values_have_labels(overlapping: FlaskClient) -> None:
    found = get(overlapping, facets=EVERY, facet_limit=100)["facets"]
    labels = {facet: {value["value"]: value["label"] for value in values} for facet, values in found.items()}
    assert labels["speaker"][1] == "Märta Ilves"
    assert labels["role"][1] == "Mayor, Harnby, GB"
    assert labels["role"][5] == "Chair, Harnby Society"
    assert labels["country"]["EE"] == "Estonia"
    assert labels["publisher"] == {1: "The Baltic Courier", 2: "Señal"}
    assert labels["kind"]["mixed"] == "mixed"
    assert labels["cue"]["called for"] == "called for"
    assert labels["month"]["2021-05"] == "2021-05"
    assert labels["year"]["2021"] == "2021"


def test_facet_limit_and_later_pages(overlapping: FlaskClient) -> None:
    answer = get(overlapping, facets="cue,month", facet_limit=2, limit=5)
    assert [len(answer["facets"][facet]) for facet in ("cue", "month")] == [2, 2]
    following = overlapping.get(answer["next"]).json
    assert following["facets"] == answer["facets"]
    assert "facets" not in get(overlapping)
    assert "counted" not in get(overlapping)


def test_counts_only_the_newest(overlapping: FlaskClient) -> None:
    newest = get(overlapping, q="bridge", limit=10)["items"]
    with reading(overlapping.application.extensions["engine"]) as session:
        counts, counted = facets.count(session, find_quotes(QuoteSearch.of(q="bridge"), session), ["kind"], newest=10)
    assert counted == 10
    assert {value.value: value.count for value in counts["kind"]} == Counter(item["kind"] for item in newest)
    whole = get(overlapping, q="bridge", facets="kind", facets_exact="true", total="exact")
    assert whole["counted"] == whole["total"]["value"] == sum(v["count"] for v in whole["facets"]["kind"]) > 10


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("facets=", "facets"),
        ("facets=colour", "facets"),
        ("facets=kind,", "facets"),
        ("facets=kind;cue", "facets"),
        ("facets=kind&facet_limit=0", "facet_limit"),
        ("facets=kind&facet_limit=101", "facet_limit"),
        ("facets=kind&facets_exact=perhaps", "facets_exact"),
    ],
)
def test_refuses_bad_queries(overlapping: FlaskClient, query: str, pointer: str) -> None:
    answer = problem(overlapping.get(f"/v1/quotes?{query}"), 422, "invalid")
    assert [error["pointer"] for error in answer["errors"]] == [pointer]
