"""An article: its text with every quote marked, and beside each who said it, and why the engine thinks so."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload, undefer
from werkzeug.wrappers import Response

from api.http.parsing import ID, load_parameters
from api.http.problems import Problem
from api.http.session import session
from api.ingestion import duplicates, unread
from api.models import Article, ArticleRevision, Quote
from api.output import columns
from api.output.schema_org import office
from api.pages import marked, texts
from api.pages.marked import Marked
from api.pages.site import blp, render
from api.schemas.article import ArticlePartQuery
from api.schemas.dates import publication_date

MAX_COPIES = 20  # other articles with the same text that are named


@blp.get(f"/articles/<{ID}:article_id>")
def article(article_id: int) -> Response:
    """Show an article, or an earlier text of it, or of a long one the part that has the quote asked for."""
    query = load_parameters(ArticlePartQuery)
    found = find_article(article_id)
    chosen = _chosen(article_id, query.get("quote"))
    revision = query.get("revision") or (chosen and chosen.last_revision) or found.revision
    row = None if revision == found.revision else earlier(found, revision)
    text = found.text if row is None else row.text or ""
    spans = _spans(article_id, None if row is None else revision)
    places = marked.parts(text)
    in_part = query.get("part") or 1
    if chosen is not None and chosen.id in spans and "part" not in query:
        in_part = marked.part_at(places, marked.first_place(spans[chosen.id]))
    if in_part > len(places):
        raise Problem("not-found", f"The article has {len(places)} parts, and no part {in_part}.")
    start, end = places[in_part - 1]
    quotes = _quotes(text, spans, (start, end))
    return render(
        "article.html",
        article=found,
        title=found.title if row is None else row.title,
        published=publication_date(found if row is None else row),
        revision=revision,
        paragraphs=marked.paragraphs(text, quotes, chosen.id if chosen else None, (start, end)),
        quotes=quotes,
        why_none=unread.note(found.language) if found.engine == unread.UNREAD else "",
        chosen=chosen.id if chosen else None,
        part=in_part,
        parts=[url_for("pages.article", article_id=article_id, part=n, **_at(revision, found)) for n in _count(places)],
        in_part=lambda place: _in_part(article_id, places, in_part, place, _at(revision, found)),
        copies=_copies(article_id) if found.copies else [],
    )


def _count(places: Sequence[Any]) -> range:
    return range(1, len(places) + 1)


def _at(revision: int, found: Article) -> dict[str, Any]:
    return {} if revision == found.revision else {"revision": revision}


def _in_part(article_id: int, places: list[tuple[int, int]], here: int, place: int, at: dict[str, Any]) -> str:
    """Return the URL of a place in the text that evidence names: within the page if it is of this part."""
    there = marked.part_at(places, place)
    anchor = f"at-{place}"
    return (
        f"#{anchor}"
        if there == here
        else url_for("pages.article", article_id=article_id, part=there, **at, _anchor=anchor)
    )


def find_article(article_id: int) -> Article:
    """Return an article with its publisher. Raise Problem (404)."""
    wanted = (
        select(Article).where(Article.id == article_id).options(joinedload(Article.publisher), undefer(Article.copies))
    )
    found = session().scalar(wanted)
    if found is None:
        raise Problem("not-found", f"There is no article {article_id}.")
    return found


def earlier(article: Article, number: int) -> ArticleRevision:
    """Return an earlier text of an article, with that text read. Raise Problem (404)."""
    wanted = select(ArticleRevision).where(ArticleRevision.article_id == article.id, ArticleRevision.number == number)
    row = session().scalar(wanted.options(undefer(ArticleRevision.text)))
    if row is None:
        raise Problem("not-found", f"There is no revision {number} of article {article.id}.")
    return row


def _chosen(article_id: int, quote_id: int | None) -> Quote | None:
    """Return the quote asked for. Raise Problem (404) where the article has no such quote."""
    if quote_id is None:
        return None
    quote = session().get(Quote, quote_id)
    if quote is None or quote.article_id != article_id:
        raise Problem("not-found", f"Article {article_id} has no quote {quote_id}.")
    return quote


def _spans(article_id: int, revision: int | None) -> dict[int, columns.Spans]:
    """Return the spans of the quotes that stand in the present text, or last stood in that of a revision."""
    ids = select(Quote.id).where(Quote.article_id == article_id)
    ids = ids.where(Quote.stands() if revision is None else Quote.last_revision == revision)
    found = columns.spans(session().connection(), session().scalars(ids).all())
    return dict(sorted(found.items(), key=lambda item: (marked.first_place(item[1]), item[0])))


def _quotes(text: str, spans: dict[int, columns.Spans], place: tuple[int, int]) -> list[Marked]:
    """Return the quotes of which the content begins in one place of the text, in the order of the text."""
    number = {quote_id: number for number, quote_id in enumerate(spans, 1)}
    wanted = [quote_id for quote_id, each in spans.items() if place[0] <= marked.first_place(each) < place[1]]
    rows = {row.id: row for row in columns.quotes(session().connection(), wanted)}
    return [_marked(text, rows[each], spans[each], number[each]) for each in wanted if each in rows]


def _marked(text: str, row: Any, spans: columns.Spans, number: int) -> Marked:
    return Marked(
        key=row.id,
        number=number,
        spans=spans,
        who=row.speaker_name or "",
        office=office(row) if row.role_id else "",
        kind=row.kind,
        act=row.act,
        medium=row.medium,
        polarity=row.polarity,
        cue=columns.words(row, spans.get("cue", [])),
        source=columns.words(row, spans.get("source", [])),
        said=row.said,
        confidence=row.confidence,
        evidence=marked.links(text, json.loads(row.evidence)),
        joint=row.joint or (),
        speaker_id=row.speaker_id,
        copies=row.copies,
        status=row.status,
        revised=row.revised,
        to_words=texts.to_words(row.url, [text[start:end] for start, end in spans.get("content", [])]),
    )


def _copies(article_id: int) -> Sequence[Article]:
    wanted = select(Article).where(duplicates.has_text_of(article_id)).order_by(Article.published, Article.id)
    wanted = wanted.options(joinedload(Article.publisher)).limit(MAX_COPIES)
    return session().scalars(wanted).all()
