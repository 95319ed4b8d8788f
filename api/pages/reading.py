"""A search in words: how it was read, which filters it has, and what to try where it finds nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from api.pages import texts
from api.pages.asked import FILTERS, Asked
from api.search.facets import labels
from api.search.names import SpeakerMatch
from api.search.quotes import find_quotes
from api.search.request import resolve

MAX_TRIED = 6  # searches tried where one finds nothing: each costs about as much as that one did
MOST_TRIED = 1_000  # quotes counted of each
MAX_NAMED = 3  # speakers named of those that a name was taken for
ASKS_FOR = {  # what each filter asks for, before its value
    "speaker": "speaker", "role": "office", "organisation": "organisation", "country": "country", "publisher": "outlet",
    "article": "article", "copies_of": "copies of quote", "kind": "quoted", "medium": "medium", "act": "act",
    "polarity": "polarity", "cue": "cue", "status": "status", "revised": "revised", "from": "from", "to": "until",
    "distinct": "without copies", "match": "name match",
}  # fmt: skip


class Filter(NamedTuple):
    """A filter that a search has, in words, and the search without it."""

    name: str
    value: str
    href: str


@dataclass(frozen=True, slots=True)
class Try:
    """A search to try, in words, and how many quotes it finds (MOST_TRIED: so many or more)."""

    words: str
    href: str
    count: int


def filters(session: Session, asked: Asked) -> list[Filter]:
    """Return the filters of a search, with the names of the rows whose ids they have."""
    return [
        Filter(ASKS_FOR[name], _value(session, name, asked.values[name]), asked.without(name))
        for name in FILTERS
        if name in asked.values
    ]


def _value(session: Session, name: str, value: str) -> str:
    if name in ("from", "to") and len(value) == len("2022-03-24"):
        return texts.day(value)
    if name == "distinct":
        return ""
    if name in ("speaker", "role", "publisher") and value.isdigit() and len(value) < 19:
        return labels(session, name, [int(value)]).get(int(value), f"no {value}")
    return labels(session, "country", [value.upper()])[value.upper()] if name == "country" else value


def in_words(read: Mapping[str, Any]) -> str:
    """Return how `q` was read (api.search.explain), in words."""
    wanted = [" or ".join(_part(part) for part in group["any"]) for group in read["all"]]
    wanted = [f"({words})" if " or " in words and len(wanted) > 1 else words for words in wanted]
    without = [_part(part) for part in read["without"]]
    words = " and ".join(wanted) or "all quotes"
    if without:
        words += f", but not {' nor '.join(without)}"
    if read["ignored"]:
        words += f"; {texts.plural(read['ignored'], 'word')} over the limit left out"
    return words


def _part(part: Mapping[str, Any]) -> str:
    match part["type"]:
        case "term":
            return f"“{part['written']}” in any form"
        case "prefix":
            return f"words that begin with “{part['written'].rstrip('*')}”"
        case "phrase":
            return f"“{part['written']}” together"
    match part["field"]:
        case "said":
            since, until = texts.day(part["since"]), texts.day(part["until"])
            return f"said {since or 'up'} to {until or 'now'}" if since != until else f"said on {since}"
        case "speaker":
            return f"speaker {part['value']} ({_names([speaker.name for speaker in part['speakers']]) or 'nobody'})"
    return f"{ASKS_FOR[part['field']]} {part['value']}"


def named(asked: Asked, matches: Sequence[SpeakerMatch] | None) -> str:
    """Return whom the name given as `speaker` was taken for, in words; "" where none was given."""
    if matches is None:
        return ""
    name = asked.values["speaker"]
    if not matches:
        return f"nobody here is called “{name}”"
    how = "" if matches[0].match == "exact" else ", spelled otherwise" if matches[0].match == "fuzzy" else ""
    return f"“{name}” is {_names([match.name for match in matches])}{how}"


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(names[:MAX_NAMED])
    return f"{shown} and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else shown


def tries(session: Session, asked: Asked, words: Sequence[str]) -> list[Try]:
    """Return searches to try in place of one that finds nothing: without one of its filters, and with one word for all.

    `words` are those of its query. Those that find nothing too are left out.
    """
    fewer = [(f"without {ASKS_FOR[name]}", asked.less(name)) for name in FILTERS if name in asked.values]
    if "q" in asked.values and asked.values.keys() - {"q", "sort", "limit"}:
        fewer.append(("without the words", asked.less("q")))
    if len(words) > 1:
        fewer.insert(0, ("any of the words", asked.more(q=" OR ".join(words))))
    found = [Try(says, other.href(), _count(session, other)) for says, other in fewer[:MAX_TRIED]]
    return [each for each in found if each.count]


def _count(session: Session, asked: Asked) -> int:
    search, _ = resolve(session, asked.loaded())
    some = find_quotes(search, session).columns(literal(1).label("one")).limit(MOST_TRIED)
    return session.scalar(select(func.count()).select_from(some.subquery())) or 0
