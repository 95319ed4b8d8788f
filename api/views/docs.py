"""The browsable documentation at /docs: Swagger UI from the files that flask-swagger-ui packages, without a CDN."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from flask import Blueprint, Response, send_from_directory

DIST = Path(str(files("flask_swagger_ui"))) / "dist"

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Verbatim API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" href="/docs/favicon-32x32.png">
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</html>
"""
START = 'window.ui = SwaggerUIBundle({url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true});\n'

blp = Blueprint("docs", __name__, url_prefix="/docs")


@blp.get("")
def index() -> Response:
    """Answer with the page."""
    response = Response(PAGE, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"
    )
    return response


@blp.get("/<path:name>")
def asset(name: str) -> Response:
    """Answer with one of the page's files."""
    if name == "start.js":
        return Response(START, content_type="text/javascript; charset=utf-8")
    return send_from_directory(DIST, name)
