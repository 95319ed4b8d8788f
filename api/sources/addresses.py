"""Decide which URLs and addresses may be fetched, so that no outsider makes the server read its private network.

1. A URL is http or https, without user and password. It is parsed once, and the parsed URL is requested.
2. Its host is resolved once, and the connection is made to an address that was checked. So no second answer of a name server
   can lead it elsewhere (DNS rebinding). Only public addresses are allowed, and the networks that settings name.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias

from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

MAX_URL_CHARACTERS = 2000  # as everywhere in the API

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address in its last 32 bits
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")  # all that is allocated for the public internet (RFC 4291)
# 6to4 and Teredo, which lead to any IPv4 address.
_TUNNELS = (ipaddress.IPv6Network("2002::/16"), ipaddress.IPv6Network("2001::/32"))
_resolvers = ThreadPoolExecutor(16, thread_name_prefix="resolve")  # getaddrinfo has no timeout of its own


class NotFetched(ValueError):
    """Nothing could be fetched from the URL. The message says why, on one line.

    `url_at_fault` is true if the URL is one that is never fetched. `retry_after` is how many seconds the server asks to wait.
    """

    def __init__(self, reason: str, *, url_at_fault: bool = False, retry_after: int | None = None) -> None:
        super().__init__(reason)
        self.url_at_fault = url_at_fault
        self.retry_after = retry_after


def parse_web_url(url: str) -> Url:
    """Return the URL as it is requested: normalised, percent-encoded, without fragment. Raise NotFetched if it never is."""
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
    if len(found.url) > MAX_URL_CHARACTERS:
        raise NotFetched(f"it is longer than {MAX_URL_CHARACTERS} characters", url_at_fault=True)
    return found


def host_and_port(url: Url) -> tuple[str, int]:
    """Return the host that a parsed URL names, without the brackets of IPv6, and the port."""
    return (url.host or "").strip("[]"), url.port or (443 if url.scheme == "https" else 80)


def resolve(host: str, port: int, private: Sequence[Network], deadline: float) -> list[str]:
    """Return the addresses of `host` that may be connected to, in the resolver's order.

    They are public, or in one of the `private` networks. Raise NotFetched if there is none, and TimeoutError at the deadline.
    """
    asked = _resolvers.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    try:
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in asked.result(seconds_left(deadline))))
    except TimeoutError:
        raise
    except (OSError, UnicodeError):
        raise NotFetched("its host has no address") from None
    allowed = [address for address in addresses if _is_allowed(address, private)]
    if not allowed:
        raise NotFetched("its host has no public address, nor one in VERBATIM_FETCH_PRIVATE", url_at_fault=True)
    return allowed


def _is_allowed(written: str, private: Sequence[Network]) -> bool:
    address = embedded_ipv4(ipaddress.ip_address(written.partition("%")[0]))
    return is_public(address) or any(address in network for network in private)


def is_public(address: Address) -> bool:
    """Return True for an address of the public internet: not private, loopback, link-local, shared, reserved or multicast."""
    if address.is_multicast or address.is_reserved or not address.is_global:
        return False
    return address.version == 4 or (address in _GLOBAL_V6 and not any(address in tunnel for tunnel in _TUNNELS))


def embedded_ipv4(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address stands for (::ffff:10.0.0.1, 64:ff9b::a00:1), and any other as it is."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return address.ipv4_mapped
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def seconds_left(deadline: float) -> float:
    """Return the seconds until `deadline`, a time of time.monotonic(). Raise TimeoutError if it has passed."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
