"""Share databases with the attacks by process death."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from api.config import Settings
from api.database.engine import make_engine
from api.ingestion import pipeline
from api.ingestion.store import Stored
from tests.attack.places import STORED, Place, given
from tests.commands.test_worker import own_postgresql as own_postgresql
from tests.conftest import DATABASES, migrated


@pytest.fixture(scope="module", params=DATABASES)
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Yield a kind of database, with a filled one."""
    server = request.getfixturevalue("postgresql") if request.param == "postgresql" else None
    made = Place(tmp_path_factory.mktemp("killed"), "", server)
    url = made.filled = migrated(made.empty())
    engine = make_engine(Settings(database_url=url))
    outcomes = pipeline.store(engine, pipeline.read(engine, [given(f"first{n}") for n in range(STORED)]))
    assert {outcome.outcome for outcome in outcomes if isinstance(outcome, Stored)} == {"new"}
    engine.dispose()
    yield made
    made.drop(url)


@pytest.fixture
def url(place: Place) -> Iterator[str]:
    """Yield the URL of a filled database."""
    copy = place.copy(place.filled)
    yield copy
    place.drop(copy)


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
    return number
