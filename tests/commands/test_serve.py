"""verbatim serve."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import time
from pathlib import Path

import pytest

from api.commands.serve import LONGEST_LINE
from tests.commands import article, run, start


def test_rate_limit_is_checked_before_serving(database_url: str) -> None:
    result = run("serve", "--check", url=database_url, VERBATIM_RATE_LIMIT="often")
    assert (result.exit_code, result.stderr) == (
        1,
        "Error: VERBATIM_RATE_LIMIT must look like 120/minute, not 'often'\n",
    )


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
    return number


def ask(port: int, path: str, body: str | None = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Content-Type": "application/json"} if body else {}
    connection.request("POST" if body else "GET", path, body.encode() if body else None, headers)
    response = connection.getresponse()
    answer = response.read()
    connection.close()
    return response.status, answer


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "terminated"])
def test_serve_answers_and_stops(database_url: str, port: int, tmp_path: Path, stop: signal.Signals) -> None:
    log = tmp_path / "log"
    environment = {**os.environ, "DATABASE_URL": database_url, "PORT": str(port)}
    with (
        log.open("wb") as stderr,
        start("serve", "--workers", 2, env=environment, cwd=tmp_path, stderr=stderr) as server,
    ):
        try:
            for _ in range(300):
                try:
                    status, _answer = ask(port, "/healthz")
                    break
                except ConnectionError:
                    assert server.poll() is None
                    time.sleep(0.2)
            assert status == 200
            assert ask(port, "/readyz")[0] == 200
            assert json.loads(ask(port, "/v1/extract", article())[1])["speakers"][0]["name"] == "Ann Poe"
            assert ask(port, f"/v1/quotes?q={'x' * 5_000}")[0] < 500
            assert ask(port, f"/v1/quotes?q={'x' * LONGEST_LINE}")[0] in (400, 414)
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
def test_serve_where_it_cannot_listen(database_url: str, host: str, says: str) -> None:
    result = run("serve", "--host", host, url=database_url)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (1, "", 1)
    assert says in result.stderr
