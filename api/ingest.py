"""From an extraction to rows: the one bridge between the engine and the database.

`stored` says whether an article is known; `ready` works out what its rows repeat of it, before any transaction; `store` writes
it with all that was found in it in the caller's transaction: the publisher, the speakers and roles known already or new, the
article, its mentions, tenures with their sightings, and quotes. Of a known one with another text it makes a new revision: see
api.revisions.

Who is the same speaker across articles is decided here. The same folded name and kind, or the same handle, is the same
speaker. Where several share the name, the one who has held a role that the article gives is meant; where that does not
decide, the article gets a speaker of its own: two that are one can be merged, a mix-up is hard to see.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, defer, joinedload, selectinload

from api import copies, extraction, fulltext, revisions
from api.derived import Parts, at, context, words_of
from api.extraction import Extraction, Span
from api.extraction.sentences import sentences
from api.folding import fold
from api.intake import GIVEN, Prepared
from api.models import (
    Article,
    Mention,
    Name,
    Publisher,
    Quote,
    QuoteSpan,
    Rewording,
    Role,
    Sighting,
    Speaker,
    Tenure,
    now,
)
from api.models.base import Base, Table
from api.schemas.publisher import HOST

LONGEST_HANDLE = 100  # code points
LONGEST_NAME = 300  # code points of a name, title or organisation; longer ones are no names and are cut
_STATUS = re.compile(
    r"(?P<former>former|ex|then|one-time|onetime)(?:[\s-]+)|(?P<acting>acting|interim)\s+", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Ready:
    """An article with what was found in it, ready to store; made by `ready`.

    `names` are the ways in which it writes each speaker's name in full, `quotes` the columns of each quote that repeat its
    words and its spans by part, `text` is what it is compared by with others.
    """

    prepared: Prepared
    found: Extraction
    names: list[list[str]]
    quotes: list[tuple[dict[str, str], Parts]]
    text: copies.Text


def ready(prepared: Prepared, found: Extraction) -> Ready:
    """Work out all that storing an article takes and that follows from it alone, so that nobody waits for it.

    Whoever stores is alone; this can be done before, and in any process.
    """
    text = prepared.columns["text"]
    within = sentences(text) if found.quotes else []
    quotes: list[tuple[dict[str, str], Parts]] = []
    for quote in found.quotes:
        spans: Parts = {"source": quote.source, "cue": quote.cue, "content": quote.content}
        quotes.append((words_of(text, spans), {**spans, "context": [context(spans, within)]}))
    compared = copies.Text(prepared.columns["title"], prepared.columns["terms"])
    compared.bands  # noqa: B018 - worked out when they are first asked for, and kept
    return Ready(prepared, found, [_names(text, speaker) for speaker in found.speakers], quotes, compared)


def _names(text: str, speaker: extraction.Speaker) -> list[str]:
    """A speaker's name and each other way in which the article writes it in full."""
    full = [mention.span.of(text) for mention in speaker.mentions if mention.how == "full"]
    names = dict.fromkeys(" ".join(name.split())[:LONGEST_NAME] for name in [speaker.name, *full])
    first, *others = names
    return [first, *(name for name in others if fold(name))]


@dataclass(slots=True)
class Stored:
    """What became of an article: "new", "changed" (a new revision) or "unchanged"; and so many of its quotes.

    Changed are those that reword others; gone are those that no longer stand, and that no other rewords.
    """

    article: Article
    outcome: str
    quotes_new: int = 0
    quotes_changed: int = 0
    quotes_gone: int = 0


def stored(session: Session, prepared: Prepared) -> Article | None:
    """The article as it is stored already, if there is nothing new in it.

    It has the same URL and text, or no URL and a text that is stored; or the text is one that it had before: see
    revisions.brings_news.
    """
    known = _Known(session, [prepared]).article(prepared)
    return None if known and revisions.brings_news(session, known, prepared.columns) else known


def store(session: Session, prepared: Prepared, found: Extraction) -> Stored:
    """Store an article with all that was found in it, in the session's transaction, or what has changed of it."""
    [outcome] = store_all(session, [ready(prepared, found)])
    return outcome


def store_all(session: Session, batch: Sequence[Ready]) -> list[Stored]:
    """Store articles as `store` would one after the other, all in the session's transaction.

    What they share is looked up once and their rows are written together, so that the hundredth costs a fraction of the
    first. Whatever is raised is the whole batch's, and who wants the others stores each alone.
    """
    copies.alone(session)  # two that looked for a speaker at once would each add their own
    known = _Known(session, [each.prepared for each in batch], to_change=True)
    outcomes: list[Stored] = []
    new: list[_New] = []
    with session.no_autoflush:  # each step flushes what the next one needs, once
        for each in batch:
            prepared = each.prepared
            article = known.article(prepared)
            if article is None:
                article = Article(**prepared.columns, publisher=known.publisher(prepared))
                outcomes.append(Stored(article, "new"))
                new.append(_New(outcomes[-1], each))
            else:
                if article.text_hash != prepared.columns["text_hash"] and any(
                    other.article is article for other in new
                ):
                    _write(session, new)  # twice in one batch: the second is a revision of the first
                    new = []
                if not revisions.brings_news(session, article, prepared.columns):
                    outcomes.append(Stored(article, "unchanged"))
                    continue
                earlier = revisions.begin(session, article, prepared.columns)
                outcomes.append(Stored(article, "changed"))
                new.append(_New(outcomes[-1], each, earlier))
            known.add(article)
        _write(session, new)
    return outcomes


def _write(session: Session, new: Sequence[_New]) -> None:
    session.add_all([each.article for each in new])
    _Storing(session, new).run()
    session.flush()
    for each in new:
        if each.earlier:
            each.earlier.finish()
    session.flush()
    if changed := [each.article.id for each in new if each.earlier]:
        copies.renew(session, changed)


_LOOKED_UP = 10_000  # values in one statement: SQLite takes 32,766, PostgreSQL 65,535


def _in_parts(values: Iterable[str]) -> Iterator[list[str]]:
    """The values in lists that fit a statement; at least one list, in order, so that statements are cached."""
    ordered = sorted(set(values))
    for start in range(0, len(ordered), _LOOKED_UP):
        yield ordered[start : start + _LOOKED_UP]


class _Known:
    """What is stored of the articles of a batch, and their publishers."""

    def __init__(self, session: Session, batch: Sequence[Prepared], *, to_change: bool = False) -> None:
        self.session = session
        self.by_url: dict[str, Article] = {}
        self.by_hash: dict[str, Article] = {}
        self.publishers: dict[tuple[str | None, str], Publisher | None] = {}
        columns = [prepared.columns for prepared in batch]
        stored_ones = select(Article).options(defer(Article.text))
        if to_change:  # nobody else meanwhile; others may refer to it
            stored_ones = stored_ones.with_for_update(key_share=True)
        for urls in _in_parts(each["url"] for each in columns if each["url"]):
            for article in session.scalars(stored_ones.where(Article.url.in_(urls))):
                self.by_url[article.url or ""] = article
        for hashes in _in_parts(each["text_hash"] for each in columns if not each["url"]):
            same = stored_ones.where(Article.text_hash.in_(hashes)).order_by(Article.id.desc())
            self.by_hash |= {article.text_hash: article for article in session.scalars(same)}

    def article(self, prepared: Prepared) -> Article | None:
        """The article of this URL, or without a URL one of this text, if it is stored."""
        url, text_hash = prepared.columns["url"], prepared.columns["text_hash"]
        if url:
            return self.by_url.get(url)
        known = self.by_hash.get(text_hash)
        return known if known and known.text_hash == text_hash else None  # it may have another text by now

    def add(self, article: Article) -> None:
        """Know an article from now on, with the text that it has."""
        if article.url:
            self.by_url[article.url] = article
        self.by_hash.setdefault(article.text_hash, article)

    def publisher(self, prepared: Prepared) -> Publisher | None:
        """The article's publisher, as `publisher_of` says."""
        key = prepared.publisher, _host(prepared.columns["url"])
        if key not in self.publishers:
            self.publishers[key] = publisher_of(self.session, prepared.publisher, prepared.columns["url"])
        return self.publishers[key]


def publisher_of(session: Session, name: str | None, url: str | None) -> Publisher | None:
    """The publisher of this name, else (when no name is given) of the URL's host; new where there is none yet.

    A new publisher gets the host as its domain, unless another has it.
    """
    host = _host(url)
    by_domain = session.scalar(select(Publisher).where(Publisher.domain == host)) if host else None
    if name is None:
        if by_domain or not host:
            return by_domain
        name = host
    folded = fold(name)[:1000]
    known = session.scalar(select(Publisher).where(Publisher.folded == folded).order_by(Publisher.id))
    if known:
        return known
    publisher = Publisher(name=name, folded=folded, domain=host if host and not by_domain else None)
    session.add(publisher)
    session.flush()
    return publisher


def _host(url: str | None) -> str:
    """The host of a URL without www, or nothing where it is no domain: an address in brackets, or longer than names are."""
    try:
        host = (urlsplit(url or "").hostname or "").removesuffix(".").removeprefix("www.")
    except ValueError:  # brackets around what is no address
        return ""
    return host if re.fullmatch(HOST, host) else ""


@dataclass(slots=True)
class _New:
    """An article to store, and for each speaker found its row and its roles with the status stated.

    `earlier` is what it had, where it is a changed one.
    """

    stored: Stored
    ready: Ready
    earlier: revisions.Earlier | None = None
    speakers: list[Speaker] = field(default_factory=list)
    roles: list[list[tuple[Role, str]]] = field(default_factory=list)

    @property
    def article(self) -> Article:
        return self.stored.article

    @property
    def found(self) -> Extraction:
        return self.ready.found

    @property
    def day(self) -> dt.date | None:
        return self.article.published.astimezone(dt.UTC).date() if self.article.published else None


class _Storing:
    """New articles being stored together: their speakers, roles and tenures first, then the rows that refer to them."""

    def __init__(self, session: Session, new: Sequence[_New]) -> None:
        self.session, self.new = session, new
        self.named: dict[str, list[Speaker]] = {}  # by each folded name, the first stored first
        self.by_handle: dict[str, Speaker] = {}
        self.tenures: dict[Speaker, dict[tuple[Role, str], Tenure]] = {}
        self.proofs: dict[tuple[Tenure, Article, Span], None] = {}
        self.renamed: dict[Speaker, None] = {}

    def run(self) -> None:
        self.roles()
        self.look_up()
        for each in self.new:
            self.speakers(each)
            self.hold(each)
        self.session.flush()
        for speaker in self.renamed:
            fulltext.rename(self.session, speaker)
        # Of a changed one see _write.
        new = {each.article.id: each.ready.text for each in self.new if not each.earlier}
        self.rows(copies.add(self.session, new))

    def roles(self) -> None:
        """Give each article the rows of its speakers' roles."""
        stated: dict[tuple[str, str | None, str | None], tuple[Role, str]] = {}
        for found in (role for each in self.new for speaker in each.found.speakers for role in speaker.roles):
            key = found.title, found.organisation, found.country
            if key not in stated:
                status, title = split_status(found.title)
                organisation = found.organisation and found.organisation[:LONGEST_NAME]
                stated[key] = Role.of(title[:LONGEST_NAME], organisation, found.country), status
        rows: dict[str, Role] = {}
        for keys in _in_parts(role.folded for role, _ in stated.values()):
            rows |= {role.folded: role for role in self.session.scalars(select(Role).where(Role.folded.in_(keys)))}
        for role, _ in stated.values():
            if rows.setdefault(role.folded, role) is role:
                self.session.add(role)
        for each in self.new:
            for speaker in each.found.speakers:
                held = [stated[role.title, role.organisation, role.country] for role in speaker.roles]
                each.roles.append([(rows[role.folded], status) for role, status in held])

    def look_up(self) -> None:
        """Find who is called as the articles' speakers are, and what they have held."""
        known = select(Name.folded, Speaker).join(Name.speaker).distinct().order_by(Speaker.id)
        for keys in _in_parts(_key(spellings[0]) for new in self.new for spellings in new.ready.names):
            named = known.where(Name.folded.in_(keys)).options(selectinload(Speaker.names))
            for folded, speaker in self.session.execute(named):
                self.named.setdefault(folded, []).append(speaker)
        handles = (speaker.handle for each in self.new for speaker in each.found.speakers)
        for some in _in_parts(handle[:LONGEST_HANDLE] for handle in handles if handle):
            of_handle = select(Speaker).where(Speaker.handle.in_(some)).order_by(Speaker.id.desc())
            of_handle = of_handle.options(selectinload(Speaker.names))
            self.by_handle |= {speaker.handle or "": speaker for speaker in self.session.scalars(of_handle)}
        self.named.pop("", None)
        speakers = [speaker for same in [*self.named.values(), list(self.by_handle.values())] for speaker in same]
        by_id = {str(speaker.id): speaker for speaker in speakers}
        for ids in _in_parts(by_id):
            held = select(Tenure).where(Tenure.speaker_id.in_(map(int, ids))).options(joinedload(Tenure.role))
            for tenure in self.session.scalars(held):
                speaker = by_id[str(tenure.speaker_id)]
                self.tenures.setdefault(speaker, {})[tenure.role, tenure.status] = tenure

    def speakers(self, new: _New) -> None:
        """Give the article its speakers' rows, known or new, with every way that it writes their names."""
        rows = new.speakers
        for found, spellings, held in zip(new.found.speakers, new.ready.names, new.roles, strict=True):
            handle = found.handle and found.handle[:LONGEST_HANDLE]
            row = self.by_handle.get(handle) if handle else None
            if row is None or row in rows:
                same = [s for s in self.named.get(_key(spellings[0]), []) if s.kind == found.kind and s not in rows]
                before = new.earlier.speakers if new.earlier else ()
                row = self.meant([s for s in same if s.id in before] or same, {role for role, _ in held})
            if row is None:
                row = Speaker(kind=found.kind, name=spellings[0])
                self.session.add(row)
            self.call(row, spellings, handle)
            rows.append(row)

    def meant(self, same: Sequence[Speaker], roles: set[Role]) -> Speaker | None:
        """The speaker of this name who is meant: the only one, else the only one who has held one of the roles."""
        if len(same) > 1 and roles:
            same = [s for s in same if any(role in roles for role, _ in self.tenures.get(s, ()))]
        return same[0] if len(same) == 1 else None

    def call(self, speaker: Speaker, names: Iterable[str], handle: str | None) -> None:
        """Let a speaker go by these names and this handle too, and its quotes be found by them."""
        changed = False
        if handle and not speaker.handle:
            speaker.handle, changed = handle, True
            self.by_handle.setdefault(handle, speaker)
        for name in names:
            if add_name(speaker, name):
                changed = True
                same = self.named.setdefault(_key(name), [])
                if _key(name) and speaker not in same:
                    same.append(speaker)
        if changed and speaker.id:
            self.renamed[speaker] = None

    def hold(self, new: _New) -> None:
        """Record that each speaker of the article held each role, and the spans that say so."""
        day = new.day
        for found, speaker, held in zip(new.found.speakers, new.speakers, new.roles, strict=True):
            for stated, (role, status) in zip(found.roles, held, strict=True):
                tenures = self.tenures.setdefault(speaker, {})
                tenure = tenures.get((role, status))
                if tenure is None:
                    tenure = tenures[role, status] = Tenure(speaker=speaker, role=role, status=status)
                    self.session.add(tenure)
                if day:
                    tenure.first_seen = min(tenure.first_seen or day, day)
                    tenure.last_seen = max(tenure.last_seen or day, day)
                self.proofs[tenure, new.article, stated.span] = None

    def rows(self, texts: Mapping[int, int]) -> None:
        """Write the mentions, sightings and quotes of all articles, whose speakers and roles have ids by now.

        `texts` says whose text each article carries (api.copies).
        """
        ids = {speaker: speaker.id for new in self.new for speaker in new.speakers}
        names = {speaker: speaker.indexed for speaker in ids}
        write(
            self.session,
            Mention,
            ("article_id", "speaker_id", "start", "end", "how", "rule", "confidence"),
            [
                (article_id, ids[speaker], *mention.span, mention.how, mention.rule, mention.confidence)
                for new in self.new
                for article_id in [new.article.id]
                for found, speaker in zip(new.found.speakers, new.speakers, strict=True)
                for mention in found.mentions
            ],
        )
        write(
            self.session,
            Sighting,
            ("tenure_id", "article_id", "start", "end"),
            [(tenure.id, article.id, *span) for tenure, article, span in self.proofs],
        )
        quotes: list[tuple[Any, ...]] = []
        parts: list[Parts] = []
        said: list[tuple[Any, ...]] = []
        rewords: list[int | None] = []
        moved: list[tuple[int, Parts]] = []
        moment = now()
        for new in self.new:
            article_id, published = new.article.id, new.article.published
            first = len(quotes)
            for found, (words, spans) in zip(new.found.quotes, new.ready.quotes, strict=True):
                speaker = None if found.speaker is None else new.speakers[found.speaker]
                role, status = None, "held"
                if found.speaker is not None and found.role is not None:
                    role, status = new.roles[found.speaker][found.role]
                parts.append(spans)
                speaker_id, moment_said = ids[speaker] if speaker else None, at(found.said, published)
                said.append((texts.get(article_id, -article_id), speaker_id, found.act, words["terms"], moment_said))
                quotes.append(
                    (
                        article_id,
                        new.article.publisher_id,
                        speaker_id,
                        role.id if role else None,
                        status,
                        found.kind,
                        found.medium,
                        found.act,
                        words["text"],
                        words["cue"],
                        words["terms"],
                        found.said,
                        moment_said,
                        found.confidence,
                        [{"span": list(link.span), "rule": link.rule} for link in found.evidence],
                        GIVEN if new.article.engine == GIVEN else "extracted",
                        names[speaker] if speaker else "",
                        1,
                        moment,
                        moment,
                        1,
                    )
                )
            rewords += [None] * (len(quotes) - len(rewords))
            if new.earlier:
                every = zip(quotes[first:], parts[first:], strict=True)
                left = new.earlier.settle(
                    [revisions.Found(dict(zip(_QUOTE[1:-1], row, strict=True)), spans) for row, spans in every]
                )
                quotes[first:] = [tuple(each.columns.values()) for each in left]
                parts[first:] = [each.spans for each in left]
                rewords[first:] = [each.rewords for each in left]
                said[first:] = [  # until copies.renew compares the new text: as of no other article
                    (-article_id, *(each.columns[name] for name in ("speaker_id", "act", "terms", "at")))
                    for each in left
                ]
                moved += new.earlier.moved
                new.stored.quotes_gone = new.earlier.gone
            new.stored.quotes_changed = sum(each is not None for each in rewords[first:])
            new.stored.quotes_new = len(quotes) - first - new.stored.quotes_changed
        quote_ids = new_ids(self.session, Quote, len(quotes))
        same = [copies.Said(i, *each) for i, each in zip(quote_ids, said, strict=True)]
        repeats = copies.repeated(self.session, same, texts)
        rows = [(i, *quote, repeats.pop(i, None)) for i, quote in zip(quote_ids, quotes, strict=True)]
        # What they refer to first; then in the order in which SQLite's full-text index has them (api.fulltext.place), which
        # writes a segment for what it holds in memory whenever a row comes that belongs before the last one.
        rows.sort(key=lambda row: (row[-1] is not None, row[_AT], row[0]))
        write(self.session, Quote, _QUOTE, rows)
        copies.follow(self.session, repeats)
        write(
            self.session,
            QuoteSpan,
            ("quote_id", "part", "position", "start", "end"),
            [
                (quote_id, part, position, *span)
                for quote_id, of_quote in [*zip(quote_ids, parts, strict=True), *moved]
                for part, spans in of_quote.items()
                for position, span in enumerate(spans)
            ],
        )
        rewording = zip(quote_ids, rewords, strict=True)
        write(self.session, Rewording, ("quote_id", "earlier_id"), [pair for pair in rewording if pair[1]])


_QUOTE = (
    "id", "article_id", "publisher_id", "speaker_id", "role_id", "role_status", "kind", "medium", "act", "text", "cue", "terms",
    "said", "at", "confidence", "evidence", "status", "names", "version", "created", "updated", "first_revision", "copy_of_id",
)  # fmt: skip
_AT = _QUOTE.index("at")


def write(session: Session, table: type[Table], columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows past the ORM, which would make an object of each; on PostgreSQL by COPY, the fastest way in.

    `columns` are all that have no default of the database's.
    """
    if not rows:
        return
    connection = session.connection()
    made = [table.__table__.c[name].type.dialect_impl(connection.dialect) for name in columns]
    process = [each.bind_processor(connection.dialect) for each in made]
    # As the driver takes them, a column at a time, since most are so already.
    values = [[*map(to, column)] if to else column for to, column in zip(process, zip(*rows, strict=True), strict=True)]
    if connection.dialect.name == "sqlite":
        # To the driver: SQLAlchemy would make a dictionary of each row, and a tuple of that.
        insertion = insert(table).values({name: bindparam(name) for name in columns}).compile(connection)
        order = [columns.index(name) for name in insertion.positiontup or ()]
        connection.exec_driver_sql(str(insertion), [*zip(*[values[i] for i in order], strict=True)])
        return
    import psycopg  # on PostgreSQL it is loaded already, on SQLite each process would wait for it
    from psycopg import sql

    into = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table.__tablename__), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    try:
        with connection.connection.cursor().copy(into) as copy:
            for row in zip(*values, strict=True):
                copy.write_row(row)
    except psycopg.Error as error:  # as SQLAlchemy, which COPY goes past, would have it
        raise DBAPIError.instance("COPY", None, error, psycopg.Error, dialect=connection.dialect) from error


def new_ids(session: Session, table: type[Base], count: int) -> list[int]:
    """So many ids for new rows of a table, in order, as the database would give them."""
    if session.get_bind().dialect.name == "sqlite":  # whoever writes is alone
        last = session.scalar(select(func.max(table.id))) or 0
        return list(range(last + 1, last + 1 + count))
    sequence = func.nextval(func.pg_get_serial_sequence(table.__tablename__, "id"))
    return sorted(session.scalars(select(sequence).select_from(func.generate_series(1, count))))


def _key(name: str) -> str:
    """A name as `name.folded` has it."""
    return fold(name)[:1000]


def add_name(speaker: Speaker, name: str) -> bool:
    """Add one way to write a speaker's name; False when it is known."""
    if name in [known.name for known in speaker.names]:
        return False
    speaker.names.append(Name.of(name))
    return True


def split_status(title: str) -> tuple[str, str]:
    """A title's status (held, acting, former) and the title without the word that says it.

    >>> split_status("former Prime Minister")
    ('former', 'Prime Minister')
    """
    match = _STATUS.match(title)
    if not match or match.end() == len(title):
        return "held", title
    return ("former" if match["former"] else "acting"), title[match.end() :]
