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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session, selectinload
from trafilatura import bare_extraction

from api import extraction, search
from api.extraction import Extraction, Span
from api.extraction.sentences import sentences
from api.folding import fold, terms
from api.models import Article, Mention, Name, Publisher, Quote, QuoteSpan, Role, Sighting, Speaker, Tenure
from api.models.quote import UNDATED

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


class Unreadable(ValueError):
    """The HTML holds no article text that can be found, or the text has no words."""


class TextDiffers(ValueError):
    """The URL is stored with another text, as the article `article_id`."""

    def __init__(self, article_id: int) -> None:
        super().__init__(f"the URL is stored with another text, as article {article_id}")
        self.article_id = article_id


class Published(NamedTuple):
    """When an article was published: a moment, and whether its time is known; a date alone is its midnight in UTC."""

    moment: dt.datetime
    has_time: bool


@dataclass(frozen=True, slots=True)
class Prepared:
    """An article ready to look up, extract and store: its columns, and its publisher's name if given."""

    columns: dict[str, Any]
    publisher: str | None


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
        "engine": extraction.VERSION,
        "terms": terms(found.get("title") or "", found["text"]),
    }
    return Prepared(columns, found.get("publisher"))


def extract(prepared: Prepared) -> Extraction:
    """What the engine finds in the article. Takes about a tenth of a second for 800 words, and no database."""
    published = prepared.columns["published"]
    return extraction.extract(prepared.columns["text"], published=published and published.date())


def extract_json(body: Mapping[str, Any]) -> dict[str, Any]:
    """What the engine finds in {text, published?}, as its documented JSON; nothing is stored."""
    published = body.get("published")
    return extraction.extract(body["text"], published=published and published.moment.date()).as_json()


def _read_html(html: str, url: str | None) -> dict[str, Any]:
    """The article in a page, by trafilatura: its text with an empty line between paragraphs, and its metadata."""
    try:
        page = bare_extraction(html, url=url, with_metadata=True, include_comments=False, include_tables=False)
    except (ValueError, RecursionError):
        page = None
    if page is None or isinstance(page, dict) or not page.text:
        raise Unreadable("no article text was found in the HTML")
    paragraphs = (" ".join(line.split()) for line in page.text.splitlines())
    found: dict[str, Any] = {"text": "\n\n".join(filter(None, paragraphs))}
    for field, value in (("title", page.title), ("author", page.author), ("publisher", page.sitename)):
        line = " ".join((value or "").split())[:LONGEST_NAME]
        if line:
            found[field] = line
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
    """The article as it is stored already: the same URL and text, or no URL and a text that is stored. Raises TextDiffers."""
    columns = prepared.columns
    if not columns["url"]:
        return session.scalar(
            select(Article).where(Article.text_hash == columns["text_hash"]).order_by(Article.id).limit(1)
        )
    known = session.scalar(select(Article).where(Article.url == columns["url"]))
    if known and known.text_hash != columns["text_hash"]:
        raise TextDiffers(known.id)
    return known


def store(session: Session, prepared: Prepared, found: Extraction) -> tuple[Article, bool]:
    """Store an article with all that was found in it, in the session's transaction; False when it is stored already.

    Raises TextDiffers.
    """
    if session.get_bind().dialect.name == "postgresql":
        # One store at a time, as SQLite has it anyhow: two that looked for a speaker at once would each add their own.
        session.execute(select(func.pg_advisory_xact_lock(_STORING)))
    known = stored(session, prepared)
    if known:
        return known, False
    publisher = publisher_of(session, prepared.publisher, prepared.columns["url"])
    article = Article(**prepared.columns, publisher=publisher)
    session.add(article)
    session.flush()
    _Storing(session, article, found).run()
    session.flush()
    return article, True


_STORING = 8467  # any number, the same in every process


def publisher_of(session: Session, name: str | None, url: str | None) -> Publisher | None:
    """The publisher of this name, else (when no name is given) of the URL's host; new where there is none yet.

    A new publisher gets the host as its domain, unless another has it.
    """
    host = (urlsplit(url).hostname or "").removeprefix("www.") if url else ""
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
    return publisher


class _Storing:
    """One article being stored: the extraction's speakers and roles beside their rows."""

    def __init__(self, session: Session, article: Article, found: Extraction) -> None:
        self.session, self.article, self.found = session, article, found
        self.day = article.published.astimezone(dt.UTC).date() if article.published else None

    def run(self) -> None:
        with self.session.no_autoflush:  # each step flushes what the next one needs, once
            roles = self.roles()
            speakers = self.speakers(roles)
            self.mentions(speakers)
            self.tenures(speakers, roles)
            self.quotes(speakers, roles)

    def roles(self) -> list[list[tuple[Role, str]]]:
        """For each speaker its roles as rows, each with the status that its title states."""
        wanted: list[list[tuple[Role, str]]] = []
        for speaker in self.found.speakers:
            wanted.append([])
            for role in speaker.roles:
                status, title = split_status(role.title)
                organisation = role.organisation and role.organisation[:LONGEST_NAME]
                wanted[-1].append((Role.of(title[:LONGEST_NAME], organisation, role.country), status))
        keys = {role.folded for held in wanted for role, _ in held}
        rows = {role.folded: role for role in self.session.scalars(select(Role).where(Role.folded.in_(keys)))}
        for held in wanted:
            for row, _ in held:
                if row.folded not in rows:
                    rows[row.folded] = row
                    self.session.add(row)
        self.session.flush()
        return [[(rows[role.folded], status) for role, status in held] for held in wanted]

    def speakers(self, roles: list[list[tuple[Role, str]]]) -> list[Speaker]:
        """For each speaker its row, known or new, with every way the article writes its name."""
        spellings = [self.spellings(index) for index in range(len(self.found.speakers))]
        handles = [found.handle and found.handle[:LONGEST_HANDLE] for found in self.found.speakers]
        keys = {fold(names[0])[:1000] for names in spellings} - {""}
        known: dict[str, list[Speaker]] = {}
        for folded, speaker in self.session.execute(
            select(Name.folded, Speaker)
            .join(Name.speaker)
            .where(Name.folded.in_(keys))
            .distinct()
            .order_by(Speaker.id)
            .options(selectinload(Speaker.names))
        ):
            known.setdefault(folded, []).append(speaker)
        with_handle = select(Speaker).where(Speaker.handle.in_(filter(None, handles))).order_by(Speaker.id.desc())
        by_handle = {speaker.handle: speaker for speaker in self.session.scalars(with_handle)}
        rows: list[Speaker] = []
        for found, names, handle, held in zip(self.found.speakers, spellings, handles, roles, strict=True):
            row = by_handle.get(handle) if handle else None
            if row is None or row in rows:
                same = [s for s in known.get(fold(names[0])[:1000], []) if s.kind == found.kind and s not in rows]
                row = self.meant(same, [role for role, _ in held])
            if row is None:
                row = Speaker(kind=found.kind, name=names[0])
                self.session.add(row)
            self.add_names(row, names, handle)
            rows.append(row)
        self.session.flush()
        return rows

    def spellings(self, index: int) -> list[str]:
        """The speaker's name and each other way in which the article writes it in full."""
        found = self.found.speakers[index]
        full = [m.span.of(self.article.text) for m in found.mentions if m.how == "full"]
        names = [" ".join(name.split())[:LONGEST_NAME] for name in [found.name, *full]]
        return [names[0], *(name for name in dict.fromkeys(names) if name != names[0] and fold(name))]

    def meant(self, same: Sequence[Speaker], roles: Sequence[Role]) -> Speaker | None:
        """The speaker of this name who is meant: the only one, else the only one who has held one of the roles."""
        if len(same) > 1 and roles:
            held = select(Tenure.speaker_id).where(
                Tenure.speaker_id.in_([s.id for s in same]), Tenure.role_id.in_([role.id for role in roles])
            )
            holders = set(self.session.scalars(held))
            same = [speaker for speaker in same if speaker.id in holders]
        return same[0] if len(same) == 1 else None

    def add_names(self, speaker: Speaker, names: Iterable[str], handle: str | None) -> None:
        """Let a speaker go by these names and this handle too, and its quotes be found by them."""
        before = speaker.indexed
        speaker.handle = speaker.handle or handle
        for name in names:
            add_name(speaker, name)
        if speaker.id and speaker.indexed != before:
            self.session.flush()
            search.rename(self.session, speaker)

    def mentions(self, speakers: Sequence[Speaker]) -> None:
        """Record every mention of each speaker."""
        rows = [
            {
                "article_id": self.article.id,
                "speaker_id": speaker.id,
                "start": mention.span.start,
                "end": mention.span.end,
                "how": mention.how,
                "rule": mention.rule,
                "confidence": mention.confidence,
            }
            for found, speaker in zip(self.found.speakers, speakers, strict=True)
            for mention in found.mentions
        ]
        if rows:
            self.session.execute(insert(Mention), rows)

    def tenures(self, speakers: Sequence[Speaker], roles: Sequence[Sequence[tuple[Role, str]]]) -> None:
        """Record that each speaker held each role, and the spans that say so."""
        ids = [speaker.id for speaker in speakers]
        rows = {
            (tenure.speaker_id, tenure.role_id, tenure.status): tenure
            for tenure in self.session.scalars(select(Tenure).where(Tenure.speaker_id.in_(ids)))
        }
        proofs: dict[tuple[Tenure, Span], None] = {}
        for found, speaker, held in zip(self.found.speakers, speakers, roles, strict=True):
            for stated, (role, status) in zip(found.roles, held, strict=True):
                key = (speaker.id, role.id, status)
                tenure = rows.get(key)
                if tenure is None:
                    tenure = rows[key] = Tenure(speaker_id=speaker.id, role_id=role.id, status=status)
                    self.session.add(tenure)
                if self.day:
                    tenure.first_seen = min(tenure.first_seen or self.day, self.day)
                    tenure.last_seen = max(tenure.last_seen or self.day, self.day)
                proofs[tenure, stated.span] = None
        self.session.flush()
        sightings = [
            {"tenure_id": tenure.id, "article_id": self.article.id, "start": span.start, "end": span.end}
            for tenure, span in proofs
        ]
        if sightings:
            self.session.execute(insert(Sighting), sightings)

    def quotes(self, speakers: Sequence[Speaker], roles: Sequence[Sequence[tuple[Role, str]]]) -> None:
        """Store every quote, each once it is complete."""
        within = sentences(self.article.text)
        self.session.add_all([self.quote(found, speakers, roles, within) for found in self.found.quotes])

    def quote(
        self,
        found: extraction.Quote,
        speakers: Sequence[Speaker],
        roles: Sequence[Sequence[tuple[Role, str]]],
        within: Sequence[Span],
    ) -> Quote:
        """The row of one extracted quote; `within` are the sentences of the article."""
        role, status = None, "held"
        if found.speaker is not None and found.role is not None:
            role, status = roles[found.speaker][found.role]
        quote = Quote(
            article=self.article,
            speaker=None if found.speaker is None else speakers[found.speaker],
            role=role,
            role_status=status,
            kind=found.kind,
            medium=found.medium,
            act=found.act,
            said=found.said,
            confidence=found.confidence,
            evidence=[{"span": list(link.span), "rule": link.rule} for link in found.evidence],
            status="extracted",
        )
        for part, spans in (("source", found.source), ("cue", found.cue), ("content", found.content)):
            quote.spans += [
                QuoteSpan(part=part, position=position, start=span.start, end=span.end)
                for position, span in enumerate(spans)
            ]
        complete(quote, within)
        return quote


def add_name(speaker: Speaker, name: str) -> None:
    """Add one way to write a speaker's name, unless it is known."""
    if name not in [known.name for known in speaker.names]:
        speaker.names.append(Name.of(name))


def split_status(title: str) -> tuple[str, str]:
    """A title's status (held, acting, former) and the title without the word that says it.

    >>> split_status("former Prime Minister")
    ('former', 'Prime Minister')
    """
    match = _STATUS.match(title)
    if not match or match.end() == len(title):
        return "held", title
    return ("former" if match["former"] else "acting"), title[match.end() :]


def complete(quote: Quote, within: Sequence[Span] | None = None) -> None:
    """Derive from a quote's article, spans, speaker and `said` what its row repeats: text, cue, context, terms, names, at.

    `within` are the sentences of the article's text where the caller has them. Context spans are replaced.
    """
    article = quote.article
    parts: dict[str, list[Span]] = {"source": [], "cue": [], "content": []}
    for span in sorted(quote.spans, key=lambda span: span.position):
        parts.setdefault(span.part, []).append(Span(span.start, span.end))
    quote.text = extraction.quote_text(article.text, parts["content"])
    quote.cue = fold(" ".join(span.of(article.text) for span in parts["cue"]))
    quote.terms = terms(quote.text)
    quote.names = quote.speaker.indexed if quote.speaker else ""
    quote.at = at(quote)
    first = min(span.start for part in ("source", "cue", "content") for span in parts[part])
    last = max(span.end for part in ("source", "cue", "content") for span in parts[part])
    within = sentences(article.text) if within is None else within
    around = within[bisect_right(within, first, key=lambda s: s.end) : bisect_left(within, last, key=lambda s: s.start)]
    start, end = min([first, *(s.start for s in around)]), max([last, *(s.end for s in around)])
    context = next((span for span in quote.spans if span.part == "context"), None)
    if context is None:
        quote.spans.append(QuoteSpan(part="context", position=0, start=start, end=end))
    else:
        context.start, context.end = start, end


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


def at(quote: Quote) -> dt.datetime:
    """When a quote counts as said: the date that its text gives, else when its article was published, else UNDATED.

    To the second: so far the full-text index of SQLite can tell the times of two quotes apart.
    """
    if quote.said:
        return dt.datetime.combine(quote.said, dt.time(), dt.UTC)
    return (quote.article.published or UNDATED).replace(microsecond=0)


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
        quote.at = at(quote)
    session.flush()
    for tenure in session.scalars(
        select(Tenure).join(Tenure.sightings).where(Sighting.article_id == article.id)
    ).unique():
        see(session, tenure)
