"""Poll feeds: entries of every shape, what is fetched again, and when a feed is due."""

from __future__ import annotations

import datetime as dt
import html
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update

from api.config import Settings
from api.database.engine import reading, writing
from api.models import Article, Feed, FeedEntry, now
from api.sources import feeds
from api.sources.feeds import NotPolled, Outcome
from api.sources.web import Web
from tests.ingestion.test_html import PAGES
from tests.web import Page, Site, site

LONG = (
    "<p>“We will close the bridge,” said Ann Poe, the mayor of Harnby.</p>" + "<p>It rained again on the quay.</p>" * 40
)
CONTENT = f"<content:encoded>{html.escape(LONG)}</content:encoded>"


@pytest.fixture
def here() -> Iterator[Site]:
    """Serve pages under /news."""
    with site() as here:
        here.pages |= {f"/news/{path.stem}": Page(path.read_bytes()) for path in PAGES.glob("*.html")}
        yield here


def rss(*items: str, more: str = "") -> Page:
    body = '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
    body += f"<title>Harnby &amp;amp; Coast</title>{more}"
    body += "".join(f"<item>{item}</item>" for item in items) + "</channel></rss>"
    return Page(
        body.encode(),
        "application/rss+xml",
        headers=(("ETag", '"1"'), ("Last-Modified", "Wed, 04 Mar 2026 07:30:00 GMT")),
    )


def link(name: str) -> str:
    return f"<title>{name}</title><link>/news/{name}</link><pubDate>Wed, 04 Mar 2026 08:30:00 +0100</pubDate>"


def poll(engine: Engine, here: Site) -> list[Outcome]:
    """Poll the site's feed, due or not, without pauses. Return the outcomes. Raise NotPolled."""
    with writing(engine) as session:
        feeds.add(session, f"{here.url}/feed")
        session.commit()
    web = Web(Settings(fetch_private=("127.0.0.1/32",)))
    return list(feeds.poll(engine, web, feed_of(engine).id, pause=0))


def counts(outcomes: list[Outcome]) -> Counter[str]:
    return Counter("failed" if outcome.failed else outcome.became for outcome in outcomes)


def rows(engine: Engine, column: Any) -> list[Any]:
    with reading(engine) as session:
        return list(session.scalars(select(column).order_by(column)))


def feed_of(engine: Engine) -> Feed:
    with reading(engine) as session:
        return session.scalars(select(Feed)).one()


def test_imports_new_entries_once(engine: Engine, here: Site) -> None:
    here.pages["/feed"] = rss(link("newspaper"), link("tables"))
    assert poll(engine, here) == [Outcome(f"{here.url}/news/{name}", "new") for name in ("tables", "newspaper")]
    assert here.paths() == ["/feed", "/news/tables", "/news/newspaper"]
    with reading(engine) as session:
        article = session.scalars(select(Article).where(Article.url == f"{here.url}/news/tables")).one()
        assert article.published == dt.datetime(2026, 3, 4, 7, 30, tzinfo=dt.UTC)
    feed = feed_of(engine)
    assert (feed.title, feed.etag, feed.error, feed.failures) == ("Harnby & Coast", '"1"', None, 0)
    assert dt.timedelta(minutes=14) < feed.due - now() <= dt.timedelta(minutes=15)
    here.pages["/feed"] = rss(link("cookies"), link("newspaper"), link("tables"))
    assert counts(poll(engine, here)) == {"new": 1}
    assert here.paths()[3:] == ["/feed", "/news/cookies"]
    asked = [headers for path, headers in here.asked if path == "/feed"][-1]
    assert (asked["if-none-match"], asked["if-modified-since"]) == ('"1"', "Wed, 04 Mar 2026 07:30:00 GMT")
    here.pages["/feed"] = Page(status=304)
    assert poll(engine, here) == []
    assert feed_of(engine).etag == '"1"'


# The items of a feed, how many entries become what, the failures with their reasons, and the paths that are asked for.
SHAPES: list[tuple[list[str], dict[str, int], list[str], list[str]]] = [
    (["<title>No link</title>"], {"failed": 1}, ["No link: it has neither a link nor content"], []),
    (["<guid>{url}/news/tables</guid>"], {"new": 1}, [], ["/news/tables"]),
    (["<link>news/tables</link>"], {"new": 1}, [], ["/news/tables"]),
    ([link("tables"), link("tables")], {"new": 1}, [], ["/news/tables"]),
    (
        ["<guid>1</guid><link>/news/tables</link>", "<guid>2</guid><link>/news/tables?utm_source=rss</link>"],
        {"new": 1, "unchanged": 1},
        [],
        ["/news/tables?utm_source=rss"],  # which calls itself /news/tables
    ),
    ([f"<link>/a</link>{CONTENT}"], {"new": 1}, [], []),
    ([CONTENT], {"new": 1}, [], []),
    (
        ["<link>/news/tables</link><content:encoded>Read more...</content:encoded>"],
        {"new": 1},
        [],
        ["/news/tables"],
    ),
    (
        ["<link>/news/gone</link>", link("tables")],
        {"new": 1, "failed": 1},
        ["{url}/news/gone: the server answered 404"],
        ["/news/tables", "/news/gone"],
    ),
    (
        [link("script"), link("tables")],
        {"new": 1, "failed": 1},
        ["{url}/news/script: no article was found on the page"],
        ["/news/tables", "/news/script"],
    ),
    (
        ["<link>http://169.254.169.254/</link>", "<link>file:///etc/passwd</link><title>x</title>"],
        {"failed": 2},
        [
            "x: it has neither a link nor content",
            "http://169.254.169.254/: its host has no public address, nor one in VERBATIM_FETCH_PRIVATE",
        ],
        [],
    ),
    ([], {}, [], []),
]  # fmt: skip


@pytest.mark.parametrize(("items", "became", "fails", "asked"), SHAPES)
def test_imports_entries_of_many_shapes(
    engine: Engine, here: Site, items: list[str], became: dict[str, int], fails: list[str], asked: list[str]
) -> None:
    page = (
        (PAGES / "tables.html")
        .read_text()
        .replace("<head>", f'<head><link rel="canonical" href="{here.url}/news/tables">')
    )
    here.pages |= {"/news/tables": Page(page.encode()), "/news/tables?utm_source=rss": Page(page.encode())}
    here.pages["/feed"] = rss(*(item.replace("{url}", here.url) for item in items))
    outcomes = poll(engine, here)
    assert counts(outcomes) == became
    reasons = [f"{outcome.entry}: {outcome.became}" for outcome in outcomes if outcome.failed]
    assert reasons == [line.format(url=here.url) for line in fails]
    assert here.paths() == ["/feed", *asked]
    poll(engine, here)
    again = [path for path in here.paths()[1 + len(asked) :] if path != "/feed"]
    assert again == [path for path in asked if path == "/news/gone"], "only what could not be fetched is tried again"


def test_tries_a_failed_entry_in_three_polls(engine: Engine, here: Site) -> None:
    here.pages["/feed"] = rss("<link>/news/late</link>")
    assert [counts(poll(engine, here))["failed"] for _ in range(4)] == [1, 1, 1, 0]
    assert here.paths().count("/news/late") == 3
    assert feed_of(engine).etag == '"1"', "kept once nothing is to be tried again"
    with writing(engine) as session:
        session.execute(update(FeedEntry).values(tries=1))
        session.commit()
    here.pages["/news/late"] = here.pages["/news/tables"]
    assert counts(poll(engine, here)) == {"new": 1}


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
)


@pytest.mark.parametrize(
    ("page", "says"),
    [
        (Page(b"<html><body><p>No feed.</p></body></html>"), "it is no RSS or Atom feed (text/html)"),
        (Page(b'{"version": "https://jsonfeed.org/version/1"}', "application/json"), "it is no RSS or Atom feed"),
        (Page(b"", "application/xml"), "it is no RSS or Atom feed"),
        (Page(b"\x89PNG\r\n", ""), "it is no RSS or Atom feed (of no known type)"),
        (Page(status=404), "the server answered 404"),
        (Page(status=302, headers=(("Location", "http://10.0.0.1/feed"),)), "its host has no public address"),
    ],
)
def test_refuses_what_is_no_feed(engine: Engine, here: Site, page: Page, says: str) -> None:
    here.pages["/feed"] = page
    with pytest.raises(NotPolled) as caught:
        poll(engine, here)
    assert str(caught.value).startswith(says)
    assert "\n" not in str(caught.value)
    assert feed_of(engine).failures == 1
    assert rows(engine, FeedEntry.id) == []


def test_refuses_to_expand_entities(engine: Engine, here: Site) -> None:
    feed = (
        BOMB + b']><rss version="2.0"><channel><title>&j;</title><item><link>/news/tables</link></item></channel></rss>'
    )
    here.pages["/feed"] = Page(feed, "application/xml")
    assert counts(poll(engine, here)).total() == 1
    assert len(feed_of(engine).title or "") < 100


@pytest.mark.parametrize(
    ("page", "minutes"),
    [
        (rss(more="<ttl>60</ttl>"), 60),
        (rss(more="<ttl>1</ttl>"), 15),
        (rss(more="<ttl>99999</ttl>"), 24 * 60),
        (rss(more="<ttl>soon</ttl>"), 15),
        (rss()._replace(headers=(("Cache-Control", "public, max-age=7200"),)), 120),
        (Page(status=503, headers=(("Retry-After", "7200"),)), 120),
        (Page(status=429, headers=(("Retry-After", "99999999"),)), 15),
        (Page(status=500), 15),
    ],
)
def test_schedules_the_next_poll(engine: Engine, here: Site, page: Page, minutes: int) -> None:
    here.pages["/feed"] = page
    with suppress(NotPolled):
        poll(engine, here)
    feed = feed_of(engine)
    assert feed.polled is not None
    assert feed.due - feed.polled == dt.timedelta(minutes=minutes)


def test_backs_off_from_a_failing_feed(engine: Engine, here: Site) -> None:
    waits = []
    for _ in range(9):
        with pytest.raises(NotPolled):
            poll(engine, here)
        feed = feed_of(engine)
        assert feed.polled is not None
        waits.append((feed.due - feed.polled).total_seconds() / 60)
    assert waits == [15, 30, 60, 120, 240, 480, 960, 1440, 1440]


def test_imports_atom_entries(engine: Engine, here: Site) -> None:
    body = f"""<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:base="{here.url}/news/">
    <title>T</title>
    <entry><id>urn:1</id><title>Tables</title><link href="tables"/><updated>2026-03-04T07:30:00Z</updated></entry>
    <entry><id>urn:2</id><title>Bridge</title><link href="bridge"/>
    <content type="html">{html.escape(LONG)}</content></entry></feed>"""
    here.pages["/feed"] = Page(body.encode(), "application/atom+xml")
    assert counts(poll(engine, here)) == {"new": 2}
    assert rows(engine, Article.url) == [f"{here.url}/news/bridge", f"{here.url}/news/tables"]
    with reading(engine) as session:
        assert session.scalar(select(Article.title).where(Article.url == f"{here.url}/news/bridge")) == "Bridge"


def test_fetches_a_changed_entry_again(engine: Engine, here: Site) -> None:
    """Ignore an older copy of the feed, however often it comes."""
    reworded = CONTENT.replace("We will close", "We will not close")
    first, later = rss(f"<link>/a</link>{CONTENT}"), rss(f"<link>/a</link>{reworded}")
    for page, became in (
        (first, {"new": 1}),
        (first, {}),
        (later, {"changed": 1}),
    ):
        here.pages["/feed"] = page
        assert counts(poll(engine, here)) == became
    for page in (first, later, first):
        here.pages["/feed"] = page
        assert counts(poll(engine, here)) == {"unchanged": 1}
    assert rows(engine, Article.revision) == [2]
    here.pages["/feed"] = rss(link("tables"))
    poll(engine, here)
    tables = here.pages["/news/tables"]
    assert isinstance(tables, Page)
    here.pages["/news/tables"] = tables._replace(body=tables.body.replace(b"</p>", b" It rained.</p>"))
    assert poll(engine, here) == []
    here.pages["/feed"] = rss(link("tables").replace("08:30", "09:30"))
    assert counts(poll(engine, here)) == {"changed": 1}


def test_does_not_fetch_a_deleted_article_again(engine: Engine, here: Site) -> None:
    here.pages["/feed"] = rss(link("tables"))
    poll(engine, here)
    with writing(engine) as session:
        session.delete(session.scalars(select(Article)).one())
        session.commit()
    assert poll(engine, here) == []
    with reading(engine) as session:
        assert session.scalar(select(func.count()).select_from(Article)) == 0
