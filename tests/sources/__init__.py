"""Share with the tests of fetching a Web that may reach the test's own server."""

from __future__ import annotations

from typing import Any

import pytest

from api.config import Settings
from api.sources.web import NotFetched, Web
from tests.web import Page


def web(limits: dict[str, Any] | None = None, **settings: Any) -> Web:
    """Return a Web that may reach the test's server, and no other address of this machine."""
    given = {"fetch_private": ("127.0.0.1/32",), "fetch_seconds": 5, **settings}
    return Web(Settings(**given), **(limits or {}))


def reason(url: str, limits: dict[str, Any] | None = None, **settings: Any) -> str:
    """Return why the URL is not fetched, on one line."""
    with pytest.raises(NotFetched) as caught:
        web(limits, **settings).get(url)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def moved(to: str, status: int = 302) -> Page:
    """Return a redirect."""
    return Page(status=status, headers=(("Location", to),))
