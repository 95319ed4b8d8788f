"""Whose publisher an article is."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from api.database.engine import writing
from api.ingestion.publishers import host_of, publisher_for
from tests import factory


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://www.courier.example/1", "courier.example"),
        ("https://news.courier.example:8443/1", "news.courier.example"),
        ("https://courier.example./1", "courier.example"),
        ("http://[::1]/1", ""),
        ("http://[x/1", ""),
        (f"https://{'a' * 300}.example/", ""),
        (None, ""),
    ],
)
def test_host_of(url: str | None, host: str) -> None:
    assert host_of(url) == host


@pytest.mark.parametrize(
    ("name", "url", "found"),
    [
        (None, None, None),
        (None, "https://www.courier.example/1", ("Baltic Courier", "courier.example")),
        (None, "https://other.example/1", ("other.example", "other.example")),
        ("baltic courier", "https://other.example/1", ("Baltic Courier", "courier.example")),
        ("The Other", "https://other.example/1", ("The Other", "other.example")),
        ("The Other", "https://courier.example/1", ("The Other", None)),  # which is another publisher's
        ("The Other", None, ("The Other", None)),
    ],
)
def test_publisher_for(engine: Engine, name: str | None, url: str | None, found: tuple[str, str | None] | None) -> None:
    with writing(engine) as session:
        session.add(factory.publisher("Baltic Courier", "courier.example"))
        session.flush()
        publisher = publisher_for(session, name, url)
        assert (publisher and (publisher.name, publisher.domain)) == found
        assert publisher_for(session, name, url) is publisher
