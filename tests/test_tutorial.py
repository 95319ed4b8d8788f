"""Every command of docs/tutorial.md, run in one shell in their order, prints what the page shows."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests import ROOT
from tests.console import examples, missing

TUTORIAL = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
MARK = "the next command"
WAIT = "for try in $(seq 300); do curl -s -o answer.json {url}/readyz && break; sleep 0.2; done"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.mark.needs("curl")
def test_every_command_prints_what_the_tutorial_shows(tmp_path: Path) -> None:
    shown = examples(TUTORIAL)
    assert shown
    port = free_port()
    script = ["trap 'kill $(jobs -p) 2> /dev/null' EXIT"]
    for command, _ in shown:
        script.append(command.replace("8000", str(port)))
        if command.startswith("verbatim serve"):
            script.append(WAIT.format(url=f"http://127.0.0.1:{port}"))
        script.append(f"echo '{MARK}'")
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    program = f"#!{sys.executable}\nfrom api.commands import main\nmain()\n"
    (tmp_path / "verbatim").write_text(program, encoding="utf-8")
    (tmp_path / "verbatim").chmod(0o700)
    environment = {
        "PATH": os.pathsep.join([str(tmp_path), str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": str(ROOT),
        "LC_ALL": "C.UTF-8",
        "COLUMNS": "100",
    }
    run = subprocess.run(
        ["bash", "-c", "\n".join(script)], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=600
    )
    outputs = run.stdout.split(MARK)
    assert len(outputs) == len(shown) + 1, run.stdout + run.stderr
    wrong = [
        f"{example.command}\ndoes not print {line!r}, but\n{output}"
        for example, output in zip(shown, outputs[:-1], strict=True)
        if (line := missing(example, output)) is not None
    ]
    assert not wrong, "\n".join([*wrong, run.stderr])
