"""Records in files and streams: articles in .txt, .html, .json and .ndjson files."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from api import formats
from api.formats import LONGEST, Bad, decoded, parsed_any

SUFFIXES = (".txt", ".html", ".htm", ".json", ".ndjson")
KEYS = ("url", "title", "publisher", "author", "published", "language")

_BREAK = re.compile(r"\r\n?")
_HEADER = re.compile(rf"\s*({'|'.join(KEYS)})\s*:", re.IGNORECASE)
_EMPTY_LINE = re.compile(r"\n[^\S\n]*\n")


class Record(NamedTuple):
    """A record, or why there is none; where it stands, as FILE or FILE:LINE; and how many bytes it took there."""

    where: str
    size: int
    value: dict[str, Any] | Bad


def lines(stream: formats.Lines, where: str) -> Iterator[Record]:
    """The JSON objects of `stream`, one a line. Empty lines are passed over; memory holds one line at a time."""
    return (Record(f"{where}:{record.line}", record.size, record.value) for record in formats.lines(stream))


def files(paths: Iterable[Path]) -> list[Path]:
    """The files among `paths`, and those in its folders that end as articles do, in order of name; hidden ones never."""
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        for folder, folders, names in os.walk(path):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            found += [
                Path(folder, name)
                for name in sorted(names)
                if not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES
            ]
    return found


def articles(path: Path) -> Iterator[Record]:
    """The articles in a file, as the fields that POST /v1/articles takes; not yet validated. What fails is in the record."""
    suffix, where = path.suffix.lower(), str(path)
    try:
        if suffix not in SUFFIXES:
            raise Bad(f"not one of {', '.join(SUFFIXES)}")
        if suffix == ".ndjson":
            with path.open("rb") as stream:
                yield from lines(stream, where)
            return
        size = path.stat().st_size
        if size > LONGEST:
            raise Bad(f"larger than {LONGEST // 1024**2} MiB")
        raw = path.read_bytes()
        if suffix != ".json":
            yield Record(where, size, _text(decoded(raw)) if suffix == ".txt" else {"html": formats.page(raw)})
        elif isinstance(value := parsed_any(raw), list):
            for number, item in enumerate(value, 1):
                one = item if isinstance(item, dict) else Bad("not a JSON object")
                yield Record(f"{where}#{number}", size // len(value), one)
        else:
            yield Record(where, size, value if isinstance(value, dict) else Bad("not a JSON object"))
    except Bad as error:
        yield Record(where, 0, error)
    except OSError as error:
        yield Record(where, 0, Bad(error.strerror or type(error).__name__))


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
