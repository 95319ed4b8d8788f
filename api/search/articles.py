"""Articles that match a query."""

from __future__ import annotations

from sqlalchemy import ColumnElement, false, select

from api.models import Article, Quote
from api.search import filters
from api.search.found import Found
from api.search.index.matches import ArticleMatches, QuoteMatches
from api.search.language import Field, Group, Query
from api.search.request import ANY_OFFICE


def find_articles(query: Query | None) -> Found:
    """Return the articles that match the query, or all without one.

    Words are of the title or the text. publisher: is the article's. All other fields are of one quote in it that searches
    find by default.
    """
    found = select(Article)
    if query is None:
        return Found(found)
    if not query:
        return Found(found.where(false()), query)
    of_quotes = [group for group in query.wanted if _is_of_quotes(group)]
    others = [group for group in query.wanted if group not in of_quotes]
    words, rows = filters.of_query(ArticleMatches, others, query.without, _of_article)
    found = found.where(*([] if words is None else [words]), *rows)
    if of_quotes:
        office, groups = ANY_OFFICE.with_fields(of_quotes)
        _, conditions = filters.of_query(QuoteMatches, groups, (), filters.of_quote)
        held = [filters.held(office)] if office.is_asked else []
        found = found.where(_has_quote(*conditions, *held))
    return Found(found, query)


def _is_of_quotes(group: Group) -> bool:
    """Return whether all alternatives are fields that only quotes have."""
    return all(isinstance(part, Field) and part.name != "publisher" for part in group)


def _of_article(field: Field) -> ColumnElement[bool]:
    """Match articles by a field of the query language."""
    if field.name == "publisher":
        return filters.publisher_is(field.row)
    return _has_quote(filters.of_quote(field))


def _has_quote(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Match articles that have a quote for which all these conditions hold."""
    return Article.id.in_(select(Quote.article_id).where(*Quote.is_spoken(), *conditions))
