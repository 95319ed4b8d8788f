"""The URL that links begin with, and who may say it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from api.app import create_app
from api.config import SettingError, Settings
from tests.answers import problem

FEED = "/v1/quotes.atom"


@pytest.mark.parametrize(
    ("set_", "headers", "link"),
    [
        ({}, {}, "http://localhost/v1"),
        ({}, {"Host": "a.example:81"}, "http://a.example:81/v1"),
        ({}, {"Host": "[::1]:8000"}, "http://[::1]:8000/v1"),
        ({}, {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}, "http://localhost/v1"),
        (
            {"trusted_proxies": 1},
            {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "b.example"},
            "https://b.example/v1",
        ),
        ({"trusted_proxies": 1}, {"X-Forwarded-Proto": "javascript"}, None),
        ({"trusted_proxies": 1}, {"X-Forwarded-Host": "evil.example/<script>"}, None),
        ({}, {"Host": "a b"}, None),
        ({}, {"Host": "a/b"}, None),
        ({}, {"Host": ""}, None),
        ({}, {"Host": "user@a.example"}, None),
        ({}, {"Host": "a:b"}, None),
        ({"base_url": "https://c.example"}, {"Host": "evil.example"}, "https://c.example/v1"),
        ({"base_url": "https://c.example/verbatim/"}, {}, "https://c.example/verbatim/v1"),
        (
            {"base_url": "https://c.example", "trusted_proxies": 1},
            {"X-Forwarded-Proto": "javascript", "X-Forwarded-Host": "evil.example"},
            "https://c.example/v1",
        ),
    ],
)
def test_links(settings: Settings, set_: dict[str, Any], headers: dict[str, str], link: str | None) -> None:
    app = create_app(replace(settings, **set_))
    try:
        answer = app.test_client().get(FEED, headers=headers)
        if link is None:
            problem(answer, 400, "bad-request")
        else:
            assert f'href="{link}/quotes.atom"'.encode() in answer.data
    finally:
        app.extensions["background"].close()
        app.extensions["engine"].dispose()


@pytest.mark.parametrize(
    "url", ["c.example", "ftp://c.example", "https://", "https://c.example/?a", "https://a@b/", "https://a b"]
)
def test_a_base_url_is_one(settings: Settings, url: str) -> None:
    with pytest.raises(SettingError, match="VERBATIM_BASE_URL must look like"):
        create_app(replace(settings, base_url=url))
