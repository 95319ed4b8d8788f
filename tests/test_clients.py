"""The example clients of docs/clients, run against a real server."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from api.config import Settings
from api.database.engine import make_engine, writing
from api.http import auth
from tests import ROOT
from tests.commands import start

CLIENTS = ROOT / "docs" / "clients"
ARCHIVE = ROOT / "docs" / "tutorial" / "archive.ndjson"

pytestmark = pytest.mark.parametrize(
    "program",
    [
        pytest.param([sys.executable, str(CLIENTS / "client.py")], id="python"),
        pytest.param(["node", str(CLIENTS / "client.mjs")], id="node", marks=pytest.mark.needs("node")),
    ],
)


class Server(NamedTuple):
    url: str
    key: str


@pytest.fixture
def server(seeded_database: str, tmp_path: Path) -> Iterator[Server]:
    """Yield a server with the seeds in a database of its own."""
    path = tmp_path / "verbatim.db"
    shutil.copyfile(seeded_database.removeprefix("sqlite:///"), path)
    url = f"sqlite:///{path}"
    engine = make_engine(Settings(database_url=url))
    with writing(engine) as session:
        key = auth.new_key(session, "tests", "write")
        session.commit()
    engine.dispose()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = start("serve", "--port", port, "--workers", 1, env={**os.environ, "DATABASE_URL": url})
    while not answers(port):
        assert process.poll() is None
        time.sleep(0.2)
    yield Server(f"http://127.0.0.1:{port}", key)
    process.terminate()
    assert process.wait(60) == 0


def answers(port: int) -> bool:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        try:
            connection.request("GET", "/readyz")
        except ConnectionError:
            return False
        return connection.getresponse().status == 200


def run(program: list[str], server: Server, *words: object) -> str:
    """Run a command of a client with the server's key; return what it prints."""
    command = [*program, server.url, *map(str, words)]
    done = subprocess.run(command, env={**os.environ, "KEY": server.key}, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_client_does_what_it_shows(program: list[str], server: Server, tmp_path: Path) -> None:
    pages = run(program, server, "search", "speaker=Tamberg&limit=2").splitlines()
    assert len(pages) > 4
    assert sorted(pages) == sorted(run(program, server, "search", "speaker=Tamberg&limit=100").splitlines())

    [post] = run(program, server, "search", "q=%22back+where+we+belong%22&medium=post").splitlines()
    quote_id, text = re.fullmatch(r"(\d+) Liam Ashdown: (.+)", post).groups()
    shown = run(program, server, "show", quote_id).splitlines()
    assert shown[0] == f"content: {text}"  # it has emoji: counted in UTF-16 units the words would be others
    assert text.startswith("🟠⚪ Back where we belong.")

    assert run(program, server, "correct", quote_id, 1).split()[-1] == "corrected"

    text = "😀 “The bridge will open in May,” said Ann Poe, the mayor of Harnby. 😀 “It will not,” said Bo Lund."
    archive = tmp_path / "more.json"
    archive.write_text(json.dumps([{"text": text}, {"text": 7}]), encoding="utf-8")
    imported = run(program, server, "import", archive)
    assert imported == "import 1 is done: 1 new, 1 failed\n"
    assert run(program, server, "import", archive) == imported  # the same key: nothing is imported again
    assert run(program, server, "import", ARCHIVE) == "import 2 is done: 3 new, 0 failed\n"
    [said] = run(program, server, "search", "speaker=Bo+Lund&q=not").splitlines()
    assert run(program, server, "show", said.split()[0]).splitlines() == [
        "content: “It will not,”",
        "cue: said",
        "source: Bo Lund",
    ]


def test_the_client_says_what_the_server_explains(program: list[str], server: Server) -> None:
    command = [*program, server.url, "correct", "1", "1"]
    done = subprocess.run(command, env={**os.environ, "KEY": "vb_no"}, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert done.stderr == "A valid API key is needed: The key is unknown or revoked.\n"
