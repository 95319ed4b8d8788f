"""verbatim extract: the engine alone, on files or on a stream of texts."""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from api.commands.records import lines
from api.commands.terminal import Day, example, printable
from api.formats import Bad

if TYPE_CHECKING:
    from api.extraction import Extraction

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?=T|\Z)", re.ASCII)


@click.command(
    epilog=example(
        "verbatim extract article.txt --published 2022-03-24",
        "verbatim extract --ndjson < texts.ndjson > quotes.ndjson",
    )
)
@click.argument("files", metavar="FILE...", nargs=-1, type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option(
    "--published", type=Day(), metavar="DATE", help='When the texts came out; it tells what "on Thursday" means.'
)
@click.option("--ndjson", is_flag=True, help='Read {"id", "text", "published"} a line from standard input instead.')
def extract(files: tuple[str, ...], published: dt.datetime | None, ndjson: bool) -> None:
    """Print the speakers, roles and quotes in each FILE as a line of JSON; - is standard input.

    A FILE is plain text in UTF-8, read as it stands: offsets count its code points. Nothing is stored. Of a FILE or line
    that cannot be read, standard error says why, the others are still printed, and the exit code is 1.
    """
    if ndjson and (files or published):
        raise click.UsageError("--ndjson reads standard input, and each line has its own published.")
    if not ndjson and not files:
        raise click.UsageError("Name a FILE, or - for standard input.")
    texts = _Texts(_lines() if ndjson else _files(files, published))
    from api.extraction import extract_many

    for extraction in extract_many(texts):
        _write(texts.waiting.popleft(), extraction)
    if texts.failed:
        raise SystemExit(1)


class _Texts:
    """The texts to extract; their ids wait here for the extractions, which come in the same order."""

    def __init__(self, found: Iterator[tuple[Any, str, dt.date | None] | str]) -> None:
        self.found = found
        self.waiting: deque[Any] = deque()
        self.failed = False

    def __iter__(self) -> Iterator[tuple[str, dt.date | None]]:
        for item in self.found:
            if isinstance(item, str):
                click.echo(printable(item), err=True)
                self.failed = True
            else:
                name, text, published = item
                self.waiting.append(name)
                yield text, published


def _files(files: tuple[str, ...], published: dt.datetime | None) -> Iterator[tuple[str, str, dt.date | None] | str]:
    """For each file its path, text and date, or a message."""
    for file in files:
        try:
            raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
            yield file, raw.decode(), published.date() if published else None
        except UnicodeDecodeError as error:
            yield f"{file}: not UTF-8 (byte {error.start + 1})"
        except OSError as error:
            yield f"{file}: {error.strerror}"


def _lines() -> Iterator[tuple[Any, str, dt.date | None] | str]:
    """For each line of standard input its id, text and date, or a message."""
    for where, _, value in lines(sys.stdin.buffer, "line"):
        try:
            if isinstance(value, Bad):
                raise value
            if not isinstance(value.get("text"), str):
                raise Bad("text is missing or not a string")
            yield value.get("id"), value["text"], _day(value.get("published"))
        except Bad as error:
            yield f"{where.replace(':', ' ')}: {error}"


def _day(value: Any) -> dt.date | None:
    """The day of a date or a time in ISO 8601, as written there; None of None or "". Raises Bad."""
    if value is None or value == "":
        return None
    try:
        if isinstance(value, str) and _DAY.match(value):
            return dt.datetime.fromisoformat(value).date()
    except ValueError:
        pass
    raise Bad("published is not a date such as 2022-03-24")


def _write(name: Any, extraction: Extraction) -> None:
    line = json.dumps({"id": name, **extraction.as_json()}, ensure_ascii=False)
    click.echo(line.encode("utf-8", "backslashreplace"))  # a lone surrogate, of an id, as JSON writes it
