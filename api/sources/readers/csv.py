"""CSV (RFC 4180): one record a row, with the names of its fields in the first row."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from api.sources.readers.ndjson import rest_of_line
from api.sources.readers.record import CHUNK_BYTES, MAX_RECORD_BYTES, Bad, LineStream, Record, too_long

COLUMNS = ("url", "title", "publisher", "author", "published", "language", "text", "html")
_NOT_UTF8 = re.compile("[\udc80-\udcff]")  # how Python's surrogateescape keeps bytes that are not UTF-8


def read_csv(stream: LineStream, max_bytes: int = MAX_RECORD_BYTES) -> Iterator[Record]:
    """Yield the rows of CSV as objects by the names in the first row. Empty cells are left out, empty rows skipped.

    The delimiter is the one of comma, semicolon and tab that the first row has most of. If the first row names no text,
    one column twice or a column that articles do not have, the whole file is one Bad record.
    """
    first = stream.readline(max_bytes + 1)
    lines = _Lines(stream, first, max_bytes)
    delimiter = max(",;\t", key=first.decode("utf-8", "replace").count)
    csv.field_size_limit(max_bytes)  # for the whole process: it is 131,072 characters, and articles can be longer
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    header: list[str] | None = None
    while True:
        lines.begin_row()
        value: dict[str, str] | Bad
        try:
            row = next(rows)
            if any(map(_NOT_UTF8.search, row)):
                raise Bad("not UTF-8")
            if header is None:
                header = _header(row)
                continue
            if not any(row):
                continue
            if len(row) != len(header):
                raise Bad(f"{len(row)} cells where the first row has {len(header)}")
            value = {name: cell for name, cell in zip(header, row, strict=True) if cell}
        except StopIteration:
            return
        except csv.Error as error:
            value = Bad(f"not CSV: {error}")
        except Bad as error:
            value = error
        yield Record(lines.row_line, lines.row_size, value)
        if header is None:
            return


def _header(row: list[str]) -> list[str]:
    """Return the names of the columns. Raise Bad for an unknown name, a name given twice, and if there is no text."""
    names = [name.strip().lower() for name in row]
    for name in names:
        if name not in COLUMNS:
            raise Bad(f"the first row names {name[:40]!r}, which is not one of {', '.join(COLUMNS)}")
        if names.count(name) > 1:
            raise Bad(f"the first row names {name} twice")
    if "text" not in names and "html" not in names:
        raise Bad("the first row names neither text nor html")
    return names


class _Lines:
    """The lines of a CSV file, decoded, for csv.reader. It knows where the current row begins, and its size."""

    def __init__(self, stream: LineStream, first: bytes, max_bytes: int) -> None:
        self.stream, self.first, self.max_bytes = stream, first, max_bytes
        self.line = self.row_line = self.row_size = self.row_quotes = 0

    def begin_row(self) -> None:
        """Count from here: the next line begins a row."""
        self.row_line, self.row_size, self.row_quotes = self.line + 1, 0, 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        """Return the next line. If the row is too long, skip the rest of it and raise Bad."""
        line, self.first = self.first or self.stream.readline(self.max_bytes + 1), b""
        if not line:
            raise StopIteration
        self._count(line)
        if self.row_size > self.max_bytes:
            while True:
                for piece in rest_of_line(self.stream, line):
                    self._count(piece, new_line=False)
                # An odd number of quotation marks: the row goes on in the next line.
                if self.row_quotes % 2 == 0 or not (line := self.stream.readline(CHUNK_BYTES)):
                    raise too_long(self.max_bytes)
                self._count(line)
        return line.decode("utf-8-sig" if self.line == 1 else "utf-8", "surrogateescape")

    def _count(self, piece: bytes, *, new_line: bool = True) -> None:
        self.line += new_line
        self.row_size += len(piece)
        self.row_quotes += piece.count(b'"')
