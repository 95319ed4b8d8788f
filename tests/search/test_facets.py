"""How many of the quotes found there are of each value, and when, over HTTP on both databases."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from api.app import create_app
from api.config import Settings
from api.database.engine import reading, writing
from api.folding import fold, terms
from api.models import Article, Name, Publisher, Quote, Role, Speaker, Tenure
from api.models.quote import UNDATED
from api.search import facets, quotes, timeline
from api.search.request import QuoteSearch
from tests.answers import problem

EVERY = "speaker,role,country,publisher,kind,cue,month,year"
QUOTES = 240


@pytest.fixture(scope="module")
def same(shared_database_url: str) -> Iterator[FlaskClient]:
    """A client of a database with quotes, tenures and dates that overlap in every way, to read."""
    app = create_app(Settings(database_url=shared_database_url))
    app.testing = True
    fill(app.extensions["engine"])
    yield app.test_client()
    app.extensions["engine"].dispose()


def fill(engine: Engine) -> None:
    """Store 240 quotes of five speakers and of nobody, in five roles, from 2019 to 2023 or of no date."""
    chance = random.Random(7)
    with writing(engine) as session:
        courier = Publisher(name="The Baltic Courier", folded=fold("The Baltic Courier"), domain="courier.example")
        wire = Publisher(name="Señal", folded=fold("Señal"), domain="senal.example")
        speakers = [
            Speaker(kind="person", name=name, names=[Name.of(name)])
            for name in ("Märta Ilves", "José Ruiz", "Ann Poe", "Bo Lund", "Juhan Saar")
        ]
        roles = [
            Role.of("Mayor", "Harnby", "GB"),
            Role.of("Minister", None, "EE"),
            Role.of("Minister", None, "LV"),
            Role.of("Chair", "Harbour Board", "EE"),
            Role.of("Chair", "Harnby Society"),
        ]
        session.add_all([courier, wire, *speakers, *roles])
        session.flush()
        for speaker in speakers:
            for role in chance.sample(roles, 3):
                for status in chance.sample(("held", "acting", "former"), chance.choice((1, 1, 2))):
                    first = dt.date(2019, 1, 1) + dt.timedelta(chance.randrange(1200))
                    dates = {"first_seen": first, "last_seen": first + dt.timedelta(chance.randrange(900))}
                    if chance.random() < 0.3:
                        dates = {"started": first}
                    session.add(Tenure(speaker=speaker, role=role, status=status, **dates))
        for number in range(QUOTES):
            speaker_or_none = chance.choice([*speakers, *speakers, None])
            at = dt.datetime(2019, 1, 1, tzinfo=dt.UTC) + dt.timedelta(hours=chance.randrange(5 * 365 * 24))
            words = f"Bridge number {number}" + (" and the harbour" if chance.random() < 0.5 else "")
            article = Article(
                publisher=chance.choice([courier, wire, wire, None]),
                text=words,
                text_hash=f"{number:064}",
                engine="tests",
            )
            session.add(
                Quote(
                    article=article,
                    speaker=speaker_or_none,
                    role=chance.choice([*roles, None, None, None]) if speaker_or_none else None,
                    role_status=chance.choice(["held", "held", "acting", "former"]),
                    kind=chance.choice(["direct", "mixed", "indirect"]),
                    medium="speech",
                    act=chance.choice(["speech", "speech", "speech", "attitude"]),
                    text=words,
                    terms=terms(words),
                    names=speaker_or_none.indexed if speaker_or_none else "",
                    cue=chance.choice(["said", "said", "called for", "had warned", ""]),
                    at=UNDATED if number % 12 == 0 else at,
                    confidence=0.9,
                    status=chance.choice(["extracted", "extracted", "confirmed", "rejected"]),
                )
            )
        session.commit()


def get(client: FlaskClient, path: str = "", /, **query: Any) -> Any:
    response = client.get(f"/v1/quotes{path}?{urlencode(query)}")
    assert response.status_code == 200, response.json
    return response.json


ASKED: list[dict[str, Any]] = [
    {},
    {"q": "harbour"},
    {"q": "bridge -harbour"},
    {"q": "zebra"},
    {"speaker": "ilves"},
    {"speaker": "Saar", "from": "2020-03-01", "to": "2022-06-30"},
    {"role": "minister"},
    {"role": "minister", "country": "EE"},
    {"country": "EE"},
    {"organisation": "harbour board"},
    {"role": "chair", "q": "harbour country:EE"},
    {"q": "role:minister harbour"},
    {"q": "role:minister country:EE"},
    {"q": "country:EE OR country:GB"},
    {"q": "role:chair OR harbour -country:LV"},
    {"publisher": "senal", "kind": "direct", "cue": "said"},
    {"act": "any", "status": "any"},
    {"q": "said:2021 harbour", "sort": "relevance"},
]


@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_asking_for_a_value_finds_as_many_as_were_counted(same: FlaskClient, asked: dict[str, Any]) -> None:
    answer = get(same, **asked, facets=EVERY, facet_limit=100)
    assert list(answer["facets"]) == EVERY.split(",")
    assert answer["counted"] == answer["total"]["value"]
    for facet, values in answer["facets"].items():
        assert [value["count"] for value in values] == sorted((value["count"] for value in values), reverse=True)
        for value in values[:4] + values[-1:]:
            more: dict[str, Any] = {facet: value["value"]}
            if facet in ("month", "year"):
                more = {"q": f"{asked.get('q', '')} said:{value['value']}"}
            found = get(same, **{**asked, **more}, total="exact", limit=1)["total"]
            assert found == {"value": value["count"], "relation": "eq"}, (facet, value)


@pytest.mark.parametrize("facet", ["speaker", "role", "country"])
def test_every_value_that_finds_something_is_counted(same: FlaskClient, facet: str) -> None:
    counted = {value["value"]: value["count"] for value in get(same, facets=facet)["facets"][facet]}
    for value in ("EE", "LV", "GB", "SE") if facet == "country" else range(1, 7):
        assert counted.get(value, 0) == get(same, **{facet: value}, total="exact")["total"]["value"]
    assert len(counted) >= 3


def test_values_have_labels(same: FlaskClient) -> None:
    found = get(same, facets=EVERY, facet_limit=100)["facets"]
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


def test_as_many_values_as_asked_for_and_facets_on_each_page(same: FlaskClient) -> None:
    answer = get(same, facets="cue,month", facet_limit=2, limit=5)
    assert [len(answer["facets"][facet]) for facet in ("cue", "month")] == [2, 2]
    following = same.get(answer["next"]).json
    assert following["facets"] == answer["facets"]
    assert "facets" not in get(same)
    assert "counted" not in get(same)


def test_of_many_the_newest_are_counted(same: FlaskClient) -> None:
    newest = get(same, q="bridge", limit=10)["items"]
    with reading(same.application.extensions["engine"]) as session:
        counts, counted = facets.count(session, quotes.find(QuoteSearch.of(q="bridge"), session), ["kind"], newest=10)
    assert counted == 10
    assert {value.value: value.count for value in counts["kind"]} == Counter(item["kind"] for item in newest)
    whole = get(same, q="bridge", facets="kind", facets_exact="true", total="exact")
    assert whole["counted"] == whole["total"]["value"] == sum(v["count"] for v in whole["facets"]["kind"]) > 10


@pytest.mark.parametrize("interval", ["day", "week", "month", "year"])
@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_a_timeline_counts_every_dated_quote_once(same: FlaskClient, asked: dict[str, Any], interval: str) -> None:
    filters = {name: value for name, value in asked.items() if name != "sort"}
    items = get(same, "/timeline", **filters, interval=interval)["items"]
    starts = [dt.date.fromisoformat(item["start"]) for item in items]
    dated = get(same, **{**filters, "q": f"{filters.get('q', '')} said:0001.."}, total="exact")["total"]["value"]
    assert sum(item["count"] for item in items) == dated
    if "from" not in asked:
        assert not items or (items[0]["count"] and items[-1]["count"])
    for start, following in pairwise(starts):
        assert following == after(start, interval)
    for item, start in [(item, start) for item, start in zip(items, starts, strict=True) if item["count"]][:2]:
        days = f"said:{start}..{after(start, interval) - dt.timedelta(days=1)}"
        found = get(same, **{**filters, "q": f"{filters.get('q', '')} {days}"}, total="exact")["total"]["value"]
        assert found == item["count"]


def after(start: dt.date, interval: str) -> dt.date:
    """The first day of the next interval, of one that begins on `start`."""
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
def test_a_timeline_reaches_from_bound_to_bound(
    same: FlaskClient, query: dict[str, str], first: str | None, last: str | None, number: int
) -> None:
    starts = [item["start"] for item in get(same, "/timeline", **query)["items"]]
    assert (len(starts), starts[:1], starts[-1:]) == (number, [first] if first else [], [last] if last else [])


@pytest.mark.parametrize("split", [None, "speaker"])
@pytest.mark.parametrize("since", [None, dt.datetime(2000, 1, 1, tzinfo=dt.UTC)])
def test_a_timeline_of_many_has_the_newest_intervals_whole(
    same: FlaskClient, split: str | None, since: dt.datetime | None
) -> None:
    search = QuoteSearch.of(q="bridge", since=since)
    with reading(same.application.extensions["engine"]) as session:
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


def test_quotes_from_before_and_after_what_the_index_tells_have_their_days(app: Flask, client: FlaskClient) -> None:
    days = ["0001-01-02", "1599-12-31", "1600-01-01", "1600-01-02", "2144-05-30", "9999-12-31"]
    with writing(app.extensions["engine"]) as session:
        for number, day in enumerate(days):
            article = Article(text="x", text_hash=f"{number:064}", engine="tests")
            at = dt.datetime.fromisoformat(day).replace(tzinfo=dt.UTC)
            session.add(
                Quote(article=article, kind="direct", medium="speech", act="speech", text="x", terms="x", at=at,
                      confidence=1, status="extracted")
            )  # fmt: skip
        session.commit()
    for q in ("x", ""):
        items = get(client, "/timeline", **({"q": q} if q else {}), interval="year")["items"]
        assert [item["start"][:4] for item in items if item["count"]] == ["0001", "1599", "1600", "2144", "9999"]


@pytest.mark.parametrize("split", ["speaker", "publisher"])
def test_a_timeline_by_speaker_or_publisher(same: FlaskClient, split: str) -> None:
    answer = get(same, "/timeline", q="bridge", interval="month", split=split, limit=2)
    assert len(answer["series"]) == 2
    starts = [item["start"] for item in answer["items"]]
    sums = []
    for series in answer["series"]:
        assert [item["start"] for item in series["items"]] == starts
        alone = get(same, "/timeline", q="bridge", interval="month", **{split: series["value"]})["items"]
        assert [item for item in series["items"] if item["count"]] == [item for item in alone if item["count"]]
        sums.append(sum(item["count"] for item in alone))
    assert sums == sorted(sums, reverse=True)
    counted = get(same, q="bridge said:0001..", facets=split)["facets"][split]
    assert [(value["label"], value["count"]) for value in counted[:2]] == list(
        zip((series["label"] for series in answer["series"]), sums, strict=True)
    )


def test_a_timeline_says_how_it_was_read(same: FlaskClient) -> None:
    answer = get(same, "/timeline", q="harbour", speaker="Martha Ilves Marta")
    assert set(answer) == {"items", "counted", "complete", "query", "speaker"}
    assert answer["query"]["all"][0]["any"][0]["folded"] == "harbour"
    assert (answer["items"], answer["speaker"]) == ([], [])


@pytest.mark.parametrize(
    ("path", "query", "pointer"),
    [
        ("", "facets=", "facets"),
        ("", "facets=colour", "facets"),
        ("", "facets=kind,", "facets"),
        ("", "facets=kind;cue", "facets"),
        ("", "facets=kind&facet_limit=0", "facet_limit"),
        ("", "facets=kind&facet_limit=101", "facet_limit"),
        ("", "facets=kind&facets_exact=perhaps", "facets_exact"),
        ("/timeline", "interval=hour", "interval"),
        ("/timeline", "split=role", "split"),
        ("/timeline", "limit=21&split=speaker", "limit"),
        ("/timeline", "sort=newest", "sort"),
        ("/timeline", "cursor=x", "cursor"),
        ("/timeline", "interval=day&from=1900-01-01&to=2022-01-01", "interval"),
        ("/timeline", "interval=day&from=1900-01-01", "interval"),
        ("/timeline", "interval=week&split=speaker&limit=20&from=2000-01-01&to=2022-01-01", "interval"),
        ("/timeline", "interval=month&to=9999-12-30", "interval"),
    ],
)
def test_bad_queries(same: FlaskClient, path: str, query: str, pointer: str) -> None:
    answer = problem(same.get(f"/v1/quotes{path}?{query}"), 422, "invalid")
    assert [error["pointer"] for error in answer["errors"]] == [pointer]
