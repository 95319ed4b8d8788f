"""Alembic's environment: which database, and how each one is migrated safely."""

from typing import Any

from alembic import context
from alembic.util.exc import CommandError
from sqlalchemy import Connection

from api.config import Settings
from api.database.engine import make_engine
from api.models import Base

# The full-text indexes, their shadow tables, triggers and columns are literal SQL in the migrations; huey makes its own tables.
NOT_OURS = ("quote_fts", "article_fts", "full_text", "huey_")


def include_object(_thing: Any, name: str | None, _kind: str, _reflected: bool, _compared: Any) -> bool:
    """Hide from autogenerate what it knows nothing of."""
    return not (name or "").startswith(NOT_OURS)


def rebuilding(connection: Connection, state: bool) -> None:
    """Let tables of SQLite be rebuilt, or no more: a rebuild drops the old table and gives the new one its name.

    Without foreign keys (on the driver's own connection: inside a transaction the pragma does nothing), and without the
    check that what else stands in the schema, such as a trigger of another table, knows of no table that is missing.
    """
    connection.commit()
    for pragma, on in (("foreign_keys", not state), ("legacy_alter_table", state)):
        connection.connection.cursor().execute(f"PRAGMA {pragma} = {int(on)}")


def migrate(connection: Connection) -> None:
    """Run the migrations in one transaction; on SQLite without foreign keys, which are checked before it commits.

    A batch rebuild on SQLite drops the old table, and with foreign keys on that would delete what refers to it.
    """
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        rebuilding(connection, True)
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=sqlite,
        include_object=include_object,
        compare_type=True,
        transactional_ddl=True,  # so is SQLite's, though Alembic would commit there before the check below
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()
        if sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
            raise CommandError(f"foreign keys would be broken: {len(broken)} rows, first of {broken[0][0]}")
    if sqlite:
        rebuilding(connection, False)


if context.is_offline_mode():
    raise SystemExit("Verbatim's migrations look at the database they change; run them online")

given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    engine = make_engine(Settings.from_environment())
    with engine.connect() as own:
        migrate(own)
        own.commit()
    engine.dispose()
