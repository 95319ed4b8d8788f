"""Searches as feeds."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from werkzeug.wrappers import Response as AnyResponse

from api.http.blueprint import Blueprint, View
from api.http.session import session
from api.models import Quote
from api.output import atom
from api.schemas.quote import QuoteFilters
from api.search.quotes import find_by_rows
from api.search.request import resolve
from api.views.quotes import SHOWN, contexts

blp = Blueprint("feeds", __name__, url_prefix="/v1", description="Searches to follow")

ENTRIES = 50  # the last stored: a reader that asks once an hour misses none unless more come in that hour


@blp.route("/quotes.atom")
class QuotesAtom(View):
    @blp.arguments(QuoteFilters, location="query")
    @blp.response(200, {"type": "string"}, content_type=atom.CONTENT_TYPE)
    @blp.alt_response(304, description="As it was: its ETag is that of If-None-Match", success=True)
    def get(self, query: dict[str, Any]) -> AnyResponse:
        """Follow a search in a feed reader: the quotes last stored of those that match, as Atom."""
        search, _ = resolve(session(), query)
        last = find_by_rows(search).select.options(*SHOWN).order_by(Quote.id.desc()).limit(ENTRIES)
        quotes = session().scalars(last).all()
        around = contexts(quotes)
        title = f"Quotes: {', '.join(request.args.values()) or 'all'}"
        body = atom.feed(quotes, around, title=title, url=request.url, base=request.url_root)
        response = Response(body, content_type=f"{atom.CONTENT_TYPE}; charset=utf-8")
        response.add_etag()
        return response.make_conditional(request)
