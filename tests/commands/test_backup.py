"""verbatim backup and restore: all rows, of one moment, whoever writes meanwhile."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import time
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import Event, Thread, Timer
from typing import Any

import pytest
from sqlalchemy import Engine, func, insert, inspect, select

from api.config import Settings
from api.database.backups import base
from api.database.engine import make_engine, reading, writing
from api.models import Article, Base, Publisher, Quote
from tests import factory
from tests.commands import run, start
from tests.sample import quote


def content(url: str) -> dict[str, list[Any]]:
    """Return every row of every table."""
    engine = make_engine(Settings(database_url=url))
    with engine.connect() as connection:
        found = {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in Base.metadata.sorted_tables
        }
    engine.dispose()
    return found


@pytest.fixture
def other_url(database_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Yield another, empty database of the same kind, without tables."""
    if database_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'other.db'}"
        return
    from tests.conftest import on_server

    server: str = request.getfixturevalue("postgresql")
    on_server(server, "CREATE DATABASE test_other TEMPLATE template0 ENCODING 'UTF8'")
    yield server.replace("/postgres?", "/test_other?")
    on_server(server, "DROP DATABASE test_other WITH (FORCE)")


@pytest.mark.usefixtures("sample")
def test_a_restored_backup_equals_the_database(database_url: str, other_url: str, tmp_path: Path) -> None:
    file = tmp_path / "a.backup"
    before = content(database_url)
    result = run("backup", file, url=database_url)
    assert result.exit_code == 0, result.output
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not list(tmp_path.glob("*.part"))
    result = run("restore", file, url=other_url)
    assert result.exit_code == 0, result.output
    assert content(other_url) == before
    result = run("db", "check", url=other_url)
    assert result.exit_code == 0, result.output
    assert "Rain fell" in run("search", "rain", url=other_url, COLUMNS="200").stdout.replace("*", "")
    engine = make_engine(Settings(database_url=other_url))  # ids go on, and triggers work
    with writing(engine) as session:
        session.add(quote(session.get_one(Article, 2), "Rain fell"))
        session.commit()
        assert session.scalar(select(func.max(Quote.id))) == 4
    engine.dispose()
    after = content(other_url)
    assert len(after["change"]) == len(before["change"]) + 1
    refused = run("restore", file, url=other_url)
    assert (refused.exit_code, "--force" in refused.stderr) == (1, True)
    assert content(other_url) == after
    assert run("restore", file, "--force", url=other_url).exit_code == 0
    assert content(other_url) == before


def test_a_backup_is_a_consistent_snapshot(engine: Engine, database_url: str, other_url: str, tmp_path: Path) -> None:
    """Back up while a writer adds two publishers at a time, around an article: a torn backup would show it."""
    ended = Event()

    def write() -> None:
        number = 0
        while not ended.is_set():
            number += 1
            with writing(engine) as session:
                session.execute(insert(Publisher), [{"name": f"a{number}", "folded": "a"}])
                session.add(factory.article(f"t{number}"))
                session.flush()
                session.execute(insert(Publisher), [{"name": f"b{number}", "folded": "b"}])
                session.commit()

    writer = Thread(target=write)
    writer.start()
    try:
        for number in range(3):
            file = tmp_path / f"{number}.backup"
            assert run("backup", file, url=database_url).exit_code == 0
            result = run("restore", file, "--force", url=other_url)
            assert result.exit_code == 0, result.output
            copy = make_engine(Settings(database_url=other_url))
            with reading(copy) as session:
                publishers = session.scalar(select(func.count()).select_from(Publisher)) or 0
                articles = session.scalar(select(func.count()).select_from(Article)) or 0
            copy.dispose()
            assert publishers == 2 * articles
    finally:
        ended.set()
        writer.join()
    assert articles


def execute(url: str, *statements: str) -> None:
    """Run statements in one transaction."""
    engine = make_engine(Settings(database_url=url))
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
        connection.commit()
    engine.dispose()


def everything(url: str) -> dict[str, Any]:
    """Every table and view there is, with its rows in any order."""
    engine = make_engine(Settings(database_url=url))
    with engine.connect() as connection:
        reflected = inspect(connection)
        names = [*reflected.get_table_names(), *reflected.get_view_names()]
        quote = connection.dialect.identifier_preparer.quote_identifier
        found = {
            name: sorted(map(repr, connection.exec_driver_sql(f"SELECT * FROM {quote(name)}").all())) for name in names
        }
    engine.dispose()
    return found


FOREIGN_VERSION = ("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)",)
PUBLISHER = (
    "INSERT INTO publisher (name, folded, version, created, updated)"
    " VALUES ('a', 'a', 1, '2024-01-01 00:00:00', '2024-01-01 00:00:00')"
)
OURS = ("upgrade",)  # the first statement of a target that has Verbatim's tables


@pytest.mark.parametrize(
    ("target", "says"),
    [
        (("CREATE TABLE customers (id INTEGER)", "INSERT INTO customers VALUES (1)"), "has customers, which is not"),
        (("CREATE TABLE customers (id INTEGER)",), "has customers, which is not"),
        (("CREATE VIEW report AS SELECT 1 AS one",), "has report, which is not"),
        (("CREATE TABLE article (id INTEGER)",), "has article, which is not"),
        ((*FOREIGN_VERSION, "INSERT INTO alembic_version VALUES ('abc')"), "at abc, which this version does not know"),
        ((*FOREIGN_VERSION, "INSERT INTO alembic_version VALUES ('0001'), ('0002')"), "more than one head"),
        (("CREATE TABLE alembic_version (number INTEGER)",), "cannot be used"),
        ((*OURS, "CREATE TABLE customers (id INTEGER)"), "has customers, which is not"),
        ((*OURS, "UPDATE alembic_version SET version_num = 'abc'"), "at abc, which this version does not know"),
        ((*OURS, PUBLISHER), "has rows already, in change"),
    ],
)
def test_restore_without_force_fills_only_an_empty_database(
    database_url: str, other_url: str, tmp_path: Path, target: tuple[str, ...], says: str
) -> None:
    file = tmp_path / "a.backup"
    assert run("backup", file, url=database_url).exit_code == 0
    if target[0] == "upgrade":
        assert run("db", "upgrade", url=other_url).exit_code == 0
        target = target[1:]
    execute(other_url, *target)
    before = everything(other_url)
    result = run("restore", file, url=other_url)
    assert (result.exit_code, result.stderr.count("\n"), result.stdout) == (1, 1, ""), result.output
    assert says in result.stderr
    assert everything(other_url) == before


@pytest.mark.parametrize("commands", [(), (("db", "upgrade"),), (("db", "upgrade"), ("db", "downgrade", "base"))])
@pytest.mark.usefixtures("sample")
def test_restore_fills_an_empty_database(
    database_url: str, other_url: str, tmp_path: Path, commands: tuple[tuple[str, ...], ...]
) -> None:
    for command in commands:
        assert run(*command, url=other_url).exit_code == 0
    assert run("backup", tmp_path / "a.backup", url=database_url).exit_code == 0
    result = run("restore", tmp_path / "a.backup", url=other_url)
    assert result.exit_code == 0, result.output
    assert content(other_url) == content(database_url)


def change_zip(file: Path, change: Callable[[dict[str, Any], dict[str, bytes]], None]) -> None:
    """Change a backup of PostgreSQL: its manifest, and its other members by name."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members.pop("verbatim.json"))
    change(manifest, members)
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in {"verbatim.json": json.dumps(manifest).encode(), **members}.items():
            archive.writestr(name, data)


def without_articles(manifest: dict[str, Any], members: dict[str, bytes]) -> None:
    manifest["rows"]["article"], members["article"] = 0, b""


def without_sequences(manifest: dict[str, Any], _members: dict[str, bytes]) -> None:
    manifest["sequences"].clear()


ALL_BUT_VERSION = (
    "CREATE TABLE kept AS SELECT * FROM alembic_version",
    *(f'DROP TABLE "{table.name}"' for table in reversed(Base.metadata.sorted_tables)),
    "DROP TABLE article_fts",
    "DROP VIEW quote_words",
    "DROP TABLE quote_fts",
    "DROP TABLE kept",
)
# A change to a backup of SQLite, as statements, or to one of PostgreSQL, and what the refusal says.
BAD: list[tuple[tuple[str, ...] | Callable[[dict[str, Any], dict[str, bytes]], object], str]] = [
    (ALL_BUT_VERSION, "The tables are not those of this version"),
    (("DROP TABLE feed_entry",), "The tables are not those of this version"),
    (("DROP INDEX ix_quote_at_id",), "The tables are not those of this version"),
    (("CREATE TABLE customers (id INTEGER)",), "The tables are not those of this version"),
    (("PRAGMA foreign_keys = OFF", "DELETE FROM article"), "foreign keys would be broken: 23 rows"),
    (("DELETE FROM alembic_version",), "alembic_version has 0 rows"),
    (("INSERT INTO alembic_version VALUES ('0001')",), "alembic_version has 2 rows"),
    (("DROP TABLE alembic_version",), "no such table: alembic_version"),
    (("UPDATE alembic_version SET version_num = 'abc'",), "it is of another version (its tables are at abc)"),
    (("UPDATE alembic_version SET version_num = '0001'",), "duplicate column name"),
    (lambda manifest, _: manifest["tables"].clear(), "its tables are not those of its version"),
    (lambda manifest, _: manifest["tables"].pop("feed"), "its tables are not those of its version: feed"),
    (lambda manifest, _: manifest["tables"].update(customers=["id"]), "its tables are not those of its version"),
    (lambda manifest, _: manifest["tables"]["role"].pop(), "the columns of its table role are not"),
    (lambda manifest, _: manifest["tables"].update(role=3), "verbatim.json is damaged"),
    (lambda manifest, _: manifest.clear(), "verbatim.json is damaged"),
    (lambda manifest, _: manifest["rows"].update(article=7), "its table article has 2 rows, not 7"),
    (lambda manifest, _: manifest["rows"].pop("article"), "does not say how many rows"),
    (lambda _, members: members.pop("article"), "no item named 'article'"),
    (lambda _, members: members.update(article=b""), "its table article has 0 rows, not 2"),
    (without_articles, "violates foreign key constraint"),
    (without_sequences, "does not say which id is the last of"),
    (lambda manifest, _: manifest.update(revision="abc"), "it is of another version (its tables are at abc)"),
    (lambda manifest, _: manifest.update(revision="0001"), "its tables are not those of its version"),
]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("change", "says"), [row for row in BAD if isinstance(row[0], tuple)])
@pytest.mark.usefixtures("sample")
def test_a_bad_backup_of_sqlite_changes_nothing(
    database_url: str, tmp_path: Path, change: tuple[str, ...], says: str
) -> None:
    file = tmp_path / "bad.backup"
    assert run("backup", file, url=database_url).exit_code == 0
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        for statement in change:
            connection.execute(statement)
        connection.commit()
    check_refused(file, database_url, says)
    assert {path.name for path in tmp_path.iterdir()} <= {
        "bad.backup",
        *(f"verbatim.db{e}" for e in ("", "-wal", "-shm")),
    }


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize(("change", "says"), [row for row in BAD if not isinstance(row[0], tuple)])
@pytest.mark.usefixtures("sample")
def test_a_bad_backup_of_postgresql_changes_nothing(
    database_url: str, tmp_path: Path, change: Callable[[dict[str, Any], dict[str, bytes]], None], says: str
) -> None:
    file = tmp_path / "bad.backup"
    assert run("backup", file, url=database_url).exit_code == 0
    change_zip(file, change)
    check_refused(file, database_url, says)


def check_refused(file: Path, url: str, says: str) -> None:
    """Assert that a file is not restored, not even by force, and the database is as it was."""
    before = everything(url)
    result = run("restore", file, "--force", url=url)
    assert (result.exit_code, result.stderr.count("\n"), result.stdout) == (1, 1, ""), result.output
    assert f"{file} was not restored, and the database is as it was: " in result.stderr
    assert says in result.stderr
    assert everything(url) == before


@pytest.mark.parametrize("damage", ["DELETE FROM spelling", "UPDATE article SET terms = 'zebra'"])
@pytest.mark.usefixtures("sample")
def test_a_restore_computes_stale_indexes_again(database_url: str, other_url: str, tmp_path: Path, damage: str) -> None:
    before = content(database_url)
    execute(database_url, damage)
    assert run("backup", tmp_path / "a.backup", url=database_url).exit_code == 0
    result = run("restore", tmp_path / "a.backup", url=other_url)
    assert (result.exit_code, "are computed again" in result.stderr) == (0, True), result.output
    assert run("db", "check", url=other_url).exit_code == 0
    assert content(other_url)["spelling"] == before["spelling"]
    assert content(other_url)["article"] == before["article"]


@pytest.mark.parametrize("lets_go", [True, False])
@pytest.mark.usefixtures("sample")
def test_a_restore_waits_for_a_writer_and_gives_up(
    database_url: str, other_url: str, tmp_path: Path, lets_go: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "LOCK_SECONDS", 60.0 if lets_go else 0.5)
    monkeypatch.setattr(base, "QUIET_SECONDS", 0.2)
    assert run("backup", tmp_path / "a.backup", url=database_url).exit_code == 0
    assert run("db", "upgrade", url=other_url).exit_code == 0
    before = content(database_url if lets_go else other_url)
    engine = make_engine(Settings(database_url=other_url))
    with writing(engine) as session:
        session.execute(insert(Publisher), [{"name": "a", "folded": "a"}])
        timer = Timer(2, session.rollback)
        if lets_go:
            timer.start()
        result = run("restore", tmp_path / "a.backup", "--force", url=other_url)
        timer.join() if lets_go else session.rollback()
    engine.dispose()
    assert result.exit_code == (0 if lets_go else 1), result.output
    waited, *refused = result.stderr.splitlines()
    assert "Others use the database: waiting for them" in waited
    assert refused == [] if lets_go else "others have used the database for 0.5 seconds" in refused[0]
    assert content(other_url) == before


@pytest.mark.usefixtures("sample")
def test_a_restore_that_is_killed_changes_nothing_or_all(database_url: str, other_url: str, tmp_path: Path) -> None:
    assert run("backup", tmp_path / "a.backup", url=database_url).exit_code == 0
    assert run("db", "upgrade", url=other_url).exit_code == 0
    execute(other_url, PUBLISHER)
    before, restored = content(other_url), content(database_url)
    for seconds in (0.5, 1.0, 1.5, 2.0, 2.5, 3.0):
        process = start("restore", tmp_path / "a.backup", "--force", env={**os.environ, "DATABASE_URL": other_url})
        time.sleep(seconds)
        process.kill()
        process.wait()
        assert content(other_url) in (before, restored)
    result = run("restore", tmp_path / "a.backup", "--force", url=other_url)
    assert result.exit_code == 0, result.output
    assert content(other_url) == restored
    assert not list(tmp_path.glob("*.restore*"))


@pytest.mark.usefixtures("sample")
def test_a_database_is_not_restored_from_itself(database_url: str, tmp_path: Path) -> None:
    if database_url.startswith("sqlite"):
        check_refused(tmp_path / "verbatim.db", database_url, "it is the database itself")
    else:
        result = run("restore", __file__, "--force", url=database_url)
        assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
        assert "File is not a zip file" in result.stderr


@pytest.mark.usefixtures("sample")
def test_a_damaged_backup_changes_nothing(database_url: str, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.backup", tmp_path / "bad.backup"
    assert run("backup", good, url=database_url).exit_code == 0
    whole, before = good.read_bytes(), content(database_url)
    middle = len(whole) // 2
    for broken in (
        b"",
        b"SQLite format 3\0",
        b"PK\x03\x04",
        whole[:middle],
        whole[:middle] + bytes(5000) + whole[middle + 5000 :],
    ):
        bad.write_bytes(broken)
        result = run("restore", bad, "--force", url=database_url)
        assert result.exit_code == 1, result.output
        assert len(result.stderr.splitlines()) == 1, result.stderr
        assert content(database_url) == before
    assert run("backup", tmp_path / "no" / "such", url=database_url).exit_code == 1
