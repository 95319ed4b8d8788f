"""verbatim db: the tables of the database; and `opened`, by which every command opens the database."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.commands.terminal import example, number

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection, Engine
    from sqlalchemy.orm import Session

# In the wheel the migrations are inside the package; in a checkout they stand beside it.
_PACKAGE = Path(__file__).parent.parent
MIGRATIONS = next(folder for folder in (_PACKAGE / "migrations", _PACKAGE.parent / "migrations") if folder.is_dir())


def alembic(connection: Connection | None = None, migrations: Path = MIGRATIONS) -> Config:
    """Return Alembic's configuration for the scripts in `migrations`, to work on `connection`."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def migrate(engine: Engine, revision: str = "head", migrations: Path = MIGRATIONS) -> None:
    """Bring the database of `engine` up to `revision`. Raise Alembic's CommandError if there is no such revision."""
    from alembic import command

    from api.database.engine import without_timeout

    with without_timeout(engine) as connection:
        _wait_for_migrations(connection)
        command.upgrade(alembic(connection, migrations), revision)


def unmigrate(engine: Engine, revision: str, migrations: Path = MIGRATIONS) -> None:
    """Take the database of `engine` down to `revision`, or "base". Raise Alembic's CommandError as `migrate` does."""
    from alembic import command

    from api.database.engine import without_timeout

    with without_timeout(engine) as connection:
        _wait_for_migrations(connection)
        command.downgrade(alembic(connection, migrations), revision)


def _wait_for_migrations(connection: Connection) -> None:
    """Let one command at a time change the tables: wait for another one, and say so."""
    from api.database.locks import lock_migrations

    if not lock_migrations(connection, wait=False):
        click.echo("Another command changes the tables: waiting for it.", err=True)
        lock_migrations(connection)


def known_revisions() -> frozenset[str]:
    """Return every revision of this version's migrations."""
    from alembic.script import ScriptDirectory

    return frozenset(script.revision for script in ScriptDirectory.from_config(alembic()).walk_revisions())


def revisions(engine: Engine) -> tuple[str | None, str | None]:
    """Return the revision that the database is at (None without tables), and the one that this version needs."""
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    with engine.connect() as connection:
        stands = MigrationContext.configure(connection).get_current_revision()
    return stands, ScriptDirectory.from_config(alembic()).get_current_head()


@contextmanager
def opened(*, migrated: bool = True, known: bool = True) -> Iterator[Engine]:
    """Open the database of the settings, which must have this version's tables unless `migrated` is false.

    Unless `known` is false too, it must be at a revision that this version knows, or at none. Errors of settings or database
    become a ClickException: one line that says what to do.
    """
    from sqlalchemy.exc import OperationalError

    from api.config import SettingError, Settings
    from api.database.engine import make_engine, sqlite_file
    from api.database.outages import outage

    try:
        engine = make_engine(Settings.from_environment())
    except SettingError as error:
        raise click.ClickException(str(error)) from None
    where = engine.url.render_as_string(hide_password=True)
    try:
        file = sqlite_file(engine.url)
        if migrated and file and not file.exists():
            raise click.ClickException(
                f"There is no database at {file.absolute()}. If you have one elsewhere, name it by DATABASE_URL or "
                "VERBATIM_HOME, or go to its folder. To make one here, run: verbatim db upgrade"
            )
        if not migrated and file and not file.exists() and file.parent.is_dir():
            yield engine  # to look would leave an empty file, whatever the command then does
            return
        _check(engine, where, migrated=migrated, known=known)
        yield engine
    except OperationalError as error:
        raise click.ClickException(f"The database {where} failed: {outage(error)}") from None
    finally:
        engine.dispose()


def _check(engine: Engine, where: str, *, migrated: bool, known: bool) -> None:
    """Raise ClickException unless the database can be used, and is at a revision as `opened` wants it.

    Alembic, which takes long to load, is asked only if the revision is not the newest.
    """
    from sqlalchemy.exc import DatabaseError

    from api.database.checks import encoding_fault

    try:
        if fault := encoding_fault(engine):
            raise click.ClickException(f"The database {where} cannot be used: {fault}")
        newest = max(file.stem[:4] for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))
        if stands_at(engine) != newest:
            _check_revision(engine, where, migrated=migrated, known=known)
    except DatabaseError as error:
        raise click.ClickException(f"The database {where} cannot be used: {reason(error)}") from None


def stands_at(engine: Engine) -> str | None:
    """Return the revision that the database is at, or None without tables. Raise what the database raises."""
    from sqlalchemy import inspect, text

    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: list[str] = list(connection.scalars(text("SELECT version_num FROM alembic_version")))
    return found[0] if len(found) == 1 else None


def _check_revision(engine: Engine, where: str, *, migrated: bool, known: bool) -> None:
    """Raise ClickException for a revision that is not as `opened` wants it."""
    from alembic.util.exc import CommandError

    try:
        stands, needed = revisions(engine)
    except CommandError as error:
        raise click.ClickException(f"The database {where} cannot be used: {reason(error)}") from None
    if known and stands is not None and stands not in known_revisions():
        raise click.ClickException(
            f"The database {where} is at {stands}, which this version does not know: it is of a newer version, "
            "or of another program; install the newer version"
        )
    if migrated and stands is None:
        raise click.ClickException(f"The database {where} has no tables yet; run: verbatim db upgrade")
    if migrated and stands != needed:
        raise click.ClickException(f"The database {where} is at {stands}, not {needed}; run: verbatim db upgrade")


def reason(error: Exception) -> str:
    """Return the first line of the driver's message, without SQLAlchemy's statement and link. A full disk is called that."""
    from api.database.outages import FULL, outage

    if outage(error) == FULL:
        return FULL
    lines = str(getattr(error, "orig", error)).strip().splitlines()
    return lines[0].strip() if lines else type(error).__name__


@click.group(
    epilog=example("verbatim db upgrade", "DATABASE_URL=postgresql://verbatim@localhost/verbatim verbatim db check")
)
def db() -> None:
    """Make, change and check the database's tables.

    DATABASE_URL names the database: sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME.
    """


@db.command(epilog=example("verbatim db upgrade"))
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Bring the tables up to REVISION, the newest unless given. What is stored stays."""
    with _revision_errors(), opened(migrated=False) as engine:
        migrate(engine, revision)
        click.echo(_stands(engine))


# Unknown options are ignored so that -1 is taken for a revision.
@db.command(
    short_help="Take the tables back to an earlier revision.",
    context_settings={"ignore_unknown_options": True},
    epilog=example("verbatim db downgrade -1"),
)
@click.argument("revision", default="-1")
@click.option("--yes", is_flag=True, help="Do not ask. Needed off a terminal where something is lost.")
def downgrade(revision: str, yes: bool) -> None:
    """Take the tables down to REVISION (one step unless given; base removes them all). This can lose data.

    What is lost is listed first.
    """
    with _revision_errors(), opened(migrated=False) as engine:
        where = engine.url.render_as_string(hide_password=True)
        if not yes:
            lost = _lost(engine, revision)
            for line in lost:
                click.echo(f"This would be lost: {line}.", err=True)
            if sys.stdin.isatty():
                if not click.confirm(f"Going back can lose data in {where}. Go on?"):
                    raise click.ClickException("Nothing was changed.")
            elif lost:
                raise click.ClickException("Nothing was changed; --yes goes back and loses it")
        unmigrate(engine, revision)
        click.echo(_stands(engine))


def _lost(engine: Engine, revision: str) -> list[str]:
    """Return what the migrations down to a revision would lose of what is stored now: each with its number."""
    from alembic.script import ScriptDirectory
    from alembic.script.revision import RevisionError

    stands, _ = revisions(engine)
    if stands is None:
        return []
    found = []
    try:
        steps = [*ScriptDirectory.from_config(alembic()).iterate_revisions(stands, revision, select_for_downgrade=True)]
    except RevisionError:
        return []  # `unmigrate` says what is wrong with it
    with engine.connect() as connection:
        for step in steps:
            for what, query in getattr(step.module, "LOSES", ()):
                if number := connection.exec_driver_sql(query).scalar():
                    found.append(f"{what}: {number:,}")
    return found


@db.command(
    short_help="Check the tables, and what is derived from rows.",
    epilog=example("verbatim db check", "verbatim db check --repair"),
)
@click.option("--repair", is_flag=True, help="First compute full text, names, counts and copies again, from the rows.")
def check(repair: bool) -> None:
    """Check that the database answers, has exactly this version's tables, and is consistent."""
    from api.database.engine import without_timeout

    with opened() as engine:
        with engine.connect() as connection:
            if fault := table_fault(connection):
                raise click.ClickException(fault)
        if repair:
            with without_timeout(engine) as connection:
                compute_again(connection)
        if fault := _stale(engine):
            raise click.ClickException(f"A check failed: {fault}; run: verbatim db check --repair")
        click.echo(_stands(engine))


def table_fault(connection: Connection) -> str | None:
    """Return what is wrong with the tables themselves, in a sentence without a full stop; None if nothing is.

    The file may be damaged, rows may refer to rows that are not there, or the tables may differ from the models.
    """
    from alembic import command
    from alembic.util.exc import AutogenerateDiffsDetected

    from api.database.checks import file_fault

    if fault := file_fault(connection):
        return fault
    try:
        command.check(_quiet(alembic(connection)))
    except AutogenerateDiffsDetected as error:
        return f"The tables are not those of this version: {error}"
    return None


def compute_again(connection: Connection) -> None:
    """Compute what depends on other rows: full text, names, counts, duplicates."""
    from sqlalchemy.orm import Session

    from api.ingestion import duplicates
    from api.search import names
    from api.search.index import maintenance as fulltext

    with Session(connection) as session:
        fulltext.repair(session)
        names.repair(session)
        duplicates.repair(session)
        session.commit()


def damage_of_indexes(session: Session) -> str | None:
    """Return a fault of a full-text index itself; None if there is none. FTS5 checks itself by a statement that writes."""
    from api.search.index import maintenance as fulltext

    return next(fulltext.damage(session), None)


def stale_row(session: Session) -> str | None:
    """Return a row that differs from what `compute_again` would write, in a sentence; None if there is none."""
    from itertools import chain

    from api.ingestion import duplicates
    from api.search import names
    from api.search.index import maintenance as fulltext

    return next(chain(fulltext.faults(session), names.faults(session), duplicates.faults(session)), None)


def _stale(engine: Engine) -> str | None:
    """Return a fault in what depends on other rows, or None if there is none."""
    from api.database.engine import reading, writing

    with writing(engine) as session:
        damaged = damage_of_indexes(session)
    if damaged:
        return damaged
    with reading(engine) as session:
        return stale_row(session)


@db.command(short_help="Forget old changes and deliveries.", epilog=example("verbatim db prune --days 90"))
@click.option("--days", type=click.IntRange(0, 100_000), default=90, show_default=True, help="How many days to keep.")
def prune(days: int) -> None:
    """Forget changes (/v1/changes) and ended deliveries to webhooks that are older than that many days.

    A client that follows changes and has not asked since then must begin again.
    """
    import datetime as dt

    from api.database.engine import writing
    from api.jobs import webhooks
    from api.models import now
    from api.output import change_log as changes

    with opened() as engine, writing(engine) as session:
        before = now() - dt.timedelta(days=days)
        gone, deliveries = changes.prune(session, before), webhooks.prune(session, before)
        session.commit()
    click.echo(f"Forgotten: {number(gone, 'change')}.")
    if deliveries:
        click.echo(f"Forgotten: {deliveries:,} {'delivery' if deliveries == 1 else 'deliveries'}.")


def _quiet(config: Config) -> Config:
    """Return the configuration without Alembic's output: commands have messages of their own."""
    import io

    config.stdout = io.StringIO()
    return config


def _stands(engine: Engine) -> str:
    stands, needed = revisions(engine)
    where = engine.url.render_as_string(hide_password=True)
    return f"{where} is at {stands or 'base, without tables'}{' (the newest)' if stands == needed else ''}."


@contextmanager
def _revision_errors() -> Iterator[None]:
    """Turn Alembic's error about a revision into one line."""
    from alembic.util.exc import CommandError

    try:
        yield
    except CommandError as error:
        raise click.ClickException(f"{error}; the tables were left as they are") from None
