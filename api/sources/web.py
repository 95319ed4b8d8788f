"""Pages and feeds from the web, asked for politely, and what is sent to it, without being led to where nobody outside may look.

1. A URL is http or https, without user and password; it is parsed once, and what was parsed is what is asked for.
2. Its host is resolved once, and the connection is made to an address that was looked at: no second answer of a name server
   can lead it elsewhere. Only public addresses will do, and those of VERBATIM_FETCH_PRIVATE.
3. robots.txt of the host is asked first, fetched by the same rules, and remembered for an hour.
4. Each redirect is a new URL, and begins at 1.
5. An answer has a most of bytes, counted after decompression, and all of it together a most of seconds.

Proxies that the environment names are not used: they would resolve names out of our sight.
"""

from __future__ import annotations

import http.client
import ipaddress
import logging
import re
import socket
import ssl
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, NoReturn
from urllib.parse import urljoin

import urllib3
from protego import Protego
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, DecodeError, LocationParseError, NewConnectionError
from urllib3.util import Url, parse_url

from api.config import SettingError, Settings
from api.sources.readers.encoding import decode_page

LARGEST = 8_000_000  # bytes of a page or feed: as many as POST /v1/articles takes characters of HTML
MOST_REDIRECTS = 5  # RFC 9309, 2.3.1.2, has crawlers follow at least five for robots.txt; pages need no more
LONGEST_URL = 2000  # characters, as everywhere here
ROBOTS_FOR = 3600.0  # seconds for which a robots.txt is believed; RFC 9309, 2.4, allows a day
LARGEST_ROBOTS = 512 * 1024  # bytes of a robots.txt that are read; RFC 9309, 2.5, asks for at least 500 KiB
CONNECT_TIMEOUT = 5.0  # seconds for one address of a host, so that there is time for another of them
MOST_ROBOTS = 1000  # hosts whose robots.txt is remembered
PAGES = "text/html, application/xhtml+xml;q=0.9, text/plain;q=0.5, */*;q=0.1"
FEEDS = "application/atom+xml, application/rss+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.1"

_CHUNK = 64 * 1024  # bytes read at a time
_MOVED = frozenset({301, 302, 303, 307, 308})
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address in its last 32 bits
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")  # all that is allocated for the public internet (RFC 4291)
# 6to4 and Teredo, which lead to any IPv4 address.
_TUNNELS = (ipaddress.IPv6Network("2002::/16"), ipaddress.IPv6Network("2001::/32"))
_PRODUCT = re.compile(r"[A-Za-z_-]+")  # the product token by which a robots.txt names us (RFC 9309, 2.2.1)
_AGENT = re.compile(r"[A-Za-z_-]+[ -~]{0,300}")
# It logs headers that it cannot parse, with a stack trace; such an answer is read as well as it can be.
logging.getLogger("urllib3").setLevel(logging.CRITICAL)
_resolving = ThreadPoolExecutor(16, thread_name_prefix="resolve")  # getaddrinfo has no timeout of its own


class NotFetched(ValueError):
    """There is nothing to be had at the URL; the message says why, on one line.

    `url_at_fault` where the URL is one that is never fetched; `retry_after` is how many seconds the server asks to wait.
    """

    def __init__(self, reason: str, *, url_at_fault: bool = False, retry_after: int | None = None) -> None:
        super().__init__(reason)
        self.url_at_fault = url_at_fault
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered in the end: the URL that gave it (after redirects), status, headers and decompressed body."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        """Such as text/html; empty where the server does not say."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    @property
    def retry_after(self) -> int | None:
        """The seconds that the server asks to wait, None where it says none or a date."""
        wait = self.headers.get("Retry-After", "").strip()
        return int(wait) if re.fullmatch("[0-9]{1,7}", wait) else None


class _Robots(NamedTuple):
    rules: Protego
    until: float  # time.monotonic()


class Web:
    """The way to the web that the settings allow. May be used from several threads."""

    def __init__(self, settings: Settings) -> None:
        """Raises SettingError for networks or an agent that cannot be read."""
        self.seconds = float(settings.fetch_seconds)
        self.agent = settings.fetch_agent
        if not _AGENT.fullmatch(self.agent):
            raise SettingError("VERBATIM_FETCH_AGENT must begin with a name of letters, in ASCII, such as Verbatim/0.1")
        try:
            self.private = [ipaddress.ip_network(network) for network in settings.fetch_private]
        except ValueError as error:
            raise SettingError(f"VERBATIM_FETCH_PRIVATE must be networks such as 10.1.0.0/16: {error}") from None
        self._robots: OrderedDict[str, _Robots] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, url: str, accept: str = PAGES, headers: Mapping[str, str] | None = None) -> Answer:
        """What is at `url`: an answer with status 200, or 304 where `headers` make the request conditional.

        Raises NotFetched.
        """
        deadline = time.monotonic() + self.seconds
        sent = {"Accept": accept, **(headers or {})}
        answer = self._follow(parsed(url), sent, deadline, self._obey_robots)
        if answer.status == 200 or (answer.status == 304 and headers):
            return answer
        raise NotFetched(f"the server answered {answer.status}", retry_after=answer.retry_after)

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """What the server at `url` answers to `body`, whatever its status, without the answer's body. No redirect is followed.

        Raises NotFetched.
        """
        return self._ask(parsed(url), headers, time.monotonic() + self.seconds, body)

    def check(self, url: str) -> None:
        """Raise NotFetched for a URL that leads nowhere, as far as can be known without asking its server."""
        found, deadline = parsed(url), time.monotonic() + self.seconds
        with _in_our_words(deadline, self.seconds):
            self._addresses(*_host_and_port(found), deadline)

    def page(self, url: str) -> dict[str, str]:
        """The page at `url` as api.ingestion.article.prepare takes it: its `html` or `text`, and the URL where it was `found_at`.

        Raises NotFetched, also for what is no page.
        """
        answer = self.get(url)
        kind = answer.media_type
        text = decode_page(answer.body, answer.headers.get("Content-Type", "")).replace(
            "\0", "\ufffd"
        )  # as browsers do
        if kind in ("text/html", "application/xhtml+xml") or (not kind and "<" in text[:1000]):
            return {"html": text, "found_at": answer.url}
        if kind == "text/plain":
            return {"text": text, "found_at": answer.url}
        raise NotFetched(f"it is {re.sub('[^!-~]', '', kind)[:60] or 'of no known type'}, and no page")

    def crawl_delay(self, url: str) -> float:
        """The seconds that the host's robots.txt wants between two requests, as far as it was read; else 0."""
        with self._lock:
            known = self._robots.get(_origin(parsed(url)))
        return (known.rules.crawl_delay(self._product) or 0.0) if known else 0.0

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Trusts what the system trusts; made when first needed, since it takes some hundredths of a second."""
        return ssl.create_default_context()

    @property
    def _product(self) -> str:
        return _PRODUCT.match(self.agent)[0]  # type: ignore[index]  # the constructor saw to it that it matches

    def _follow(
        self, url: Url, headers: Mapping[str, str], deadline: float, may: Callable[[Url, float], None]
    ) -> Answer:
        """The first answer that is no redirect; `may` raises NotFetched for a URL that must not be asked for."""
        for _ in range(MOST_REDIRECTS + 1):
            may(url, deadline)
            answer = self._ask(url, headers, deadline)
            location = answer.headers.get("Location")
            if answer.status not in _MOVED or not location:
                return answer
            # http.client reads headers as Latin-1; what is not ASCII there is UTF-8 nearly always.
            location = location.encode("latin-1", "replace").decode("utf-8", "replace")
            try:
                url = parsed(urljoin(url.url, location))
            except NotFetched as error:
                raise NotFetched(f"redirected to a URL that is not fetched: {error}") from None
            except ValueError:
                raise NotFetched("redirected to what is no URL") from None
        raise NotFetched(f"redirected more than {MOST_REDIRECTS} times")

    def _obey_robots(self, url: Url, deadline: float) -> None:
        """Raises NotFetched where the host's robots.txt does not let us at `url`, or cannot be read (RFC 9309, 2.3.1)."""
        origin = _origin(url)
        with self._lock:
            known = self._robots.get(origin)
        if known is None or known.until < time.monotonic():
            try:
                answer = self._follow(parsed(f"{origin}/robots.txt"), {"Accept": "text/plain"}, deadline, _anywhere)
            except NotFetched as error:
                if error.url_at_fault:
                    raise
                raise NotFetched(f"its robots.txt cannot be read: {error}", retry_after=error.retry_after) from None
            if answer.status >= 500 or answer.status == 429:
                reason = f"its robots.txt cannot be read: the server answered {answer.status}"
                raise NotFetched(reason, retry_after=answer.retry_after)
            text = answer.body[:LARGEST_ROBOTS].decode("utf-8", "replace") if answer.status == 200 else ""
            known = _Robots(Protego.parse(text), time.monotonic() + ROBOTS_FOR)
            with self._lock:
                self._robots[origin] = known
                self._robots.move_to_end(origin)
                while len(self._robots) > MOST_ROBOTS:
                    self._robots.popitem(last=False)
        if not known.rules.can_fetch(url.url, self._product):
            raise NotFetched("robots.txt of its host asks not to fetch it")

    def _ask(self, url: Url, headers: Mapping[str, str], deadline: float, posted: bytes | None = None) -> Answer:
        """What the server answers to one request: a GET, or a POST of which only status and headers are wanted."""
        sent = {
            "Host": url.netloc or "",
            "User-Agent": self.agent,
            "Accept-Encoding": "gzip, deflate",
            "Connection": "close",
            **headers,
        }
        with _in_our_words(deadline, self.seconds), self._connected(url, deadline) as connection:
            hung_up = _hang_up_at(deadline, connection)
            try:
                method = "GET" if posted is None else "POST"
                connection.request(method, url.request_uri, body=posted, headers=sent, preload_content=False)
                with closing(connection.getresponse()) as response:
                    body = _read(response) if posted is None and response.status not in _MOVED else b""
            finally:
                hung_up.cancel()
            _left(deadline)  # a connection that we hung up can look like the end of the body
            return Answer(url.url, response.status, response.headers, body)

    @contextmanager
    def _connected(self, url: Url, deadline: float) -> Iterator[HTTPConnection]:
        """A connection to the first of the host's addresses that takes one."""
        host, port = _host_and_port(url)
        for address in self._addresses(host, port, deadline):
            timeout = min(CONNECT_TIMEOUT, _left(deadline))
            connection: HTTPConnection
            if url.scheme == "https":
                name = host.rstrip(".")
                connection = HTTPSConnection(
                    address, port, timeout=timeout, server_hostname=name, ssl_context=self._tls
                )
            else:
                connection = HTTPConnection(address, port, timeout=timeout)
            with closing(connection):
                try:
                    connection.connect()
                except (NewConnectionError, ConnectTimeoutError):
                    continue
                connection.timeout = _left(deadline)
                yield connection
                return
        raise NotFetched("its server does not take connections")

    def _addresses(self, host: str, port: int, deadline: float) -> list[str]:
        """The addresses of `host` that may be connected to, in the resolver's order. Raises NotFetched if there is none."""
        found = _resolving.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        try:
            addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found.result(_left(deadline))))
        except TimeoutError:
            raise
        except (OSError, UnicodeError):
            raise NotFetched("its host has no address") from None
        allowed = [address for address in addresses if self._may_reach(address)]
        if not allowed:
            raise NotFetched("its host has no public address", url_at_fault=True)
        return allowed

    def _may_reach(self, written: str) -> bool:
        """Whether the address is a public one, or one that the settings allow."""
        address = inner(ipaddress.ip_address(written.partition("%")[0]))
        return public(address) or any(address in network for network in self.private)


def parsed(url: str) -> Url:
    """The URL as it is asked for: normalised, percent-encoded, without fragment. Raises NotFetched for one that is not."""
    try:
        found = parse_url(url)
        host = (found.host or "").encode("ascii").decode()
    except (LocationParseError, UnicodeError):
        raise NotFetched("it cannot be read as a URL", url_at_fault=True) from None
    if found.scheme not in ("http", "https"):
        raise NotFetched("only http and https are fetched", url_at_fault=True)
    if not host or "%" in host:  # % begins the zone of a link-local address
        raise NotFetched("it names no host", url_at_fault=True)
    if found.auth:
        raise NotFetched("it holds a user or password", url_at_fault=True)
    found = found._replace(fragment=None, path=found.path or "/")
    if len(found.url) > LONGEST_URL:
        raise NotFetched(f"it is longer than {LONGEST_URL} characters", url_at_fault=True)
    return found


def _host_and_port(url: Url) -> tuple[str, int]:
    return (url.host or "").strip("[]"), url.port or (443 if url.scheme == "https" else 80)


def inner(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IPv4 address that an IPv6 address stands for (::ffff:10.0.0.1, 64:ff9b::a00:1); any other as it is."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return address.ipv4_mapped
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether the address is one of the public internet: not private, loopback, link-local, shared, reserved or a group's."""
    if address.is_multicast or address.is_reserved or not address.is_global:
        return False
    return address.version == 4 or (address in _GLOBAL_V6 and not any(address in tunnel for tunnel in _TUNNELS))


def _origin(url: Url) -> str:
    return f"{url.scheme}://{url.netloc}"


def _anywhere(_url: Url, _deadline: float) -> None:
    """robots.txt itself may always be asked for."""


def _left(deadline: float) -> float:
    """The seconds that are left. Raises TimeoutError when none are."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _hang_up_at(deadline: float, connection: HTTPConnection) -> threading.Timer:
    """A timer, running, that ends the connection then: a server that sends a byte now and then meets no timeout of a socket.

    The socket is shut down and not closed, so that no other can have its number while it is still read from.
    """

    def hang_up(sock: socket.socket) -> None:
        with suppress(OSError):
            socket.socket.shutdown(sock, socket.SHUT_RDWR)  # also under TLS, without its farewell

    timer = threading.Timer(_left(deadline), hang_up, [connection.sock])
    timer.daemon = True
    timer.start()
    return timer


def _read(response: urllib3.HTTPResponse) -> bytes:
    """The body, decompressed. Raises NotFetched where it is larger than LARGEST, or compressed in ways not asked for."""
    encodings = {part.strip().lower() for part in response.headers.get("Content-Encoding", "").split(",")}
    if encodings - {"", "identity", "gzip", "x-gzip", "deflate"}:
        raise NotFetched("it is compressed in a way that was not asked for")
    body = bytearray()
    for chunk in response.stream(_CHUNK):
        body += chunk
        if len(body) > LARGEST:
            raise NotFetched(f"it is larger than {LARGEST:,} bytes")
    return bytes(body)


@contextmanager
def _in_our_words(deadline: float, seconds: float) -> Iterator[None]:
    """Whatever goes wrong on the way as NotFetched, in one line."""

    def late() -> NoReturn:
        raise NotFetched(f"it took longer than {seconds:g} seconds") from None

    try:
        yield
    except NotFetched:
        if time.monotonic() >= deadline:
            late()
        raise
    except TimeoutError:
        late()
    except (urllib3.exceptions.HTTPError, http.client.HTTPException, OSError, ValueError) as error:
        if time.monotonic() >= deadline:
            late()
        if isinstance(error, ssl.SSLCertVerificationError):
            raise NotFetched(f"its certificate is not valid: {error.verify_message}") from None
        if isinstance(error, (ssl.SSLError, urllib3.exceptions.SSLError)):
            raise NotFetched("no secure connection could be made") from None
        if isinstance(error, DecodeError):
            raise NotFetched("its compression is damaged") from None
        raise NotFetched(f"the connection failed ({_name(error)})") from None


def _name(error: Any) -> str:
    """What kind of error it is, without addresses and bytes of the answer."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__).lower().removesuffix(" error")
