"""Backups of PostgreSQL: a ZIP with each table's rows as COPY writes them.

All are read in one repeatable-read snapshot. That needs no pg_dump of the server's version. A restore is one transaction: it
builds the tables anew, loads and checks them, and commits if all is well. Nobody else sees it before that.
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.exc import OperationalError

from api.database.backups import base
from api.database.backups.base import Backups, NotRestored, Steps, is_sqlite, known_revision
from api.database.engine import without_timeout
from api.database.locks import lock_migrations
from api.models import Base

# In the ZIP: revision, tables in order with their columns, how many rows each has, and the sequences' last values.
MANIFEST = "verbatim.json"
LOCK_NOT_AVAILABLE = "55P03"  # SQLSTATE
CHUNK_BYTES = 1024 * 1024
# Tables, partitioned and foreign ones, views and materialised views.
RELATIONS = """
    SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'f', 'v', 'm')
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e')
"""


class PostgreSQLBackups(Backups):
    """ZIPs as backups."""

    kind = "postgresql"

    def is_backup(self, file: Path) -> bool:
        """Return whether a file is no database of SQLite: `load` says whether it is a ZIP. Raise OSError."""
        return not is_sqlite(file)

    def relations(self, connection: Connection) -> list[str]:
        """Return the names of all tables and views in the schema that is written to, but those of extensions."""
        return [name for (name,) in connection.exec_driver_sql(RELATIONS)]

    def save(self, engine: Engine, file: Path) -> None:
        """Write the database, as it is at one moment, to a file. Raise psycopg.Error or OSError."""
        snapshot = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with snapshot.connect() as connection, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
            manifest: dict[str, Any] = {"revision": revision, "tables": {}, "rows": {}, "sequences": {}}
            for table in Base.metadata.sorted_tables:  # each after those that it refers to
                columns = [column.name for column in table.columns if column.computed is None]
                manifest["tables"][table.name] = columns
                cursor = _cursor(connection)
                with (
                    archive.open(table.name, "w", force_zip64=True) as member,
                    cursor.copy(_copy(connection, table.name, columns, "TO STDOUT")) as copy,
                ):
                    for data in copy:
                        member.write(data)
                manifest["rows"][table.name] = cursor.rowcount
                if sequence := _sequence(connection, table.name):
                    last, called = connection.exec_driver_sql(f"SELECT last_value, is_called FROM {sequence}").one()  # noqa: S608 - of the database
                    manifest["sequences"][table.name] = last if called else 0
            archive.writestr(MANIFEST, json.dumps(manifest))

    def load(self, engine: Engine, file: Path, steps: Steps) -> None:
        """Replace the database by what `file` has, with its tables brought up to date, in one transaction.

        Raise NotRestored, and errors of psycopg, SQLAlchemy, Alembic and zipfile.
        """
        with zipfile.ZipFile(file) as archive:
            if (damaged := archive.testzip()) is not None:
                raise NotRestored(f"{damaged} is damaged")
            manifest = _Manifest.read(archive.read(MANIFEST))
            revision = known_revision(manifest.revision, steps.known)
            with without_timeout(engine) as connection:
                self._lock(connection, steps)
                steps.remove(connection)
                others = set(self.relations(connection)) | {base.VERSION_TABLE}
                steps.upgrade(connection, revision)
                manifest.check(connection, set(self.relations(connection)) - others)
                for table in manifest.tables:
                    _load_table(connection, archive, table, manifest)
                for table, last in manifest.sequences.items():
                    if last:
                        connection.exec_driver_sql("SELECT setval(%s, %s)", (_sequence(connection, table), last))
                steps.upgrade(connection)
                steps.complete(connection)

    def _lock(self, connection: Connection, steps: Steps) -> None:
        """Lock our tables against all others until the transaction ends, and empty them. Raise NotRestored if that takes long.

        Migrations remove empty tables at once.
        """
        there = set(self.relations(connection))
        stands = base.revisions(connection) if base.VERSION_TABLE in there else []
        for revision in stands:
            if revision not in steps.known:
                raise NotRestored(f"that is at {revision}, which this version does not know; make it anew")
        tables = ", ".join(_quoted(connection, name) for name in sorted(there & set(Base.metadata.tables)))
        for seconds in (base.QUIET_SECONDS, base.LOCK_SECONDS):
            try:
                with connection.begin_nested():
                    connection.exec_driver_sql(f"SET LOCAL lock_timeout = {round(seconds * 1000)}")
                    lock_migrations(connection)
                    if tables and stands:
                        connection.exec_driver_sql(f"TRUNCATE {tables}")
                return
            except OperationalError as error:
                if getattr(error.orig, "sqlstate", None) != LOCK_NOT_AVAILABLE:
                    raise
            if seconds == base.QUIET_SECONDS:
                steps.say(base.waiting(base.LOCK_SECONDS))
        raise base.locked(base.LOCK_SECONDS)


@dataclass(frozen=True)
class _Manifest:
    """What a backup says of itself. `rows` is None in a backup of a version that did not count them."""

    revision: str
    tables: dict[str, list[str]]  # in order, each after those that it refers to
    rows: dict[str, int] | None
    sequences: dict[str, int]

    @classmethod
    def read(cls, data: bytes) -> _Manifest:
        """Return the manifest in a ZIP's member. Raise NotRestored if it has not this form."""
        try:
            given = json.loads(data)
            tables, rows, sequences = given["tables"], given.get("rows"), given["sequences"]
            well = all(isinstance(name, str) for columns in tables.values() for name in columns)
            for numbers in (rows or {}, sequences):
                well = well and all(isinstance(number, int) for number in numbers.values())
            manifest = cls(str(given["revision"]), tables, rows, sequences)
        except (ValueError, TypeError, KeyError, AttributeError):
            well = False
        if not well:
            raise NotRestored(f"{MANIFEST} is damaged")
        return manifest

    def check(self, connection: Connection, tables: set[str]) -> None:
        """Raise NotRestored if the backup has not exactly these tables with their columns, rows and sequences."""
        if different := sorted(tables ^ set(self.tables)):
            raise NotRestored(f"its tables are not those of its version: {different[0]}")
        if self.rows is not None and set(self.rows) != tables:
            raise NotRestored("it does not say how many rows each table has")
        inspected = inspect(connection)
        for table, columns in self.tables.items():
            there = {column["name"] for column in inspected.get_columns(table) if "computed" not in column}
            if there != set(columns):
                raise NotRestored(f"the columns of its table {table} are not those of its version")
            if (_sequence(connection, table) is None) is (table in self.sequences):
                raise NotRestored(f"it does not say which id is the last of {table}")


def _load_table(connection: Connection, archive: zipfile.ZipFile, table: str, manifest: _Manifest) -> None:
    """Load the rows of a table without its triggers: the rows that these keep are in the backup too."""
    quoted = _quoted(connection, table)
    connection.exec_driver_sql(f"ALTER TABLE {quoted} DISABLE TRIGGER USER")
    cursor = _cursor(connection)
    with (
        archive.open(table) as member,
        cursor.copy(_copy(connection, table, manifest.tables[table], "FROM STDIN")) as copy,
    ):
        while data := member.read(CHUNK_BYTES):
            copy.write(data)
    if manifest.rows is not None and cursor.rowcount != manifest.rows[table]:
        raise NotRestored(f"its table {table} has {cursor.rowcount:,} rows, not {manifest.rows[table]:,}")
    connection.exec_driver_sql(f"ALTER TABLE {quoted} ENABLE TRIGGER USER")


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote_identifier(name)


def _cursor(connection: Connection) -> Any:
    """Return a cursor of psycopg, which copies."""
    driver: Any = connection.connection.driver_connection
    return driver.cursor()


def _copy(connection: Connection, table: str, columns: list[str], way: str) -> str:
    """Return the statement that copies a table FROM this process, or TO it."""
    return f"COPY {_quoted(connection, table)} ({', '.join(_quoted(connection, column) for column in columns)}) {way}"


def _sequence(connection: Connection, table: str) -> str | None:
    """Return the sequence that counts a table's ids; None if there is none."""
    if "id" not in [column["name"] for column in inspect(connection).get_columns(table)]:
        return None
    quoted = _quoted(connection, table)
    sequence: str | None = connection.exec_driver_sql("SELECT pg_get_serial_sequence(%s, 'id')", (quoted,)).scalar()
    return sequence
