"""Share corpora among the tests of search."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from api.app import create_app
from api.config import Settings
from api.database.engine import make_engine, writing
from tests.conftest import migrated, on_server
from tests.search import overlapping as overlapping_rows
from tests.search.corpus import Corpus, filled


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with writing(engine) as session:
        yield session


@pytest.fixture
def corpus(session: Session) -> Corpus:
    """Return a corpus to change."""
    return filled(session)


@pytest.fixture(scope="module")
def same_corpus(shared_database_url: str) -> Iterator[Corpus]:
    """Yield a corpus to read."""
    engine = make_engine(Settings(database_url=shared_database_url))
    with writing(engine) as session:
        yield filled(session)
    engine.dispose()


@pytest.fixture(scope="module")
def both(sqlite_template: Path, postgresql: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Corpus]]:
    """Yield the same corpus in both databases, to read."""
    path = tmp_path_factory.mktemp("both") / "verbatim.db"
    shutil.copyfile(sqlite_template, path)
    on_server(postgresql, "CREATE DATABASE test_both TEMPLATE template0 ENCODING 'UTF8'")
    urls = [f"sqlite:///{path}", migrated(postgresql.replace("/postgres?", "/test_both?"))]
    engines = [make_engine(Settings(database_url=url)) for url in urls]
    sessions = [writing(engine) for engine in engines]
    yield [filled(session) for session in sessions]
    for session, engine in zip(sessions, engines, strict=True):
        session.close()
        engine.dispose()
    on_server(postgresql, "DROP DATABASE test_both WITH (FORCE)")


@pytest.fixture(scope="module")
def overlapping(shared_database_url: str) -> Iterator[FlaskClient]:
    """Yield a client of a database with quotes, tenures and dates that overlap in every way, to read."""
    app = create_app(Settings(database_url=shared_database_url))
    app.testing = True
    overlapping_rows.fill(app.extensions["engine"])
    yield app.test_client()
    app.extensions["engine"].dispose()
