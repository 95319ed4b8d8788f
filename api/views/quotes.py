"""Quotes over HTTP: searching is listing with `q`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from flask import Response, current_app
from sqlalchemy import select
from sqlalchemy.orm import defer, joinedload, load_only, selectinload

from api.database.locks import lock_identity
from api.enums import PARTS
from api.http import pagination
from api.http.blueprint import ID, Blueprint, View, record, refer
from api.http.problems import Problem, invalid
from api.http.session import session
from api.ingestion import denormalised, duplicates
from api.models import Article, ArticleRevision, Quote, QuoteSpan, Role, Speaker, now
from api.output import quotes as rows
from api.output import stream as exports
from api.schemas.quote import QuoteNew, QuotePage, QuotePatch, QuoteQuery, QuoteSchema, TimelineQuery, TimelineSchema
from api.search import explain, facets, ranking, request, timeline
from api.search.quotes import find_by_rows, find_quotes
from api.search.request import QuoteSearch
from api.views.exports import after, exported, places, streamed, wanted

blp = Blueprint("quotes", __name__, url_prefix="/v1/quotes", description="Who said what, and where it stands")

MOST_COUNTED = 10_000  # nobody reads so many, and to count them takes about as long as to find a page


# What a quote's JSON shows, in one statement for each table however many quotes there are, and no article's text.
SHOWN = (
    defer(Quote.terms),
    defer(Quote.names),
    selectinload(Quote.spans),
    selectinload(Quote.speaker),
    selectinload(Quote.role),
    joinedload(Quote.rewording),
    joinedload(Quote.reworded),
    selectinload(Quote.article).options(
        load_only(Article.url, Article.title, Article.published, Article.published_has_time, Article.revision),
        selectinload(Article.publisher),
    ),
)


BESIDE_ITEMS = QuotePage(exclude=["items"])


@blp.route("")
@blp.etag
class Quotes(View):
    @blp.arguments(QuoteQuery, location="query")
    @blp.response(200, QuotePage)
    @exported(blp, exports.QUOTES)
    def get(self, query: dict[str, Any]) -> Any:
        """List quotes, or search them: all that match every parameter given. Other formats than JSON have no pages."""
        export, cursor = wanted(query, exports.QUOTES), query["cursor"]
        search, answer = understood(query)
        if export:
            engine, found = current_app.extensions["reader"], find_by_rows(search)
            chunks = exports.quotes(engine, found, export, places(), after=after(cursor))
            return streamed(exports.QUOTES[export], chunks)
        found = find_quotes(search, session())
        listed = ranking.ordered(found, query["sort"], top=pagination.last_id(cursor))
        bound = None if query["total"] == "exact" else MOST_COUNTED
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
        answer |= {"next": page.next, "total": page.total}
        if query["facets"]:
            newest = None if query["facets_exact"] else facets.MAX_COUNTED
            answer["facets"], answer["counted"] = facets.count(
                session(), found, query["facets"], office=search.office, limit=query["facet_limit"], newest=newest
            )
        # Columns straight into JSON, as exports have it: entities and marshmallow took most of a page's time.
        items = rows.listed(session().connection(), page.items, search.query)
        body = rows.as_json({"items": items, **BESIDE_ITEMS.dump(answer)})
        blp.set_etag(body)
        return Response(body, content_type="application/json", headers={**page.headers(), "Vary": "Accept"})

    @blp.arguments(QuoteNew)
    @blp.response(201, QuoteSchema)
    def post(self, body: dict[str, Any]) -> Any:
        """Add a quote that was found by hand. White space at the ends of its spans is left out."""
        lock_identity(session())
        article: Article = refer(Article, body["article"], "/article")
        session().refresh(article, with_for_update={"read": True})  # its text stays until the spans into it are stored
        with session().no_autoflush:  # it goes to the database when it is whole
            first = article.revision
            quote = Quote(article=article, confidence=1.0, evidence=[], status="added", first_revision=first)
            put(quote, body)
            denormalised.complete(quote)
        session().add(quote)
        session().flush()
        duplicates.deduplicate_quotes(session(), [quote.article_id])
        record(quote, body)
        return quote, {"Location": f"/v1/quotes/{quote.id}"}


@blp.route("/timeline")
@blp.etag
class Timeline(View):
    @blp.arguments(TimelineQuery, location="query")
    @blp.response(200, TimelineSchema)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """Count quotes over time: all that match every parameter given, in each day, week, month or year."""
        search, answer = understood(query)
        split, newest = query.get("split"), None if query["exact"] else timeline.MAX_COUNTED
        try:
            line = timeline.count(session(), search, query["interval"], split=split, most=query["limit"], newest=newest)
        except timeline.TooManyNumbers as error:
            raise invalid("interval", str(error)) from None
        answer |= {"items": line.items, "counted": line.counted, "complete": line.complete}
        return answer | {"series": line.series} if split else answer


@blp.route(f"/<{ID}:quote_id>")
@blp.etag
class QuoteById(View):
    @blp.response(200, QuoteSchema)
    def get(self, quote_id: int) -> Quote:
        """Read a quote, a rejected one too."""
        return whole(quote_id)

    @blp.arguments(QuotePatch)
    @blp.response(200, QuoteSchema)
    def patch(self, body: dict[str, Any], quote_id: int) -> Quote:
        """Change a quote (merge patch, RFC 7396).

        An extracted or confirmed quote that is changed becomes corrected unless a status is given; an added one stays
        added. Another speaker takes the role and the evidence along, which were the former one's.
        """
        lock_identity(session())
        quote = whole(quote_id)
        blp.check_etag(quote, QuoteSchema)
        if "status" in body and quote.status == "added":
            raise invalid("/status", "The quote was added by hand and stays added: delete it if it is wrong.")
        with session().no_autoflush:
            if body.keys() - {"status"}:
                put(quote, body)
                denormalised.complete(quote)
                quote.status = "corrected" if quote.status in ("extracted", "given", "confirmed") else quote.status
            quote.status = body.get("status", quote.status)
        quote.updated = now()  # its spans are rows of their own: a change of them alone counts as one of the quote too
        session().flush()
        duplicates.deduplicate_quotes(session(), [quote.article_id])
        record(quote, body)
        session().expire(quote, ["copies"])
        return quote

    @blp.response(204)
    def delete(self, quote_id: int) -> None:
        """Delete a quote.

        An extracted one is kept as rejected, so that a new extraction does not bring it back: it can still be read by
        its id and listed with status=rejected. One that was added by hand is gone.
        """
        lock_identity(session())
        quote = whole(quote_id)
        blp.check_etag(quote, QuoteSchema)
        if quote.status == "added":
            record(quote, {"deleted": True})
            session().delete(quote)
        elif quote.status != "rejected":
            quote.status = "rejected"
            session().flush()
            record(quote, {"status": "rejected"})
        session().flush()
        duplicates.deduplicate_quotes(session(), [quote.article_id])


def understood(query: dict[str, Any]) -> tuple[QuoteSearch, dict[str, Any]]:
    """Return the search that a request asks for, and what its answer says of how it was understood."""
    search, speakers = request.resolve(session(), query)
    answer: dict[str, Any] = {} if speakers is None else {"speaker": speakers}
    if search.query is not None:
        answer["query"] = explain.explain(session(), search.query)
    return search, answer


def contexts(quotes: Sequence[Quote]) -> list[str]:
    """The sentences around each quote. They are cut by the database: a text may be a million long."""
    around = (
        select(QuoteSpan.quote_id, rows.cut(QuoteSpan.start, QuoteSpan.end))
        .join(QuoteSpan.quote)
        .join(Quote.article)
        .outerjoin(ArticleRevision, rows.LAST_TEXT)
        .where(QuoteSpan.part == "context", QuoteSpan.quote_id.in_([quote.id for quote in quotes]))
    )
    found: dict[int, str] = dict(session().execute(around).all())
    return [found.get(quote.id, quote.text) for quote in quotes]


def whole(quote_id: int) -> Quote:
    """The quote with all that its JSON shows. Raises Problem (404)."""
    quote = session().scalar(select(Quote).where(Quote.id == quote_id).options(*SHOWN))
    if quote is None:
        raise Problem("not-found", f"There is no quote {quote_id}.")
    return quote


def put(quote: Quote, body: dict[str, Any]) -> None:
    """Set what the body gives of a quote; what follows from it is for denormalised.complete. Raises Problem (422)."""
    for name in ("kind", "medium", "act", "said", "role_status"):
        if name in body:
            setattr(quote, name, body[name])
    if "speaker" in body:
        speaker: Speaker | None = refer(Speaker, body["speaker"], "/speaker")
        if speaker is not quote.speaker:
            quote.speaker, quote.role, quote.confidence, quote.evidence = speaker, None, 1.0, []
    if "role" in body:
        quote.role = refer(Role, body["role"], "/role")
        if quote.role and not quote.speaker:
            raise invalid("/role", "Only a speaker has a role: give the speaker too.")
    if quote.role is None:
        quote.role_status = "held"
    for part in PARTS:
        if part in body:
            cut(quote, part, body[part])


def cut(quote: Quote, part: str, spans: Sequence[Sequence[int]]) -> None:
    """Make these the quote's spans of the part, without white space at their ends.

    Raises Problem (422) for a span that is not within the article's text, or has nothing but white space.
    """
    text, rows = denormalised.text_of(quote), [span for span in quote.spans if span.part == part]
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
