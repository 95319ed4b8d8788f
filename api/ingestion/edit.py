"""Edit quotes by hand, in the one order that keeps denormalised columns and duplicates right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from api.database.locks import lock_identity
from api.ingestion.denormalised import complete
from api.ingestion.duplicates import deduplicate_quotes
from api.models import Quote, Speaker, now


class StaysAdded(ValueError):
    """A quote that was added by hand was to get another status."""

    def __init__(self) -> None:
        super().__init__("The quote was added by hand and stays added: delete it if it is wrong.")


@contextmanager
def edit_quote(session: Session, find: Callable[[], Quote], *, completes: bool = True) -> Iterator[Quote]:
    """Yield the quote that `find` returns, stored or new, to be changed or deleted in the caller's transaction.

    1. Wait until no other transaction resolves speakers or duplicates; only then read the quote.
    2. Let the caller change it, without autoflush: an unfinished row must not go to the database.
    3. Complete its denormalised columns and its context, unless `completes` is false.
    4. Flush, then deduplicate its article's quotes anew: that reads the database.

    The caller records a change afterwards, when the version is known. It records a deletion before, while the row exists.
    """
    lock_identity(session)
    quote = find()
    article_id = quote.article.id if quote.article_id is None else quote.article_id
    with session.no_autoflush:
        yield quote
        if completes:
            complete(quote)
    if quote not in session:
        session.add(quote)
    session.flush()
    deduplicate_quotes(session, [article_id])


def set_speaker(quote: Quote, speaker: Speaker | None) -> None:
    """Give a quote another speaker. Role, evidence and those who speak together were the former speaker's, and go."""
    if speaker is not quote.speaker:
        quote.speaker, quote.role, quote.confidence, quote.evidence = speaker, None, 1.0, []
        quote.role_status, quote.joint = "held", ""


def note_decision(quote: Quote, *, changes: bool, status: str | None) -> None:
    """Set the status of a quote that a person decides on, and when it was changed. Raise StaysAdded.

    `changes` says whether anything but the status was changed: an extracted, given or confirmed quote is then corrected. A
    `status` that the person gives comes before that.
    """
    if status is not None and quote.status == "added":
        raise StaysAdded
    if changes and quote.status in ("extracted", "given", "confirmed"):
        quote.status = "corrected"
    quote.status = status or quote.status
    quote.updated = now()  # spans are rows of their own: a change of them alone counts as one of the quote too
