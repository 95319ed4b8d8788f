"""The front page: the newest quotes, who was quoted most, and which offices changed hands."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import islice

from flask import url_for
from sqlalchemy import func, or_, select, union_all
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from api.folding import fold, skeleton
from api.http import pagination
from api.http.session import session
from api.limits import FACETED_QUOTES
from api.models import Article, Quote, QuoteJoint, Role, Tenure
from api.pages import hits, texts
from api.pages.asked import Asked
from api.pages.site import blp, render
from api.search import facets
from api.search.quotes import find_quotes
from api.search.request import QuoteSearch

NEWEST = 8  # quotes
MOST_QUOTED = 6  # speakers
OUTLETS = 2  # that are named of those that quoted a speaker
WEEK = dt.timedelta(days=7)
LATEST = 200  # tenures in which handovers are looked for, the last stored
MAX_HOLDERS = 12  # of an office that one holds at a time, in the years of a database
HANDOVERS = 5  # shown


@dataclass(frozen=True, slots=True)
class Quoted:
    """A speaker who was quoted: how often, and by which outlets most."""

    name: str
    count: int
    href: str
    outlets: list[str]


@dataclass(frozen=True, slots=True)
class Handover:
    """An office that somebody is seen in after somebody else. when: in words."""

    title: str
    href: str
    holder: str
    holder_href: str
    when: str
    before: str
    before_href: str
    before_when: str


@blp.get("/")
def front() -> Response:
    """Show who is quoted most, and the newest quotes; how to load articles where there are none."""
    newest = find_quotes(QuoteSearch(), session())
    ids = pagination.paginate(session(), newest.ids(), newest.by, limit=NEWEST, cursor=None, descending=True).items
    shown = hits.read(session().connection(), ids)
    if not shown:
        return render("empty.html", has_articles=session().scalar(select(Article.id).limit(1)) is not None)
    last = next((when for hit in shown if (when := _day(hit.when))), None)
    week = [] if last is None else most_quoted(last)
    return render("front.html", hits=shown, until=last, week=week, handovers=handovers())


def _day(when: dt.date | None) -> dt.date | None:
    return when.date() if isinstance(when, dt.datetime) else when


def most_quoted(last: dt.date) -> list[Quoted]:
    """Return the speakers quoted most in the week to that day, and the outlets that quoted them most.

    All is counted at once. A quote counts for each of those who say it together.
    """
    since = dt.datetime.combine(last - WEEK + dt.timedelta(days=1), dt.time(), dt.UTC)
    found = find_quotes(QuoteSearch(since=since, before=since + WEEK), session())
    said = found.newest(found.columns(Quote.id, Quote.speaker_id, Quote.publisher_id), FACETED_QUOTES).cte("said")
    alone = select(said.c.speaker_id, said.c.publisher_id).where(said.c.speaker_id.is_not(None))
    together = select(QuoteJoint.speaker_id, said.c.publisher_id).join(said, said.c.id == QuoteJoint.quote_id)
    each = union_all(alone, together).subquery()
    counts: Counter[int] = Counter()
    outlets: defaultdict[int, Counter[int]] = defaultdict(Counter)
    rows = select(each.c.speaker_id, each.c.publisher_id, func.count()).group_by(each.c.speaker_id, each.c.publisher_id)
    for speaker, outlet, count in session().execute(rows):
        counts[speaker] += count
        if outlet is not None:
            outlets[speaker][outlet] = count
    most = sorted(counts, key=lambda speaker: (-counts[speaker], -speaker))[:MOST_QUOTED]
    by = {speaker: [outlet for outlet, _ in outlets[speaker].most_common(OUTLETS)] for speaker in most}
    names = facets.labels(session(), "speaker", most)
    outlet_names = facets.labels(session(), "publisher", [outlet for some in by.values() for outlet in some])
    period = {"_from": since.date().isoformat(), "to": last.isoformat()}
    return [
        Quoted(
            names[speaker],
            counts[speaker],
            Asked({}).more(speaker=speaker, **period).href(),
            [outlet_names[outlet] for outlet in by[speaker]],
        )
        for speaker in most
    ]


def handovers() -> list[Handover]:
    """Return the offices that changed hands last: one holder seen, or stated, after another, and nobody beside them.

    Offices without an organisation and a country are left out: there are many mayors at a time. So are those who act in
    place of a holder, and whoever is called a former holder.
    """
    latest = select(Tenure.id).order_by(Tenure.id.desc()).limit(LATEST).subquery()
    new = (
        select(Tenure.role_id)
        .join(Role, Role.id == Tenure.role_id)
        .where(Tenure.id.in_(select(latest.c.id)), Tenure.status == "held")
        .where(or_(Role.organisation.is_not(None), Role.country.is_not(None)))
    )
    of_few = select(Tenure.role_id).where(Tenure.role_id.in_(new), Tenure.status == "held").group_by(Tenure.role_id)
    of_few = of_few.having(func.count(Tenure.speaker_id.distinct()).between(2, MAX_HOLDERS))
    wanted = select(Tenure).where(Tenure.role_id.in_(of_few), Tenure.status == "held")
    wanted = wanted.options(joinedload(Tenure.role), joinedload(Tenure.speaker))
    holders: defaultdict[int, list[Tenure]] = defaultdict(list)
    for tenure in session().scalars(wanted.order_by(Tenure.since().desc(), Tenure.id.desc())):
        holders[tenure.role_id].append(tenure)
    lasts = sorted((each[0] for each in holders.values()), key=lambda each: (_first(each), each.id), reverse=True)
    return list(islice(filter(None, (_handover(last, holders[last.role_id]) for last in lasts)), HANDOVERS))


def _handover(new: Tenure, holders: list[Tenure]) -> Handover | None:
    """Return who held an office before its holder; None where nobody did, or where others seem to hold it as well."""
    begins = _first(new)
    others = [each for each in holders if each.speaker_id != new.speaker_id]
    if dt.date.min in map(_first, holders) or any(_last(each) >= begins for each in others):
        return None
    before = max(others, key=lambda each: (_last(each), each.id))
    if _surname(before) == _surname(new):  # another spelling, it may be, and no handover
        return None
    return Handover(
        title=texts.office(new),
        href=url_for("pages.search", role=new.role_id),
        holder=new.speaker.name,
        holder_href=url_for("pages.speaker", speaker_id=new.speaker_id),
        when=f"{'since' if new.started else 'first seen'} {texts.day(begins)}",
        before=before.speaker.name,
        before_href=url_for("pages.speaker", speaker_id=before.speaker_id),
        before_when=f"{'until' if before.ended else 'last seen'} {texts.day(_last(before))}",
    )


def _first(tenure: Tenure) -> dt.date:
    return tenure.started or tenure.first_seen or tenure.ended or dt.date.min


def _last(tenure: Tenure) -> dt.date:
    return tenure.ended or tenure.last_seen or _first(tenure)


def _surname(tenure: Tenure) -> str:
    return skeleton(fold(tenure.speaker.name).rpartition(" ")[2])
