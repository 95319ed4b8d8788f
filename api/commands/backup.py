"""verbatim backup and verbatim restore: the whole database as one file, of one moment, while it is in use.

api.database.backups says what the file is on either database, and how a restore leaves a database as it was unless all that
`verbatim db check` checks is well.
"""

from __future__ import annotations

import sqlite3
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.commands.database import (
    alembic,
    compute_again,
    damage_of_indexes,
    known_revisions,
    opened,
    reason,
    stale_row,
    table_fault,
)
from api.commands.files import check_target, force_option, whole_file, why
from api.commands.terminal import example

if TYPE_CHECKING:
    from sqlalchemy import Connection


@click.command(
    short_help="Write the whole database to a file.", epilog=example("verbatim backup verbatim-2026-11-22.backup")
)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@force_option
def backup(file: Path, force: bool) -> None:
    """Write the whole database, as it is at one moment, to FILE; it may be in use meanwhile.

    FILE is complete or not there. It holds the hashes of API keys: only its owner may read it.
    """
    from api.database.backups import backups_of
    from api.database.engine import sqlite_file

    with opened() as engine, _errors(f"{file} cannot be written"):
        check_target(file, sqlite_file(engine.url), force=force)
        with whole_file(file, mode=0o600) as part:
            backups_of(engine).save(engine, part)
    click.echo(f"{file} has {file.stat().st_size:,} bytes.")


@click.command(
    short_help="Fill an empty database from a backup.", epilog=example("verbatim restore verbatim-2026-11-22.backup")
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace what the database has: it is lost.")
def restore(file: Path, force: bool) -> None:
    """Fill an empty database with what `verbatim backup` wrote to FILE, and bring its tables up to date.

    FILE must be of the same kind of database. A database that has rows, or tables of another program, is refused unless
    --force is given.
    """
    from api.database.backups import backups_of

    with (
        opened(migrated=False, known=False) as engine,
        _errors(f"{file} was not restored, and the database is as it was"),
    ):
        backups, steps = backups_of(engine), _Steps()
        if not backups.is_backup(file):
            raise click.ClickException(f"{file} is no backup of {backups.kind}; DATABASE_URL names that")
        if not force and (occupied := backups.occupied(engine, steps.known)):
            raise click.ClickException(occupied)
        backups.load(engine, file, steps)
        click.echo(f"{engine.url.render_as_string(hide_password=True)} has what {file} has.")


@contextmanager
def _errors(what: str) -> Iterator[None]:
    """Turn every error of a file, or of the database that it is to become, into one line."""
    from alembic.util.exc import CommandError
    from psycopg import Error as PostgresqlError
    from sqlalchemy.exc import DBAPIError

    bad_zip = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, RuntimeError, struct.error)
    try:
        yield
    except OSError as error:
        raise click.ClickException(f"{what}: {why(error)}") from None
    except DBAPIError as error:
        raise click.ClickException(f"{what}: {reason(error)}") from None
    except (sqlite3.Error, PostgresqlError, CommandError, ValueError, *bad_zip) as error:
        raise click.ClickException(f"{what}: {reason(error)}") from None


class _Steps:
    """What a restore asks of the command line: api.database.backups.Steps."""

    def __init__(self) -> None:
        self.known = known_revisions()

    def upgrade(self, connection: Connection, revision: str = "head") -> None:
        """Bring the tables up to a revision."""
        from alembic import command

        command.upgrade(alembic(connection), revision)

    def remove(self, connection: Connection) -> None:
        """Remove all of Verbatim's tables, if there are any."""
        from alembic import command

        command.downgrade(alembic(connection), "base")

    def complete(self, connection: Connection) -> None:
        """Compute again what depends on other rows, where it is wrong. Raise NotRestored where `db check` finds a fault.

        An index that is out of date is no reason to do without the backup.
        """
        from sqlalchemy.orm import Session

        from api.database.backups import NotRestored

        if fault := table_fault(connection):
            raise NotRestored(fault)
        for computed in (False, True):
            with Session(connection) as session:
                fault = damage_of_indexes(session) or stale_row(session)
            if fault is None:
                return
            if computed:
                raise NotRestored(fault)
            self.say(f"In the backup {fault}: full text, names, counts and copies are computed again.")
            compute_again(connection)

    def say(self, line: str) -> None:
        """Show a line on standard error."""
        click.echo(line, err=True)
