"""NDJSON: one JSON object a line."""

from __future__ import annotations

from collections.abc import Iterator

from api.sources.readers.json_object import parse_or_bad
from api.sources.readers.record import CHUNK_BYTES, MAX_RECORD_BYTES, LineStream, Record, too_long


def read_ndjson(stream: LineStream, max_bytes: int = MAX_RECORD_BYTES) -> Iterator[Record]:
    """Yield the JSON objects of `stream`. Empty lines are skipped."""
    number = 0
    while line := stream.readline(max_bytes + 1):
        number += 1
        if len(line) > max_bytes:
            size = len(line) + sum(map(len, rest_of_line(stream, line)))
            yield Record(number, size, too_long(max_bytes))
        elif line.strip():
            yield Record(number, len(line), parse_or_bad(line))


def rest_of_line(stream: LineStream, line: bytes) -> Iterator[bytes]:
    """Yield, in pieces, what is left of a line of which `line` has been read."""
    while not line.endswith(b"\n") and (line := stream.readline(CHUNK_BYTES)):
        yield line
