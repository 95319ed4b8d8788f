"""verbatim import: articles from files, folders and standard input into the database."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cache, partial
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import click

from api.commands.database import opened
from api.commands.processes import in_processes, jobs
from api.commands.terminal import example, printable
from api.commands.waiting import answered
from api.sources.files import FORMS, STDIN, find_files, read_articles
from api.sources.readers import Bad, Record

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from api.ingestion.pipeline import Extract, Failure, Read
    from api.ingestion.store import Stored

BATCH = 8  # records to extract in one batch of a process
BATCH_GIVEN = 100  # records in one batch if they bring their quotes along: those take a fraction of the time
# Articles, at least, in one transaction. A command that is killed loses some seconds of extraction.
STORED_TOGETHER = 100
# Bytes of records in one batch. A few batches are in memory at once, and a mebibyte takes some 20 s to extract.
MAX_BATCH_SIZE = 1024**2
OUTCOMES = ("new", "changed", "unchanged", "failed")
NOT_ENGLISH = "not English"  # counted beside the outcome: new or changed
EVERY = 10.0  # seconds between two lines of progress, if there is no terminal for a bar


@click.command(
    "import",
    epilog=example(
        "verbatim import seeds/",
        "verbatim import article.txt page.html archive.ndjson.gz",
        "verbatim import - --format csv < articles.csv",
    ),
)
@click.argument(
    "paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(exists=True, allow_dash=True, path_type=Path)
)
@click.option(
    "--format", "form", type=click.Choice(sorted(set(FORMS.values()))), default="ndjson", help="What standard input is."
)
@click.option("--dry-run", is_flag=True, help="Say what would become of each article, and store nothing.")
@jobs
def import_(paths: tuple[Path, ...], form: str, dry_run: bool, jobs: int) -> None:
    """Store the articles in each PATH with everything that is extracted from them. A second run stores nothing twice.

    A PATH is a folder, a file, or - for standard input. A .txt file has lines of `key: value`, an empty line, and the text. A
    .html file is a whole page. A .json file is an object with the fields of POST /v1/articles, or a list of them. A .ndjson
    file has one such object a line. A .csv file has their names in its first row. Each may be gzip (.csv.gz). Keys are url,
    title, publisher, author, published and language. Only English is read: an article in another language is stored without
    quotes, and standard error says so. Its `language` is believed, and found from the text where it is not given.

    Each article is stored whole or not at all. If one fails, standard error says why, the others are stored, and the exit code
    is 1. --jobs processes extract, and one more stores.

    A dry run counts an article that comes twice as new twice, since it stores nothing.
    """
    found = find_files(paths)
    tally: Counter[str] = Counter()
    with opened() as engine:
        try:
            with _progress(found, tally) as progress:
                records = (record for path in found for record in read_articles(path, form))
                for record, outcome in outcomes(engine, records, jobs, dry_run=dry_run):
                    if reason := count(tally, record, outcome):
                        progress.say(reason)
                    progress.went(record)
        finally:
            click.echo(f"{total(tally)} articles: {counted(tally)}{' (a dry run: nothing was stored)' * dry_run}")
    if tally["failed"]:
        raise SystemExit(1)


def count(tally: Counter[str], record: Record, outcome: Stored | Failure) -> str | None:
    """Count an outcome. Return the line that says why a record failed or has no quotes, if so."""
    from api.ingestion.pipeline import Failure

    if isinstance(outcome, Failure):
        tally["failed"] += 1
        return printable(f"{record.where}: {outcome.reason}")
    tally[outcome.outcome] += 1
    if outcome.note:
        tally[NOT_ENGLISH] += 1
        return printable(f"{record.where}: {outcome.note}")
    return None


def outcomes(
    engine: Engine, records: Iterable[Record], jobs: int = 1, *, dry_run: bool = False, extract: Extract | None = None
) -> Iterator[tuple[Record, Stored | Failure]]:
    """Store the articles of `records`, and yield each record with what became of it, in order.

    `jobs` processes extract, a few records ahead, and this one writes, unless it is a dry run. Only those few are in memory.
    Tests pass another function as `extract`. Wait for a database that does not answer. Raise ClickException if a process dies.
    """
    waiting: list[tuple[Record, Read]] = []
    for batch in _read(engine, _batches(records), jobs, extract):
        waiting += batch
        if len(waiting) >= STORED_TOGETHER or sum(record.size for record, _ in waiting) > MAX_BATCH_SIZE:
            yield from _stored(engine, waiting, dry_run)
            waiting = []
    yield from _stored(engine, waiting, dry_run)


def _stored(
    engine: Engine, batch: Sequence[tuple[Record, Read]], dry_run: bool
) -> Iterator[tuple[Record, Stored | Failure]]:
    from api.ingestion.pipeline import store

    became = answered(lambda: store(engine, [read for _, read in batch], dry_run=dry_run))
    for (record, _), outcome in zip(batch, became, strict=True):
        yield record, outcome


def _batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    """Yield records in batches for one process."""
    batch: list[Record] = []
    size = extracted = 0
    for record in records:
        batch.append(record)
        size += record.size
        extracted += isinstance(record.value, dict) and "quotes" not in record.value
        if extracted == BATCH or len(batch) == BATCH_GIVEN or size > MAX_BATCH_SIZE:
            yield batch
            batch, size, extracted = [], 0, 0
    if batch:
        yield batch


def _read(
    engine: Engine, batches: Iterator[list[Record]], jobs: int, extract: Extract | None
) -> Iterator[list[tuple[Record, Read]]]:
    """Yield each batch with what was read of it, in order. From the second batch on, `jobs` processes read."""
    first = list(islice(batches, 2 if jobs > 1 else 1))
    pairs = ((batch, [record.value for record in batch]) for batch in chain(first, batches))
    done: Iterator[tuple[list[Record], list[Read]]]
    if len(first) < 2:
        done = ((batch, _read_values(engine, extract, values)) for batch, values in pairs)
    else:
        done = in_processes(partial(_read_in_worker, extract), pairs, jobs)
    for batch, read in done:
        yield list(zip(batch, read, strict=True))


def _read_in_worker(extract: Extract | None, values: list[dict[str, Any] | Bad]) -> list[Read]:
    return _read_values(_workers_engine(), extract, values)


@cache
def _workers_engine() -> Engine:
    from api.config import Settings
    from api.database.engine import make_engine

    return make_engine(Settings.from_environment())


def _read_values(engine: Engine, extract: Extract | None, values: Sequence[dict[str, Any] | Bad]) -> list[Read]:
    from api.ingestion import article
    from api.ingestion.pipeline import Failure, read

    records = [Failure.bad_record(str(value)) if isinstance(value, Bad) else value for value in values]
    return answered(lambda: read(engine, records, extract=extract or article.extract))


class _Progress(Protocol):
    def say(self, line: str) -> None:
        """Show a line that stays, on standard error."""

    def went(self, record: Record) -> None:
        """Show that the record is done."""


def _progress(found: Sequence[Path], tally: Counter[str]) -> AbstractContextManager[_Progress]:
    return _bar(found, tally) if sys.stderr.isatty() else _lines(tally)


@contextmanager
def _bar(found: Sequence[Path], tally: Counter[str]) -> Iterator[_Progress]:
    """Show a bar over the bytes of all files. The number of articles is not known before they are read."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    total = None if STDIN in found else sum(path.stat().st_size for path in found if path.is_file())
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Importing", total=total)

        class Bar:
            def say(self, line: str) -> None:
                progress.console.print(line, markup=False, highlight=False, soft_wrap=True)

            def went(self, record: Record) -> None:
                progress.update(task, advance=record.size, description=counted(tally))

        yield Bar()


@contextmanager
def _lines(tally: Counter[str]) -> Iterator[_Progress]:
    """Print a line every EVERY seconds."""

    class Lines:
        due = time.monotonic() + EVERY

        def say(self, line: str) -> None:
            click.echo(line, err=True)

        def went(self, _record: Record) -> None:
            if time.monotonic() >= self.due:
                self.due = time.monotonic() + EVERY
                click.echo(f"{total(tally)} articles so far: {counted(tally)}", err=True)

    yield Lines()


def counted(tally: Counter[str]) -> str:
    """Return the counts in words, such as "3 new, 1 changed, 0 unchanged, 1 failed; 2 not in English have no quotes"."""
    became = ", ".join(f"{tally[outcome]} {outcome}" for outcome in OUTCOMES)
    have = "has" if tally[NOT_ENGLISH] == 1 else "have"
    return f"{became}; {tally[NOT_ENGLISH]} not in English {have} no quotes" if tally[NOT_ENGLISH] else became


def total(tally: Counter[str]) -> int:
    """Return how many articles were counted."""
    return sum(tally[outcome] for outcome in OUTCOMES)
