"""Run commands in the test's process where that shows enough, else in a process of their own."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from api.commands import verbatim
from tests import SEEDS as SEEDS

COMMAND = str(Path(sys.executable).with_name("verbatim"))
TEXT = "“We will close the bridge if we have to,” said Ann Poe, the mayor of Harnby."
OTHER = "Bo Lund, the chair of the Harnby Society, said the harbour was full."


def run(*arguments: object, url: str | None = None, stdin: str | bytes = b"", **environment: str) -> Result:
    """Run a command in this process; `url` is the database's."""
    runner = CliRunner(env={"DATABASE_URL": url, **environment})
    return runner.invoke(verbatim, [str(argument) for argument in arguments], input=stdin)


def start(*arguments: object, **options: Any) -> subprocess.Popen[bytes]:
    """Start a command in a process and a group of its own, as a shell on a terminal does."""
    return subprocess.Popen([COMMAND, *map(str, arguments)], start_new_session=True, **options)


def run_on_terminal(*arguments: object, url: str, answer: str) -> tuple[int, str]:
    """Run a command whose standard input is a terminal, and answer its question. Return its exit code, and what it says."""
    ours, its = pty.openpty()
    environment = {**os.environ, "DATABASE_URL": url}
    process = start(*arguments, stdin=its, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment)
    os.write(ours, f"{answer}\n".encode())
    said, _ = process.communicate(timeout=60)
    os.close(ours)
    os.close(its)
    return process.returncode, said.decode()


def article(**fields: Any) -> str:
    return json.dumps({"text": TEXT, **fields}, ensure_ascii=False)
