"""verbatim import: articles from files and folders into the database."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import click

from api.commands.database import opened
from api.commands.records import Record, articles, files
from api.commands.terminal import example, printable
from api.formats import Bad

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from api.extraction import Extraction
    from api.ingest import Prepared

LARGEST_BATCH = 4 * 1024**2  # bytes of records in one transaction, which are in memory at once
EVERY = 10.0  # seconds between two lines of progress where there is no terminal for a bar


@click.command(
    "import", epilog=example("verbatim import seeds/", "verbatim import article.txt page.html archive.ndjson")
)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def import_(paths: tuple[Path, ...]) -> None:
    """Store the articles in each PATH with everything that is extracted from them. Run again it doubles nothing.

    A PATH is a folder, or a file: .txt (lines of `key: value`, an empty line, the text), .html (a whole page), .json (an
    object with the fields of POST /v1/articles, or a list of them) or .ndjson (such an object a line). Keys are url,
    title, publisher, author, published and language.

    Each article is stored whole or not at all. Of one that fails standard error says why; the others are stored all the
    same, and the exit code is 1.
    """
    found = files(paths)
    tally: Counter[str] = Counter()
    with opened() as engine:
        try:
            with _progress(found, tally) as progress:
                for batch in _batches(record for path in found for record in articles(path)):
                    for record, outcome in zip(batch, _stored(engine, [record.value for record in batch]), strict=True):
                        tally["failed" if isinstance(outcome, Bad) else outcome] += 1
                        if isinstance(outcome, Bad):
                            progress.say(printable(f"{record.where}: {outcome}"))
                        progress.went(record)
        finally:
            click.echo(f"{tally.total()} articles: {_counts(tally)}")
    if tally["failed"]:
        raise SystemExit(1)


def _batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    """Records in lists of what goes into one transaction, in order."""
    from api.ingest import BATCH

    batch: list[Record] = []
    for record in records:
        batch.append(record)
        if len(batch) == BATCH or sum(record.size for record in batch) > LARGEST_BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _stored(engine: Engine, values: Sequence[dict[str, Any] | Bad]) -> list[str | Bad]:
    """What became of each article: "new" or "unchanged", or why it is not stored. All in one transaction if none fails."""
    from api.database import reading
    from api.ingest import TextDiffers, extract_all, stored

    prepared: dict[int, Prepared] = {}
    outcomes: dict[int, str | Bad] = {}
    with reading(engine) as session:
        for place, value in enumerate(values):
            try:
                prepared[place] = _prepared(value)
                if stored(session, prepared[place]):
                    outcomes[place] = "unchanged"
            except Bad as error:
                outcomes[place] = error
            except TextDiffers as error:
                outcomes[place] = Bad(str(error))
    wanted = [place for place in prepared if place not in outcomes]
    found = extract_all(prepared[place] for place in wanted)
    batch = [(prepared[place], each) for place, each in zip(wanted, found, strict=True)]
    outcomes |= zip(wanted, _written(engine, batch), strict=True)
    return [outcome for _, outcome in sorted(outcomes.items())]


def _prepared(value: dict[str, Any] | Bad) -> Prepared:
    from marshmallow import ValidationError

    from api.ingest import Unreadable, prepare
    from api.schemas.article import ArticleNew

    if isinstance(value, Bad):
        raise value
    try:
        return prepare(ArticleNew().load(value))
    except ValidationError as error:
        raise Bad("; ".join(_reasons(error.messages))) from None
    except Unreadable as error:
        raise Bad(str(error)) from None


def _written(engine: Engine, batch: Sequence[tuple[Prepared, Extraction]], *, last: bool = False) -> list[str | Bad]:
    """What became of each article that was extracted: all in one transaction or, when one fails, each in its own."""
    from sqlalchemy.exc import IntegrityError

    from api.database import writing
    from api.ingest import TextDiffers, store_all

    try:
        with writing(engine) as session:
            outcomes = store_all(session, batch)
            session.commit()
            return ["new" if new else "unchanged" for _, new in outcomes]
    except (TextDiffers, IntegrityError) as error:
        if not last:
            return [outcome for each in batch for outcome in _written(engine, [each], last=True)]
        why = f"the database refused it: {error.orig}" if isinstance(error, IntegrityError) else str(error)
        return [Bad(why.splitlines()[0])]


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

    total = sum(path.stat().st_size for path in found if path.is_file())
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
                progress.update(task, advance=record.size, description=_counts(tally))

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
                click.echo(f"{tally.total()} articles so far: {_counts(tally)}", err=True)

    yield Lines()


def _counts(tally: Counter[str]) -> str:
    return ", ".join(f"{tally[outcome]} {outcome}" for outcome in ("new", "unchanged", "failed"))
