"""Feeds as a source: RSS and Atom are polled, and their new entries become articles.

1. A feed is asked for with the ETag and the date that it gave last time, and not before it is due: after INTERVAL, or later
   where it says so (`ttl`, Cache-Control, Retry-After), or where it failed.
2. Each entry that is not known, or not as it is now, is read: its own content where that is the whole article, else the page
   that it links to.
3. An article is stored in one transaction with the entry that says so. What is fetched and extracted comes before it.

An entry that fails is tried again by the next polls, MOST_TRIES times in all; until then the feed's ETag is not kept, since
with it the server would not show the entry again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import html
import io
import re
import time
from calendar import timegm
from collections.abc import Iterator
from typing import Any, NamedTuple

import feedparser
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.database.engine import reading, writing
from api.ingestion import article as intake
from api.ingestion import store as ingest
from api.models import Article, Feed, FeedEntry, now
from api.sources.web import FEEDS, NotFetched, Web, parsed

# Between two polls of a feed: nobody minds four an hour that are mostly answered 304.
INTERVAL = dt.timedelta(minutes=15)
LONGEST_INTERVAL = dt.timedelta(days=1)  # whatever a feed asks for, or however often it failed
MOST_TRIES = 3
MOST_ENTRIES = 200  # of one poll, the newest; feeds have ten to a hundred
PAUSE = 1.0  # seconds between two pages of one feed, or as many as robots.txt wants
LONGEST_PAUSE = 30.0
WHOLE = 150  # words of an entry's own content that make it the article; announcements and beginnings have 20 to 80
_MAX_AGE = re.compile(r"max-age\s*=\s*([0-9]{1,8})", re.IGNORECASE)
_TAGS = re.compile("<[^>]*>")


class NotPolled(ValueError):
    """The feed could not be read; the message says why, on one line."""


class Outcome(NamedTuple):
    """What became of an entry: its link or id, and "new", "changed", "unchanged", or why it failed."""

    entry: str
    became: str
    failed: bool = False


class _Entry(NamedTuple):
    """An entry as far as it is used."""

    key: str
    digest: str
    link: str | None
    title: str | None
    published: intake.Published | None
    content: str | None  # HTML

    @property
    def name(self) -> str:
        return self.link or self.title or "an entry without link and title"


def add(session: Session, url: str) -> Feed | None:
    """Remember the feed at `url`; None where it is known. Raises NotFetched for a URL that is never fetched."""
    url = parsed(url).url
    if session.scalar(select(Feed).where(Feed.url == url)):
        return None
    feed = Feed(url=url)
    session.add(feed)
    return feed


def poll(engine: Engine, web: Web, feed_id: int, pause: float = PAUSE) -> Iterator[Outcome]:
    """Ask the feed for what is new and store it; what became of each entry that was not known as it is.

    Raises NotPolled; when it is next due is noted then too.
    """
    with reading(engine) as session:
        feed = session.get_one(Feed, feed_id)
        url, failures = feed.url, feed.failures
        asked = {"If-None-Match": feed.etag, "If-Modified-Since": feed.modified}
    try:
        answer = web.get(url, FEEDS, {name: value for name, value in asked.items() if value})
        if answer.status == 304:
            _note(engine, feed_id, wait=_wait(answer.headers, None))
            return
        title, ttl, entries = _read(answer.body, answer.url, answer.headers.get("Content-Type", ""))
    except (NotFetched, NotPolled) as error:
        wait = max(INTERVAL * 2 ** min(failures, 10), dt.timedelta(seconds=getattr(error, "retry_after", None) or 0))
        _note(engine, feed_id, wait=wait, failures=failures + 1, error=str(error))
        raise NotPolled(str(error)) from None
    retried = False
    fetched_before = False
    for entry in entries:
        with reading(engine) as session:
            known = session.scalar(select(FeedEntry).where(FeedEntry.feed_id == feed_id, FeedEntry.key == entry.key))
            became = known.article_id if known else None
            tries = known.tries if known and known.digest == entry.digest else 0
            if known and known.error is None and (known.digest == entry.digest or became is None):
                continue  # as it was; or its article was deleted
            if tries >= MOST_TRIES:
                continue
            stored = entry.link and session.scalar(select(Article.id).where(Article.url == entry.link))
        if stored and not known:
            _remember(engine, feed_id, entry, stored)
            yield Outcome(entry.name, "unchanged")
            continue
        try:
            if not _whole(entry):
                if fetched_before:
                    time.sleep(min(max(pause, web.crawl_delay(url)), LONGEST_PAUSE))
                fetched_before = True
            outcome = _store(engine, web, feed_id, entry)
        except (NotFetched, intake.Unreadable, NotPolled) as error:
            tries = tries + 1 if isinstance(error, NotFetched) else MOST_TRIES  # the others will not go away
            retried = retried or tries < MOST_TRIES
            _remember(engine, feed_id, entry, became, tries=tries, error=str(error))
            yield Outcome(entry.name, str(error), failed=True)
        # Another poll of this feed, or an import, stored the same between our look and our write.
        except IntegrityError:
            yield Outcome(entry.name, "unchanged")
        else:
            yield Outcome(entry.name, outcome)
    _note(
        engine,
        feed_id,
        wait=_wait(answer.headers, ttl),
        title=title,
        etag=None if retried else answer.headers.get("ETag"),
        modified=None if retried else answer.headers.get("Last-Modified"),
    )


def _read(body: bytes, url: str, content_type: str) -> tuple[str | None, str | None, list[_Entry]]:
    """The feed's title, its ttl (minutes, as it stands) and its entries, each once, the oldest first. Raises NotPolled."""
    # Bytes go in as a stream: a string might be taken for a URL or a path. The headers say what relative links start from.
    found = feedparser.parse(io.BytesIO(body), response_headers={"content-location": url, "content-type": content_type})
    if not found.get("version"):
        raise NotPolled(
            f"it is no RSS or Atom feed ({content_type.partition(';')[0].strip()[:60] or 'of no known type'})"
        )
    entries = {entry.key: entry for entry in map(_entry, found.entries[:MOST_ENTRIES])}
    return _line(found.feed.get("title")), found.feed.get("ttl"), list(reversed(entries.values()))


def _entry(found: Any) -> _Entry:
    link: str | None
    try:
        link = parsed(found.get("link", "")).url
    except NotFetched:
        link = None
    content = max((part.get("value", "") for part in found.get("content", [])), key=len, default="")
    title = _line(found.get("title"))
    moment = found.get("published_parsed") or found.get("updated_parsed")
    published = None
    if moment and 1 <= moment.tm_year <= 9999:
        published = intake.Published(dt.datetime.fromtimestamp(timegm(moment), dt.UTC), has_time=True)
    said = found.get("id") or link or f"{title}\n{content}"
    dated = [
        dict.get(found, f"{name}_parsed") for name in ("published", "updated")
    ]  # its own get gives one for the other
    state = repr([list(map(repr, dated)), title, found.get("summary"), content])
    return _Entry(_sha256(said), _sha256(state), link, title, published, content or None)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _line(markup: Any) -> str | None:
    """A title as one line of text; feedparser leaves markup and entities in some."""
    line = " ".join(html.unescape(_TAGS.sub("", str(markup or ""))).replace("\0", "").split())
    return line[:1000] or None


def _whole(entry: _Entry) -> bool:
    """Whether the entry's own content is the article; where there is no link it is all that there is."""
    return bool(entry.content) and (entry.link is None or len(_TAGS.sub(" ", entry.content or "").split()) >= WHOLE)


def _store(engine: Engine, web: Web, feed_id: int, entry: _Entry) -> str:
    """Read, extract and store the article of an entry; its outcome. Raises what reading and storing raise."""
    given: dict[str, Any] = {"published": entry.published} if entry.published else {}
    if _whole(entry):
        markup = f"<html><body><article>{entry.content}</article></body></html>"
        prepared = intake.prepare({**given, "url": entry.link, "title": entry.title, "html": markup})
    elif entry.link is None:
        raise NotPolled("it has neither a link nor content")
    else:
        prepared = intake.prepare({**given, **web.page(entry.link)})
    with reading(engine) as session:
        [known] = ingest.find_known(session, [prepared])
        article_id = known.id if known else None
    if article_id is not None:
        _remember(engine, feed_id, entry, article_id)
        return "unchanged"
    found = intake.extract(prepared)
    with writing(engine) as session:
        became = ingest.store(session, prepared, found)
        _remembered(session, feed_id, entry, became.article_id)
        session.commit()
        return became.outcome


def _remember(
    engine: Engine, feed_id: int, entry: _Entry, article_id: int | None, *, tries: int = 0, error: str | None = None
) -> None:
    with writing(engine) as session:
        _remembered(session, feed_id, entry, article_id, tries=tries, error=error)
        session.commit()


def _remembered(
    session: Session, feed_id: int, entry: _Entry, article_id: int | None, *, tries: int = 0, error: str | None = None
) -> None:
    row = session.scalar(select(FeedEntry).where(FeedEntry.feed_id == feed_id, FeedEntry.key == entry.key))
    if row is None:
        row = FeedEntry(feed_id=feed_id, key=entry.key)
        session.add(row)
    row.article_id, row.tries, row.error, row.seen, row.digest = article_id, tries, error, now(), entry.digest


def _wait(headers: Any, ttl: str | None) -> dt.timedelta:
    """How long the feed wants to be left alone."""
    age = _MAX_AGE.search(headers.get("Cache-Control", ""))
    minutes = int(ttl) if ttl and re.fullmatch("[0-9]{1,6}", ttl) else 0
    return max(dt.timedelta(seconds=int(age[1]) if age else 0), dt.timedelta(minutes=minutes))


def _note(
    engine: Engine, feed_id: int, *, wait: dt.timedelta, failures: int = 0, error: str | None = None, **read: Any
) -> None:
    """Note on the feed how the poll went and when it is next due; `read` are columns that change only where it was read."""
    with writing(engine) as session:
        feed = session.get(Feed, feed_id)
        if feed is None:  # removed meanwhile
            return
        feed.polled, feed.failures, feed.error = now(), failures, error
        feed.due = feed.polled + min(max(wait, INTERVAL), LONGEST_INTERVAL)
        for name, value in read.items():
            setattr(feed, name, value)
        session.commit()
