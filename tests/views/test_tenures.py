"""Create, list and change tenures and their sightings over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from api.database.engine import writing
from api.models import Role, Sighting, Tenure
from tests import answers, factory
from tests.answers import problem


@pytest.fixture(autouse=True)
def speakers_and_roles(engine: Engine) -> None:
    """Store speakers 1 and 2, and roles 1 and 2."""
    with writing(engine) as session:
        for name in ("Mari Maasikas", "Jaan Juurikas"):
            session.add(factory.speaker(name))
            session.flush()
        for title in ("Prime Minister", "President"):
            session.add(Role.of(title, country="EE"))
            session.flush()
        session.commit()


def create(writer: FlaskClient, speaker: int = 1, role: int = 1, **more: str) -> Any:
    return answers.create(writer, "tenures", speaker=speaker, role=role, **more)


def test_creates_reads_changes_and_deletes(writer: FlaskClient) -> None:
    created = create(writer, started="2021-01-26")
    url = created.headers["Location"]
    wanted: dict[str, Any] = {
        "speaker": {"id": 1, "name": "Mari Maasikas", "kind": "person"},
        "role": {"id": 1, "title": "Prime Minister", "organisation": None, "country": "EE"},
        "status": "held",
        "started": "2021-01-26",
        "ended": None,
        "first_seen": None,
        "last_seen": None,
        "sightings": [],
    }
    assert {name: created.json[name] for name in wanted} == wanted
    read = writer.get(url)
    assert (read.json, read.headers["ETag"]) == (created.json, created.headers["ETag"])
    changed = writer.patch(url, json={"ended": "2024-07-23", "speaker": 2}, headers={"If-Match": read.headers["ETag"]})
    assert (changed.json["ended"], changed.json["speaker"]["id"]) == ("2024-07-23", 2)
    assert changed.headers["ETag"] == writer.get(url).headers["ETag"]
    assert writer.delete(url, headers={"If-Match": changed.headers["ETag"]}).status_code == 204
    problem(writer.get(url), 404, "not-found")


@pytest.mark.parametrize(
    ("query", "found"),
    [("", [1, 2, 3]), ("speaker=1", [1, 2]), ("role=1", [1, 3]), ("speaker=2&role=2", []), ("speaker=9", [])],
)
def test_lists_tenures(writer: FlaskClient, query: str, found: list[int]) -> None:
    create(writer, 1, 1)
    create(writer, 1, 2)
    create(writer, 2, 1)
    assert [item["id"] for item in writer.get(f"/v1/tenures?{query}").json["items"]] == found


def test_lists_sightings(client: FlaskClient, engine: Engine) -> None:
    with writing(engine) as session:
        article = factory.article("Prime Minister M", url="https://courier.example/1", title="Vote")
        session.add(Tenure(speaker_id=1, role_id=1, sightings=[Sighting(article=article, start=0, end=14)]))
        session.commit()
    proof = {"article": {"id": 1, "url": "https://courier.example/1", "title": "Vote"}, "span": [0, 14]}
    assert client.get("/v1/tenures/1").json["sightings"] == [proof]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"role": 1}, "/speaker"),
        ({"speaker": 1}, "/role"),
        ({"speaker": 3, "role": 1}, "/speaker"),
        ({"speaker": 1, "role": 3}, "/role"),
        ({"speaker": int("9" * 30), "role": 1}, "/speaker"),
        ({"speaker": 1, "role": 2**63}, "/role"),
        ({"speaker": "1", "role": 1}, "/speaker"),
        ({"speaker": True, "role": 1}, "/speaker"),
        ({"speaker": 1.5, "role": 1}, "/speaker"),
        ({"speaker": None, "role": 1}, "/speaker"),
        ({"speaker": 1, "role": 1, "status": "had"}, "/status"),
        ({"speaker": 1, "role": 1, "started": "2021-02-30"}, "/started"),
        ({"speaker": 1, "role": 1, "started": "2021-02-03\n"}, "/started"),
        ({"speaker": 1, "role": 1, "started": "2021-01-27", "ended": "2021-01-26"}, "/ended"),
        ({"speaker": 1, "role": 1, "first_seen": "2021-01-27"}, "/first_seen"),
    ],
)
def test_refuses_invalid_bodies(writer: FlaskClient, body: object, pointer: str) -> None:
    answer = problem(writer.post("/v1/tenures", json=body), 422, "invalid")
    assert [error["pointer"] for error in answer["errors"]] == [pointer]
    assert writer.get("/v1/tenures").json["items"] == []


def test_validates_changes_with_the_other_fields(writer: FlaskClient) -> None:
    created = create(writer, started="2021-01-26", ended="2024-07-23")
    url, tag = created.headers["Location"], {"If-Match": created.headers["ETag"]}
    problem(writer.patch(url, json={"started": "2024-07-24"}, headers=tag), 422, "invalid")
    problem(writer.patch(url, json={"role": 7}, headers=tag), 422, "invalid")
    create(writer, status="acting")
    problem(writer.patch(url, json={"status": "acting"}, headers=tag), 409, "duplicate")
    assert writer.get(url).json == created.json


def test_tenures_are_unique(writer: FlaskClient) -> None:
    create(writer)
    detail = problem(writer.post("/v1/tenures", json={"speaker": 1, "role": 1}), 409, "duplicate")["detail"]
    assert "/v1/tenures/1" in detail
    create(writer, status="former")
    assert len(writer.get("/v1/tenures").json["items"]) == 2
