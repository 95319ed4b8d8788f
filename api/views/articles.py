"""Articles over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import defer, joinedload, selectinload

from api.folding import terms
from api.http import pagination
from api.http.blueprint import ID, Blueprint, View, find, record
from api.http.problems import Problem, invalid
from api.http.session import session
from api.ingestion import denormalised, duplicates, pipeline, revisions
from api.ingestion.pipeline import Failure
from api.ingestion.publishers import publisher_for
from api.models import Article, ArticleRevision, Mention, Quote
from api.output import stream as exports
from api.schemas.article import (
    ArticleAt,
    ArticlePage,
    ArticlePatch,
    ArticlePosted,
    ArticleQuery,
    ArticleSchema,
    RevisionPage,
)
from api.schemas.base import PageQuery
from api.search.articles import find_articles
from api.search.explain import explain
from api.search.filters import publisher_is
from api.search.found import Found
from api.search.highlights import Highlighter
from api.search.language import Query, parse
from api.sources.web import NotFetched, Web
from api.views.exports import after, exported, places, streamed, wanted

OUTCOME = "Verbatim-Outcome"  # of a POST: new, changed (another text at a known URL) or unchanged
SNIPPET = 160  # code points within which words are looked for together: about the length of a sentence

IN_ARTICLE = (  # what the JSON of a quote in its article shows
    selectinload(Quote.spans),
    joinedload(Quote.speaker),
    joinedload(Quote.role),
    joinedload(Quote.rewording),
    joinedload(Quote.reworded),
)

blp = Blueprint("articles", __name__, url_prefix="/v1/articles", description="Texts, with all that was found in them")


@blp.route("")
@blp.etag
class Articles(View):
    @blp.arguments(ArticleQuery, location="query")
    @blp.response(200, ArticlePage)
    @exported(blp, exports.ARTICLES)
    def get(self, query: dict[str, Any]) -> Any:
        """List articles without their texts, or search them, the last stored first. Other formats than JSON have no pages."""
        export = wanted(query, exports.ARTICLES)
        if export:
            engine = current_app.extensions["reader"]
            chunks = exports.articles(engine, listed(query), export, places(), after=after(query["cursor"]))
            return streamed(exports.ARTICLES[export], chunks)
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
        description="Stored already: as it was, or with this text as a new revision; Verbatim-Outcome says which",
        success=True,
    )
    def post(self, body: dict[str, Any]) -> Any:
        """Store an article and everything extracted from it, or a new revision of it, or find it stored already."""
        if not ("text" in body or "html" in body):
            body = fetched(body)  # slow too
        engine, extract = (current_app.extensions[name] for name in ("engine", "extract"))
        read = pipeline.read_validated(
            engine, [body], extract=extract
        )  # slow: so before the session that writes begins
        [became] = pipeline.isolate(partial(pipeline.write, session()), read)
        if isinstance(became, Failure):
            raise Problem(became.name, became.detail, errors=list(became.errors) or None)
        headers = {"Location": f"/v1/articles/{became.article_id}", OUTCOME: became.outcome}
        return whole(became.article_id), 201 if became.outcome == "new" else 200, headers


@blp.route(f"/<{ID}:article_id>")
@blp.etag
class ArticleById(View):
    @blp.arguments(ArticleAt, location="query")
    @blp.response(200, ArticleSchema)
    def get(self, query: dict[str, Any], article_id: int) -> Any:
        """Read an article: its text, its quotes of every act and status, and every mention with its speaker.

        With `revision` an earlier text, and those of its quotes that stand in no later one.
        """
        article = whole(article_id)
        return article if query.get("revision", article.revision) == article.revision else earlier(article, **query)

    @blp.arguments(ArticlePatch)
    @blp.response(200, ArticleSchema)
    def patch(self, body: dict[str, Any], article_id: int) -> Article:
        """Change what is known of an article (merge patch, RFC 7396); its text cannot be."""
        article = whole(article_id)
        blp.check_etag(article, ArticleSchema)
        change = dict(body)
        if change.get("url"):
            taken = session().scalar(select(Article.id).where(Article.url == change["url"], Article.id != article_id))
            if taken:
                raise Problem("duplicate", f"Article {taken} has this URL.", article=f"/v1/articles/{taken}")
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
        session().flush()
        session().expire_all()
        return whole(article_id)

    @blp.response(204)
    def delete(self, article_id: int) -> None:
        """Delete an article with its quotes; the speakers and roles that it named stay."""
        article = whole(article_id)
        blp.check_etag(article, ArticleSchema)
        record(article, {"deleted": True})
        denormalised.delete_article(session(), article)


@blp.route(f"/<{ID}:article_id>/revisions")
@blp.etag
class ArticleRevisions(View):
    @blp.arguments(PageQuery, location="query")
    @blp.response(200, RevisionPage)
    def get(self, query: dict[str, Any], article_id: int) -> Any:
        """List the revisions of an article, the last first, and the quotes that each added, reworded and dropped."""
        article: Article = find(Article, article_id)
        if article.revision == 1:
            only = ArticleRevision(number=1, stored=article.created, **{name: getattr(article, name) for name in WITH})
            return {"items": [Revised.of(article, only, [])], "next": None}
        listed = select(ArticleRevision).where(ArticleRevision.article_id == article_id)
        page = pagination.paginate(
            session(),
            listed,
            (ArticleRevision.number,),
            limit=query["limit"],
            cursor=query["cursor"],
            descending=True,
        )
        changed = revisions.changed(article_id, [row.number for row in page.items]).options(*IN_ARTICLE)
        quotes = session().scalars(changed).all()
        return {"items": [Revised.of(article, row, quotes) for row in page.items], "next": page.next}, page.headers()


WITH = ("title", "published", "published_has_time", "engine")


@dataclass(frozen=True, slots=True)
class Revised:
    """A revision with what it did, as its JSON shows it."""

    row: ArticleRevision
    href: str
    added: list[Quote]
    reworded: list[dict[str, Quote]]
    dropped: list[Quote]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)

    @classmethod
    def of(cls, article: Article, row: ArticleRevision, quotes: Sequence[Quote]) -> Revised:
        """The revision, of whose changes all are among the quotes."""
        came = [quote for quote in quotes if quote.first_revision == row.number > 1 and quote.status != "added"]
        went = {quote.id: quote for quote in quotes if quote.last_revision == row.number - 1}
        reworded = [{"before": went.pop(q.rewords), "after": q} for q in came if q.rewords in went]
        added = [quote for quote in came if quote.rewords is None]
        href = f"/v1/articles/{article.id}?revision={row.number}"
        return cls(row, href, added, reworded, list(went.values()))


@dataclass(frozen=True, slots=True)
class Earlier:
    """An article with an earlier text."""

    article: Article
    row: ArticleRevision
    quotes: Sequence[Quote]
    mentions: tuple[()] = ()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row if name in (*WITH, "text") else self.article, name)

    @property
    def revision(self) -> int:
        """Which text it is."""
        return self.row.number


def earlier(article: Article, revision: int) -> Earlier:
    """The article with the text of an earlier revision, and the quotes that stood in it last. Raises Problem (404)."""
    row = session().get(ArticleRevision, (article.id, revision)) if revision < article.revision else None
    if row is None:
        raise Problem("not-found", f"There is no revision {revision} of article {article.id}.")
    stood = select(Quote).where(Quote.article_id == article.id, Quote.last_revision == revision)
    return Earlier(article, row, session().scalars(stood.order_by(Quote.id).options(*IN_ARTICLE)).all())


def fetched(body: dict[str, Any]) -> dict[str, Any]:
    """The body with the page at its URL. Raises Problem where there is none to be had, or fetching is off."""
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
    """An article in a list, with the sentence or two that answer the search, if there are."""

    article: Article
    snippet: dict[str, Any] | None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.article, name)


def with_snippets(articles: Sequence[Article], query: Query) -> list[WithSnippet]:
    """Return the articles of a page as a search shows them."""
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


def whole(article_id: int) -> Article:
    """The article with all that its JSON shows, in a fixed number of statements. Raises Problem (404)."""
    article = session().scalar(
        select(Article)
        .where(Article.id == article_id)
        .options(
            joinedload(Article.publisher),
            selectinload(Article.mentions).joinedload(Mention.speaker),
            selectinload(Article.quotes.and_(Quote.stands())).options(*IN_ARTICLE),
        )
    )
    if article is None:
        raise Problem("not-found", f"There is no article {article_id}.")
    return article
