"""The engine and its sessions, for SQLite and PostgreSQL.

SQLite runs in WAL, so that reading never waits for writing, with foreign keys on. A session that will write begins
with BEGIN IMMEDIATE: a read turned into a write would fail at once when another writer came between, whatever the busy
timeout. So extraction, which is slow, happens before a writing session's first statement. What only reads cannot write by
mistake, on either database.
"""

from __future__ import annotations

import gc
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, make_url, select
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session

from api.config import SettingError, Settings

BUSY_TIMEOUT = 30  # seconds a SQLite writer waits for another; an import's transaction takes milliseconds
MAPPED = 2**31  # bytes of a SQLite file; as many as it is built to take
CONNECT_TIMEOUT = 10  # seconds to wait for a PostgreSQL server that does not answer
# How PostgreSQL runs statements, besides its timeout: each is planned for the words that it asks for, but where rows are
# written (0017), and none is compiled, which takes longer than a page does (decision 0012); 50,000 quotes that facets count
# stay in memory (0014).
POSTGRESQL = ("timezone=UTC", "plan_cache_mode=force_custom_plan", "jit=off", "work_mem=32MB")
# Objects made before Python looks for unreachable cycles, and how often it looks among older ones. It looks after 700, and
# rows read or written by the thousand, which have none, were looked through again and again: decisions 0011 and 0017.
COLLECTED = (50_000, 10, 10)


def make_engine(settings: Settings) -> Engine:
    """The engine for `settings.database_url`. Raises SettingError when the URL is of neither database.

    From then on the process collects garbage after as much as COLLECTED says.
    """
    gc.set_threshold(*COLLECTED)
    try:
        url = make_url(settings.database_url)
    except ArgumentError:
        raise SettingError("DATABASE_URL must be sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME") from None
    backend = url.get_backend_name()
    if backend == "sqlite":
        engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT})
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if backend in ("postgresql", "postgres"):
        engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_size=settings.pool_size,
            max_overflow=settings.pool_size,
            pool_pre_ping=True,
            connect_args={
                "connect_timeout": CONNECT_TIMEOUT,
                "options": " -c ".join(
                    ("", f"statement_timeout={settings.statement_timeout * 1000}", *POSTGRESQL)
                ).strip(),
            },
        )
        event.listen(engine, "begin", _begin_postgresql)
        return engine
    raise SettingError(f"DATABASE_URL names {backend}; Verbatim runs on sqlite and postgresql")


def _configure_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself: _begin_sqlite does
    # What is mapped is read without a call and a copy for each page: facets then take two thirds of the time.
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON", f"mmap_size = {MAPPED}"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    connection.connection.cursor().execute(f"PRAGMA query_only = {int(options.get('reads', False))}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writes", False) else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    """Let foreign keys and triggers keep their plans where rows are written: each row would have its checks planned anew.

    By an index always, since a plan that was made for a table of few rows is kept while it grows.
    """
    if connection.get_execution_options().get("writes", False):
        kept = {"plan_cache_mode": "auto", "enable_seqscan": "off"}
        connection.execute(select(*(func.set_config(name, value, True) for name, value in kept.items())))


def read_only(engine: Engine) -> Engine:
    """The engine with the same pool, in whose transactions nothing can be written: the database refuses it."""
    return engine.execution_options(reads=True, postgresql_readonly=True)


def reading(engine: Engine) -> Session:
    """A new session for reading only."""
    return Session(read_only(engine))


def writing(engine: Engine) -> Session:
    """A new session that will write: on SQLite its transaction holds the write lock from its first statement."""
    return Session(engine.execution_options(writes=True), expire_on_commit=False)
