"""verbatim extract: the engine alone, on files or on a stream of texts."""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
from collections.abc import Iterable, Iterator
from itertools import chain, islice, tee
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from api.commands.processes import in_processes, jobs
from api.commands.terminal import Day, example, printable
from api.sources.readers import Bad
from api.sources.readers.ndjson import read_ndjson

if TYPE_CHECKING:
    from api.extraction import Extraction

BATCH_TEXTS = 4  # that a process is given at a time: their lines come out together
BATCH_CHARACTERS = 1024**2  # code points of such texts

# Its id, the text, the day it was published, its language where that is known, and where it stands.
_Text: TypeAlias = tuple[Any, str, dt.date | None, str | None, str]
_Line: TypeAlias = tuple[bytes, str | None]  # of standard output, and of standard error

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?=T|\Z)", re.ASCII)


@click.command(
    short_help="Show what is found in texts; store nothing.",
    epilog=example(
        "verbatim extract article.txt --published 2022-03-24",
        "verbatim extract --ndjson < texts.ndjson > quotes.ndjson",
    ),
)
@click.argument("files", metavar="FILE...", nargs=-1, type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option(
    "--published", type=Day(), metavar="DATE", help='When the texts came out; it tells what "on Thursday" means.'
)
@click.option(
    "--ndjson", is_flag=True, help='Read {"id", "text", "published", "language"} a line from standard input instead.'
)
@jobs
def extract(files: tuple[str, ...], published: dt.datetime | None, ndjson: bool, jobs: int) -> None:
    """Print the speakers, roles and quotes in each FILE as a line of JSON; - is standard input.

    A FILE is plain text in UTF-8, read as it stands: offsets count its code points. Nothing is stored. Of a FILE or line
    that cannot be read, standard error says why, the others are still printed, and the exit code is 1. Only English is read:
    a text in another language has no quotes, and standard error says so.
    """
    if ndjson and (files or published):
        raise click.UsageError("--ndjson reads standard input, and each line has its own published.")
    if not ndjson and not files:
        raise click.UsageError("Name a FILE, or - for standard input.")
    texts = _Texts(_read_lines() if ndjson else _read_files(files, published))
    for line, note in _extract(texts, jobs):
        click.echo(line)
        if note:
            click.echo(printable(note), err=True)
    if texts.failed:
        raise SystemExit(1)


class _Texts:
    """The texts to extract, each with its id and day. A text that cannot be read is reported when its turn comes."""

    def __init__(self, items: Iterator[_Text | str]) -> None:
        self.items = items
        self.failed = False

    def __iter__(self) -> Iterator[_Text]:
        for item in self.items:
            if isinstance(item, str):
                click.echo(printable(item), err=True)
                self.failed = True
            else:
                yield item


def _extract(texts: Iterable[_Text], jobs: int) -> Iterator[_Line]:
    """Yield the line of each text, in order. As many processes extract once there is a second batch."""
    batches = _batches(texts)
    first = list(islice(batches, 2 if jobs > 1 else 1))
    if len(first) == 2:
        for _, lines in in_processes(_in_worker, ((None, batch) for batch in chain(first, batches)), jobs):
            yield from lines
        return
    from api.extraction import extract_many

    given, ahead = tee(text for batch in chain(first, batches) for text in batch)
    extractions = extract_many((text, published, language) for _, text, published, language, _ in ahead)
    for (name, text, _, _, where), extraction in zip(given, extractions, strict=True):
        yield _line(name, text, extraction, where)


def _batches(texts: Iterable[_Text]) -> Iterator[list[_Text]]:
    """Yield batches of BATCH_TEXTS, or fewer if they are long."""
    batch: list[_Text] = []
    size = 0
    for item in texts:
        batch.append(item)
        size += len(item[1])
        if len(batch) == BATCH_TEXTS or size > BATCH_CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _in_worker(batch: list[_Text]) -> list[_Line]:
    from api.extraction import extract

    return [
        _line(name, text, extract(text, published=published, language=language), where)
        for name, text, published, language, where in batch
    ]


def _read_files(files: tuple[str, ...], published: dt.datetime | None) -> Iterator[_Text | str]:
    """Yield the path, text and day of each file, or a message."""
    for file in files:
        try:
            raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
            yield file, raw.decode(), published.date() if published else None, None, file
        except UnicodeDecodeError as error:
            yield f"{file}: not UTF-8 (byte {error.start + 1})"
        except OSError as error:
            yield f"{file}: {error.strerror}"


def _read_lines() -> Iterator[_Text | str]:
    """Yield the id, text and day of each line of standard input, or a message."""
    for record in read_ndjson(sys.stdin.buffer):
        value = record.value
        try:
            if isinstance(value, Bad):
                raise value
            if not isinstance(value.get("text"), str):
                raise Bad("text is missing or not a string")
            language = value.get("language")
            if language is not None and not isinstance(language, str):
                raise Bad("language is not a tag such as en")
            yield value.get("id"), value["text"], _day(value.get("published")), language, f"line {record.line}"
        except Bad as error:
            yield f"line {record.line}: {error}"


def _day(value: Any) -> dt.date | None:
    """Return the day of a date or a time in ISO 8601, in its own zone; None for None and "". Raise Bad."""
    if value is None or value == "":
        return None
    try:
        if isinstance(value, str) and _DAY.match(value):
            return dt.datetime.fromisoformat(value).date()
    except ValueError:
        pass
    raise Bad("published is not a date such as 2022-03-24")


def _line(name: Any, text: str, extraction: Extraction, where: str) -> _Line:
    line = json.dumps({"id": name, **extraction.as_json(text)}, ensure_ascii=False)
    note = None
    if extraction.language:
        from api.ingestion import unread

        note = f"{where}: {unread.note(extraction.language)}"
    return line.encode("utf-8", "backslashreplace"), note  # a lone surrogate, of an id, as JSON writes it
