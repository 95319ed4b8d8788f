"""Idempotency-Key: a POST that was answered before gets the same answer and changes nothing.

After draft-ietf-httpapi-idempotency-key-header. The answer is stored in the transaction of the work itself.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re

from flask import Response, current_app, g, request
from sqlalchemy import delete, select

from api.database.engine import reading
from api.http.problems import Problem, invalid
from api.http.session import session
from api.models import IdempotencyKey, now

KEPT_FOR = dt.timedelta(days=1)  # how long an answer is kept
KEPT_HEADERS = ("Content-Type", "Location", "ETag", "Verbatim-Outcome")
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_CHUNK = 65_536  # bytes of a streamed body read at a time


def requested_key() -> str | None:
    """Return the request's Idempotency-Key, or None. Raise Problem (422) where it is malformed."""
    key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
    if key is not None and not _KEY.fullmatch(key):
        raise invalid("Idempotency-Key", "Must be 1 to 200 printable ASCII characters without spaces.")
    return key


def stored_answer(key: str, *, streams: bool) -> Response | None:
    """Return the answer stored under `key`, or None. Raise Problem (422) where that was for another request."""
    with reading(current_app.extensions["engine"]) as stored:
        found = stored.scalar(
            select(IdempotencyKey).where(IdempotencyKey.api_key_id == g.key.id, IdempotencyKey.key == key)
        )
    if found is None:
        return None
    if found.fingerprint != _fingerprint(streams=streams):
        raise Problem("idempotency-key-reused", "Use a new Idempotency-Key for a new request.")
    return Response(found.body, found.status, {**found.headers, "Idempotent-Replayed": "true"})


def store_answer(key: str, response: Response, *, streams: bool) -> None:
    """Store the answer under `key` in the request's transaction, and delete answers older than KEPT_FOR."""
    session().execute(delete(IdempotencyKey).where(IdempotencyKey.created < now() - KEPT_FOR))
    session().add(
        IdempotencyKey(
            api_key_id=g.key.id,
            key=key,
            fingerprint=_fingerprint(streams=streams),
            status=response.status_code,
            headers={name: value for name, value in response.headers.items() if name in KEPT_HEADERS},
            body=response.get_data(as_text=True),
        )
    )


def _fingerprint(*, streams: bool) -> str:
    """Return the SHA-256 of method, path and body. Two requests with one key must agree in it."""
    body = _streamed_digest() if streams else request.get_data()
    parts = (request.method.encode(), request.full_path.encode(), body)
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _streamed_digest() -> bytes:
    """Return the SHA-256 of a body that is read a piece at a time: by the view (g.body_digest), or here."""
    if "body_digest" not in g:
        digest = hashlib.sha256()
        while chunk := request.stream.read(_CHUNK):
            digest.update(chunk)
        g.body_digest = digest.digest()
    found: bytes = g.body_digest
    return found
