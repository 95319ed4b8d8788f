"""API keys, their scopes, and the rate limit: checked here for every request, and nowhere else."""

from __future__ import annotations

import datetime as dt
import hashlib
import ipaddress
import logging
import math
import secrets
import sqlite3
import time

from flask import Flask, Response, current_app, g, request
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, Storage
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy import Engine, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from api.config import SettingError, Settings
from api.database.engine import reading, writing_at_once
from api.enums import SCOPES
from api.http.problems import Problem
from api.http.session import SAFE_METHODS
from api.models import ApiKey, now

log = logging.getLogger(__name__)

LAST_USED_EVERY = dt.timedelta(minutes=1)  # how often last_used is written, so that reading with a key seldom writes
LAST_USED_RETRY_SECONDS = 5.0  # until a process tries again to write it, after others had the lock

# Endpoints open to anyone, and POSTs that only read: their input is too long for a URL. Every other unsafe method writes.
OPEN = frozenset({"health.Alive", "health.Ready", "api-docs.openapi_json", "docs.index", "docs.asset", "pages.asset"})
READING_POSTS = frozenset({"extract.Extract", "pages.extract"})
# What a request costs of the rate limit: extraction takes a second for some 40,000 bytes. An export reads every row, and so
# does what counts all matches.
STREAMED = "imports.Imports"  # reads a body while it comes
TAKING_TEXTS = READING_POSTS | {"articles.Articles", STREAMED}
COST_BYTES, EXPORT_COST = 20_000, 10
COUNTING_ALL = (("total", "exact"), ("facets_exact", "true"), ("exact", "true"))
# Readable only with a key to write: saved searches show what a newsroom is after, and webhook URLs may be secrets.
CONFIDENTIAL = "searches."


def new_key(session: Session, name: str, scope: str) -> str:
    """Store a new key called `name` and return it. Only its hash is kept, so that it can be shown this once."""
    prefix = f"vb_{secrets.token_hex(4)}"
    key = f"{prefix}_{secrets.token_urlsafe(32)}"
    session.add(ApiKey(name=name, prefix=prefix, hash=hashed(key), scope=scope))
    return key


def scope(method: str, endpoint: str) -> str:
    """Return the scope that a request needs: read (free where reading is open) or write."""
    reads = method in SAFE_METHODS or endpoint in READING_POSTS
    return "read" if reads and not endpoint.startswith(CONFIDENTIAL) else "write"


def hashed(key: str) -> str:
    """Return the SHA-256 of a key in hexadecimal. A key has 256 random bits, so that a slow hash would add nothing."""
    return hashlib.sha256(key.encode()).hexdigest()


def rate_limit(settings: Settings) -> RateLimitItem | None:
    """Return the rate limit of the settings, or None without one. Raise SettingError where it cannot be read."""
    if not settings.rate_limit:
        return None
    try:
        return parse(settings.rate_limit)
    except ValueError:
        raise SettingError(f"VERBATIM_RATE_LIMIT must look like 120/minute, not {settings.rate_limit!r}") from None


def network(address: str) -> str:
    """Return what an address without a key is counted as: itself, or the /64 of an IPv6 address, which one client has whole."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((int(found) >> 64 << 64, 64)))
    return str(found)


def cost() -> int:
    """Return what the request counts as: 1 and 1 more for each COST_BYTES of a text, or EXPORT_COST if it reads all rows."""
    if request.endpoint in TAKING_TEXTS and request.method == "POST":
        length = request.content_length
        if length is None and request.endpoint != STREAMED:  # it came in chunks, and has been received whole
            length = len(request.get_data())
        return 1 + (length or 0) // COST_BYTES
    reads_all = is_export() or any(request.args.get(name) == value for name, value in COUNTING_ALL)
    return EXPORT_COST if reads_all else 1


def is_export() -> bool:
    """Return whether the request asks for an export: by its path, by the parameter `format`, or by Accept."""
    if (request.endpoint or "").endswith("Export"):
        return True
    if "format" in request.args:
        return request.args["format"] != "json"
    view = getattr(current_app.view_functions[request.endpoint or ""], "view_class", None)
    offers: tuple[str, ...] = getattr(view, "offers", ())
    wanted = request.accept_mimetypes.best_match(offers) or "application/json"
    return "application/json" in offers and wanted != "application/json"


def init_app(app: Flask, settings: Settings, counters: Storage | None) -> None:
    """Check every request to `app` before its view runs. Raise SettingError where the rate limit cannot be read.

    `counters` are those of all processes of a server; without them this one counts by itself.
    """
    limit = rate_limit(settings)
    limiter = FixedWindowRateLimiter(counters or MemoryStorage())
    # The keys whose last_used could not be written, and when that was tried (time.monotonic()).
    app.extensions["busy_keys"] = {}

    def count(who: str) -> None:
        if limit is None:
            return
        # What costs more than all of it takes all of it: else it could never be asked for.
        costs = min(cost(), limit.amount)
        try:
            allowed = limiter.hit(limit, who, cost=costs)
            stats = limiter.get_window_stats(limit, who)
        except sqlite3.Error as error:  # of the file of counts: a full disk must not stop those who read
            log.warning("the rate limit cannot count: %s", error)
            return
        wait = max(1, math.ceil(stats.reset_time - time.time()))
        g.rate_limit = {
            "RateLimit-Policy": f'"default";q={limit.amount};w={limit.get_expiry()}',
            "RateLimit": f'"default";r={stats.remaining};t={wait}',
        }
        if not allowed:
            detail = f"At most {settings.rate_limit}: try again in {wait} {'second' if wait == 1 else 'seconds'}."
            raise Problem("rate-limited", detail, headers={"Retry-After": str(wait)})

    @app.after_request
    def tell(response: Response) -> Response:  # after draft-ietf-httpapi-ratelimit-headers-10
        response.headers.update(g.get("rate_limit", {}))
        return response

    @app.before_request
    def check() -> None:
        if request.endpoint is None or request.endpoint in OPEN or request.method == "OPTIONS":
            return  # no such path: 404 or 405 follows
        try:
            g.key = _presented()
        except Problem:
            count(network(request.remote_addr or ""))  # guessing keys counts as calling
            raise
        count(g.key.prefix if g.key else network(request.remote_addr or ""))
        needed = scope(request.method, request.endpoint)
        if needed == "read" and settings.reads == "open":
            return
        if g.key is None:
            raise _unauthorized(f"Send a key with scope {needed}: Authorization: Bearer KEY.")
        if SCOPES.index(g.key.scope) < SCOPES.index(needed):
            raise Problem(
                "forbidden",
                f"The key has scope {g.key.scope}, and this needs {needed}: make one with --scope {needed}.",
            )


def _unauthorized(detail: str) -> Problem:
    return Problem("unauthorized", detail, headers={"WWW-Authenticate": 'Bearer realm="verbatim"'})


def _presented() -> ApiKey | None:
    """Return the stored key that the request presents, or None without one. Raise Problem for an invalid key."""
    header = request.headers.get("Authorization", "")
    if not header:
        return None
    kind, _, value = header.partition(" ")
    if kind.lower() != "bearer":
        raise _unauthorized("Authorization must be: Bearer KEY.")
    engine = current_app.extensions["engine"]
    with reading(engine) as session:
        key = session.scalar(select(ApiKey).where(ApiKey.hash == hashed(value.strip()), ApiKey.revoked.is_(None)))
        session.expunge_all()
    if key is None:
        raise _unauthorized("The key is unknown or revoked.")
    if key.last_used is None or now() - key.last_used > LAST_USED_EVERY:
        _note_use(engine, key.id)
    return key


def _note_use(engine: Engine, key_id: int) -> None:
    """Store that a key is used now, unless that would have to wait: a reader never waits for those who write."""
    busy: dict[int, float] = current_app.extensions["busy_keys"]
    if time.monotonic() - busy.get(key_id, -math.inf) < LAST_USED_RETRY_SECONDS:
        return
    try:
        with writing_at_once(engine) as connection:
            connection.execute(update(ApiKey).where(ApiKey.id == key_id).values(last_used=now()))
        busy.pop(key_id, None)
    except OperationalError:
        busy[key_id] = time.monotonic()
