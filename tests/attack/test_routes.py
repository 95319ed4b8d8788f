"""Send what schemathesis thinks of to every route of a real server, with all its checks.

`make test` has a short run of the same in tests/http/test_openapi.py.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from tests import ROOT
from tests.attack import long, rounds, tried
from tests.commands import SEEDS, run, start
from tests.commands.test_serve import wait_for

SHARE = 0.1  # of the minutes, on each database
OURS = ROOT / "tests" / "http" / "schemathesis.toml"


@long
def test_every_route_for_long(database_url: str, key: str, free_port: int, tmp_path: Path) -> None:
    assert run("import", SEEDS, url=database_url).exit_code == 0
    config = OURS.read_text(encoding="utf-8")
    assert "deterministic = true" in config
    (tmp_path / "schemathesis.toml").write_text(config.replace("deterministic = true", "deterministic = false"))
    log, port, requests = tmp_path / "log", free_port, 0
    environment = {**os.environ, "DATABASE_URL": database_url, "PORT": str(port)}
    with log.open("wb") as said, start("serve", "--workers", 2, env=environment, cwd=tmp_path, stderr=said) as server:
        try:
            wait_for(port, server)
            for _ in rounds(SHARE):
                requests += fuzz(port, key, tmp_path)
        finally:
            os.killpg(server.pid, signal.SIGTERM)
    assert "Traceback" not in log.read_text(encoding="utf-8")
    checked = run("db", "check", url=database_url)
    assert checked.exit_code == 0, checked.output
    kind = database_url.partition(":")[0]
    tried(f"{requests:,} requests to every route by schemathesis, with all its checks, on {kind}")


def fuzz(port: int, key: str, folder: Path) -> int:
    """Have all phases of schemathesis run with a seed of their own. Return how many requests it thought of."""
    program = "from schemathesis.cli import schemathesis; schemathesis()"
    command = [sys.executable, "-c", program, "--config-file", "schemathesis.toml"]
    command += ["run", f"http://127.0.0.1:{port}/openapi.json", "--no-color"]
    command += ["--header", f"Authorization: Bearer {key}"]
    fuzzed = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert fuzzed.returncode == 0, fuzzed.stdout + fuzzed.stderr
    cases = re.search(r"(\d+) generated", fuzzed.stdout)
    assert cases, fuzzed.stdout
    return int(cases[1])
