"""verbatim watch: articles into the database as their files arrive in a folder."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click

from api.commands.database import opened
from api.commands.imports import articles, count, counted, outcomes
from api.commands.terminal import example, printable
from api.sources.files import find_files, read_articles


class _State(NamedTuple):
    """What changes about a file while it is written."""

    changed: int  # nanoseconds
    size: int


@click.command(
    short_help="Import the articles that arrive in a folder.",
    epilog=example("verbatim watch /srv/incoming", "verbatim watch incoming/ --every 1"),
)
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--every", type=click.FloatRange(0.1, 3600), default=5.0, show_default=True, help="Seconds between two looks."
)
def watch(folder: Path, every: float) -> None:
    """Import the articles in FOLDER and its subfolders, and then those that arrive, until stopped.

    Files are as for `verbatim import`. A file that is being written waits until two looks find it the same. Nothing in the
    folder is moved or changed. Stored articles are known by URL or text, so a second start stores nothing twice. If an article
    fails or is not in English, standard error says so. What failed is tried again when its file changes.
    """
    tally: Counter[str] = Counter()
    with opened() as engine:
        click.echo(f"Watching {printable(str(folder))}; Ctrl-C ends it.", err=True)
        try:
            for path in _settled(folder, every):
                before = tally.copy()
                for record, outcome in outcomes(engine, read_articles(path)):
                    for line in count(tally, record, outcome):
                        click.echo(line, err=True)
                click.echo(printable(f"{path}: {counted(tally - before)}"))
        finally:
            click.echo(f"{articles(tally)}: {counted(tally)}")


def _settled(folder: Path, every: float) -> Iterator[Path]:
    """Yield each file once two looks have found it the same, and again after each change. Never end."""
    seen: dict[Path, _State] = {}
    given: dict[Path, _State] = {}
    while True:
        now = dict(_states(folder))
        for path, state in now.items():
            if seen.get(path) == state and given.get(path) != state:
                given[path] = state
                yield path
        seen = now
        given = {path: state for path, state in given.items() if path in now}  # those that are gone may come again
        time.sleep(every)


def _states(folder: Path) -> Iterator[tuple[Path, _State]]:
    for path in find_files([folder]):
        try:
            status = path.stat()
        except OSError:  # gone again
            continue
        yield path, _State(status.st_mtime_ns, status.st_size)
