"""A speaker: names, offices over time, quotes over time, and who is quoted beside."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from flask import url_for
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload
from werkzeug.wrappers import Response

from api.http import pagination
from api.http.parsing import ID
from api.http.problems import Problem
from api.http.session import session
from api.models import Quote, Speaker, Tenure
from api.pages import chart, hits, texts
from api.pages.asked import Asked
from api.pages.favourites import favourites
from api.pages.site import blp, render
from api.search import facets
from api.search.quotes import find_quotes
from api.search.request import QuoteSearch

NEWEST = 10  # quotes on the page
COUNTED = 5_000  # newest quotes over which outlets are counted
COUNTED_AT_ONCE = 2_000  # quotes over time in the page itself; else they come after it
BESIDE = 200  # newest quotes in whose articles others are looked for
SHOWN = 8  # outlets, and people beside
MAX_TENURES = 100  # shown, the last first: nobody holds as many, but spokespeople of many bodies are named so
LEAST = 1.5  # per cent of a band's width: a day can be seen


class Office(NamedTuple):
    """An office that a speaker held: its title, when, in words, and its place in the band, in per cent.

    left is None where the office has no dates, or where all are known on one day alone.
    """

    title: str
    role_id: int
    when: str
    left: float | None
    width: float


@blp.get(f"/speakers/<{ID}:speaker_id>")
def speaker(speaker_id: int) -> Response:
    """Show a speaker."""
    found = session().scalar(select(Speaker).where(Speaker.id == speaker_id).options(selectinload(Speaker.names)))
    if found is None:
        raise Problem("not-found", f"There is no speaker {speaker_id}.")
    asked, wanted = Asked({"speaker": str(speaker_id)}), QuoteSearch(speaker=speaker_id)
    quotes = find_quotes(wanted, session())
    newest = pagination.paginate(session(), quotes.ids(), quotes.by, limit=NEWEST, cursor=None, descending=True).items
    outlets, _ = facets.count(session(), quotes, ["publisher"], limit=SHOWN, newest=COUNTED)
    offices = _offices(speaker_id)
    return render(
        "speaker.html",
        speaker=found,
        asked=asked,
        offices=offices,
        ticks=_years(offices),
        hits=hits.read(session().connection(), newest),
        chart=chart.over_time(session(), wanted, asked) if found.quoted <= COUNTED_AT_ONCE else None,
        counted_later=found.quoted > COUNTED_AT_ONCE,
        words=[(word, asked.more(q=word).href()) for word in favourites(session(), speaker_id)],
        outlets=[
            (value.label, value.count, asked.more(publisher=value.value).href()) for value in outlets["publisher"]
        ],
        beside=_beside(speaker_id),
    )


def _offices(speaker_id: int) -> list[Office]:
    """Return the offices of a speaker, the last first, placed between the first day known of any and the last."""
    wanted = select(Tenure).where(Tenure.speaker_id == speaker_id).options(joinedload(Tenure.role))
    tenures = session().scalars(wanted.order_by(Tenure.since().desc(), Tenure.id.desc()).limit(MAX_TENURES)).all()
    days = [day for tenure in tenures for day in _days(tenure) if day]
    first, last = min(days, default=dt.date.min), max(days, default=dt.date.min)
    return [_office(tenure, first, (last - first).days + 1) for tenure in tenures]


def _days(tenure: Tenure) -> tuple[dt.date | None, dt.date | None]:
    """Return the first and the last day known of a tenure, as searches understand it (Tenure.covers)."""
    return tenure.started or tenure.first_seen, tenure.ended or tenure.last_seen


def _office(tenure: Tenure, first: dt.date, span: int) -> Office:
    begins, ends = _days(tenure)
    begins, ends = begins or ends, ends or begins
    left, width = None, 0.0
    if begins and ends and span > 1:
        width = max(LEAST, 100 * ((ends - begins).days + 1) / span)
        left = round(min(100 * (begins - first).days / span, 100 - width), 2)
    return Office(texts.office(tenure), tenure.role_id, _when(tenure), left, round(width, 2))


def _when(tenure: Tenure) -> str:
    """Return when an office was held, in words: as stated, else as articles have seen it."""
    begins, ends = _days(tenure)
    if begins is None and ends is None:
        return "at a time not known"
    words = texts.day(begins) if begins == ends else f"{texts.day(begins) or '…'} to {texts.day(ends) or 'now'}"
    return words if tenure.started or tenure.ended else f"seen {words}"


def _years(offices: Sequence[Office]) -> list[str]:
    """Return the first and the last year of the band; nothing where there is no band."""
    if all(office.left is None for office in offices):
        return []
    years = sorted(word for office in offices for word in office.when.split() if word.isdigit() and len(word) == 4)
    return [years[0], years[-1]] if years else []


def _beside(speaker_id: int) -> list[tuple[str, int, str]]:
    """Return who is quoted most in the articles that quoted this speaker last: name, number of articles, URL."""
    last = select(Quote.article_id).where(Quote.speaker_id == speaker_id, *Quote.is_spoken())
    articles = last.order_by(Quote.at.desc(), Quote.id.desc()).limit(BESIDE).subquery()
    many = func.count(Quote.article_id.distinct()).label("many")
    wanted = (
        select(Quote.speaker_id, many)
        .where(Quote.article_id.in_(select(articles.c.article_id)), *Quote.is_spoken())
        .where(Quote.speaker_id.is_not(None), Quote.speaker_id != speaker_id)
        .group_by(Quote.speaker_id)
        .order_by(many.desc(), Quote.speaker_id)
        .limit(SHOWN)
    )
    found = session().execute(wanted).all()
    names = facets.labels(session(), "speaker", [each for each, _ in found])
    return [(names[each], many, url_for("pages.speaker", speaker_id=each)) for each, many in found]
