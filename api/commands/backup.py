"""verbatim backup and verbatim restore: the whole database as one file, of one moment, while it is in use.

api.database.backups says what the file is on either database. A restore first reads the whole file: SQLite checks its own
structure, the ZIP its checksums, and both name a revision that this version must know. Whether tables, rows or references
are missing is not checked. On PostgreSQL a restore is one transaction. On SQLite the file replaces the database at once,
and then the tables are brought up to date.
"""

from __future__ import annotations

import os
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.commands.database import alembic, opened
from api.commands.terminal import example

if TYPE_CHECKING:
    from sqlalchemy import Connection


@click.command(epilog=example("verbatim backup verbatim-2026-11-22.backup"))
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write the whole database, as it is at one moment, to FILE; it may be in use meanwhile.

    FILE is complete or not there. It holds the hashes of API keys: only its owner may read it.
    """
    from api.database.backups import backups_of

    part = file.with_name(f"{file.name}.part")
    with opened() as engine, _errors(f"{file} cannot be written"):
        try:
            part.unlink(missing_ok=True)
            os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            backups_of(engine).save(engine, part)
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)
    click.echo(f"{file} has {file.stat().st_size:,} bytes.")


@click.command(epilog=example("verbatim restore verbatim-2026-11-22.backup"))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace what the database has: it is lost.")
def restore(file: Path, force: bool) -> None:
    """Fill an empty database with what `verbatim backup` wrote to FILE, and bring its tables up to date.

    FILE must be of the same kind of database. A database that has rows, or tables of another program, is refused unless
    --force is given.
    """
    from api.database.backups import backups_of

    with opened(migrated=False) as engine, _errors(f"{file} is no backup that can be read"):
        backups = backups_of(engine)
        if not backups.is_backup(file):
            raise click.ClickException(f"{file} is no backup of {backups.kind}; DATABASE_URL names that")
        migrations = _Migrations()
        if not force:
            with engine.connect() as connection:
                if occupied := backups.occupied(connection, migrations):
                    raise click.ClickException(occupied)
        backups.load(engine, file, migrations)
        click.echo(f"{engine.url.render_as_string(hide_password=True)} has what {file} has.")


@contextmanager
def _errors(what: str) -> Iterator[None]:
    """Turn every error of a file into one line."""
    from psycopg import Error as PostgresqlError

    from api.database.backups import UnknownRevision

    try:
        yield
    except UnknownRevision as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"{what}: {error.strerror or error}") from None
    except (sqlite3.Error, PostgresqlError, zipfile.BadZipFile, EOFError, KeyError, ValueError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise click.ClickException(f"{what}: {reason}") from None


class _Migrations:
    """How a restore changes tables: api.database.backups.Migrations."""

    def __init__(self) -> None:
        from alembic.script import ScriptDirectory

        self.known = frozenset(script.revision for script in ScriptDirectory.from_config(alembic()).walk_revisions())

    def upgrade(self, connection: Connection, revision: str = "head") -> None:
        """Bring the tables up to a revision."""
        from alembic import command

        command.upgrade(alembic(connection), revision)

    def remove(self, connection: Connection) -> None:
        """Remove all tables, if there are any."""
        from alembic import command

        command.downgrade(alembic(connection), "base")
