"""Files as records: articles in .txt, .html, .json, .ndjson and .csv, and in gzip of each."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path
from typing import Any

from api.sources.readers import MAX_RECORD_BYTES, Bad, Record, Spreadsheet, read_records
from api.sources.readers.encoding import decode_page, decode_utf8, utf16_as_utf8
from api.sources.readers.gzip import gunzip

FORMS = {".txt": "txt", ".html": "html", ".htm": "html", ".json": "json", ".ndjson": "ndjson", ".csv": "csv"}
HEADER_KEYS = ("url", "title", "publisher", "author", "published", "language")
STDIN = Path("-")
STDIN_NAME = "standard input"  # in messages
# Bytes that may come out of one file: an archive of a hundred million articles. Bombs are known by their ratio.
MAX_UNPACKED_BYTES = 1024**4

_LINE_BREAK = re.compile(r"\r\n?")
_HEADER_LINE = re.compile(rf"\s*({'|'.join(HEADER_KEYS)})\s*:", re.IGNORECASE)
# Three numbers, and perhaps a time of day, which has no zone and so tells nothing more.
_DATE = re.compile(
    r"(\d{1,4})[./-]\s?(\d{1,2})[./-]\s?(\d{1,4})\.?(?:[\sT,]+\d{1,2}[:.]\d{2}(?:[:.]\d{2})?)?", re.ASCII
)
_EMPTY_LINE = re.compile(r"\n[^\S\n]*\n")
_GZIP_MAGIC = b"\x1f\x8b"
_BEFORE_JSON = b"\xef\xbb\xbf \t\r\n"


@dataclass(frozen=True, slots=True)
class Reading:
    """How people wrote the files: the names of their columns, and the order of day, month and year (DMY, MDY, YMD)."""

    spreadsheet: Spreadsheet = field(default_factory=Spreadsheet)
    dates: str | None = None

    def dated(self, article: dict[str, Any]) -> dict[str, Any]:
        """Return an article with its date in ISO 8601, if it is written in this order."""
        found = _DATE.fullmatch(str(article.get("published")).strip()) if self.dates else None
        if not found:
            return article
        parts = dict(zip(self.dates or "", found.groups(), strict=True))
        if len(parts["Y"]) != 4 or not 1 <= int(parts["M"]) <= 12 or not 1 <= int(parts["D"]) <= 31:
            return article
        return {**article, "published": f"{parts['Y']}-{parts['M']:0>2}-{parts['D']:0>2}"}


def form_of(name: str) -> str | None:
    """Return the form of the file called `name`, with or without .gz: a value of FORMS, or None if it has none of them."""
    return FORMS.get(Path(name.lower().removesuffix(".gz")).suffix)


def find_files(paths: Iterable[Path]) -> list[Path]:
    """Return the files among `paths`, and the articles in the folders among them in order of name, without hidden ones."""
    found: list[Path] = []
    for path in paths:
        if path == STDIN or not path.is_dir():
            found.append(path)
            continue
        for folder, folders, names in os.walk(path):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            found += [Path(folder, name) for name in sorted(names) if not name.startswith(".") and form_of(name)]
    return found


def read_articles(
    path: Path, form: str = "ndjson", max_bytes: int = MAX_RECORD_BYTES, reading: Reading | None = None
) -> Iterator[Record]:
    """Yield the articles in a file, as the fields that POST /v1/articles takes, not yet validated.

    A file's name gives its form. Standard input, which is called `-`, has the given `form`. `reading` says how people wrote
    the file. What fails becomes a record
    with the reason. Sizes are bytes of the file, compressed ones too, so that they add up to its length.
    """
    where, reading = str(path), reading or Reading()
    try:
        if path == STDIN:
            with open(0, "rb", closefd=False) as stream:
                yield from _read_stream(stream, form, STDIN_NAME, max_bytes, reading)
            return
        known = form_of(path.name)
        if known is None:
            raise Bad(f"not one of {', '.join(FORMS)}, or .gz of these")
        with path.open("rb") as stream:
            read_bytes = 0
            for record in _read_stream(stream, known, where, max_bytes, reading):
                yield record._replace(size=stream.tell() - read_bytes)
                read_bytes = stream.tell()
    except Bad as error:
        yield Record(1, 0, error, where)
    except OSError as error:
        yield Record(1, 0, Bad(error.strerror or type(error).__name__), where)


def _read_stream(stream: BufferedReader, form: str, where: str, max_bytes: int, reading: Reading) -> Iterator[Record]:
    """Yield the records of a stream of `form`, or of gzip of it. Raise Bad or OSError if the file as a whole fails."""
    if stream.peek(2).startswith(_GZIP_MAGIC):
        stream = gunzip(stream, MAX_UNPACKED_BYTES)
    if form in ("txt", "html"):
        raw = stream.read(max_bytes + 1)
        if len(raw) > max_bytes:
            raise Bad(f"larger than {max_bytes // 1024**2} MiB")
        article = reading.dated(_parse_txt(decode_utf8(raw))) if form == "txt" else {"html": decode_page(raw)}
        yield Record(1, len(raw), article, where)
        return
    if form == "csv":
        stream = utf16_as_utf8(stream)
    # Items of a list often share a line, so that their number says more. A single object needs neither.
    is_single = form == "json" and not stream.peek(1).lstrip(_BEFORE_JSON).startswith(b"[")
    for number, record in enumerate(read_records(stream, form, max_bytes, reading.spreadsheet), 1):
        place = "" if is_single else f"#{number}" if form == "json" else f":{record.line}"
        value = record.value if isinstance(record.value, Bad) else reading.dated(record.value)
        yield record._replace(where=f"{where}{place}", value=value)


def _parse_txt(file: str) -> dict[str, Any]:
    r"""Return the article in a .txt file: a header up to the first empty line, if the first line is of one, and the text.

    Line breaks become \n, and white space around the text is dropped. Raise Bad for a header that cannot be read.
    """
    file = _LINE_BREAK.sub("\n", file).strip()
    if not _HEADER_LINE.match(file):
        return {"text": file}
    header, text = (*_EMPTY_LINE.split(file, maxsplit=1), "")[:2]
    article: dict[str, Any] = {}
    for line in header.split("\n"):
        key, colon, value = line.partition(":")
        key = key.strip().lower()
        if not colon or key not in HEADER_KEYS:
            raise Bad(f"{line.strip()[:40]!r} in the header is not one of {', '.join(HEADER_KEYS)}")
        if key in article:
            raise Bad(f"{key} stands twice in the header")
        article[key] = value.strip() or None
    article["text"] = text.strip()
    return article
