"""verbatim import: articles from files and folders into the database."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
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
                for record in (record for path in found for record in articles(path)):
                    try:
                        tally["new" if _stored(engine, record.value) else "unchanged"] += 1
                    except Bad as error:
                        tally["failed"] += 1
                        progress.say(printable(f"{record.where}: {error}"))
                    progress.went(record)
        finally:
            click.echo(f"{tally.total()} articles: {_counts(tally)}")
    if tally["failed"]:
        raise SystemExit(1)


def _stored(engine: Engine, value: dict[str, Any] | Bad) -> bool:
    """Whether the article is new, once it is stored. Raises Bad with the reason when it cannot be."""
    from marshmallow import ValidationError
    from sqlalchemy.exc import IntegrityError

    from api.database import reading, writing
    from api.ingest import TextDiffers, Unreadable, extract, prepare, store, stored
    from api.schemas.article import ArticleNew

    if isinstance(value, Bad):
        raise value
    try:
        prepared = prepare(ArticleNew().load(value))
        with reading(engine) as session:
            if stored(session, prepared):
                return False
    except ValidationError as error:
        raise Bad("; ".join(_reasons(error.messages))) from None
    except (Unreadable, TextDiffers) as error:
        raise Bad(str(error)) from None
    found = extract(prepared)
    for last in (False, True):
        try:
            with writing(engine) as session:
                _, new = store(session, prepared, found)
                session.commit()
                return new
        except TextDiffers as error:
            raise Bad(str(error)) from None
        except IntegrityError as error:  # another import stored the same between our look and our write: look again
            if last:
                raise Bad(f"the database refused it: {error.orig}".splitlines()[0]) from None
    raise AssertionError("the second try returns or raises")


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
