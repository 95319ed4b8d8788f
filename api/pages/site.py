"""What all pages share: the blueprint, headers, errors as pages, and the files that pages load."""

from __future__ import annotations

import hashlib
from http import HTTPStatus
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, g, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException, InternalServerError, NotFound
from werkzeug.wrappers import Response as AnyResponse

from api.http import etags, problems
from api.http.problems import Problem
from api.pages import texts

blp = Blueprint("pages", __name__, template_folder="templates")

# What pages load, by name: some 60 kB in all.
FILES = {file.name: file.read_bytes() for file in sorted((Path(__file__).parent / "static").iterdir())}
CONTENT_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
# Of all files together: pages load them under it, so that a browser may keep them for good.
VERSION = hashlib.sha256(b"".join(FILES.values())).hexdigest()[:12]
KEPT = "public, max-age=31536000, immutable"
POLICY = "; ".join(
    (
        "default-src 'none'",
        *(f"{what}-src 'self'" for what in ("style", "script", "img", "connect")),
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
# What a page says of an error, where the API's words are for programs.
SAID = {
    404: "There is no page at this address. It may have been deleted, or the address is not complete.",
    405: "This page cannot be sent a form in this way.",
    413: "The text is too long for this page.",
    503: "The database does not answer now. This page asks again by itself every few seconds.",
}


def init_app(app: Flask) -> None:
    """Give `app` the pages. A browser that finds nothing gets a page that says so; other clients get the problem."""
    app.register_blueprint(blp)
    app.register_error_handler(HTTPStatus.NOT_FOUND, _nothing_here)


def render(template: str, code: int = 200, **values: Any) -> AnyResponse:
    """Answer with a page. It has an ETag, and is 304 without a body where the client has it already."""
    response = Response(render_template(template, **values), code, content_type="text/html; charset=utf-8")
    response.headers.update({"Content-Security-Policy": POLICY, "Referrer-Policy": "same-origin"})
    if code != HTTPStatus.OK or request.method == "POST":
        return response
    return etags.finish(response)


@blp.app_template_global()
def file(name: str) -> str:
    """Return the URL of a file that pages load."""
    return url_for("pages.asset", version=VERSION, name=name)


blp.add_app_template_filter(texts.day)
blp.add_app_template_filter(texts.number)
blp.add_app_template_filter(texts.safe_url)


@blp.get("/assets/<version>/<name>")
def asset(version: str, name: str) -> Response:
    """Answer with a file that pages load. A browser keeps it for good under its version, else asks each time."""
    if name not in FILES:
        raise NotFound
    response = Response(FILES[name], content_type=f"{CONTENT_TYPES[name.rpartition('.')[2]]}; charset=utf-8")
    response = etags.finish(response)
    response.headers["Cache-Control"] = KEPT if version == VERSION else "no-cache"
    return response


@blp.before_request
def leave_out_empty_parameters() -> AnyResponse | None:
    """Lead a form with empty fields to the URL without them, which is the one to share."""
    if request.endpoint == "pages.asset" or request.method not in ("GET", "HEAD"):
        return None
    given = [(name, value) for name, value in request.args.items(multi=True) if value.strip()]
    if len(given) == len(list(request.args.items(multi=True))):
        return None
    query = f"?{urlencode(given)}" if given else ""
    return redirect(f"{request.script_root}{request.path}{query}", 303)


@blp.errorhandler(HTTPException)
def failed(error: HTTPException) -> AnyResponse:
    """Answer an HTTP error with a page that says what is wrong, and what to do."""
    if (error.code or 500) < HTTPStatus.BAD_REQUEST:
        return error.get_response()
    body, headers = problems.described(error)
    says = SAID.get(body["status"], body["detail"])
    if isinstance(error, Problem) and body["status"] == HTTPStatus.NOT_FOUND:
        says = body["detail"]
    response = render(
        "error.html",
        body["status"],
        title=body["title"],
        says=says,
        errors=body.get("errors", []),
        status=body["status"],
        asks_again=body["status"] == HTTPStatus.SERVICE_UNAVAILABLE and request.method != "POST",
        asks_for_key=body["status"] == HTTPStatus.UNAUTHORIZED,
    )
    response.headers.extend(headers)
    return response


@blp.errorhandler(InternalServerError)
def broken(_error: InternalServerError) -> AnyResponse:
    """Answer an error of ours with a page."""
    return failed(Problem("internal", problems.INTERNAL))


def _from_database(error: Exception) -> AnyResponse:
    return failed(problems.from_database(cast(problems.DatabaseError, error)))


for kind in problems.DATABASE_ERRORS:
    blp.register_error_handler(kind, _from_database)


def _nothing_here(error: HTTPException) -> AnyResponse:
    """Answer a path that leads nowhere: with a page where a browser asks, else as the API does."""
    best = request.accept_mimetypes.best_match(("application/json", "text/html"), "application/json")
    if request.url_rule is None and best == "text/html" and request.accept_mimetypes["application/json"] < 1:
        g.pop("key", None)
        return failed(error)
    return problems.respond(error)
