"""Obey robots.txt: what it forbids, what happens without one, and how long it is cached."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sources import moved, reason, web
from tests.web import Page, Site, site

PAGE = b"<p>Ann Poe said the bridge would close.</p>"


@pytest.fixture
def here() -> Iterator[Site]:
    with site() as here:
        yield here


ROBOTS: list[tuple[Page, str, str]] = [
    (Page(status=404), "/news/1", ""),
    (Page(status=403), "/news/1", ""),
    (Page(status=500), "/news/1", "the server answered 500"),
    (Page(status=503), "/news/1", "the server answered 503"),
    (Page(status=429), "/news/1", "the server answered 429"),
    (Page(b"User-agent: *\nDisallow:"), "/news/1", ""),
    (Page(b"User-agent: *\nDisallow: /"), "/news/1", "asks not to fetch it"),
    (Page(b"User-agent: *\nDisallow: /\n\nUser-agent: verbatim\nAllow: /"), "/news/1", ""),
    (Page(b"User-agent: Verbatim\nDisallow: /news/"), "/news/1", "asks not to fetch it"),
    (Page(b"User-agent: Verbatimbot\nDisallow: /news/"), "/news/1", ""),
    (Page(b"User-agent: *\nDisallow: /news/\nAllow: /news/1"), "/news/1", ""),
    (Page(b"User-agent: *\nDisallow: /*?print="), "/news/1?print=1", "asks not to fetch it"),
    (Page(b"User-agent: *\nDisallow: /*.pdf$"), "/news/1", ""),
    (Page(b"\xef\xbb\xbfUser-agent: *\r\nDisallow: /news/\xff"), "/news/1", ""),
    (Page(b"<html>No such file</html>"), "/news/1", ""),
    (moved("/other-robots.txt"), "/news/1", "asks not to fetch it"),
    (moved("http://127.0.0.2/robots.txt"), "/news/1", "no public address"),
    (Page(b"User-agent: *\nDisallow: /" + b"*a" * 1000 + b"*b"), "/news/" + "a" * 1500, ""),
]


@pytest.mark.parametrize(("robots", "path", "says"), ROBOTS)
def test_obeys_robots_txt(here: Site, robots: Page, path: str, says: str) -> None:
    here.pages |= {"/robots.txt": robots, path: Page(PAGE)}
    here.pages["/other-robots.txt"] = Page(b"User-agent: *\nDisallow: /news/")
    if says:
        assert says in reason(here.url + path)
        assert path not in here.paths()
    else:
        assert web().get(here.url + path).body == PAGE


def test_robots_txt_is_cached_for_an_hour(here: Site) -> None:
    here.pages |= {
        "/robots.txt": Page(b"User-agent: *\nCrawl-delay: 3", "text/plain"),
        "/a": Page(PAGE),
        "/b": Page(PAGE),
    }
    ours = web()
    assert ours.crawl_delay(f"{here.url}/a") == 0
    for path in ("/a", "/b", "/a"):
        ours.get(here.url + path)
    assert [path for path, _ in here.asked] == ["/robots.txt", "/a", "/b", "/a"]
    assert ours.crawl_delay(f"{here.url}/a") == 3
    later = web({"robots_seconds": -1.0})
    later.get(f"{here.url}/a")
    later.get(f"{here.url}/a")
    assert [path for path, _ in here.asked][4:] == ["/robots.txt", "/a"] * 2
