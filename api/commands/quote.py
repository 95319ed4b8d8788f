"""verbatim show and verbatim correct: one quote, in its context, and what a person knows better about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from api.commands.database import opened
from api.commands.search import day, where, who
from api.commands.terminal import Line, example, printable
from api.enums import POLARITIES

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from api.models import Quote, Speaker

quote_id = click.argument("quote_id", metavar="ID", type=click.IntRange(1, 2**63 - 1))


@click.command(epilog=example("verbatim show 12"))
@quote_id
def show(quote_id: int) -> None:
    """Show a quote in its context, with its source.

    ID is the number that `verbatim search` shows.
    """
    with opened() as engine:
        from api.database.engine import reading

        with reading(engine) as session:
            _print(session, _known(session, quote_id))


@click.command(
    epilog=example(
        'verbatim correct 12 --speaker "Maarja Tamberg"',
        "verbatim correct 12 --polarity denied",
        "verbatim correct 12 --reject",
    )
)
@quote_id
@click.option("--speaker", type=Line(300), help="Who said it: a known name, or an id.")
@click.option("--polarity", type=click.Choice(POLARITIES), help="How the source puts it forward.")
@click.option("--confirm", "status", flag_value="confirmed", help="It is right as it is.")
@click.option("--reject", "status", flag_value="rejected", help="It is no quote: leave it out of searches.")
def correct(quote_id: int, speaker: str | None, polarity: str | None, status: str | None) -> None:
    """Correct a quote, and show it.

    What you decide stays, also when the article is imported again. Another speaker takes the role away that the former had.
    """
    if not (speaker or polarity or status):
        raise click.UsageError("Say what is wrong: --speaker, --polarity, --confirm or --reject.")
    with opened() as engine:
        from api.database.engine import writing
        from api.ingestion.edit import StaysAdded, edit_quote, note_decision, set_speaker
        from api.models import Revision

        with writing(engine) as session:
            found = _speaker(session, speaker) if speaker else None
            with edit_quote(session, lambda: _known(session, quote_id), completes=bool(speaker or polarity)) as quote:
                change: dict[str, Any] = {}
                if found:
                    change["speaker"] = found.id
                    set_speaker(quote, found)
                if polarity:
                    quote.polarity = change["polarity"] = polarity
                try:
                    note_decision(quote, changes=bool(change), status=status)
                except StaysAdded as error:
                    raise click.ClickException(str(error)) from None
                change |= {"status": status} if status else {}
            session.flush()
            session.add(Revision(table="quote", row=quote.id, version=quote.version, by=None, change=change))
            session.commit()
            _print(session, _known(session, quote_id))


def _known(session: Session, quote_id: int) -> Quote:
    """Return the quote. Raise ClickException if there is none."""
    from api.models import Quote

    found = session.get(Quote, quote_id)
    if found is None:
        raise click.ClickException(f"There is no quote {quote_id}; verbatim search shows their ids.")
    return found


def _speaker(session: Session, asked: str) -> Speaker:
    """Return the one speaker of this id, or of this name in full. Raise ClickException if there is none, or several."""
    from api.models import Speaker
    from api.search import names

    if asked.isascii() and asked.isdigit() and len(asked) < 19:
        found = [speaker] if (speaker := session.get(Speaker, int(asked))) else []
    else:
        _, matches = names.resolve(session, asked, "folded")
        found = [speaker for match in matches if (speaker := session.get(Speaker, match.id))]
    if len(found) == 1:
        return found[0]
    if not found:
        raise click.ClickException(f"No speaker is called {printable(asked)}; POST /v1/speakers adds one")
    several = ", ".join(f"{speaker.id} ({printable(speaker.name)})" for speaker in found[:10])
    raise click.ClickException(f"Several speakers are called so; name one by its id: {several}")


def _print(session: Session, quote: Quote) -> None:
    """Print a quote: what, who, when and where, and its context with the words marked."""
    from api.models.quote import put_forward
    from api.output import quote_json

    found = quote_json.single(session.connection(), quote.id) or {}
    rows = (
        ("Quote", put_forward(quote.text, quote.polarity)),
        ("Speaker", who(quote)),
        ("Said", day(quote)),
        ("Reported by", found.get("cue_text")),
        ("Source", found.get("source_text")),
        ("Kind", f"{quote.kind} {quote.medium}, {quote.polarity}, {quote.status}"),
        ("Article", quote.article.title),
        ("Publisher", quote.article.publisher and quote.article.publisher.name),
        ("Where", where(quote)),
        ("Context", found.get("context")),
    )
    for label, value in rows:
        if value:
            click.echo(f"{label:<12} {printable(str(value))}")
