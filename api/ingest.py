"""From an extraction to rows: the one bridge between the engine and the database.

1. `prepare` takes a validated article and reads its HTML if it came as that; `stored` says whether it is known.
2. `extract` runs the engine: slow, so before any transaction that writes.
3. `store` writes it all in the caller's transaction: the publisher, the speakers and roles known already or new, the
   article, its mentions, tenures with their sightings, and quotes.
4. `complete` derives what a quote's row repeats for searching from its spans: for extracted quotes and for edited ones.

Who is the same speaker across articles is decided here. The same folded name and kind, or the same handle, is the same
speaker. Where several share the name, the one who has held a role that the article gives is meant; where that does not
decide, the article gets a speaker of its own: two that are one can be merged, a mix-up is hard to see.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import psycopg
from psycopg import sql
from sqlalchemy import func, insert, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, defer, joinedload, selectinload
from trafilatura import bare_extraction, load_html

from api import extraction, search
from api.extraction import Extraction, Span
from api.extraction.sentences import sentences
from api.folding import fold, terms
from api.models import Article, Mention, Name, Publisher, Quote, QuoteSpan, Role, Sighting, Speaker, Tenure, now
from api.models.base import Base, Table
from api.models.quote import UNDATED
from api.schemas.publisher import HOST

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # a page without an article is answered so, and not logged
LONGEST_TEXT = 1_000_000  # code points
_URL = re.compile(r"https?://[!-~]{1,1990}")
LONGEST_AROUND = 300  # code points before and after a place in a text: two of the longer sentences of a newspaper
LONGEST_HANDLE = 100  # code points
LONGEST_NAME = 300  # code points of a name, title or organisation; longer ones are no names and are cut
# Words in the paragraphs that end as sentences do: the shortest brief with a quote among the seeds and tests/pages has some
# 30, notes that a page is not there, needs JavaScript or wants a subscriber have 5 to 20.
FEWEST_WORDS = 25
_ENDS = (".", "!", "?", "…", "”", "’", '"', "'", ")")
_STATUS = re.compile(
    r"(?P<former>former|ex|then|one-time|onetime)(?:[\s-]+)|(?P<acting>acting|interim)\s+", re.IGNORECASE
)


GIVEN = "given"  # the engine of an article whose quotes came with it, and the status of the quotes


class Unreadable(ValueError):
    """The HTML holds no article text that can be found, or the text has no words, or not those of a quote given with it.

    `pointer` is the JSON pointer of what is wrong where it is neither the HTML nor the text.
    """

    def __init__(self, message: str, pointer: str | None = None) -> None:
        super().__init__(message)
        self.pointer = pointer


class TextDiffers(ValueError):
    """The URL is stored with another text, as the article `article_id`."""

    def __init__(self, article_id: int) -> None:
        super().__init__(f"the URL is stored with another text, as article {article_id}")
        self.article_id = article_id


Parts = dict[str, Sequence[Span]]  # the spans of each part of a quote, in order


class Published(NamedTuple):
    """When an article was published: a moment, and whether its time is known; a date alone is its midnight in UTC."""

    moment: dt.datetime
    has_time: bool


@dataclass(frozen=True, slots=True)
class Prepared:
    """An article ready to look up, extract and store: its columns, its publisher's name, and what was found in it, if given."""

    columns: dict[str, Any]
    publisher: str | None
    given: Extraction | None = None


def prepare(body: Mapping[str, Any]) -> Prepared:
    """Read a validated article (the fields of api.schemas.article.ArticleNew), its HTML if it came as that.

    What the HTML says of its URL, title, author, date and site fills what the body leaves out. `found_at` is the URL that
    gave a page that was fetched; it then stands for the body's url. Raises Unreadable.
    """
    found = dict(body)
    found_at = found.pop("found_at", None)
    if found_at:
        found["url"] = found_at
    if "html" in found:
        page = _read_html(found.pop("html"), found.get("url"))
        if found_at:
            found["url"] = _own_url(page, found_at)
        found = {**page, **found}
    if not fold(found["text"][:LONGEST_TEXT]):
        raise Unreadable("the text has no words")
    if len(found["text"]) > LONGEST_TEXT:
        raise Unreadable(f"the text is longer than {LONGEST_TEXT:,} characters")
    published = found.get("published")
    columns = {
        "url": found.get("url"),
        "title": found.get("title"),
        "author": found.get("author"),
        "language": found.get("language"),
        "published": published.moment if published else None,
        "published_has_time": bool(published and published.has_time),
        "text": found["text"],
        "text_hash": hashlib.sha256(found["text"].encode()).hexdigest(),
        "engine": GIVEN if "quotes" in found else extraction.VERSION,
        "terms": terms(found.get("title") or "", found["text"]),
    }
    return Prepared(columns, found.get("publisher"), _given(found) if "quotes" in found else None)


def _given(body: Mapping[str, Any]) -> Extraction:
    """What came with an article as found in it. Raises Unreadable where a quote's text is not what its content cuts.

    Offsets counted in bytes or in UTF-16 are seen so: without it they would prove other words.
    """

    def spans(pairs: Sequence[Sequence[int]]) -> tuple[Span, ...]:
        return tuple(Span(start, end) for start, end in pairs)

    speakers = tuple(
        extraction.Speaker(
            name=speaker["name"],
            kind=speaker["kind"],
            handle=speaker["handle"],
            mentions=tuple(extraction.Mention(Span(*m["span"]), m["how"], GIVEN, 1.0) for m in speaker["mentions"]),
            roles=tuple(
                extraction.Role(role["title"], role["organisation"], role["country"], Span(*role["span"]))
                for role in speaker["roles"]
            ),
        )
        for speaker in body["speakers"]
    )
    quotes: list[extraction.Quote] = []
    for number, quote in enumerate(body["quotes"]):
        content = spans(quote["content"])
        if quote["text"] != extraction.quote_text(body["text"], content):
            raise Unreadable("not the words at `content`, in code points", f"/quotes/{number}/text")
        evidence = tuple(extraction.Evidence(Span(*link["span"]), link["rule"]) for link in quote["evidence"])
        parts = {"content": content, "cue": spans(quote["cue"]), "source": spans(quote["source"]), "evidence": evidence}
        quotes.append(extraction.Quote(**{**quote, **parts}))
    return Extraction(speakers, tuple(quotes))


def extract(prepared: Prepared) -> Extraction:
    """What the engine finds in the article, or what was given with it.

    The engine takes about a tenth of a second for 800 words, and no database.
    """
    if prepared.given is not None:
        return prepared.given
    published = prepared.columns["published"]
    return extraction.extract(prepared.columns["text"], published=published and published.date())


def extract_json(body: Mapping[str, Any]) -> dict[str, Any]:
    """What the engine finds in {text, published?}, as its documented JSON; nothing is stored."""
    published = body.get("published")
    return extraction.extract(body["text"], published=published and published.moment.date()).as_json()


def _read_html(html: str, url: str | None) -> dict[str, Any]:
    """The article in a page, by trafilatura: its text with an empty line between paragraphs, and its metadata.

    The signature of a block quotation, which trafilatura would drop, stands in a paragraph of its own behind a dash.
    """
    try:
        tree = load_html(html)
        for signature in [] if tree is None else tree.xpath("//blockquote/footer | //blockquote/cite"):
            signature.tag, signature.text = "p", "— " + (signature.text or "").lstrip(" \t\r\n-–—")
        page = bare_extraction(tree, url=url, with_metadata=True, include_comments=False, include_tables=False)
    except (ValueError, RecursionError):
        page = None
    if page is None or isinstance(page, dict) or not page.text:
        raise Unreadable("no article text was found in the HTML")
    paragraphs = (" ".join(line.split()) for line in page.text.splitlines())
    found: dict[str, Any] = {"text": "\n\n".join(filter(None, paragraphs))}
    for name, value in (("title", page.title), ("author", page.author), ("publisher", page.sitename)):
        line = " ".join((value or "").split())[:LONGEST_NAME]
        if line:
            found[name] = line
    if page.url and _URL.fullmatch(page.url):
        found["url"] = page.url
    if page.date:
        day = dt.date.fromisoformat(page.date)
        found["published"] = Published(dt.datetime.combine(day, dt.time(), dt.UTC), has_time=False)
    return found


def _own_url(page: dict[str, Any], found_at: str) -> str:
    """The URL of a page that was fetched: the one that it calls its own if that is on the same host, else `found_at`.

    What it calls its own is not believed where it is another host's, lest a page pass for another outlet's, and where it is
    the front page, which some sites name on every page. Raises Unreadable for a page without an article: a form of the error
    404, a wall, a list of links.
    """
    ends = (words for words in map(str.split, page["text"].split("\n\n")) if words[-1].endswith(_ENDS))
    if sum(map(len, ends)) < FEWEST_WORDS:
        raise Unreadable("no article was found on the page")
    own, found = urlsplit(page.get("url", found_at)), urlsplit(found_at)
    if own.netloc.removeprefix("www.") != found.netloc.removeprefix("www."):
        page.pop("publisher", None)  # which may be the other host's too
        return found_at
    return own.geturl() if own.path.strip("/") else found_at


def stored(session: Session, prepared: Prepared) -> Article | None:
    """The article as it is stored already, if it is: the same URL and text, or no URL and a text that is stored.

    Raises TextDiffers.
    """
    return _Known(session, [prepared]).article(prepared)


def store(session: Session, prepared: Prepared, found: Extraction) -> tuple[Article, bool]:
    """Store an article with all that was found in it, in the session's transaction; False when it is stored already.

    Raises TextDiffers.
    """
    [outcome] = store_all(session, [(prepared, found)])
    return outcome


def store_all(session: Session, batch: Sequence[tuple[Prepared, Extraction]]) -> list[tuple[Article, bool]]:
    """Store articles as `store` would one after the other, all in the session's transaction.

    What they share is looked up once and their rows are written together, so that the hundredth costs a fraction of the
    first. Raises TextDiffers; whatever is raised is the whole batch's, and who wants the others stores each alone.
    """
    if session.get_bind().dialect.name == "postgresql":
        # One store at a time, as SQLite has it anyhow: two that looked for a speaker at once would each add their own.
        session.execute(select(func.pg_advisory_xact_lock(_STORING)))
    known = _Known(session, [prepared for prepared, _ in batch])
    outcomes: list[tuple[Article, bool]] = []
    new: list[_New] = []
    with session.no_autoflush:  # each step flushes what the next one needs, once
        for prepared, found in batch:
            article = known.article(prepared)
            if article is None:
                article = Article(**prepared.columns, publisher=known.publisher(prepared))
                known.add(article)
                new.append(_New(article, prepared.columns["text"], found))
                outcomes.append((article, True))
            else:
                outcomes.append((article, False))
        session.add_all([each.article for each in new])
        _Storing(session, new).run()
    session.flush()
    return outcomes


_STORING = 8467  # any number, the same in every process
_LOOKED_UP = 10_000  # values in one statement: SQLite takes 32,766, PostgreSQL 65,535


def _in_parts(values: Iterable[str]) -> Iterator[list[str]]:
    """The values in lists that fit a statement; at least one list, in order, so that statements are cached."""
    ordered = sorted(set(values))
    for start in range(0, len(ordered), _LOOKED_UP):
        yield ordered[start : start + _LOOKED_UP]


class _Known:
    """What is stored of the articles of a batch, and their publishers."""

    def __init__(self, session: Session, batch: Sequence[Prepared]) -> None:
        self.session = session
        self.by_url: dict[str, Article] = {}
        self.by_hash: dict[str, Article] = {}
        self.publishers: dict[tuple[str | None, str], Publisher | None] = {}
        columns = [prepared.columns for prepared in batch]
        stored_ones = select(Article).options(defer(Article.text))
        for urls in _in_parts(each["url"] for each in columns if each["url"]):
            for article in session.scalars(stored_ones.where(Article.url.in_(urls))):
                self.by_url[article.url or ""] = article
        for hashes in _in_parts(each["text_hash"] for each in columns if not each["url"]):
            same = stored_ones.where(Article.text_hash.in_(hashes)).order_by(Article.id.desc())
            self.by_hash |= {article.text_hash: article for article in session.scalars(same)}

    def article(self, prepared: Prepared) -> Article | None:
        """The article as it is stored already, as `stored` has it. Raises TextDiffers."""
        url, text_hash = prepared.columns["url"], prepared.columns["text_hash"]
        known = self.by_url.get(url) if url else self.by_hash.get(text_hash)
        if known and known.text_hash != text_hash:
            raise TextDiffers(known.id)
        return known

    def add(self, article: Article) -> None:
        """Know a new article from now on."""
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
    """A new article, what was found in it, and for each speaker found its row and its roles with the status stated."""

    article: Article
    text: str
    found: Extraction
    speakers: list[Speaker] = field(default_factory=list)
    roles: list[list[tuple[Role, str]]] = field(default_factory=list)

    @property
    def day(self) -> dt.date | None:
        return self.article.published.astimezone(dt.UTC).date() if self.article.published else None

    def names(self, index: int) -> list[str]:
        """A speaker's name and each other way in which the article writes it in full."""
        found = self.found.speakers[index]
        full = [m.span.of(self.text) for m in found.mentions if m.how == "full"]
        names = dict.fromkeys(" ".join(name.split())[:LONGEST_NAME] for name in [found.name, *full])
        first, *others = names
        return [first, *(name for name in others if fold(name))]


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
        names = [[each.names(index) for index in range(len(each.found.speakers))] for each in self.new]
        self.look_up(names)
        for each, names_of in zip(self.new, names, strict=True):
            self.speakers(each, names_of)
            self.hold(each)
        self.session.flush()
        for speaker in self.renamed:
            search.rename(self.session, speaker)
        self.rows()

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

    def look_up(self, names: Sequence[Sequence[Sequence[str]]]) -> None:
        """Find who is called as the articles' speakers are, and what they have held."""
        known = select(Name.folded, Speaker).join(Name.speaker).distinct().order_by(Speaker.id)
        for keys in _in_parts(_key(spellings[0]) for of_article in names for spellings in of_article):
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

    def speakers(self, new: _New, names: Sequence[Sequence[str]]) -> None:
        """Give the article its speakers' rows, known or new, with every way that it writes their names."""
        rows = new.speakers
        for found, spellings, held in zip(new.found.speakers, names, new.roles, strict=True):
            handle = found.handle and found.handle[:LONGEST_HANDLE]
            row = self.by_handle.get(handle) if handle else None
            if row is None or row in rows:
                same = [s for s in self.named.get(_key(spellings[0]), []) if s.kind == found.kind and s not in rows]
                row = self.meant(same, {role for role, _ in held})
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

    def rows(self) -> None:
        """Write the mentions, sightings and quotes of all articles, whose speakers and roles have ids by now."""
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
        moment = now()
        for new in self.new:
            article_id, published, within = new.article.id, new.article.published, sentences(new.text)
            for found in new.found.quotes:
                speaker = None if found.speaker is None else new.speakers[found.speaker]
                role, status = None, "held"
                if found.speaker is not None and found.role is not None:
                    role, status = new.roles[found.speaker][found.role]
                spans: Parts = {"source": found.source, "cue": found.cue, "content": found.content}
                words = words_of(new.text, spans)
                parts.append({**spans, "context": [context(spans, within)]})
                quotes.append(
                    (
                        article_id,
                        ids[speaker] if speaker else None,
                        role.id if role else None,
                        status,
                        found.kind,
                        found.medium,
                        found.act,
                        words["text"],
                        words["cue"],
                        words["terms"],
                        found.said,
                        at(found.said, published),
                        found.confidence,
                        [{"span": list(link.span), "rule": link.rule} for link in found.evidence],
                        GIVEN if new.article.engine == GIVEN else "extracted",
                        names[speaker] if speaker else "",
                        1,
                        moment,
                        moment,
                    )
                )
        quote_ids = new_ids(self.session, Quote, len(quotes))
        write(self.session, Quote, _QUOTE, [(i, *quote) for i, quote in zip(quote_ids, quotes, strict=True)])
        write(
            self.session,
            QuoteSpan,
            ("quote_id", "part", "position", "start", "end"),
            [
                (quote_id, part, position, *span)
                for quote_id, of_quote in zip(quote_ids, parts, strict=True)
                for part, spans in of_quote.items()
                for position, span in enumerate(spans)
            ],
        )


_QUOTE = (
    "id", "article_id", "speaker_id", "role_id", "role_status", "kind", "medium", "act", "text", "cue", "terms", "said", "at",
    "confidence", "evidence", "status", "names", "version", "created", "updated",
)  # fmt: skip


def write(session: Session, table: type[Table], columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows past the ORM, which would make an object of each; on PostgreSQL by COPY, the fastest way in."""
    if not rows:
        return
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        connection.execute(insert(table), [dict(zip(columns, row, strict=True)) for row in rows])
        return
    made = [table.__table__.c[name].type.dialect_impl(connection.dialect) for name in columns]
    process = [each.bind_processor(connection.dialect) or _as_it_is for each in made]
    into = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table.__tablename__), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    try:
        with connection.connection.cursor().copy(into) as copy:
            for row in rows:
                copy.write_row([to(value) for to, value in zip(process, row, strict=True)])
    except psycopg.Error as error:  # as SQLAlchemy, which COPY goes past, would have it
        raise DBAPIError.instance("COPY", None, error, psycopg.Error, dialect=connection.dialect) from error


def _as_it_is(value: Any) -> Any:
    return value


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


def complete(quote: Quote) -> None:
    """Derive from a quote's article, spans, speaker and `said` what its row repeats: text, cue, context, terms, names, at.

    Context spans are replaced.
    """
    text = quote.article.text
    parts: Parts = {"source": [], "cue": [], "content": []}
    for span in sorted(quote.spans, key=lambda span: span.position):
        if span.part != "context":
            parts[span.part] = [*parts[span.part], Span(span.start, span.end)]
    for column, value in words_of(text, parts).items():
        setattr(quote, column, value)
    quote.names = quote.speaker.indexed if quote.speaker else ""
    quote.at = at(quote.said, quote.article.published)
    start, end = context(parts, sentences(text))
    before = next((span for span in quote.spans if span.part == "context"), None)
    if before is None:
        quote.spans.append(QuoteSpan(part="context", position=0, start=start, end=end))
    else:
        before.start, before.end = start, end


def words_of(text: str, parts: Parts) -> dict[str, str]:
    """The columns of a quote that repeat words of its article: text, cue and terms."""
    quoted = extraction.quote_text(text, parts["content"])
    return {"text": quoted, "cue": fold(" ".join(span.of(text) for span in parts["cue"])), "terms": terms(quoted)}


def context(parts: Parts, within: Sequence[Span]) -> Span:
    """From the first to the last of a quote's spans, and the whole of the sentences in which they stand."""
    first = min(span.start for spans in parts.values() for span in spans)
    last = max(span.end for spans in parts.values() for span in spans)
    around = within[bisect_right(within, first, key=lambda s: s.end) : bisect_left(within, last, key=lambda s: s.start)]
    return Span(min([first, *(s.start for s in around)]), max([last, *(s.end for s in around)]))


def around(text: str, start: int, end: int) -> Span:
    """The sentences of a text in which [start, end) stands; of very long ones the words that are near."""
    first, last = max(0, start - LONGEST_AROUND), min(len(text), end + LONGEST_AROUND)
    while 0 < first < start and not text[first - 1].isspace():
        first += 1
    while end < last < len(text) and not text[last].isspace():
        last -= 1
    within = [Span(first + s.start, first + s.end) for s in sentences(text[first:last])]
    meant = [s for s in within if s.start < end and s.end > start]
    return Span(min([start, *(s.start for s in meant)]), max([end, *(s.end for s in meant)]))


def at(said: dt.date | None, published: dt.datetime | None) -> dt.datetime:
    """When a quote counts as said: the date that its text gives, else when its article was published, else UNDATED.

    To the second: so far the full-text index of SQLite can tell the times of two quotes apart.
    """
    return dt.datetime.combine(said, dt.time(), dt.UTC) if said else (published or UNDATED).replace(microsecond=0)


def forget(session: Session, article: Article) -> None:
    """Delete an article with its quotes and mentions; tenures that only it proved go too. Speakers and roles stay."""
    tenures = list(session.scalars(select(Tenure).join(Tenure.sightings).where(Sighting.article_id == article.id)))
    session.delete(article)
    session.flush()
    session.expire_all()
    for tenure in dict.fromkeys(tenures):
        if not tenure.sightings and tenure.started is None and tenure.ended is None:
            session.delete(tenure)
        else:
            see(session, tenure)


def see(session: Session, tenure: Tenure) -> None:
    """Set when a tenure was first and last seen, from the dates of the articles that prove it."""
    dates = select(func.min(Article.published), func.max(Article.published)).join(
        Sighting, Sighting.article_id == Article.id
    )
    first, last = session.execute(dates.where(Sighting.tenure_id == tenure.id)).one()
    tenure.first_seen, tenure.last_seen = first and first.date(), last and last.date()


def date(session: Session, article: Article, published: Published | None) -> None:
    """Give an article another date, and with it its quotes that say no date themselves, and the tenures that it proves."""
    article.published = published.moment if published else None
    article.published_has_time = bool(published and published.has_time)
    for quote in article.quotes:
        quote.at = at(quote.said, article.published)
    session.flush()
    for tenure in session.scalars(
        select(Tenure).join(Tenure.sightings).where(Sighting.article_id == article.id)
    ).unique():
        see(session, tenure)
