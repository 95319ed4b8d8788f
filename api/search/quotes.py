"""Quotes that match a search. Searching is listing with `q`: there is no second way."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import and_, false
from sqlalchemy.orm import Session

from api.models import Quote
from api.models.quote import UNDATED
from api.search import filters
from api.search.found import FoundQuotes
from api.search.index import index_of
from api.search.index.base import Conditions, Labelled, find_rows
from api.search.index.matches import QuoteMatches
from api.search.index.sqlite import label, one_of
from api.search.language import Field, Group
from api.search.request import ALWAYS, Ids, Office, Period, QuoteSearch


def find_quotes(search: QuoteSearch, session: Session) -> FoundQuotes:
    """Return the quotes that match, by the statement that is fastest for lists on the session's database."""
    return index_of(session).find(_conditions(search), search.query)


def find_by_rows(search: QuoteSearch) -> FoundQuotes:
    """Return the quotes that match, by a statement that both databases understand.

    It is meant for readers that go by id, as exports do. `find_quotes` is faster for lists in the order of time.
    """
    return find_rows(_conditions(search), search.query)


def find_among(search: QuoteSearch, quote_ids: Sequence[int], session: Session) -> FoundQuotes:
    """Return the quotes that match and have one of these ids. It costs no more if many others match."""
    return index_of(session).restrict(session, find_quotes(search, session), quote_ids)


def _conditions(search: QuoteSearch) -> Conditions:
    """Return what a search asks of a quote."""
    query = search.query
    office, groups = Office(search.role, search.organisation, search.country).with_fields(search.groups)
    period, groups = Period(search.since, search.before).with_fields(groups)
    fields, groups = _with_labels(groups)
    words, rows = filters.of_query(QuoteMatches, groups, query.without if query else (), filters.of_quote)
    if query is not None and not query:
        rows.append(false())
    if office.is_asked:
        rows.append(filters.held(office))
    if search.cue is not None:
        rows.append(filters.has_phrase(Quote.cue, search.cue))
    if search.copies_of is not None:
        rows.append(filters.duplicates(search.copies_of))
    equal = {Quote.article_id: search.article, Quote.medium: search.medium}
    rows += [column == value for column, value in equal.items() if value is not None]
    if search.polarity is not None:
        rows.append(Quote.is_put_forward(search.polarity))
    labelled = _labelled(search, fields)
    # Conditions that can hold for one duplicate of a quote and not for another. Duplicates have the same words and speaker.
    telling_apart = [*rows, *(each.row for each in labelled)]
    if search.speaker is not None:
        labelled.append(_by_speaker(search.speaker))
    conditions = Conditions(words, rows, labelled)
    _add_visibility(conditions, search)
    if period != ALWAYS:
        conditions.said = filters.said(period)
        conditions.period = period if period.since and period.since > UNDATED else period._replace(since=None)
        telling_apart.append(conditions.said)
    if search.distinct:
        conditions.rows.append(filters.is_earliest(telling_apart))
    return conditions


def _with_labels(groups: Sequence[Group]) -> tuple[list[Field], list[Group]]:
    """Return the fields without alternatives that labels of SQLite's index answer, and the other groups."""
    fields: list[Field] = []
    others: list[Group] = []
    for group in groups:
        match group:
            case (Field("speaker" | "publisher" | "kind") as part,):
                fields.append(part)
            case _:
                others.append(group)
    return fields, others


def _labelled(search: QuoteSearch, fields: Sequence[Field]) -> list[Labelled]:
    """Return the conditions that labels answer, but for those on the speaker that is a parameter, act and visibility."""
    labelled: list[Labelled] = []
    if search.publisher is not None:
        labelled.append(_by_publisher(search.publisher))
    if search.kind is not None:
        labelled.append(_by_kind(search.kind))
    for field in fields:
        match field.name:
            case "speaker":
                labelled.append(_by_speaker(field.row))
            case "publisher":
                labelled.append(_by_publisher(field.row))
            case _:
                labelled.append(_by_kind(field.value))
    if search.status not in (None, "any"):
        labelled.append(Labelled(label(search.status), Quote.status == search.status))
    return labelled


def _by_speaker(speaker: Ids | str) -> Labelled:
    ids = filters.speaker_ids(speaker)
    return Labelled(one_of("s", ids), filters.said_by(ids))


def _by_publisher(publisher: Ids | str) -> Labelled:
    ids = filters.publisher_ids(publisher)
    return Labelled(one_of("p", ids), filters.id_in(Quote.publisher_id, ids))


def _by_kind(kind: str) -> Labelled:
    return Labelled(label(kind), Quote.kind == kind)


def _add_visibility(conditions: Conditions, search: QuoteSearch) -> None:
    """Add what `act`, `status` and `revised` ask.

    The default leaves out the few hidden quotes (NOT ßhidden) rather than intersect with the many shown: decision 0024.
    """
    if search.act == "speech" and search.status is None and search.revised is None:
        conditions.mostly.append(Labelled(label("hidden"), and_(*Quote.is_spoken())))
        conditions.rest.append(label("shown"))
        return
    if search.act != "any":
        conditions.labelled.append(Labelled(label(search.act), Quote.act == search.act))
    if search.status is None:
        conditions.rows.append(Quote.status != "rejected")
    if search.revised is None:
        conditions.mostly.append(Labelled(label("gone"), Quote.stands()))
    else:
        conditions.rows.append(Quote.revised_as(search.revised))
