"""Count quotes over time, over HTTP on both databases."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.database.engine import reading, writing
from api.search import timeline
from api.search.request import QuoteSearch
from tests import factory
from tests.answers import problem
from tests.search.overlapping import ASKED, get


@pytest.mark.parametrize("interval", ["day", "week", "month", "year"])
@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_a_timeline_counts_every_dated_quote_once(
    overlapping: FlaskClient, asked: dict[str, Any], interval: str
) -> None:
    filters = {name: value for name, value in asked.items() if name != "sort"}
    items = get(overlapping, "/timeline", **filters, interval=interval)["items"]
    starts = [dt.date.fromisoformat(item["start"]) for item in items]
    dated = get(overlapping, **{**filters, "q": f"{filters.get('q', '')} said:0001.."}, total="exact")["total"]["value"]
    assert sum(item["count"] for item in items) == dated
    if "from" not in asked:
        assert not items or (items[0]["count"] and items[-1]["count"])
    for start, following in pairwise(starts):
        assert following == after(start, interval)
    for item, start in [(item, start) for item, start in zip(items, starts, strict=True) if item["count"]][:2]:
        days = f"said:{start}..{after(start, interval) - dt.timedelta(days=1)}"
        found = get(overlapping, **{**filters, "q": f"{filters.get('q', '')} {days}"}, total="exact")["total"]["value"]
        assert found == item["count"]


def after(start: dt.date, interval: str) -> dt.date:
    """Return the first day of the interval after the one that begins on `start`."""
    match interval:
        case "day":
            return start + dt.timedelta(days=1)
        case "week":
            assert start.weekday() == 0
            return start + dt.timedelta(days=7)
        case "month":
            assert start.day == 1
            return (start + dt.timedelta(days=31)).replace(day=1)
    assert (start.month, start.day) == (1, 1)
    return start.replace(year=start.year + 1)


@pytest.mark.parametrize(
    ("query", "first", "last", "number"),
    [
        ({"interval": "day", "from": "2021-02-27", "to": "2021-03-02"}, "2021-02-27", "2021-03-02", 4),
        ({"interval": "week", "from": "2021-01-01", "to": "2021-01-04"}, "2020-12-28", "2021-01-04", 2),
        ({"interval": "month", "from": "2020-12-31", "to": "2021-02-01"}, "2020-12-01", "2021-02-01", 3),
        ({"interval": "year", "from": "1990-06-01", "to": "1991-01-01T00:00:00Z"}, "1990-01-01", "1991-01-01", 2),
        ({"interval": "year", "to": "1990-12-31", "from": "1990-12-31T23:00:00-05:00"}, None, None, 0),
        ({"interval": "day", "from": "2021-01-01", "to": "2020-01-01"}, None, None, 0),
        ({"q": "zebra", "from": "2020-01-01"}, None, None, 0),
        ({"q": "zebra"}, None, None, 0),
        ({"from": "0001-01-01", "to": "0001-02-02"}, "0001-01-01", "0001-02-01", 2),
        ({"interval": "week", "from": "0001-01-01", "to": "0001-01-08"}, "0001-01-01", "0001-01-08", 2),
        ({"from": "9999-11-30", "to": "9999-12-30"}, "9999-11-01", "9999-12-01", 2),
    ],
)
def test_a_timeline_spans_its_bounds(
    overlapping: FlaskClient, query: dict[str, str], first: str | None, last: str | None, number: int
) -> None:
    starts = [item["start"] for item in get(overlapping, "/timeline", **query)["items"]]
    assert (len(starts), starts[:1], starts[-1:]) == (number, [first] if first else [], [last] if last else [])


@pytest.mark.parametrize("split", [None, "speaker"])
@pytest.mark.parametrize("since", [None, dt.datetime(2000, 1, 1, tzinfo=dt.UTC)])
def test_a_bounded_timeline_has_complete_intervals(
    overlapping: FlaskClient, split: str | None, since: dt.datetime | None
) -> None:
    search = QuoteSearch.of(q="bridge", since=since)
    with reading(overlapping.application.extensions["engine"]) as session:
        every = timeline.count(session, search, "month", split=split)
        newest = timeline.count(session, search, "month", split=split, newest=20)
        assert timeline.count(session, search, "month", split=split, newest=None) == every
        year = timeline.count(session, search, "year", newest=20)
    assert (every.complete, every.counted) == (True, sum(bucket.count for bucket in every.items))
    assert (newest.complete, newest.counted) == (False, sum(bucket.count for bucket in newest.items))
    assert 10 < newest.counted <= 20
    assert newest.items == every.items[-len(newest.items) :]
    assert newest.items[0].count
    assert (len(year.items), year.counted, year.complete) == (1, 21, False)  # of one interval, in part


def test_dates_outside_the_range_of_the_index_are_counted(app: Flask, client: FlaskClient) -> None:
    days = ["0001-01-02", "1599-12-31", "1600-01-01", "1600-01-02", "2144-05-30", "9999-12-31"]
    with writing(app.extensions["engine"]) as session:
        session.add_all(factory.quote("x", at=day) for day in days)
        session.commit()
    for q in ("x", ""):
        items = get(client, "/timeline", **({"q": q} if q else {}), interval="year")["items"]
        assert [item["start"][:4] for item in items if item["count"]] == ["0001", "1599", "1600", "2144", "9999"]


@pytest.mark.parametrize("split", ["speaker", "publisher"])
def test_a_timeline_by_speaker_or_publisher(overlapping: FlaskClient, split: str) -> None:
    answer = get(overlapping, "/timeline", q="bridge", interval="month", split=split, limit=2)
    assert len(answer["series"]) == 2
    starts = [item["start"] for item in answer["items"]]
    sums = []
    for series in answer["series"]:
        assert [item["start"] for item in series["items"]] == starts
        alone = get(overlapping, "/timeline", q="bridge", interval="month", **{split: series["value"]})["items"]
        assert [item for item in series["items"] if item["count"]] == [item for item in alone if item["count"]]
        sums.append(sum(item["count"] for item in alone))
    assert sums == sorted(sums, reverse=True)
    counted = get(overlapping, q="bridge said:0001..", facets=split)["facets"][split]
    assert [(value["label"], value["count"]) for value in counted[:2]] == list(
        zip((series["label"] for series in answer["series"]), sums, strict=True)
    )


def test_a_timeline_explains_its_query(overlapping: FlaskClient) -> None:
    answer = get(overlapping, "/timeline", q="harbour", speaker="Martha Ilves Marta")
    assert set(answer) == {"items", "counted", "complete", "query", "speaker"}
    assert answer["query"]["all"][0]["any"][0]["folded"] == "harbour"
    assert (answer["items"], answer["speaker"]) == ([], [])


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("interval=hour", "interval"),
        ("split=role", "split"),
        ("limit=21&split=speaker", "limit"),
        ("sort=newest", "sort"),
        ("cursor=x", "cursor"),
        ("interval=day&from=1900-01-01&to=2022-01-01", "interval"),
        ("interval=day&from=1900-01-01", "interval"),
        ("interval=week&split=speaker&limit=20&from=2000-01-01&to=2022-01-01", "interval"),
        ("interval=month&to=9999-12-30", "interval"),
    ],
)
def test_bad_queries(overlapping: FlaskClient, query: str, pointer: str) -> None:
    answer = problem(overlapping.get(f"/v1/quotes/timeline?{query}"), 422, "invalid")
    assert [error["pointer"] for error in answer["errors"]] == [pointer]
