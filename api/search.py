"""Which quotes: every full-text statement, index and match side by side, for SQLite and PostgreSQL.

What is searched are two columns of quote, written by api.ingest: `terms`, the words of its text folded and stemmed, and
`names`, its speaker's names folded. Each database indexes them with its plainest tokeniser:

- SQLite: the FTS5 table quote_fts (terms, names; tokenize='ascii'), kept by triggers on quote.
- PostgreSQL: the GIN index quote_fts on to_tsvector('simple'::regconfig, terms || ' ' || names).

What is asked is folded and stemmed by the same functions (api.folding), so that both find the same, and nothing of it but
ASCII letters and digits reaches either database's query syntax. A word matches as its stem or as it is; all words must
match, each in the text or in a name; words in quotation marks must stand together, in the text or in one name.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Select, and_, false, func, literal, or_, select, update
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from api.folding import MAX_WORDS, fold, stem, words
from api.models import Article, Name, Publisher, Quote, Role, Speaker
from api.models.quote import UNDATED

Column = ColumnElement[Any] | InstrumentedAttribute[Any]

_MARKS = re.compile('["“”„‟«»‹›＂〝〞〟「」『』]+')
# In single marks, which may be apostrophes: from one that begins a word to one that ends one.
_SINGLE = re.compile(r"(?<!\w)['‘‚](?=\w)((?:[^'’‘‚]|(?<=\w)['’](?=\w))+)['’](?!\w)")

# In relevance, quotes count as equally long when they differ by less than about a clause: then the newer one comes first.
_CLAUSE = 10  # words


# Of a search by name so many words are looked at: no name has more, and SQLite takes no statement 1,000 conditions deep.
_MOST_WORDS = 32


class Asked(NamedTuple):
    """Words that must stand together: folded, and their stems. A single word is the shortest such phrase."""

    folded: tuple[str, ...]
    stems: tuple[str, ...]

    @property
    def readings(self) -> list[tuple[str, ...]]:
        """The different sequences of words that it matches."""
        return list(dict.fromkeys((self.stems, self.folded)))


@lru_cache(maxsize=256)
def asked(q: str) -> tuple[Asked, ...]:
    """What a query asks for: words and "phrases", in any kind of quotation marks, the last perhaps not closed.

    >>> [" ".join(phrase.folded) for phrase in asked("“cost of living” Ukraine’s")]
    ['cost of living', 'ukraine']
    """
    found: list[tuple[str, ...]] = []
    for index, outside in enumerate(_MARKS.split(q)):
        for inner, part in enumerate([outside] if index % 2 else _SINGLE.split(outside)):
            folded = tuple(word.folded for word in words(part))
            found += [folded] if index % 2 or inner % 2 else [(word,) for word in folded]
    return tuple(Asked(phrase, tuple(map(stem, phrase))) for phrase in dict.fromkeys(found) if phrase)


class _Matches(FunctionElement[bool]):
    """That a quote matches a full-text expression, given in the syntax of FTS5 and in that of tsquery."""

    inherit_cache = (
        True  # no type of its own: of a Boolean SQLAlchemy writes "= 1" for SQLite, and that hides the index
    )


@compiles(_Matches, "sqlite")
def _in_sqlite(element: _Matches, compiler: SQLCompiler, **more: Any) -> str:
    match, _ = element.clauses
    return f"quote.id IN (SELECT rowid FROM quote_fts WHERE quote_fts MATCH {compiler.process(match, **more)})"  # noqa: S608 - a placeholder


@compiles(_Matches, "postgresql")
def _in_postgresql(element: _Matches, compiler: SQLCompiler, **more: Any) -> str:
    _, match = element.clauses
    indexed = "to_tsvector('simple'::regconfig, quote.terms || ' ' || quote.names)"  # as in the migration
    return f"{indexed} @@ to_tsquery('simple'::regconfig, {compiler.process(match, **more)})"


def matches(q: str) -> ColumnElement[bool]:
    """That a quote matches the query; false where no word is left of it."""
    phrases = asked(q)
    if not phrases:
        return false()
    fts5 = (" OR ".join(f'"{" ".join(reading)}"' for reading in phrase.readings) for phrase in phrases)
    tsquery = (" | ".join(f"({' <-> '.join(reading)})" for reading in phrase.readings) for phrase in phrases)
    return _Matches(" AND ".join(f"({any_of})" for any_of in fts5), " & ".join(f"({any_of})" for any_of in tsquery))


def quotes(
    *,
    q: str | None = None,
    speaker: int | str | None = None,
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
) -> Select[Any]:
    """The quotes that match all that is given, not executed and in no order.

    An int is the id of a row, a str names it in any spelling of case and diacritics: a `speaker` by any name, by whole
    words of one (a surname), or by its handle; a `role` by its title; a `publisher` by its name or domain. `role`,
    `organisation` and `country` are of the role in which it was said: not one that the speaker had left. `cue` is words
    that stand together in the cue. `act` and `status` may be "any"; without `status` all but rejected ones are meant.
    `since` (in) and `before` (out) bound when it was said, else published; quotes of which neither is known are then left
    out.
    """
    query = select(Quote)
    if q is not None:
        query = query.where(matches(q))
    if speaker is not None:
        query = query.where(Quote.speaker_id == speaker if isinstance(speaker, int) else _called(speaker))
    if role is not None or organisation is not None or country is not None:
        query = query.where(Quote.role_status != "former", _held(role, organisation, country))
    if publisher is not None:
        query = query.where(Quote.article_id.in_(select(Article.id).where(publisher_is(publisher))))
    if cue is not None:
        query = query.where(_has_words(Quote.cue, cue))
    if status is None:
        query = query.where(Quote.status != "rejected")
    if since is not None or before is not None:
        query = query.where(Quote.at > UNDATED)
    if since is not None:
        query = query.where(Quote.at >= since)
    if before is not None:
        query = query.where(Quote.at < before)
    equal = {Quote.article_id: article, Quote.kind: kind, Quote.medium: medium, Quote.act: act, Quote.status: status}
    return query.where(*(column == value for column, value in equal.items() if value not in (None, "any")))


def _has_words(folded: Column, asked_for: str) -> ColumnElement[bool]:
    """That folded text has these words, whole and side by side; false where no word is left of them."""
    words_asked = fold(asked_for)
    return literal(" ").concat(folded).concat(" ").contains(f" {words_asked} ") if words_asked else false()


def _called(name: str) -> ColumnElement[bool]:
    """That a quote's speaker has this name, or one with these words in it (a surname), or this handle."""
    handle = f"@{name.removeprefix('@').lower()}"
    named = select(Name.speaker_id).where(_has_words(Name.folded, name))
    return Quote.speaker_id.in_(named.union_all(select(Speaker.id).where(func.lower(Speaker.handle) == handle)))


def _held(role: int | str | None, organisation: str | None, country: str | None) -> ColumnElement[bool]:
    """That a quote's role is this one: its id or title, its organisation and its country, where given."""
    if isinstance(role, int) and organisation is None and country is None:
        return Quote.role_id == role
    roles = select(Role.id)
    if role is not None:
        roles = roles.where(Role.id == role if isinstance(role, int) else Role.title_folded == fold(role)[:1000])
    if organisation is not None:
        roles = roles.where(Role.organisation_folded == fold(organisation)[:1000], Role.organisation_folded != "")
    if country is not None:
        roles = roles.where(Role.country == country)
    return Quote.role_id.in_(roles)


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


def order(sort: str, q: str | None = None) -> tuple[Sequence[Column], bool]:
    """The columns to sort by, together unique, and whether they descend; `sort` is newest, oldest or relevance.

    Relevance: every quote found has all that was asked, so the shorter it is, the more of it is about that. Fewer words
    come first, in steps of ten; among equals the newest. Without `q` it is newest. A score of our own, so that both
    databases agree, and that no later quote changes, so that a page's cursor stays good.
    """
    newest = (Quote.at, Quote.id)
    if sort != "relevance" or q is None:
        return newest, sort != "oldest"
    spaces = func.length(Quote.terms, type_=BigInteger) - func.length(
        func.replace(Quote.terms, " ", ""), type_=BigInteger
    )
    return (-(spaces // _CLAUSE), *newest), True


def highlight(text: str, q: str) -> list[list[int]]:
    """What of `text` the query matches, by the folding and stemming of the index itself.

    Gives [start, end) in code points, in order, none over another: each word matched, and each phrase as one.
    """
    readings = [reading for phrase in asked(q) for reading in phrase.readings]
    beginnings = {reading[0] for reading in readings}
    found = words(text)[:MAX_WORDS]
    terms = [stem(word.folded) for word in found]
    spans: list[list[int]] = []
    for index, term in enumerate(terms):
        if term not in beginnings:
            continue
        ends = (index + len(reading) for reading in readings if tuple(terms[index : index + len(reading)]) == reading)
        last = max(ends, default=index)
        if last == index:
            continue
        start, end = found[index].start, found[last - 1].end
        if spans and start < spans[-1][1]:  # within the match before, or across its end
            spans[-1][1] = max(spans[-1][1], end)
        else:
            spans.append([start, end])
    return spans


def rename(session: Session, speaker: Speaker) -> None:
    """Let the quotes of `speaker` be found by its names as they are now; in the caller's transaction."""
    changed = update(Quote).where(Quote.speaker_id == speaker.id)
    session.execute(changed.values(names=speaker.indexed, updated=Quote.updated))
