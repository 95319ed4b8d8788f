"""Read whole, damaged and malicious gzip streams."""

from __future__ import annotations

import gzip
import io
import json
import zlib

import pytest

from api.sources.readers import read_records
from api.sources.readers.gzip import gunzip

LINES = b"".join(json.dumps({"a": number}).encode() + b"\n" for number in range(20_000))
PACKED = gzip.compress(LINES, mtime=0)


@pytest.mark.parametrize(
    ("packed", "reason", "some"),
    [
        (PACKED[: len(PACKED) // 2], "the gzip data break off before their end", True),
        (PACKED[:-4], "the gzip data break off before their end", True),
        (PACKED + b"more", "not gzip: Not a gzipped file (b'mo')", True),
        (b"plain", "not gzip: Not a gzipped file (b'pl')", False),
        (PACKED[:10] + b"\xff" * 20, "the gzip data are damaged", False),
        (PACKED[:-8] + zlib.crc32(b"x").to_bytes(4, "little") + PACKED[-4:], "not gzip: CRC check failed", True),
        (PACKED * 50, "more than 2,000,000 bytes come out of the gzip data", True),
    ],
)
def test_reports_damaged_gzip(packed: bytes, reason: str, some: bool) -> None:
    found = list(read_records(gunzip(io.BytesIO(packed), 2_000_000), "ndjson"))
    assert str(found[-1].value).startswith(reason)
    assert (len(found) > 1000) is some
    assert [record.value for record in found[:-1]] == [{"a": number % 20_000} for number in range(len(found) - 1)]


def test_reads_all_members() -> None:
    assert len(list(read_records(gunzip(io.BytesIO(PACKED + PACKED), 2_000_000), "ndjson"))) == 40_000


def test_stops_a_gzip_bomb() -> None:
    bomb = io.BytesIO(gzip.compress(b"\n" * 10_000_000))
    [record] = read_records(gunzip(bomb, 10**9, ratio_after=100_000), "ndjson")
    assert str(record.value) == "the gzip data swell to more than 200 times their size"
