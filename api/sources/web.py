"""The web: fetch pages and feeds politely, and post to webhooks. No server can keep a request waiting or fill the memory.

1. Each URL is parsed and its host resolved as `addresses` says.
2. The host's robots.txt is fetched first, by the same rules, and obeyed as `robots` says.
3. Each redirect is a new URL, and begins at 1.
4. An answer has a maximum of bytes, counted after decompression. All of it together has a maximum of seconds.

Proxies that the environment names are not used: they would resolve names out of our sight (decision 0013).
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
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NoReturn
from urllib.parse import urljoin

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, DecodeError, NewConnectionError
from urllib3.util import Url

from api.config import SettingError, Settings
from api.sources import robots
from api.sources.addresses import NotFetched, host_and_port, parse_web_url, resolve, seconds_left
from api.sources.readers.encoding import decode_page

__all__ = ["Answer", "NotFetched", "Web", "parse_web_url"]

MAX_ANSWER_BYTES = 8_000_000  # of a page or feed: as many as POST /v1/articles takes characters of HTML
MAX_REDIRECTS = 5  # RFC 9309, 2.3.1.2, has crawlers follow at least five for robots.txt; pages need no more
CONNECT_TIMEOUT_SECONDS = 5.0  # seconds for one address of a host, so that there is time for another of them
ACCEPT_PAGES = "text/html, application/xhtml+xml;q=0.9, text/plain;q=0.5, */*;q=0.1"
ACCEPT_FEEDS = "application/atom+xml, application/rss+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.1"

_CHUNK_BYTES = 64 * 1024  # read at a time
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_AGENT = re.compile(r"([A-Za-z_-]+)[ -~]{0,300}")  # the product token by which a robots.txt names us, and more
# urllib3 logs headers that it cannot parse, with a stack trace. Such an answer is read as well as it can be.
logging.getLogger("urllib3").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of a server: the URL that gave it after redirects, status, headers and decompressed body."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        """The media type, such as text/html; empty if the server names none."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    @property
    def retry_after(self) -> int | None:
        """The seconds that the server asks to wait; None if it does not ask, or gives a date."""
        wait = self.headers.get("Retry-After", "").strip()
        return int(wait) if re.fullmatch("[0-9]{1,7}", wait) else None


class Web:
    """The web as far as the settings allow it. Several threads may use it."""

    def __init__(
        self, settings: Settings, *, max_bytes: int = MAX_ANSWER_BYTES, robots_seconds: float = robots.CACHE_SECONDS
    ) -> None:
        """Set the limits. Raise SettingError if the networks or the agent cannot be read.

        `max_bytes` is the largest body of an answer. A robots.txt is cached for `robots_seconds`.
        """
        self.seconds = float(settings.fetch_seconds)
        self.max_bytes = max_bytes
        self.agent = settings.fetch_agent
        agent = _AGENT.fullmatch(self.agent)
        if not agent:
            raise SettingError("VERBATIM_FETCH_AGENT must begin with a name of letters, in ASCII, such as Verbatim/0.1")
        try:
            self.private = [ipaddress.ip_network(network) for network in settings.fetch_private]
        except ValueError as error:
            raise SettingError(f"VERBATIM_FETCH_PRIVATE must be networks such as 10.1.0.0/16: {error}") from None
        self._robots = robots.Robots(agent[1], self._get_robots, robots_seconds)

    def get(self, url: str, accept: str = ACCEPT_PAGES, headers: Mapping[str, str] | None = None) -> Answer:
        """Return the answer at `url`: one with status 200, or 304 if `headers` make the request conditional.

        Raise NotFetched.
        """
        deadline = time.monotonic() + self.seconds
        answer = self._follow(url, {"Accept": accept, **(headers or {})}, deadline, self._robots.check)
        if answer.status == 200 or (answer.status == 304 and headers):
            return answer
        raise NotFetched(f"the server answered {answer.status}", retry_after=answer.retry_after)

    def page(self, url: str) -> dict[str, str]:
        """Return the page at `url` as `html` or `text`, and the URL after redirects as `found_at`.

        Raise NotFetched, also for a document that is not a page.
        """
        answer = self.get(url)
        kind = answer.media_type
        text = decode_page(answer.body, answer.headers.get("Content-Type", ""))
        text = text.replace("\0", "\ufffd")  # as browsers do
        if kind in ("text/html", "application/xhtml+xml") or (not kind and "<" in text[:1000]):
            return {"html": text, "found_at": answer.url}
        if kind == "text/plain":
            return {"text": text, "found_at": answer.url}
        raise NotFetched(f"it is {re.sub('[^!-~]', '', kind)[:60] or 'of no known type'}, and no page")

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post `body` and return the answer, whatever its status, without its body. No redirect is followed.

        Raise NotFetched.
        """
        return self._request(parse_web_url(url), headers, time.monotonic() + self.seconds, body)

    def check(self, url: str) -> None:
        """Raise NotFetched if the URL leads nowhere, as far as can be known without asking its server."""
        parsed, deadline = parse_web_url(url), time.monotonic() + self.seconds
        with _as_not_fetched(deadline, self.seconds):
            resolve(*host_and_port(parsed), self.private, deadline)

    def crawl_delay(self, url: str) -> float:
        """Return the seconds that the host wants between two requests, as far as its robots.txt was read; else 0."""
        return self._robots.crawl_delay(parse_web_url(url))

    def _get_robots(self, url: str, deadline: float) -> Answer:
        """Return the answer at the URL of a robots.txt, which may always be asked for."""
        return self._follow(url, {"Accept": "text/plain"}, deadline, lambda _url, _deadline: None)

    def _follow(
        self, url: str, headers: Mapping[str, str], deadline: float, check: Callable[[Url, float], None]
    ) -> Answer:
        """Return the first answer that is not a redirect. `check` raises NotFetched for a URL that must not be asked for."""
        parsed = parse_web_url(url)
        for _ in range(MAX_REDIRECTS + 1):
            check(parsed, deadline)
            answer = self._request(parsed, headers, deadline)
            location = answer.headers.get("Location")
            if answer.status not in _REDIRECTS or not location:
                return answer
            # http.client reads headers as Latin-1. Other than ASCII they are nearly always UTF-8.
            location = location.encode("latin-1", "replace").decode("utf-8", "replace")
            try:
                parsed = parse_web_url(urljoin(parsed.url, location))
            except NotFetched as error:
                raise NotFetched(f"it redirects to a URL that is not fetched: {error}") from None
            except ValueError:
                raise NotFetched("it redirects to something that is no URL") from None
        raise NotFetched(f"it redirects more than {MAX_REDIRECTS} times")

    def _request(self, url: Url, headers: Mapping[str, str], deadline: float, posted: bytes | None = None) -> Answer:
        """Return the answer to one request: a GET, or a POST, of whose answer only status and headers are read."""
        sent = {
            "Host": url.netloc or "",
            "User-Agent": self.agent,
            "Accept-Encoding": "gzip, deflate",
            "Connection": "close",
            **headers,
        }
        with _as_not_fetched(deadline, self.seconds), self._connect(url, deadline) as connection:
            timer = _hang_up_at(deadline, connection)
            try:
                method = "GET" if posted is None else "POST"
                connection.request(method, url.request_uri, body=posted, headers=sent, preload_content=False)
                with closing(connection.getresponse()) as response:
                    wanted = posted is None and response.status not in _REDIRECTS
                    body = _read_body(response, self.max_bytes) if wanted else b""
            finally:
                timer.cancel()
            seconds_left(deadline)  # a connection that we hung up can look like the end of the body
            return Answer(url.url, response.status, response.headers, body)

    @contextmanager
    def _connect(self, url: Url, deadline: float) -> Iterator[HTTPConnection]:
        """Connect to the first of the host's addresses that accepts."""
        host, port = host_and_port(url)
        for address in resolve(host, port, self.private, deadline):
            timeout = min(CONNECT_TIMEOUT_SECONDS, seconds_left(deadline))
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
                connection.timeout = seconds_left(deadline)
                yield connection
                return
        raise NotFetched("its server does not take connections")

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Trust what the system trusts. The context is made when first needed: that takes some hundredths of a second."""
        return ssl.create_default_context()


def _hang_up_at(deadline: float, connection: HTTPConnection) -> threading.Timer:
    """Start a timer that ends the connection at the deadline, and return it.

    A socket's timeout counts from byte to byte, so that a server which sends a byte now and then never meets it. The socket is
    shut down and not closed, so that no other socket can have its number while it is still read from.
    """

    def hang_up(sock: socket.socket) -> None:
        with suppress(OSError):
            socket.socket.shutdown(sock, socket.SHUT_RDWR)  # also under TLS, without close_notify

    timer = threading.Timer(seconds_left(deadline), hang_up, [connection.sock])
    timer.daemon = True
    timer.start()
    return timer


def _read_body(response: urllib3.HTTPResponse, max_bytes: int) -> bytes:
    """Return the decompressed body. Raise NotFetched if it is too large, or compressed in a way that was not asked for."""
    encodings = {part.strip().lower() for part in response.headers.get("Content-Encoding", "").split(",")}
    if encodings - {"", "identity", "gzip", "x-gzip", "deflate"}:
        raise NotFetched("it is compressed in a way that was not asked for")
    body = bytearray()
    for chunk in response.stream(_CHUNK_BYTES):
        body += chunk
        if len(body) > max_bytes:
            raise NotFetched(f"it is larger than {max_bytes:,} bytes")
    return bytes(body)


@contextmanager
def _as_not_fetched(deadline: float, seconds: float) -> Iterator[None]:
    """Turn every error of a request into NotFetched with a message of one line."""

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
        raise NotFetched(f"the connection failed ({_error_name(error)})") from None


def _error_name(error: Any) -> str:
    """Return the kind of an error in words, without addresses and bytes of the answer."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__).lower().removesuffix(" error")
