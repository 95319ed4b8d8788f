"""verbatim db and verbatim keys."""

from __future__ import annotations

import os
from pathlib import Path
from subprocess import PIPE, STDOUT

import pytest
from sqlalchemy import inspect

from api.config import Settings
from api.database.engine import make_engine, writing
from api.database.locks import lock_migrations
from api.models import Feed, Search
from tests import sample as sample_rows
from tests.commands import SEEDS, run, run_on_terminal, start
from tests.commands.test_backup import everything, execute
from tests.conftest import on_server


def test_upgrades_checks_and_downgrades(empty_database_url: str) -> None:
    for arguments, code, says in (
        (("upgrade",), 0, "(the newest)"),
        (("upgrade",), 0, "(the newest)"),
        (("check",), 0, "(the newest)"),
        (("upgrade", "no-such"), 1, "no-such"),
        (("downgrade", "no-such"), 1, "no-such"),
        (("downgrade", "base"), 0, "without tables"),
        (("check",), 1, "run: verbatim db upgrade"),
        (("downgrade", "-1"), 1, "left as they are"),
        (("upgrade",), 0, "(the newest)"),
    ):
        result = run("db", *arguments, url=empty_database_url)
        assert (result.exit_code, result.output.count("\n")) == (code, 1), result.output
        assert says in result.output


def test_check_reports_schema_differences(database_url: str) -> None:
    engine = make_engine(Settings(database_url=database_url))
    with engine.connect() as connection:
        connection.exec_driver_sql("DROP INDEX ix_quote_at_id")
        connection.commit()
    try:
        result = run("db", "check", url=database_url)
        assert result.exit_code == 1
        assert "ix_quote_at_id" in result.stderr
    finally:
        with engine.connect() as connection:
            connection.exec_driver_sql("CREATE INDEX ix_quote_at_id ON quote (at, id)")
            connection.commit()
        engine.dispose()


def test_check_reports_dangling_references(tmp_path: Path, sqlite_template: Path) -> None:
    url = f"sqlite:///{tmp_path / 'broken.db'}"
    (tmp_path / "broken.db").write_bytes(sqlite_template.read_bytes())
    assert run("import", SEEDS / "2024-05-14-narva-bridge-wire.txt", url=url).exit_code == 0
    engine = make_engine(Settings(database_url=url))
    with engine.connect() as connection:
        connection.connection.cursor().execute("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql("DELETE FROM article")
        connection.commit()
    engine.dispose()
    result = run("db", "check", url=url)
    assert result.exit_code == 1
    assert "rows refer to rows that are not there" in result.stderr


DELETE_ALL = "INSERT INTO {0}_fts ({0}_fts) VALUES ('delete-all')"
INVALID = "UPDATE pg_index SET indisvalid = false WHERE indexrelid = '{}_fts'::regclass"


@pytest.mark.parametrize(
    ("on_sqlite", "on_postgresql", "says"),
    [
        ("DELETE FROM name_tail", None, "the index of names is out of date for name 1"),
        ("DELETE FROM spelling", None, "the index of spellings is out of date for"),
        ("UPDATE speaker SET quoted = quoted + 1 WHERE id = 2", None, "speaker 2 has"),
        ("UPDATE quote SET terms = 'zebra' WHERE id = 3", None, "the full-text index is out of date for quote 3"),
        ("UPDATE quote SET names = '' WHERE id = 1", None, "the full-text index is out of date for quote 1"),
        ("UPDATE quote SET publisher_id = NULL WHERE id = 1", None, "the full-text index is out of date for quote 1"),
        ("UPDATE article SET terms = 'zebra'", None, "the full-text index is out of date for article 1"),
        (DELETE_ALL.format("quote"), "DROP INDEX quote_fts", "the full-text index quote_fts "),
        (DELETE_ALL.format("article"), INVALID.format("article"), "the full-text index article_fts "),
    ],
)
def test_check_finds_and_repairs_what_is_out_of_date(
    database_url: str, on_sqlite: str, on_postgresql: str | None, says: str
) -> None:
    statement = on_sqlite if database_url.startswith("sqlite") else on_postgresql or on_sqlite
    assert run("import", SEEDS / "2024-05-14-narva-bridge-wire.txt", url=database_url).exit_code == 0
    assert run("db", "check", url=database_url).exit_code == 0
    before = found(database_url)
    assert before.count("\n") > 1
    engine = make_engine(Settings(database_url=database_url))
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
        connection.commit()
    engine.dispose()
    result = run("db", "check", url=database_url)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (1, "", 1)
    assert f"A check failed: {says}" in result.stderr
    assert run("db", "check", "--repair", url=database_url).exit_code == 0
    assert run("db", "check", url=database_url).exit_code == 0
    assert found(database_url) == before


def test_repair_creates_the_indexes_of_the_migrations(migrated_postgresql: str) -> None:
    definitions = "SELECT indexdef FROM pg_indexes WHERE indexname IN ('quote_fts', 'article_fts') ORDER BY indexname"
    engine = make_engine(Settings(database_url=migrated_postgresql))
    with engine.connect() as connection:
        before = connection.exec_driver_sql(definitions).all()
        for name in ("quote_fts", "article_fts"):
            connection.exec_driver_sql(f"DROP INDEX {name}")
        connection.commit()
    assert len(before) == 2
    assert run("db", "check", "--repair", url=migrated_postgresql).exit_code == 0
    with engine.connect() as connection:
        assert connection.exec_driver_sql(definitions).all() == before
    engine.dispose()


def found(url: str) -> str:
    return run("search", "bridge", url=url).stdout


def test_adds_lists_and_revokes_keys(database_url: str) -> None:
    result = run("keys", "create", " night   import ", "--scope", "write", url=database_url)
    assert result.exit_code == 0
    (key,) = result.stdout.splitlines()
    prefix = key[:11]
    assert key.startswith("vb_")
    assert key not in result.stderr
    listed = run("keys", "list", url=database_url).stdout
    created = listed.split("\t")[2]
    assert listed == f"{prefix}\twrite\t{created}\t-\t-\tnight import\n"
    assert run("keys", "revoke", "vb_00000000", url=database_url).exit_code == 1
    assert run("keys", "revoke", prefix, url=database_url).output == f"{prefix} (night import) is revoked.\n"
    assert "revoked already" in run("keys", "revoke", prefix, url=database_url).output
    assert run("keys", "list", url=database_url).stdout == ""
    assert prefix in run("keys", "list", "--all", url=database_url).stdout


@pytest.fixture
def filled_url(empty_database_url: str) -> str:
    """A migrated database with articles, an earlier text, a feed and a saved search."""
    assert run("db", "upgrade", url=empty_database_url).exit_code == 0
    engine = make_engine(Settings(database_url=empty_database_url))
    sample_rows.fill(engine)
    with writing(engine) as session:
        session.add(Feed(url="https://feeds.example/a"))
        session.add(Search(name="a", query="q=a", secret="x", cursor=0))
        session.commit()
    engine.dispose()
    return empty_database_url


LOSES_ALL = ["articles: 2", "quotes: 3", "feeds: 1", "saved searches: 1"]


@pytest.mark.parametrize(
    ("revision", "loses", "keeps"),
    [
        ("-1", [], ["articles", "feeds", "saved searches"]),
        ("0010", [], ["articles", "feeds", "saved searches"]),
        ("0009", ["saved searches: 1"], ["articles", "feeds"]),
        ("0007", ["saved searches: 1", "feeds: 1"], ["articles"]),
        ("base", LOSES_ALL, []),
    ],
)
def test_a_downgrade_lists_what_it_loses(filled_url: str, revision: str, loses: list[str], keeps: list[str]) -> None:
    before = everything(filled_url)
    result = run("db", "downgrade", revision, url=filled_url)
    assert result.exit_code == (1 if loses else 0), result.output
    for line in loses:
        assert f"This would be lost: {line}." in result.stderr
    for name in keeps:
        assert f"lost: {name}" not in result.stderr
    if not loses:
        return
    assert result.stderr.endswith("Error: Nothing was changed; --yes goes back and loses it\n")
    assert everything(filled_url) == before
    code, said = run_on_terminal("db", "downgrade", revision, url=filled_url, answer="n")
    assert (code, f"lost: {loses[0]}." in said, "Nothing was changed." in said) == (1, True, True), said
    assert everything(filled_url) == before
    result = run("db", "downgrade", revision, "--yes", url=filled_url)
    assert (result.exit_code, result.output.count("\n")) == (0, 1), result.output


def test_two_upgrades_at_once_wait_for_each_other(empty_database_url: str) -> None:
    environment = {**os.environ, "DATABASE_URL": empty_database_url}
    upgrades = [start("db", "upgrade", stdout=PIPE, stderr=STDOUT, env=environment) for _ in range(3)]
    said = [process.communicate()[0].decode() for process in upgrades]
    assert [process.returncode for process in upgrades] == [0, 0, 0], said
    assert run("db", "check", url=empty_database_url).exit_code == 0


@pytest.mark.parametrize("empty_database_url", ["postgresql"], indirect=True)
def test_an_upgrade_says_that_it_waits(empty_database_url: str) -> None:
    engine = make_engine(Settings(database_url=empty_database_url))
    with engine.connect() as connection:
        lock_migrations(connection)
        environment = {**os.environ, "DATABASE_URL": empty_database_url}
        upgrade = start("db", "upgrade", stdout=PIPE, stderr=PIPE, env=environment)
        assert upgrade.stderr is not None
        assert upgrade.stderr.readline() == b"Another command changes the tables: waiting for it.\n"
        assert inspect(engine).get_table_names() == []
    output, _ = upgrade.communicate()
    engine.dispose()
    assert (upgrade.returncode, b"(the newest)" in output) == (0, True)


@pytest.mark.parametrize("command", [("db", "upgrade"), ("db", "check"), ("db", "downgrade", "--yes"), ("search", "a")])
def test_a_newer_database_is_called_newer(empty_database_url: str, command: tuple[str, ...]) -> None:
    assert run("db", "upgrade", url=empty_database_url).exit_code == 0
    execute(empty_database_url, "UPDATE alembic_version SET version_num = '9999'")
    before = everything(empty_database_url)
    result = run(*command, url=empty_database_url)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (1, "", 1), result.output
    assert "is at 9999, which this version does not know: it is of a newer version" in result.stderr
    assert "run: verbatim db upgrade" not in result.stderr
    assert everything(empty_database_url) == before


def test_a_postgresql_database_that_is_not_utf8_is_refused(postgresql: str) -> None:
    on_server(postgresql, "CREATE DATABASE test_latin TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'")
    url = postgresql.replace("/postgres?", "/test_latin?")
    try:
        for command in ("upgrade", "check"):
            result = run("db", command, url=url)
            assert (result.exit_code, result.stderr.count("\n")) == (1, 1), result.output
            assert "its encoding is LATIN1; make one WITH ENCODING 'UTF8'" in result.stderr
        assert everything(url) == {}
    finally:
        on_server(postgresql, "DROP DATABASE test_latin WITH (FORCE)")
