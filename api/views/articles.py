"""Articles over HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Response, current_app, request
from sqlalchemy import select
from sqlalchemy.orm import defer, joinedload, selectinload, undefer

from api.folding import terms
from api.http import etags, pagination
from api.http.parsing import ID
from api.http.problems import Problem, invalid
from api.http.resources import find, record
from api.http.session import session
from api.http.streams import describe_formats, last_id, offered, stream, take_format, url_without_cursor
from api.http.turns import aside, turn
from api.http.view import Blueprint, TaggedView, View
from api.ingestion import denormalised, duplicates, pipeline, revisions, unread
from api.ingestion.pipeline import Failure
from api.ingestion.publishers import publisher_for
from api.ingestion.unread import UNREAD
from api.models import Article, ArticleRevision, Mention, Quote
from api.output import columns, quote_json
from api.output import stream as exports
from api.output.encoding import to_json
from api.output.links import Links
from api.schemas.article import (
    ArticleAt,
    ArticleExport,
    ArticlePage,
    ArticlePatch,
    ArticlePosted,
    ArticleQuery,
    ArticleSchema,
    RevisionPage,
    RevisionSchema,
)
from api.schemas.base import PageQuery
from api.search.articles import find_articles
from api.search.explain import explain
from api.search.filters import publisher_is
from api.search.found import Found
from api.search.highlights import Highlighter
from api.search.language import Query, parse
from api.sources.web import NotFetched, Web

OUTCOME = "Verbatim-Outcome"  # header of a POST: new, changed (another text at a known URL) or unchanged
SNIPPET = 160  # code points in which words are looked for together: about the length of a sentence

CONTENT_TYPES = {name: format_.content_type for name, format_ in exports.ARTICLES.items()}
# What api.output writes in their place: marshmallow took most of the time.
BESIDE_QUOTES = ArticleSchema(exclude=["note", "quotes"])
BESIDE_CHANGES = RevisionSchema(exclude=["href", "added", "reworded", "dropped"])

blp = Blueprint("articles", __name__, url_prefix="/v1/articles", description="Texts, with all that was found in them")


@blp.route("")
class Articles(TaggedView):
    offers = offered(CONTENT_TYPES)

    @blp.arguments(ArticleQuery, location="query")
    @blp.response(200, ArticlePage)
    def get(self, query: dict[str, Any]) -> Any:
        """List articles without texts, or search them with `q`, newest stored first.

        With `format`, or with Accept, it answers as /v1/articles/export does: in other formats, without pages.
        """
        export = take_format(query, CONTENT_TYPES)
        if export:
            return exported(query, export)
        found = listed(query)
        shown = found.select.options(defer(Article.text), joinedload(Article.publisher))
        page = pagination.paginate(
            session(), shown, (Article.id,), limit=query["limit"], cursor=query["cursor"], descending=True
        )
        answer: dict[str, Any] = {"items": page.items, "next": page.next}
        if found.query is not None:
            answer["items"] = with_snippets(page.items, found.query)
            answer["query"] = explain(session(), found.query)
        return answer, {**page.headers(), "Vary": "Accept"}

    @blp.arguments(ArticlePosted)
    @blp.response(201, ArticleSchema, description="Stored, with every quote and mention found in it")
    @blp.alt_response(
        200,
        schema=ArticleSchema,
        description="Stored already, unchanged or with this text as a new revision: Verbatim-Outcome says which",
        success=True,
    )
    def post(self, body: dict[str, Any]) -> Any:
        """Store an article and what is extracted from it, or a new revision of it, or find it stored already."""
        if not ("text" in body or "html" in body):
            body = fetched(body)  # slow too
        engine, extract = (current_app.extensions[name] for name in ("engine", "extract"))
        # Slow, so before the session that writes begins.
        with turn(has_key=True):
            records = pipeline.read_validated(engine, [body], extract=partial(aside, extract))
        [became] = pipeline.isolate(partial(pipeline.write, session()), records)
        if isinstance(became, Failure):
            raise Problem(became.name, became.detail, errors=list(became.errors) or None)
        headers = {"Location": f"/v1/articles/{became.article_id}", OUTCOME: became.outcome}
        return answer(became.article_id, 201 if became.outcome == "new" else 200, headers)


@blp.route("/export")
class ArticlesExport(View):
    offers = offered(CONTENT_TYPES)[1:]

    @blp.arguments(ArticleExport, location="query")
    @describe_formats(blp, CONTENT_TYPES)
    def get(self, query: dict[str, Any]) -> Any:
        """Export all articles that match every given parameter, with their texts, as one stream in the order of ids."""
        return exported(query, take_format(query, CONTENT_TYPES) or next(iter(CONTENT_TYPES)))


@blp.route(f"/<{ID}:article_id>")
class ArticleById(TaggedView):
    @blp.arguments(ArticleAt, location="query")
    @blp.response(200, ArticleSchema)
    def get(self, query: dict[str, Any], article_id: int) -> Response:
        """Read an article: its text, its quotes of every act and status, and every mention of a speaker.

        With `revision` read an earlier text, and the quotes that stand in no later one.
        """
        return Response(shown(article_id, query.get("revision")), content_type="application/json")

    @blp.arguments(ArticlePatch)
    @blp.response(200, ArticleSchema)
    def patch(self, body: dict[str, Any], article_id: int) -> Response:
        """Change what is known of an article (merge patch, RFC 7396). Its text cannot be changed."""
        etags.check(shown(article_id))
        article = find(Article, article_id)
        change = dict(body)
        if change.get("url"):
            taken = session().scalar(select(Article.id).where(Article.url == change["url"], Article.id != article_id))
            if taken:
                raise Problem(
                    "duplicate",
                    f"Article {taken} has this URL: change /v1/articles/{taken}, or give another URL.",
                    article=f"/v1/articles/{taken}",
                )
        if "publisher" in change:
            name = change.pop("publisher")
            article.publisher = publisher_for(session(), name, article.url) if name else None
        if "published" in change:
            published = change.pop("published")
            denormalised.set_published(session(), article, published)
        for name, value in change.items():
            setattr(article, name, value)
        if "title" in change:
            article.terms = terms(article.title or "", article.text)
        record(article, body)
        return answer(article_id)

    @blp.response(204)
    def delete(self, article_id: int) -> None:
        """Delete an article with its quotes. The speakers and roles that it named stay."""
        etags.check(shown(article_id))
        article = find(Article, article_id)
        record(article, {"deleted": True})
        denormalised.delete_article(session(), article)


@blp.route(f"/<{ID}:article_id>/revisions")
class ArticleRevisions(TaggedView):
    @blp.arguments(PageQuery, location="query")
    @blp.response(200, RevisionPage)
    def get(self, query: dict[str, Any], article_id: int) -> Any:
        """List the revisions of an article, the last first, with the quotes that each added, reworded and dropped."""
        article = find(Article, article_id)
        if article.revision == 1:
            only = ArticleRevision(number=1, stored=article.created, **{name: getattr(article, name) for name in WITH})
            return json_response({"items": [revised(article, only, [], {})], "next": None})
        listed = select(ArticleRevision).where(ArticleRevision.article_id == article_id)
        page = pagination.paginate(
            session(),
            listed,
            (ArticleRevision.number,),
            limit=query["limit"],
            cursor=query["cursor"],
            descending=True,
        )
        changed = revisions.changed(article_id, [row.number for row in page.items]).with_only_columns(Quote.id)
        ids, connection = session().scalars(changed).all(), session().connection()
        quotes, spans = columns.quotes(connection, ids), columns.spans(connection, ids)
        items = [revised(article, row, quotes, spans) for row in page.items]
        return json_response({"items": items, "next": page.next}, headers=page.headers())


WITH = ("title", "published", "published_has_time", "engine")


def revised(
    article: Article, row: ArticleRevision, quotes: Sequence[Any], spans: Mapping[int, columns.Spans]
) -> dict[str, Any]:
    """Return the JSON of a revision. `quotes` and `spans` have the columns of all quotes that it changed."""
    shown = {quote.id: quote_json.in_article(quote, spans.get(quote.id, {})) for quote in quotes}
    came = [quote for quote in quotes if quote.first_revision == row.number > 1 and quote.status != "added"]
    went = {quote.id: shown[quote.id] for quote in quotes if quote.last_revision == row.number - 1}
    reworded = [
        {"before": went.pop(quote.rewords), "after": shown[quote.id]} for quote in came if quote.rewords in went
    ]
    return {
        **BESIDE_CHANGES.dump(row),
        "href": f"/v1/articles/{article.id}?revision={row.number}",
        "added": [shown[quote.id] for quote in came if quote.rewords is None],
        "reworded": reworded,
        "dropped": list(went.values()),
    }


@dataclass(frozen=True, slots=True)
class Earlier:
    """An article with an earlier text."""

    article: Article
    row: ArticleRevision
    mentions: tuple[()] = ()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row if name in (*WITH, "text") else self.article, name)

    @property
    def revision(self) -> int:
        """The number of the text."""
        return self.row.number


def shown(article_id: int, revision: int | None = None) -> bytes:
    """Return the JSON of an article, with its present text or that of an earlier revision. Raise Problem (404)."""
    article = find_with_mentions(article_id)
    dumped: Article | Earlier = article
    quotes = select(Quote.id).where(Quote.article_id == article_id).order_by(Quote.id)
    if revision is None or revision == article.revision:
        quotes = quotes.where(Quote.stands())
    else:
        dumped = earlier(article, revision)
        quotes = quotes.where(Quote.last_revision == revision)
    ids, connection = session().scalars(quotes).all(), session().connection()
    spans = columns.spans(connection, ids)
    items = [quote_json.in_article(row, spans.get(row.id, {})) for row in columns.quotes(connection, ids)]
    note = unread.note(dumped.language) if dumped.engine == UNREAD else None
    return to_json({**BESIDE_QUOTES.dump(dumped), "note": note, "quotes": items})


def answer(article_id: int, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Answer with an article as the database has it, after a change."""
    session().flush()
    session().expire_all()
    return Response(shown(article_id), status, headers, content_type="application/json")


def json_response(body: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    """Answer with a body that api.output wrote."""
    return Response(to_json(body), headers=headers, content_type="application/json")


def earlier(article: Article, revision: int) -> Earlier:
    """Return an article with the text of an earlier revision. Raise Problem (404)."""
    row = session().get(ArticleRevision, (article.id, revision)) if revision < article.revision else None
    if row is None:
        raise Problem("not-found", f"There is no revision {revision} of article {article.id}.")
    return Earlier(article, row)


def fetched(body: dict[str, Any]) -> dict[str, Any]:
    """Return the body with the page at its URL. Raise Problem where it cannot be fetched, or fetching is off."""
    web: Web | None = current_app.extensions["web"]
    if web is None:
        raise Problem("fetching-off", "Send the page as html, or set VERBATIM_FETCH=on where the server runs.")
    try:
        return {**body, **web.page(body["url"])}
    except NotFetched as error:
        if error.url_at_fault:
            raise invalid("/url", f"It is not fetched: {error}.") from None
        wait = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
        raise Problem("not-fetched", f"{body['url']}: {error}.", headers=wait) from None


def exported(query: dict[str, Any], name: str) -> Response:
    """Return the articles that a request asks for as one stream, in the format of that name."""
    engine, cursor = current_app.extensions["reader"], query["cursor"]
    links = Links(request.url_root, request.url, url_without_cursor(), resumed=cursor is not None)
    return stream(CONTENT_TYPES[name], exports.articles(engine, listed(query), name, links, after=last_id(cursor)))


def listed(query: dict[str, Any]) -> Found:
    """Return the articles that the query asks for."""
    found = find_articles(parse(query["q"]) if "q" in query else None)
    articles = found.select
    if "url" in query:
        articles = articles.where(Article.url == query["url"])
    if "publisher" in query:
        articles = articles.where(publisher_is(query["publisher"]))
    if "copies_of" in query:
        articles = articles.where(duplicates.has_text_of(query["copies_of"]))
    if "since" in query:
        articles = articles.where(Article.published >= query["since"])
    if query.get("before"):
        articles = articles.where(Article.published < query["before"])
    return Found(articles, found.query)


@dataclass(frozen=True, slots=True)
class WithSnippet:
    """An article in a list, with the sentence or two that match the search, if any."""

    article: Article
    snippet: dict[str, Any] | None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.article, name)


def with_snippets(articles: Sequence[Article], query: Query) -> list[WithSnippet]:
    """Return the articles of a page with their snippets."""
    highlighter = Highlighter(query)
    texts = select(Article.id, Article.text).where(Article.id.in_([article.id for article in articles]))
    text_of: dict[int, str] = dict(session().execute(texts).all())
    return [WithSnippet(article, snippet(text_of[article.id], highlighter)) for article in articles]


def snippet(text: str, highlighter: Highlighter) -> dict[str, Any] | None:
    """Return the sentence or two of the text that have most of the query, or None if it has nothing of it."""
    place = highlighter.best_place(text, SNIPPET)
    if place is None:
        return None
    start, end = denormalised.sentences_around(text, *place)
    return {"span": [start, end], "text": text[start:end], "highlight": highlighter.highlight(text[start:end])}


def find_with_mentions(article_id: int) -> Article:
    """Return an article with what its JSON shows beside quotes, in a fixed number of statements. Raise Problem (404)."""
    article = session().scalar(
        select(Article)
        .where(Article.id == article_id)
        .options(
            joinedload(Article.publisher),
            selectinload(Article.mentions).joinedload(Mention.speaker),
            undefer(Article.copies),
        )
    )
    if article is None:
        raise Problem("not-found", f"There is no article {article_id}.")
    return article
