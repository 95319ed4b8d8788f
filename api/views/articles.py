"""Articles over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy import Select, select
from sqlalchemy.orm import defer, joinedload, selectinload

from api import copies, derived, exports, highlights, ingest, intake, pagination, search
from api.database import reading, session
from api.errors import Problem, invalid
from api.fetching import NotFetched, Web
from api.folding import terms
from api.models import Article, Mention, Quote
from api.schemas.article import ArticlePage, ArticlePatch, ArticlePosted, ArticleQuery, ArticleSchema
from api.search import publisher_is
from api.views.blueprint import ID, Blueprint, View, record
from api.views.exports import after, exported, places, streamed, wanted

SNIPPET = 160  # code points within which words are looked for together: about the length of a sentence

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
        shown = listed(query).options(defer(Article.text), joinedload(Article.publisher))
        page = pagination.paginate(
            session(), shown, (Article.id,), limit=query["limit"], cursor=query["cursor"], descending=True
        )
        answer: dict[str, Any] = {"items": page.items, "next": page.next}
        if "q" in query:
            answer["items"] = found(page.items, query["q"])
            answer["query"] = search.understood(session(), query["q"])
        return answer, {**page.headers(), "Vary": "Accept"}

    @blp.arguments(ArticlePosted)
    @blp.response(201, ArticleSchema, description="Stored, with every quote and mention found in it")
    @blp.alt_response(200, schema=ArticleSchema, description="Stored already: the article as it is", success=True)
    def post(self, body: dict[str, Any]) -> Any:
        """Store an article and everything extracted from it, or find it stored already."""
        if not ("text" in body or "html" in body):
            body = fetched(body)  # slow too
        try:
            prepared = intake.prepare(body)
            with reading(current_app.extensions["engine"]) as looking:
                article, new = ingest.stored(looking, prepared), False
            if article is None:
                found = intake.extract(prepared)  # slow: so before the session that writes begins
                article, new = ingest.store(session(), prepared, found)
        except intake.Unreadable as error:
            where = "/url" if "found_at" in body else "/html" if "html" in body else "/text"
            raise invalid(error.pointer or where, f"{error}.") from None
        except ingest.TextDiffers as error:
            raise text_differs(error.article_id) from None
        return whole(article.id), 201 if new else 200, {"Location": f"/v1/articles/{article.id}"}


@blp.route(f"/<{ID}:article_id>")
@blp.etag
class ArticleById(View):
    @blp.response(200, ArticleSchema)
    def get(self, article_id: int) -> Article:
        """Read an article: its text, its quotes of every act and status, and every mention with its speaker."""
        return whole(article_id)

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
            article.publisher = ingest.publisher_of(session(), name, article.url) if name else None
        if "published" in change:
            published = change.pop("published")
            derived.date(session(), article, published)
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
        derived.forget(session(), article)


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


def listed(query: dict[str, Any]) -> Select[Any]:
    """The articles that the query asks for."""
    articles = search.articles(query["q"]) if "q" in query else select(Article)
    if "url" in query:
        articles = articles.where(Article.url == query["url"])
    if "publisher" in query:
        articles = articles.where(publisher_is(query["publisher"]))
    if "copies_of" in query:
        articles = articles.where(copies.of_article(query["copies_of"]))
    if "since" in query:
        articles = articles.where(Article.published >= query["since"])
    if query.get("before"):
        articles = articles.where(Article.published < query["before"])
    return articles


@dataclass(frozen=True, slots=True)
class Found:
    """An article in a list, with the sentence or two that answer the search, if there are."""

    article: Article
    snippet: dict[str, Any] | None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.article, name)


def found(articles: Sequence[Article], q: str) -> list[Found]:
    """The articles of a page as a search shows them."""
    texts = select(Article.id, Article.text).where(Article.id.in_([article.id for article in articles]))
    text_of: dict[int, str] = dict(session().execute(texts).all())
    return [Found(article, snippet(text_of[article.id], q)) for article in articles]


def snippet(text: str, q: str) -> dict[str, Any] | None:
    """The sentence or two of the text in which most of the query stands, or None where nothing of it does."""
    place = highlights.best(text, q, SNIPPET)
    if place is None:
        return None
    start, end = derived.around(text, *place)
    return {"span": [start, end], "text": text[start:end], "highlight": highlights.highlight(text[start:end], q)}


def whole(article_id: int) -> Article:
    """The article with all that its JSON shows, in a fixed number of statements. Raises Problem (404)."""
    article = session().scalar(
        select(Article)
        .where(Article.id == article_id)
        .options(
            joinedload(Article.publisher),
            selectinload(Article.mentions).joinedload(Mention.speaker),
            selectinload(Article.quotes).selectinload(Quote.spans),
            selectinload(Article.quotes).joinedload(Quote.speaker),
            selectinload(Article.quotes).joinedload(Quote.role),
        )
    )
    if article is None:
        raise Problem("not-found", f"There is no article {article_id}.")
    return article


def text_differs(article_id: int) -> Problem:
    """The problem of a known URL with another text."""
    where = f"/v1/articles/{article_id}"
    detail = f"The URL is stored with another text as {where}: read that one, or delete it first."
    return Problem("text-differs", detail, headers={"Location": where}, article=where)
