"""Databases with the article of tests/views/harbour.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from api.app import create_app
from api.config import Settings
from api.database.engine import writing
from api.http import auth
from tests.views import harbour
from tests.views.harbour import Same


@pytest.fixture
def ids(engine: Engine) -> dict[str, int]:
    """Return the ids of what is stored, for tests that change it."""
    return harbour.fill(engine)


@pytest.fixture(scope="module")
def same(shared_database_url: str) -> Iterator[Same]:
    """Yield a client that may write, and the ids of what is stored, for requests that change nothing."""
    app = create_app(Settings(database_url=shared_database_url))
    app.testing = True
    engine = app.extensions["engine"]
    client = app.test_client()
    with writing(engine) as session:
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {auth.new_key(session, 'tests', 'write')}"
        session.commit()
    ids = harbour.fill(engine)
    client.get("/v1/quotes")  # the first use of the key is written down
    yield client, ids
    engine.dispose()
