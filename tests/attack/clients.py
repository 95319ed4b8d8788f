"""Clients of a server that is killed or stopped."""

from __future__ import annotations

import http.client
import json
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from tests.attack.places import Command, killed_at_end, wait


@dataclass
class Client:
    """A client of a server that is killed: what it asked for, and what was acknowledged."""

    port: int
    key: str
    acknowledged: list[tuple[str, Any]] = field(default_factory=list)  # what, and the answer
    waiting: tuple[str, str, Any, dict[str, str]] | None = (
        None  # a request without an answer: method, path, body, headers
    )

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any, str | None]:
        """Return status, body and ETag of an answer. Raise OSError or HTTPException if the connection breaks."""
        sent = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        data = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else None
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            connection.request(method, path, data, sent)
            with connection.getresponse() as response:
                answer = response.read()
                return response.status, json.loads(answer) if answer else None, response.headers["ETag"]

    def write(self, what: str, method: str, path: str, body: Any, **headers: str) -> None:
        """Ask for a change. Note it as acknowledged once it is answered, and as waiting until then."""
        self.waiting = (method, path, body, headers)
        status, answer, _ = self.ask(method, path, body, **headers)
        assert status in (200, 201, 202), (status, answer)
        self.acknowledged.append((what, answer))
        self.waiting = None


def server(command: Command, port: int, asked: Client) -> subprocess.Popen[bytes]:
    """Start a server, and wait until it answers."""
    process = command.start("--port", port)

    def answers() -> bool:
        assert process.poll() is None, (command.place.folder / "stderr").read_text()
        with suppress(OSError):
            return asked.ask("GET", "/readyz")[0] == 200
        return False

    wait(answers)
    return process


@contextmanager
def answering(command: Command, port: int, asked: Client) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the end of the block. It is killed then, unless it has ended."""
    with killed_at_end(server(command, port, asked)) as process:
        yield process
