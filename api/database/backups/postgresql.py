"""Backups of PostgreSQL: a ZIP with each table's rows as COPY writes them.

All are read in one repeatable-read snapshot. That needs no pg_dump of the server's version.
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, inspect

from api.database.backups.base import Backups, Migrations, is_sqlite, known_revision
from api.database.engine import without_timeout
from api.models import Base

MANIFEST = "verbatim.json"  # in the ZIP: revision, tables in order with their columns, and the sequences' last values
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
            manifest: dict[str, Any] = {"revision": revision, "tables": {}, "sequences": {}}
            for table in Base.metadata.sorted_tables:  # each after those that it refers to
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

    def load(self, engine: Engine, file: Path, migrations: Migrations) -> None:
        """Replace the database by what `file` has, in one transaction.

        Raise psycopg.Error, zipfile.BadZipFile, KeyError or ValueError if the file is damaged.
        """
        with zipfile.ZipFile(file) as archive:
            if (damaged := archive.testzip()) is not None:
                raise zipfile.BadZipFile(f"{damaged} is damaged")
            manifest = json.loads(archive.read(MANIFEST))
            revision = known_revision(manifest["revision"], migrations)
            with without_timeout(engine) as connection:
                migrations.remove(connection)
                migrations.upgrade(connection, revision)
                for table, columns in manifest["tables"].items():
                    _load_table(connection, archive, table, columns)
                for table, last in manifest["sequences"].items():
                    if last:
                        connection.exec_driver_sql("SELECT setval(%s, %s)", (_sequence(connection, table), last))
                migrations.upgrade(connection)


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
    if "id" not in [column["name"] for column in inspect(connection).get_columns(table)]:
        return None
    quoted = _quoted(connection, table)
    sequence: str | None = connection.exec_driver_sql("SELECT pg_get_serial_sequence(%s, 'id')", (quoted,)).scalar()
    return sequence
