"""Predicates on rows of quote, article, speaker, role and publisher, for both databases. None is executed here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    Tuple,
    and_,
    case,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.orm import aliased

from api.database.bulk import AmongFew
from api.folding import fold
from api.models import Article, Publisher, Quote, QuoteJoint, Role, Tenure
from api.models.quote import UNDATED
from api.search import names
from api.search.found import Column
from api.search.index.matches import Matches
from api.search.language import Field, Group, Part, Words
from api.search.request import Ids, Office, Period
from api.search.titles import has_title

# Words of a filter by name: no name has more, and SQLite refuses a statement that is 1,000 conditions deep.
MAX_FILTER_WORDS = 32


M = TypeVar("M", bound=Matches)


def of_query(
    matches: type[M],
    wanted: Sequence[Group],
    without: Sequence[Part],
    of_field: Callable[[Field], ColumnElement[bool]],
) -> tuple[M | None, list[ColumnElement[bool]]]:
    """Return what a query asks of a row: one full-text expression with as many of its words as can be, and the rest.

    `matches` is the table's full-text expression. `of_field` returns the predicate of a field.
    """
    words = [parts for group in wanted if len(parts := _words(group)) == len(group)]
    excluded = _words(without)
    expression = matches.of(words, excluded) if words else None
    rest: list[ColumnElement[bool]] = []
    if excluded and not words:
        rest.append(not_(matches.of([excluded])))
    for group in wanted:
        if len(alternatives := _words(group)) < len(group):
            has_words = [matches.of([alternatives])] if alternatives else []
            rest.append(or_(*has_words, *(of_field(part) for part in group if isinstance(part, Field))))
    # "Is not true" also holds for NULL: a quote without a speaker is not by the speaker who is excluded.
    rest += [of_field(part).is_not(true()) for part in without if isinstance(part, Field)]
    return expression, rest


def _words(parts: Sequence[Part]) -> list[Words]:
    return [part for part in parts if isinstance(part, Words)]


# Quotes


def of_quote(field: Field) -> ColumnElement[bool]:
    """Match quotes by a field of the query language."""
    match field.name:
        case "speaker":
            return said_by(speaker_ids(field.row))
        case "publisher":
            return id_in(Quote.publisher_id, publisher_ids(field.row))
        case "kind":
            return Quote.kind == field.row
        case "medium":
            return Quote.medium == field.row
        case "polarity":
            return Quote.is_put_forward(field.value)
        case "role":
            return held(Office(role=field.row))
        case "country":
            return held(Office(country=field.value))
        case "cue":
            return has_phrase(Quote.cue, field.value)
    return said(Period.of(field))


def said(period: Period) -> ColumnElement[bool]:
    """Match quotes that were said, else published, in this period. Quotes without a date never match."""
    bounds = [Quote.at >= period.since] if period.since else []
    return and_(Quote.at > UNDATED, *bounds, *([Quote.at < period.before] if period.before else []))


def has_phrase(folded: Column, phrase: str) -> ColumnElement[bool]:
    """Match a folded column that has these words side by side. Nothing matches if `phrase` has no words."""
    words = fold(phrase)
    return literal(" ").concat(folded).concat(" ").contains(f" {words} ") if words else false()


def duplicates(quote_id: int) -> ColumnElement[bool]:
    """Match the other quotes that are the same as this one, in articles with the same text."""
    this = aliased(Quote)
    first = select(func.coalesce(this.copy_of_id, this.id)).where(this.id == quote_id).scalar_subquery()
    return and_(Quote.id != quote_id, or_(Quote.copy_of_id == first, Quote.id == first))


def is_earliest(telling_apart: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    """Match quotes that are the earliest of their duplicates among those for which all conditions hold.

    `telling_apart` are the conditions that can hold for one duplicate and not for another, such as publisher and date.
    Without any the stored answer is right (api.ingestion.duplicates). Else only the few duplicates are looked at.
    """
    if not telling_apart:
        return Quote.copy_of_id.is_(None)
    other = aliased(Quote, select(Quote.id, Quote.at, Quote.copy_of_id).where(*telling_apart).subquery())
    same = or_(other.id == Quote.copy_of_id, other.copy_of_id == Quote.copy_of_id)
    return or_(Quote.copy_of_id.is_(None), ~exists().where(same, _by_time(other) < _by_time(Quote)))


def _by_time(quote: type[Quote]) -> Tuple:
    """Return the order in which duplicates count, as api.ingestion.duplicates has it: undated ones last."""
    return tuple_(case((quote.at == UNDATED, 1), else_=0), quote.at, quote.id)


# Roles


def role_ids(office: Office) -> Select[Any]:
    """Return the ids of the roles that an office can be."""
    role, organisation, country = office
    roles = select(Role.id)
    if role is not None:
        roles = roles.where(Role.id == role if isinstance(role, int) else has_title(Role.title_folded, role))
    if organisation is not None:
        roles = roles.where(Role.organisation_folded == fold(organisation)[:1000], Role.organisation_folded != "")
    if country is not None:
        roles = roles.where(Role.country == country)
    return roles


def held(office: Office) -> ColumnElement[bool]:
    """Match quotes whose speaker held this office when they were said.

    Either the article says so, and not that the speaker is a former holder. Or a tenure covers the day, and neither this
    article nor others around that day call the speaker a former holder.
    """
    roles = role_ids(office)
    # All holders are few, and looked at before what is slow.
    holders = select(Tenure.speaker_id).where(Tenure.role_id.in_(roles))
    # Plus 0 keeps SQLite from the index of roles: it would look up each role of a country for each quote. It goes by the
    # speaker instead.
    holds = exists().where(*holding(Quote, func.date(Quote.at, type_=Date)), (Tenure.role_id + 0).in_(roles))
    return or_(
        and_(Quote.role_id.in_(roles), Quote.role_status != "former"),
        and_(Quote.speaker_id.in_(holders), Quote.at > UNDATED, holds),
    )


def holding(quote: type[Quote], day: ColumnElement[dt.date]) -> tuple[ColumnElement[bool], ...]:
    """Match tenures of a quote's speaker that covered `day`, on which it was said; see `held`."""
    former = aliased(Tenure)
    seen_as_former = exists().where(
        former.speaker_id == Tenure.speaker_id,
        former.role_id == Tenure.role_id,
        former.status == "former",
        former.first_seen <= day,
        former.last_seen >= day,
    )
    return (
        Tenure.speaker_id == quote.speaker_id,
        or_(quote.role_status != "former", quote.role_id.is_(None), quote.role_id != Tenure.role_id),
        Tenure.covers(day),
        ~seen_as_former.correlate(Tenure, quote),
    )


# Rows by id or name


def id_in(column: Column, ids: Ids) -> ColumnElement[bool]:
    """Match a column of ids that is this id, or one of these."""
    return column == ids if isinstance(ids, int) else column.in_(ids)


def said_by(speakers: Ids) -> ColumnElement[bool]:
    """Match quotes of these speakers, alone or together with others."""
    joint = select(QuoteJoint.quote_id).where(id_in(QuoteJoint.speaker_id, speakers))
    return or_(id_in(Quote.speaker_id, speakers), AmongFew(Quote.id, joint.scalar_subquery()))


def speaker_ids(speaker: Ids | str) -> Ids:
    """Return the ids of the speakers with this name or handle. Ids are returned as they are."""
    return names.named(speaker) if isinstance(speaker, str) else speaker


def publisher_ids(publisher: Ids | str) -> Ids:
    """Return the ids of the publishers with this name in any spelling, or with this domain. Ids are returned as they are."""
    if not isinstance(publisher, str):
        return publisher
    domain = publisher.lower().removeprefix("www.")
    is_named = and_(Publisher.folded == fold(publisher)[:1000], Publisher.folded != "")
    return select(Publisher.id).where(or_(is_named, Publisher.domain == domain))


def publisher_is(publisher: int | str) -> ColumnElement[bool]:
    """Match articles whose publisher has this id, name or domain."""
    return id_in(Article.publisher_id, publisher_ids(publisher))


def contains_words(folded: Column, text: str) -> ColumnElement[bool]:
    """Match a folded column that contains every word of `text`, whole or in part. Nothing matches if it has no words."""
    words = list(dict.fromkeys(fold(text).split()))[:MAX_FILTER_WORDS]
    return and_(*(folded.contains(word, autoescape=True) for word in words)) if words else false()
