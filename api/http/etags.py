"""Entity tags (RFC 9110, 8.8.3): the SHA-256 of a JSON answer, for If-None-Match and If-Match.

A view of TaggedView gives each JSON answer its tag. Before it changes or deletes a row it calls `check` with the answer that a
GET of the row would give now.
"""

from __future__ import annotations

import hashlib
from typing import Any

import marshmallow as ma
from flask import Response, g, jsonify, request
from werkzeug.exceptions import PreconditionFailed, PreconditionRequired

CHANGING = frozenset({"PUT", "PATCH", "DELETE"})  # methods that need If-Match
READING = frozenset({"GET", "HEAD"})


def tag(body: bytes) -> str:
    """Return the entity tag of an answer's body."""
    return hashlib.sha256(body).hexdigest()


def forms(etag: str) -> tuple[str, str]:
    """Return the tags under which an answer is sent: as it is, and compressed (flask_compress appends that)."""
    return etag, f"{etag}:gzip"


def require_if_match() -> None:
    """Raise PreconditionRequired (428) where the request changes a row without If-Match.

    An If-Match that cannot be read matches no row, so that `check` answers 412.
    """
    if request.method in CHANGING and not request.headers.get("If-Match", "").strip():
        raise PreconditionRequired


def check(row: Any, schema: type[ma.Schema] | None = None) -> None:
    """Raise PreconditionFailed (412) unless If-Match names the row as it is now.

    `row` is dumped by `schema`, or is the body (bytes) that a GET would answer.
    """
    g.etag_checked = True
    if not any(form in request.if_match for form in forms(tag(_body(row, schema)))):
        raise PreconditionFailed


def tag_as(row: Any, schema: type[ma.Schema]) -> None:
    """Tag the answer as a GET of the row would be, where it says more than a GET: the secret of a new search."""
    g.etag = tag(_body(row, schema))


def _body(row: Any, schema: type[ma.Schema] | None) -> bytes:
    body: bytes = row if schema is None else jsonify(schema().dump(row)).get_data()
    return body


def finish(response: Response) -> Response:
    """Tag an answer to a successful request; give 304 without a body where the client has it already.

    Streams have no tag: what they will say is not known yet. Raise RuntimeError where a view changed a row unchecked.
    """
    if request.method in CHANGING and not g.get("etag_checked"):
        raise RuntimeError(f"{request.endpoint} does not check If-Match on {request.method}")
    if response.is_streamed or response.status_code not in (200, 201, 202):
        return response
    etag = g.pop("etag", None) or tag(response.get_data())
    if request.method in READING:  # RFC 9110, 13.1.2: compared weakly, since proxies turn tags into W/"..."
        known = next((form for form in forms(etag) if request.if_none_match.contains_weak(form)), None)
        if known is not None:
            response, etag = Response(status=304), known
    response.set_etag(etag)
    return response
