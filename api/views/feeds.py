"""Searches as Atom feeds."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from werkzeug.wrappers import Response as AnyResponse

from api.http.session import session
from api.http.streams import url_without_cursor
from api.http.view import Blueprint, View
from api.models import Quote
from api.output import atom, columns
from api.output.links import Links
from api.schemas.filters import QuoteFilters
from api.search.quotes import find_by_rows
from api.search.request import resolve

blp = Blueprint("feeds", __name__, url_prefix="/v1", description="Searches to follow")

ENTRIES = 50  # the last stored: a reader that polls once an hour misses none unless more come in that hour


@blp.route("/quotes.atom")
class QuotesAtom(View):
    offers = (atom.CONTENT_TYPE, "application/xml", "text/xml")  # feed readers ask for any of these

    @blp.arguments(QuoteFilters, location="query")
    @blp.response(200, {"type": "string"}, content_type=atom.CONTENT_TYPE)
    @blp.alt_response(304, description="Unchanged since the answer with the ETag in If-None-Match", success=True)
    def get(self, query: dict[str, Any]) -> AnyResponse:
        """Follow a search in a feed reader: the last stored quotes that match, as Atom."""
        search, _ = resolve(session(), query)
        last = find_by_rows(search).select.with_only_columns(Quote.id).order_by(Quote.id.desc()).limit(ENTRIES)
        rows = columns.quotes(session().connection(), session().scalars(last).all())
        title = f"Quotes: {', '.join(request.args.values()) or 'all'}"
        body = atom.feed(rows[::-1], title, Links(request.url_root, request.url, url_without_cursor()))
        response = Response(body, content_type=f"{atom.CONTENT_TYPE}; charset=utf-8")
        response.add_etag()
        return response.make_conditional(request)
