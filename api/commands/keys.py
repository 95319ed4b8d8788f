"""verbatim keys: who may write, and who may read where reading is closed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from api.commands.database import opened
from api.commands.terminal import Line, example
from api.enums import SCOPES

if TYPE_CHECKING:
    import datetime as dt


@click.group(epilog=example('verbatim keys create "night import" --scope write'))
def keys() -> None:
    """Make, list and revoke API keys."""


@keys.command(
    epilog=example(
        'KEY=$(verbatim keys create "night import" --scope write)', 'curl -H "Authorization: Bearer $KEY" ...'
    )
)
@click.argument("name", type=Line(200))
@click.option("--scope", type=click.Choice(SCOPES), required=True, help="Each includes those before it.")
def create(name: str, scope: str) -> None:
    """Make a key called NAME. It is shown this once, alone on the last line; only its hash is stored."""
    with opened() as engine:
        from api.database.engine import writing
        from api.http.auth import new_key

        with writing(engine) as session:
            key = new_key(session, name, scope)
            session.commit()
    click.echo("Keep it: it is not shown again. Send it as: Authorization: Bearer KEY", err=True)
    click.echo(key)


@keys.command("list", short_help="List the keys.", epilog=example("verbatim keys list --all"))
@click.option("--all", "every", is_flag=True, help="Revoked ones too.")
def list_(every: bool) -> None:
    """List the keys by the first characters of each; off a terminal as lines of tab-separated fields."""
    with opened() as engine:
        from sqlalchemy import select

        from api.database.engine import reading
        from api.models import ApiKey

        with reading(engine) as session:
            found = select(ApiKey).order_by(ApiKey.id)
            rows = [
                (key.prefix, key.scope, _day(key.created), _day(key.last_used), _day(key.revoked), key.name)
                for key in session.scalars(found if every else found.where(ApiKey.revoked.is_(None)))
            ]
    if not sys.stdout.isatty():
        for row in rows:
            click.echo("\t".join(row))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("key", "scope", "created", "last used", "revoked", "name")
    for row in rows:
        table.add_row(*(Text(field) for field in row))
    Console().print(table if rows else "There are no keys; make one: verbatim keys create NAME --scope write")


@keys.command(epilog=example("verbatim keys revoke vb_1f2e3d4c"))
@click.argument("prefix", type=Line(200))
def revoke(prefix: str) -> None:
    """Refuse the key that begins with PREFIX from now on. This cannot be undone."""
    with opened() as engine:
        from sqlalchemy import select

        from api.database.engine import writing
        from api.models import ApiKey, now

        with writing(engine) as session:
            key = session.scalar(select(ApiKey).where(ApiKey.prefix == prefix))
            if key is None:
                raise click.ClickException(f"No key begins with {prefix}; see: verbatim keys list")
            already = key.revoked is not None
            if not already:
                key.revoked = now()
                session.commit()
            name = key.name
    click.echo(f"{prefix} ({name}) {'was revoked already' if already else 'is revoked'}.")


def _day(moment: dt.datetime | None) -> str:
    return moment.date().isoformat() if moment else "-"
