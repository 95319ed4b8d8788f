"""Quotes over HTTP: searching is listing with `q`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import marshmallow as ma
from flask import Response, current_app, request

from api import enums
from api.http import etags, pagination
from api.http.parsing import ID
from api.http.problems import Problem, invalid, invalid_values
from api.http.resources import find, record, refer
from api.http.session import session
from api.http.streams import describe_formats, last_id, offered, stream, take_format, url_without_cursor
from api.http.view import Blueprint, TaggedView, View
from api.ingestion import denormalised
from api.ingestion.edit import StaysAdded, edit_quote, note_decision, set_speaker
from api.limits import COUNTED_ROWS, FACETED_QUOTES, TIMELINE_QUOTES
from api.models import Article, Quote, QuoteSpan, Role, Speaker
from api.output import quote_json
from api.output import stream as exports
from api.output.encoding import to_json
from api.output.links import Links
from api.schemas.filters import QuoteExport, QuoteQuery, TimelineQuery
from api.schemas.places import Words
from api.schemas.quote import QuoteNew, QuotePage, QuotePatch, QuoteSchema
from api.schemas.results import TimelineSchema
from api.search import explain, facets, ranking, timeline
from api.search.quotes import find_by_rows, find_quotes
from api.search.request import QuoteSearch, resolve

blp = Blueprint("quotes", __name__, url_prefix="/v1/quotes", description="Who said what, and where it stands")

CONTENT_TYPES = {name: format_.content_type for name, format_ in exports.QUOTES.items()}
BESIDE_ITEMS = QuotePage(exclude=["items"])


@blp.route("")
class Quotes(TaggedView):
    offers = offered(CONTENT_TYPES)

    @blp.arguments(QuoteQuery, location="query")
    @blp.response(200, QuotePage)
    def get(self, query: dict[str, Any]) -> Any:
        """List quotes that match every given parameter, or search them with `q`.

        With `format`, or with Accept, it answers as /v1/quotes/export does: in other formats, without pages.
        """
        export, cursor = take_format(query, CONTENT_TYPES), query["cursor"]
        if export:
            return exported(query, export)
        search, beside = understood(query)
        found = find_quotes(search, session())
        listed = ranking.ordered(found, query["sort"], top=pagination.last_value(cursor))
        bound = None if query["total"] == "exact" else COUNTED_ROWS
        counted = None if query["total"] == "none" else partial(pagination.count, session(), found.select, most=bound)
        page = pagination.paginate(
            session(),
            listed.ids,
            listed.by,
            limit=query["limit"],
            cursor=cursor,
            descending=listed.descending,
            total=counted,
        )
        beside |= {"next": page.next, "total": page.total}
        if query["facets"]:
            newest = None if query["facets_exact"] else FACETED_QUOTES
            beside["facets"], beside["counted"] = facets.count(
                session(), found, query["facets"], office=search.office, limit=query["facet_limit"], newest=newest
            )
        items = quote_json.listed(session().connection(), page.items, search.query)
        body = to_json({"items": items, **BESIDE_ITEMS.dump(beside)})
        return Response(body, content_type="application/json", headers={**page.headers(), "Vary": "Accept"})

    @blp.arguments(QuoteNew)
    @blp.response(201, QuoteSchema)
    def post(self, body: dict[str, Any]) -> Any:
        """Add a quote that a person found. White space at the ends of its spans is left out."""
        with edit_quote(session(), lambda: begun(body["article"])) as quote:
            put(quote, body)
        record(quote, body)
        return answer(quote.id, 201, {"Location": f"/v1/quotes/{quote.id}"})


@blp.route("/export")
class QuotesExport(View):
    offers = offered(CONTENT_TYPES)[1:]

    @blp.arguments(QuoteExport, location="query")
    @describe_formats(blp, CONTENT_TYPES)
    def get(self, query: dict[str, Any]) -> Any:
        """Export all quotes that match every given parameter, as one stream in the order of ids."""
        return exported(query, take_format(query, CONTENT_TYPES) or next(iter(CONTENT_TYPES)))


@blp.route("/timeline")
class Timeline(TaggedView):
    @blp.arguments(TimelineQuery, location="query")
    @blp.response(200, TimelineSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """Count the quotes that match every given parameter in each day, week, month or year."""
        search, beside = understood(query)
        split, newest = query.get("split"), None if query["exact"] else TIMELINE_QUOTES
        try:
            line = timeline.count(session(), search, query["interval"], split=split, most=query["limit"], newest=newest)
        except timeline.TooManyNumbers as error:
            raise invalid("interval", str(error)) from None
        beside |= {"items": line.items, "counted": line.counted, "complete": line.complete}
        return beside | {"series": line.series} if split else beside


@blp.route(f"/<{ID}:quote_id>")
class QuoteById(TaggedView):
    @blp.response(200, QuoteSchema)
    def get(self, quote_id: int) -> Response:
        """Read a quote, whatever its status."""
        return answer(quote_id)

    @blp.arguments(QuotePatch)
    @blp.response(200, QuoteSchema)
    def patch(self, body: dict[str, Any], quote_id: int) -> Response:
        """Change a quote (merge patch, RFC 7396).

        An extracted or confirmed quote becomes corrected, unless a status is given. An added one stays added. A new speaker
        removes role and evidence, which were the former speaker's.
        """
        changes = bool(body.keys() - {"status"})
        with edit_quote(session(), lambda: stored(quote_id), completes=changes) as quote:
            etags.check(shown(quote_id))
            put(quote, body)
            try:
                note_decision(quote, changes=changes, status=body.get("status"))
            except StaysAdded as error:
                raise invalid("/status", str(error)) from None
        record(quote, body)
        return answer(quote_id)

    @blp.response(204)
    def delete(self, quote_id: int) -> None:
        """Delete a quote.

        An extracted one is kept as rejected, so that a new extraction does not bring it back. It can still be read by its id,
        and listed with status=rejected. One that was added by hand is gone.
        """
        with edit_quote(session(), lambda: stored(quote_id), completes=False) as quote:
            etags.check(shown(quote_id))
            rejects = quote.status not in ("added", "rejected")
            if rejects:
                quote.status = "rejected"
            elif quote.status == "added":
                record(quote, {"deleted": True})
                session().delete(quote)
        if rejects:
            record(quote, {"status": "rejected"})


def exported(query: dict[str, Any], name: str) -> Response:
    """Return the quotes that a request asks for as one stream, in the format of that name."""
    search, _ = resolve(session(), query)
    engine, cursor = current_app.extensions["reader"], query["cursor"]
    links = Links(request.url_root, request.url, url_without_cursor(), resumed=cursor is not None)
    chunks = exports.quotes(engine, find_by_rows(search), name, links, after=last_id(cursor))
    return stream(CONTENT_TYPES[name], chunks)


def understood(query: dict[str, Any]) -> tuple[QuoteSearch, dict[str, Any]]:
    """Return the search that a request asks for, and what its answer says of how it was understood."""
    search, speakers = resolve(session(), query)
    answer: dict[str, Any] = {} if speakers is None else {"speaker": speakers}
    if search.query is not None:
        answer["query"] = explain.explain(session(), search.query)
    return search, answer


def shown(quote_id: int) -> bytes:
    """Return the JSON of a quote as the database has it. Raise Problem (404)."""
    found = quote_json.single(session().connection(), quote_id)
    if found is None:
        raise Problem("not-found", f"There is no quote {quote_id}.")
    return to_json(found)


def answer(quote_id: int, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Answer with a quote as the database has it. Raise Problem (404)."""
    return Response(shown(quote_id), status, headers, content_type="application/json")


def stored(quote_id: int) -> Quote:
    """Return the stored quote, to edit it. Raise Problem (404)."""
    return find(Quote, quote_id)


def begun(article_id: int) -> Quote:
    """Return a new quote without spans yet. Raise Problem (422) where there is no such article."""
    article = refer(Article, article_id, "/article")
    session().refresh(article, with_for_update={"read": True})  # its text stays until the spans into it are stored
    return Quote(article=article, confidence=1.0, evidence=[], status="added", first_revision=article.revision)


def put(quote: Quote, body: dict[str, Any]) -> None:
    """Set what the body gives of a quote; edit_quote completes the rest. Raise Problem (422)."""
    if "speaker" in body:
        set_speaker(quote, refer(Speaker, body["speaker"], "/speaker"))
    for name in ("kind", "medium", "act", "polarity", "said", "role_status"):
        if name in body:
            setattr(quote, name, body[name])
    if "joint" in body:
        speak_together(quote, body["joint"])
    if "role" in body:
        quote.role = refer(Role, body["role"], "/role")
        if quote.role and not quote.speaker:
            raise invalid("/role", "Only a speaker has a role: give the speaker too.")
    if quote.role is None:
        quote.role_status = "held"
    for part in enums.PARTS:
        if part in body:
            try:
                cut(quote, part, body[part])
            except ma.ValidationError as error:
                raise invalid_values({part: error.messages}) from None
    if "cue" in body and "polarity" not in body:
        quote.polarity = denormalised.polarity_of_cue(quote)


def speak_together(quote: Quote, speakers: Sequence[int]) -> None:
    """Set those who speak together with a quote's speaker. Raise Problem (422)."""
    for place, speaker_id in enumerate(speakers):
        speaker = refer(Speaker, speaker_id, f"/joint/{place}")
        if not quote.speaker:
            raise invalid(f"/joint/{place}", "Only a speaker speaks together with others: give the speaker too.")
        if speaker is quote.speaker or speaker_id in speakers[:place]:
            raise invalid(f"/joint/{place}", "This speaker is one of the quote already.")
    joint = " ".join(map(str, speakers))
    if joint != quote.joint:
        quote.joint, quote.confidence, quote.evidence = joint, 1.0, []


def cut(quote: Quote, part: str, places: Sequence[Any]) -> None:
    """Replace a quote's spans of one part by these places, without white space at their ends.

    Raise Problem (422) for a place that is not in the article's text, or has only white space.
    """
    text, rows = denormalised.text_of(quote), [span for span in quote.spans if span.part == part]
    spans = Words(text).spans(places) if any(isinstance(place, dict) for place in places) else places
    for position, (start, end) in enumerate(spans):
        if end > len(text):
            raise invalid(f"/{part}/{position}", f"The article's text ends at {len(text)}.")
        words = text[start:end]
        start, end = end - len(words.lstrip()), start + len(words.rstrip())
        if start >= end:
            raise invalid(f"/{part}/{position}", "Only white space stands there.")
        if position < len(rows):
            rows[position].start, rows[position].end = start, end
        else:
            quote.spans.append(QuoteSpan(part=part, position=position, start=start, end=end))
    for row in rows[len(spans) :]:
        quote.spans.remove(row)
