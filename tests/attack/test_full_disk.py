"""A disk that is full says so in one line, leaves nothing half-written, and all goes on once there is room."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.attack import tried
from tests.attack.clients import Client, answering
from tests.attack.places import (
    Command,
    Place,
    check,
    given,
    gone,
    ids_by_url,
    is_done,
    received,
    record,
    wait,
)
from tests.commands import run
from tests.commands.test_backup import content
from tests.conftest import LEFT_OUT

MEBIBYTE = 1024 * 1024
FILLER = " ".join(["The road to the pier has been under repair since the storm of last winter."] * 100)
SAYS = "the disk is full"


class Disk:
    """A disk of 12 MiB."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.filler = folder, folder / "filler"

    def fill(self, leave: int = 0) -> None:
        """Leave so many bytes free."""
        there = os.statvfs(self.folder)
        size = max(0, there.f_bavail * there.f_frsize - leave)
        with suppress(OSError), self.filler.open("wb", buffering=0) as stream:
            while size > 0:
                size -= stream.write(bytes(min(size, MEBIBYTE)))

    def make_room(self) -> None:
        """Leave free all that `fill` took."""
        self.filler.unlink()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """Yield a small disk in memory, which root may mount."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=12m", "verbatim", folder], check=False, capture_output=True
    )
    if mount.returncode:
        pytest.skip(LEFT_OUT.format("leave to mount a small disk"))
    yield Disk(folder)
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture
def on_disk(place: Place, disk: Disk, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the URL of a SQLite database on the small disk."""
    if place.kind != "sqlite":
        pytest.skip("the disk of a PostgreSQL server is its own")
    monkeypatch.setattr(place, "folder", disk.folder)
    url = place.copy(place.filled)
    monkeypatch.undo()
    return url


def large(name: str) -> dict[str, Any]:
    """Return a record of 8 KB, with its quote."""
    there = given(name)
    return {**there, "text": f"{there['text']}\n\n{name} {FILLER}"}


def stderr(place: Place) -> list[str]:
    return (place.folder / "stderr").read_text().splitlines()


def says_full(place: Place) -> bool:
    return any(SAYS in line for line in stderr(place))


def written(folder: Path, names: list[str]) -> Path:
    file = folder / "large.ndjson"
    file.write_text("".join(f"{json.dumps(large(name))}\n" for name in names))
    return file


@pytest.mark.parametrize("command", ["import", "watch"])
def test_commands_wait_for_room(place: Place, disk: Disk, on_disk: str, tmp_path: Path, command: str) -> None:
    folder = tmp_path / "incoming"
    folder.mkdir()
    names = [f"full{number}" for number in range(150)]
    file = written(folder, names)
    before = ids_by_url(on_disk)
    disk.fill(leave=MEBIBYTE)
    more = (file,) if command == "import" else (folder, "--every", 0.2)
    process = Command(place, on_disk, command).start(*more)
    wait(partial(says_full, place))
    disk.make_room()
    wait(lambda: len(ids_by_url(on_disk)) == len(before) + len(names))
    if command == "watch":
        os.killpg(process.pid, signal.SIGINT)
    gone(process)
    assert process.returncode == (0 if command == "import" else 130)
    kept = [line for line in stderr(place) if not line.startswith(("so far", "Watching", "Interrupted")) and line]
    assert kept == [f"The database does not answer: {SAYS}. Waiting for it.", "The database answers again."]
    check(on_disk)
    tried(f"a full disk under the database of verbatim {command}, once on sqlite")


def test_a_worker_waits_for_room(place: Place, disk: Disk, on_disk: str) -> None:
    before = ids_by_url(on_disk)
    names = [f"worker{number}" for number in range(150)]
    import_id = received(on_disk, names, large)
    disk.fill(leave=MEBIBYTE // 2)
    process = Command(place, on_disk, "worker", "-n", 1, VERBATIM_LEASE="2").start()
    wait(partial(says_full, place))
    disk.make_room()
    wait(partial(is_done, on_disk, import_id))
    os.killpg(process.pid, signal.SIGTERM)
    gone(process)
    assert sum(SAYS in line for line in stderr(place)) <= 3  # a line for each of its processes
    assert not any("Traceback" in line for line in stderr(place))
    assert ids_by_url(on_disk).keys() == before.keys() | {record(name)["url"] for name in names}
    check(on_disk)
    tried("a full disk under the database of verbatim worker, once on sqlite")


def test_a_server_says_it_and_goes_on(place: Place, disk: Disk, on_disk: str, free_port: int) -> None:
    key = run("keys", "create", "full", "--scope", "write", url=on_disk).stdout.split()[-1]
    client = Client(free_port, key)
    command = Command(place, on_disk, "serve", "--workers", 1)
    with answering(command, free_port, client) as process:
        disk.fill(leave=MEBIBYTE)
        stored = []
        for number in range(1000):
            name = f"server{number}"
            status, answer, _ = client.ask("POST", "/v1/articles", large(name))
            if status != 201:
                break
            stored.append(name)
        assert (status, answer["detail"]) == (503, "The disk of the database is full: nothing was stored.")
        assert client.ask("GET", "/healthz")[0] == client.ask("GET", "/v1/quotes?q=bridge")[0] == 200
        disk.make_room()
        assert client.ask("POST", "/v1/articles", large(name))[0] == 201
        assert {record(name)["url"] for name in [*stored, name]} <= ids_by_url(on_disk).keys()
        check(on_disk)
        os.killpg(process.pid, signal.SIGTERM)
        gone(process)
    assert sum(SAYS in line for line in stderr(place)) == 1
    tried("a full disk under the database of verbatim serve, once on sqlite")
    assert not any("Traceback" in line for line in stderr(place))


@pytest.mark.parametrize("command", ["export", "backup"])
def test_a_file_is_whole_or_not_there(url: str, disk: Disk, command: str) -> None:
    file = disk.folder / "target"
    arguments = ("export", "-o", file, "--force") if command == "export" else ("backup", file, "--force")
    for former in (None, b"the former file"):
        if former:
            file.write_bytes(former)
        disk.fill(leave=16 * 1024)
        result = run(*arguments, url=url)
        assert (result.exit_code, result.stderr) == (1, f"Error: {file} cannot be written: {SAYS}\n")
        assert {path.name for path in disk.folder.iterdir()} == {"filler"} | ({"target"} if former else set())
        assert former is None or file.read_bytes() == former
        disk.make_room()
        assert run(*arguments, url=url).exit_code == 0
        assert file.stat().st_size > 16 * 1024
        file.unlink()
    tried(f"a full disk under the output of verbatim {command}, twice on {url.partition(':')[0]}")


@pytest.mark.parametrize("leave", [16 * 1024, MEBIBYTE])
def test_a_restore_needs_room(place: Place, disk: Disk, on_disk: str, tmp_path: Path, leave: int) -> None:
    """Either it has no room for the new database, or, with a few bytes left, none to open the old one."""
    backup = tmp_path / "a.backup"
    assert run("backup", backup, url=place.filled).exit_code == 0
    before = content(on_disk)
    disk.fill(leave)
    result = run("restore", backup, "--force", url=on_disk)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")
    assert result.stderr.endswith(f": {SAYS}\n")
    assert result.stderr.count("\n") == 1
    assert not list(disk.folder.glob("*.restore*"))
    disk.make_room()
    assert content(on_disk) == before
    assert run("restore", backup, "--force", url=on_disk).exit_code == 0
    check(on_disk)
