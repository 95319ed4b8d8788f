"""Notice that the file of a SQLite database was deleted or replaced while it was open.

SQLite itself goes on with the file that it opened: it reads old rows, and what it writes is lost. So a connection remembers
the device and inode of its file. They are compared when it leaves the pool and before it commits. What does not match is an
OperationalError until a file is there, and then the pool opens that.

A file must not meet the WAL or the shared memory of another: SQLite would take their pages for its own. So what the old file
left is put aside before the new one is opened, if nobody else has the new one open.
"""

from __future__ import annotations

import fcntl
import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote
from weakref import WeakValueDictionary

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import InvalidatePoolError, OperationalError

log = logging.getLogger(__name__)

# The bytes of a database file that SQLite locks (PENDING_BYTE). As long as a connection in WAL mode is open, some are locked.
LOCKED_FROM, LOCKED_BYTES = 0x40000000, 512
KEY = "verbatim_file"  # of what a connection in the pool remembers

Inode = tuple[int, int]  # device, inode


class FileReplaced(sqlite3.OperationalError):
    """The file was deleted, or another stands in its place. SQLAlchemy wraps it in its own OperationalError."""


class _Known:
    """What this process knows of a file: all its engines share it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.opened: Inode | None = None  # what was opened last
        # A descriptor of the WAL of a file that is gone. As long as it is open, no other WAL can have its inode.
        self.old_wal: int | None = None


_KNOWN: WeakValueDictionary[Path, _Known] = WeakValueDictionary()


class OpenFile:
    """The file of one engine. Unless `may_create`, no connection makes it; else the first one may."""

    def __init__(self, file: Path, *, may_create: bool) -> None:
        self.file = file.absolute()
        self.wal, self.shm = (self.file.with_name(f"{self.file.name}{ending}") for ending in ("-wal", "-shm"))
        self.may_create = may_create
        self.known = _KNOWN.setdefault(self.file, _Known())
        self._inodes: dict[int, Inode] = {}  # of connections that are being opened, by the connection's id()

    def watch(self, engine: Engine, configure: Callable[[Any, Any], None]) -> None:
        """Compare files from now on. `configure` is called with each connection that is opened."""
        event.listen(engine, "do_connect", self._open)
        event.listen(engine, "connect", configure)
        event.listen(engine, "connect", self._remember)
        event.listen(engine, "checkout", self._compare)
        event.listen(engine, "commit", self._compare_before_commit)

    def _open(self, dialect: Any, _record: Any, _arguments: Any, options: dict[str, Any]) -> Any:
        """Return a connection to the file that is there now."""
        with self.known.lock:
            there = _inode(self.file)
            if there is None:
                if self.may_create:
                    return None  # SQLAlchemy makes it
                raise FileReplaced(f"the database's file {self.file} is not there")
            if self.known.opened not in (None, there):
                self._put_aside()
            uri = f"file:{quote(str(self.file))}?mode=rw"  # never makes a file
            connection = dialect.connect(uri, uri=True, **options)
            try:
                self._check(there)  # before SQLite opens the WAL, which it does when it reads
                self._probe(connection)
                self._check(there)
            except sqlite3.Error:
                connection.close()  # who opens the file next must be alone
                raise
            if self.known.opened not in (None, there):
                log.warning("the database's file was replaced, and the new one is open: %s", self.file)
            self.known.opened = self._inodes[id(connection)] = there
            return connection

    def _check(self, there: Inode) -> None:
        if _inode(self.file) != there:
            raise FileReplaced(f"the database's file {self.file} was replaced while it was opened")

    def _probe(self, connection: Any) -> None:
        """Read something, so that SQLite opens the file and its WAL."""
        try:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:
            raise FileReplaced(f"the database's file {self.file} cannot be used: {error}") from None

    def _remember(self, connection: Any, record: Any) -> None:
        self._probe(connection)  # a new file had no WAL before
        opened = self._inodes.pop(id(connection), None)
        if opened is None:  # SQLAlchemy made it
            self.known.opened = opened = _inode(self.file)
        self.may_create = False
        record.info[KEY] = (opened, _inode(self.wal))

    def _compare(self, _connection: Any, record: Any, _proxy: Any) -> None:
        """Have the pool open the file anew if it is another now."""
        opened, wal = record.info.get(KEY, (None, None))
        if opened is None or _inode(self.file) == opened:
            return
        with self.known.lock:
            self._keep_wal(wal)
        log.error("the database's file was deleted or replaced: %s", self.file)
        raise InvalidatePoolError(f"the database's file {self.file} was deleted or replaced")

    def _keep_wal(self, inode: Inode | None) -> None:
        """Keep the WAL of a connection open that is open itself, to know it again."""
        if inode is None or _inode(self.wal) != inode:
            return  # it is not there any more
        self._forget_wal()
        try:
            self.known.old_wal = os.open(self.wal, os.O_RDONLY)
        except OSError:
            return

    def _forget_wal(self) -> None:
        if self.known.old_wal is not None:
            os.close(self.known.old_wal)
            self.known.old_wal = None

    def _compare_before_commit(self, connection: Connection) -> None:
        opened, _ = connection.info.get(KEY, (None, None))
        if opened is not None and _inode(self.file) != opened:
            error = FileReplaced(f"the database's file {self.file} was deleted or replaced; nothing was stored")
            raise OperationalError("COMMIT", None, error)

    def _put_aside(self) -> None:
        """Rename the WAL that the former file left, and remove its shared memory, unless others have the new file open."""
        with _alone(self.file) as alone:
            if not alone:
                return
            found = _inode(self.wal)
            if found is not None and self.known.old_wal is not None and found == _of(os.fstat(self.known.old_wal)):
                aside = self.wal.with_name(f"{self.wal.name}-of-former-file")
                self.wal.replace(aside)
                log.warning("the former file's WAL was put aside: %s", aside)
            elif found is not None and self.wal.stat().st_size == 0:  # it has no pages
                self.wal.unlink()
            self.shm.unlink(missing_ok=True)  # SQLite makes it again from the WAL
            self._forget_wal()


def _inode(file: Path) -> Inode | None:
    try:
        return _of(file.stat())
    except OSError:
        return None


def _of(found: os.stat_result) -> Inode:
    return found.st_dev, found.st_ino


@contextmanager
def _alone(file: Path) -> Iterator[bool]:
    """Keep other processes from opening a database. Yield False if one has it open.

    This process must not have it open: the end would take its locks away.
    """
    descriptor = os.open(file, os.O_RDWR)
    try:
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, LOCKED_BYTES, LOCKED_FROM)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)
