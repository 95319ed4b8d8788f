"""List changes of every row, in the order of commits, whoever writes at the same time."""

from __future__ import annotations

import datetime as dt
from threading import Thread
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, delete, insert, select, update

from api.database.engine import reading, writing
from api.models import Name, Publisher, Quote, Speaker
from api.output import change_log as changes
from tests import factory
from tests.answers import problem
from tests.commands import run


def get(client: FlaskClient, url: str = "/v1/changes") -> Any:
    response = client.get(url)
    assert response.status_code == 200, response.text
    return response.json


def seen(answer: Any) -> list[tuple[str, str, int]]:
    return [(item["change"], item["type"], item["id"]) for item in answer["items"]]


@pytest.mark.usefixtures("sample")
def test_creating_changing_and_deleting_is_logged_for_every_noun(writer: FlaskClient) -> None:
    begun = get(writer)
    assert set(seen(begun)) >= {
        ("created", "publisher", 1), ("created", "article", 1), ("created", "article", 2), ("created", "speaker", 1),
        ("created", "role", 1), ("created", "quote", 1), ("created", "quote", 2), ("created", "quote", 3),
    }  # fmt: skip
    tenure = writer.post("/v1/tenures", json={"speaker": 1, "role": 1}).json["id"]
    for path, change in (
        ("tenures/1", {"started": "2020-01-01"}), ("quotes/1", {"kind": "mixed"}), ("speakers/1", {"name": "Anna Poe"}),
        ("roles/1", {"title": "Mayor"}), ("publishers/1", {"name": "Wire"}), ("articles/1", {"title": "x"}),
    ):  # fmt: skip
        etag = writer.get(f"/v1/{path}").headers["ETag"]
        assert writer.patch(f"/v1/{path}", json=change, headers={"If-Match": etag}).status_code == 200
    etag = writer.get("/v1/articles/1").headers["ETag"]
    assert writer.delete("/v1/articles/1", headers={"If-Match": etag}).status_code == 204
    after = seen(get(writer, f"/v1/changes?since={begun['cursor']}"))
    deduplicated = [change for n, change in enumerate(after) if change not in after[:n]]
    assert deduplicated[:7] == [
        ("created", "tenure", tenure), ("changed", "tenure", 1), ("changed", "quote", 1), ("changed", "speaker", 1),
        ("changed", "role", 1), ("changed", "publisher", 1), ("changed", "article", 1),
    ]  # fmt: skip
    assert set(deduplicated[7:]) == {("deleted", "quote", 1), ("deleted", "quote", 2), ("deleted", "article", 1)}


def test_bulk_statements_are_logged_and_denormalised_columns_are_not(client: FlaskClient, engine: Engine) -> None:
    with writing(engine) as session:
        ids = range(1, 4)
        session.execute(insert(Publisher), [{"id": n, "name": f"P{n}", "folded": f"p{n}"} for n in ids])
        session.execute(update(Publisher).where(Publisher.id == 2).values(folded="q"))
        session.execute(update(Publisher).where(Publisher.id == 3).values(name="R", version=2))
        session.execute(delete(Publisher).where(Publisher.id == 1))
        session.commit()
        session.execute(insert(Publisher), [{"name": "no", "folded": "no"}])
        session.rollback()
    assert seen(get(client)) == [
        *(("created", "publisher", n) for n in ids), ("changed", "publisher", 3), ("deleted", "publisher", 1),
    ]  # fmt: skip


def test_adding_a_name_changes_its_speaker(client: FlaskClient, sample: Engine) -> None:
    cursor = get(client, "/v1/changes?since=now")["cursor"]
    with writing(sample) as session:
        ann = session.get_one(Speaker, 1)
        ann.names.append(Name.of("Anna Poe"))
        session.commit()
    assert seen(get(client, f"/v1/changes?since={cursor}")) == [("changed", "speaker", 1)]
    with writing(sample) as session:
        nobody = factory.speaker("No Body")
        session.add(nobody)
        session.commit()
        session.delete(nobody)
        session.commit()
    assert seen(get(client))[-1] == ("deleted", "speaker", nobody.id)


def test_pages_and_polls(client: FlaskClient, sample: Engine) -> None:
    whole, found, url = seen(get(client)), [], "/v1/changes?limit=3"
    while (page := get(client, url))["more"]:
        found += seen(page)
        url = page["next"]
    assert found + seen(page) == whole
    later = get(client, page["next"])
    assert (later["items"], later["cursor"], later["more"]) == ([], page["cursor"], False)
    assert get(client, "/v1/changes?since=now")["cursor"] == page["cursor"]
    with writing(sample) as session:
        session.execute(update(Quote).where(Quote.id == 1).values(version=7))
        session.commit()
    assert seen(get(client, later["next"])) == [("changed", "quote", 1)]
    [item] = get(client, later["next"])["items"]
    assert client.get(item["href"]).json["id"] == 1
    assert dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(item["at"]) < dt.timedelta(minutes=5)


@pytest.mark.parametrize("since", ["x", "-1", "01", "1.5", "9" * 18, "1"])
def test_refuses_invalid_cursors(client: FlaskClient, since: str) -> None:
    problem(
        client.get(f"/v1/changes?since={since}"),
        422,
        "invalid" if len(since) < 18 and since != "1" else "invalid-cursor",
    )


def test_prunes_old_changes(client: FlaskClient, sample: Engine, database_url: str) -> None:
    now = get(client, "/v1/changes?since=now")["cursor"]
    assert run("db", "prune", "--days", "1", url=database_url).stdout == "Forgotten: 0 changes.\n"
    assert run("db", "prune", "--days", "0", url=database_url).exit_code == 0
    problem(client.get("/v1/changes?since=0"), 410, "gone")
    problem(client.get(f"/v1/changes?since={int(now) - 1}"), 410, "gone")
    assert get(client, f"/v1/changes?since={now}")["items"] == get(client)["items"] == []
    with writing(sample) as session:
        session.execute(delete(Quote).where(Quote.id == 3))
        session.commit()
    assert seen(get(client, f"/v1/changes?since={now}")) == [("deleted", "quote", 3)]
    assert run("db", "prune", "--days", "0", url=database_url).stdout == "Forgotten: 1 change.\n"


def add(engine: Engine, name: str) -> None:
    with writing(engine) as session:
        session.add(factory.publisher(name))
        session.commit()


def test_late_commits_come_after_the_cursor(engine: Engine) -> None:
    """Commit last what was written first: on PostgreSQL it would have lower numbers if writing gave them."""
    with writing(engine) as late:
        late.add(factory.publisher("late"))
        late.flush()
        other = Thread(target=add, args=(engine, "early"))
        other.start()
        other.join(1)  # SQLite lets it wait
        with reading(engine) as session:
            cursor = changes.latest(session)
        late.commit()
    other.join()
    with reading(engine) as session:
        names: dict[int, str] = dict(session.execute(select(Publisher.id, Publisher.name)).all())
        every = [names[change.row] for change in changes.since(session, None, 10)]
        assert [names[change.row] for change in changes.since(session, cursor, 10)] == every[-1 if cursor else 0 :]
    assert every == (["early", "late"] if engine.dialect.name == "postgresql" else ["late", "early"])


def test_followers_miss_nothing_while_many_write(engine: Engine) -> None:
    def write(name: str) -> None:
        for k in range(15):
            add(engine, f"{name}{k}")

    writers = [Thread(target=write, args=(name,)) for name in "abcd"]
    for writer in writers:
        writer.start()
    found: list[int] = []
    cursor = 0
    while len(found) < 60:
        ended = not any(writer.is_alive() for writer in writers)
        with reading(engine) as session:
            items = changes.since(session, cursor, 7)
            found += [item.row for item in items]
            cursor = items[-1].id if items else cursor
        if ended and not items:
            break
    for writer in writers:
        writer.join()
    assert sorted(found) == list(range(1, 61))
    assert len(set(found)) == 60
