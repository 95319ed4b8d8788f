"""Streams of bytes as records: NDJSON, CSV and JSON, and gzip of each.

A record that cannot be read is a `Bad` in its place, and the next one is read all the same. Whatever the stream holds,
memory holds one record of at most LONGEST bytes at a time. What the records mean is nothing to this module.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import json
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple, NoReturn, Protocol

import orjson

# Bytes of one record. A text of 1,000,000 code points takes 12 million when each is escaped as two \uXXXX.
LONGEST = 32 * 1024 * 1024
COLUMNS = ("url", "title", "publisher", "author", "published", "language", "text", "html")
# Bytes that one byte of gzip may become: JSON of articles takes 3 to 10, of very even ones 100; a bomb has 1,000.
MOST_GZIP = 200
UNSUSPICIOUS = 64 * 1024 * 1024  # bytes out of gzip before that is looked at
_CHUNK = 64 * 1024
_NOT_UTF8 = re.compile("[\udc80-\udcff]")  # how Python's surrogateescape keeps bytes that are none
_IN_STRING = re.compile(rb'["\\\n]')
_BETWEEN = re.compile(rb'["\[\]{},\n]')


_CHARSET = r"charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]+)"
_IN_TYPE = re.compile(_CHARSET, re.IGNORECASE)
_IN_META = re.compile(b"<meta[^>]+" + _CHARSET.encode(), re.IGNORECASE)
# The families of encodings that pages are written in. Python knows others too, punycode for one, which takes time that
# grows with the square of the length.
_ENCODINGS = re.compile("utf-?16|iso-?(8859|2022)|latin|windows|cp|koi8|gb|big5|euc|shift|mac|us-ascii|ascii")
_AS_BROWSERS = {"ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254"}  # with the quotation marks of Windows
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class Bad(ValueError):
    """A record that cannot be read; the message says why, on one line."""


class Lines(Protocol):
    """What is read by the line."""

    def readline(self, size: int, /) -> bytes:
        """A line, or as much of it as `size` bytes are."""


class Stream(Lines, Protocol):
    """What is read here: a file opened as "rb", an io.BytesIO or an io.BufferedReader is one."""

    def read1(self, size: int, /) -> bytes:
        """Some bytes, at most `size`; none at the end."""


class Record(NamedTuple):
    """A record, or why there is none; the line of the stream on which it begins, from 1; and its size there in bytes."""

    line: int
    size: int
    value: dict[str, Any] | Bad


def records(stream: Stream, form: str) -> Iterator[Record]:
    """The records of `stream`, whose form is "ndjson", "csv" or "json".

    Where the stream itself fails (it raises Bad or OSError) the last record says so, and no record is half a one.
    """
    read = {"ndjson": lines, "csv": rows, "json": items}[form]
    line = 0
    try:
        for record in read(stream):
            line = record.line
            yield record
    except Bad as error:
        yield Record(line + 1, 0, error)
    except OSError as error:
        yield Record(line + 1, 0, Bad(error.strerror or type(error).__name__))


def lines(stream: Lines) -> Iterator[Record]:
    """The JSON objects of `stream`, one a line. Empty lines are passed over."""
    number = 0
    while line := stream.readline(LONGEST + 1):
        number += 1
        if len(line) > LONGEST:
            yield Record(number, len(line) + sum(len(more) for more in _rest(stream, line)), _too_long())
        elif line.strip():
            yield Record(number, len(line), _tried(line))


def items(stream: Stream) -> Iterator[Record]:
    """The JSON objects in the list that `stream` is, or the one object that it is.

    A list is cut at the commas between its brackets before anything is parsed, so that an item which is no JSON spoils no
    other one.
    """
    line, chunk = 1, stream.read1(_CHUNK).removeprefix(b"\xef\xbb\xbf") or stream.read1(_CHUNK)
    while chunk and not chunk.strip():
        line, chunk = line + chunk.count(b"\n"), stream.read1(_CHUNK)
    line += chunk[: len(chunk) - len(chunk.lstrip())].count(b"\n")
    chunk = chunk.lstrip()
    if not chunk.startswith(b"["):
        yield _whole(stream, chunk, line)
        return
    chunk = chunk[1:] or stream.read1(_CHUNK)
    deep, in_string, escaped = 1, False, False  # how many brackets are open, and whether a string is
    begun, held, size = line, bytearray(), 0  # the item: where it begins, and its bytes as long as they are wanted
    first, ended = True, False
    while chunk:
        at = after = 0  # in the chunk: where what is not yet held begins, and what is not yet looked at
        if escaped:
            after, escaped = after + 1, False
        while not ended and (found := (_IN_STRING if in_string else _BETWEEN).search(chunk, after)):
            mark, after = found[0], found.end()
            if mark == b"\n":
                line += 1
            elif mark == b"\\":
                after, escaped = after + 1, after == len(chunk)
            elif mark == b'"':
                in_string = not in_string
            elif mark in b"[{":
                deep += 1
            elif deep > 1:
                deep -= mark != b","
            elif mark in b",]":
                held += chunk[at : after - 1]
                size += after - at
                ended = mark == b"]"
                if held.strip() or size > LONGEST or not (first and ended):
                    yield _item(begun, size, held)
                begun, size, at, first = line, 0, after, False
                held.clear()
        size += len(chunk) - at
        if ended:
            if chunk[at:].strip():
                yield Record(line, size, Bad("more follows after the end of the list"))
                return
        elif size <= LONGEST:
            held += chunk[at:]
        else:
            held.clear()
        chunk = stream.read1(_CHUNK)
    if not ended:
        yield Record(line, size, Bad("the JSON breaks off before the end of its list"))


def rows(stream: Stream) -> Iterator[Record]:
    """The rows of CSV (RFC 4180) as objects by the names in its first row; empty cells are left out.

    Columns are parted by what the first row has most of: commas, semicolons or tabs. A first row without a text, with a name
    twice or with a name that no article has makes the whole file Bad, as one record.
    """
    first = stream.readline(LONGEST + 1)
    physical = _Physical(stream, first)
    delimiter = max(",;\t", key=first.decode("utf-8", "replace").count)
    csv.field_size_limit(LONGEST)  # of the whole process: 131,072 characters unless set, and articles can be longer
    reader = csv.reader(physical, delimiter=delimiter, strict=True)
    header: list[str] | None = None
    while True:
        physical.begin()
        value: dict[str, Any] | Bad
        try:
            row = next(reader)
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
        yield Record(physical.began, physical.size, value)
        if header is None:
            return


def parsed(raw: bytes) -> dict[str, Any]:
    """The JSON object that `raw` is, in UTF-8. Raises Bad."""
    value = parsed_any(raw)
    if not isinstance(value, dict):
        raise Bad("not a JSON object")
    return value


def parsed_any(raw: bytes) -> Any:
    """The JSON value that `raw` is, in UTF-8. Raises Bad."""
    with suppress(orjson.JSONDecodeError):  # what it refuses the other may take, and says better what is wrong
        return orjson.loads(raw)
    try:
        return json.loads(decoded(raw), parse_constant=_no_number)
    except json.JSONDecodeError as error:
        line = f"line {error.lineno}, " if error.lineno > 1 else ""
        raise Bad(f"not JSON: {error.msg} ({line}column {error.colno})") from None
    except RecursionError:
        raise Bad("not read: JSON nested too deeply") from None
    except Bad:
        raise
    except ValueError:  # Python refuses to read a number of more than 4,300 digits
        raise Bad("not read: a number is too long") from None


def decoded(raw: bytes) -> str:
    """`raw` as text, without a byte order mark. Raises Bad where it is no UTF-8."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Bad(f"not UTF-8 (byte {error.start + 1})") from None


def page(raw: bytes, content_type: str = "") -> str:
    """The text of a page of the web, whatever it and its `content_type` say of its encoding.

    By its byte order mark; UTF-8 where the bytes are such, since nothing else looks like it by chance; else by the charset of
    the Content-Type, by that of a <meta>, or as windows-1252. Encodings are read as browsers read them.
    """
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return raw.decode(encoding, "replace")
    with suppress(UnicodeDecodeError):
        return raw.decode()
    in_type, in_meta = _IN_TYPE.search(content_type), _IN_META.search(raw[:4096])
    for label in (in_type and in_type[1], in_meta and in_meta[1].decode()):
        if label and _ENCODINGS.match(label.lower()):
            with suppress(LookupError):
                name = codecs.lookup(label).name
                return raw.decode(_AS_BROWSERS.get(name, name), "replace")
    return raw.decode("windows-1252", "replace")


def gunzipped(stream: Stream, most: int) -> io.BufferedReader:
    """What the gzip data in `stream` holds. Reading raises Bad where they are broken or a bomb, or over `most` bytes."""
    return io.BufferedReader(_Gunzipped(stream, most), _CHUNK)


def _no_number(name: str) -> NoReturn:
    raise Bad(f"not JSON: {name}")


def _too_long() -> Bad:
    return Bad(f"longer than {LONGEST // 1024**2} MiB")


def _tried(raw: bytes) -> dict[str, Any] | Bad:
    try:
        return parsed(raw)
    except Bad as error:
        return error


def _rest(stream: Lines, line: bytes) -> Iterator[bytes]:
    """What is left of a line that was read in part, to pass over it."""
    while not line.endswith(b"\n") and (line := stream.readline(_CHUNK)):
        yield line


def _whole(stream: Stream, raw: bytes, line: int) -> Record:
    """A stream of JSON that is no list, as one record; `raw` is what has been read of it, at `line`."""
    parts, size = [raw], len(raw)
    while chunk := stream.read1(_CHUNK):
        size += len(chunk)
        if size <= LONGEST:
            parts.append(chunk)
    return Record(line, size, _too_long() if size > LONGEST else _tried(b"".join(parts)))


def _item(begun: int, size: int, held: bytearray) -> Record:
    """The record of an item of a list; `begun` is the line where the one before ended."""
    raw = bytes(held)
    line = begun + raw[: len(raw) - len(raw.lstrip())].count(b"\n")
    return Record(line, size, _too_long() if size > LONGEST else _tried(raw.strip()))


def _header(row: list[str]) -> list[str]:
    """The names of the columns. Raises Bad for one that there is not or that is there twice, and where the text has none."""
    names = [name.strip().lower() for name in row]
    for name in names:
        if name not in COLUMNS:
            raise Bad(f"the first row names {name[:40]!r}, which is not one of {', '.join(COLUMNS)}")
        if names.count(name) > 1:
            raise Bad(f"the first row names {name} twice")
    if "text" not in names and "html" not in names:
        raise Bad("the first row names neither text nor html")
    return names


class _Physical:
    """The lines of CSV, decoded, for csv.reader; it knows where the row begins that is being read, and how long it is."""

    def __init__(self, stream: Stream, first: bytes) -> None:
        self.stream, self.first = stream, first
        self.line = self.began = self.size = self.quotes = 0

    def begin(self) -> None:
        """A new row begins."""
        self.began, self.size, self.quotes = self.line + 1, 0, 0

    def __iter__(self) -> _Physical:
        return self

    def __next__(self) -> str:
        """The next line. Raises Bad where the row is too long, after the end of that row."""
        line, self.first = self.first or self.stream.readline(LONGEST + 1), b""
        if not line:
            raise StopIteration
        self.count(line)
        if self.size > LONGEST:
            while True:
                for more in _rest(self.stream, line):
                    self.count(more, new=False)
                if self.quotes % 2 == 0 or not (line := self.stream.readline(_CHUNK)):
                    raise _too_long()
                self.count(line)
        return line.decode("utf-8-sig" if self.line == 1 else "utf-8", "surrogateescape")

    def count(self, line: bytes, *, new: bool = True) -> None:
        """Count a line, or more of one."""
        self.line += new
        self.size += len(line)
        self.quotes += line.count(b'"')


class _Counted:
    """A stream as gzip reads it, which knows how many bytes it gave."""

    def __init__(self, stream: Stream) -> None:
        self.stream, self.given = stream, 0

    def read(self, size: int) -> bytes:
        """Some bytes."""
        chunk = self.stream.read1(size)
        self.given += len(chunk)
        return chunk


class _Gunzipped(io.RawIOBase):
    def __init__(self, stream: Stream, most: int) -> None:
        self.packed, self.most, self.given = _Counted(stream), most, 0
        self.gzip = gzip.GzipFile(fileobj=self.packed)  # type: ignore[call-overload]  # asks for more than it uses

    def readable(self) -> bool:
        """That it is: io.BufferedReader asks."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Give what is in the gzip data. Raises Bad."""
        try:
            chunk = self.gzip.read1(len(buffer))
        except EOFError:
            raise Bad("the gzip data break off before their end") from None
        except gzip.BadGzipFile as error:
            raise Bad(f"not gzip: {error}") from None
        except zlib.error:
            raise Bad("the gzip data are damaged") from None
        self.given += len(chunk)
        if self.given > self.most:
            raise Bad(f"more than {self.most:,} bytes come out of the gzip data")
        if self.given > UNSUSPICIOUS and self.given > MOST_GZIP * self.packed.given:
            raise Bad(f"the gzip data swell to more than {MOST_GZIP} times their size")
        buffer[: len(chunk)] = chunk
        return len(chunk)
