"""verbatim backup and restore: all rows, of one moment, whoever writes meanwhile."""

from __future__ import annotations

import stat
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy import Engine, func, insert, inspect, select

from api.config import Settings
from api.database.engine import make_engine, reading, writing
from api.models import Article, Base, Publisher, Quote
from tests.commands import run
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
                session.add(Article(text=f"t{number}", text_hash="x", engine="x"))
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
