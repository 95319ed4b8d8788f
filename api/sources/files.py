"""Files and streams as records: articles in .txt, .html, .json, .ndjson and .csv, and in gzip of each."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from io import BufferedReader
from pathlib import Path
from typing import Any, NamedTuple

from api.sources import readers as formats
from api.sources.readers import LONGEST, Bad, decoded

FORMS = {".txt": "txt", ".html": "html", ".htm": "html", ".json": "json", ".ndjson": "ndjson", ".csv": "csv"}
KEYS = ("url", "title", "publisher", "author", "published", "language")
STDIN = Path("-")
MOST_UNZIPPED = (
    1024**4
)  # bytes out of one file: an archive of a hundred million articles; formats knows bombs by their ratio

_BREAK = re.compile(r"\r\n?")
_HEADER = re.compile(rf"\s*({'|'.join(KEYS)})\s*:", re.IGNORECASE)
_EMPTY_LINE = re.compile(r"\n[^\S\n]*\n")
_GZIP = b"\x1f\x8b"


class Record(NamedTuple):
    """A record, or why there is none; where it stands, as FILE or FILE:LINE; and how many bytes of the file it took."""

    where: str
    size: int
    value: dict[str, Any] | Bad


def lines(stream: formats.Lines, where: str) -> Iterator[Record]:
    """The JSON objects of `stream`, one a line. Empty lines are passed over; memory holds one line at a time."""
    return (Record(f"{where}:{record.line}", record.size, record.value) for record in formats.lines(stream))


def form_of(name: str) -> str | None:
    """The form of the file called `name`: txt, html, json, ndjson or csv, also with .gz behind it; None for another."""
    return FORMS.get(Path(name.lower().removesuffix(".gz")).suffix)


def files(paths: Iterable[Path]) -> list[Path]:
    """The files among `paths`, and those in its folders that end as articles do, in order of name; hidden ones never."""
    found: list[Path] = []
    for path in paths:
        if path == STDIN or not path.is_dir():
            found.append(path)
            continue
        for folder, folders, names in os.walk(path):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            found += [Path(folder, name) for name in sorted(names) if not name.startswith(".") and form_of(name)]
    return found


def articles(path: Path, form: str = "ndjson") -> Iterator[Record]:
    """The articles in a file, as the fields that POST /v1/articles takes; not yet validated. What fails is in the record.

    The name tells what a file is; standard input, which has none (`-`), is of `form`.
    """
    where = str(path)
    try:
        if path == STDIN:
            with open(0, "rb", closefd=False) as stream:
                yield from _read(stream, form, "standard input")
            return
        known = form_of(path.name)
        if known is None:
            raise Bad(f"not one of {', '.join(FORMS)}, or .gz of these")
        with path.open("rb") as stream:
            at = 0
            for record in _read(stream, known, where):
                yield record._replace(size=stream.tell() - at)
                at = stream.tell()
    except Bad as error:
        yield Record(where, 0, error)
    except OSError as error:
        yield Record(where, 0, Bad(error.strerror or type(error).__name__))


def _read(stream: BufferedReader, form: str, where: str) -> Iterator[Record]:
    """The records of a stream of `form`, or of gzip of it. Raises Bad and OSError for a whole one that fails."""
    if stream.peek(2).startswith(_GZIP):
        stream = formats.gunzipped(stream, MOST_UNZIPPED)
    if form in ("txt", "html"):
        raw = stream.read(LONGEST + 1)
        if len(raw) > LONGEST:
            raise Bad(f"larger than {LONGEST // 1024**2} MiB")
        yield Record(where, len(raw), _text(decoded(raw)) if form == "txt" else {"html": formats.page(raw)})
        return
    # Items of a list often share a line, so that their number says more; what is no list needs neither.
    alone = form == "json" and not stream.peek(1).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"[")
    for number, record in enumerate(formats.records(stream, form), 1):
        place = "" if alone else f"#{number}" if form == "json" else f":{record.line}"
        yield Record(f"{where}{place}", record.size, record.value)


def _text(file: str) -> dict[str, Any]:
    r"""The article in a .txt file: a header, if its first line is of one, up to the first empty line, and the text.

    Line breaks are read as \n and white space around the text is dropped. Raises Bad for a header that cannot be read.
    """
    file = _BREAK.sub("\n", file).strip()
    if not _HEADER.match(file):
        return {"text": file}
    header, text = (*_EMPTY_LINE.split(file, maxsplit=1), "")[:2]
    article: dict[str, Any] = {}
    for line in header.split("\n"):
        key, colon, value = line.partition(":")
        key = key.strip().lower()
        if not colon or key not in KEYS:
            raise Bad(f"{line.strip()[:40]!r} in the header is not one of {', '.join(KEYS)}")
        if key in article:
            raise Bad(f"{key} stands twice in the header")
        article[key] = value.strip() or None
    article["text"] = text.strip()
    return article
