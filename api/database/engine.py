"""The engine and its sessions, for SQLite and PostgreSQL.

SQLite runs in WAL mode, so that readers never wait for a writer, with foreign keys on. A session that will write begins with
BEGIN IMMEDIATE. If it read first and then wrote, it would fail at once where another writer came between, whatever the busy
timeout. So extraction, which is slow, happens before a writing session's first statement. A session for reading cannot write
by mistake, on either database.
"""

from __future__ import annotations

import gc
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event, func, make_url, select
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session

import api.database.spellings  # noqa: F401 - it listens to what every session writes
from api.config import SettingError, Settings
from api.database.replaced import OpenFile

BUSY_TIMEOUT_SECONDS = 30  # seconds a SQLite writer waits for another; an import's transaction takes milliseconds
MMAP_BYTES = 2**31  # of a SQLite file that are memory-mapped: the most that SQLite is compiled for
CONNECT_TIMEOUT_SECONDS = 10  # seconds to wait for a PostgreSQL server that does not answer
# How PostgreSQL runs statements, besides its timeout. Each is planned for its own parameters, except where rows are written
# (decision 0017). None is compiled: that takes longer than a page does (decision 0012). The quotes that facets and timelines
# count, up to 50,000, stay in memory (decision 0014).
POSTGRESQL_OPTIONS = ("timezone=UTC", "plan_cache_mode=force_custom_plan", "jit=off", "work_mem=32MB")
# Thresholds of Python's garbage collector: after how many new objects it looks for cycles (700 by default), and how often it
# looks among older ones. Rows by the thousand have no cycles, and were searched again and again (decisions 0011 and 0017).
GC_THRESHOLDS = (50_000, 10, 10)


def make_engine(settings: Settings, *, may_create: bool = True) -> Engine:
    """Return the engine for `settings.database_url`. Raise SettingError if the URL is of neither database.

    Without `may_create` a file of SQLite that is not there is an error of each connection. Also set the garbage collector of
    the process to GC_THRESHOLDS.
    """
    gc.set_threshold(*GC_THRESHOLDS)
    try:
        url = make_url(settings.database_url)
    except ArgumentError:
        raise SettingError("DATABASE_URL must be sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME") from None
    backend = url.get_backend_name()
    if backend == "sqlite":
        engine = create_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_TIMEOUT_SECONDS})
        if file := sqlite_file(url):
            OpenFile(file, may_create=may_create).watch(engine, _configure_sqlite)
        else:
            event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        event.listen(engine, "handle_error", _reconnect)
        return engine
    if backend in ("postgresql", "postgres"):
        options = (f"statement_timeout={settings.statement_timeout * 1000}", *POSTGRESQL_OPTIONS)
        engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_size=settings.pool_size,
            max_overflow=settings.pool_size,
            pool_pre_ping=True,
            hide_parameters=True,  # errors are logged, and parameters may be secrets of webhooks
            connect_args={
                "connect_timeout": CONNECT_TIMEOUT_SECONDS,
                "options": " ".join(f"-c {option}" for option in options),
            },
        )
        event.listen(engine, "begin", _begin_postgresql)
        return engine
    raise SettingError(f"DATABASE_URL names {backend}; Verbatim runs on sqlite and postgresql")


def make_reader(settings: Settings, engine: Engine) -> Engine:
    """Return the engine for requests that only read: the replica's if the settings name one, else that of `engine`.

    Raise SettingError if there is a replica and either database is not PostgreSQL.
    """
    if not settings.replica_url:
        return read_only(engine)
    replica = make_engine(replace(settings, database_url=settings.replica_url))
    if {replica.dialect.name, engine.dialect.name} != {"postgresql"}:
        raise SettingError("VERBATIM_REPLICA_URL is for PostgreSQL alone; readers of a SQLite file never wait")
    return read_only(replica)


def sqlite_file(url: URL) -> Path | None:
    """Return the file of a SQLite database; None if it is in memory, or another database."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database.startswith((":memory:", "file:")):
        return None
    return Path(url.database)


def read_only(engine: Engine) -> Engine:
    """Return an engine with the same pool in whose transactions the database refuses to write."""
    return engine.execution_options(reads=True, postgresql_readonly=True)


def reads_in_parallel(engine: Engine) -> bool:
    """Return whether two threads read faster than one.

    They do not on SQLite, which takes and releases Python's lock for each row.
    """
    return engine.dialect.name != "sqlite"


def reading(engine: Engine) -> Session:
    """Return a new session for reading only."""
    return Session(read_only(engine))


def writing(engine: Engine) -> Session:
    """Return a new session that will write. On SQLite it holds the write lock from its first statement."""
    return Session(engine.execution_options(writes=True), expire_on_commit=False)


@contextmanager
def writing_at_once(engine: Engine) -> Iterator[Connection]:
    """Open a connection for one small transaction, committed at the end. Raise OperationalError if others have the lock.

    SQLite does not wait for its one writer at all, PostgreSQL waits for a row for a moment.
    """
    with engine.execution_options(writes=True).connect() as connection:
        driver = connection.connection.driver_connection if connection.dialect.name == "sqlite" else None
        try:
            if driver is None:
                connection.exec_driver_sql("SET LOCAL lock_timeout = 20")
            else:
                driver.execute("PRAGMA busy_timeout = 0")
            yield connection
            connection.commit()
        finally:
            if driver is not None:
                driver.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_SECONDS * 1000}")


@contextmanager
def without_timeout(engine: Engine) -> Iterator[Connection]:
    """Open a connection for one long transaction, such as a migration of many rows. It is committed at the end."""
    with engine.execution_options(writes=True).connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        yield connection
        connection.commit()


def _configure_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself: _begin_sqlite does
    # What is mapped is read without a call and a copy for each page: facets then take two thirds of the time.
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON", f"mmap_size = {MMAP_BYTES}"):
        connection.execute(f"PRAGMA {pragma}")


def _reconnect(context: ExceptionContext) -> None:
    """Open all connections anew after an error of reading or writing a file: SQLite may give it again for good."""
    if getattr(context.original_exception, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_IOERR:
        context.is_disconnect = True


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    connection.connection.cursor().execute(f"PRAGMA query_only = {int(options.get('reads', False))}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writes", False) else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    """Let foreign keys and triggers keep their plans where rows are written. Else each row has its checks planned anew.

    They always use an index, since a plan that was made for a small table is kept while it grows.
    """
    if connection.get_execution_options().get("writes", False):
        kept = {"plan_cache_mode": "auto", "enable_seqscan": "off"}
        connection.execute(select(*(func.set_config(name, value, True) for name, value in kept.items())))
