"""Write a file: whole or not at all, never over the database, and over another file only if the user wants that."""

from __future__ import annotations

import errno
import fcntl
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

PART = ".verbatim.part"  # how the names of files end that are being written
# What stands beside a SQLite database: SQLite's own files, the queue of background work, and a restore.
BESIDE_DATABASE = (
    "",
    "-wal",
    "-shm",
    "-journal",
    "-queue",
    "-queue-wal",
    "-queue-shm",
    "-queue-journal",
    ".restore",
    "-wal-of-former-file",
)


NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})  # errors of a disk, or of somebody's part of it, that is full


def why(error: OSError) -> str:
    """Return in a few words why a file cannot be read or written. A full disk is called a full disk."""
    from api.database.outages import FULL

    return FULL if error.errno in NO_ROOM else error.strerror or str(error)


def force_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option --force, for `check_target`."""
    says = "Overwrite FILE if it is there. Without it you are asked, and off a terminal it is refused."
    return click.option("--force", is_flag=True, help=says)(command)


def check_target(file: Path, database: Path | None, *, force: bool) -> None:
    """Raise ClickException if `file` may not be written. Ask the user before an existing file is overwritten.

    `database` is the file of the SQLite database; its files are never overwritten, whatever the user says.
    """
    part = file.with_name(f"{file.name}{PART}")
    for written in (file, part) if database else ():
        for taken in (Path(f"{database}{ending}") for ending in BESIDE_DATABASE):
            if written.resolve() == taken.resolve() or (
                written.exists() and taken.exists() and written.samefile(taken)
            ):
                raise click.ClickException(f"{file} belongs to the database; name another file")
    if not file.exists():
        return
    if not file.is_file():
        raise click.ClickException(f"{file} is no regular file; name another, or write to standard output")
    if force:
        return
    if not sys.stdin.isatty():
        raise click.ClickException(f"{file} is there already; --force overwrites it")
    if not click.confirm(f"{file} is there already. Overwrite it?", err=True):
        raise click.ClickException("Nothing was written.")


@contextmanager
def whole_file(file: Path, mode: int = 0o666) -> Iterator[Path]:
    """Yield the path of an empty file to write, which becomes `file` if no error is raised, and else is removed.

    It is on the disk before it gets its name. What killed commands left in the folder is removed. Raise OSError.
    """
    from api.database.backups.base import write_through

    _remove_left(file.parent)
    part = file.with_name(f"{file.name}{PART}")
    descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)  # until this process ends, however it does
        yield part
        os.fsync(descriptor)
        part.replace(file)
        write_through(file.parent)
    finally:
        part.unlink(missing_ok=True)
        os.close(descriptor)


def _remove_left(folder: Path) -> None:
    """Remove the files in a folder that were being written when their commands were killed: nobody holds their lock."""
    for part in folder.glob(f"*{PART}"):
        try:
            descriptor = os.open(part, os.O_RDONLY)
        except OSError:
            continue  # it is somebody else's, or gone
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            part.unlink(missing_ok=True)
        except BlockingIOError:
            continue  # it is being written
        finally:
            os.close(descriptor)
