"""CSV (RFC 4180): one record a row, with the names of its fields in the first row."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from api.sources.readers.ndjson import rest_of_line
from api.sources.readers.record import CHUNK_BYTES, MAX_RECORD_BYTES, Bad, LineStream, Record, too_long

COLUMNS = ("url", "title", "publisher", "author", "published", "language", "text", "html")
_NOT_UTF8 = re.compile("[\udc80-\udcff]")  # how Python's surrogateescape keeps bytes that are not UTF-8
_SEPARATOR = re.compile(rb"(?:\xef\xbb\xbf)?\"?sep=([,;\t])\"?\r?\n", re.IGNORECASE)  # the line by which Excel is told


@dataclass(frozen=True, slots=True)
class Spreadsheet:
    """How to read CSV as people save it from spreadsheets.

    Columns that articles do not have are left out, `columns` says which of them are fields of articles under another name,
    and a file whose first letter beyond ASCII is no UTF-8 is Windows-1252. Without this, all that is an error.
    """

    columns: Mapping[str, str] = field(default_factory=dict)  # the name of a column, folded: a name of COLUMNS


def fold_column(name: str) -> str:
    """Return the name of a column as names are compared: without regard to case and spaces."""
    return " ".join(name.split()).lower()


def read_csv(
    stream: LineStream, max_bytes: int = MAX_RECORD_BYTES, spreadsheet: Spreadsheet | None = None
) -> Iterator[Record]:
    """Yield the rows of CSV as objects by the names in the first row. Empty cells are left out, empty rows skipped.

    The delimiter is the one of comma, semicolon and tab that the first row has most of, or a first line `sep=;` names. If
    the first row names no text, one column twice or a column that articles do not have, the whole file is one Bad record;
    `spreadsheet` forgives the last. The first record notes what was left out or guessed.
    """
    first, separator = stream.readline(max_bytes + 1), None
    if separator := _SEPARATOR.fullmatch(first):
        first = stream.readline(max_bytes + 1)
    lines = _Lines(stream, first, max_bytes, forgiving=spreadsheet is not None, skipped=separator)
    delimiter = separator[1].decode() if separator else max(",;\t", key=first.decode("utf-8", "replace").count)
    csv.field_size_limit(max_bytes)  # for the whole process: it is 131,072 characters, and articles can be longer
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    header: list[str | None] | None = None
    left_out: list[str] = []
    missing: list[str] = []
    noted: set[str] = set()
    while True:
        lines.begin_row()
        value: dict[str, str] | Bad
        try:
            row = next(rows)
            if any(map(_NOT_UTF8.search, row)):
                raise Bad("not UTF-8")
            if header is None:
                header, left_out = _header(row, spreadsheet)
                missing = _missing(row, spreadsheet)
                continue
            if not any(row):
                continue
            if len(row) != len(header):
                raise Bad(f"the row has {_cells(len(row))}, and the first row {_cells(len(header))}")
            value = {name: cell for name, cell in zip(header, row, strict=True) if name and cell}
        except StopIteration:
            return
        except csv.Error as error:
            value = Bad(f"not CSV: {error}")
        except Bad as error:
            value = error
        notes = [note for note in _notes(left_out, missing, lines) if note not in noted]
        noted.update(notes)
        yield Record(lines.row_line, lines.row_size, value, note="; ".join(notes) or None)
        if header is None:
            return


def _header(row: list[str], spreadsheet: Spreadsheet | None) -> tuple[list[str | None], list[str]]:
    """Return the fields that the columns are, None for those to leave out, and the names of these.

    Raise Bad for an unknown name (without `spreadsheet`), a field given twice, and if there is no text.
    """
    columns = spreadsheet.columns if spreadsheet else {}
    names: list[str | None] = []
    left_out: list[str] = []
    for cell in row:
        name = columns.get(fold_column(cell), fold_column(cell))
        if name in names:
            raise Bad(f"the first row names {name} twice")
        if name in COLUMNS:
            names.append(name)
            continue
        if spreadsheet is None:
            raise Bad(f"the first row names {name[:40]!r}, which is not one of {', '.join(COLUMNS)}")
        names.append(None)
        if name:
            left_out.append(cell.strip())
    if "text" not in names and "html" not in names:
        named = f" ({', '.join(left_out)[:200]})" if left_out else ""
        raise Bad(f"the first row names neither text nor html{named}")
    return names, left_out


def _missing(row: list[str], spreadsheet: Spreadsheet | None) -> list[str]:
    """Return the columns that `spreadsheet` names and the first row does not have."""
    there = set(map(fold_column, row))
    return [name for name in (spreadsheet.columns if spreadsheet else {}) if name not in there]


def _notes(left_out: list[str], missing: list[str], lines: _Lines) -> Iterator[str]:
    """Yield what is to be said of a file: which columns were left out or are missing, and which encoding was guessed."""
    if missing:
        yield f"there is no column {' and no column '.join(name[:40] for name in missing)}"
    if left_out:
        what = "column" if len(left_out) == 1 else "columns"
        yield f"{what} left out: {', '.join(name[:40] for name in left_out)}"
    if lines.encoding == "cp1252":
        yield "not UTF-8, so read as Windows-1252"


class _Lines:
    """The lines of a CSV file, decoded, for csv.reader. It knows where the current row begins, and its size."""

    def __init__(
        self, stream: LineStream, first: bytes, max_bytes: int, *, forgiving: bool, skipped: re.Match[bytes] | None
    ) -> None:
        self.stream, self.first, self.max_bytes = stream, first, max_bytes
        self.line = self.row_line = self.row_size = self.row_quotes = 0
        self.encoding = None if forgiving else "utf-8"  # None until the first character beyond ASCII tells
        if skipped:
            self.line = 1

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
        if self.encoding is None and not line.isascii():
            self.encoding = "utf-8" if _is_utf8(line) else "cp1252"
        return line.removeprefix(codecs.BOM_UTF8).decode(self.encoding or "ascii", "surrogateescape")

    def _count(self, piece: bytes, *, new_line: bool = True) -> None:
        self.line += new_line
        self.row_size += len(piece)
        self.row_quotes += piece.count(b'"')


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True
