"""Deduplicate quotes: the same words by the same speaker in the same text were said once.

Of such quotes the earliest is the original. All others have it as `copy_of_id`, and a search for distinct quotes leaves
them out (api.search.quotes).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, bindparam, or_, select, update
from sqlalchemy.orm import Session

from api.database.bulk import among
from api.models import Quote, SameText
from api.models.quote import UNDATED


class QuoteKey(NamedTuple):
    """What decides whether two quotes are the same, and which of them is the original.

    `first_id` is the first article with the text of the quote's article.
    """

    id: int
    first_id: int
    speaker_id: int | None
    act: str
    polarity: str
    terms: str
    at: dt.datetime
    status: str = ""
    copy_of_id: int | None = None
    article_id: int = 0


_KEYS = select(
    Quote.id, SameText.first_id, Quote.speaker_id, Quote.act, Quote.polarity, Quote.terms, Quote.at, Quote.status,
    Quote.copy_of_id, Quote.article_id,
).join(SameText, SameText.article_id == Quote.article_id).where(Quote.stands())  # fmt: skip


def find_duplicates(session: Session, quotes: Sequence[QuoteKey], texts: Mapping[int, int]) -> dict[int, int]:
    """Return the new quotes, not yet stored, that repeat another: by id the id of the original.

    `texts` is what `compare` returned for their articles. The result has stored quotes too, which are no longer original:
    `repoint` takes them.
    """
    before = {first for first in texts.values() if first not in texts}
    stored = _KEYS.where(among(SameText.first_id, before), Quote.copy_of_id.is_(None))
    originals = [QuoteKey._make(row) for row in session.execute(stored)] if before else []
    return {key.id: original for key, original in _outdated([*originals, *quotes]) if original is not None}


def repoint(session: Session, original_of: Mapping[int, int]) -> None:
    """Point former originals, and their duplicates, at new originals: by id the id of each one's new original."""
    if original_of:
        former: BindParameter[int] = bindparam("former")
        change = update(Quote).where(or_(Quote.id == former, Quote.copy_of_id == former))
        rows = [{"former": quote_id, "original": original} for quote_id, original in original_of.items()]
        session.connection().execute(change.values(copy_of_id=bindparam("original"), updated=Quote.updated), rows)


def deduplicate_quotes(session: Session, articles: Collection[int]) -> None:
    """Set `copy_of_id` right for the quotes of these articles, and for the same quotes in articles with the same text.

    Call it when quotes were added or got another speaker, act, polarity, date, text or status. The changes must be in the
    database.
    """
    own = session.scalars(select(Quote.id).where(Quote.article_id.in_(articles))).all()
    texts = session.scalars(select(SameText.first_id).where(SameText.article_id.in_(articles))).all()
    # Of the other articles the originals are enough, and what repeats one of these articles' quotes.
    concerned = or_(Quote.copy_of_id.is_(None), Quote.article_id.in_(articles), Quote.copy_of_id.in_(own))
    rows = session.execute(_KEYS.where(SameText.first_id.in_(texts), concerned))
    changed = _outdated([QuoteKey._make(row) for row in rows])
    elsewhere = [(key, original) for key, original in changed if key.article_id not in articles]
    former = {key.id: original for key, original in elsewhere if key.copy_of_id is None and original is not None}
    repoint(session, former)
    if changed:
        set_one = update(Quote).where(Quote.id == bindparam("quote")).values(copy_of_id=bindparam("original"))
        pointers = [{"quote": key.id, "original": original} for key, original in changed]
        session.connection().execute(set_one.values(updated=Quote.updated), pointers)


def misplaced_quotes(session: Session, firsts: Collection[int]) -> Iterator[int]:
    """Yield the ids of quotes with a wrong `copy_of_id`, in articles whose text these articles had first."""
    quotes = session.execute(_KEYS.where(SameText.first_id.in_(firsts)))
    for key, _ in _outdated(QuoteKey._make(row) for row in quotes):
        yield key.id


def _outdated(quotes: Iterable[QuoteKey]) -> list[tuple[QuoteKey, int | None]]:
    """Return the quotes whose `copy_of_id` is out of date, each with the right value; None for an original.

    The original is the earliest; of those as early the one stored first; undated ones come last. A rejected quote stands by
    itself.
    """
    groups: defaultdict[Any, list[QuoteKey]] = defaultdict(list)
    for key in quotes:
        same = (key.first_id, key.speaker_id, key.act, key.polarity, key.terms)
        groups[key.id if key.status == "rejected" else same].append(key)
    outdated: list[tuple[QuoteKey, int | None]] = []
    for group in groups.values():
        original = min(group, key=lambda key: (key.at == UNDATED, key.at, key.id)) if len(group) > 1 else group[0]
        right = [(key, None if key is original else original.id) for key in group]
        outdated += [(key, copy_of) for key, copy_of in right if key.copy_of_id != copy_of]
    return outdated
