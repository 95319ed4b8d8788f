"""The texts that an article has had: two of them side by side, and what each did with its quotes."""

from __future__ import annotations

from typing import NamedTuple

from flask import redirect, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from api.http.parsing import ID, load_parameters
from api.http.problems import Problem
from api.http.session import session
from api.ingestion import revisions as quotes_of
from api.models import ArticleRevision, Quote
from api.pages import hits
from api.pages.article import earlier, find_article
from api.pages.difference import side_by_side
from api.pages.hits import Hit
from api.pages.site import blp, render
from api.schemas.article import CompareQuery

MAX_LISTED = 100  # revisions to choose from, the last ones


class Reworded(NamedTuple):
    """A quote before and after a revision; one of the two is None where it was added or dropped."""

    before: Hit | None
    after: Hit | None


@blp.get(f"/articles/<{ID}:article_id>/revisions")
def compare(article_id: int) -> Response:
    """Show two texts of an article side by side, by default the last two."""
    query = load_parameters(CompareQuery)
    article = find_article(article_id)
    if article.revision == 1:
        return redirect(url_for("pages.article", article_id=article_id), 303)
    after = query.get("after", article.revision)
    before = query.get("before", max(1, after - 1))
    if before >= after:
        raise Problem(
            "not-found", f"Revision {before} is not earlier than revision {after}: choose two, the earlier first."
        )
    rows = {number: earlier(article, number) for number in (before, after)}
    text = {number: row.text or article.text for number, row in rows.items()}
    listed = select(ArticleRevision).where(ArticleRevision.article_id == article_id)
    return render(
        "revisions.html",
        article=article,
        before=rows[before],
        after=rows[after],
        pairs=side_by_side(text[before], text[after]),
        quotes=_changed(article_id, after) if before == after - 1 else [],
        revisions=session().scalars(listed.order_by(ArticleRevision.number.desc()).limit(MAX_LISTED)).all(),
    )


def _changed(article_id: int, number: int) -> list[Reworded]:
    """Return the quotes that a revision reworded, added and dropped, in this order."""
    ids = session().scalars(quotes_of.changed(article_id, [number]).with_only_columns(Quote.id)).all()
    found = {hit.row.id: hit for hit in hits.read(session().connection(), ids)}
    came = [hit for hit in found.values() if hit.row.first_revision == number and hit.row.status != "added"]
    went = {each: hit for each, hit in found.items() if hit.row.last_revision == number - 1}
    changed = [Reworded(went.pop(hit.row.rewords), hit) for hit in came if hit.row.rewords in went]
    changed += [Reworded(None, hit) for hit in came if hit.row.rewords is None]
    return changed + [Reworded(hit, None) for hit in went.values()]
