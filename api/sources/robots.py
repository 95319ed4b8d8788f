"""robots.txt (RFC 9309): which pages of a host may be fetched, and how often."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple, Protocol

from protego import Protego
from urllib3.util import Url

from api.sources.addresses import NotFetched

CACHE_SECONDS = 3600.0  # for which a robots.txt is kept; RFC 9309, 2.4, allows a day
MAX_CACHED_HOSTS = 1000
MAX_ROBOTS_BYTES = 512 * 1024  # of a robots.txt that are read; RFC 9309, 2.5, asks for at least 500 KiB


class _Answer(Protocol):
    """The part of an answer to a request for a robots.txt that is used."""

    @property
    def status(self) -> int: ...
    @property
    def body(self) -> bytes: ...
    @property
    def retry_after(self) -> int | None: ...


class _Rules(NamedTuple):
    parsed: Protego
    until: float  # time.monotonic()


class Robots:
    """A cache of the rules of hosts. Several threads may use it.

    `product` is the name by which a robots.txt knows us (RFC 9309, 2.2.1). `fetch` takes the URL of a robots.txt and a
    deadline, and returns the answer or raises NotFetched. Rules are kept for `seconds`.
    """

    def __init__(self, product: str, fetch: Callable[[str, float], _Answer], seconds: float = CACHE_SECONDS) -> None:
        self.product, self.fetch, self.seconds = product, fetch, seconds
        self._cache: OrderedDict[str, _Rules] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, url: Url, deadline: float) -> None:
        """Raise NotFetched if the host's robots.txt forbids `url`, or cannot be read (RFC 9309, 2.3.1)."""
        origin = _origin(url)
        rules = self._cached(origin)
        if rules is None or rules.until < time.monotonic():
            rules = _Rules(self._parse(f"{origin}/robots.txt", deadline), time.monotonic() + self.seconds)
            with self._lock:
                self._cache[origin] = rules
                self._cache.move_to_end(origin)
                while len(self._cache) > MAX_CACHED_HOSTS:
                    self._cache.popitem(last=False)
        if not rules.parsed.can_fetch(url.url, self.product):
            raise NotFetched("robots.txt of its host asks not to fetch it")

    def crawl_delay(self, url: Url) -> float:
        """Return the seconds that the host wants between two requests, as far as its robots.txt is cached; else 0."""
        rules = self._cached(_origin(url))
        return (rules.parsed.crawl_delay(self.product) or 0.0) if rules else 0.0

    def _cached(self, origin: str) -> _Rules | None:
        with self._lock:
            return self._cache.get(origin)

    def _parse(self, url: str, deadline: float) -> Protego:
        try:
            answer = self.fetch(url, deadline)
        except NotFetched as error:
            if error.url_at_fault:
                raise
            raise NotFetched(f"its robots.txt cannot be read: {error}", retry_after=error.retry_after) from None
        if answer.status >= 500 or answer.status == 429:
            reason = f"its robots.txt cannot be read: the server answered {answer.status}"
            raise NotFetched(reason, retry_after=answer.retry_after)
        # Without a robots.txt everything may be fetched (2.3.1.3).
        return Protego.parse(answer.body[:MAX_ROBOTS_BYTES].decode("utf-8", "replace") if answer.status == 200 else "")


def _origin(url: Url) -> str:
    return f"{url.scheme}://{url.netloc}"
