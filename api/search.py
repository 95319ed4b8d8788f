"""Which quotes and articles: every full-text statement, index and match side by side, for SQLite and PostgreSQL.

What is searched are columns written by api.ingest: of quote `terms`, the words of its text folded and stemmed, and `names`,
its speaker's names folded; of article `terms`, those of its title and text. Each database indexes them with its plainest
tokeniser:

- SQLite: the FTS5 tables quote_fts (terms, names) and article_fts (terms), tokenize='ascii', kept by triggers. The rows of
  quote_fts stand in the order of time (see _place), so that the newest or oldest matches are read first and no others.
- PostgreSQL: the GIN indexes quote_fts and article_fts on the stored column full_text, of quote
  to_tsvector('simple'::regconfig, terms || ' ' || names), and of article without names.

What is asked (api.query) is folded and stemmed by the same functions (api.folding), so that both find the same, and nothing
of it but ASCII letters and digits reaches either database's query syntax. A word matches as its stem or as it is, in the
text or in a name; words in quotation marks must stand together, in the text or in one name.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Select,
    Tuple,
    Update,
    and_,
    case,
    column,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    table,
    text,
    true,
    tuple_,
    update,
)
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased, selectinload
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from api import names
from api.folding import MAX_WORDS, fold, stemmed, terms
from api.models import Article, Publisher, Quote, Role, Speaker, Tenure
from api.models.quote import UNDATED
from api.query import Field, Part, Query, Words, read

Column = ColumnElement[Any] | InstrumentedAttribute[Any]

# Of a search by name so many words are looked at: no name has more, and SQLite takes no statement 1,000 conditions deep.
_MOST_WORDS = 32


class _Matches(FunctionElement[bool]):
    """That a row matches a full-text expression, given in the syntax of FTS5 and in that of tsquery."""

    inherit_cache = (
        True  # no type of its own: of a Boolean SQLAlchemy writes "= 1" for SQLite, and that hides the index
    )
    table: ClassVar[str]
    rows: ClassVar[str]  # of FTS5, the ids

    @classmethod
    def of(cls, wanted: Iterable[Iterable[Words]], without: Iterable[Words] = ()) -> _Matches:
        """That a row has one of each group of words, and none of the others. There is at least one group."""
        groups, others = [list(group) for group in wanted], list(without)
        fts5 = " AND ".join(f"({' OR '.join(map(_in_fts5, group))})" for group in groups)
        tsquery = " & ".join(f"({' | '.join(map(_in_tsquery, group))})" for group in groups)
        if others:
            fts5 = f"({fts5}) NOT ({' OR '.join(map(_in_fts5, others))})"
            tsquery = f"({tsquery}) & !({' | '.join(map(_in_tsquery, others))})"
        return cls(fts5, tsquery)


def _in_fts5(asked: Words) -> str:
    return " OR ".join(f'"{" ".join(sequence)}"{"*" if begins else ""}' for sequence, begins in asked.readings)


def _in_tsquery(asked: Words) -> str:
    return " | ".join(f"({' <-> '.join(sequence)}{':*' if begins else ''})" for sequence, begins in asked.readings)


# SQLite's index of quotes. A row stands at the seconds since 1600 when it was said, in 34 bits, with the id in the 29 bits
# below: see migration 0004. All that was said before 1600 stands at 0, what will be after 2144 at the last.
_index = table("quote_fts", column("rowid", BigInteger()))
_ID_BITS, _LAST = 29, 2**34 - 1
_FIRST = dt.datetime(1600, 1, 1, tzinfo=dt.UTC)
_NO_MORE = _FIRST + dt.timedelta(seconds=_LAST)


class _QuoteMatches(_Matches):
    inherit_cache = True
    table, rows = "quote", f"rowid & {2**_ID_BITS - 1}"  # the bits of a place that are the id


class _ArticleMatches(_Matches):
    inherit_cache = True
    table, rows = "article", "rowid"


class _Reads(_Matches):
    """On SQLite: that a row of quote_fts matches, in a statement that reads the quotes in the order of its rows."""

    inherit_cache = True


def _place(moment: dt.datetime) -> int:
    """Where the quotes that were said at this moment, or later in its second, begin in SQLite's index."""
    return min(max((moment - _FIRST) // dt.timedelta(seconds=1), 0), _LAST) << _ID_BITS


@compiles(_Matches, "sqlite")
def _in_sqlite(element: _Matches, compiler: SQLCompiler, **more: Any) -> str:
    match, _ = element.clauses
    table, fts = element.table, f"{element.table}_fts"
    return f"({table}.id IN (SELECT {element.rows} FROM {fts} WHERE {fts} MATCH {compiler.process(match, **more)}))"  # noqa: S608 - names of ours and a placeholder


@compiles(_Reads, "sqlite")
def _read_in_sqlite(element: _Reads, compiler: SQLCompiler, **more: Any) -> str:
    match, _ = element.clauses
    return f"(quote_fts MATCH {compiler.process(match, **more)})"


@compiles(_Matches, "postgresql")
def _in_postgresql(element: _Matches, compiler: SQLCompiler, **more: Any) -> str:
    _, match = element.clauses
    return f"({element.table}.full_text @@ to_tsquery('simple'::regconfig, {compiler.process(match, **more)}))"


def _asked(
    matches: type[_Matches],
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
    publisher: int | str | None = None,
    article: int | None = None,
    kind: str | None = None,
    medium: str | None = None,
    act: str = "speech",
    cue: str | None = None,
    status: str | None = None,
    since: dt.datetime | None = None,
    before: dt.datetime | None = None,
    copies_of: int | None = None,
    distinct: bool = False,
    dialect: str | None = None,
) -> Select[Any]:
    """The quotes that match all that is given, not executed and in no order.

    An int is the id of a row, a str names it in any spelling of case and diacritics: a `speaker` by any name, by whole
    words of one (a surname), or by its handle (or it is several ids, what api.names.resolve took a name for); a `role` by
    its title; a `publisher` by its name or domain. `role`, `organisation` and `country` are of a role that the speaker
    held when it was said: see _held. `cue` is words that stand together in the cue. `act` and `status` may be "any"; without
    `status` all but rejected ones are meant.
    `since` (in) and `before` (out) bound when it was said, else published; quotes of which neither is known are then left
    out. `copies_of` is a quote: the others that are the same in articles with the same text. Of the quotes found that are the
    same so `distinct` leaves the earliest, of those as early the one stored first. `dialect` is the database's, where the
    statement is for one of them alone: it is then the fastest that it can be.
    """
    query, apart = select(Quote), list[ColumnElement[bool]]()
    asked = read(q) if q is not None else None
    if asked is not None:
        wanted, role, country = _office(asked.wanted, role, country)
        wanted, since, before = _days(wanted, since, before)
        found = _asked(_QuoteMatches, wanted, asked.without, _of_quote) if asked else [false()]
        if dialect == "sqlite" and found and isinstance(found[0], _QuoteMatches):
            found[0] = _Reads(*found[0].clauses)
            query = query.select_from(_index).where(Quote.id == _index.c.rowid.op("&")(2**_ID_BITS - 1))
            query = query.execution_options(reads_index=True)
            if since is not None:
                query = query.where(_index.c.rowid >= _place(since))
            if before is not None and before < _NO_MORE:
                query = query.where(_index.c.rowid < _place(before) + 2**_ID_BITS)  # with the second that it is in
        query = query.where(*(part for part in found if isinstance(part, _Matches)))
        apart += [part for part in found if not isinstance(part, _Matches)]
    if speaker is not None:
        query = query.where(_speaker_is(Quote.speaker_id, speaker))
    if role is not None or organisation is not None or country is not None:
        apart.append(_held(role, organisation, country))
    if publisher is not None:
        apart.append(_published_by(publisher))
    if cue is not None:
        apart.append(_has_words(Quote.cue, cue))
    if status is None:
        query = query.where(Quote.status != "rejected")
    if since is not None or before is not None:
        apart.append(_said(since, before))
    if copies_of is not None:
        apart.append(_same_as(copies_of))
    if act != "any":
        query = query.where(Quote.act == act)
    equal = {Quote.article_id: article, Quote.kind: kind, Quote.medium: medium, Quote.status: status}
    apart += [column == value for column, value in equal.items() if value not in (None, "any")]
    return query.where(*apart, *([_earliest(apart)] if distinct else []))


def _same_as(quote_id: int) -> ColumnElement[bool]:
    """That a quote is another one that is the same as this in an article with the same text."""
    this = aliased(Quote)
    first = select(func.coalesce(this.copy_of_id, this.id)).where(this.id == quote_id).scalar_subquery()
    return and_(Quote.id != quote_id, or_(Quote.copy_of_id == first, Quote.id == first))


def _earliest(apart: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    """That a quote is the earliest of those that are the same in articles with the same text and hold for all of `apart`.

    These are the conditions that may hold for one of them and not for another, of publisher or date. Where there are none the
    answer is stored (api.copies); else it is asked of the few that repeat another.
    """
    if not apart:
        return Quote.copy_of_id.is_(None)
    other = aliased(Quote, select(Quote.id, Quote.at, Quote.copy_of_id).where(*apart).subquery())
    same = or_(other.id == Quote.copy_of_id, other.copy_of_id == Quote.copy_of_id)
    return or_(Quote.copy_of_id.is_(None), ~exists().where(same, _order(other) < _order(Quote)))


def _order(quote: type[Quote]) -> Tuple:
    """What says which of several quotes is the earliest, as api.copies has it: undated ones are last."""
    return tuple_(case((quote.at == UNDATED, 1), else_=0), quote.at, quote.id)


def among(session: Session, found: Select[Any], ids: Sequence[int]) -> Select[Any]:
    """Of the quotes found (`quotes`) those with these ids, each looked up alone: what else is found costs nothing."""
    if not found.get_execution_options().get("reads_index"):
        return found.where(Quote.id.in_(ids))
    said = session.execute(select(Quote.id, Quote.at).where(Quote.id.in_(ids)))
    return found.where(_index.c.rowid.in_([_place(at) | quote_id for quote_id, at in said]))


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
    query = query.where(*_asked(_ArticleMatches, others, asked.without, _of_article) if asked else [false()])
    if of_quotes:
        wanted, role, country = _office(of_quotes, None, None)
        held = [_held(role, None, country)] if role is not None or country is not None else []
        query = query.where(_with_quote(*_asked(_QuoteMatches, wanted, (), _of_quote), *held))
    return query


def speakers(
    session: Session, q: str, worst: str = "fuzzy"
) -> tuple[list[ColumnElement[bool]], ColumnElement[int] | None]:
    """What `q` asks of a speaker, and how well a name matches, as api.names.listed has it; None where none is asked for.

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
            return _speaker_is(Speaker.id, part.row)
        case Field("role"):
            return _in_office(part.row, None)
        case Field("country"):
            return _in_office(None, part.value)
    return _quoted(_of_quote(part))


def _in_office(role: int | str | None, country: str | None) -> ColumnElement[bool]:
    """That a speaker held such a role at some time, by a tenure or by what an article says where it quotes the speaker."""
    roles = offices(role, None, country)
    of_tenures = select(Tenure.speaker_id).where(Tenure.role_id.in_(roles))
    stated = select(Quote.speaker_id).where(Quote.role_id.in_(roles), Quote.status != "rejected")
    return Speaker.id.in_(of_tenures.union(stated))


def _quoted(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """That a speaker has a quote for which all of these hold."""
    spoken = (Quote.speaker_id.is_not(None), Quote.act == "speech", Quote.status != "rejected")
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
    spoken = (Quote.act == "speech", Quote.status != "rejected")
    return Article.id.in_(select(Quote.article_id).where(*spoken, *conditions))


def _of_article(part: Field) -> ColumnElement[bool]:
    """What a field asks of an article."""
    return publisher_is(part.row) if part.name == "publisher" else _with_quote(_of_quote(part))


def _of_quote(part: Field) -> ColumnElement[bool]:
    """What a field asks of a quote."""
    match part.name:
        case "speaker":
            return _speaker_is(Quote.speaker_id, part.row)
        case "role":
            return _held(part.row, None, None)
        case "country":
            return _held(None, None, part.value)
        case "publisher":
            return _published_by(part.row)
        case "kind":
            return Quote.kind == part.value
        case "cue":
            return _has_words(Quote.cue, part.value)
        case _:
            return _said(_midnight(part.since), _midnight(part.before))


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


def _speaker_is(speaker: Column, which: int | str | Select[Any] | Sequence[int]) -> ColumnElement[bool]:
    """That a speaker's id is this, or one of these, or that of one called so."""
    if isinstance(which, int):
        return speaker == which
    return speaker.in_(names.called(which) if isinstance(which, str) else which)


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


def _published_by(which: int | str) -> ColumnElement[bool]:
    """That a quote's article has this publisher."""
    return Quote.article_id.in_(select(Article.id).where(publisher_is(which)))


def has_words(folded: Column, q: str) -> ColumnElement[bool]:
    """That a folded column has every word of `q`, whole or in part; false where no word is left of it."""
    wanted = list(dict.fromkeys(fold(q).split()))[:_MOST_WORDS]
    return and_(*(folded.contains(word, autoescape=True) for word in wanted)) if wanted else false()


def publisher_is(which: int | str) -> ColumnElement[bool]:
    """That an article's publisher has this id, or this name in any spelling or domain."""
    if isinstance(which, int):
        return Article.publisher_id == which
    domain = which.lower().removeprefix("www.")
    named = and_(Publisher.folded == fold(which)[:1000], Publisher.folded != "")
    return Article.publisher_id.in_(select(Publisher.id).where(or_(named, Publisher.domain == domain)))


# Relevance ranks so many of the newest matches: as many as both databases score within about the time of a page.
RANKED = 10_000
# The parts of a score, as whole numbers so that both databases agree. By judgement, not measured: that all words stand in
# the text, and not only in the speaker's names, says more than that they stand together, as in the query; and that as much
# as being short (a quote of ten words has half of it) or new (one a year older than the newest match has half of it).
_IN_TEXT, _TOGETHER, _SHORT, _NEW = 400, 200, 200, 200
_HALF_SHORT, _HALF_NEW = 10, 365  # words, days
_SCORED = 10  # words and phrases of a query; more would change little and cost as much as each


def ordered(
    found: Select[Any], sort: str, q: str | None = None, *, top: int | None = None
) -> tuple[Select[Any], Sequence[Column], bool]:
    """The quotes found, the columns to sort them by, together unique, and whether these descend.

    `sort` is newest, oldest or relevance. Relevance keeps the newest 10,000 and sorts them by a score of their own, which
    is of them alone: of the rows up to the id `top`, the last column, by default the highest there is. So whoever pages
    on with the `top` of the first page gets the same scores, whatever has been added. Without words it is newest.
    """
    by: tuple[Column, ...] = (
        (_index.c.rowid,) if found.get_execution_options().get("reads_index") else (Quote.at, Quote.id)
    )
    asked = read(q).words[:_SCORED] if q is not None and sort == "relevance" else []
    if not asked:
        return found, by, sort != "oldest"
    last = select(func.max(Quote.id)).scalar_subquery() if top is None else literal(top, BigInteger)
    newest = found.with_only_columns(Quote.id, Quote.at, Quote.terms).order_by(*(column.desc() for column in by))
    candidate = (newest if top is None else newest.where(Quote.id <= top)).limit(RANKED).cte("candidate")
    latest = select(func.max(candidate.c.at)).scalar_subquery()
    scored = select(
        candidate.c.id,
        _score(candidate.c.terms, _Days(candidate.c.at), _Days(latest), asked).label("score"),
        last.label("top"),
    ).subquery("scored")
    ranked = select(Quote).join(scored, scored.c.id == Quote.id)
    return ranked, (scored.c.score, Quote.at, Quote.id, scored.c.top), True


def _score(terms: Column, day: Column, newest: Column, asked: Sequence[Words]) -> ColumnElement[int]:
    """How well a quote of these terms answers, and how new it is beside the newest."""
    line = literal(" ").concat(terms).concat(" ")

    def has(part: Words) -> ColumnElement[bool]:
        return or_(
            *(line.contains(f" {' '.join(sequence)}{'' if begins else ' '}") for sequence, begins in part.readings)
        )

    in_text = sum((case((has(part), 1), else_=0) for part in asked), start=literal(0, BigInteger))
    length = func.length(terms, type_=BigInteger) - func.length(func.replace(terms, " ", ""), type_=BigInteger) + 1
    score = _IN_TEXT * in_text // len(asked)
    score += _SHORT * _HALF_SHORT // (_HALF_SHORT + length)
    score += _NEW * _HALF_NEW // (_HALF_NEW + newest - day)
    if len(asked) > 1:
        whole = Words(tuple(word for part in asked for word in part.folded), asked[-1].prefix)
        score += case((has(whole), _TOGETHER), else_=0)
    return score


class _Days(FunctionElement[int]):
    """The number of a moment's day, of which only the difference to another counts."""

    inherit_cache = True
    type = BigInteger()


@compiles(_Days, "sqlite")
def _days_in_sqlite(element: _Days, compiler: SQLCompiler, **more: Any) -> str:
    [moment] = element.clauses
    return f"CAST(julianday(date({compiler.process(moment, **more)})) AS INTEGER)"


@compiles(_Days, "postgresql")
def _days_in_postgresql(element: _Days, compiler: SQLCompiler, **more: Any) -> str:
    [moment] = element.clauses
    return f"(date({compiler.process(moment, **more)}) - DATE '0001-01-01')"


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
        meant = select(Speaker).where(_speaker_is(Speaker.id, part.row)).order_by(Speaker.id).limit(_SHOWN)
        shown["speakers"] = session.scalars(meant).all()
    return shown


def highlight(text: str, q: str) -> list[list[int]]:
    """What of `text` the query asks for, by the folding and stemming of the index itself.

    Gives [start, end) in code points, in order, none over another: each word matched, and each phrase as one.
    """
    spans: list[list[int]] = []
    for start, end, _ in _marked(text, read(q)):
        if spans and start < spans[-1][1]:  # within the match before, or across its end
            spans[-1][1] = max(spans[-1][1], end)
        else:
            spans.append([start, end])
    return spans


def best(text: str, q: str, within: int) -> tuple[int, int] | None:
    """The first place in `text` where the most different words and phrases of the query stand within so many code points.

    Gives [start, end) from the first of them to the last, or None where there is none at all.
    """
    asked, most, place = read(q), 0, None
    marks = _marked(text, asked)
    for index, (start, _, _) in enumerate(marks):
        different: set[Words] = set()
        for _, end, part in marks[index : index + within]:  # a word and what parts it from the next take two
            if end > start + within and different:
                break
            if part not in different:
                different.add(part)
                if len(different) > most:
                    most, place = len(different), (start, end)
        if most == len(asked.words):
            break
    return place


def _marked(text: str, asked: Query) -> list[tuple[int, int, Words]]:
    """Each place in `text` that has words of the query, in order, the longest of those that begin there."""
    readings = [(*reading, part) for part in asked.words for reading in part.readings]
    starts = {sequence[0] for sequence, begins, _ in readings if len(sequence) > 1 or not begins}
    beginnings = tuple(sequence[0] for sequence, begins, _ in readings if len(sequence) == 1 and begins)
    terms, places = stemmed(text, MAX_WORDS)
    marks: list[tuple[int, int, Words]] = []
    for index, term in enumerate(terms):
        if term not in starts and not term.startswith(beginnings):
            continue
        here = [(len(s), part) for s, begins, part in readings if _are(terms[index : index + len(s)], s, begins=begins)]
        if here:
            length, part = max(here, key=lambda reading: reading[0])
            marks.append((places[index].start(), places[index + length - 1].end(), part))
    return marks


def _are(terms: Sequence[str], sequence: tuple[str, ...], *, begins: bool) -> bool:
    """Whether the terms are these, of which the last may be only a beginning."""
    if not begins:
        return tuple(terms) == sequence
    return len(terms) == len(sequence) and (*terms[:-1],) == sequence[:-1] and terms[-1].startswith(sequence[-1])


def rename(session: Session, speaker: Speaker) -> None:
    """Let the quotes of `speaker` be found by its names as they are now; in the caller's transaction."""
    changed = update(Quote).where(Quote.speaker_id == speaker.id)
    session.execute(changed.values(names=speaker.indexed, updated=Quote.updated))


def broken(session: Session) -> Iterator[str]:
    """Which full-text indexes are not those of the rows, a line each. The session must be one that may write.

    On SQLite each row is compared with its index. On PostgreSQL an index is part of every transaction and outlives a crash
    with it, so that only whether it is there and valid is asked.
    """
    for index in ("quote_fts", "article_fts"):
        if session.get_bind().dialect.name == "sqlite":
            try:
                session.execute(text(f"INSERT INTO {index} ({index}, rank) VALUES ('integrity-check', 1)"))  # noqa: S608 - names of ours
            except DatabaseError as error:
                if isinstance(error, OperationalError):  # it is locked, for instance, and not corrupt
                    raise
                yield f"the full-text index {index} is not that of the rows"
        elif not session.scalar(
            text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:i)"), {"i": index}
        ):
            yield f"the full-text index {index} is not there, or not valid"


def faults(session: Session) -> Iterator[str]:
    """Which quotes and articles are not indexed by their words and names, a line each."""
    return (line for line, _ in _stale(session))


def repair(session: Session) -> None:
    """Make the full-text indexes again from the rows, and what they index of each row that is not as it should be."""
    for rows in ("quote", "article"):
        if session.get_bind().dialect.name == "sqlite":
            session.execute(text(f"INSERT INTO {rows}_fts ({rows}_fts) VALUES ('rebuild')"))  # noqa: S608 - names of ours
        else:
            session.execute(text(f"DROP INDEX IF EXISTS {rows}_fts"))
            session.execute(text(f"CREATE INDEX {rows}_fts ON {rows} USING gin (full_text) WITH (fastupdate = off)"))
    for _, mend in _stale(session):
        session.execute(mend)


def _stale(session: Session) -> Iterator[tuple[str, Update]]:
    """What is wrong of what is indexed of rows, and the statement that mends it."""
    after = 0
    quotes = select(Quote.id, Quote.text, Quote.terms, Quote.names, Quote.speaker_id).order_by(Quote.id).limit(1000)
    while found := session.execute(quotes.where(Quote.id > after)).all():
        speaking = select(Speaker).where(Speaker.id.in_({quote.speaker_id for quote in found}))
        called = {
            speaker.id: speaker.indexed for speaker in session.scalars(speaking.options(selectinload(Speaker.names)))
        }
        for quote in found:
            right = {"terms": terms(quote.text), "names": called.get(quote.speaker_id, "")}
            if (quote.terms, quote.names) != tuple(right.values()):
                mend = update(Quote).where(Quote.id == quote.id).values(**right, updated=Quote.updated)
                yield f"quote {quote.id} is not indexed as it is written", mend
        after = found[-1].id
    after, articles = 0, select(Article.id, Article.title, Article.text, Article.terms).order_by(Article.id).limit(100)
    while texts := session.execute(articles.where(Article.id > after)).all():
        for article in texts:
            indexed = terms(article.title or "", article.text)
            if article.terms != indexed:
                mend = update(Article).where(Article.id == article.id).values(terms=indexed, updated=Article.updated)
                yield f"article {article.id} is not indexed as it is written", mend
        after = texts[-1].id
