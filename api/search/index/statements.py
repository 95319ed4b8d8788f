"""Every full-text statement: index and match side by side, for SQLite and PostgreSQL, and what makes the indexes again.

What is searched are columns written by api.ingestion.denormalised: of quote `terms`, the words of its text folded and stemmed, and `names`,
its speaker's names folded; of article `terms`, those of its title and text. Each database indexes them with its plainest
tokeniser:

- SQLite: the FTS5 tables quote_fts (terms, names, labels) and article_fts (terms), tokenize='ascii', kept by triggers. The
  rows of quote_fts stand in the order of time (see place), so that the newest or oldest matches are read first and no
  others. Labels say in words what else a quote is looked up by: see Reads.
- PostgreSQL: the GIN indexes quote_fts and article_fts on the stored column full_text, of quote
  to_tsvector('simple'::regconfig, terms || ' ' || names), and of article without names.

What is asked (api.search.language) is folded and stemmed by the same functions (api.folding), so that both find the same, and nothing
of it but ASCII letters and digits reaches either database's query syntax. A word matches as its stem or as it is, in the
text or in a name; words in quotation marks must stand together, in the text or in one name.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Text,
    Update,
    case,
    cast,
    column,
    func,
    literal,
    select,
    table,
    text,
    update,
)
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session, aliased, selectinload
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from api.folding import BORDER, terms
from api.models import Article, Quote, Speaker
from api.search.language import Words

# How PostgreSQL keeps its indexes, as the migrations make them: the words of new rows are gathered, and put into the tree
# when they take 256 KB, many of one word at a time. A search reads what is gathered too, for a few tenths of a millisecond.
GATHERED = "fastupdate = on, gin_pending_list_limit = 256"


class Matches(FunctionElement[bool]):
    """That a row matches a full-text expression, given in the syntax of FTS5 and in that of tsquery."""

    # No type of its own: of a Boolean SQLAlchemy writes "= 1" for SQLite, and that hides the index.
    inherit_cache = True
    table: ClassVar[str]
    rows: ClassVar[str]  # of FTS5, the ids

    def __init__(self, fts5: str, tsquery: str) -> None:
        super().__init__(fts5, tsquery)
        self.fts5 = fts5

    @classmethod
    def of(cls, wanted: Iterable[Iterable[Words]], without: Iterable[Words] = ()) -> Matches:
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


class Day(FunctionElement[int]):
    """The number of a moment's day in UTC, counted as Python does: 0001-01-01 is 1."""

    inherit_cache = True
    type = BigInteger()


@compiles(Day, "sqlite")
def _day_in_sqlite(element: Day, compiler: SQLCompiler, **more: Any) -> str:
    [moment] = element.clauses
    return f"CAST(julianday(date({compiler.process(moment, **more)})) - 1721424.5 AS INTEGER)"


@compiles(Day, "postgresql")
def _day_in_postgresql(element: Day, compiler: SQLCompiler, **more: Any) -> str:
    [moment] = element.clauses
    return f"(date({compiler.process(moment, **more)}) - DATE '0001-01-01' + 1)"


# SQLite's index of quotes. A row stands at the seconds since 1600 when it was said, in 34 bits, with the id in the 29 bits
# below: see migration 0012. All that was said before 1600 stands at 0, what will be after 2144 at the last.
index = table("quote_fts", column("rowid", BigInteger()))
_ID_BITS, _LAST = 29, 2**34 - 1
_FIRST = dt.datetime(1600, 1, 1, tzinfo=dt.UTC)
_NO_MORE = _FIRST + dt.timedelta(seconds=_LAST)
# The id of the quote that a row of it is of.
quote_id: ColumnElement[int] = index.c.rowid.op("&", return_type=BigInteger())(2**_ID_BITS - 1)


# The number of the day of such a row, as datetime.date.toordinal counts; what stands at the ends is looked up.
quote_day: ColumnElement[int] = case(
    (
        index.c.rowid.between(1 << _ID_BITS, (_LAST << _ID_BITS) - 1),
        index.c.rowid // (86_400 << _ID_BITS) + _FIRST.toordinal(),
    ),
    else_=select(Day(Quote.at)).where(Quote.id == quote_id).correlate(index).scalar_subquery(),
)


class QuoteMatches(Matches):
    """That a quote matches."""

    inherit_cache = True
    table, rows = "quote", f"rowid & {2**_ID_BITS - 1}"  # the bits of a place that are the id


class ArticleMatches(Matches):
    """That an article matches."""

    inherit_cache = True
    table, rows = "article", "rowid"


class Reads(FunctionElement[bool]):
    """On SQLite: that a row of quote_fts matches all of these and none of `without`; its rows are then read in their order.

    Each is an expression of FTS5, or SQL of one: of words, or of labels. These are words of the index that no text has, since
    they begin with the letter that no folded word has: ßspeech and ßattitude, ßdirect, ßconfirmed and so on, ßdated where it
    is known when, ßs12 for speaker 12, ßp12 for publisher 12, ßgone where it no longer stands in the text that its article
    has, ßshown where it stands, its act is speech and its status not rejected, else ßhidden. FTS5 joins and counts what is
    asked for by itself, and no row of quote is read: see decision 0021.
    """

    inherit_cache = True

    def __init__(self, expressions: Sequence[str | ColumnElement[str]], without: Sequence[str] = ()) -> None:
        written = [f"({each})" for each in expressions if isinstance(each, str)]
        selected = [literal("(", Text).concat(each).concat(")") for each in expressions if not isinstance(each, str)]
        first, *others = [literal(" AND ".join(written), Text), *selected] if written else selected
        for each in others:
            first = first.concat(" AND ").concat(each)
        for few in without:
            first = literal("(", Text).concat(first).concat(f") NOT {few}")
        super().__init__(first)


def label(name: str) -> str:
    """The label of that name."""
    return BORDER + name


def one_of(letter: str, ids: int | Sequence[int] | Select[Any]) -> str | ColumnElement[str]:
    """That the label is one of these ids behind the letter, as an expression of FTS5 or, of ids to select, as SQL of one."""
    if isinstance(ids, Select):
        labels = func.group_concat(literal(label(letter), Text).concat(cast(ids.subquery().c[0], Text)), " OR ")
        return func.coalesce(select(labels).scalar_subquery(), label("none"), type_=Text)
    return " OR ".join(f"{label(letter)}{each}" for each in ([ids] if isinstance(ids, int) else ids)) or label("none")


def told_by_place(since: dt.datetime | None, before: dt.datetime | None) -> bool:
    """Whether the rows of SQLite's index tell what was said between these: it tells nothing of before 1600 and after 2144."""
    return all(_FIRST < bound <= _NO_MORE for bound in (since, before) if bound is not None)


def within(since: dt.datetime | None, before: dt.datetime | None) -> list[ColumnElement[bool]]:
    """On SQLite: that a row was said at `since` or later and earlier than `before`, where given and told by places."""
    bounds = [index.c.rowid >= place(since)] if since is not None else []
    return bounds + ([index.c.rowid < place(before)] if before is not None else [])


def place(moment: dt.datetime) -> int:
    """Where the quotes that were said at this moment, or in the next whole second, begin in SQLite's index."""
    return min(max(-((_FIRST - moment) // dt.timedelta(seconds=1)), 0), _LAST) << _ID_BITS


@compiles(Matches, "sqlite")
def _in_sqlite(element: Matches, compiler: SQLCompiler, **more: Any) -> str:
    match, _ = element.clauses
    table, fts = element.table, f"{element.table}_fts"
    return f"({table}.id IN (SELECT {element.rows} FROM {fts} WHERE {fts} MATCH {compiler.process(match, **more)}))"  # noqa: S608 - names of ours and a placeholder


@compiles(Reads, "sqlite")
def _read_in_sqlite(element: Reads, compiler: SQLCompiler, **more: Any) -> str:
    [match] = element.clauses
    return f"(quote_fts MATCH {compiler.process(match, **more)})"


@compiles(Matches, "postgresql")
def _in_postgresql(element: Matches, compiler: SQLCompiler, **more: Any) -> str:
    _, match = element.clauses
    return f"({element.table}.full_text @@ to_tsquery('simple'::regconfig, {compiler.process(match, **more)}))"


def rename(session: Session, speaker_id: int, indexed: str) -> None:
    """Let the quotes of a speaker be found by its names as they are now (Speaker.indexed); in the caller's transaction."""
    changed = update(Quote).where(Quote.speaker_id == speaker_id)
    session.execute(changed.values(names=indexed, updated=Quote.updated))


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
            session.execute(text(f"CREATE INDEX {rows}_fts ON {rows} USING gin (full_text) WITH ({GATHERED})"))
    for _, mend in _stale(session):
        session.execute(mend)


def _stale(session: Session) -> Iterator[tuple[str, Update]]:
    """What is wrong of what is indexed of rows, and the statement that mends it."""
    after = 0
    articles = aliased(Article)
    quotes = select(
        Quote.id,
        Quote.text,
        Quote.terms,
        Quote.names,
        Quote.speaker_id,
        Quote.publisher_id,
        articles.publisher_id.label("of"),
    )
    quotes = quotes.join(articles, articles.id == Quote.article_id).order_by(Quote.id).limit(1000)
    while found := session.execute(quotes.where(Quote.id > after)).all():
        speaking = select(Speaker).where(Speaker.id.in_({quote.speaker_id for quote in found}))
        called = {
            speaker.id: speaker.indexed for speaker in session.scalars(speaking.options(selectinload(Speaker.names)))
        }
        for quote in found:
            right = {"terms": terms(quote.text), "names": called.get(quote.speaker_id, ""), "publisher_id": quote.of}
            if (quote.terms, quote.names, quote.publisher_id) != tuple(right.values()):
                mend = update(Quote).where(Quote.id == quote.id).values(**right, updated=Quote.updated)
                yield f"quote {quote.id} is not indexed as it is written", mend
        after = found[-1].id
    after, stored = 0, select(Article.id, Article.title, Article.text, Article.terms).order_by(Article.id).limit(100)
    while texts := session.execute(stored.where(Article.id > after)).all():
        for article in texts:
            indexed = terms(article.title or "", article.text)
            if article.terms != indexed:
                mend = update(Article).where(Article.id == article.id).values(terms=indexed, updated=Article.updated)
                yield f"article {article.id} is not indexed as it is written", mend
        after = texts[-1].id
