"""Pages of a list, on publishers: cursors, how far rows are counted, and how long it is remembered that there are more."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from api.database.engine import reading, writing
from api.http.pagination import LONG_LIST_SECONDS, Page, Total, count, paginate
from api.models import Publisher
from tests import factory
from tests.answers import create, problem


def test_pages(writer: FlaskClient) -> None:
    for name in ("Zeta", "Ölbild", "alpha", "Beta", "beta"):
        create(writer, "publishers", name=name)
    seen, url = [], "/v1/publishers?limit=2"
    while url:
        page = writer.get(url)
        seen += [item["name"] for item in page.json["items"]]
        url = page.json["next"]
        assert page.headers.get("Link") == (f'<{url}>; rel="next"' if url else None)
    assert seen == ["alpha", "Beta", "beta", "Ölbild", "Zeta"]
    assert [item["name"] for item in writer.get("/v1/publishers?q=OLB").json["items"]] == ["Ölbild"]


def test_a_cursor_is_good_for_its_list_alone(writer: FlaskClient) -> None:
    for name in ("a", "b", "ab"):
        create(writer, "publishers", name=name)
    url = writer.get("/v1/publishers?limit=1").json["next"]
    problem(writer.get(url + "&q=b"), 422, "invalid-cursor")
    for garbled in ("x", "e30", "WyJhIl0", "%00", "ÿ", "W" * 1999):
        problem(
            writer.get(f"/v1/publishers?cursor={garbled}"), 422, "invalid-cursor" if garbled != "%00" else "invalid"
        )


EVERY = select(Publisher)


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """Yield a session on a database with three publishers."""
    with writing(engine) as session:
        session.add_all([factory.publisher(name) for name in "abc"])
        session.commit()
    with reading(engine) as session:
        yield session


@pytest.mark.parametrize(
    ("most", "total"),
    [(None, Total(3, "eq")), (4, Total(3, "eq")), (3, Total(3, "eq")), (2, Total(2, "gte")), (1, Total(1, "gte"))],
)
def test_rows_are_counted_as_far_as_the_bound(app: Flask, session: Session, most: int | None, total: Total) -> None:
    with app.test_request_context("/v1/publishers"):
        assert count(session, EVERY, most=most) == total


def test_a_long_list_is_counted_once_a_minute(app: Flask, session: Session) -> None:
    statements: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *arguments: statements.append(arguments[2]))
    counted = []
    for path, seconds in (
        ("/v1/publishers", 1000),
        ("/v1/publishers", 1000 + LONG_LIST_SECONDS - 1),
        ("/v1/publishers?q=other", 1000 + LONG_LIST_SECONDS - 1),
        ("/v1/publishers", 1000 + LONG_LIST_SECONDS + 1),
    ):
        statements.clear()
        with app.test_request_context(path):
            assert count(session, EVERY, most=2, clock=partial(float, seconds)) == Total(2, "gte")
        counted.append(sum(statement.startswith("SELECT count") for statement in statements))
    assert counted == [1, 0, 1, 1]


def test_a_short_list_is_counted_each_time(app: Flask, engine: Engine, session: Session) -> None:
    with app.test_request_context("/v1/publishers"):
        assert count(session, EVERY, most=4) == Total(3, "eq")
        with writing(engine) as other:
            other.add_all([factory.publisher(name) for name in "de"])
            other.commit()
        session.rollback()
        assert count(session, EVERY, most=4) == Total(4, "gte")


def test_later_pages_have_the_total_of_the_first(app: Flask, session: Session) -> None:
    def page(url: str) -> Page:
        with app.test_request_context(url) as context:
            total = partial(count, session, EVERY, most=1)
            cursor = context.request.args.get("cursor")
            return paginate(session, EVERY, [Publisher.name, Publisher.id], limit=2, cursor=cursor, total=total)

    first = page("/v1/publishers")
    assert ([publisher.name for publisher in first.items], first.total) == (["a", "b"], Total(1, "gte"))
    assert first.next
    second = page(first.next)
    assert ([publisher.name for publisher in second.items], second.total) == (["c"], Total(1, "gte"))
    assert second.next is None
