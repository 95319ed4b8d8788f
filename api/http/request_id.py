"""The id of a request: the one that its caller or a proxy sent, or a new one. Its answer and what it logs have it."""

from __future__ import annotations

import logging
import re
import secrets

from flask import Flask, Response, g, has_request_context, request

from api.database.outages import OneLine

HEADER = "X-Request-Id"
_ID = re.compile(r"[A-Za-z0-9._:/+=@-]{1,200}")  # nothing that could end a line of the log or imitate another field
LOG_FORMAT = "%(asctime)s %(levelname)s [%(request_id)s] %(message)s"


def init_app(app: Flask) -> None:
    """Give every answer of `app` the id of its request."""

    @app.after_request
    def name(response: Response) -> Response:
        response.headers[HEADER] = request_id()
        return response


def request_id() -> str:
    """Return the id of the present request: its header X-Request-Id if that is plain, or a random one."""
    if "request_id" not in g:
        given = request.headers.get(HEADER, "")
        g.request_id = given if _ID.fullmatch(given) else secrets.token_hex(16)
    found: str = g.request_id
    return found


class WithRequestId(logging.Filter):
    """Gives each record of a log `request_id`: that of the present request, or - outside of requests."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Add the id, and let the record through."""
        record.request_id = request_id() if has_request_context() else "-"
        return True


def log_to_stderr() -> None:
    """Write warnings and errors to standard error, each with its time and the id of its request, and outages once."""
    handler = logging.StreamHandler()
    handler.addFilter(WithRequestId())
    handler.addFilter(OneLine())
    logging.basicConfig(level=logging.WARNING, format=LOG_FORMAT, handlers=[handler])
