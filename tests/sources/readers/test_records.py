"""Read records from streams of each format, and say why a record cannot be read."""

from __future__ import annotations

import io
import tracemalloc
from typing import Any

import pytest

from api.sources.readers import MAX_RECORD_BYTES, Bad, Stream, read_records

LONG = "longer than 0 MiB"  # where a record may have 100 bytes
COLUMNS = "one of url, title, publisher, author, published, language, text, html"


class Trickle(io.BytesIO):
    """Give a few bytes at a time, as a network does."""

    def read1(self, size: int | None = -1, /) -> bytes:
        return super().read1(3 if size else 0)


def read(form: str, stream: Stream, max_bytes: int = MAX_RECORD_BYTES) -> list[tuple[int, Any]]:
    """Return the line and the value of each record, or the line and why it cannot be read."""
    return [
        (record.line, str(record.value) if isinstance(record.value, Bad) else record.value)
        for record in read_records(stream, form, max_bytes)
    ]


@pytest.mark.parametrize(
    ("form", "content", "expected"),
    [
        ("ndjson", b"", []),
        ("ndjson", b'\n{"a": 1}\r\n \n{"a": 2}', [(2, {"a": 1}), (4, {"a": 2})]),
        ("ndjson", b"\xef\xbb\xbf{}", [(1, {})]),
        ("ndjson", b'no\n[]\n{"a": "\xff"}\n{"a": "\xe9"}\n{"a": "\xc3\xa9"}', [
            (1, "not JSON: Expecting value (column 1)"), (2, "not a JSON object"), (3, "not UTF-8 (byte 8)"),
            (4, "not UTF-8 (byte 8)"), (5, {"a": "é"})]),
        ("ndjson", b'{"a": NaN}\n{"a": ' + b"9" * 5_000 + b"}\n" + b"[" * 100_000 + b"\n{}", [
            (1, "not JSON: NaN"), (2, "not read: a number is too long"), (3, "not read: JSON that is nested more than 64 deep"),
            (4, {})]),
        ("ndjson", b"".join(b'{"a": %s%s}\n' % (b"[" * depth, b"]" * depth) for depth in (64, 970, 1_023)) + b"{}", [
            *((line, "not read: JSON that is nested more than 64 deep") for line in (1, 2, 3)), (4, {})]),
        ("ndjson", b'{"a": [' + b"1," * 500_000 + b"1]}\n{}", [
            (1, "not read: JSON that has more than 500,000 values"), (2, {})]),
        ("json", b"", [(1, "not JSON: Expecting value (column 1)")]),
        ("json", b'\xef\xbb\xbf\n {"a":\n 1}\n', [(2, {"a": 1})]),
        ("json", b'"text"', [(1, "not a JSON object")]),
        ("json", b"[]", []),
        ("json", b" [ ] \n", []),
        ("json", b'[{"a": 1}]', [(1, {"a": 1})]),
        ("json", b'\n[\n  {"a": [1, {"b": "],}"}]},\n\n  {"a": "\\"[\\\\"}\n]\n', [
            (3, {"a": [1, {"b": "],}"}]}), (5, {"a": '"[\\'})]),
        ("json", b'[3, {"a": "x" "y"}, {"a": NaN}, {"a": "\\ud800"}, {"a": "\xff"}, }, {]}, {"a": 2}]', [
            (1, "not a JSON object"), (1, "not JSON: Expecting ',' delimiter (column 11)"), (1, "not JSON: NaN"),
            (1, {"a": "\ud800"}), (1, "not UTF-8 (byte 8)"), (1, "not JSON: Expecting value (column 1)"),
            (1, "not JSON: Expecting property name enclosed in double quotes (column 2)"), (1, {"a": 2})]),
        ("json", b'[{"a": 1},]', [(1, {"a": 1}), (1, "not JSON: Expecting value (column 1)")]),
        ("json", b'[{"a": 1}, {"a": 2}', [(1, {"a": 1}), (1, "the JSON breaks off before the end of its list")]),
        ("json", b'[{"a": 1}] {"a": 2}', [(1, {"a": 1}), (1, "more follows after the end of the list")]),
        ("json", b"[", [(1, "the JSON breaks off before the end of its list")]),
        ("json", b'[{"a": 1}]\n\n \nmore', [(1, {"a": 1}), (1, "more follows after the end of the list")]),
        ("json", b'[{"a": "x\\\\"}, {"a": "\\u00e9\\""}]', [(1, {"a": "x\\"}), (1, {"a": 'é"'})]),
        ("csv", b"", []),
        ("csv", b'Text,url\r\n"He said ""no"",\nand left.",u\r\n\r\nB.,\r\n', [
            (2, {"text": 'He said "no",\nand left.', "url": "u"}), (5, {"text": "B."})]),
        ("csv", b"\xef\xbb\xbfurl;text\nu;A, b.\n", [(2, {"url": "u", "text": "A, b."})]),
        ("csv", b"url\ttext\nu\tA.", [(2, {"url": "u", "text": "A."})]),
        ("csv", b'text,url\nA.\nB.,u,v\n"C,"x,u\nD.,caf\xe9\n5" pipes,u\n', [
            (2, "the row has 1 cell, and the first row 2 cells"), (3, "the row has 3 cells, and the first row 2 cells"),
            (4, "not CSV: ',' expected after '\"'"), (5, "not UTF-8"), (6, {"text": '5" pipes', "url": "u"})]),
        ("csv", b'text\nA.\n"B.\nC.', [(2, {"text": "A."}), (3, "not CSV: unexpected end of data")]),
        ("csv", b"url,title\nu,A.", [(1, "the first row names neither text nor html")]),
        ("csv", b"text,url,text\nA.,u,B.", [(1, "the first row names text twice")]),
        ("csv", b"text,titel\nA.,u", [(1, f"the first row names 'titel', which is not {COLUMNS}")]),
        ("csv", "text,url".encode("utf-16"), [(1, "not UTF-8")]),
        ("csv", b'"text\n', [(1, "not CSV: unexpected end of data")]),
    ],
)  # fmt: skip
def test_reads_records(form: str, content: bytes, expected: list[tuple[int, Any]]) -> None:
    varies = "',' delimiter" in str(expected) or "',' expected" in str(expected)  # with Python's version
    seen = without_reasons if varies else list
    for stream in (io.BytesIO(content), Trickle(content)):
        assert seen(read(form, stream)) == seen(expected)


def without_reasons(records: list[tuple[int, Any]]) -> list[tuple[int, Any]]:
    return [(line, "failed" if isinstance(value, str) else value) for line, value in records]


@pytest.mark.parametrize(
    ("form", "content", "expected"),
    [
        ("ndjson", b'{"a": "' + b"x" * 300 + b'"}\n{}\n' + b"y" * 101, [(1, LONG), (2, {}), (3, LONG)]),
        ("json", b'[{"a": "' + b"],{" * 100 + b'"}, {}, {"a": "' + b"x" * 101 + b'"}]', [(1, LONG), (1, {}), (1, LONG)]),
        ("json", b'{"a": "' + b"x" * 101 + b'"}', [(1, LONG)]),
        ("csv", b'text\n"' + b'x ""y"",\n' * 50 + b'"\nB.\n' + b"x" * 101 + b"\nC.", [
            (2, LONG), (53, {"text": "B."}), (54, LONG), (55, {"text": "C."})]),
        ("csv", b"x" * 300, [(1, LONG)]),
    ],
)  # fmt: skip
def test_skips_long_records(form: str, content: bytes, expected: list[tuple[int, Any]]) -> None:
    for stream in (io.BytesIO(content), Trickle(content)):
        assert read(form, stream, max_bytes=100) == expected
    sizes = [record.size for record in read_records(io.BytesIO(content), form, max_bytes=100)]
    assert sum(sizes) == pytest.approx(len(content), abs=8)


class Endless(io.RawIOBase):
    """50 MB without an end of line, then good records."""

    def __init__(self, start: bytes, end: bytes) -> None:
        self.parts = [start, *[b"x" * 65536] * 800, end]

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        chunk = self.parts[0][: len(buffer)] if self.parts else b""
        if self.parts:
            self.parts[0] = self.parts[0][len(chunk) :]
            self.parts = self.parts if self.parts[0] else self.parts[1:]
        buffer[: len(chunk)] = chunk
        return len(chunk)


@pytest.mark.parametrize(
    ("form", "start", "end", "good"),
    [
        ("ndjson", b'{"text": "', b'"}\n{"text": "A."}', {"text": "A."}),
        ("json", b'[{"text": "', b'"}, {"text": "A."}]', {"text": "A."}),
        ("csv", b'text\n"', b'"\nA.', {"text": "A."}),
    ],
)
def test_bounds_the_memory_for_long_lines(form: str, start: bytes, end: bytes, good: dict[str, str]) -> None:
    tracemalloc.start()
    found = read(form, io.BufferedReader(Endless(start, end)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [value for _, value in found] == ["longer than 32 MiB", good]
    assert peak < 2.5 * MAX_RECORD_BYTES  # a line as it grows, and its copy


class Broken(io.BytesIO):
    def readline(self, size: int | None = -1, /) -> bytes:
        line = super().readline(size)
        if not line:
            raise ConnectionResetError
        return line

    def read1(self, size: int | None = -1, /) -> bytes:
        return self.readline(size)


@pytest.mark.parametrize(
    ("form", "content", "good"),
    [("ndjson", b"{}\n{}\n", 2), ("json", b"[{},\n{},\n{", 2), ("csv", b"text\nA.\nB.\n", 2)],
)
def test_reports_a_broken_stream_after_its_records(form: str, content: bytes, good: int) -> None:
    found = [value for _, value in read(form, Broken(content))]
    assert found[good:] == ["ConnectionResetError"]
    assert all(isinstance(value, dict) for value in found[:good])
