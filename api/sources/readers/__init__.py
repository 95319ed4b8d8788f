"""Readers: streams of bytes as records, from NDJSON, CSV and JSON, and from gzip of each.

A record that cannot be read becomes a `Bad` in its place, and the next one is read all the same. However long the stream
is, memory holds one record of at most MAX_RECORD_BYTES at a time. The readers know nothing of what records mean.
"""

from __future__ import annotations

from collections.abc import Iterator

from api.sources.readers.csv import Spreadsheet, read_csv
from api.sources.readers.json_array import read_json
from api.sources.readers.ndjson import read_ndjson
from api.sources.readers.record import MAX_RECORD_BYTES, Bad, Record, Stream

__all__ = ["MAX_RECORD_BYTES", "Bad", "Record", "Spreadsheet", "Stream", "read_records"]

_READERS = {"ndjson": read_ndjson, "json": read_json}


def read_records(
    stream: Stream, form: str, max_bytes: int = MAX_RECORD_BYTES, spreadsheet: Spreadsheet | None = None
) -> Iterator[Record]:
    """Yield the records of `stream`, whose form is "ndjson", "csv" or "json"; each has at most `max_bytes`.

    `spreadsheet` says how forgiving CSV is read. If the stream itself fails with Bad or OSError, the last record says so. A
    record is never cut short.
    """
    line = 0
    try:
        read = read_csv(stream, max_bytes, spreadsheet) if form == "csv" else _READERS[form](stream, max_bytes)
        for record in read:
            line = record.line
            yield record
    except Bad as error:
        yield Record(line + 1, 0, error)
    except OSError as error:
        yield Record(line + 1, 0, Bad(error.strerror or type(error).__name__))
