"""verbatim search: quotes as a table."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from api.commands.database import opened
from api.commands.terminal import Day, Line, example, printable
from api.enums import ACTS, POLARITIES, SORTS

if TYPE_CHECKING:
    from rich.text import Text
    from sqlalchemy.orm import Session

    from api.models import Quote
    from api.search.language import Query
    from api.search.request import QuoteSearch

WIDTH = 120  # columns of the table where there is no terminal and COLUMNS is not set


def _country(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None and not re.fullmatch("[A-Za-z]{2}", value):
        raise click.BadParameter("a country is two letters, such as EE")
    return value and value.upper()


FILTERS = (
    click.argument("words", metavar="[WORDS]...", nargs=-1, type=Line()),
    click.option("--speaker", type=Line(), help="Name or surname in any spelling, handle or id."),
    click.option("--role", type=Line(), help="Title of the role in which it was said, or its id."),
    click.option("--organisation", type=Line(), help="Organisation of that role."),
    click.option("--country", callback=_country, metavar="CC", help="Country of that role, two letters."),
    click.option("--publisher", type=Line(), help="Name, domain or id."),
    click.option("--from", "first", type=Day(), metavar="DATE", help="Said, else published, that day or later."),
    click.option("--to", "last", type=Day(), metavar="DATE", help="That day or earlier."),
    click.option("--act", type=click.Choice([*ACTS, "any"]), default="speech", show_default=True),
    click.option("--polarity", type=click.Choice(POLARITIES), help="Asserted, denied, questioned, or hedged."),
)


def filter_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the arguments that select quotes; `build_search` takes them."""
    for take in reversed(FILTERS):
        command = take(command)
    return command


@click.command(
    short_help="Show the quotes that have all WORDS.",
    epilog=example(
        "verbatim search bridge --speaker Tamberg --from 2024-01-01",
        "verbatim search '\"road bridge\"' --country EE",
        "verbatim search --role governor --limit 5",
    ),
)
@filter_options
@click.option("--sort", type=click.Choice(SORTS), default="newest", show_default=True)
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many to show.")
def search(
    words: tuple[str, ...],
    sort: str,
    limit: int,
    **which: Any,
) -> None:
    """Show the quotes that have all WORDS, in their text or their speaker's name.

    They also match every filter. `verbatim show ID` shows one in its context.

    Words in quotation marks must stand together; a shell takes marks away, unless there are others around them. `a OR b`
    is either, `beginn*` a beginning, `speaker:Tamberg` and `said:2024-05` fields; `-word` leaves out (write -- before it).
    """
    q = " ".join(words) or None
    with opened() as engine:
        from sqlalchemy import select
        from sqlalchemy.orm import joinedload, selectinload

        from api.database.engine import reading
        from api.models import Article, Quote
        from api.search import ranking
        from api.search.quotes import find_quotes

        with reading(engine) as session:
            wanted = build_search(session, q, **which)
            listed = ranking.ordered(find_quotes(wanted, session), sort)
            ids = session.scalars(listed.sorted().limit(limit + 1)).all()
            shown = (
                joinedload(Quote.speaker),
                joinedload(Quote.role),
                selectinload(Quote.joint_speakers),
                joinedload(Quote.article).joinedload(Article.publisher),
            )
            quotes = {
                quote.id: quote for quote in session.scalars(select(Quote).where(Quote.id.in_(ids)).options(*shown))
            }
            found = [quotes[quote_id] for quote_id in ids]
            _show(found[:limit], wanted.query)
    if not found:
        click.echo("Nothing was found.", err=True)
    elif len(found) > limit:
        click.echo(f"These are the first {limit}; more with --limit.", err=True)


def build_search(
    session: Session,
    q: str | None,
    *,
    first: dt.datetime | None,
    last: dt.datetime | None,
    **filters: str | None,
) -> QuoteSearch:
    """Return the search for the arguments of `filter_options`. Print the names that only a similar spelling matched."""
    from api.search.request import resolve

    before = last.date() if last else None
    given = {
        **filters,
        **{name: _id(filters[name]) for name in ("speaker", "role", "publisher")},
        "q": q,
        "since": _midnight(first.date()) if first else None,
        "before": _midnight(before + dt.timedelta(days=1)) if before and before < dt.date.max else None,
    }
    search, speakers = resolve(session, given)
    for speaker in speakers or []:
        if speaker.match == "fuzzy":
            click.echo(f"Taken to mean {printable(speaker.name)}.", err=True)
    return search


def _id(value: str | None) -> int | str | None:
    """Return digits as an id, and anything else, which is a name, as it is."""
    return int(value) if value and re.fullmatch("[1-9][0-9]{0,17}", value) else value


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)


def _show(quotes: list[Quote], query: Query | None) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from api.models.quote import put_forward
    from api.search.highlights import Highlighter

    if not quotes:
        return
    highlighter = Highlighter(query)
    console = Console(width=shutil.get_terminal_size((WIDTH, 0)).columns)
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), expand=True)
    table.add_column("Date", no_wrap=True)
    table.add_column("Speaker", max_width=20)
    table.add_column("Quote, and where it stands", ratio=1, overflow="fold")
    table.add_column("Id", no_wrap=True, justify="right")
    for quote in quotes:
        colours = console.is_terminal and not console.no_color
        words = _marked(quote.text, highlighter.highlight(quote.text), colours=colours)
        place = Text(f"\n{printable(where(quote))}", "dim" if colours else "")
        table.add_row(
            Text(day(quote)),
            Text(printable(who(quote))),
            Text(put_forward("", quote.polarity)).append_text(words).append_text(place),
            str(quote.id),
        )
    console.print(table)


def day(quote: Quote) -> str:
    """Return the day on which it was said, else published."""
    known = quote.said or (quote.article.published and quote.article.published.date())
    return known.isoformat() if known else "-"


def where(quote: Quote) -> str:
    """Return the URL of a quote's article, else its publisher and title, else its id."""
    article = quote.article
    parts = [article.publisher.name if article.publisher else None, article.title]
    return article.url or ", ".join(filter(None, parts)) or f"article {article.id}"


def who(quote: Quote) -> str:
    """Return the speaker with the role then, "Maarja Tamberg, Prime Minister (EE)", or all who speak together."""
    if quote.speaker is None:
        return "-"
    if quote.joint:
        together = {speaker.id: speaker.name for speaker in quote.joint_speakers}
        return "; ".join([quote.speaker.name, *(together[each] for each in quote.joint_ids)])
    role = quote.role_then
    if role is None:
        return quote.speaker.name
    of = f", {role.organisation}" if role.organisation else ""
    country = f" ({role.country})" if role.country else ""
    return f"{quote.speaker.name}, {role.title}{of}{country}"


def _marked(text: str, spans: list[list[int]], *, colours: bool) -> Text:
    """Return the text with these spans in bold, or between asterisks where there are no colours."""
    from rich.text import Text

    shown, marked, end = printable(text), Text(), 0
    for start, stop in spans:
        marked.append(shown[end:start])
        marked.append(shown[start:stop] if colours else f"*{shown[start:stop]}*", "bold yellow" if colours else None)
        end = stop
    return marked.append(shown[end:])
