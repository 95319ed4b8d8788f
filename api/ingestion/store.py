"""From an extraction to rows: the one bridge between the engine and the database.

`stored` says whether an article is known; `store` writes it with all that was found in it, as api.ingestion.rows has it, in the caller's
transaction: the publisher, the speakers and roles known already or new, the article, its mentions, tenures with their
sightings, and quotes. Of a known one with another text it makes a new revision: see api.ingestion.revisions.

Who is the same speaker across articles is decided here. The same folded name and kind, or the same handle, is the same
speaker. Where several share the name, the one who has held a role that the article gives is meant; where that does not
decide, the article gets a speaker of its own: two that are one can be merged, a mix-up is hard to see.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session, defer

from api.database.bulk import among, new_ids, write
from api.extraction import Extraction, Span
from api.folding import fold, names_line, tails
from api.ingestion import duplicates as copies
from api.ingestion import revisions
from api.ingestion import rows as ready
from api.ingestion.article import GIVEN, Prepared
from api.ingestion.denormalised import Parts, at
from api.ingestion.rows import Office, Ready
from api.models import (
    Article,
    Mention,
    Name,
    NameTail,
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
from api.models.speaker import handle_folded, learn
from api.schemas.publisher import HOST
from api.search.index import statements as fulltext


@dataclass(slots=True)
class Stored:
    """What became of an article: "new", "changed" (a new revision) or "unchanged"; and so many of its quotes.

    Changed are those that reword others; gone are those that no longer stand, and that no other rewords.
    """

    article_id: int
    outcome: str
    quotes_new: int = 0
    quotes_changed: int = 0
    quotes_gone: int = 0


def stored(session: Session, prepared: Prepared) -> Article | None:
    """The article as it is stored already, if there is nothing new in it.

    It has the same URL and text, or no URL and a text that is stored; or the text is one that it had before: see
    revisions.brings_news.
    """
    [known] = stored_all(session, [prepared])
    return known


def stored_all(session: Session, batch: Sequence[Prepared]) -> list[Article | None]:
    """What `stored` says of each, asked together."""
    known = _Known(session, [(each.columns, each.publisher) for each in batch])
    found = [(each, known.article(each.columns)) for each in batch]
    return [
        article if isinstance(article, Article) and not revisions.brings_news(session, article, each.columns) else None
        for each, article in found
    ]


def store(session: Session, prepared: Prepared, found: Extraction) -> Stored:
    """Store an article with all that was found in it, in the session's transaction, or what has changed of it."""
    [outcome] = store_all(session, [Ready.of(prepared, found)])
    return outcome


def store_all(session: Session, batch: Sequence[Ready]) -> list[Stored]:
    """Store articles as `store` would one after the other, all in the session's transaction.

    What they share is looked up once and their rows are written together, so that the hundredth costs a fraction of the
    first. Whatever is raised is the whole batch's, and who wants the others stores each alone.
    """
    copies.alone(session)  # two that looked for a speaker at once would each add their own
    articles = [(each.columns, each.publisher) for each in batch]
    known = _Known(session, articles, to_change=True)
    outcomes: list[Stored] = []
    new: list[_New] = []
    with session.no_autoflush:  # each step flushes what the next one needs, once
        for each, article_id in zip(batch, new_ids(session, Article, len(batch)), strict=True):
            article = known.article(each.columns)
            if isinstance(article, _New) and article.text_hash != each.columns["text_hash"]:
                _write(session, new)  # twice in one batch: the second is a revision of the first
                new, known = [], _Known(session, articles, to_change=True)
                article = known.article(each.columns)
            if article is None:
                publisher = known.publisher(each.publisher, each.columns["url"])
                new.append(_New(Stored(article_id, "new"), each, publisher, each.columns["published"]))
            elif isinstance(article, _New) or not revisions.brings_news(session, article, each.columns):
                outcomes.append(Stored(article.id, "unchanged"))
                continue
            else:
                earlier = revisions.begin(session, article, each.columns)
                changed = Stored(article.id, "changed")
                new.append(_New(changed, each, article.publisher_id, article.published, earlier))
            outcomes.append(new[-1].stored)
            known.add(new[-1])
        _write(session, new)
    return outcomes


def _write(session: Session, new: Sequence[_New]) -> None:
    if not new:
        return
    _Storing(session, new).run()
    session.flush()
    for each in new:
        if each.earlier:
            each.earlier.finish()
    session.flush()
    if changed := [each.id for each in new if each.earlier]:
        copies.renew(session, changed)


class _Known:
    """What is known of the articles of a batch, given by their columns and publishers: those stored, and those to be."""

    def __init__(
        self, session: Session, batch: Sequence[tuple[dict[str, Any], str | None]], *, to_change: bool = False
    ) -> None:
        self.session = session
        self.by_url: dict[str, Article | _New] = {}
        self.by_hash: dict[str, Article | _New] = {}
        self.publishers: dict[tuple[str | None, str], int | None] = {}
        stored_ones = select(Article).options(defer(Article.text))
        if to_change:  # nobody else meanwhile; others may refer to it
            stored_ones = stored_ones.with_for_update(key_share=True)
        if urls := {columns["url"] for columns, _ in batch if columns["url"]}:
            for article in session.scalars(stored_ones.where(among(Article.url, urls))):
                self.by_url[article.url or ""] = article
        if hashes := {columns["text_hash"] for columns, _ in batch if not columns["url"]}:
            same = stored_ones.where(among(Article.text_hash, hashes)).order_by(Article.id.desc())
            self.by_hash |= {article.text_hash: article for article in session.scalars(same)}

    def article(self, columns: Mapping[str, Any]) -> Article | _New | None:
        """The article of this URL, or without a URL one of this text, if there is one."""
        url, text_hash = columns["url"], columns["text_hash"]
        if url:
            return self.by_url.get(url)
        known = self.by_hash.get(text_hash)
        return known if known and known.text_hash == text_hash else None  # it may have another text by now

    def add(self, article: _New) -> None:
        """Know an article from now on, with the text that it is to have."""
        if article.url:
            self.by_url[article.url] = article
        self.by_hash.setdefault(article.text_hash, article)

    def publisher(self, name: str | None, url: str | None) -> int | None:
        """The id of an article's publisher, as `publisher_of` says."""
        key = name, _host(url)
        if key not in self.publishers:
            publisher = publisher_of(self.session, name, url)
            self.publishers[key] = publisher.id if publisher else None
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


@dataclass(slots=True, eq=False)
class _Speaker:
    """A speaker as it is stored, or is to be: `id` is 0 until then. `names` are in order, `held` by office and status."""

    id: int
    kind: str
    handle: str | None
    names: dict[str, None] = field(default_factory=dict)
    held: dict[tuple[int, str], _Tenure] = field(default_factory=dict)

    @property
    def indexed(self) -> str:
        return names_line([*self.names, self.handle or ""])


@dataclass(slots=True, eq=False)
class _Tenure:
    """A tenure as it is stored, or is to be: `id` is 0 until then."""

    id: int
    first_seen: dt.date | None = None
    last_seen: dt.date | None = None

    def see(self, day: dt.date) -> bool:
        """Be dated by an article of that day; whether it changes a date."""
        before = self.first_seen, self.last_seen
        self.first_seen, self.last_seen = min(before[0] or day, day), max(before[1] or day, day)
        return before != (self.first_seen, self.last_seen)


@dataclass(slots=True)
class _New:
    """An article to store, and for each of its speakers who that is, and the ids of its roles with the status stated.

    `earlier` is what it had, where it is a changed one.
    """

    stored: Stored
    ready: Ready
    publisher_id: int | None
    published: dt.datetime | None
    earlier: revisions.Earlier | None = None
    speakers: list[_Speaker] = field(default_factory=list)
    roles: list[list[tuple[int, str]]] = field(default_factory=list)

    @property
    def id(self) -> int:
        return self.stored.article_id

    @property
    def url(self) -> str | None:
        url: str | None = self.ready.columns["url"]
        return url

    @property
    def text_hash(self) -> str:
        return str(self.ready.columns["text_hash"])


class _Storing:
    """New articles being stored together: their speakers, roles and tenures first, then the rows that refer to them."""

    def __init__(self, session: Session, new: Sequence[_New]) -> None:
        self.session, self.new, self.moment = session, new, now()
        self.named: dict[str, list[_Speaker]] = defaultdict(list)  # by each folded name, the first stored first
        self.by_handle: dict[str, _Speaker] = {}
        self.added: list[_Speaker] = []
        self.names: list[tuple[_Speaker, str, str]] = []  # that are to be added, with how they are folded
        self.renamed: dict[_Speaker, None] = {}  # of those stored already, which got a name or a handle
        self.handled: dict[_Speaker, None] = {}  # and which got a handle
        self.begun: list[tuple[_Speaker, tuple[int, str], _Tenure]] = []
        self.seen: dict[_Tenure, None] = {}  # of those stored already, which got another date
        self.proofs: dict[tuple[_Tenure, int, int, int], None] = {}

    def run(self) -> None:
        self.articles()
        self.roles()
        self.look_up()
        for each in self.new:
            self.speakers(each)
            self.hold(each)
        self.people()
        # Of a changed one see _write.
        self.rows(copies.add(self.session, {each.id: each.ready.text for each in self.new if not each.earlier}))

    def articles(self) -> None:
        """Write the rows of those that are new."""
        rows = [
            (each.id, each.publisher_id, *map(each.ready.columns.__getitem__, _GIVEN), 1, self.moment, self.moment)
            for each in self.new
            if not each.earlier
        ]
        write(self.session, Article, ("id", "publisher_id", *_GIVEN, *_MUTABLE), rows)

    def roles(self) -> None:
        """Give each article the ids of its speakers' roles; new ones are written."""
        said = dict.fromkeys(role[0] for each in self.new for speaker in each.ready.speakers for role in speaker.roles)
        stated = {office: Role.of(*office) for office in said}
        known = select(Role.folded, Role.id).where(among(Role.folded, (role.folded for role in stated.values())))
        ids: dict[str, int] = dict(self.session.execute(known).all()) if stated else {}
        missing: dict[str, Role] = {}
        for role in stated.values():
            if role.folded not in ids:
                missing.setdefault(role.folded, role)
        ids |= zip(missing, new_ids(self.session, Role, len(missing)), strict=True)
        made = ("title", "organisation", "country", "folded", "title_folded", "organisation_folded")
        rows = [
            (ids[role.folded], *(getattr(role, name) for name in made), 1, self.moment, self.moment)
            for role in missing.values()
        ]
        write(self.session, Role, ("id", *made, *_MUTABLE), rows)
        of: dict[Office, int] = {office: ids[role.folded] for office, role in stated.items()}
        for each in self.new:
            each.roles = [[(of[office], status) for office, status, *_ in s.roles] for s in each.ready.speakers]

    def look_up(self) -> None:
        """Find who is called as the articles' speakers are, and what they have held."""
        every = [speaker for each in self.new for speaker in each.ready.speakers]
        known: dict[int, _Speaker] = {}

        def met(speaker_id: int, kind: str, handle: str | None) -> _Speaker:
            return known.setdefault(speaker_id, _Speaker(speaker_id, kind, handle))

        called = select(Name.folded, Speaker.id, Speaker.kind, Speaker.handle).join(Name.speaker).distinct()
        if keys := {speaker.names[0][1] for speaker in every if speaker.names[0][1]}:
            for row in self.session.execute(called.where(among(Name.folded, keys)).order_by(Speaker.id)):
                self.named[row.folded].append(met(row.id, row.kind, row.handle))
        handled = select(Speaker.id, Speaker.kind, Speaker.handle).order_by(Speaker.id.desc())
        if handles := {speaker.handle for speaker in every if speaker.handle}:
            for found in self.session.execute(handled.where(among(Speaker.handle, handles))):
                self.by_handle[found.handle or ""] = met(found.id, found.kind, found.handle)
        if not known:
            return
        names = select(Name.speaker_id, Name.name).where(among(Name.speaker_id, known)).order_by(Name.id)
        for speaker_id, name in self.session.execute(names):
            known[speaker_id].names[name] = None
        seen = (Tenure.first_seen, Tenure.last_seen)
        tenures = select(Tenure.speaker_id, Tenure.role_id, Tenure.status, Tenure.id, *seen)
        for held in self.session.execute(tenures.where(among(Tenure.speaker_id, known))):
            tenure = _Tenure(held.id, held.first_seen, held.last_seen)
            known[held.speaker_id].held[held.role_id, held.status] = tenure

    def speakers(self, new: _New) -> None:
        """Say who the article's speakers are, known or new, and let them go by every way that it writes their names."""
        who = new.speakers
        for found, held in zip(new.ready.speakers, new.roles, strict=True):
            speaker = self.by_handle.get(found.handle) if found.handle else None
            if speaker is None or speaker in who:
                called = self.named[found.names[0][1]] if found.names[0][1] else []
                same = [s for s in called if s.kind == found.kind and s not in who]
                before = new.earlier.speakers if new.earlier else ()
                speaker = _meant([s for s in same if s.id in before] or same, {role for role, _ in held})
            if speaker is None:
                speaker = _Speaker(0, found.kind, None)
                self.added.append(speaker)
            self.call(speaker, found)
            who.append(speaker)

    def call(self, speaker: _Speaker, found: ready.Speaker) -> None:
        """Let a speaker go by the names and the handle of one that was found too."""
        changed = False
        if found.handle and not speaker.handle:
            speaker.handle, changed = found.handle, True
            self.by_handle.setdefault(found.handle, speaker)
            if speaker.id:
                self.handled[speaker] = None
        for name, folded in found.names:
            if name not in speaker.names:
                changed = True
                speaker.names[name] = None
                self.names.append((speaker, name, folded))
                if folded and speaker not in self.named[folded]:
                    self.named[folded].append(speaker)
        if changed and speaker.id:
            self.renamed[speaker] = None

    def hold(self, new: _New) -> None:
        """Record that each speaker of the article held each role, and the spans that say so."""
        day = new.published.astimezone(dt.UTC).date() if new.published else None
        for found, speaker, held in zip(new.ready.speakers, new.speakers, new.roles, strict=True):
            for (_, _, start, end), key in zip(found.roles, held, strict=True):
                tenure = speaker.held.get(key)
                if tenure is None:
                    tenure = speaker.held[key] = _Tenure(0)
                    self.begun.append((speaker, key, tenure))
                if day and tenure.see(day) and tenure.id:
                    self.seen[tenure] = None
                self.proofs[tenure, new.id, start, end] = None

    def people(self) -> None:
        """Write the new speakers, names and tenures, and what has changed of others."""
        session, moments = self.session, (1, self.moment, self.moment)
        for speaker, speaker_id in zip(self.added, new_ids(session, Speaker, len(self.added)), strict=True):
            speaker.id = speaker_id
        rows = [(s.id, s.kind, next(iter(s.names)), s.handle, handle_folded(s.handle), *moments) for s in self.added]
        write(session, Speaker, ("id", "kind", "name", "handle", "handle_folded", *_MUTABLE), rows)
        ids = new_ids(session, Name, len(self.names))
        names = [(i, speaker.id, name, folded) for i, (speaker, name, folded) in zip(ids, self.names, strict=True)]
        write(session, Name, ("id", "speaker_id", "name", "folded"), names)
        of_names = [(name_id, *tail) for name_id, _, name, _ in names for tail in tails(name)]
        write(session, NameTail, ("name_id", "folded", "written"), of_names)
        learn(session, [folded for *_, folded in names])
        for (*_, tenure), i in zip(self.begun, new_ids(session, Tenure, len(self.begun)), strict=True):
            tenure.id = i
        write(
            session,
            Tenure,
            ("id", "speaker_id", "role_id", "status", "first_seen", "last_seen", *_MUTABLE),
            [(t.id, speaker.id, *key, t.first_seen, t.last_seen, *moments) for speaker, key, t in self.begun],
        )
        self.change(Tenure, "first_seen", "last_seen", rows=[(t.id, t.first_seen, t.last_seen) for t in self.seen])
        handles = [(speaker.id, speaker.handle, handle_folded(speaker.handle)) for speaker in self.handled]
        self.change(Speaker, "handle", "handle_folded", rows=handles)
        for speaker in self.renamed:
            fulltext.rename(session, speaker.id, speaker.indexed)

    def change(self, table: type[Speaker | Tenure], *columns: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Set these columns of rows, each given by its id and the values."""
        if rows:
            changed = update(table).where(table.id == bindparam("of"))
            values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in columns}
            values |= {"version": table.version + 1, "updated": self.moment}
            keys = ("of", *(f"new_{name}" for name in columns))
            self.session.connection().execute(
                changed.values(values), [dict(zip(keys, row, strict=True)) for row in rows]
            )

    def rows(self, texts: Mapping[int, int]) -> None:
        """Write the mentions, sightings and quotes of all articles.

        `texts` says whose text each article carries (api.ingestion.duplicates).
        """
        write(
            self.session,
            Mention,
            ("article_id", "speaker_id", "start", "end", "how", "rule", "confidence"),
            [
                (new.id, speaker.id, *mention)
                for new in self.new
                for found, speaker in zip(new.ready.speakers, new.speakers, strict=True)
                for mention in found.mentions
            ],
        )
        sightings = [(tenure.id, *place) for tenure, *place in self.proofs]
        write(self.session, Sighting, ("tenure_id", "article_id", "start", "end"), sightings)
        indexed = {speaker: speaker.indexed for new in self.new for speaker in new.speakers}
        quotes: list[tuple[Any, ...]] = []
        parts: list[Iterable[tuple[str, int, int, int]]] = []
        said: list[tuple[Any, ...]] = []
        rewords: list[int | None] = []
        moved: list[tuple[int, Parts]] = []
        for new in self.new:
            first = len(quotes)
            status = GIVEN if new.ready.columns["engine"] == GIVEN else "extracted"
            for quote in new.ready.quotes:
                speaker = None if quote.speaker is None else new.speakers[quote.speaker]
                role_id, held = None, "held"
                if quote.speaker is not None and quote.role is not None:
                    role_id, held = new.roles[quote.speaker][quote.role]
                speaker_id, names = (speaker.id, indexed[speaker]) if speaker else (None, "")
                moment_said = at(quote.said, new.published)
                parts.append(quote.spans)
                said.append((texts.get(new.id, -new.id), speaker_id, quote.act, quote.terms, moment_said))
                quotes.append(
                    (
                        new.id, new.publisher_id, speaker_id, role_id, held, quote.kind, quote.medium, quote.act, quote.text,
                        quote.cue, quote.terms, quote.said, moment_said, quote.confidence, quote.evidence, status, names,
                        1, self.moment, self.moment, 1,
                    )
                )  # fmt: skip
            rewords += [None] * (len(quotes) - len(rewords))
            if new.earlier:
                every = zip(quotes[first:], parts[first:], strict=True)
                left = new.earlier.settle(
                    [
                        revisions.Found(dict(zip(_QUOTE[1:-1], row, strict=True)), _by_part(spans))
                        for row, spans in every
                    ]
                )
                quotes[first:] = [tuple(each.columns.values()) for each in left]
                parts[first:] = [_spans(each.spans) for each in left]
                rewords[first:] = [each.rewords for each in left]
                said[first:] = [  # until copies.renew compares the new text: as of no other article
                    (-new.id, *(each.columns[name] for name in ("speaker_id", "act", "terms", "at"))) for each in left
                ]
                moved += new.earlier.moved
                new.stored.quotes_gone = new.earlier.gone
            new.stored.quotes_changed = sum(each is not None for each in rewords[first:])
            new.stored.quotes_new = len(quotes) - first - new.stored.quotes_changed
        quote_ids = new_ids(self.session, Quote, len(quotes))
        same = [copies.Said(i, *each) for i, each in zip(quote_ids, said, strict=True)]
        repeats = copies.repeated(self.session, same, texts)
        rows = [(i, *quote, repeats.pop(i, None)) for i, quote in zip(quote_ids, quotes, strict=True)]
        # What they refer to first; then in the order in which SQLite's full-text index has them (api.search.index.statements.place), which
        # writes a segment for what it holds in memory whenever a row comes that belongs before the last one.
        rows.sort(key=lambda row: (row[-1] is not None, row[_AT], row[0]))
        write(self.session, Quote, _QUOTE, rows)
        copies.follow(self.session, repeats)
        every_part = [*zip(quote_ids, parts, strict=True), *((quote_id, _spans(spans)) for quote_id, spans in moved)]
        write(
            self.session,
            QuoteSpan,
            ("quote_id", "part", "position", "start", "end"),
            [(quote_id, *span) for quote_id, spans in every_part for span in spans],
        )
        rewording = zip(quote_ids, rewords, strict=True)
        write(self.session, Rewording, ("quote_id", "earlier_id"), [pair for pair in rewording if pair[1]])


_MUTABLE = ("version", "created", "updated")
_GIVEN = (
    "url", "title", "author", "language", "published", "published_has_time", "text", "text_hash", "engine", "terms",
)  # fmt: skip
_QUOTE = (
    "id", "article_id", "publisher_id", "speaker_id", "role_id", "role_status", "kind", "medium", "act", "text", "cue", "terms",
    "said", "at", "confidence", "evidence", "status", "names", "version", "created", "updated", "first_revision", "copy_of_id",
)  # fmt: skip
_AT = _QUOTE.index("at")


def _meant(same: Sequence[_Speaker], roles: set[int]) -> _Speaker | None:
    """The speaker of this name who is meant: the only one, else the only one who has held one of the roles."""
    if len(same) > 1 and roles:
        same = [speaker for speaker in same if any(role in roles for role, _ in speaker.held)]
    return same[0] if len(same) == 1 else None


def _by_part(spans: Iterable[tuple[str, int, int, int]]) -> Parts:
    """Rows of spans, in order, as the spans of each part."""
    parts: dict[str, list[Span]] = {"source": [], "cue": [], "content": [], "context": []}
    for part, _, start, end in spans:
        parts[part].append(Span(start, end))
    return {**parts}


def _spans(parts: Parts) -> Iterator[tuple[str, int, int, int]]:
    """The spans of each part as rows."""
    return ((part, position, *span) for part, spans in parts.items() for position, span in enumerate(spans))
