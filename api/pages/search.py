"""The search, and what narrows it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from api import enums
from api.http import pagination
from api.http.session import session
from api.limits import COUNTED_ROWS
from api.models import Speaker
from api.pages import chart, hits, reading
from api.pages.asked import Asked, query_here
from api.pages.site import blp, render
from api.search import explain, facets, ranking
from api.search.language import Words
from api.search.quotes import find_quotes
from api.search.request import QuoteSearch, resolve
from api.search.speakers import find_speakers

# So few quotes are counted within the page. To count more takes longer than the list, so a page loads that after it.
COUNTED_AT_ONCE = 2_000
FACETS = {  # in the order in which the page has them
    "speaker": "Speaker", "publisher": "Outlet", "role": "Office", "country": "Country", "year": "Year", "kind": "Quoted",
    "medium": "Medium", "polarity": "Put forward",
}  # fmt: skip
SHOWN_VALUES = 8
SPEAKERS_NAMED = 3  # speakers offered whose name is like what was searched for


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a facet: the search for it, or without it where it is chosen already."""

    label: str
    count: int
    href: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Group:
    """A facet with its values."""

    name: str
    title: str
    choices: list[Choice]


@blp.get("/search")
def search() -> Response:
    """List the quotes of a search, with how it was read, and what else to try where it finds none."""
    query, asked = query_here()
    wanted, matches = resolve(session(), query)
    found = find_quotes(wanted, session())
    listed = ranking.ordered(found, query["sort"], top=pagination.last_value(query["cursor"]))
    page = pagination.paginate(
        session(),
        listed.ids,
        listed.by,
        limit=query["limit"],
        cursor=query["cursor"],
        descending=listed.descending,
        total=partial(pagination.count, session(), found.select, most=COUNTED_ROWS),
    )
    total = page.total
    at_once = total is not None and 0 < total.value <= COUNTED_AT_ONCE and query["cursor"] is None
    words = [part.written for part in wanted.query.words if isinstance(part, Words)] if wanted.query else []
    return render(
        "search.html",
        asked=asked,
        hits=hits.read(session().connection(), page.items, wanted.query),
        next=_own(page.next),
        total=total,
        is_first=query["cursor"] is None,
        sort=query["sort"],
        sorts=[sort for sort in enums.SORTS if sort != "relevance" or words],
        read=reading.in_words(explain.explain(session(), wanted.query)) if wanted.query else "",
        named=reading.named(asked, matches),
        filters=reading.filters(session(), asked),
        speakers=[] if query["cursor"] else speakers_called(asked),
        tries=reading.tries(session(), asked, words) if total is not None and not total.value else [],
        counted_later=not at_once and bool(page.items),
        **(counted(wanted, asked) if at_once else {"groups": [], "chart": None}),
    )


@blp.get("/search/filters")
def filters() -> Response:
    """Count the quotes of a search over time and by what narrows it: a page, of which scripts take the parts."""
    query, asked = query_here()
    wanted, _ = resolve(session(), query)
    return render("filters.html", asked=asked, counted_later=False, **counted(wanted, asked))


def counted(search: QuoteSearch, asked: Asked) -> dict[str, Any]:
    """Return the facets and the chart of a search."""
    found = find_quotes(search, session())
    counts, over = facets.count(session(), found, list(FACETS), office=search.office, limit=SHOWN_VALUES)
    groups = [Group(name, title, _choices(asked, name, counts[name])) for name, title in FACETS.items()]
    return {
        # A facet with one value that all quotes have narrows nothing.
        "groups": [each for each in groups if len(each.choices) > 1 or any(value.is_chosen for value in each.choices)],
        "counted": over,
        "chart": chart.over_time(session(), search, asked),
    }


def _choices(asked: Asked, facet: str, values: list[facets.Value]) -> list[Choice]:
    choices = []
    for value in values:
        wanted = {facet: str(value.value)}
        if facet == "year":
            wanted = {"_from": f"{value.value}-01-01", "to": f"{value.value}-12-31"}
        here = {name.lstrip("_"): text for name, text in wanted.items()}
        is_chosen = all(asked.values.get(name) == text for name, text in here.items())
        href = asked.without(*here) if is_chosen else asked.more(**wanted).href()
        choices.append(Choice(value.label, value.count, href, is_chosen))
    return choices


def speakers_called(asked: Asked) -> list[Speaker]:
    """Return speakers whose name is like the words searched for, the best match first."""
    if "q" not in asked.values:
        return []
    found = find_speakers(session(), asked.values["q"])
    if (
        found.rank is None
        or found.query is None
        or found.query.without
        or len(found.query.words) < len(found.query.wanted)
    ):
        return []
    best = found.select.order_by(found.rank, Speaker.quoted.desc(), Speaker.id).limit(SPEAKERS_NAMED)
    return list(session().scalars(best).all())


def _own(path: str | None) -> str | None:
    """Return the URL of the next page, which begins as those of all pages do."""
    return path and f"{url_for('pages.search')}?{path.partition('?')[2]}"


@blp.app_template_global()
def is_here(endpoint: str) -> bool:
    """Return whether the present page is of this endpoint."""
    return request.endpoint == endpoint
