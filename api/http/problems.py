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


def respond(error: HTTPException) -> Response:
    """Answer an HTTP error with problem details and its own headers (405 keeps Allow)."""
    status = error.code or 500
    if status < 400:  # redirects and 304 are answers, not problems
        return cast(Response, error.get_response())
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
    body |= listed(errors or ())
    return Response(json.dumps(body) + "\n", status, headers, content_type=CONTENT_TYPE)


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

    @app.errorhandler(StaleDataError)
    def stale(_error: StaleDataError) -> Response:
        return respond(Problem("stale", "Someone else changed it at the same moment: read it again, then try again."))

    @app.errorhandler(IntegrityError)
    def conflict(_error: IntegrityError) -> Response:
        return respond(Problem("conflict", "Another row has the same key, or something refers to this one."))

    @app.errorhandler(DBAPIError)
    @app.errorhandler(NoConnection)  # all connections of the pool were in use for too long
    def unavailable(error: DBAPIError | NoConnection) -> Response:
        if not is_unanswered(error):  # a fault of ours, such as a statement too long for SQLite
            log.error("the database refused a statement", exc_info=error)
            return internal(InternalServerError())
        log.error("the database did not answer", exc_info=error)
        detail = "The database did not answer in time; try again."
        if outage(error) == FULL:
            detail = "The disk of the database is full: nothing was stored."
        return respond(Problem("unavailable", detail, headers={"Retry-After": str(RETRY_AFTER)}))

    @app.errorhandler(InternalServerError)
    def internal(_error: InternalServerError) -> Response:
        return respond(Problem("internal", "The error has been logged; the same request may work later."))
