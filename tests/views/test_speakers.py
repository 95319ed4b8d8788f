"""Speakers over HTTP."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from api.database.engine import reading, writing
from api.models import Mention, Quote, QuoteSpan, Role, Tenure
from api.search.index import maintenance
from tests import answers, factory
from tests.answers import problem


def create(writer: FlaskClient, name: str, *names: str, kind: str = "person", **more: str) -> Any:
    return answers.create(writer, "speakers", name=name, kind=kind, names=names, **more)


def test_creates_reads_changes_and_deletes(writer: FlaskClient) -> None:
    created = create(
        writer, " Volodymyr  Zelenskyy ", "Zelensky", "Wolodymyr Selenskyj", "Zelensky", wikidata="Q3874799"
    )
    url = created.headers["Location"]
    wanted = {
        "kind": "person",
        "name": "Volodymyr Zelenskyy",
        "handle": None,
        "wikidata": "Q3874799",
        "names": ["Volodymyr Zelenskyy", "Wolodymyr Selenskyj", "Zelensky"],
        "roles": [],
        "counts": {"quotes": 0, "articles": 0},
    }
    assert {name: created.json[name] for name in wanted} == wanted
    read = writer.get(url)
    assert (read.json, read.headers["ETag"]) == (created.json, created.headers["ETag"])
    changed = writer.patch(
        url, json={"handle": "@ZelenskyyUa", "wikidata": None}, headers={"If-Match": read.headers["ETag"]}
    )
    assert (changed.json["handle"], changed.json["wikidata"], changed.json["names"]) == (
        "@ZelenskyyUa",
        None,
        wanted["names"],
    )
    assert changed.headers["ETag"] == writer.get(url).headers["ETag"]
    assert writer.delete(url, headers={"If-Match": changed.headers["ETag"]}).status_code == 204
    problem(writer.get(url), 404, "not-found")


@pytest.mark.parametrize(
    ("body", "name", "names"),
    [
        ({"name": "C"}, "C", ["C", "A", "B"]),
        ({"name": "B"}, "B", ["B", "A"]),
        ({"names": ["C", "D", "C"]}, "A", ["A", "C", "D"]),
        ({"names": []}, "A", ["A"]),
        ({"names": ["B", "A"]}, "A", ["A", "B"]),
        ({"name": "C", "names": ["B"]}, "C", ["C", "B"]),
        ({"name": "C", "names": []}, "C", ["C"]),
        ({"kind": "account"}, "A", ["A", "B"]),
        ({}, "A", ["A", "B"]),
    ],
)
def test_the_shown_name_is_always_among_the_names(
    writer: FlaskClient, body: dict[str, Any], name: str, names: list[str]
) -> None:
    created = create(writer, "A", "B")
    url = created.headers["Location"]
    changed = writer.patch(url, json=body, headers={"If-Match": created.headers["ETag"]})
    assert (changed.json["name"], changed.json["names"]) == (name, names)
    assert writer.get(url).json == changed.json
    (item,) = writer.get("/v1/speakers").json["items"]
    assert item == {field: changed.json[field] for field in ("id", "kind", "name", "handle", "wikidata", "names")}


def test_the_second_of_two_changes_of_names_is_stale(writer: FlaskClient) -> None:
    created = create(writer, "A")
    url, tag = created.headers["Location"], {"If-Match": created.headers["ETag"]}
    assert writer.patch(url, json={"names": ["B"]}, headers=tag).status_code == 200
    problem(writer.patch(url, json={"names": ["C"]}, headers=tag), 412, "stale")
    assert writer.get(url).json["names"] == ["A", "B"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Ärztekammer", "Night Shift Nadia", "Recep Tayyip Erdoğan", "Volodymyr Zelenskyy"]),
        ("q=erdogan", ["Recep Tayyip Erdoğan"]),
        ("q=ERDOĞAN", ["Recep Tayyip Erdoğan"]),
        ("q=Erdoğan Recep", ["Recep Tayyip Erdoğan"]),
        ("q=tayyi", ["Recep Tayyip Erdoğan"]),
        ("q=zelensky", ["Volodymyr Zelenskyy"]),
        ("q=Зеленський", ["Volodymyr Zelenskyy"]),
        ("q=selenskyj", ["Volodymyr Zelenskyy"]),
        ("q=volodymyr selenskyj&match=folded", []),  # of two names, in neither whole
        ("q=volodymyr selenskyj", ["Volodymyr Zelenskyy"]),  # but Wolodymyr is Volodymyr
        ("q=@nadia_n", ["Night Shift Nadia"]),
        ("q=arztekammer", ["Ärztekammer"]),
        ("q=a&kind=organisation", ["Ärztekammer"]),
        ("kind=account", ["Night Shift Nadia"]),
        ("q=???", []),
        ("q=%25", []),
        ("q=_", []),
        ("q=" + "ﷺ" * 300, []),
    ],
)
def test_lists_speakers(writer: FlaskClient, query: str, found: list[str]) -> None:
    create(writer, "Volodymyr Zelenskyy", "Wolodymyr Selenskyj", "Володимир Зеленський")
    create(writer, "Recep Tayyip Erdoğan")
    create(writer, "Night Shift Nadia", kind="account", handle="@nadia_nachts")
    create(writer, "Ärztekammer", kind="organisation")
    assert [item["name"] for item in writer.get(f"/v1/speakers?{query}").json["items"]] == found


def test_turns_pages(writer: FlaskClient) -> None:
    for name in ("b", "Á", "a", "C"):
        create(writer, name, "Another Name")
    seen, url = [], "/v1/speakers?q=another&limit=1"
    while url:
        page = writer.get(url)
        seen += [item["name"] for item in page.json["items"]]
        url = page.json["next"]
    assert seen == ["Á", "a", "b", "C"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": "x"}, "/kind"),
        ({"name": "x", "kind": "robot"}, "/kind"),
        ({"kind": "person"}, "/name"),
        ({"name": "???", "kind": "person"}, "/name"),
        ({"name": "x", "kind": "person", "names": ["y", "—"]}, "/names/1"),
        ({"name": "x", "kind": "person", "names": "y"}, "/names"),
        ({"name": "x", "kind": "person", "names": None}, "/names"),
        ({"name": "x", "kind": "person", "names": ["n"] * 1001}, "/names"),
        ({"name": "x", "kind": "person", "handle": "name"}, "/handle"),
        ({"name": "x", "kind": "person", "handle": "@name\n"}, "/handle"),
        ({"name": "x", "kind": "person", "wikidata": "Q0"}, "/wikidata"),
        ({"name": "x", "kind": "person", "wikidata": "Q" + "1" * 30}, "/wikidata"),
        ({"name": "x", "kind": "person", "counts": {}}, "/counts"),
    ],
)
def test_refuses_invalid_bodies(writer: FlaskClient, body: object, pointer: str) -> None:
    answer = problem(writer.post("/v1/speakers", json=body), 422, "invalid")
    assert [error["pointer"] for error in answer["errors"]] == [pointer]
    assert writer.get("/v1/speakers").json["items"] == []


def test_a_wikidata_item_belongs_to_one_speaker(writer: FlaskClient) -> None:
    create(writer, "A", wikidata="Q1")
    twin = {"name": "B", "kind": "person", "wikidata": "Q1"}
    assert "/v1/speakers/1" in problem(writer.post("/v1/speakers", json=twin), 409, "duplicate")["detail"]
    other = create(writer, "B")
    tag = {"If-Match": other.headers["ETag"]}
    problem(writer.patch(other.headers["Location"], json={"wikidata": "Q1"}, headers=tag), 409, "duplicate")


def quoted(engine: Engine) -> None:
    """Store speaker 1, who has roles, and three articles: one quotes, one mentions, one only wrongly quotes speaker 1."""
    with writing(engine) as session:
        speaker = factory.speaker("Mari Maasikas")
        minister = Role.of("Prime Minister", country="EE")
        mayor = Role.of("Mayor", "Narva", "EE")
        day = dt.date(2022, 3, 24)
        session.add(Tenure(speaker=speaker, role=minister, status="held", first_seen=day, last_seen=day))
        session.add(Tenure(speaker=speaker, role=mayor, status="former", started=dt.date(2010, 1, 1)))
        articles = [factory.article(f"Mari Maasikas said yes. {n}") for n in range(3)]
        for article in articles[:2]:
            article.mentions.append(Mention(speaker=speaker, start=0, end=13, how="full", rule="test", confidence=1))
        for article, act, status in (
            (articles[0], "speech", "extracted"),
            (articles[0], "speech", "rejected"),
            (articles[0], "attitude", "extracted"),
            (articles[2], "speech", "rejected"),
        ):
            spans = [QuoteSpan(part="content", position=0, start=19, end=22)]
            session.add(factory.quote("yes", speaker, article, kind="indirect", act=act, status=status, spans=spans))
        session.add_all(articles)
        session.commit()


def test_shows_roles_and_counts(client: FlaskClient, engine: Engine) -> None:
    quoted(engine)
    speaker = client.get("/v1/speakers/1").json
    assert speaker["counts"] == {"quotes": 1, "articles": 2}
    assert [
        (held["role"]["title"], held["status"], held["started"], held["last_seen"]) for held in speaker["roles"]
    ] == [
        ("Mayor", "former", "2010-01-01", None),
        ("Prime Minister", "held", None, "2022-03-24"),
    ]
    assert speaker["roles"][0]["role"] == {"id": 2, "title": "Mayor", "organisation": "Narva", "country": "EE"}


@pytest.mark.parametrize("body", [{"name": "Zo Ax"}, {"name": "Al By"}, {"names": ["Zo Ax", "Bo Cy"]}])
def test_quotes_are_indexed_by_names_in_the_order_that_db_check_wants(
    writer: FlaskClient, engine: Engine, body: dict[str, Any]
) -> None:
    with writing(engine) as session:
        speaker = factory.speaker("Bo Cy", "Al By")
        session.add(factory.quote("Yes", speaker))
        session.flush()
        speaker_id = speaker.id
        session.commit()
    answer = writer.patch(f"/v1/speakers/{speaker_id}", json=body, headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.json
    with reading(engine) as session:
        assert list(maintenance.faults(session)) == []


def test_quotes_are_indexed_by_the_new_name_only(writer: FlaskClient, engine: Engine) -> None:
    quoted(engine)
    url = "/v1/speakers/1"
    tag = {"If-Match": writer.get(url).headers["ETag"]}
    writer.patch(url, json={"name": "Mari Vaarikas", "names": []}, headers=tag)
    with reading(engine) as session:
        names = set(session.scalars(select(Quote.names)))
    assert len(names) == 1
    assert "vaarikas" in names.pop()


def test_a_speaker_with_quotes_cannot_be_deleted(writer: FlaskClient, engine: Engine) -> None:
    quoted(engine)
    tag = {"If-Match": writer.get("/v1/speakers/1").headers["ETag"]}
    assert "quotes" in problem(writer.delete("/v1/speakers/1", headers=tag), 409, "in-use")["detail"]
    assert writer.get("/v1/speakers/1").status_code == 200
