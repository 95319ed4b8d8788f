"""Create, list and change roles over HTTP, and find their holders."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from api.database.engine import writing
from api.models import Role, Tenure
from tests import answers, factory
from tests.answers import problem


def create(writer: FlaskClient, title: str, organisation: str | None = None, country: str | None = None) -> Any:
    return answers.create(writer, "roles", title=title, organisation=organisation, country=country)


def test_creates_reads_changes_and_deletes(writer: FlaskClient) -> None:
    created = create(writer, " Prime  Minister ", country="EE")
    url = created.headers["Location"]
    wanted = {"title": "Prime Minister", "organisation": None, "country": "EE"}
    assert {name: created.json[name] for name in wanted} == wanted
    assert writer.get(url).json == created.json
    changed = writer.patch(url, json={"organisation": "Riigikogu"}, headers={"If-Match": created.headers["ETag"]})
    assert (changed.json["title"], changed.json["organisation"]) == ("Prime Minister", "Riigikogu")
    cleared = writer.patch(url, json={"organisation": None}, headers={"If-Match": changed.headers["ETag"]})
    assert cleared.json["organisation"] is None
    assert writer.delete(url, headers={"If-Match": cleared.headers["ETag"]}).status_code == 204
    problem(writer.get(url), 404, "not-found")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Foreign Minister", "Président", "President", "Secretary General"]),
        ("country=FR", ["Président"]),
        ("country=fr", ["Président"]),
        ("country=FR&q=minister", []),
        ("q=PRESIDENT", ["Président", "President"]),
        ("q=gen sec", ["Secretary General"]),
        ("q=atlantic", ["Secretary General"]),
        ("q=minister atlantic", []),
        ("organisation=north atlantic", ["Secretary General"]),
        ("organisation=secretary", []),
        ("q=???", []),
        ("q=%25", []),
    ],
)
def test_lists_roles(writer: FlaskClient, query: str, found: list[str]) -> None:
    create(writer, "Secretary General", "North Atlantic Treaty Organization")
    create(writer, "Président", country="FR")
    create(writer, "President", country="US")
    create(writer, "Foreign Minister", country="ee")
    assert [item["title"] for item in writer.get(f"/v1/roles?{query}").json["items"]] == found


def test_roles_are_unique(writer: FlaskClient) -> None:
    first = create(writer, "Président", "Conseil", "FR").json["id"]
    twin = {"title": "PRESIDENT", "organisation": "conseil", "country": "FR"}
    assert f"/v1/roles/{first}" in problem(writer.post("/v1/roles", json=twin), 409, "duplicate")["detail"]
    other = create(writer, "Président", country="FR")
    where, tag = other.headers["Location"], {"If-Match": other.headers["ETag"]}
    problem(writer.patch(where, json={"organisation": "CONSEIL"}, headers=tag), 409, "duplicate")
    assert writer.get(where).json == other.json
    respelled = writer.patch(where, json={"title": "president"}, headers=tag)
    assert respelled.json["title"] == "president"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/title"),
        ({"title": "???"}, "/title"),
        ({"title": "x", "organisation": "—"}, "/organisation"),
        ({"title": "x", "country": "eë"}, "/country"),
        ({"title": "x", "country": "ZZ"}, "/country"),
        ({"title": "x", "country": "EE\n"}, "/country"),
        ({"title": "x", "folded": "y"}, "/folded"),
    ],
)
def test_refuses_invalid_bodies(writer: FlaskClient, body: object, pointer: str) -> None:
    answer = problem(writer.post("/v1/roles", json=body), 422, "invalid")
    assert [error["pointer"] for error in answer["errors"]] == [pointer]
    assert writer.get("/v1/roles").json["items"] == []


def date(day: str | None) -> dt.date | None:
    return dt.date.fromisoformat(day) if day else None


def hold(engine: Engine, *held: tuple[str, str, str | None, str | None, str | None, str | None]) -> int:
    """Store one role and its tenures: holder, status, started, ended, first_seen, last_seen. Gives the role's id."""
    with writing(engine) as session:
        role = Role.of("Prime Minister", country="EE")
        for name, status, *days in held:
            speaker = factory.speaker(name)
            started, ended, first_seen, last_seen = map(date, days)
            tenure = Tenure(speaker=speaker, role=role, status=status, started=started, ended=ended)
            tenure.first_seen, tenure.last_seen = first_seen, last_seen
            session.add(tenure)
        session.add(role)
        session.commit()
        return role.id


@pytest.mark.parametrize(
    ("status", "started", "ended", "first_seen", "last_seen", "covered", "not_covered"),
    [
        # stated: that alone
        ("held", "2021-01-26", "2024-07-23", None, None, "2021-01-26 2022-03-24 2024-07-23", "2021-01-25 2024-07-24"),
        (
            "held",
            "2021-01-26",
            "2024-07-23",
            "2020-01-01",
            "2025-01-01",
            "2021-01-26 2024-07-23",
            "2020-06-01 2024-12-01",
        ),
        ("acting", "2021-01-26", "2021-01-26", None, None, "2021-01-26", "2021-01-25 2021-01-27"),
        # not stated: where articles show it
        ("held", None, None, "2022-03-24", "2022-05-01", "2022-03-24 2022-04-01 2022-05-01", "2022-03-23 2022-05-02"),
        ("acting", None, None, "2022-03-24", "2022-03-24", "2022-03-24", "2022-03-23 2022-03-25"),
        # one end stated, the other shown
        ("held", "2021-01-26", None, "2022-03-24", "2022-05-01", "2021-01-26 2022-05-01", "2021-01-25 2022-05-02"),
        ("held", None, "2024-07-23", "2022-03-24", "2022-05-01", "2022-03-24 2024-07-23", "2022-03-23 2024-07-24"),
        # one end stated, the other neither stated nor shown: open
        ("held", "2021-01-26", None, None, None, "2021-01-26 2030-01-01", "2021-01-25"),
        ("held", None, "2024-07-23", None, None, "1999-01-01 2024-07-23", "2024-07-24"),
        # shown only beyond the end that is stated, which says nothing of the other
        ("held", "2023-01-01", None, "2022-03-24", "2022-05-01", "2023-01-01 2030-01-01", "2022-04-01 2022-12-31"),
        ("held", None, "2021-01-25", "2022-03-24", "2022-05-01", "1999-01-01 2021-01-25", "2021-01-26 2022-04-01"),
        # a former holder was seen afterwards: only what is stated counts
        ("former", None, None, "2022-03-24", "2022-05-01", "", "2022-03-24 2022-04-01"),
        ("former", "2016-11-23", None, "2022-03-24", "2022-05-01", "", "2017-01-01 2022-04-01"),
        ("former", "2016-11-23", "2021-01-26", "2022-03-24", "2022-05-01", "2016-11-23 2021-01-26", "2022-04-01"),
        # no date at all
        ("held", None, None, None, None, "", "2022-03-24"),
    ],
)
def test_finds_holders_on_a_day(
    client: FlaskClient,
    engine: Engine,
    status: str,
    started: str | None,
    ended: str | None,
    first_seen: str | None,
    last_seen: str | None,
    covered: str,
    not_covered: str,
) -> None:
    url = f"/v1/roles/{hold(engine, ('Mari Maasikas', status, started, ended, first_seen, last_seen))}/holders"
    days = covered.split() + not_covered.split()
    assert [day for day in days if client.get(f"{url}?on={day}").json["items"]] == covered.split()
    (holder,) = client.get(url).json["items"]
    assert holder["speaker"] == {"id": 1, "name": "Mari Maasikas", "kind": "person"}
    wanted = {"status": status, "started": started, "ended": ended, "first_seen": first_seen, "last_seen": last_seen}
    assert {name: holder[name] for name in wanted} == wanted


def test_lists_holders_latest_first(client: FlaskClient, engine: Engine) -> None:
    role = hold(
        engine,
        ("Second", "held", None, None, "2022-03-24", "2022-03-24"),
        ("Undated", "former", None, None, None, None),
        ("Third", "held", "2024-07-23", None, None, None),
        ("First", "former", "2016-11-23", "2021-01-26", None, None),
    )
    seen, url = [], f"/v1/roles/{role}/holders?limit=1"
    while url:
        page = client.get(url).json
        seen += [holder["speaker"]["name"] for holder in page["items"]]
        url = page["next"]
    assert seen == ["Third", "Second", "First", "Undated"]
    problem(client.get(f"/v1/roles/{role + 1}/holders"), 404, "not-found")
    problem(client.get(f"/v1/roles/{role}/holders?on=2022-02-30"), 422, "invalid")


def test_a_role_in_use_cannot_be_deleted(writer: FlaskClient, engine: Engine) -> None:
    url = f"/v1/roles/{hold(engine, ('Mari Maasikas', 'held', None, None, None, None))}"
    tag = {"If-Match": writer.get(url).headers["ETag"]}
    assert "tenures" in problem(writer.delete(url, headers=tag), 409, "in-use")["detail"]
    assert writer.get(url).status_code == 200
