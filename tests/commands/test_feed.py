"""verbatim feed: RSS and Atom from a real server. What becomes of entries is in tests/sources/test_feeds.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from click.testing import Result

from tests.commands import run
from tests.ingestion.test_html import PAGES
from tests.web import Page, Site, site


@pytest.fixture
def here() -> Iterator[Site]:
    """Serve a feed of two articles, of which one cannot be fetched."""
    with site() as here:
        items = "".join(f"<item><link>/news/{name}</link></item>" for name in ("tables", "gone"))
        feed = f'<rss version="2.0"><channel><title>Harnby &amp; Coast</title>{items}</channel></rss>'
        here.pages["/feed"] = Page(feed.encode(), "application/rss+xml")
        here.pages["/news/tables"] = Page((PAGES / "tables.html").read_bytes())
        yield here


def feed(database_url: str, *arguments: object) -> Result:
    return run("feed", *arguments, url=database_url, VERBATIM_FETCH_PRIVATE="127.0.0.1/32")


def test_poll_reports_outcomes(database_url: str, here: Site) -> None:
    url = f"{here.url}/feed"
    feed(database_url, "add", url)
    first = feed(database_url, "poll")
    assert (first.exit_code, first.stdout) == (1, f"{url}: 1 new, 0 changed, 0 unchanged, 1 failed\n")
    assert first.stderr == f"{here.url}/news/gone: the server answered 404\n"
    assert feed(database_url, "poll").output == "", "not due"
    assert feed(database_url, "poll", url).output == f"{url} is not due yet; read it all the same with --now\n"
    here.pages["/news/gone"] = Page((PAGES / "newspaper.html").read_bytes())
    again = feed(database_url, "poll", "--now")
    assert (again.exit_code, again.output) == (0, f"{url}: 1 new, 0 changed, 0 unchanged, 0 failed\n")
    [line] = feed(database_url, "list").output.splitlines()
    assert line.split("\t")[:2] == [url, "Harnby & Coast"]


def test_a_feed_that_fails_does_not_stop_the_others(database_url: str, here: Site) -> None:
    feed(database_url, "add", f"{here.url}/none")
    feed(database_url, "add", f"{here.url}/feed")
    result = feed(database_url, "poll")
    assert (result.exit_code, result.stdout) == (1, f"{here.url}/feed: 1 new, 0 changed, 0 unchanged, 1 failed\n")
    assert result.stderr.splitlines()[0] == f"{here.url}/none: the server answered 404"


def test_add_list_and_remove(database_url: str) -> None:
    url = "https://harnby.example/feed.xml"
    assert run("feed", "list", url=database_url).output == ""
    assert run("feed", "add", url, url=database_url).output.startswith("It is remembered")
    assert run("feed", "add", url + "#top", url=database_url).output == "It was known already.\n"
    [line] = run("feed", "list", url=database_url).output.splitlines()
    assert line.split("\t")[:3] == [url, "-", "-"]
    for bad in ("ftp://harnby.example/feed", "harnby", "http://a:b@harnby.example/"):
        result = run("feed", "add", bad, url=database_url)
        assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert run("feed", "remove", url, url=database_url).exit_code == 0
    for command in ("remove", "poll"):
        result = run("feed", command, url, url=database_url)
        assert (result.exit_code, result.stderr) == (1, f"Error: There is no feed {url}; see: verbatim feed list\n")


def test_invalid_settings(database_url: str) -> None:
    result = run("feed", "poll", url=database_url, VERBATIM_FETCH_PRIVATE="intranet")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
