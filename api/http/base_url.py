"""The URL under which clients reach the service: what links of answers begin with."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix

from api.config import SettingError, Settings
from api.http.problems import Problem

_HOST = re.compile(r"(?:[A-Za-z0-9_.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")  # RFC 3986, 3.2.2
_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)*/?")


def init_app(app: Flask, settings: Settings) -> None:
    """Take scheme and host from VERBATIM_BASE_URL, or from the request and the proxies that are trusted.

    Refuse what is no host, and schemes other than http and https. Raise SettingError where the setting is no URL.
    """
    if settings.base_url:
        scheme, host, path = parse(settings.base_url)
        inner = app.wsgi_app

        def placed(environ: dict[str, Any], start_response: Any) -> Any:
            environ |= {"wsgi.url_scheme": scheme, "HTTP_HOST": host, "SCRIPT_NAME": path}
            return inner(environ, start_response)

        app.wsgi_app = placed  # type: ignore[method-assign]  # Flask's way to wrap it
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]  # as above
    app.before_request(check)


def check() -> None:
    """Raise Problem (400) where the request, or a proxy, names a scheme or host that is none."""
    if request.scheme not in ("http", "https"):
        raise Problem("bad-request", "The scheme is neither http nor https: the proxy must set X-Forwarded-Proto.")
    host = request.headers.get("Host")
    if host is not None and not _HOST.fullmatch(host):
        raise Problem("bad-request", "The Host is not a name or an address, with or without a port.")


def parse(url: str) -> tuple[str, str, str]:
    """Return scheme, host with port, and path without a slash at its end. Raise SettingError."""
    parts = urlsplit(url)
    is_url = parts.scheme in ("http", "https") and _HOST.fullmatch(parts.netloc) and _PATH.fullmatch(parts.path)
    if not is_url or parts.query or parts.fragment:
        raise SettingError(f"VERBATIM_BASE_URL must look like https://quotes.example, not {url!r}")
    return parts.scheme, parts.netloc, parts.path.rstrip("/")
