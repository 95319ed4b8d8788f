"""What both databases promise: reading writes nothing, a slow statement is given up, and a replica is read from."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from api.app import create_app
from api.config import SettingError, Settings
from api.database.engine import make_engine, reading, writing
from api.models import Base
from tests import factory
from tests.answers import problem
from tests.conftest import migrated, on_server


def test_a_session_for_reading_cannot_write(engine: Engine) -> None:
    for _ in range(2):  # the same connection serves both
        with reading(engine) as session:
            session.add(factory.publisher("The Wire"))
            with pytest.raises(DBAPIError, match=r"readonly|read-only"):
                session.flush()
        with writing(engine) as session:
            session.add(factory.publisher("The Wire"))
            session.commit()


def test_plan_cache_mode(migrated_postgresql: str) -> None:
    engine = make_engine(Settings(database_url=migrated_postgresql, pool_size=1))
    asked = text("SELECT current_setting('plan_cache_mode'), current_setting('enable_seqscan')")
    for _ in range(2):  # the same connection serves both
        with writing(engine) as session:
            assert tuple(session.execute(asked).one()) == ("auto", "off")
        with reading(engine) as session:
            assert tuple(session.execute(asked).one()) == ("force_custom_plan", "on")
    engine.dispose()


def listed_paths(app: Flask) -> list[str]:
    """Return a path of every route that reads."""
    values = {"quote_id": 1, "article_id": 1, "speaker_id": 1, "role_id": 1, "tenure_id": 1, "publisher_id": 1}
    with app.test_request_context():
        adapter = app.url_map.bind("localhost")
        return [
            adapter.build(rule.endpoint, {name: values[name] for name in rule.arguments})
            for rule in app.url_map.iter_rules()
            if "GET" in (rule.methods or ()) and rule.rule.startswith("/v1/") and rule.arguments <= values.keys()
        ]


def test_a_statement_timeout_is_503_on_every_route(migrated_postgresql: str, caplog: pytest.LogCaptureFixture) -> None:
    app = create_app(Settings(database_url=migrated_postgresql, statement_timeout=1))
    paths = [*listed_paths(app), "/readyz", "/v1/quotes?q=ice&facets=speaker", "/v1/speakers?prefix=a"]
    read = {"/v1/quotes", "/v1/quotes/1", "/v1/articles", "/v1/speakers"}
    assert read <= set(paths)
    holder = make_engine(Settings(database_url=migrated_postgresql))
    with holder.begin() as connection:
        connection.execute(text("LOCK TABLE " + ", ".join(f'"{table}"' for table in Base.metadata.tables)))
        with ThreadPoolExecutor(8) as pool:
            refused = list(pool.map(lambda path: app.test_client().get(path), paths))
    holder.dispose()
    app.extensions["engine"].dispose()
    for path, answer in zip(paths, refused, strict=True):
        if answer.status_code not in (401, 422):  # without a key, or an argument: nothing was asked of the database
            assert answer.status_code == 503, path
            problem(answer, 503, "unavailable")
            assert int(answer.headers["Retry-After"]) > 0, path
    assert "statement timeout" in caplog.text
    assert {path for path, answer in zip(paths, refused, strict=True) if answer.status_code == 503} >= read


def test_requests_read_from_the_replica(
    migrated_postgresql: str, postgresql: str, key: str, writer: FlaskClient
) -> None:
    """Read from a replica that is a database of its own, which shows who reads where."""
    if not writer.application.config["SETTINGS"].database_url.startswith("postgresql"):
        with pytest.raises(SettingError, match="VERBATIM_REPLICA_URL"):
            create_app(Settings(database_url="sqlite://", replica_url=migrated_postgresql))
        return
    on_server(postgresql, "CREATE DATABASE test_replica TEMPLATE template0 ENCODING 'UTF8'")
    replica = migrated(postgresql.replace("/postgres?", "/test_replica?"))
    app = create_app(Settings(database_url=migrated_postgresql, replica_url=replica))
    client = app.test_client()
    stored = client.post("/v1/publishers", json={"name": "The Wire"}, headers={"Authorization": f"Bearer {key}"})
    assert stored.status_code == 201
    assert client.get("/v1/publishers", headers={"Authorization": f"Bearer {key}"}).json["items"] == []
    assert writer.get("/v1/publishers").json["items"] == [stored.json]
    assert client.get("/readyz").status_code == 200
    for extension in ("engine", "reader"):
        app.extensions[extension].dispose()
    on_server(postgresql, "DROP DATABASE test_replica WITH (FORCE)")
    problem(client.get("/readyz"), 503, "unavailable")
    app.extensions["engine"].dispose()


def test_errors_do_not_show_parameters(engine: Engine) -> None:
    """They are logged, and parameters may be secrets of webhooks."""
    with engine.connect() as connection, pytest.raises(DBAPIError) as raised:
        connection.execute(text("SELECT * FROM no_such_table WHERE secret = :secret"), {"secret": "whsec_c2VjcmV0"})
    assert "whsec_c2VjcmV0" not in str(raised.value)
