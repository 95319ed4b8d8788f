"""verbatim import: articles from files, folders and standard input into the database."""

from __future__ import annotations

import sys
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cache, partial
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import click

from api.commands.database import opened
from api.commands.processes import in_processes, jobs
from api.commands.terminal import example, number, printable
from api.commands.waiting import answered
from api.sources.files import FORMS, STDIN, STDIN_NAME, Reading, find_files, form_of, read_articles
from api.sources.readers import Bad, Record, Spreadsheet
from api.sources.readers.csv import COLUMNS, fold_column

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
QUOTES = "quotes"  # new ones, counted beside the articles
SHOWN_ROWS = 3  # rows of CSV, and
SHOWN_CHARACTERS = 60  # code points of a cell, that a dry run shows
DATES = ("DMY", "MDY", "YMD")  # orders of day, month and year
# How the reasons begin that a date and a column are the fault of.
NO_DATE, NO_TEXT = "published: Not a date", "the first row names neither text nor html"
# For how long statements may run out of time until the records of a transaction are stored each alone, and until one fails.
# Another command that changes the tables holds the lock for an hour at most, or the next run finds what is left.
TOGETHER_SECONDS, ALONE_SECONDS = 60.0, 3600.0
EVERY = 10.0  # seconds between two lines of progress, if there is no terminal for a bar


def _columns(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """Return the fields that columns of CSV are, by the folded names of these."""
    columns: dict[str, str] = {}
    for value in values:
        name, equals, column = value.rpartition("=")
        if not equals or column.strip().lower() not in COLUMNS:
            raise click.BadParameter(f"{value!r} is not NAME=FIELD, with a FIELD of {', '.join(COLUMNS)}")
        columns[fold_column(name)] = column.strip().lower()
    return columns


@click.command(
    "import",
    short_help="Store articles with the quotes in them.",
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
@click.option(
    "--map",
    "columns",
    metavar="NAME=FIELD",
    multiple=True,
    callback=_columns,
    help="A column of CSV that is a field of articles, such as Headline=title; may be given again.",
)
@click.option(
    "--dates",
    type=click.Choice(DATES),
    help="How dates such as 14.05.2024 are written; 2024-05-14 needs nothing.",
)
@click.option("--dry-run", is_flag=True, help="Say what would become of each article, and store nothing.")
@jobs
def import_(
    paths: tuple[Path, ...], form: str, columns: dict[str, str], dates: str | None, dry_run: bool, jobs: int
) -> None:
    """Store the articles in each PATH with everything that is extracted from them. A second run stores nothing twice.

    A PATH is a folder, a file, or - for standard input. A .txt file has lines of `key: value`, an empty line, and the text. A
    .html file is a whole page. A .json file is an object with the fields of POST /v1/articles, or a list of them. A .ndjson
    file has one such object a line. A .csv file has their names in its first row. Other columns are left out, and standard
    error names them. It may be UTF-8, UTF-16 or Windows-1252, with commas, semicolons or tabs. Each may be gzip (.csv.gz).
    Keys are url, title, publisher, author, published and language.

    Only English is read. An article in another language is stored without quotes, and standard error says so. Its `language`
    is believed, and found from the text where it is not given.

    Each article is stored whole or not at all. If one fails, standard error says why, the others are stored, and the exit code
    is 1. --jobs processes extract, and one more stores.

    A dry run shows how the first rows of CSV were read. It counts an article that comes twice as new twice, since it stores
    nothing.
    """
    found = find_files(paths)
    tally: Counter[str] = Counter()
    with opened() as engine:
        try:
            with _progress(found, tally) as progress:
                reading = Reading(Spreadsheet(columns), dates)
                records = (record for path in found for record in read_articles(path, form, reading=reading))
                for record, outcome in outcomes(engine, records, jobs, dry_run=dry_run):
                    hint = option_hint(record, outcome, dates)
                    for line in [
                        *count(tally, record, outcome, hint),
                        *(preview(tally, record, form) if dry_run else ()),
                    ]:
                        progress.say(line)
                    progress.went(record)
        finally:
            dry = " (a dry run: nothing was stored)" if dry_run else ""
            click.echo(f"{articles(tally)}: {counted(tally)}; {number(tally[QUOTES], 'new quote')}{dry}")
    if tally["failed"]:
        raise SystemExit(1)


def option_hint(record: Record, outcome: Stored | Failure, dates: str | None) -> str:
    """Return which option reads the column or date that failed a record, to stand behind the reason; else nothing.

    `dates` is the order that was given: DMY, MDY, YMD or none.
    """
    from api.ingestion.pipeline import Failure

    if not isinstance(outcome, Failure):
        return ""
    if NO_TEXT in outcome.reason:
        return "; --map NAME=text names the column that has the text"
    if not isinstance(record.value, dict) or NO_DATE not in outcome.reason:
        return ""
    written = str(record.value.get("published"))[:SHOWN_CHARACTERS]
    orders = [order for order in DATES if Reading(dates=order).dated(record.value) != record.value]
    if dates or not orders:
        return f" It is {written!r}."
    return f" It is {written!r}: --dates {' or '.join(orders)} reads it."


def count(tally: Counter[str], record: Record, outcome: Stored | Failure, hint: str = "") -> Iterator[str]:
    """Count an outcome. Yield the lines to show: what is noted of its file, and why it failed or has no quotes.

    `hint` stands behind why it failed.
    """
    from api.ingestion.pipeline import Failure

    if record.note:
        yield printable(f"{record.where.rpartition(':')[0]}: {record.note}")
    if isinstance(outcome, Failure):
        tally["failed"] += 1
        yield printable(f"{record.where}: {outcome.reason}{hint}")
        return
    tally[outcome.outcome] += 1
    tally[QUOTES] += outcome.quotes_new
    if outcome.note:
        tally[NOT_ENGLISH] += 1
        yield printable(f"{record.where}: {outcome.note}")


def preview(tally: Counter[str], record: Record, form: str) -> Iterator[str]:
    """Yield how a row of CSV was read, if it is among the first few. `form` is that of standard input."""
    file = record.where.rpartition(":")[0]
    known = form if file == STDIN_NAME else form_of(file)
    if known == "csv" and total(tally) <= SHOWN_ROWS and isinstance(record.value, dict):
        for name, value in record.value.items():
            shown = str(value) if len(str(value)) <= SHOWN_CHARACTERS else f"{str(value)[:SHOWN_CHARACTERS]}..."
            yield printable(f"{record.where}: {name} = {shown}")


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
    from api.database.outages import is_out_of_time, outage
    from api.ingestion.pipeline import Failure, store

    seconds = TOGETHER_SECONDS if len(batch) > 1 else ALONE_SECONDS
    became: Sequence[Stored | Failure]
    try:
        became = answered(lambda: store(engine, [read for _, read in batch], dry_run=dry_run), seconds)
    except Exception as error:
        if not is_out_of_time(error):
            raise
        if len(batch) > 1:
            for each in batch:
                yield from _stored(engine, [each], dry_run)
            return
        reason = f"the database did not answer in time: {outage(error)}"
        became = [Failure("unavailable", f"{reason}.", reason)]
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

    size = None if STDIN in found else sum(path.stat().st_size for path in found if path.is_file())
    columns = (
        BarColumn(bar_width=20),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=size)
        rate = Rate()

        class Bar:
            def say(self, line: str) -> None:
                progress.console.print(line, markup=False, highlight=False, soft_wrap=True)

            def went(self, record: Record) -> None:
                progress.update(task, advance=record.size, description=so_far(tally, rate.after(time.monotonic())))

        yield Bar()


@contextmanager
def _lines(tally: Counter[str]) -> Iterator[_Progress]:
    """Print a line every EVERY seconds."""

    class Lines:
        due = time.monotonic() + EVERY
        rate = Rate()

        def say(self, line: str) -> None:
            click.echo(line, err=True)

        def went(self, _record: Record) -> None:
            per_second = self.rate.after(time.monotonic())
            if time.monotonic() >= self.due:
                self.due = time.monotonic() + EVERY
                click.echo(f"so far: {so_far(tally, per_second)}", err=True)

    yield Lines()


class Rate:
    """Articles per second over the last seconds: what an import does now, whatever it began with."""

    def __init__(self, seconds: float = EVERY) -> None:
        self.seconds = seconds
        self.ended: deque[float] = deque()

    def after(self, now: float) -> float | None:
        """Count one more article at this time, in seconds. Return the rate, or None while there is none."""
        self.ended.append(now)
        while now - self.ended[0] > self.seconds:
            self.ended.popleft()
        passed = now - self.ended[0]
        return (len(self.ended) - 1) / passed if passed > 0 else None


def so_far(tally: Counter[str], rate: float | None) -> str:
    """Return what has been done by now: "120 articles, 2 failed, 843 new quotes, 9.5 articles a second"."""
    failed = [f"{tally['failed']} failed"] if tally["failed"] else []
    speed = [] if rate is None else [f"{rate:.1f} articles a second"]
    return ", ".join([articles(tally), *failed, number(tally[QUOTES], "new quote"), *speed])


def articles(tally: Counter[str]) -> str:
    """Return how many articles were counted, in words."""
    return number(total(tally), "article")


def counted(tally: Counter[str]) -> str:
    """Return the counts in words, such as "3 new, 1 changed, 0 unchanged, 1 failed; 2 not in English have no quotes"."""
    became = ", ".join(f"{tally[outcome]} {outcome}" for outcome in OUTCOMES)
    have = "has" if tally[NOT_ENGLISH] == 1 else "have"
    return f"{became}; {tally[NOT_ENGLISH]} not in English {have} no quotes" if tally[NOT_ENGLISH] else became


def total(tally: Counter[str]) -> int:
    """Return how many articles were counted."""
    return sum(tally[outcome] for outcome in OUTCOMES)
