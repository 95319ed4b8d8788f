"""Speakers that match a query."""

from __future__ import annotations

from sqlalchemy import ColumnElement, not_, or_, select
from sqlalchemy.orm import Session

from api.models import Quote, Speaker, Tenure
from api.search import filters, names
from api.search.found import FoundSpeakers
from api.search.language import Field, Group, Part, Query, Words, parse
from api.search.request import ANY_OFFICE, Office


def find_speakers(session: Session, q: str, worst: str = "fuzzy") -> FoundSpeakers:
    """Return the speakers that match `q`, and how well their names match.

    Words are of a speaker's names, as people type them; a phrase is of one name. A role and a country are of one office
    that the speaker held at any time. Other fields are of one quote of the speaker that searches find by default. `worst`
    is one of enums.MATCHES: names that match worse are left out.
    """
    query = parse(q)
    if not query.without and all(map(_is_word, query.wanted)):
        # A name as people type it, or a handle: names.listed looks at it as it is written.
        matches, rank = names.listed(session, q, worst)
        return FoundSpeakers(select(Speaker).where(matches), query, rank)
    written, conditions = _conditions(session, query, exact=worst == "exact")
    if not written:
        return FoundSpeakers(select(Speaker).where(*conditions), query)
    matches, rank = names.listed(session, " ".join(written), worst)
    return FoundSpeakers(select(Speaker).where(matches, *conditions), query, rank)


def _conditions(session: Session, query: Query, *, exact: bool) -> tuple[list[str], list[ColumnElement[bool]]]:
    """Return the words and phrases without alternatives, which are of names, and what else is asked of a speaker."""
    conditions: list[ColumnElement[bool]] = []
    of_names: list[Words] = []
    of_quotes: list[ColumnElement[bool]] = []
    office, groups = ANY_OFFICE.with_fields(query.wanted)
    for group in groups:
        match group:
            case (Words() as part,):
                of_names.append(part)
            case (Field("publisher" | "kind" | "medium" | "polarity" | "cue" | "said") as part,):
                of_quotes.append(filters.of_quote(part))
            case _:
                conditions.append(or_(*(_of_speaker(session, part, exact=exact) for part in group)))
    if office.is_asked:
        conditions.append(_was_in(office))
    if of_quotes:
        conditions.append(_has_quote(*of_quotes))
    conditions += [_of_speaker(session, part, exact=exact) for part in of_names if _is_phrase(part)]
    conditions += [not_(_of_speaker(session, part, exact=exact)) for part in query.without]
    return [part.written for part in of_names], conditions


def _is_word(group: Group) -> bool:
    """Return whether it is one word, such as a part of a name: Anne-Marie is one too."""
    return len(group) == 1 and isinstance(group[0], Words) and not _is_phrase(group[0])


def _is_phrase(words: Words) -> bool:
    return len(words.folded) > 1 and not words.is_hyphenated


def _of_speaker(session: Session, part: Part, *, exact: bool) -> ColumnElement[bool]:
    """Match speakers by one part of a query."""
    match part:
        case Words(prefix=True):
            return names.beginning(session, part.written)
        case Words():
            return Speaker.id.in_(names.named(part.written, exact=exact))
        case Field("speaker"):
            return filters.id_in(Speaker.id, filters.speaker_ids(part.row))
        case Field("role"):
            return _was_in(Office(role=part.row))
        case Field("country"):
            return _was_in(Office(country=part.value))
    return _has_quote(filters.of_quote(part))


def _was_in(office: Office) -> ColumnElement[bool]:
    """Match speakers who held the office at some time, by a tenure or by an article that quotes them."""
    roles = filters.role_ids(office)
    of_tenures = select(Tenure.speaker_id).where(Tenure.role_id.in_(roles))
    stated = select(Quote.speaker_id).where(Quote.role_id.in_(roles), Quote.status != "rejected", Quote.stands())
    return Speaker.id.in_(of_tenures.union(stated))


def _has_quote(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Match speakers who have a quote for which all these conditions hold."""
    spoken = (Quote.speaker_id.is_not(None), *Quote.is_spoken())
    return Speaker.id.in_(select(Quote.speaker_id).where(*spoken, *conditions))
