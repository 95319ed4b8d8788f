"""Which quotes and articles: what a query asks of their rows and of the indexes of words (api.search.index.statements), in one Select."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Any

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
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from api.folding import fold
from api.models import Article, Publisher, Quote, Rewording, Role, Speaker, Tenure
from api.models.quote import UNDATED
from api.search import names
from api.search.index import statements as fulltext
from api.search.index.statements import ArticleMatches, Matches, QuoteMatches, Reads, label
from api.search.language import Field, Part, Query, Words, read

Column = ColumnElement[Any] | InstrumentedAttribute[Any]
Ids = int | Sequence[int] | Select[Any]

# Of a search by name so many words are looked at: no name has more, and SQLite takes no statement 1,000 conditions deep.
_MOST_WORDS = 32


def _asked(
    matches: type[Matches],
    wanted: Sequence[Sequence[Part]],
    without: Sequence[Part],
    condition: Callable[[Field], ColumnElement[bool]],
) -> list[ColumnElement[bool]]:
    """What a query asks of a row: of words by `matches`, in one expression where it can be, and of fields by `condition`."""
    found: list[ColumnElement[bool]] = []
    groups = [_words(group) for group in wanted if len(_words(group)) == len(group)]
    others = _words(without)
    if groups:
        found.append(matches.of(groups, others))
    elif others:
        found.append(not_(matches.of([others])))
    for group in wanted:
        if len(alternatives := _words(group)) < len(group):
            has = [matches.of([alternatives])] if alternatives else []
            found.append(or_(*has, *(condition(part) for part in group if isinstance(part, Field))))
    found += [condition(part).is_not(true()) for part in without if isinstance(part, Field)]  # nor where it is NULL
    return found


def _words(parts: Sequence[Part]) -> list[Words]:
    return [part for part in parts if isinstance(part, Words)]


def quotes(
    *,
    q: str | None = None,
    speaker: int | str | Sequence[int] | Select[Any] | None = None,
    role: int | str | None = None,
    organisation: str | None = None,
    country: str | None = None,
    publisher: int | str | Sequence[int] | None = None,
    article: int | None = None,
    kind: str | None = None,
    medium: str | None = None,
    act: str = "speech",
    cue: str | None = None,
    status: str | None = None,
    revised: str | None = None,
    since: dt.datetime | None = None,
    before: dt.datetime | None = None,
    copies_of: int | None = None,
    distinct: bool = False,
    dialect: str | None = None,
) -> Select[Any]:
    """The quotes that match all that is given, not executed and in no order.

    An int is the id of a row, a str names it in any spelling of case and diacritics: a `speaker` by any name, by whole
    words of one (a surname), or by its handle (or it is several ids, what api.search.names.resolve took a name for); a `role` by
    its title; a `publisher` by its name or domain. `role`, `organisation` and `country` are of a role that the speaker
    held when it was said: see _held. `cue` is words that stand together in the cue. `act` and `status` may be "any"; without
    `status` all but rejected ones are meant. `revised` is what a revision of the article did with the quote, see `revised_as`;
    without it those are meant that stand in the text that the article has.
    `since` (in) and `before` (out) bound when it was said, else published; quotes of which neither is known are then left
    out. `copies_of` is a quote: the others that are the same in articles with the same text. Of the quotes found that are the
    same so `distinct` leaves the earliest, of those as early the one stored first. `dialect` is the database's, where the
    statement is for one of them alone: it is then the fastest that it can be.
    """
    asked = read(q) if q is not None else Query()
    wanted, role, country = _office(asked.wanted, role, country)
    wanted, since, before = _days(wanted, since, before)
    wanted, fields = _fields(wanted)
    found = _asked(QuoteMatches, wanted, asked.without, _of_quote)
    if q is not None and not asked:
        found.append(false())
    if role is not None or organisation is not None or country is not None:
        found.append(_held(role, organisation, country))
    if cue is not None:
        found.append(_has_words(Quote.cue, cue))
    if copies_of is not None:
        found.append(_same_as(copies_of))
    equal = {Quote.article_id: article, Quote.medium: medium}
    found += [column == value for column, value in equal.items() if value is not None]
    # What may hold for one of several quotes that are the same and not for another: see _earliest.
    apart = [part for part in found if not isinstance(part, Matches)]
    told = [_told(name, value) for name, value in (("publisher", publisher), ("kind", kind)) if value is not None]
    told += [_told(part.name, part.row) for part in fields]
    told += [_told("status", status)] if status not in (None, "any") else []
    apart += [condition for _, condition in told]
    told += [_told("speaker", speaker)] if speaker is not None else []
    # What holds for nearly all, with the label of the few that it does not hold for; and the label of all the others.
    most: list[tuple[str, ColumnElement[bool]]] = []
    all_others: list[str | ColumnElement[str]] = []
    if act == "speech" and status is None and revised is None:
        most.append((label("hidden"), and_(Quote.act == "speech", Quote.status != "rejected", Quote.stands())))
        all_others.append(label("shown"))
    else:
        told += [_told("act", act)] if act != "any" else []
        found += [Quote.status != "rejected"] if status is None else []
        most += [(label("gone"), Quote.stands())] if revised is None else []
        found += [revised_as(revised)] if revised is not None else []
    bounds: list[ColumnElement[bool]] = []
    if since is not None or before is not None:
        apart.append(_said(since, before))
        first = since if since is not None and since > UNDATED else None
        if fulltext.told_by_place(first, before):
            bounds = fulltext.within(first, before)
            told.append((None if first else label("dated"), _said(since, before)))
        else:
            found.append(_said(since, before))
    if distinct:
        found.append(_earliest(apart))
    words = found[0].fts5 if found and isinstance(found[0], QuoteMatches) else None
    labels = [said for said, _ in told if said is not None]
    if dialect != "sqlite" or (words is None and (found or not labels + all_others)):
        return select(Quote).where(*found, *(condition for _, condition in (*told, *most)))
    # SQLite leaves the join out of a statement that wants nothing of the row.
    query = select(Quote).select_from(fulltext.index.outerjoin(Quote, Quote.id == fulltext.quote_id))
    matching = labels if words is None else [words, *labels]
    reads = Reads(matching, without=[few for few, _ in most]) if matching else Reads(all_others)
    query = query.where(reads, *bounds, *(found if words is None else found[1:]))
    return query.execution_options(reads_index=True)


def _told(name: str, value: Any) -> tuple[str | ColumnElement[str] | None, ColumnElement[bool]]:
    """What a label of SQLite's index says of a quote, and what its row does; for `since` and the like the label is None."""
    match name:
        case "speaker":
            return fulltext.one_of("s", _called(value)), _is(Quote.speaker_id, _called(value))
        case "publisher":
            return fulltext.one_of("p", _published(value)), _is(Quote.publisher_id, _published(value))
    return label(value), getattr(Quote, name) == value


def _same_as(quote_id: int) -> ColumnElement[bool]:
    """That a quote is another one that is the same as this in an article with the same text."""
    this = aliased(Quote)
    first = select(func.coalesce(this.copy_of_id, this.id)).where(this.id == quote_id).scalar_subquery()
    return and_(Quote.id != quote_id, or_(Quote.copy_of_id == first, Quote.id == first))


def _earliest(apart: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    """That a quote is the earliest of those that are the same in articles with the same text and hold for all of `apart`.

    These are the conditions that may hold for one of them and not for another, of publisher or date. Where there are none the
    answer is stored (api.ingestion.duplicates); else it is asked of the few that repeat another.
    """
    if not apart:
        return Quote.copy_of_id.is_(None)
    other = aliased(Quote, select(Quote.id, Quote.at, Quote.copy_of_id).where(*apart).subquery())
    same = or_(other.id == Quote.copy_of_id, other.copy_of_id == Quote.copy_of_id)
    return or_(Quote.copy_of_id.is_(None), ~exists().where(same, _order(other) < _order(Quote)))


def _order(quote: type[Quote]) -> Tuple:
    """What says which of several quotes is the earliest, as api.ingestion.duplicates has it: undated ones are last."""
    return tuple_(case((quote.at == UNDATED, 1), else_=0), quote.at, quote.id)


def among(session: Session, found: Select[Any], ids: Sequence[int]) -> Select[Any]:
    """Of the quotes found (`quotes`) those with these ids, each looked up alone: what else is found costs nothing."""
    if not found.get_execution_options().get("reads_index"):
        return found.where(Quote.id.in_(ids))
    said = session.execute(select(Quote.id, Quote.at).where(Quote.id.in_(ids)))
    return found.where(fulltext.index.c.rowid.in_([fulltext.place(at) | quote_id for quote_id, at in said]))


def revised_as(change: str) -> ColumnElement[bool]:
    """What a revision of its article did with a quote.

    - added: it came with a revision, stands, and rewords none
    - rewording: it stands, and rewords one that stood before
    - reworded: it no longer stands, and another rewords it
    - dropped: it no longer stands, and none rewords it
    """
    # In words of the partial indexes, by which the few are read in the order of time.
    came = Quote.first_revision > 1
    rewords, is_reworded = (
        exists().where(Rewording.quote_id == Quote.id),
        exists().where(Rewording.earlier_id == Quote.id),
    )
    match change:
        case "added":
            return and_(Quote.stands(), came, Quote.status != "added", ~rewords)  # by hand is another matter
        case "rewording":
            return and_(Quote.stands(), came, rewords)
        case "reworded":
            return and_(~Quote.stands(), is_reworded)
        case _:
            return and_(~Quote.stands(), ~is_reworded)


def articles(q: str) -> Select[Any]:
    """The articles that match the query, not executed and in no order.

    Words are of the title or the text, publisher: is the article's; all the other fields are of one quote in it, of act
    speech and not rejected.
    """
    query, asked = select(Article), read(q)
    of_quotes = [
        group for group in asked.wanted if all(isinstance(part, Field) and part.name != "publisher" for part in group)
    ]
    others = [group for group in asked.wanted if group not in of_quotes]
    query = query.where(*_asked(ArticleMatches, others, asked.without, _of_article) if asked else [false()])
    if of_quotes:
        wanted, role, country = _office(of_quotes, None, None)
        held = [_held(role, None, country)] if role is not None or country is not None else []
        query = query.where(_with_quote(*_asked(QuoteMatches, wanted, (), _of_quote), *held))
    return query


def speakers(
    session: Session, q: str, worst: str = "fuzzy"
) -> tuple[list[ColumnElement[bool]], ColumnElement[int] | None]:
    """What `q` asks of a speaker, and how well a name matches, as api.search.names.listed has it; None where none is asked for.

    Words are of its names, as people type them; a phrase is of one name. A role and a country are of one office that it held
    at any time; the other fields are of one quote of it, of act speech and not rejected. `worst` bounds how far names match.
    """
    asked = read(q)
    if not asked.without and all(map(_is_word, asked.wanted)):
        matches, place = names.listed(session, q, worst)  # a name as it is typed, or a handle
        return [matches], place

    def has(part: Part) -> ColumnElement[bool]:
        return _of_speaker(session, part, exact=worst == "exact")

    found: list[ColumnElement[bool]] = []
    of_names: list[Words] = []
    of_quotes: list[ColumnElement[bool]] = []
    groups, role, country = _office(asked.wanted, None, None)
    for group in groups:
        match group:
            case (Words() as part,):
                of_names.append(part)
            case (Field("publisher" | "kind" | "cue" | "said") as part,):
                of_quotes.append(_of_quote(part))
            case _:
                found.append(or_(*map(has, group)))
    if role is not None or country is not None:
        found.append(_in_office(role, country))
    if of_quotes:
        found.append(_quoted(*of_quotes))
    found += [has(part) for part in of_names if len(part.folded) > 1]
    found += [not_(has(part)) for part in asked.without]
    if not of_names:
        return found, None
    matches, place = names.listed(session, " ".join(part.written for part in of_names), worst)
    return [matches, *found], place


def _is_word(group: tuple[Part, ...]) -> bool:
    return len(group) == 1 and isinstance(group[0], Words) and len(group[0].folded) == 1


def _of_speaker(session: Session, part: Part, *, exact: bool) -> ColumnElement[bool]:
    """What one part of a query asks of a speaker."""
    match part:
        case Words(prefix=True):
            return names.beginning(session, part.written)
        case Words():
            return Speaker.id.in_(names.called(part.written, exact=exact))
        case Field("speaker"):
            return _is(Speaker.id, _called(part.row))
        case Field("role"):
            return _in_office(part.row, None)
        case Field("country"):
            return _in_office(None, part.value)
    return _quoted(_of_quote(part))


def _in_office(role: int | str | None, country: str | None) -> ColumnElement[bool]:
    """That a speaker held such a role at some time, by a tenure or by what an article says where it quotes the speaker."""
    roles = offices(role, None, country)
    of_tenures = select(Tenure.speaker_id).where(Tenure.role_id.in_(roles))
    stated = select(Quote.speaker_id).where(Quote.role_id.in_(roles), Quote.status != "rejected", Quote.stands())
    return Speaker.id.in_(of_tenures.union(stated))


def _quoted(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """That a speaker has a quote for which all of these hold."""
    spoken = (Quote.speaker_id.is_not(None), Quote.act == "speech", Quote.status != "rejected", Quote.stands())
    return Speaker.id.in_(select(Quote.speaker_id).where(*spoken, *conditions))


def offices_asked(
    q: str | None = None,
    role: int | str | None = None,
    organisation: str | None = None,
    country: str | None = None,
    **_others: Any,
) -> Select[Any] | None:
    """The ids of the roles of which one must have been held for what `quotes` takes; None where any or none will do."""
    _, role, country = _office(read(q).wanted if q is not None else (), role, country)
    return None if role is None and organisation is None and country is None else offices(role, organisation, country)


def _office(
    groups: Iterable[tuple[Part, ...]], role: int | str | None, country: str | None
) -> tuple[list[tuple[Part, ...]], int | str | None, str | None]:
    """The groups without a role: and a country: that stand alone, and these: both are of one office."""
    others: list[tuple[Part, ...]] = []
    for group in groups:
        match group:
            case (Field("role") as part,) if role is None:
                role = part.row
            case (Field("country") as part,) if country is None:
                country = part.value
            case _:
                others.append(group)
    return others, role, country


def _fields(groups: Iterable[tuple[Part, ...]]) -> tuple[list[tuple[Part, ...]], list[Field]]:
    """The groups but for fields that stand alone and of which labels tell (see _told), and these."""
    others: list[tuple[Part, ...]] = []
    fields: list[Field] = []
    for group in groups:
        match group:
            case (Field("speaker" | "publisher" | "kind") as part,):
                fields.append(part)
            case _:
                others.append(group)
    return others, fields


def _days(
    groups: Iterable[tuple[Part, ...]], since: dt.datetime | None, before: dt.datetime | None
) -> tuple[list[tuple[Part, ...]], dt.datetime | None, dt.datetime | None]:
    """The groups without a said: that stands alone, and these bounds made narrower by it."""
    others: list[tuple[Part, ...]] = []
    for group in groups:
        match group:
            case (Field("said") as part,):
                first, last = _midnight(part.since) or UNDATED, _midnight(part.before)
                since = max(since or UNDATED, first)
                before = min(filter(None, (before, last)), default=None)
            case _:
                others.append(group)
    return others, since, before


def _with_quote(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """That an article has a quote for which all of these hold."""
    spoken = (Quote.act == "speech", Quote.status != "rejected", Quote.stands())
    return Article.id.in_(select(Quote.article_id).where(*spoken, *conditions))


def _of_article(part: Field) -> ColumnElement[bool]:
    """What a field asks of an article."""
    return publisher_is(part.row) if part.name == "publisher" else _with_quote(_of_quote(part))


def _of_quote(part: Field) -> ColumnElement[bool]:
    """What a field asks of a quote."""
    match part.name:
        case "role":
            return _held(part.row, None, None)
        case "country":
            return _held(None, None, part.value)
        case "cue":
            return _has_words(Quote.cue, part.value)
        case "said":
            return _said(_midnight(part.since), _midnight(part.before))
    return _told(part.name, part.row)[1]


def _midnight(day: dt.date | None) -> dt.datetime | None:
    return dt.datetime.combine(day, dt.time(), dt.UTC) if day else None


def _said(since: dt.datetime | None, before: dt.datetime | None) -> ColumnElement[bool]:
    """That it is known when a quote was said, and that was at `since` or later and earlier than `before`, where given."""
    bounds = [Quote.at >= since] if since else []
    return and_(Quote.at > UNDATED, *bounds, *([Quote.at < before] if before else []))


def _has_words(folded: Column, asked_for: str) -> ColumnElement[bool]:
    """That folded text has these words, whole and side by side; false where no word is left of them."""
    words_asked = fold(asked_for)
    return literal(" ").concat(folded).concat(" ").contains(f" {words_asked} ") if words_asked else false()


def _called(which: Ids | str) -> Ids:
    """The ids of the speakers of this name or handle, where it is none of ids."""
    return names.called(which) if isinstance(which, str) else which


def _is(column: Column, which: Ids) -> ColumnElement[bool]:
    """That an id is this, or one of these."""
    return column == which if isinstance(which, int) else column.in_(which)


def _held(role: int | str | None, organisation: str | None, country: str | None) -> ColumnElement[bool]:
    """That the speaker of a quote held this role (its id or title, its organisation and its country, where given) then.

    The role is what the article says, unless it says that it was one no longer; or it is of a tenure that covers the
    day, unless the article, or others around that day, call the speaker a former holder.
    """
    roles = offices(role, organisation, country)
    holders = select(Tenure.speaker_id).where(Tenure.role_id.in_(roles))  # few: looked at before what is slow
    # Plus 0, so that SQLite goes by the speaker: by its index it would look for each of a country's roles, each time.
    holds = exists().where(*holding(Quote, func.date(Quote.at, type_=Date)), (Tenure.role_id + 0).in_(roles))
    return or_(
        and_(Quote.role_id.in_(roles), Quote.role_status != "former"),
        and_(Quote.speaker_id.in_(holders), Quote.at > UNDATED, holds),
    )


def offices(role: int | str | None, organisation: str | None, country: str | None) -> Select[Any]:
    """The ids of the roles with this id or title, of this organisation and country, where given."""
    roles = select(Role.id)
    if role is not None:
        roles = roles.where(Role.id == role if isinstance(role, int) else Role.title_folded == fold(role)[:1000])
    if organisation is not None:
        roles = roles.where(Role.organisation_folded == fold(organisation)[:1000], Role.organisation_folded != "")
    if country is not None:
        roles = roles.where(Role.country == country)
    return roles


def holding(quote: type[Quote], day: ColumnElement[dt.date]) -> tuple[ColumnElement[bool], ...]:
    """That a tenure is of the speaker of a quote that was said on `day`, who held its role then, as `_held` says."""
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


def has_words(folded: Column, q: str) -> ColumnElement[bool]:
    """That a folded column has every word of `q`, whole or in part; false where no word is left of it."""
    wanted = list(dict.fromkeys(fold(q).split()))[:_MOST_WORDS]
    return and_(*(folded.contains(word, autoescape=True) for word in wanted)) if wanted else false()


def _published(which: Ids | str) -> Ids:
    """The ids of the publishers of this name in any spelling, or of this domain, where it is none of ids."""
    if not isinstance(which, str):
        return which
    domain = which.lower().removeprefix("www.")
    named = and_(Publisher.folded == fold(which)[:1000], Publisher.folded != "")
    return select(Publisher.id).where(or_(named, Publisher.domain == domain))


def publisher_is(which: int | str) -> ColumnElement[bool]:
    """That an article's publisher has this id, or this name or domain."""
    return _is(Article.publisher_id, _published(which))


# Of the speakers whom a name in a query means so many are shown: enough to see that it means others too.
_SHOWN = 20


def understood(session: Session, q: str) -> dict[str, Any]:
    """How the query is read, as api.schemas.quote.ReadSchema has it, with the speakers whom its names mean."""
    asked = read(q)
    return {
        "all": [{"any": [_shown(session, part) for part in group]} for group in asked.wanted],
        "without": [_shown(session, part) for part in asked.without],
        "ignored": asked.ignored,
    }


def _shown(session: Session, part: Part) -> dict[str, Any]:
    if isinstance(part, Words):
        kind = "prefix" if part.prefix else "phrase" if len(part.folded) > 1 else "term"
        return {"type": kind, "written": part.written, "folded": " ".join(part.folded), "stem": " ".join(part.stems)}
    shown: dict[str, Any] = {"type": "field", "field": part.name, "value": part.value}
    if part.name == "said":
        shown |= {"since": part.since, "until": part.before and part.before - dt.timedelta(days=1)}
    if part.name == "speaker":
        meant = select(Speaker).where(_is(Speaker.id, _called(part.row))).order_by(Speaker.id).limit(_SHOWN)
        shown["speakers"] = session.scalars(meant).all()
    return shown
