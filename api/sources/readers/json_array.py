"""JSON files: a list of objects, or one object.

A list is cut at the commas between its brackets before anything is parsed. So an item that is not JSON spoils no other one,
and memory holds one item at a time (decision 0010).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from api.sources.readers.json_object import parse_or_bad
from api.sources.readers.record import CHUNK_BYTES, MAX_RECORD_BYTES, Bad, Record, Stream, too_long

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_IN_STRING = re.compile(rb'["\\\n]')
_OUTSIDE_STRING = re.compile(rb'["\[\]{},\n]')


def read_json(stream: Stream, max_bytes: int = MAX_RECORD_BYTES) -> Iterator[Record]:
    """Yield the JSON objects of the list that `stream` holds, or the one object that it holds."""
    line, chunk = 1, stream.read1(CHUNK_BYTES).removeprefix(_BYTE_ORDER_MARK) or stream.read1(CHUNK_BYTES)
    while chunk and not chunk.strip():
        line, chunk = line + chunk.count(b"\n"), stream.read1(CHUNK_BYTES)
    line += _leading_lines(chunk)
    chunk = chunk.lstrip()
    if chunk.startswith(b"["):
        yield from _List(stream, line, max_bytes).items(chunk[1:])
    else:
        yield _single(stream, chunk, line, max_bytes)


def _single(stream: Stream, start: bytes, line: int, max_bytes: int) -> Record:
    """Return a stream of JSON that is not a list as one record. `start` has been read of it; it begins on `line`."""
    parts, size = [start], len(start)
    while chunk := stream.read1(CHUNK_BYTES):
        size += len(chunk)
        if size <= max_bytes:
            parts.append(chunk)
    return Record(line, size, too_long(max_bytes) if size > max_bytes else parse_or_bad(b"".join(parts)))


class _List:
    """A list that is read in chunks, with what must be remembered from one chunk to the next."""

    def __init__(self, stream: Stream, line: int, max_bytes: int) -> None:
        self.stream, self.max_bytes = stream, max_bytes
        self.line = line  # that is being read
        self.depth, self.in_string, self.escaped = 1, False, False
        # The item that is being read: the line on which the one before ended, its bytes so far, and how many they are. The
        # bytes are dropped when they are too many.
        self.item_line, self.item, self.size = line, bytearray(), 0

    def items(self, chunk: bytes) -> Iterator[Record]:
        """Yield the items of the list; `chunk` is what has been read of it behind its bracket."""
        first = True
        chunk = chunk or self.stream.read1(CHUNK_BYTES)
        while chunk:
            start = 0
            while (end := self._find_end(chunk, start)) is not None:
                self.item += chunk[start:end]
                self.size += end + 1 - start
                start, closes = end + 1, chunk[end] == ord("]")
                if self.item.strip() or self.size > self.max_bytes or not (first and closes):  # [] has no items
                    yield self._record()
                self.item_line, self.size, first = self.line, 0, False
                self.item.clear()
                if closes:
                    yield from self._after_end(chunk[start:])
                    return
            self.size += len(chunk) - start
            if self.size <= self.max_bytes:
                self.item += chunk[start:]
            else:
                self.item.clear()
            chunk = self.stream.read1(CHUNK_BYTES)
        yield Record(self.line, self.size, Bad("the JSON breaks off before the end of its list"))

    def _find_end(self, chunk: bytes, start: int) -> int | None:
        """Return where the comma or bracket stands that ends the item, from `start` on; None if it is not in this chunk."""
        line, depth, in_string = self.line, self.depth, self.in_string  # locals are faster
        after, self.escaped = start + self.escaped, False
        end = None
        while found := (_IN_STRING if in_string else _OUTSIDE_STRING).search(chunk, after):
            mark, after = found[0], found.end()
            if mark == b"\n":
                line += 1
            elif mark == b"\\":
                self.escaped = after == len(chunk)
                after += 1
            elif mark == b'"':
                in_string = not in_string
            elif mark in b"[{":
                depth += 1
            elif depth > 1:
                depth -= mark != b","
            elif mark in b",]":
                end = after - 1
                break
        self.line, self.depth, self.in_string = line, depth, in_string
        return end

    def _record(self) -> Record:
        raw = bytes(self.item)
        value = too_long(self.max_bytes) if self.size > self.max_bytes else parse_or_bad(raw.strip())
        return Record(self.item_line + _leading_lines(raw), self.size, value)

    def _after_end(self, chunk: bytes) -> Iterator[Record]:
        """Read to the end of the stream. Yield a Bad if more than white space follows the list."""
        size = 0
        while chunk or (chunk := self.stream.read1(CHUNK_BYTES)):
            size += len(chunk)
            if chunk.strip():
                yield Record(self.line, size, Bad("more follows after the end of the list"))
                return
            chunk = b""


def _leading_lines(raw: bytes) -> int:
    """Return how many line breaks stand in the white space that `raw` begins with."""
    return raw[: len(raw) - len(raw.lstrip())].count(b"\n")
