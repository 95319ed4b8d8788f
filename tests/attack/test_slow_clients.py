"""Clients that send half a request, open thousands of connections, or never read hold up nobody else."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from api.commands.serve import MAX_CONNECTIONS
from api.config import Settings
from api.database.engine import make_engine, writing
from api.http import auth
from tests.attack import long, rounds, tried
from tests.commands import article, start
from tests.commands.test_serve import ask, wait_for

EXTRACT = b"POST /v1/extract HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
REFUSED = [
    (EXTRACT + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n", 400, "bad-request"),
    (EXTRACT + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}{}\r\n", 400, "bad-request"),
    (EXTRACT + b"Transfer-Encoding: xyz\r\n\r\n", 400, "bad-request"),
    (EXTRACT + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\n{}", 400, "bad-request"),
    (b"GET /?" + b"x" * 9_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414, "url-too-long"),
    (b"GET / HTTP/1.1\r\nHost: a\r\nA: " + b"x" * 9_000 + b"\r\n\r\n", 431, "header-too-large"),
    (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"A: b\r\n" * 200 + b"\r\n", 431, "header-too-large"),
    (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"A: b\r\n" * 30_000 + b"\r\n", 431, "header-too-large"),
    (EXTRACT + b"Content-Length: 100000000\r\n\r\n{", 413, "too-large"),
]
HALF = [
    b"",
    b"GET /healthz HT",
    EXTRACT,
    EXTRACT + b"Content-Length: 100\r\n\r\n{",
    EXTRACT + b"Transfer-Encoding: chunked\r\n\r\n9\r\n{",
]


def exchange(port: int, sent: bytes) -> bytes:
    """Send bytes on a connection and return all that is answered until it is closed."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        client.sendall(sent)
        received = b""
        with suppress(ConnectionResetError):
            while chunk := client.recv(65536):
                received += chunk
    return received


@pytest.fixture(scope="module")
def url(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the URL of a SQLite database: what holds a thread does not depend on the database."""
    path = tmp_path_factory.mktemp("slow") / "verbatim.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="module")
def key(url: str) -> str:
    """Return a key that may write."""
    engine = make_engine(Settings(database_url=url))
    with writing(engine) as session:
        key = auth.new_key(session, "slow", "write")
        session.commit()
    engine.dispose()
    return key


@pytest.fixture(scope="module")
def port(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Yield the port of a server with two processes."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
    environment = {**os.environ, "DATABASE_URL": url, "PORT": str(number)}
    folder = tmp_path_factory.mktemp("serve")
    with start("serve", "--workers", 2, env=environment, cwd=folder, stderr=subprocess.DEVNULL) as server:
        try:
            wait_for(number, server)
            yield number
        finally:
            os.killpg(server.pid, signal.SIGTERM)
    assert server.returncode == 0


@contextmanager
def clients(port: int, number: int, sent: Sequence[bytes]) -> Iterator[list[socket.socket]]:
    """Connect so many clients, who send a part of a request each and read no answer."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 2 * number + 500)), hard))
    with ExitStack() as opened:
        found = []
        for place in range(number):
            client = opened.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # so that little of an answer is on its way
            client.settimeout(60)
            client.connect(("127.0.0.1", port))
            client.sendall(sent[place % len(sent)])
            found.append(client)
        yield found
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def read_late(port: int, path: str, key: str) -> bytes:
    """Return the answer to a request whose client reads only after others were answered."""
    request = f"GET {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n\r\n"
    with clients(port, 1, [request.encode()]) as [client]:
        assert ask(port, "/healthz")[0] == 200
        received = bytearray()
        while chunk := client.recv(65536):
            received += chunk
    return bytes(received)


def is_answered(port: int) -> None:
    """Ask for what needs a thread, and for what does not."""
    for _ in range(3):
        assert ask(port, "/healthz")[0] == 200
        assert ask(port, "/v1/quotes")[0] == 200


def test_half_sent_requests_hold_nobody_up(port: int) -> None:
    with clients(port, 200, HALF):
        is_answered(port)
        assert json.loads(ask(port, "/v1/extract", article())[1])["speakers"][0]["name"] == "Ann Poe"


def test_more_connections_than_there_may_be_keep_nobody_out(port: int) -> None:
    with clients(port, 2 * MAX_CONNECTIONS + 100, HALF[:2]):
        is_answered(port)


def test_answers_that_nobody_reads_hold_nobody_up(port: int, key: str) -> None:
    words = "The bridge. " + "\N{LARGE RED CIRCLE}" * 900_000  # 3.6 MB: more than the system keeps for a connection
    body = json.dumps({"text": words, "speakers": [], "quotes": []}, ensure_ascii=False)
    status, answer = ask(port, "/v1/articles", body, key)
    assert status == 201
    path = f"/v1/articles/{json.loads(answer)['id']}"
    with clients(port, 40, [f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode()]):
        is_answered(port)
        _, _, late = read_late(port, path, key).partition(b"\r\n\r\n")
    assert json.loads(late)["text"] == words


@pytest.mark.parametrize(("sent", "status", "name"), REFUSED, ids=lambda value: repr(value)[:40])
def test_malformed_requests_are_refused(port: int, sent: bytes, status: int, name: str) -> None:
    answer = exchange(port, sent)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status), answer
    assert b"\r\nContent-Type: application/problem+json" in head
    assert json.loads(body)["type"] == f"urn:verbatim:problem:{name}"


def test_two_requests_at_once_and_a_body_in_chunks(port: int) -> None:
    ended = b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    assert exchange(port, ended.replace(b"Connection: close\r\n", b"") + ended).count(b"HTTP/1.1 200 ") == 2
    chunks = b"Connection: close\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n"
    body = article().encode()
    answer = exchange(port, EXTRACT + chunks + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
    assert answer.count(b"HTTP/1.1 200 ") == 1
    assert b"Ann Poe" in answer


@long
def test_slow_clients_for_long(port: int) -> None:
    asked = 0
    for _ in rounds(0.05):
        with clients(port, 1000, [*HALF, b"GET /v1/quotes/export HTTP/1.1\r\nHost: a\r\n\r\n"]):
            for _ in range(20):
                is_answered(port)
                asked += 6
                time.sleep(1)
    tried(
        f"1,000 clients that send half a request or read nothing, and {asked:,} requests that were answered beside them"
    )
