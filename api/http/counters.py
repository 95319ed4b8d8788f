"""What the rate limit has counted: in one file for all processes of a server."""

from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path

from limits.storage import Storage

PRUNE_EVERY = 1000  # counts of a process, after which it deletes those that have ended
BUSY_TIMEOUT_SECONDS = 5


class SharedCounters(Storage):
    """A store of the library `limits` in a SQLite file, which need not outlive the server. See decision 0038."""

    STORAGE_SCHEME = None  # it is made here, and not by a URL

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.file = file
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._counts = 0

    @property
    def base_exceptions(self) -> type[Exception]:
        """The errors of the file."""
        return sqlite3.Error

    def _opened(self) -> sqlite3.Connection:
        """Return the connection of this process, which is made in it: it must not be carried across a fork."""
        if self._connection is None:
            self._connection = sqlite3.connect(
                self.file, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False
            )
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = OFF")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS counter (key TEXT PRIMARY KEY, count INTEGER, ends REAL) WITHOUT ROWID"
            )
        return self._connection

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add to a count, or begin it anew where it has ended. Return it. `expiry` is in seconds."""
        now = time.time()
        with self._lock:
            opened = self._opened()
            self._counts += 1
            if self._counts % PRUNE_EVERY == 0:
                opened.execute("DELETE FROM counter WHERE ends <= ?", (now,))
            rows = opened.execute(
                "INSERT INTO counter VALUES (:key, :amount, :ends) ON CONFLICT (key) DO UPDATE SET "
                "count = iif(ends <= :now, :amount, count + :amount), ends = iif(ends <= :now, :ends, ends) "
                "RETURNING count",
                {"key": key, "amount": amount, "now": now, "ends": now + expiry},
            ).fetchall()
        return int(rows[0][0])

    def get(self, key: str) -> int:
        """Return a count; 0 where it has ended."""
        with self._lock:
            row = (
                self._opened()
                .execute("SELECT count FROM counter WHERE key = ? AND ends > ?", (key, time.time()))
                .fetchone()
            )
        return int(row[0]) if row else 0

    def get_expiry(self, key: str) -> float:
        """Return when a count ends, in seconds since 1970; now where there is none."""
        with self._lock:
            row = self._opened().execute("SELECT ends FROM counter WHERE key = ?", (key,)).fetchone()
        return float(row[0]) if row else time.time()

    def check(self) -> bool:
        """Return whether the file can be used."""
        with self._lock:
            return bool(self._opened().execute("SELECT 1").fetchone())

    def reset(self) -> int:
        """Forget all counts. Return how many there were."""
        with self._lock:
            return self._opened().execute("DELETE FROM counter").rowcount

    def clear(self, key: str) -> None:
        """Forget a count."""
        with self._lock:
            self._opened().execute("DELETE FROM counter WHERE key = ?", (key,))
