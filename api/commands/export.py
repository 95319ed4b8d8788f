"""verbatim export: a whole search to a file or to standard output."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import click

from api.commands.database import opened
from api.commands.files import check_target, force_option, whole_file, why
from api.commands.search import build_search, filter_options
from api.commands.terminal import example, number, printable
from api.enums import QUOTE_FORMATS


@click.command(
    short_help="Write all quotes that a search finds.",
    epilog=example(
        "verbatim export bridge --speaker Tamberg --format csv -o tamberg.csv",
        "verbatim export bridge --for-excel -o bridge.csv",
        "verbatim export --from 2024-01-01 | gzip > quotes.ndjson.gz",
    ),
)
@filter_options
@click.option("--format", "name", type=click.Choice(QUOTE_FORMATS), show_default="ndjson")
@click.option(
    "--for-excel",
    is_flag=True,
    help="CSV that Excel opens by a double click: UTF-16 with tabs, and no dates where there are none.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Instead of standard output.",
)
@click.option("--after", type=click.IntRange(0), default=0, metavar="ID", help="Go on after this quote.")
@force_option
@click.option("--base", default="http://127.0.0.1:8000/", show_default=True, help="Where the API is served, for links.")
def export(
    words: tuple[str, ...],
    name: str | None,
    for_excel: bool,
    output: Path | None,
    after: int,
    force: bool,
    base: str,
    **which: Any,
) -> None:
    """Write every quote that `verbatim search` would find, in the order of their ids and without a limit.

    FILE is complete or not there: it is written beside under another name, and renamed at the end. Standard error says how
    many quotes were written.
    """
    if for_excel and (name not in (None, "csv") or after):
        raise click.UsageError("--for-excel writes whole CSV files: leave out --format and --after.")
    name = "csv" if for_excel else name or "ndjson"
    written: list[int] = []
    with opened() as engine:
        from api.database.engine import reading, sqlite_file
        from api.output import csv_table
        from api.output import stream as exports
        from api.output.links import Links
        from api.search.quotes import find_by_rows

        if output is not None:
            check_target(output, sqlite_file(engine.url), force=force)
        q = " ".join(words) or None
        with reading(engine) as session:
            found = find_by_rows(build_search(session, q, **which))
        given = {"q": q, **which, "format": name}
        search_url = f"{base.rstrip('/')}/v1/quotes?{urlencode({key: value for key, value in given.items() if value})}"
        links = Links(f"{base.rstrip('/')}/", search_url, search_url, resumed=after > 0)
        chunks = exports.quotes(engine, found, name, links, after=after, tell=written.append)
        if for_excel:
            chunks = csv_table.for_excel(chunks)
        if output is None:
            for chunk in chunks:
                click.echo(chunk, nl=False)
        else:
            _save(chunks, output)
    click.echo(f"{number(sum(written), 'quote')} written{f' to {printable(str(output))}' if output else ''}.", err=True)


def _save(chunks: Iterable[bytes], file: Path) -> None:
    """Write the chunks to `file`. Raise ClickException, and leave no file, if that fails."""
    try:
        with whole_file(file) as part, part.open("wb") as stream:
            stream.writelines(chunks)
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {why(error)}") from None
