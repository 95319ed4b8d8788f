"""The headers that answers share: cross-origin access, caching, compression, and no guessing of content types."""

from __future__ import annotations

from flask import Flask, Response, request
from flask_compress import Compress
from flask_cors import CORS

from api.config import Settings
from api.http.etags import READING

# What a page of another origin may read beside the few headers that browsers always show.
EXPOSED = [
    "ETag",
    "Idempotent-Replayed",
    "Link",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "Verbatim-Outcome",
    "X-Request-Id",
]
PREFLIGHT_SECONDS = 7200  # how long a browser may remember what a preflight allowed; Chromium remembers no longer
COMPRESSED_FROM = 1400  # bytes: a smaller answer fits into one packet as it is
# On a page of 100 quotes (102 kB) gzip's level 4 leaves 4 % more bytes than its default, 6, and takes half the time: 1.3 ms.
GZIP_LEVEL = 4
COMPRESSED = [
    "application/atom+xml",
    "application/json",
    "application/ld+json",
    "application/x-ndjson",
    "text/css",
    "text/csv",
    "text/html",
    "text/javascript",
]


def init_app(app: Flask, settings: Settings) -> None:
    """Give every answer of `app` these headers. Call this first: what is registered first sees an answer last."""

    def finish(response: Response) -> Response:
        response.headers["X-Content-Type-Options"] = "nosniff"
        if settings.cors_origins:  # in answers to no origin too: a cache must not give these to a page
            response.vary.add("Origin")
        if "Cache-Control" not in response.headers:
            private = settings.reads == "closed" or "Authorization" in request.headers
            response.headers["Cache-Control"] = cache_control(request.method, response.status_code, private=private)
        return response

    app.after_request(finish)
    app.config.update(
        COMPRESS_MIMETYPES=COMPRESSED,
        COMPRESS_ALGORITHM=["gzip"],
        COMPRESS_ALGORITHM_STREAMING=["gzip"],
        COMPRESS_LEVEL=GZIP_LEVEL,
        COMPRESS_MIN_SIZE=COMPRESSED_FROM,
        COMPRESS_REGISTER=False,
    )
    compress = Compress(app)

    @app.after_request
    def pack(response: Response) -> Response:
        if request.accept_encodings["gzip"]:  # flask_compress takes gzip;q=0 for a wish
            return compress.after_request(response)
        response.vary.add("Accept-Encoding")
        return response

    if settings.cors_origins:
        CORS(app, origins=list(settings.cors_origins), expose_headers=EXPOSED, max_age=PREFLIGHT_SECONDS)


def cache_control(method: str, status: int, *, private: bool) -> str:
    """Return the value of Cache-Control for an answer.

    Answers to reading may be stored, and are asked for again by their ETag each time. No other answer is stored. One that a
    key was needed for, or sent for, is for its caller alone.
    """
    if method not in READING or status not in (200, 304):
        return "no-store"
    return "private, no-cache" if private else "no-cache"
