"""Saved searches over HTTP, and the deliveries to their webhooks."""

from __future__ import annotations

from typing import Any

from flask import current_app, g
from sqlalchemy import Select, func, select

from api.http import etags, pagination
from api.http.parsing import ID
from api.http.problems import Problem, invalid
from api.http.resources import caller, find, record
from api.http.session import session
from api.http.view import Blueprint, TaggedView, View
from api.jobs import webhooks
from api.jobs.queue import Background
from api.jobs.signatures import new_secret
from api.models import Delivery, Search, now
from api.schemas.base import PageQuery
from api.schemas.search import (
    DeliveryPage,
    DeliveryQuery,
    DeliverySchema,
    SearchNew,
    SearchPage,
    SearchPatch,
    SearchSchema,
    SearchWithSecret,
)
from api.sources.web import NotFetched

MAX_SEARCHES = 1000  # each is run over all that is new, which takes some milliseconds: docs/operations.md

blp = Blueprint(
    "searches",
    __name__,
    url_prefix="/v1/searches",
    description="Saved searches, and webhooks that get their new matches",
)


@blp.route("")
class Searches(TaggedView):
    @blp.arguments(PageQuery, location="query")
    @blp.response(200, SearchPage)
    def get(self, query: dict[str, Any]) -> Any:
        """List the saved searches of the key, the last one first. A key with scope admin lists all."""
        page = pagination.paginate(
            session(), visible(), (Search.id,), limit=query["limit"], cursor=query["cursor"], descending=True
        )
        return page, page.headers()

    @blp.arguments(SearchNew)
    @blp.response(201, SearchWithSecret)
    def post(self, body: dict[str, Any]) -> Any:
        """Save a search. New matches from now on are sent to its webhook, where it has one."""
        refuse_webhook(body.get("webhook"))
        if (session().scalar(select(func.count()).select_from(Search)) or 0) >= MAX_SEARCHES:
            raise Problem(
                "conflict", f"There are {MAX_SEARCHES:,} saved searches, which is the most: delete one first."
            )
        saved = Search(**body, secret=new_secret(), by=caller())
        webhooks.start(session(), saved)
        session().add(saved)
        session().flush()
        record(saved, body)
        etags.tag_as(saved, SearchSchema)
        return saved, {"Location": f"/v1/searches/{saved.id}"}


@blp.route(f"/<{ID}:search_id>")
class SearchById(TaggedView):
    @blp.response(200, SearchSchema)
    def get(self, search_id: int) -> Search:
        """Read a saved search. `href` is the path of the search itself."""
        return own(search_id)

    @blp.arguments(SearchPatch)
    @blp.response(200, SearchSchema)
    def patch(self, body: dict[str, Any], search_id: int) -> Search:
        """Change a saved search (merge patch, RFC 7396). What waits is sent to a new webhook at once."""
        refuse_webhook(body.get("webhook"))
        saved = own(search_id)
        etags.check(saved, SearchSchema)
        had = saved.webhook
        for name, value in body.items():
            setattr(saved, name, value)
        if saved.webhook is None:
            webhooks.cancel_pending(session(), search_id)
        elif had is None:
            webhooks.start(session(), saved)
        session().flush()
        if had and saved.webhook and saved.webhook != had:
            webhooks.send_now(session(), search_id, Delivery.state == "pending")
        record(saved, body)
        return saved

    @blp.response(204)
    def delete(self, search_id: int) -> None:
        """Delete a saved search with the log of its deliveries. Pending ones are not sent."""
        saved = own(search_id)
        etags.check(saved, SearchSchema)
        record(saved, {"deleted": True})
        session().delete(saved)


@blp.route(f"/<{ID}:search_id>/secret")
class SearchSecret(TaggedView):
    @blp.response(200, SearchWithSecret)
    def post(self, search_id: int) -> Any:
        """Replace the secret of a saved search. For a day deliveries are signed with the former one too."""
        saved = own(search_id)
        saved.former_secret, saved.secret, saved.rotated = saved.secret, new_secret(), now()
        session().flush()
        record(saved, {"secret": "replaced"})
        etags.tag_as(saved, SearchSchema)
        return saved, {"Location": f"/v1/searches/{saved.id}"}


@blp.route(f"/<{ID}:search_id>/deliveries")
class Deliveries(TaggedView):
    @blp.arguments(DeliveryQuery, location="query")
    @blp.response(200, DeliveryPage)
    def get(self, query: dict[str, Any], search_id: int) -> Any:
        """List the deliveries to a search's webhook, the last one first."""
        own(search_id)
        listed = select(Delivery).where(Delivery.search_id == search_id)
        if "state" in query:
            listed = listed.where(Delivery.state == query["state"])
        page = pagination.paginate(
            session(), listed, (Delivery.id,), limit=query["limit"], cursor=query["cursor"], descending=True
        )
        return page, page.headers()


@blp.route(f"/<{ID}:search_id>/deliveries/<{ID}:delivery_id>/resend")
class Resend(View):
    @blp.response(202, DeliverySchema)
    def post(self, search_id: int, delivery_id: int) -> Any:
        """Send a delivery again, whatever its state: with the same id, and its quotes as they are now."""
        saved = own(search_id)
        delivery = find(Delivery, delivery_id)
        if delivery.search_id != search_id:
            raise Problem("not-found", f"Search {search_id} has no delivery {delivery_id}.")
        if saved.webhook is None:
            raise Problem("conflict", "The search has no webhook: give it one first.")
        webhooks.send_now(session(), search_id, Delivery.id == delivery_id)
        session().expire_all()
        return delivery


def visible() -> Select[Search]:
    """Return the searches that the key may see and change: those it made, and all with scope admin."""
    listed = select(Search)
    return listed if g.key.scope == "admin" else listed.where(Search.by == caller())


def own(search_id: int) -> Search:
    """Return a saved search. Raise Problem (404) where there is none that the key may see."""
    saved = find(Search, search_id)
    if g.key.scope != "admin" and saved.by != caller():
        raise Problem("not-found", f"There is no search {search_id}.")
    return saved


def refuse_webhook(webhook: str | None) -> None:
    """Raise Problem (403, 422) for a webhook to which nothing would be sent.

    Call it before any transaction: it looks up the host.
    """
    if webhook is None:
        return
    background: Background = current_app.extensions["background"]
    if background.web is None:
        raise Problem("webhooks-off", "Save it without a webhook, or set VERBATIM_WEBHOOKS=on where the server runs.")
    try:
        background.web.check(webhook)
    except NotFetched as error:
        if error.url_at_fault:  # else it may answer later
            raise invalid("/webhook", f"Nothing is sent there: {error}.") from None
