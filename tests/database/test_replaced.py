"""A SQLite file that is deleted or replaced while a server has it open."""

from __future__ import annotations

import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, insert, select
from sqlalchemy.exc import OperationalError

from api.app import create_app
from api.config import Settings
from api.database.engine import make_engine, reading, writing
from api.models import Publisher
from tests.answers import problem
from tests.commands import run

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
NAMES = {"name": "Ann Poe", "kind": "person"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "verbatim.db"


@pytest.fixture
def second(app: Flask, key: str) -> Iterator[FlaskClient]:
    """A client of a second process of the server."""
    other = create_app(Settings(database_url=str(app.extensions["engine"].url)))
    client = other.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    yield client
    other.extensions["engine"].dispose()


def delete(file: Path) -> None:
    file.unlink()


def delete_all(file: Path) -> None:
    for path in file.parent.glob("verbatim.db*"):
        path.unlink()


def move(file: Path) -> None:
    file.rename(file.with_name("elsewhere"))


def empty(file: Path) -> None:
    file.with_name("new").touch()
    file.with_name("new").replace(file)


def damage(file: Path) -> None:
    file.with_name("new").write_bytes(b"no database" * 1000)
    file.with_name("new").replace(file)


@pytest.mark.parametrize("break_", [delete, delete_all, move, empty, damage])
def test_answers_are_503_until_a_good_file_is_there(
    writer: FlaskClient, second: FlaskClient, file: Path, tmp_path: Path, break_: Callable[[Path], None],
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    assert run("backup", tmp_path / "good", url=f"sqlite:///{file}").exit_code == 0
    for number in range(3):  # they stand in the WAL
        assert writer.post("/v1/speakers", json={"name": f"Ann {number}", "kind": "person"}).status_code == 201
    assert second.get("/readyz").status_code == 200
    break_(file)
    for client in (writer, second) * 2:
        for answer in (client.get("/readyz"), client.get("/v1/speakers"), client.post("/v1/speakers", json=NAMES)):
            problem(answer, 503, "unavailable")
    if break_ in (delete, delete_all, move):
        assert not file.exists()
    if break_ is not empty:
        assert "was deleted or replaced" in writer.get("/readyz").get_json(force=True)["detail"]
    assert "the database's file was deleted or replaced" in caplog.text
    (tmp_path / "good").replace(file)
    for client in (writer, second):
        assert client.get("/readyz").status_code == 200
        assert client.get("/v1/speakers").json["items"] == []  # nothing of the former file's WAL
    assert writer.post("/v1/speakers", json=NAMES).status_code == 201
    assert [speaker["name"] for speaker in second.get("/v1/speakers").json["items"]] == ["Ann Poe"]
    check = run("db", "check", url=f"sqlite:///{file}")
    assert check.exit_code == 0, check.output


def test_a_file_that_comes_back_has_its_wal(writer: FlaskClient, second: FlaskClient, file: Path) -> None:
    assert writer.post("/v1/speakers", json=NAMES).status_code == 201
    assert file.with_name("verbatim.db-wal").stat().st_size
    move(file)
    for client in (writer, second):
        problem(client.get("/readyz"), 503, "unavailable")
    file.with_name("elsewhere").rename(file)
    for client in (writer, second):
        assert [speaker["name"] for speaker in client.get("/v1/speakers").json["items"]] == ["Ann Poe"]


def test_another_file_is_read_at_once(writer: FlaskClient, second: FlaskClient, file: Path, tmp_path: Path) -> None:
    """Without a moment in which there is none."""
    shutil.copyfile(file, tmp_path / "empty")
    assert run("backup", tmp_path / "good", url=f"sqlite:///{file}").exit_code == 0
    assert writer.post("/v1/speakers", json=NAMES).status_code == 201
    assert len(second.get("/v1/speakers").json["items"]) == 1
    (tmp_path / "good").replace(file)
    for client in (writer, second) * 2:
        assert client.get("/v1/speakers").json["items"] == []


def test_what_is_written_while_the_file_goes_is_not_acknowledged(engine: Engine, file: Path) -> None:
    with writing(engine) as session:
        session.execute(insert(Publisher), [{"name": "a", "folded": "a"}])
        file.unlink()
        with pytest.raises(OperationalError, match="nothing was stored"):
            session.commit()


def test_restore_beside_a_deleted_files_wal(sample: Engine, database_url: str, file: Path, tmp_path: Path) -> None:
    assert run("backup", tmp_path / "good", url=database_url).exit_code == 0
    with writing(sample) as session:
        session.execute(insert(Publisher), [{"name": "late", "folded": "late"}])
        session.commit()
    file.unlink()
    assert file.with_name("verbatim.db-wal").stat().st_size
    result = run("restore", tmp_path / "good", url=database_url)
    assert result.exit_code == 0, result.output
    with reading(sample) as session:
        assert not session.scalar(select(func.count()).where(Publisher.name == "late"))


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_file_replaced_while_it_is_opened_is_closed_again(
    engine: Engine, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """A connection that stayed open would share its WAL and shared memory with the next one: disk I/O error, for good."""
    with writing(engine) as session:
        session.execute(insert(Publisher), [{"name": "late", "folded": "late"}])
        session.commit()
    engine.dispose()
    shutil.copyfile(file, tmp_path / "other")
    connect = engine.dialect.connect
    opened: list[Any] = []

    def replacing(*arguments: object, **options: object) -> object:
        if when == "before" and not opened:
            (tmp_path / "other").replace(file)
        opened.append(connect(*arguments, **options))
        if when == "after" and len(opened) == 1:
            (tmp_path / "other").replace(file)
        return opened[-1]

    monkeypatch.setattr(engine.dialect, "connect", replacing)
    with pytest.raises(OperationalError, match="was replaced while it was opened"), reading(engine) as session:
        session.scalar(select(Publisher.name))
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        opened[0].execute("SELECT 1")
    with writing(engine) as session:
        session.execute(insert(Publisher), [{"name": "new", "folded": "new"}])
        session.commit()
        assert session.scalars(select(Publisher.name).order_by(Publisher.name)).all() == ["late", "new"]


def test_threads_notice_it_too(engine: Engine, file: Path, tmp_path: Path) -> None:
    """Each thread has a connection of its own, and none writes into the file that is gone."""
    stored: list[int] = []
    ended = threading.Event()

    def write(number: int) -> None:
        count = 0
        while not ended.is_set():
            count += 1
            counts = replaced.is_set()  # before the transaction begins
            try:
                with writing(engine) as session:
                    session.execute(insert(Publisher), [{"name": f"{number} {count}", "folded": "a"}])
                    session.commit()
            except OperationalError:
                continue
            if counts:
                stored.append(1)

    replaced = threading.Event()
    shutil.copyfile(file, tmp_path / "other")
    threads = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    (tmp_path / "other").replace(file)
    replaced.set()
    for _ in range(3000):
        if len(stored) >= 20:
            break
        time.sleep(0.01)
    ended.set()
    for thread in threads:
        thread.join()
    assert len(stored) >= 20
    engine.dispose()
    fresh = make_engine(Settings(database_url=f"sqlite:///{file}"))
    with reading(fresh) as session:
        assert (session.scalar(select(func.count()).select_from(Publisher)) or 0) >= len(stored)
    fresh.dispose()
    assert run("db", "check", url=f"sqlite:///{file}").exit_code == 0
