"""Every error as RFC 9457 problem details, made in one place.

A problem's `type` is `urn:verbatim:problem:NAME` and never changes; docs/api.md explains each, and a test keeps it so.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, cast

from flask import Flask, Response, json
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, InternalServerError

from api.database.outages import FULL, is_unanswered, outage
from api.schemas.errors import listed, pointers

log = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
URN = "urn:verbatim:problem:"
RETRY_AFTER = 5  # seconds to wait when the database is busy
INTERNAL = "The error has been logged; the same request may work later."
DatabaseError = StaleDataError | IntegrityError | DBAPIError | NoConnection
# The last is that all connections of the pool were in use for too long.
DATABASE_ERRORS = (StaleDataError, IntegrityError, DBAPIError, NoConnection)

# name -> status, title. The first with a status stands for errors of Flask and its libraries.
PROBLEMS: dict[str, tuple[int, str]] = {
    "bad-request": (400, "The request cannot be understood"),
    "unauthorized": (401, "A valid API key is needed"),
    "forbidden": (403, "The API key may not do this"),
    "fetching-off": (403, "The server does not fetch pages"),
    "webhooks-off": (403, "The server sends nothing to webhooks"),
    "not-found": (404, "There is nothing here"),
    "method-not-allowed": (405, "The method is not allowed here"),
    "not-acceptable": (406, "No such format is offered"),
    "request-timeout": (408, "The request did not come in time"),
    "conflict": (409, "The request conflicts with what is stored"),
    "duplicate": (409, "It is stored already"),
    "in-use": (409, "Something else still refers to it"),
    "gone": (410, "It is no longer kept"),
    "stale": (412, "It has changed since it was read"),
    "too-large": (413, "The request body is too large"),
    "url-too-long": (414, "The URL is too long"),
    "unsupported-media-type": (415, "The body has no supported media type"),
    "invalid": (422, "The request has invalid values"),
    "not-fetched": (422, "The page could not be fetched"),
    "invalid-cursor": (422, "The cursor is not of this list"),
    "idempotency-key-reused": (422, "The Idempotency-Key was used for another request"),
    "if-match-required": (428, "If-Match is required"),
    "rate-limited": (429, "Too many requests"),
    "header-too-large": (431, "The request headers are too large"),
    "internal": (500, "Something went wrong here"),
    "unavailable": (503, "The service is not available now"),
}
# What to do about errors of Flask and its libraries, where their own words do not say it.
DETAILS = {
    404: "There is nothing at this path: /openapi.json lists what there is.",
    412: "Read it again, and send the ETag that it has now in If-Match.",
    413: "The body is too large.",
    415: "Send the body as application/json, and say so in Content-Type.",
    428: "Send the ETag of what was read in If-Match, so that no change in between is lost.",
}
_BY_STATUS = {status: name for name, (status, _) in reversed(PROBLEMS.items())}


class Problem(HTTPException):
    """An error to answer with.

    `name` is a key of PROBLEMS, and `detail` says what to do about it. `errors` has {"pointer", "detail"} for each invalid
    value. `headers` are sent along. `more` are further members of the problem.
    """

    def __init__(
        self,
        name: str,
        detail: str,
        *,
        errors: list[dict[str, str]] | None = None,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(detail)
        self.name_ = name
        self.code = PROBLEMS[name][0]
        self.errors = errors
        self.extra_headers = dict(headers or {})
        self.more = more


def invalid(pointer: str, detail: str) -> Problem:
    """Return the problem of one invalid value. `pointer` is its JSON pointer in the body ("/url"), or a parameter's name."""
    return Problem("invalid", f"{pointer}: {detail}", errors=[{"pointer": pointer, "detail": detail}])


def invalid_values(messages: dict[str, Any]) -> Problem:
    """Return the problem of invalid values in a body, given marshmallow's messages, nested by field."""
    errors = pointers(messages)
    return Problem("invalid", f"{errors[0]['pointer']}: {errors[0]['detail']}", errors=errors)


def details(problem: Problem) -> dict[str, Any]:
    """Return the members of a problem's JSON."""
    status, title = PROBLEMS[problem.name_]
    body = {
        "type": URN + problem.name_,
        "title": title,
        "status": status,
        "detail": problem.description,
        **problem.more,
    }
    return {**body, **listed(problem.errors or ())}


def described(error: HTTPException) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Return the members of the problem that an HTTP error is, and its own headers (405 keeps Allow)."""
    status = error.code or 500
    if isinstance(error, Problem):
        name, detail, errors, more = error.name_, error.description, error.errors, error.more
        headers = list(error.extra_headers.items())
    else:
        name, more = _BY_STATUS.get(status, "bad-request" if status < 500 else "internal"), {}
        errors = _validation_errors(getattr(error, "data", None))
        detail = DETAILS.get(status, error.description)
        if errors:
            detail = ": ".join(filter(None, (errors[0]["pointer"], errors[0]["detail"])))
        headers = [(k, v) for k, v in error.get_headers() if k.lower() not in ("content-type", "content-length")]
    body = {"type": URN + name, "title": PROBLEMS[name][1], "status": status, "detail": detail, **more}
    return {**body, **listed(errors or ())}, headers


def respond(error: HTTPException) -> Response:
    """Answer an HTTP error with problem details and its own headers."""
    if (error.code or 500) < 400:  # redirects and 304 are answers, not problems
        return cast(Response, error.get_response())
    body, headers = described(error)
    return Response(json.dumps(body) + "\n", body["status"], headers, content_type=CONTENT_TYPE)


def from_database(error: DatabaseError) -> Problem:
    """Return the problem that an error of the database is."""
    if isinstance(error, StaleDataError):
        return Problem("stale", "Someone else changed it at the same moment: read it again, then try again.")
    if isinstance(error, IntegrityError):
        return Problem(
            "conflict", "Another row has the same key, or something refers to this one: read them again first."
        )
    if not is_unanswered(error):  # a fault of ours, such as a statement too long for SQLite
        log.error("the database refused a statement", exc_info=error)
        return Problem("internal", INTERNAL)
    log.error("the database did not answer", exc_info=error)
    detail = "The database did not answer in time; try again."
    if outage(error) == FULL:
        detail = "The disk of the database is full: nothing was stored."
    return Problem("unavailable", detail, headers={"Retry-After": str(RETRY_AFTER)})


def _validation_errors(data: Any) -> list[dict[str, str]] | None:
    """Return webargs' messages, {"json": {"url": ["..."]}}, as a list of {"pointer", "detail"}."""
    messages = data.get("messages") if isinstance(data, dict) else None
    if not isinstance(messages, dict):
        return None
    found: list[dict[str, str]] = []
    for location, inner in messages.items():
        found += pointers(inner)
        if location not in ("json", "json_or_form"):
            found = [{**error, "pointer": error["pointer"].removeprefix("/")} for error in found]
    return found or None


def init_app(app: Flask) -> None:
    """Answer errors of the database with problems too; the API registers `respond` for HTTP errors."""

    def from_database_too(error: DatabaseError) -> Response:
        return respond(from_database(error))

    for kind in DATABASE_ERRORS:
        app.register_error_handler(kind, from_database_too)

    @app.errorhandler(InternalServerError)
    def internal(_error: InternalServerError) -> Response:
        return respond(Problem("internal", INTERNAL))
