"""Webhooks: what is new for a saved search is sent to its URL, signed, at least once whatever dies when.

1. `look` reads which quotes came or changed, in the order of commits (api.output.change_log) and once for all searches that stand at the
   same change; runs each search over them, as GET /v1/quotes does (api.search.quotes); and notes what it finds as deliveries, in the
   transaction that moves the search's cursor on.
2. `work` takes a delivery by a lease, sends it outside of any transaction, and stores the outcome. Its quotes are sent as they
   are then: those that are gone, or match no more, are left out. A worker that dies leaves a lease that runs out.
3. What fails is tried again, later and later, and is dead in the end. A search whose receiver fails rests as a whole, so that
   one which never answers does not keep workers from all others.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import logging
import random
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from marshmallow import ValidationError
from sqlalchemy import ColumnElement, Engine, delete, exists, insert, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from api.database.engine import reading, writing
from api.models import Delivery, DeliveryQuote, Quote, Search, now
from api.output import change_log as changes
from api.output import quotes as rows
from api.schemas.search import filters
from api.search import names
from api.search import quotes as search
from api.sources.web import NotFetched, Web

log = logging.getLogger(__name__)

WINDOW = 1000  # changes looked at together: as many quotes at most are looked for by one statement of each search
MOST_QUOTES = 100  # of a delivery: as many as a page of a list has
# Seconds until the next try, after the first and so on; then a delivery is dead. So it is tried for 28 hours, which outlasts
# a night in which nobody is there. The schedule is the one that the Standard Webhooks specification gives as an example.
WAITS = (5, 300, 1800, 7200, 18_000, 36_000, 36_000)
MOST_TRIES = 1 + len(WAITS)
RESTS = WAITS[:3]  # until the next try of any delivery of a search, after so many failures in a row
LONGEST_WAIT = 86_400  # seconds that a receiver may ask for by Retry-After
BOTH_SECRETS = dt.timedelta(days=1)  # after a secret was replaced: time to give receivers the new one


def new_secret() -> str:
    """A secret to sign with: 256 random bits, in words of its own so that it is known for what it is where it leaks."""
    return f"whsec_{secrets.token_urlsafe(32)}"


def signature(keys: Sequence[str], moment: int, body: bytes) -> str:
    """What X-Verbatim-Signature says of a body sent at `moment` (seconds since 1970): t=MOMENT, and v1=HMAC for each key.

    Each is the HMAC-SHA-256, in hexadecimal, of the moment in digits, a dot and the body.
    """
    signed = str(moment).encode() + b"." + body
    return ",".join([f"t={moment}", *(f"v1={hmac.digest(k.encode(), signed, hashlib.sha256).hex()}" for k in keys)])


def begin(session: Session, saved: Search) -> None:
    """Let a search that has just got its webhook be told of what happens from now on, in the caller's transaction."""
    saved.cursor = changes.latest(session)


def stop(session: Session, search_id: int) -> None:
    """Leave what still waits for a webhook that is no more unsent, in the caller's transaction."""
    waiting = update(Delivery).where(Delivery.search_id == search_id, Delivery.state == "pending")
    session.execute(waiting.values(state="dead", error="the search has no webhook any more"))


def hurry(session: Session, search_id: int, *which: ColumnElement[bool]) -> None:
    """Let deliveries of a search, those that are `which`, be sent (again) at once, in the caller's transaction."""
    again = update(Delivery).where(Delivery.search_id == search_id, *which)
    session.execute(again.values(state="pending", tries=0, due=now(), delivered=None))
    _put_off(session, search_id, now(), failures=0)


def prune(session: Session, before: dt.datetime) -> int:
    """Delete deliveries that ended and were made before that moment, in the caller's transaction; how many those were."""
    ended = delete(Delivery).where(Delivery.state != "pending", Delivery.created < before)
    return int(session.execute(ended).rowcount)  # type: ignore[attr-defined]  # a DELETE's result has it


# Looking


def look(engine: Engine) -> bool:
    """Note what is new for each search; whether there is more to look at at once."""
    with reading(engine) as session:
        latest = changes.latest(session)
        standing = select(Search.id, Search.query, Search.cursor).where(
            Search.webhook.is_not(None), Search.cursor < latest
        )
        behind = session.execute(standing.order_by(Search.cursor, Search.id)).all()
    more = False
    for cursor, here in groupby(behind, lambda saved: int(saved.cursor)):
        last = min(cursor + WINDOW, latest)
        try:
            moved = _look(engine, {saved.id: saved.query for saved in here}, cursor, last)
        except DBAPIError as error:  # such as that of a quote deleted at the same moment: the next look sees that
            log.warning("saved searches will look again: %s", error)
        else:
            more = more or (moved and last < latest)
    return more


def _look(engine: Engine, queries: dict[int, str], cursor: int, last: int) -> bool:
    """Note what the changes from a cursor to another have for the searches that stand there; whether any moved on."""
    found: dict[int, Sequence[int]] = {}
    with reading(engine) as session:
        if changes.pruned(session, cursor):
            log.warning("%s saved searches miss what was pruned after change %s", len(queries), cursor)
        changed = changes.of_quotes(session, cursor, last)
        for search_id, query in queries.items():
            try:
                found[search_id] = _matching(session, query, changed)
            except (DBAPIError, ValidationError) as error:  # it took too long, or is of a version that knew more
                log.warning("saved search %s cannot be run: %s", search_id, error)
                session.rollback()
    with writing(engine) as session:
        for search_id, quotes in found.items():
            if quotes:
                _note(session, search_id, cursor, last, quotes)
        idle = [search_id for search_id, quotes in found.items() if not quotes]
        session.execute(_move(cursor, last).where(Search.id.in_(idle)))
        session.commit()
    return bool(found)


def _matching(session: Session, query: str, quotes: Sequence[int]) -> Sequence[int]:
    """Which of the quotes with these ids a saved query finds now. Raises ValidationError for a query that cannot be read."""
    if not quotes:
        return []
    wanted = filters(query)
    match = wanted.pop("match")
    if isinstance(wanted.get("speaker"), str):
        wanted["speaker"], _ = names.resolve(session, wanted["speaker"], match)
    found = search.quotes(**wanted, dialect=session.get_bind().dialect.name)
    ids = search.among(session, found, quotes).with_only_columns(Quote.id)
    return session.scalars(ids.order_by(Quote.id)).all()


def _move(cursor: int, last: int) -> Any:
    return update(Search).where(Search.cursor == cursor).values(cursor=last, updated=Search.updated)


def _note(session: Session, search_id: int, cursor: int, last: int, quotes: Sequence[int]) -> None:
    """Put into deliveries those of the quotes that are in none yet, and move the search on; not where another is at it."""
    mine = select(Search.id).where(Search.id == search_id, Search.cursor == cursor, Search.webhook.is_not(None))
    if session.scalar(mine.with_for_update(skip_locked=True)) is None:
        return
    of_search = DeliveryQuote.search_id == search_id
    known = set(session.scalars(select(DeliveryQuote.quote_id).where(of_search, DeliveryQuote.quote_id.in_(quotes))))
    new = [quote_id for quote_id in quotes if quote_id not in known]
    never_sent = (Delivery.search_id == search_id, Delivery.state == "pending", Delivery.tries == 0)
    last_one = select(Delivery).where(*never_sent, Delivery.tried.is_(None)).order_by(Delivery.id.desc()).limit(1)
    delivery = session.scalar(last_one)
    while new:
        if delivery is None or delivery.quotes >= MOST_QUOTES:
            delivery = Delivery(search_id=search_id, quotes=0)
            session.add(delivery)
            session.flush()
        room = MOST_QUOTES - delivery.quotes
        part, new = new[:room], new[room:]
        row = {"search_id": search_id, "delivery_id": delivery.id}
        session.execute(insert(DeliveryQuote), [{**row, "quote_id": quote_id} for quote_id in part])
        delivery.quotes += len(part)
    session.execute(_move(cursor, last).where(Search.id == search_id))


# Sending


def work(engine: Engine, web: Web, lease: dt.timedelta, wake: Callable[[float], None]) -> bool:
    """Look for what is new, take one delivery by a lease of this length and send it; false where there was none to take.

    `wake` is called with the seconds after which there may be more to do.
    """
    if look(engine):
        wake(0)
    taken = _take(engine, lease)
    if taken is None:
        return False
    wake(0)
    status, error, asked = _send(web, taken)
    wake(_finish(engine, taken, status, error, asked))
    return True


@dataclass(frozen=True, slots=True)
class _Taken:
    id: int
    search_id: int
    webhook: str
    keys: tuple[str, ...]
    body: bytes
    tries: int
    failures: int


def _take(engine: Engine, lease: dt.timedelta) -> _Taken | None:
    """Lease a delivery of any search that has some: one with many does not keep others waiting."""
    with reading(engine) as session:
        due = exists().where(Delivery.search_id == Search.id, Delivery.state == "pending", Delivery.due <= now())
        waiting = select(Search.id).where(Search.webhook.is_not(None), Search.due <= now(), due)
        search_ids = list(session.scalars(waiting))
    random.shuffle(search_ids)
    for search_id in search_ids:
        with writing(engine) as session:
            try:
                taken = _lease(session, search_id, lease)
            except (DBAPIError, ValidationError) as error:
                log.warning("saved search %s cannot be run: %s", search_id, error)
                continue
            session.commit()
        if taken:
            return taken
    return None


def _lease(session: Session, search_id: int, lease: dt.timedelta) -> _Taken | None:
    """Lease the first delivery of a search that is due; those of which nothing matches any more are forgotten."""
    ready = select(Search).where(Search.id == search_id, Search.webhook.is_not(None), Search.due <= now())
    saved = session.scalar(ready.with_for_update(skip_locked=True))
    if saved is None or saved.webhook is None:
        return None
    pending = (Delivery.search_id == search_id, Delivery.state == "pending", Delivery.due <= now())
    while delivery := session.scalar(select(Delivery).where(*pending).order_by(Delivery.id).limit(1)):
        if delivery.tries >= MOST_TRIES:  # none of its leases ended with an outcome, else it were dead
            delivery.state, delivery.error = "dead", f"workers ended {MOST_TRIES} times while they sent it"
            session.flush()
            continue
        inside = DeliveryQuote.delivery_id == delivery.id
        quotes = session.scalars(select(DeliveryQuote.quote_id).where(inside)).all()
        matching = _matching(session, saved.query, quotes)
        # What is not sent now is as if it had never been found: it may match again.
        session.execute(delete(DeliveryQuote).where(inside, DeliveryQuote.quote_id.not_in(matching)))
        if not matching:
            session.delete(delivery)
            session.flush()
            continue
        delivery.quotes, delivery.tries, delivery.due = len(matching), delivery.tries + 1, now() + lease
        _put_off(session, search_id, now() + lease, failures=saved.failures)
        keys = [saved.secret]
        if saved.former_secret and saved.rotated and now() < saved.rotated + BOTH_SECRETS:
            keys.append(saved.former_secret)
        body = {
            "delivery": delivery.id,
            "search": {"id": saved.id, "name": saved.name, "query": saved.query},
            "items": rows.listed(session.connection(), matching, filters(saved.query).get("q")),
        }
        return _Taken(
            delivery.id, search_id, saved.webhook, tuple(keys), rows.as_json(body), delivery.tries, saved.failures
        )
    return None


def _put_off(session: Session, search_id: int, due: dt.datetime, *, failures: int) -> None:
    """Send nothing of a search before then. That is no change of the search: its version and ETag stay."""
    put_off = update(Search).where(Search.id == search_id)
    session.execute(put_off.values(due=due, failures=failures, updated=Search.updated))


def _send(web: Web, taken: _Taken) -> tuple[int | None, str | None, int]:
    """Send a delivery: the status that the receiver answered, why it failed, and the seconds that the receiver asks to wait."""
    headers = {
        "Content-Type": "application/json",
        "X-Verbatim-Delivery": str(taken.id),
        "X-Verbatim-Signature": signature(taken.keys, int(time.time()), taken.body),
    }
    try:
        answer = web.post(taken.webhook, taken.body, headers)
    except NotFetched as error:
        return None, str(error), 0
    if 200 <= answer.status < 300:
        return answer.status, None, 0
    return answer.status, f"the receiver answered {answer.status}", min(answer.retry_after or 0, LONGEST_WAIT)


def _finish(engine: Engine, taken: _Taken, status: int | None, error: str | None, asked: int) -> float:
    """Store what became of a delivery, if it is still the one taken; the seconds after which the search goes on."""
    outcome: dict[str, Any] = {"status": status, "error": error, "tried": now()}
    rest = 0.0
    if error is None:
        outcome |= {"state": "delivered", "delivered": now()}
    else:
        rest = max(RESTS[min(taken.failures, len(RESTS) - 1)], asked)
        if taken.tries >= MOST_TRIES:
            outcome["state"] = "dead"
        else:
            # Some later than others, so that they do not all come at once to a receiver that has just come back.
            wait = WAITS[taken.tries - 1] * random.uniform(1, 1.2)  # noqa: S311 - of no value to guess
            outcome["due"] = now() + dt.timedelta(seconds=max(wait, asked))
    with writing(engine) as session:
        mine = (Delivery.id == taken.id, Delivery.state == "pending", Delivery.tries == taken.tries)
        if session.execute(update(Delivery).where(*mine).values(outcome)).rowcount:  # type: ignore[attr-defined]  # an UPDATE's result has it
            failures = taken.failures + 1 if error else 0
            _put_off(session, taken.search_id, now() + dt.timedelta(seconds=rest), failures=failures)
        session.commit()
    return rest
