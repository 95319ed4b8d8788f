"""Webhooks: new quotes of a saved search are sent to its URL, signed, at least once even if workers die.

1. `find_news` reads which quotes came or changed, in the order of commits (api.output.change_log). Searches that stand at the
   same change share one reading. Each search is run over those quotes, as GET /v1/quotes runs it (api.search.quotes). What it
   finds becomes deliveries, in the transaction that moves the search's cursor on.
2. `work` takes a delivery by a lease, sends it outside of any transaction, and stores the outcome. Its quotes are sent as they
   are then: those that are gone, or match no more, are left out. If a worker dies, its lease runs out.
3. A delivery that fails is tried again, after longer and longer waits, and is dead in the end. A search whose receiver fails
   rests as a whole, so that a receiver which never answers does not keep workers from all others.
"""

from __future__ import annotations

import datetime as dt
import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from marshmallow import ValidationError
from sqlalchemy import ColumnElement, Engine, delete, exists, insert, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from api.database.engine import reading, writing
from api.jobs.signatures import sign
from api.models import Delivery, DeliveryQuote, Quote, Search, now
from api.output import change_log as changes
from api.output import quote_json
from api.output.encoding import to_json
from api.schemas.search import filters
from api.search.quotes import find_among
from api.search.request import QuoteSearch, resolve
from api.sources.web import NotFetched, Web

log = logging.getLogger(__name__)

MAX_WINDOW_CHANGES = 1000  # searched together: each search looks for at most as many quotes in one statement
MAX_DELIVERY_QUOTES = 100  # at most in a delivery: as many as a page of a list has
# Seconds until the next try, after the first and so on; then a delivery is dead. So it is tried for 28 hours, which outlasts
# a night in which nobody is there. The schedule is the one that the Standard Webhooks specification gives as an example.
RETRY_SECONDS = (5, 300, 1800, 7200, 18_000, 36_000, 36_000)
MAX_SENDS = 1 + len(RETRY_SECONDS)
# Seconds until the next try of any delivery of a search, after one failure, two, and three or more in a row.
REST_SECONDS = RETRY_SECONDS[:3]
MAX_RETRY_AFTER = 86_400  # seconds that a receiver may ask for by Retry-After
SECRET_OVERLAP = dt.timedelta(days=1)  # in which a replaced secret signs too: time to give receivers the new one


def start(session: Session, saved: Search) -> None:
    """Let a search that has just got a webhook begin with the changes from now on, in the caller's transaction."""
    saved.cursor = changes.latest(session)


def cancel_pending(session: Session, search_id: int) -> None:
    """Mark as dead what still waits for a webhook that was removed, in the caller's transaction."""
    waiting = update(Delivery).where(Delivery.search_id == search_id, Delivery.state == "pending")
    session.execute(waiting.values(state="dead", error="the search has no webhook any more"))


def send_now(session: Session, search_id: int, *conditions: ColumnElement[bool]) -> None:
    """Make the deliveries of a search that meet the conditions due now, sent ones too, in the caller's transaction."""
    again = update(Delivery).where(Delivery.search_id == search_id, *conditions)
    session.execute(again.values(state="pending", tries=0, due=now(), delivered=None))
    _postpone(session, search_id, now(), failures=0)


def prune(session: Session, before: dt.datetime) -> int:
    """Delete the ended deliveries that were made before that moment, in the caller's transaction. Return how many."""
    ended = delete(Delivery).where(Delivery.state != "pending", Delivery.created < before)
    return int(session.execute(ended).rowcount)  # type: ignore[attr-defined]  # a DELETE's result has it


# Finding


def find_news(engine: Engine) -> bool:
    """Make deliveries of what is new for each search. Return True if there are more changes to look at."""
    with reading(engine) as session:
        latest = changes.latest(session)
        behind = select(Search.id, Search.query, Search.cursor).where(
            Search.webhook.is_not(None), Search.cursor < latest
        )
        searches = session.execute(behind.order_by(Search.cursor, Search.id)).all()
    more = False
    for cursor, here in groupby(searches, lambda saved: int(saved.cursor)):
        last = min(cursor + MAX_WINDOW_CHANGES, latest)
        try:
            moved = _find_window(engine, {saved.id: saved.query for saved in here}, cursor, last)
        except DBAPIError as error:  # such as that of a quote deleted at the same moment: the next look sees that
            log.warning("saved searches will look again: %s", error)
        else:
            more = more or (moved and last < latest)
    return more


def _find_window(engine: Engine, queries: dict[int, str], cursor: int, last: int) -> bool:
    """Make deliveries of the changes from `cursor` to `last` for the searches there. Return True if any cursor moved."""
    found: dict[int, Sequence[int]] = {}
    with reading(engine) as session:
        if changes.is_pruned(session, cursor):
            log.warning("%s saved searches miss what was pruned after change %s", len(queries), cursor)
        changed = changes.changed_quotes(session, cursor, last)
        for search_id, query in queries.items():
            try:
                found[search_id] = _matching(session, _asked(session, query), changed) if changed else []
            except (DBAPIError, ValidationError) as error:  # it took too long, or is of a version that knew more
                log.warning("saved search %s cannot be run: %s", search_id, error)
                session.rollback()
    with writing(engine) as session:
        for search_id, quotes in found.items():
            if quotes:
                _add_to_deliveries(session, search_id, cursor, last, quotes)
        without = [search_id for search_id, quotes in found.items() if not quotes]
        session.execute(_move_cursor(cursor, last).where(Search.id.in_(without)))
        session.commit()
    return bool(found)


def _asked(session: Session, query: str) -> QuoteSearch:
    """Return the search that a saved query asks for. Raise ValidationError if the query is not valid."""
    return resolve(session, filters(query))[0]


def _matching(session: Session, search: QuoteSearch, quotes: Sequence[int]) -> Sequence[int]:
    """Return which of the quotes with these ids the search finds now, in the order of ids."""
    if not quotes:
        return []
    ids = find_among(search, quotes, session).select.with_only_columns(Quote.id)
    return session.scalars(ids.order_by(Quote.id)).all()


def _move_cursor(cursor: int, last: int) -> Any:
    return update(Search).where(Search.cursor == cursor).values(cursor=last, updated=Search.updated)


def _add_to_deliveries(session: Session, search_id: int, cursor: int, last: int, quotes: Sequence[int]) -> None:
    """Put the quotes that are in no delivery yet into deliveries, and move the search's cursor on.

    Do nothing if another worker holds the search, or has moved it.
    """
    ours = select(Search.id).where(Search.id == search_id, Search.cursor == cursor, Search.webhook.is_not(None))
    if session.scalar(ours.with_for_update(skip_locked=True)) is None:
        return
    of_search = DeliveryQuote.search_id == search_id
    known = set(session.scalars(select(DeliveryQuote.quote_id).where(of_search, DeliveryQuote.quote_id.in_(quotes))))
    new = [quote_id for quote_id in quotes if quote_id not in known]
    never_sent = (Delivery.search_id == search_id, Delivery.state == "pending", Delivery.tries == 0)
    newest = select(Delivery).where(*never_sent, Delivery.tried.is_(None)).order_by(Delivery.id.desc()).limit(1)
    delivery = session.scalar(newest)
    while new:
        if delivery is None or delivery.quotes >= MAX_DELIVERY_QUOTES:
            delivery = Delivery(search_id=search_id, quotes=0)
            session.add(delivery)
            session.flush()
        room = MAX_DELIVERY_QUOTES - delivery.quotes
        part, new = new[:room], new[room:]
        row = {"search_id": search_id, "delivery_id": delivery.id}
        session.execute(insert(DeliveryQuote), [{**row, "quote_id": quote_id} for quote_id in part])
        delivery.quotes += len(part)
    session.execute(_move_cursor(cursor, last).where(Search.id == search_id))


# Sending


def work(engine: Engine, web: Web, lease: dt.timedelta, wake: Callable[[float], None]) -> bool:
    """Look for what is new, and send one delivery under a lease of this length. Return False if there was none to send.

    `wake` is called with the seconds after which there may be more to do.
    """
    if find_news(engine):
        wake(0)
    leased = _lease(engine, lease)
    if leased is None:
        return False
    wake(0)
    wake(_store_outcome(engine, leased, *_send(web, leased)))
    return True


@dataclass(frozen=True, slots=True)
class _Leased:
    """A delivery as it is sent. `keys` are the secrets that sign it, and `tries` is the fencing token of the lease."""

    id: int
    search_id: int
    webhook: str
    keys: tuple[str, ...]
    body: bytes
    tries: int
    failures: int


def _lease(engine: Engine, lease: dt.timedelta) -> _Leased | None:
    """Lease a due delivery of a random search, so that one with many does not keep the others waiting."""
    with reading(engine) as session:
        due = exists().where(Delivery.search_id == Search.id, Delivery.state == "pending", Delivery.due <= now())
        waiting = select(Search.id).where(Search.webhook.is_not(None), Search.due <= now(), due)
        search_ids = list(session.scalars(waiting))
    random.shuffle(search_ids)
    for search_id in search_ids:
        with writing(engine) as session:
            try:
                leased = _lease_of_search(session, search_id, lease)
            except (DBAPIError, ValidationError) as error:
                log.warning("saved search %s cannot be run: %s", search_id, error)
                continue
            session.commit()
        if leased:
            return leased
    return None


def _lease_of_search(session: Session, search_id: int, lease: dt.timedelta) -> _Leased | None:
    """Lease the first due delivery of a search. Delete those before it of which nothing matches any more."""
    rested = select(Search).where(Search.id == search_id, Search.webhook.is_not(None), Search.due <= now())
    saved = session.scalar(rested.with_for_update(skip_locked=True))
    if saved is None or saved.webhook is None:
        return None
    pending = (Delivery.search_id == search_id, Delivery.state == "pending", Delivery.due <= now())
    while delivery := session.scalar(select(Delivery).where(*pending).order_by(Delivery.id).limit(1)):
        if delivery.tries >= MAX_SENDS:  # no lease ended with an outcome, or it would be dead
            delivery.state, delivery.error = "dead", f"workers ended {MAX_SENDS} times while they sent it"
            session.flush()
            continue
        inside = DeliveryQuote.delivery_id == delivery.id
        quotes = session.scalars(select(DeliveryQuote.quote_id).where(inside)).all()
        search = _asked(session, saved.query)
        matching = _matching(session, search, quotes)
        # A quote that is not sent now can be found again when it matches again.
        session.execute(delete(DeliveryQuote).where(inside, DeliveryQuote.quote_id.not_in(matching)))
        if not matching:
            session.delete(delivery)
            session.flush()
            continue
        delivery.quotes, delivery.tries, delivery.due = len(matching), delivery.tries + 1, now() + lease
        _postpone(session, search_id, now() + lease, failures=saved.failures)
        keys = [saved.secret]
        if saved.former_secret and saved.rotated and now() < saved.rotated + SECRET_OVERLAP:
            keys.append(saved.former_secret)
        body = {
            "delivery": delivery.id,
            "search": {"id": saved.id, "name": saved.name, "query": saved.query},
            "items": quote_json.listed(session.connection(), matching, search.query),
        }
        return _Leased(
            delivery.id, search_id, saved.webhook, tuple(keys), to_json(body), delivery.tries, saved.failures
        )
    return None


def _postpone(session: Session, search_id: int, due: dt.datetime, *, failures: int) -> None:
    """Send nothing of a search before `due`. That does not change the search: its version and ETag stay."""
    postponed = update(Search).where(Search.id == search_id)
    session.execute(postponed.values(due=due, failures=failures, updated=Search.updated))


def _send(web: Web, leased: _Leased) -> tuple[int | None, str | None, int]:
    """Send a delivery. Return the receiver's status, why it failed, and the seconds that the receiver asks to wait."""
    headers = {"Content-Type": "application/json", **sign(leased.keys, leased.id, now(), leased.body)}
    try:
        answer = web.post(leased.webhook, leased.body, headers)
    except NotFetched as error:
        return None, str(error), 0
    if 200 <= answer.status < 300:
        return answer.status, None, 0
    return answer.status, f"the receiver answered {answer.status}", min(answer.retry_after or 0, MAX_RETRY_AFTER)


def _store_outcome(engine: Engine, leased: _Leased, status: int | None, error: str | None, retry_after: int) -> float:
    """Store the outcome of a delivery, unless its lease ran out. Return the seconds for which the search rests."""
    outcome: dict[str, Any] = {"status": status, "error": error, "tried": now()}
    rest = 0.0
    if error is None:
        outcome |= {"state": "delivered", "delivered": now()}
    else:
        rest = max(REST_SECONDS[min(leased.failures, len(REST_SECONDS) - 1)], retry_after)
        if leased.tries >= MAX_SENDS:
            outcome["state"] = "dead"
        else:
            # Some later than others, so that they do not all come at once to a receiver that has just come back.
            wait = RETRY_SECONDS[leased.tries - 1] * random.uniform(1, 1.2)  # noqa: S311 - of no value to guess
            outcome["due"] = now() + dt.timedelta(seconds=max(wait, retry_after))
    with writing(engine) as session:
        ours = (Delivery.id == leased.id, Delivery.state == "pending", Delivery.tries == leased.tries)
        if session.execute(update(Delivery).where(*ours).values(outcome)).rowcount:  # type: ignore[attr-defined]  # an UPDATE's result has it
            failures = leased.failures + 1 if error else 0
            _postpone(session, leased.search_id, now() + dt.timedelta(seconds=rest), failures=failures)
        session.commit()
    return rest
