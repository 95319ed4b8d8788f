"""verbatim saved: searches to keep, such as those whose new quotes go to a webhook."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import click

from api.commands.database import opened
from api.commands.search import build_search, filter_options
from api.commands.terminal import Line, example, printable


@click.group(
    epilog=example('verbatim saved add "Tamberg on the bridge" bridge --speaker Tamberg', "verbatim saved list")
)
def saved() -> None:
    """Save searches, and list those that are saved.

    The API has them at /v1/searches, and can send their new quotes to a webhook. It shows a search to the key that it
    belongs to, and to keys with the scope admin.
    """


@saved.command(epilog=example('verbatim saved add "Tamberg on the bridge" bridge --speaker Tamberg'))
@click.argument("name", type=Line(200))
@click.option("--key", metavar="PREFIX", type=Line(20), help="Whose it is, as `verbatim keys list` shows the key.")
@filter_options
def add(name: str, words: tuple[str, ...], key: str | None, **which: Any) -> None:
    """Save a search as NAME. Without --key it belongs to no key: the API shows it to keys with the scope admin alone.

    The rest is as for `verbatim search`.
    """
    with opened() as engine:
        from sqlalchemy import select

        from api.database.engine import writing
        from api.jobs import webhooks
        from api.jobs.signatures import new_secret
        from api.models import ApiKey, Revision, Search

        q = " ".join(words) or None
        given = {"q": q, **{{"first": "from", "last": "to"}.get(key, key): value for key, value in which.items()}}
        parts = {key: f"{value:%Y-%m-%d}" if key in ("from", "to") else value for key, value in given.items() if value}
        query = urlencode(parts)
        if not set(parts) - {"act"}:
            raise click.UsageError("Name WORDS or a filter: a search for everything is not worth saving.")
        with writing(engine) as session:
            build_search(session, q, **which)
            owner = select(ApiKey.id).where(ApiKey.prefix == key, ApiKey.revoked.is_(None))
            if key is not None and session.scalar(owner) is None:
                raise click.ClickException(f"No key begins with {key}; see: verbatim keys list")
            search = Search(name=name, query=query, secret=new_secret(), by=key)
            webhooks.start(session, search)
            session.add(search)
            session.flush()
            session.add(
                Revision(table="search", row=search.id, version=1, by=None, change={"name": name, "query": query})
            )
            session.commit()
            click.echo(f"Saved as {search.id}: /v1/quotes?{query}")


@saved.command("list", epilog=example("verbatim saved list"))
def list_() -> None:
    """List the saved searches: id, name, query and owner.

    Tabs stand between them. The owner is the key that the search belongs to; "admin" stands for no key.
    """
    with opened() as engine:
        from sqlalchemy import select

        from api.database.engine import reading
        from api.models import Search

        with reading(engine) as session:
            for search in session.scalars(select(Search).order_by(Search.id)):
                owner = search.by or "admin"
                click.echo(f"{search.id}\t{printable(search.name)}\t{printable(search.query)}\t{owner}")
