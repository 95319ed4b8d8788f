"""verbatim feed: RSS and Atom feeds whose articles are imported."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

import click

from api.commands.database import opened
from api.commands.imports import NOT_ENGLISH, counted
from api.commands.terminal import Line, example, printable

if TYPE_CHECKING:
    import datetime as dt

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from api.models import Feed
    from api.sources.web import Web


@click.group(epilog=example("verbatim feed add https://harnby.example/feed.xml", "verbatim feed poll"))
def feed() -> None:
    """Import the articles of RSS and Atom feeds as they come out.

    Pages are fetched as VERBATIM_FETCH_AGENT, from public addresses and VERBATIM_FETCH_PRIVATE; robots.txt is obeyed.
    """


@feed.command(short_help="Remember a feed.", epilog=example("verbatim feed add https://harnby.example/feed.xml"))
@click.argument("url", type=Line(2000))
def add(url: str) -> None:
    """Remember the feed at URL; it is asked for by the next `verbatim feed poll`."""
    with opened() as engine:
        from api.database.engine import writing
        from api.sources import feeds
        from api.sources.web import NotFetched

        with writing(engine) as session:
            try:
                new = feeds.add(session, url)
            except NotFetched as error:
                raise click.ClickException(f"This URL cannot be a feed: {error}") from None
            session.commit()
    click.echo("It is remembered; read it with: verbatim feed poll" if new else "It was known already.")


@feed.command("list", short_help="List the feeds.", epilog=example("verbatim feed list"))
def list_() -> None:
    """List the feeds: URL, title, when each was polled and is due (UTC), and what went wrong; off a terminal with tabs."""
    with opened() as engine:
        from sqlalchemy import select

        from api.database.engine import reading
        from api.models import Feed

        with reading(engine) as session:
            rows = [
                (
                    row.url,
                    printable(row.title or "-"),
                    _minute(row.polled),
                    _minute(row.due),
                    printable(row.error or "-"),
                )
                for row in session.scalars(select(Feed).order_by(Feed.id))
            ]
    if not sys.stdout.isatty():
        for row in rows:
            click.echo("\t".join(row))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("URL", "title", "polled", "due", "error")
    for row in rows:
        table.add_row(*(Text(field) for field in row))
    Console().print(table if rows else "There are no feeds; add one: verbatim feed add URL")


@feed.command(epilog=example("verbatim feed remove https://harnby.example/feed.xml"))
@click.argument("url", type=Line(2000))
def remove(url: str) -> None:
    """Forget the feed at URL. Its articles stay."""
    with opened() as engine:
        from api.database.engine import writing

        with writing(engine) as session:
            session.delete(_known_feed(session, url))
            session.commit()
    click.echo("It is forgotten; its articles stay.")


@feed.command(
    short_help="Import what is new in the feeds.",
    epilog=example("verbatim feed poll", "verbatim feed poll https://harnby.example/feed.xml --now"),
)
@click.argument("url", type=Line(2000), required=False)
@click.option("--now", "at_once", is_flag=True, help="Also feeds that are not due yet.")
def poll(url: str | None, at_once: bool) -> None:
    """Import what is new in the feed at URL, or in every feed that is due. Let cron or a timer run it every few minutes.

    A feed is due 15 minutes after it was read, or later where it asks for that. Of what fails standard error says why, and
    the exit code is 1; a page that could not be fetched is tried by three polls.
    """
    from api.config import SettingError, Settings
    from api.sources.web import Web

    failed = False
    with opened() as engine:
        try:
            web = Web(Settings.from_environment())
        except SettingError as error:
            raise click.ClickException(str(error)) from None
        for feed_id, where, is_due in _feeds(engine, url):
            if is_due or at_once:
                failed = _poll(engine, web, feed_id, where) or failed
            elif url:
                click.echo(f"{where} is not due yet; read it all the same with --now")
    if failed:
        raise SystemExit(1)


def _feeds(engine: Engine, url: str | None) -> list[tuple[int, str, bool]]:
    """Return id, URL and whether it is due of the feed at `url`, or of all feeds, the longest due first."""
    from sqlalchemy import select

    from api.database.engine import reading
    from api.models import Feed, now

    with reading(engine) as session:
        rows = [_known_feed(session, url)] if url else session.scalars(select(Feed).order_by(Feed.due, Feed.id)).all()
        return [(row.id, row.url, row.due <= now()) for row in rows]


def _poll(engine: Engine, web: Web, feed_id: int, where: str) -> bool:
    """Poll a feed, and print what became of its entries. Return True if anything failed."""
    from api.sources import feeds

    tally: Counter[str] = Counter()
    try:
        for entry, became, failed, note in feeds.poll(engine, web, feed_id):
            tally["failed" if failed else became] += 1
            if failed or note:
                click.echo(printable(f"{entry}: {note or became}"), err=True)
            if note:
                tally[NOT_ENGLISH] += 1
    except feeds.NotPolled as error:
        click.echo(printable(f"{where}: {error}"), err=True)
        return True
    click.echo(f"{where}: {counted(tally)}")
    return tally["failed"] > 0


def _known_feed(session: Session, url: str) -> Feed:
    """Return the feed at `url`. Raise ClickException if there is none."""
    from sqlalchemy import select

    from api.models import Feed
    from api.sources.web import NotFetched, parse_web_url

    try:
        found = session.scalar(select(Feed).where(Feed.url == parse_web_url(url).url))
    except NotFetched:
        found = None
    if found is None:
        raise click.ClickException(f"There is no feed {url}; see: verbatim feed list")
    return found


def _minute(when: dt.datetime | None) -> str:
    return when.strftime("%Y-%m-%d %H:%M") if when else "-"
