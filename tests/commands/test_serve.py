"""verbatim serve."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from api.commands.serve import MAX_REQUEST_LINE_BYTES
from api.config import Settings
from api.database.engine import make_engine, reading
from api.models import Quote
from api.search.quotes import find_by_rows
from api.search.request import QuoteSearch
from tests.commands import article, run, start


@pytest.mark.parametrize(
    ("command", "setting", "says"),
    [
        (
            ["serve", "--check"],
            {"VERBATIM_RATE_LIMIT": "often"},
            "VERBATIM_RATE_LIMIT must look like 120/minute, not 'often'",
        ),
        (["serve", "--check"], {"VERBATIM_PUBLIC": "on"}, "VERBATIM_PUBLIC=on needs VERBATIM_BASE_URL"),
        (["serve", "--check"], {"VERBATIM_FETCH_PRIVATE": "home"}, "VERBATIM_FETCH_PRIVATE must be networks"),
        (
            ["worker"],
            {"VERBATIM_FETCH_PRIVATE": "home", "VERBATIM_WEBHOOKS": "on"},
            "VERBATIM_FETCH_PRIVATE must be networks",
        ),
        (["worker"], {"VERBATIM_WEBHOOKS": "yes"}, "VERBATIM_WEBHOOKS must be one of off, on"),
    ],
)
def test_checks_settings_first(database_url: str, command: list[str], setting: dict[str, str], says: str) -> None:
    result = run(*command, url=database_url, **setting)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {says}")
    assert result.stderr.count("\n") == 1


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
    return number


def ask(port: int, path: str, body: str | None = None, key: str | None = None) -> tuple[int, bytes]:
    headers = {"Content-Type": "application/json"} if body else {}
    headers |= {"Authorization": f"Bearer {key}"} if key else {}
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:  # also where its worker dies
        connection.request("POST" if body else "GET", path, body.encode() if body else None, headers)
        with connection.getresponse() as response:
            return response.status, response.read()


def wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        try:
            assert ask(port, "/healthz")[0] == 200
            return
        except ConnectionError:
            assert server.poll() is None
            time.sleep(0.2)
    raise AssertionError("the server did not start")


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "terminated"])
def test_serve_answers_and_stops(database_url: str, port: int, tmp_path: Path, stop: signal.Signals) -> None:
    log = tmp_path / "log"
    environment = {**os.environ, "DATABASE_URL": database_url, "PORT": str(port)}
    with (
        log.open("wb") as stderr,
        start("serve", "--workers", 2, env=environment, cwd=tmp_path, stderr=stderr) as server,
    ):
        try:
            wait_for(port, server)
            assert ask(port, "/readyz")[0] == 200
            assert json.loads(ask(port, "/v1/extract", article())[1])["speakers"][0]["name"] == "Ann Poe"
            assert ask(port, f"/v1/quotes?q={'x' * 5_000}")[0] < 500
            assert ask(port, f"/v1/quotes?q={'x' * MAX_REQUEST_LINE_BYTES}")[0] in (400, 414)
            taken = run("serve", "--port", port, url=database_url)
            assert (taken.exit_code, taken.stdout) == (1, "")
            assert taken.stderr == f"Error: Port {port} of 127.0.0.1 is in use; choose another with --port\n"
        finally:
            os.killpg(server.pid, stop)
    said = log.read_text()
    assert server.returncode == 0
    assert "Traceback" not in said
    assert "SIGKILL" not in said, "a worker did not end by itself"


@pytest.mark.parametrize(("host", "says"), [("no-such-host.invalid", "Cannot listen"), ("192.0.2.1", "Cannot listen")])
def test_reports_that_it_cannot_listen(database_url: str, host: str, says: str) -> None:
    result = run("serve", "--host", host, url=database_url)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (1, "", 1)
    assert says in result.stderr


def test_keeps_answered_writes_when_killed(database_url: str, key: str, port: int, tmp_path: Path) -> None:
    """Kill a worker, then the whole server, while articles come in: what was answered is stored, and all is consistent."""
    environment = {**os.environ, "DATABASE_URL": database_url, "PORT": str(port)}
    kept: list[str] = []
    stop = threading.Event()

    def write(writer: int) -> None:
        for number in range(10_000):
            word = f"zebra{writer}x{number}"
            body = article(text=f"“The {word} is ours,” said Ann Poe, the mayor of Harnby.")
            try:
                status, answer = ask(port, "/v1/articles", body, key)
            except (OSError, http.client.HTTPException):  # the connection went with the worker
                if stop.is_set():
                    return
                continue
            assert status == 201, answer
            kept.append(word)

    with start(
        "serve", "--workers", 2, env=environment, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        writers = [threading.Thread(target=write, args=(number,), daemon=True) for number in range(4)]
        try:
            wait_for(port, server)
            for writer in writers:
                writer.start()
            await_writes(kept, 10)
            listed = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text()
            os.kill(int(listed.split()[0]), signal.SIGKILL)
            await_writes(kept, len(kept) + 20)  # by the other worker, and by the one in its place
        finally:
            stop.set()
            os.killpg(server.pid, signal.SIGKILL)
        for writer in writers:
            writer.join(60)
    checked = run("db", "check", url=database_url)
    assert checked.exit_code == 0, checked.output
    engine = make_engine(Settings(database_url=database_url))
    with reading(engine) as session:
        texts = session.scalars(select(Quote.text)).all()
        for word in kept:
            assert word in session.scalars(find_by_rows(QuoteSearch.of(q=word)).select).one().text
    engine.dispose()
    assert len(texts) >= len(kept) >= 30


def await_writes(kept: list[str], number: int) -> None:
    for _ in range(600):
        if len(kept) >= number:
            return
        time.sleep(0.2)
    raise AssertionError(f"{len(kept)} of {number} writes")
