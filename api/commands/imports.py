"""verbatim import: articles from files, folders and standard input into the database."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import click

from api.commands.database import opened
from api.commands.processes import in_processes, jobs
from api.commands.terminal import example, printable
from api.sources.files import FORMS, STDIN, find_files, read_articles
from api.sources.readers import Bad, Record

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from api.ingestion.article import Prepared
    from api.ingestion.rows import ArticleRows
    from api.schemas.article import ArticleNew

    _Read: TypeAlias = str | Bad | ArticleRows  # "unchanged", why it fails, or what to store

BATCH = 8  # records that a process is given at a time
BATCH_GIVEN = 100  # of those that bring their quotes along, which take a fraction of the time
TOGETHER = 100  # at least in one transaction: some seconds of extraction, done again by who is killed
# Bytes of records given or stored at a time: a few batches are in memory at once, and to extract a mebibyte takes some 20 s.
LARGEST_BATCH = 1024**2
EVERY = 10.0  # seconds between two lines of progress where there is no terminal for a bar


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
    """Store the articles in each PATH with everything that is extracted from them. Run again it doubles nothing.

    A PATH is a folder, a file or - for standard input: .txt (lines of `key: value`, an empty line, the text), .html (a whole
    page), .json (an object with the fields of POST /v1/articles, or a list of them), .ndjson (such an object a line), .csv
    (with their names in the first row), or gzip of one (.csv.gz). Keys are url, title, publisher, author, published and
    language.

    Each article is stored whole or not at all. Of one that fails standard error says why; the others are stored all the
    same, and the exit code is 1. As many processes as --jobs says extract, and one more stores.

    A dry run may count an article that comes twice as new twice, since nothing of it is stored when the second comes.
    """
    found = find_files(paths)
    tally: Counter[str] = Counter()
    with opened() as engine:
        try:
            with _progress(found, tally) as progress:
                records = (record for path in found for record in read_articles(path, form))
                for record, outcome in outcomes(engine, records, jobs, dry_run=dry_run):
                    tally[outcome if isinstance(outcome, str) else "failed"] += 1
                    if isinstance(outcome, Bad):
                        progress.say(printable(f"{record.where}: {outcome}"))
                    progress.went(record)
        finally:
            click.echo(f"{tally.total()} articles: {counted(tally)}{' (a dry run: nothing was stored)' * dry_run}")
    if tally["failed"]:
        raise SystemExit(1)


def outcomes(
    engine: Engine, records: Iterable[Record], jobs: int = 1, *, dry_run: bool = False
) -> Iterator[tuple[Record, str | Bad]]:
    """Store the articles of `records`; each with what became of it, in order: "new", "changed", "unchanged", or why not.

    `jobs` processes extract, a few records ahead, and this one writes, unless it is a dry run. Memory holds those few. Raises
    ClickException when one of them dies.
    """
    waiting: list[tuple[Record, _Read]] = []
    for batch, found in _extracting(engine, _batches(records), jobs):
        waiting += zip(batch, found, strict=True)
        if len(waiting) >= TOGETHER or sum(record.size for record, _ in waiting) > LARGEST_BATCH:
            yield from _written(engine, waiting, dry_run=dry_run)
            waiting = []
    yield from _written(engine, waiting, dry_run=dry_run)


def _batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    """Records in lists of what is read at a time."""
    batch: list[Record] = []
    size = extracted = 0
    for record in records:
        batch.append(record)
        size += record.size
        extracted += isinstance(record.value, dict) and "quotes" not in record.value
        if extracted == BATCH or len(batch) == BATCH_GIVEN or size > LARGEST_BATCH:
            yield batch
            batch, size, extracted = [], 0, 0
    if batch:
        yield batch


def _extracting(
    engine: Engine, batches: Iterator[list[Record]], jobs: int
) -> Iterator[tuple[list[Record], list[_Read]]]:
    """Each batch with what was read of it, in order; by as many processes once there is a second batch."""
    first = list(islice(batches, 2 if jobs > 1 else 1))
    if len(first) < 2:
        for batch in chain(first, batches):
            yield batch, _extracted(engine, [record.value for record in batch])
        return
    pairs = ((batch, [record.value for record in batch]) for batch in chain(first, batches))
    yield from in_processes(_in_worker, pairs, jobs)


def _in_worker(values: list[dict[str, Any] | Bad]) -> list[_Read]:
    return _extracted(_workers_engine(), values)


@cache
def _workers_engine() -> Engine:
    from api.config import Settings
    from api.database.engine import make_engine

    return make_engine(Settings.from_environment())


def _extracted(engine: Engine, values: Sequence[dict[str, Any] | Bad]) -> list[_Read]:
    """Each article with its extraction, or "unchanged" of one that is stored, or why it cannot be."""
    from api.database.engine import reading
    from api.ingestion.article import Prepared, extract
    from api.ingestion.rows import ArticleRows
    from api.ingestion.store import find_known

    prepared = [_prepared(value) for value in values]
    with reading(engine) as session:
        known = iter(find_known(session, [each for each in prepared if isinstance(each, Prepared)]))
    return [
        each if isinstance(each, Bad) else "unchanged" if next(known) else ArticleRows.of(each, extract(each))
        for each in prepared
    ]


def _prepared(value: dict[str, Any] | Bad) -> Prepared | Bad:
    from marshmallow import ValidationError

    from api.ingestion.article import Unreadable, prepare

    if isinstance(value, Bad):
        return value
    try:
        return prepare(_schema().load(value))
    except ValidationError as error:
        return Bad("; ".join(_reasons(error.messages)))
    except Unreadable as error:
        return Bad(f"{error.pointer}: {error}" if error.pointer else str(error))


@cache
def _schema() -> ArticleNew:
    """One for all articles: to make it takes twice as long as to load a text with it."""
    from api.schemas.article import ArticleNew

    return ArticleNew()


def _written(
    engine: Engine, batch: Sequence[tuple[Record, _Read]], *, dry_run: bool
) -> Iterator[tuple[Record, str | Bad]]:
    """What became of each: the extracted ones are stored in one transaction or, when one of them fails, each in its own."""
    became = iter(_stored(engine, [read for _, read in batch if not isinstance(read, str | Bad)], dry_run=dry_run))
    for record, read in batch:
        yield record, read if isinstance(read, str | Bad) else next(became)


def _stored(engine: Engine, batch: Sequence[ArticleRows], *, dry_run: bool, last: bool = False) -> list[str | Bad]:
    from sqlalchemy.exc import IntegrityError

    from api.database.engine import writing
    from api.ingestion.store import store_all

    if not batch:
        return []
    try:
        with writing(engine) as session:
            became: list[str | Bad] = [each.outcome for each in store_all(session, batch)]
            if not dry_run:
                session.commit()
            return became
    except IntegrityError as error:  # another import stored the same between our look and our write
        if not last:
            return [outcome for each in batch for outcome in _stored(engine, [each], dry_run=dry_run, last=True)]
        return [Bad(f"the database refused it: {error.orig}".splitlines()[0])]


def _reasons(messages: Any, at: str = "") -> Iterator[str]:
    """Marshmallow's messages, {"url": ["..."]} nested as deep as it likes, as lines such as "url: ..."."""
    if isinstance(messages, dict):
        for key, inner in messages.items():
            yield from _reasons(inner, at if key == "_schema" else f"{at}{key}: ")
    else:
        for message in messages if isinstance(messages, Sequence) and not isinstance(messages, str) else [messages]:
            yield f"{at}{message}"


class _Progress(Protocol):
    def say(self, line: str) -> None:
        """Show a line that stays, on standard error."""

    def went(self, record: Record) -> None:
        """Show that the record is done."""


def _progress(found: Sequence[Path], tally: Counter[str]) -> AbstractContextManager[_Progress]:
    return _bar(found, tally) if sys.stderr.isatty() else _lines(tally)


@contextmanager
def _bar(found: Sequence[Path], tally: Counter[str]) -> Iterator[_Progress]:
    """A bar over the bytes of all files: how many articles there are nobody knows before they are read."""
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
    """A line now and then."""

    class Lines:
        due = time.monotonic() + EVERY

        def say(self, line: str) -> None:
            click.echo(line, err=True)

        def went(self, _record: Record) -> None:
            if time.monotonic() >= self.due:
                self.due = time.monotonic() + EVERY
                click.echo(f"{tally.total()} articles so far: {counted(tally)}", err=True)

    yield Lines()


def counted(tally: Counter[str]) -> str:
    """Such as "3 new, 1 changed, 0 unchanged, 1 failed"."""
    return ", ".join(f"{tally[outcome]} {outcome}" for outcome in ("new", "changed", "unchanged", "failed"))
