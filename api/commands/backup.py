"""verbatim backup and verbatim restore: the whole database as one file, of one moment, while it is in use.

On SQLite the file is a database (VACUUM INTO: one read transaction, so that writers go on). On PostgreSQL it is a ZIP with
each table's rows as COPY writes them, all read in one repeatable-read snapshot. That needs no pg_dump of the server's
version.

A restore first reads the whole file: SQLite checks its own structure, the ZIP its checksums, and both name a revision that
this version must know. Whether tables, rows or references are missing is not checked. On PostgreSQL a restore is one
transaction. On SQLite the file replaces the database at once, and then the tables are brought up to date.
"""

from __future__ import annotations

import json
import os
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from api.commands.database import alembic, migrate, opened, revisions
from api.commands.terminal import example

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine, Table

MANIFEST = "verbatim.json"  # in the ZIP: revision, tables in order with their columns, and the sequences' last values
CHUNK_BYTES = 1024 * 1024


@click.command(epilog=example("verbatim backup verbatim-2026-11-22.backup"))
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write the whole database, as it is at one moment, to FILE; it may be in use meanwhile.

    FILE is complete or not there. It holds the hashes of API keys: only its owner may read it.
    """
    part = file.with_name(f"{file.name}.part")
    with opened() as engine, _errors(f"{file} cannot be written"):
        try:
            part.unlink(missing_ok=True)
            os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            (_save_sqlite if engine.dialect.name == "sqlite" else _save_postgresql)(engine, part)
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)
    click.echo(f"{file} has {file.stat().st_size:,} bytes.")


@click.command(epilog=example("verbatim restore verbatim-2026-11-22.backup"))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace what the database has: it is lost.")
def restore(file: Path, force: bool) -> None:
    """Fill an empty database with what `verbatim backup` wrote to FILE, and bring its tables up to date.

    FILE must be of the same kind of database. One that has rows is refused unless --force is given.
    """
    with opened(migrated=False) as engine, _errors(f"{file} is no backup that can be read"):
        sqlite = engine.dialect.name == "sqlite"
        with file.open("rb") as stream:
            if (stream.read(16) == b"SQLite format 3\0") is not sqlite:
                raise click.ClickException(f"{file} is no backup of {engine.dialect.name}; DATABASE_URL names that")
        if not force and (table := _filled(engine)):
            raise click.ClickException(f"The database has rows already, in {table}; --force replaces them")
        (_load_sqlite if sqlite else _load_postgresql)(engine, file)
        click.echo(f"{engine.url.render_as_string(hide_password=True)} has what {file} has.")


@contextmanager
def _errors(what: str) -> Iterator[None]:
    """Turn every error of a file into one line."""
    from psycopg import Error as PostgresqlError

    try:
        yield
    except OSError as error:
        raise click.ClickException(f"{what}: {error.strerror or error}") from None
    except (sqlite3.Error, PostgresqlError, zipfile.BadZipFile, EOFError, KeyError, ValueError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise click.ClickException(f"{what}: {reason}") from None


def _tables() -> list[Table]:
    """Return our tables, each after those that it refers to."""
    from api.models import Base

    return list(Base.metadata.sorted_tables)


def _filled(engine: Engine) -> str | None:
    """Return a table that has rows, if there is one."""
    from sqlalchemy import inspect, literal, select

    there = set(inspect(engine).get_table_names())
    with engine.connect() as connection:
        full = (
            t.name
            for t in _tables()
            if t.name in there and connection.scalar(select(literal(1)).select_from(t).limit(1))
        )
        return next(full, None)


def _known_revision(revision: Any) -> str:
    """Return the revision. Raise ClickException if this version does not know it."""
    from alembic.script import ScriptDirectory

    known = {script.revision for script in ScriptDirectory.from_config(alembic()).walk_revisions()}
    if revision not in known:
        raise click.ClickException(
            f"The backup is of another version (tables at {revision}): install that one, or a newer"
        )
    return str(revision)


# SQLite


def _save_sqlite(engine: Engine, file: Path) -> None:
    with closing(engine.raw_connection()) as connection:
        connection.cursor().execute("VACUUM INTO ?", (str(file),))


def _load_sqlite(engine: Engine, file: Path) -> None:
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as source:
        damage = [row[0] for row in source.execute("PRAGMA integrity_check") if row[0] != "ok"]
        if damage:
            raise sqlite3.DatabaseError(damage[0])
        _known_revision(source.execute("SELECT version_num FROM alembic_version").fetchone()[0])
        # SQLite does it instead of a copy of the file: so another program that has the database open sees it before or after.
        with closing(engine.raw_connection()) as target:
            driver: Any = target.driver_connection
            source.backup(driver)
    engine.dispose()
    migrate(engine)


# PostgreSQL


def _save_postgresql(engine: Engine, file: Path) -> None:
    snapshot = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with snapshot.connect() as connection, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        manifest: dict[str, Any] = {"revision": revision, "tables": {}, "sequences": {}}
        for table in _tables():
            columns = [column.name for column in table.columns if column.computed is None]
            manifest["tables"][table.name] = columns
            with (
                archive.open(table.name, "w", force_zip64=True) as member,
                _copy(connection, table.name, columns, "TO") as copy,
            ):
                for data in copy:
                    member.write(data)
            if sequence := _sequence(connection, table.name):
                last, called = connection.exec_driver_sql(f"SELECT last_value, is_called FROM {sequence}").one()  # noqa: S608 - of the database
                manifest["sequences"][table.name] = last if called else 0
        archive.writestr(MANIFEST, json.dumps(manifest))


def _load_postgresql(engine: Engine, file: Path) -> None:
    from alembic import command

    from api.database.engine import without_timeout

    with zipfile.ZipFile(file) as archive:
        if (damaged := archive.testzip()) is not None:
            raise zipfile.BadZipFile(f"{damaged} is damaged")
        manifest = json.loads(archive.read(MANIFEST))
        revision = _known_revision(manifest["revision"])
        stands, _ = revisions(engine)
        with without_timeout(engine) as connection:
            if stands is not None:
                command.downgrade(alembic(connection), "base")
            command.upgrade(alembic(connection), revision)
            for table, columns in manifest["tables"].items():
                _load_table(connection, archive, table, columns)
            for table, last in manifest["sequences"].items():
                if last:
                    connection.exec_driver_sql("SELECT setval(%s, %s)", (_sequence(connection, table), last))
            command.upgrade(alembic(connection), "head")


def _load_table(connection: Connection, archive: zipfile.ZipFile, table: str, columns: list[str]) -> None:
    """Load the rows of a table without its triggers: the rows that these keep are in the backup too."""
    quoted = _quoted(connection, table)
    connection.exec_driver_sql(f"ALTER TABLE {quoted} DISABLE TRIGGER USER")
    with archive.open(table) as member, _copy(connection, table, columns, "FROM") as copy:
        while data := member.read(CHUNK_BYTES):
            copy.write(data)
    connection.exec_driver_sql(f"ALTER TABLE {quoted} ENABLE TRIGGER USER")


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote_identifier(name)


def _copy(connection: Connection, table: str, columns: list[str], way: str) -> Any:
    """Copy a table FROM this process, or TO it."""
    driver: Any = connection.connection.driver_connection
    names = ", ".join(_quoted(connection, column) for column in columns)
    return driver.cursor().copy(
        f"COPY {_quoted(connection, table)} ({names}) {way} {'STDIN' if way == 'FROM' else 'STDOUT'}"
    )


def _sequence(connection: Connection, table: str) -> str | None:
    """Return the sequence that counts a table's ids; None if there is none."""
    from sqlalchemy import inspect

    if "id" not in [column["name"] for column in inspect(connection).get_columns(table)]:
        return None
    quoted = _quoted(connection, table)
    sequence: str | None = connection.exec_driver_sql("SELECT pg_get_serial_sequence(%s, 'id')", (quoted,)).scalar()
    return sequence
