"""What every reader takes and gives: streams of bytes, records, and what is wrong with a record."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

# A text of 1,000,000 code points takes 12 million bytes if each is escaped as two \uXXXX.
MAX_RECORD_BYTES = 32 * 1024 * 1024
CHUNK_BYTES = 64 * 1024  # read from a stream at a time


class Bad(ValueError):
    """A record that cannot be read. The message says why, on one line."""


class LineStream(Protocol):
    """A stream that can be read line by line."""

    def readline(self, size: int, /) -> bytes:
        """Return the next line, or its first `size` bytes."""


class Stream(LineStream, Protocol):
    """A stream of bytes, such as a file opened as "rb", an io.BytesIO or an io.BufferedReader."""

    def read1(self, size: int, /) -> bytes:
        """Return some bytes, at most `size`, and none at the end."""


class Record(NamedTuple):
    """One record of a stream, or the reason why it cannot be read.

    `line` is where it begins in its stream, from 1, and `size` is the bytes that it takes there. `where` names its place for
    people, as FILE, FILE:LINE or FILE#NUMBER; it is empty where the stream has no
    name. `note` says what was left out of the stream, or guessed about it.
    """

    line: int
    size: int
    value: dict[str, Any] | Bad
    where: str = ""
    note: str | None = None


def too_long(max_bytes: int) -> Bad:
    """Return the error of a record that is longer than `max_bytes`."""
    return Bad(f"longer than {max_bytes // 1024**2} MiB")
