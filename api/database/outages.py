"""Outages: know when the database does not answer, say it in one line, and log it once.

An outage is no fault of what was asked: the connection is lost, somebody else holds the lock, the disk is full, the tables are
not there. Whoever asked may wait and ask again.
"""

from __future__ import annotations

import logging
import sqlite3
import time

from sqlalchemy.exc import TimeoutError as NoConnection

LINE_EVERY_SECONDS = 60.0  # between two lines of a log about the same outage, in each process

FULL = "the disk is full"
# Primary result codes of SQLite (https://sqlite.org/rescode.html). The others are faults of a statement or of its values.
_SQLITE = {
    sqlite3.SQLITE_BUSY: "another process holds the database's lock",
    sqlite3.SQLITE_LOCKED: "another process holds the database's lock",
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_IOERR: "the disk cannot be read or written",
    sqlite3.SQLITE_READONLY: "the database's file may not be written",
    sqlite3.SQLITE_CANTOPEN: "the database's file cannot be opened",
    sqlite3.SQLITE_CORRUPT: "the database's file is damaged",
    sqlite3.SQLITE_NOTADB: "the database's file is damaged",
    sqlite3.SQLITE_PROTOCOL: "another process holds the database's lock",
    sqlite3.SQLITE_INTERRUPT: "the statement was interrupted",
}
# Conditions of PostgreSQL by their SQLSTATE, where its own words could be clearer.
_POSTGRESQL = {"53100": FULL, "25006": "the database may not be written", "42P01": "the database lacks a table"}
_OUT_OF_TIME = "57014"  # query_canceled
_NO_TABLE = "no such table"  # how SQLite, which has no code for it, begins to say that
_ROWS_FAULT = "54"  # class of SQLSTATE: a row over one of PostgreSQL's limits
# PEP 249 names the classes of errors alike in every driver.
_CLASSES = frozenset({"OperationalError", "InterfaceError"})


def is_unanswered(error: BaseException) -> bool:
    """Return whether the database did not answer: connection lost or none free, locked, out of time, out of disk.

    `error` is SQLAlchemy's, or a driver's own.
    """
    if isinstance(error, NoConnection):
        return True
    cause = _of_driver(error)
    code, state = getattr(cause, "sqlite_errorcode", None), getattr(cause, "sqlstate", None) or ""
    if code is not None:
        return code & 0xFF in _SQLITE or str(cause).startswith(_NO_TABLE)
    if state in _POSTGRESQL:
        return True
    classes = {base.__name__ for base in (*type(error).__mro__, *type(cause).__mro__)}
    return bool(classes & _CLASSES) and not state.startswith(_ROWS_FAULT)


def is_out_of_time(error: BaseException) -> bool:
    """Return whether the database answers, but a statement took longer than it may. SQLite has no such limit."""
    return getattr(_of_driver(error), "sqlstate", None) == _OUT_OF_TIME


def outage(error: BaseException) -> str:
    """Return in one line why the database does not answer. A full disk is called a full disk."""
    if isinstance(error, NoConnection):
        return "all connections are in use"
    cause = _of_driver(error)
    code = getattr(cause, "sqlite_errorcode", None)
    if code == sqlite3.SQLITE_IOERR_SHMSIZE:  # no room for the WAL's index, which is made when a database is opened
        return FULL
    known = _POSTGRESQL.get(getattr(cause, "sqlstate", None) or "") if code is None else _SQLITE.get(code & 0xFF)
    lines = str(cause).strip().splitlines()
    return known or (lines[0].strip() if lines else type(cause).__name__)


def _of_driver(error: BaseException) -> BaseException:
    return getattr(error, "orig", None) or error


class OneLine(logging.Filter):
    """Log an outage in one line, and not again for LINE_EVERY_SECONDS. It reads the exceptions of records."""

    def __init__(self) -> None:
        super().__init__()
        self._told = float("-inf")

    def filter(self, record: logging.LogRecord) -> bool:
        """Shorten the record of an outage, or leave it out."""
        error = record.exc_info[1] if record.exc_info else None
        if error is None or not is_unanswered(error):
            return True
        if time.monotonic() - self._told < LINE_EVERY_SECONDS:
            return False
        self._told = time.monotonic()
        record.msg, record.args = "the database does not answer: %s", (outage(error),)
        record.exc_info = record.exc_text = None
        return True
