"""Feeds: RSS and Atom feeds are polled, and their new entries become articles.

1. A feed is fetched when it is due, with the ETag and date of the last answer. It is due after POLL_INTERVAL, or later if it
   asks for that (`ttl`, Cache-Control, Retry-After) or has failed.
2. Each new or changed entry becomes an article: from its own content if that is the whole article, else from the page that
   it links to.
3. The article and its entry are stored in one transaction. Fetching and extraction come before it.

The next polls retry an entry that fails, MAX_POLLS times in all. Until then the feed's ETag is not kept: with it the server
would not send the entry again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import html
import io
import re
import time
from calendar import timegm
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import feedparser
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from api.database.engine import reading, writing
from api.ingestion import pipeline
from api.ingestion.article import Published, extract
from api.ingestion.pipeline import Extract, Failure
from api.ingestion.store import Stored
from api.models import Article, Feed, FeedEntry, now
from api.sources.web import ACCEPT_FEEDS, Answer, NotFetched, Web, parse_web_url

# Between two polls of a feed: nobody minds four an hour that are mostly answered 304.
POLL_INTERVAL = dt.timedelta(minutes=15)
MAX_POLL_INTERVAL = dt.timedelta(days=1)  # whatever a feed asks for, or however often it failed
MAX_POLLS = 3  # that try one entry
MAX_ENTRIES = 200  # of one poll, the newest; feeds have ten to a hundred
PAUSE_SECONDS = 1.0  # seconds between two pages of one feed, or as many as robots.txt asks for
MAX_PAUSE_SECONDS = 30.0
# Words of an entry's own content that make it the article. Announcements and beginnings have 20 to 80.
MIN_CONTENT_WORDS = 150
MAX_TITLE_CHARACTERS = 1000
_MAX_AGE = re.compile(r"max-age\s*=\s*([0-9]{1,8})", re.IGNORECASE)
_TAGS = re.compile("<[^>]*>")


class NotPolled(ValueError):
    """The feed could not be read. The message says why, on one line."""


class Outcome(NamedTuple):
    """The outcome of an entry: its link or title, and "new", "changed" or "unchanged", or why it failed.

    `note` says why its article has no quotes, if it is not in English.
    """

    entry: str
    became: str
    failed: bool = False
    note: str | None = None


class _Entry(NamedTuple):
    """The part of an entry that is used. `key` identifies it in later polls, and `digest` changes when it does."""

    key: str
    digest: str
    link: str | None
    title: str | None
    published: Published | None
    content: str | None  # HTML

    @property
    def name(self) -> str:
        return self.link or self.title or "an entry without link and title"

    @property
    def is_article(self) -> bool:
        """True if the entry's own content is the article. Without a link there is nothing else."""
        if not self.content:
            return False
        return self.link is None or len(_TAGS.sub(" ", self.content).split()) >= MIN_CONTENT_WORDS


class _Content(NamedTuple):
    """The part of a feed that is used. `ttl` is the minutes that it asks to wait between polls, as it writes them."""

    title: str | None
    ttl: str | None
    entries: list[_Entry]


class _State(NamedTuple):
    """What the database has of an entry that is to be read."""

    article_id: int | None  # that it became before
    tries: int  # of the entry as it is now
    stored_id: int | None  # an article with its link, if the entry itself is new


def add(session: Session, url: str) -> Feed | None:
    """Add the feed at `url` and return it; None if it is known. Raise NotFetched for a URL that is never fetched."""
    url = parse_web_url(url).url
    if session.scalar(select(Feed).where(Feed.url == url)):
        return None
    feed = Feed(url=url)
    session.add(feed)
    return feed


def poll(
    engine: Engine, web: Web, feed_id: int, pause: float = PAUSE_SECONDS, *, extract: Extract = extract
) -> Iterator[Outcome]:
    """Poll a feed, store its new and changed entries, and yield the outcome of each.

    Between two pages it pauses for `pause` seconds, or longer if robots.txt of the host asks for it. Raise NotPolled. Store
    in either case when the feed is due next.
    """
    answer, content = _fetch(engine, web, feed_id)
    if content is None:
        _finish(engine, feed_id, wait=_wait(answer.headers, None))
        return
    retry = fetched_before = False
    for entry in content.entries:
        state = _state(engine, feed_id, entry)
        if state is None:
            continue
        if state.stored_id:
            _save_entry(engine, feed_id, entry, state.stored_id)
            yield Outcome(entry.name, "unchanged")
            continue
        if not entry.is_article:
            if fetched_before:
                time.sleep(min(max(pause, web.crawl_delay(entry.link or answer.url)), MAX_PAUSE_SECONDS))
            fetched_before = True
        became = _store(engine, web, feed_id, entry, extract)
        if isinstance(became, Failure):
            tries = MAX_POLLS if became.name == "invalid" else state.tries + 1  # what is invalid stays so
            retry = retry or tries < MAX_POLLS
            _save_entry(engine, feed_id, entry, state.article_id, tries=tries, error=became.reason)
            yield Outcome(entry.name, became.reason, failed=True)
        else:
            yield Outcome(entry.name, became.outcome, note=became.note)
    _finish(
        engine,
        feed_id,
        wait=_wait(answer.headers, content.ttl),
        title=content.title,
        etag=None if retry else answer.headers.get("ETag"),
        modified=None if retry else answer.headers.get("Last-Modified"),
    )


def _fetch(engine: Engine, web: Web, feed_id: int) -> tuple[Answer, _Content | None]:
    """Return the answer to the poll and the feed in it, or None if it has not changed.

    Raise NotPolled; then the feed waits twice as long as after the failure before.
    """
    with reading(engine) as session:
        feed = session.get_one(Feed, feed_id)
        url, failures = feed.url, feed.failures
        conditions = {"If-None-Match": feed.etag, "If-Modified-Since": feed.modified}
    try:
        answer = web.get(url, ACCEPT_FEEDS, {name: value for name, value in conditions.items() if value})
        return answer, None if answer.status == 304 else _parse(answer)
    except (NotFetched, NotPolled) as error:
        asked = dt.timedelta(seconds=getattr(error, "retry_after", None) or 0)
        wait = max(POLL_INTERVAL * 2 ** min(failures, 10), asked)
        _finish(engine, feed_id, wait=wait, failures=failures + 1, error=str(error))
        raise NotPolled(str(error)) from None


def _parse(answer: Answer) -> _Content:
    """Return the feed in an answer, with each entry once and the oldest first. Raise NotPolled."""
    kind = answer.headers.get("Content-Type", "")
    # Bytes go in as a stream: a string might be taken for a URL or a path. The headers say what relative links start from.
    headers = {"content-location": answer.url, "content-type": kind}
    found = feedparser.parse(io.BytesIO(answer.body), response_headers=headers)
    if not found.get("version"):
        raise NotPolled(f"it is no RSS or Atom feed ({answer.media_type[:60] or 'of no known type'})")
    entries = {entry.key: entry for entry in map(_parse_entry, found.entries[:MAX_ENTRIES])}
    return _Content(_one_line(found.feed.get("title")), found.feed.get("ttl"), list(reversed(entries.values())))


def _parse_entry(found: Any) -> _Entry:
    link: str | None
    try:
        link = parse_web_url(found.get("link", "")).url
    except NotFetched:
        link = None
    content = max((part.get("value", "") for part in found.get("content", [])), key=len, default="")
    title = _one_line(found.get("title"))
    # dict.get, since feedparser's own get gives one date in place of the other, and warns.
    dates = [dict.get(found, f"{name}_parsed") for name in ("published", "updated")]
    moment = dates[0] or dates[1]
    published = None
    if moment and 1 <= moment.tm_year <= 9999:
        published = Published(dt.datetime.fromtimestamp(timegm(moment), dt.UTC), has_time=True)
    key = found.get("id") or link or f"{title}\n{content}"
    digest = repr([list(map(repr, dates)), title, found.get("summary"), content])
    return _Entry(_sha256(key), _sha256(digest), link, title, published, content or None)


def _one_line(markup: Any) -> str | None:
    """Return a title as one line of text. feedparser leaves markup and entities in some."""
    line = " ".join(html.unescape(_TAGS.sub("", str(markup or ""))).replace("\0", "").split())
    return line[:MAX_TITLE_CHARACTERS] or None


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _state(engine: Engine, feed_id: int, entry: _Entry) -> _State | None:
    """Return what the database has of an entry. Return None to skip it: unchanged, its article deleted, or tried too often."""
    with reading(engine) as session:
        known = session.scalar(select(FeedEntry).where(FeedEntry.feed_id == feed_id, FeedEntry.key == entry.key))
        if known:
            is_same = known.digest == entry.digest
            tries = known.tries if is_same else 0
            is_done = known.error is None and (is_same or known.article_id is None)
            return None if is_done or tries >= MAX_POLLS else _State(known.article_id, tries, None)
        stored = session.scalar(select(Article.id).where(Article.url == entry.link)) if entry.link else None
        return _State(None, 0, stored)


def _store(engine: Engine, web: Web, feed_id: int, entry: _Entry, extract: Extract) -> Stored | Failure:
    """Store the article of an entry and the entry's row in one transaction. Return the outcome."""

    def remember(session: Session, stored: Sequence[Stored]) -> None:
        _upsert_entry(session, feed_id, entry, stored[0].article_id)

    def tried() -> Stored | Failure:
        read = pipeline.read_validated(engine, [body], extract=extract)
        [became] = pipeline.store(engine, read, note=remember)
        return became

    try:
        body = _body(web, entry)
    except (NotFetched, NotPolled) as error:
        return Failure("not-fetched" if isinstance(error, NotFetched) else "invalid", f"{error}.", str(error))
    except Exception as error:  # whatever is wrong with this entry or its page fails it alone
        return pipeline.failure(error)
    became = tried()
    # If another poll of this feed stored the same in the meantime, the second try finds it.
    return tried() if isinstance(became, Failure) and became.name == "conflict" else became


def _body(web: Web, entry: _Entry) -> dict[str, Any]:
    """Return the article of an entry, as api.ingestion.article.prepare takes it. Raise NotFetched and NotPolled."""
    given: dict[str, Any] = {"published": entry.published} if entry.published else {}
    if entry.is_article:
        markup = f"<html><body><article>{entry.content}</article></body></html>"
        return {**given, "url": entry.link, "title": entry.title, "html": markup}
    if entry.link is None:
        raise NotPolled("it has neither a link nor content")
    return {**given, **web.page(entry.link)}


def _save_entry(
    engine: Engine, feed_id: int, entry: _Entry, article_id: int | None, *, tries: int = 0, error: str | None = None
) -> None:
    with writing(engine) as session:
        _upsert_entry(session, feed_id, entry, article_id, tries=tries, error=error)
        session.commit()


def _upsert_entry(
    session: Session, feed_id: int, entry: _Entry, article_id: int | None, *, tries: int = 0, error: str | None = None
) -> None:
    row = session.scalar(select(FeedEntry).where(FeedEntry.feed_id == feed_id, FeedEntry.key == entry.key))
    if row is None:
        row = FeedEntry(feed_id=feed_id, key=entry.key)
        session.add(row)
    row.article_id, row.tries, row.error, row.seen, row.digest = article_id, tries, error, now(), entry.digest


def _wait(headers: Mapping[str, str], ttl: str | None) -> dt.timedelta:
    """Return how long the feed asks to wait until the next poll."""
    age = _MAX_AGE.search(headers.get("Cache-Control", ""))
    minutes = int(ttl) if ttl and re.fullmatch("[0-9]{1,6}", ttl) else 0
    return max(dt.timedelta(seconds=int(age[1]) if age else 0), dt.timedelta(minutes=minutes))


def _finish(
    engine: Engine, feed_id: int, *, wait: dt.timedelta, failures: int = 0, error: str | None = None, **columns: Any
) -> None:
    """Store how the poll went and when the feed is due next. `columns` change only if the feed was read."""
    with writing(engine) as session:
        feed = session.get(Feed, feed_id)
        if feed is None:  # removed in the meantime
            return
        feed.polled, feed.failures, feed.error = now(), failures, error
        feed.due = feed.polled + min(max(wait, POLL_INTERVAL), MAX_POLL_INTERVAL)
        for name, value in columns.items():
            setattr(feed, name, value)
        session.commit()
