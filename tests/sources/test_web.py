"""Fetch pages: what is refused, what ends it, what is read, and that it connects to the checked address."""

from __future__ import annotations

import gzip
import re
import socket
import sys
from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest

from api.config import SettingError, Settings
from api.sources.web import NotFetched, Web
from tests.sources import moved, reason, web
from tests.web import Page, Raw, Site, site

PAGE = b"<p>Ann Poe said the bridge would close.</p>"


@pytest.fixture
def here() -> Iterator[Site]:
    with site() as here:
        yield here


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.2",
        "localhost",
        "localhost.",
        "0.0.0.0",
        "0",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "127.1",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "169.254.169.254",
        "10.0.0.1",
    ],
)
def test_refuses_private_addresses_after_resolution(host: str) -> None:
    with site() as here:
        port = here.url.rpartition(":")[2]
        with pytest.raises(NotFetched, match=r"no public address|no address") as caught:
            web(fetch_private=()).get(f"http://{host}:{port}/")
        assert here.asked == []
    assert caught.value.url_at_fault or "no address" in str(caught.value)


def test_allows_a_private_network(here: Site) -> None:
    here.pages["/"] = Page(PAGE)
    assert web().get(f"{here.url}/").body == PAGE
    assert "no public address" in reason(f"{here.url}/", fetch_private=("127.0.0.2/32", "10.0.0.0/8"))


HOPS: list[tuple[str, str]] = [
    ("http://127.0.0.2:{port}/", "no public address"),
    ("http://169.254.169.254/latest/meta-data/", "no public address"),
    ("http://[::1]:{port}/", "no public address"),
    ("//127.0.0.2:{port}/", "no public address"),
    ("file:///etc/passwd", "only http and https"),
    ("gopher://127.0.0.1:{port}/", "only http and https"),
    ("http://a:b@127.0.0.1:{port}/", "user or password"),
    ("http://[", "no URL"),
    ("/loop", "redirects more than 5 times"),
    ("/private", "robots.txt of its host asks not to fetch it"),
]


@pytest.mark.parametrize(("location", "says"), HOPS)
@pytest.mark.parametrize("status", [301, 307])
def test_checks_each_redirect(here: Site, location: str, says: str, status: int) -> None:
    here.pages["/robots.txt"] = Page(b"User-agent: *\nDisallow: /private", "text/plain")
    here.pages["/start"] = moved(location.format(port=here.url.rpartition(":")[2]), status)
    here.pages["/loop"] = moved("/loop")
    here.pages["/private"] = Page(PAGE)
    assert says in reason(f"{here.url}/start")
    assert "/private" not in here.paths()


@pytest.mark.parametrize("location", ["/a%20b", "/a b", "a b", "{url}/a%20b#part", "./x/../a%20b"])
def test_follows_redirects(here: Site, location: str) -> None:
    here.pages["/"] = moved(location.format(url=here.url), 308)
    here.pages["/a%20b"] = Page(PAGE)
    answer = web().get(f"{here.url}/")
    assert (answer.url, answer.body) == (f"{here.url}/a%20b", PAGE)


def test_connects_to_the_checked_address(here: Site) -> None:
    """Connect without a second look-up: a name server could answer it with another address."""
    here.pages["/"] = Page(PAGE)
    seen: list[tuple[str, Any]] = []
    watching = True

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if watching and event in ("socket.getaddrinfo", "socket.connect"):
            seen.append((event, arguments[0] if event == "socket.getaddrinfo" else arguments[1][0]))

    sys.addaudithook(watch)
    port = here.url.rpartition(":")[2]
    answer = web(fetch_private=("127.0.0.0/8", "::1/128")).get(f"http://localhost:{port}/")
    watching = False
    assert answer.body == PAGE
    names = [name for event, name in seen if event == "socket.getaddrinfo" and name == "localhost"]
    assert len(names) == 2, "once for robots.txt, once for the page"
    connected = {address for event, address in seen if event == "socket.connect"}
    assert connected
    assert connected <= {"127.0.0.1", "::1"}
    assert {headers["host"] for _, headers in here.asked} == {f"localhost:{port}"}


def hello(connection: socket.socket, *more: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + b"".join(more))


def misbehaviours(over: Event) -> dict[str, tuple[Raw, str]]:
    """Return servers that never stop before `over`, or end badly, and what is said of each."""

    def silent(_connection: socket.socket) -> None:
        over.wait(60)

    def drips(what: bytes, *start: bytes) -> Raw:
        def drip(connection: socket.socket) -> None:
            hello(connection, *start)
            while not over.wait(0.05):
                connection.sendall(what)

        return drip

    def forever(*start: bytes) -> Raw:
        def send(connection: socket.socket) -> None:
            hello(connection, *start, b"\r\n")
            while not over.is_set():
                connection.sendall(b"<p>More.</p>" * 10_000)

        return send

    def go_on(connection: socket.socket) -> None:
        while not over.is_set():
            connection.sendall(b"HTTP/1.1 100 Go on\r\n\r\n")

    def says(*what: bytes) -> Raw:
        return lambda connection: connection.sendall(b"".join(what))

    bomb = gzip.compress(b"0" * 10_000_000)
    return {
        "never answers": (silent, "longer than 2 seconds"),
        "headers that never end": (drips(b"X-More: 1\r\n"), "longer than 2 seconds|connection failed"),
        "a body that drips": (drips(b"a", b"\r\n"), "longer than 2 seconds"),
        "chunks that drip": (drips(b"1\r\na\r\n", b"Transfer-Encoding: chunked\r\n\r\n"), "longer than 2 seconds"),
        "continues forever": (go_on, "longer than 2 seconds|connection failed"),
        "a body that never ends": (forever(), "larger than 200,000 bytes"),
        "larger than it says": (forever(b"Content-Length: 99999999\r\n"), "larger than 200,000 bytes"),
        "a gzip bomb": (
            lambda connection: hello(
                connection, b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb), bomb
            ),
            "larger than 200,000 bytes",
        ),
        "a bomb in a bomb": (
            lambda connection: hello(connection, b"Content-Encoding: gzip, gzip\r\n\r\n", gzip.compress(bomb)),
            "larger than 200,000 bytes",
        ),
        "damaged gzip": (
            lambda connection: hello(connection, b"Content-Encoding: gzip\r\n\r\nno gzip"),
            "its compression is damaged",
        ),
        "another compression": (
            lambda connection: hello(connection, b"Content-Encoding: br\r\n\r\n..."),
            "compressed in a way that was not asked for",
        ),
        "cut off": (lambda connection: hello(connection, b"Content-Length: 100\r\n\r\n<p>"), "connection failed"),
        "chunks cut off": (
            lambda connection: hello(connection, b"Transfer-Encoding: chunked\r\n\r\n5\r\n<p>"),
            "connection failed",
        ),
        "no HTTP": (says(b"220 mail.harnby.example ESMTP\r\n"), "connection failed"),
        "nothing at all": (says(), "connection failed"),
        "a line too long": (says(b"HTTP/1.1 200 OK\r\nX: ", b"x" * 70_000, b"\r\n\r\n"), "connection failed"),
        "headers too many": (says(b"HTTP/1.1 200 OK\r\n", b"X: 1\r\n" * 200, b"\r\n"), "connection failed"),
    }


@pytest.mark.parametrize("name", misbehaviours(Event()))
def test_bounds_time_and_memory(here: Site, name: str) -> None:
    raw, says = misbehaviours(here.over)[name]
    here.pages["/"] = raw
    seconds = 2 if "longer than" in says else 60
    assert re.search(
        says, reason(f"{here.url}/", limits={"max_bytes": 200_000}, fetch_seconds=seconds)
    )  # a slow machine can send that


def test_bounds_the_time_for_robots_txt(here: Site) -> None:
    here.pages["/robots.txt"] = misbehaviours(here.over)["never answers"][0]
    here.pages["/"] = Page(PAGE)
    assert reason(f"{here.url}/", fetch_seconds=2) == "its robots.txt cannot be read: it took longer than 2 seconds"
    assert here.paths() == []


def test_reports_refused_connections(here: Site) -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        assert "does not take connections" in reason(f"http://127.0.0.1:{unheard.getsockname()[1]}/")
    assert "no secure connection" in reason(here.url.replace("http:", "https:"))


def test_sends_the_user_agent(here: Site) -> None:
    here.pages["/"] = Page(PAGE)
    web().get(f"{here.url}/")
    web(fetch_agent="HarnbyDesk/2 (+https://harnby.example/bot)").get(f"{here.url}/")
    assert [headers["user-agent"] for path, headers in here.asked if path == "/"] == [
        "Verbatim (reads news articles for quotes)",
        "HarnbyDesk/2 (+https://harnby.example/bot)",
    ]


def test_sends_conditional_requests(here: Site) -> None:
    here.pages["/feed"] = Page(status=304)
    assert web().get(f"{here.url}/feed", headers={"If-None-Match": '"1"'}).status == 304
    assert reason(f"{here.url}/feed") == "the server answered 304"


@pytest.mark.parametrize(
    ("header", "seconds"), [("120", 120), ("", None), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("-1", None)]
)
def test_reads_retry_after(here: Site, header: str, seconds: int | None) -> None:
    here.pages["/"] = Page(status=503, headers=(("Retry-After", header),))
    with pytest.raises(NotFetched, match="answered 503") as caught:
        web().get(f"{here.url}/")
    assert caught.value.retry_after == seconds


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("text/html; charset=utf-8", "html"),
        ("application/xhtml+xml", "html"),
        ("", "html"),
        ("text/plain", "text"),
    ],
)
def test_fetches_pages(here: Site, content_type: str, expected: str) -> None:
    here.pages |= {"/": moved("/now"), "/now": Page(PAGE, content_type)}
    assert web().page(f"{here.url}/") == {expected: PAGE.decode(), "found_at": f"{here.url}/now"}


@pytest.mark.parametrize(
    ("content_type", "says"),
    [
        ("application/pdf", "it is application/pdf, and no page"),
        ("image/png\x1b[2J", "it is image/png[2j, and no page"),
        ("", "it is of no known type, and no page"),
    ],
)
def test_refuses_other_content_types(here: Site, content_type: str, says: str) -> None:
    here.pages["/"] = Page(b"%PDF", content_type)
    with pytest.raises(NotFetched) as caught:
        web().page(f"{here.url}/")
    assert str(caught.value) == says


@pytest.mark.parametrize(
    "settings",
    [
        {"fetch_private": ("harnby.example",)},
        {"fetch_private": ("10.0.0.1/8",)},
        {"fetch_agent": "Verbatim\r\nX: y"},
        {"fetch_agent": "Zoë"},
        {"fetch_agent": "(no name)"},
    ],
)
def test_invalid_settings(settings: dict[str, Any]) -> None:
    with pytest.raises(SettingError, match="VERBATIM_FETCH_"):
        Web(Settings(**settings))
