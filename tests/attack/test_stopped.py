"""Processes that stand still, and a PostgreSQL server that is stopped and started under everything that uses it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from functools import partial
from pathlib import Path
from typing import IO, Any

import pytest
from sqlalchemy import func, select

from api.config import Settings
from api.database.engine import make_engine
from api.database.outages import LINE_EVERY_SECONDS
from api.models import ImportItem
from tests.attack import MINUTES, long, tried
from tests.attack.clients import Client, answering
from tests.attack.places import (
    CHANCE,
    TIMES,
    Command,
    Place,
    check,
    column,
    given,
    gone,
    ids_by_url,
    is_done,
    outcomes,
    received,
    record,
    wait,
)
from tests.commands import run
from tests.commands.test_worker import answers, restarted
from tests.conftest import migrated

FILLER = " ".join(["The road to the pier has been under repair since the storm of last winter."] * 40)
PATIENCE_SECONDS = 15.0  # in which another worker should have done what a stopped one left
OUTAGE_SECONDS = 10.0 if MINUTES else 2.0
# Records that each way in is given before, during and after an outage. Of standard input the last are read when it ends.
SENT = (("archive", 60), ("folder", 60), ("stdin", 300))


def slow(name: str) -> dict[str, Any]:
    """Return a record that takes a while to read."""
    there = record(name)
    return {**there, "text": f"{there['text']}\n\n{FILLER}"}


def is_leased(url: str, import_id: int) -> bool:
    query = select(func.count()).where(ImportItem.import_id == import_id, ImportItem.leased.is_not(None))
    return column(url, query) != [0]


def ended(*processes: subprocess.Popen[bytes]) -> None:
    for process in processes:
        os.killpg(process.pid, signal.SIGTERM)
    for process in processes:
        gone(process)


def fed(pipe: IO[bytes], body: bytes) -> None:
    pipe.write(body)
    pipe.flush()


def test_a_worker_that_stands_still(place: Place, url: str) -> None:
    """Stop a worker for longer than its lease. Another one takes over, and what the first does when it wakes counts once."""
    command = Command(place, url, "worker", "-n", 1, VERBATIM_LEASE="3")
    before = ids_by_url(url)
    held = stopped = 0
    for number in range(4 * TIMES):
        if stopped == TIMES:
            break
        names = [f"still{number}x{each}" for each in range(30)]
        import_id = received(url, names, slow)
        first = command.start()
        wait(partial(is_leased, url, import_id))
        time.sleep(CHANCE.uniform(0, 0.5))
        os.killpg(first.pid, signal.SIGSTOP)
        stopped += not is_done(url, import_id)
        second = command.start()
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end and not is_done(url, import_id):
            time.sleep(0.1)
        held += not is_done(
            url, import_id
        )  # it stands with the lock that lets one at a time store, or the machine is busy
        os.killpg(first.pid, signal.SIGCONT)
        wait(partial(is_done, url, import_id), seconds=300)
        time.sleep(1)  # in which the first one would store what it has read
        ended(first, second)
        after = ids_by_url(url)
        assert before.items() <= after.items()
        assert after.keys() == before.keys() | {record(name)["url"] for name in names}
        assert outcomes(url, import_id) == {"new": len(names)}
        before = after
        check(url)
    assert stopped == TIMES
    tried(f"a worker stopped past its lease {stopped} times on {place.kind}, {held} times the rest waited for it")


@pytest.mark.parametrize(
    "by", [signal.SIGINT, pytest.param(signal.SIGQUIT, marks=long), pytest.param(signal.SIGKILL, marks=long)]
)
def test_postgresql_is_stopped(own_postgresql: Any, tmp_path: Path, free_port: int, by: signal.Signals) -> None:
    """A server, a worker, an import and a watch wait for it, with one line each, and go on; nothing is lost."""
    url = migrated(own_postgresql.get_uri())
    engine = make_engine(Settings(database_url=url))
    key = run("keys", "create", "stopped", "--scope", "write", url=url).stdout.split()[-1]
    client = Client(free_port, key)
    places = {name: Place(tmp_path / name, url, None) for name in ("serve", "worker", "watch", "import")}
    for each in places.values():
        each.folder.mkdir()
    incoming = tmp_path / "incoming"
    incoming.mkdir()
    names: list[str] = []

    def put(names_of: str, number: int) -> list[str]:
        made = [f"{names_of}{each}" for each in range(number)]
        names.extend(made)
        return made

    def lines(made: list[str]) -> bytes:
        return "".join(f"{json.dumps(given(name))}\n" for name in made).encode()

    def has(made: list[str]) -> bool:
        return {record(name)["url"] for name in made} <= ids_by_url(url).keys()

    server = Command(places["serve"], url, "serve", "--workers", 1, VERBATIM_BACKGROUND="worker")
    worker = Command(places["worker"], url, "worker", "-n", 1, VERBATIM_LEASE="2")
    watch = Command(places["watch"], url, "watch", incoming, "--every", 0.2)
    imports = Command(places["import"], url, "import", "-", "--jobs", 1)
    with (
        answering(server, free_port, client),
        worker.running(),
        watch.running(),
        imports.running(stdin=subprocess.PIPE) as process,
    ):
        assert process.stdin is not None
        with process.stdin as ours:
            for state in ("before", "meanwhile", "after"):
                if state == "meanwhile":
                    began = time.monotonic()
                    os.kill(own_postgresql.get_pid(), by)
                    wait(lambda: not answers(engine))
                made = {place: put(f"{state}{place}", number) for place, number in SENT}
                (incoming / f"{state}.ndjson").write_bytes(lines(made["folder"]))
                # While the command waits, it reads no more than the pipe holds.
                feeding = threading.Thread(target=fed, args=(ours, lines(made["stdin"])))
                feeding.start()
                body = lines(made["archive"])
                headers = {"Content_Type": "application/x-ndjson", "Idempotency_Key": state}
                status, answer, _ = client.ask("POST", "/v1/imports", body, **headers)
                if state == "meanwhile":
                    assert (status, answer["type"]) == (503, "urn:verbatim:problem:unavailable")
                    time.sleep(OUTAGE_SECONDS)
                    wait(lambda: restarted(own_postgresql) and answers(engine))
                    minutes = 1 + int((time.monotonic() - began) / LINE_EVERY_SECONDS)
                    status, answer, _ = client.ask("POST", "/v1/imports", body, **headers)
                assert status == 202, answer
                feeding.join()
                for some in made.values():
                    wait(partial(has, some if some is not made["stdin"] else some[:100]))
        process.wait(60)
    assert process.returncode == 0
    assert ids_by_url(url).keys() == {record(name)["url"] for name in names}
    check(url)
    said = {name: (each.folder / "stderr").read_text() for name, each in places.items()}
    assert {name for name, text in said.items() if "Traceback" in text} == set()
    counted = {name: text.count("does not answer") for name, text in said.items()}
    assert counted["watch"] == counted["import"] == 1, said
    assert 1 <= counted["serve"] <= minutes + 1, said  # a minute, and that in which it came back
    assert 1 <= counted["worker"] <= 3 * (minutes + 1), said  # of each of its processes
    engine.dispose()
    tried(f"PostgreSQL stopped by {by.name} for {OUTAGE_SECONDS:.0f} s under serve, worker, watch and import, once")
