"""The queue: what wakes a worker, what stands in the queue, and a worker in a thread of another process's program."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from huey.exceptions import HueyException
from sqlalchemy import Engine, select

from api.config import SettingError, Settings
from api.database.engine import reading, writing
from api.jobs import imports
from api.jobs.queue import Background
from api.models import Import
from api.sources.readers import Record


@pytest.fixture
def background(settings: Settings) -> Iterator[Background]:
    background = Background(settings)
    background.huey.storage.flush_all()  # on PostgreSQL the tests share one queue
    yield background
    background.close()


def test_queues_one_task_at_most(background: Background) -> None:
    queue = background.huey.storage
    background.wake(after=60)
    background.wake(after=60)
    assert (queue.queue_size(), queue.schedule_size()) == (0, 2)
    for _ in range(3):
        background.wake()
    assert (queue.queue_size(), queue.schedule_size()) == (1, 2), "a delayed task stands for none that begins at once"


def test_tasks_are_json(background: Background) -> None:
    """Store tasks as JSON: a pickle would run whatever somebody put into the queue."""
    background.wake()
    [stored] = background.huey.storage.enqueued_items()
    assert json.loads(stored)[1] == "api.jobs.queue.work"


def test_takes_a_delayed_task_when_it_is_due(background: Background) -> None:
    background.wake(after=60)
    assert background.huey.read_schedule() == []
    [task] = background.huey.read_schedule(dt.datetime.now(dt.UTC).replace(tzinfo=None) + dt.timedelta(seconds=61))
    assert task.name == "work"


@pytest.mark.parametrize("task", [b"\x80\x04.", b"[]", b"{", b"null", b'["x"]', b'["1", "os.system"]'])
def test_refuses_malformed_tasks(background: Background, task: bytes) -> None:
    background.huey.storage.enqueue(task)
    with pytest.raises((ValueError, TypeError, HueyException)):
        background.huey.dequeue()


def test_logs_an_unavailable_queue(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    background = Background(Settings(database_url=f"sqlite:///{tmp_path / 'none' / 'verbatim.db'}"))
    background.wake()
    assert "no worker could be woken now" in caplog.text


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///file::memory:?uri=true"])
def test_a_database_in_memory_has_a_queue_in_memory(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    background = Background(Settings(database_url=url))
    background.wake()
    assert background.huey.storage.queue_size() == 1
    assert list(tmp_path.iterdir()) == []


def test_invalid_web_settings(settings: Settings) -> None:
    with pytest.raises(SettingError, match="VERBATIM_FETCH_PRIVATE"):
        Background(Settings(database_url=settings.database_url, webhooks="on", fetch_private=("intranet",)))


def test_a_thread_works_until_it_is_stopped(background: Background, engine: Engine) -> None:
    import_id = imports.begin(engine, dry_run=False, by=None)
    text = "“The bridge will close,” said Ann Poe, the mayor of Harnby."
    imports.receive(engine, import_id, [Record(1, 100, {"url": "https://harnby.example/1", "text": text})])
    with writing(engine) as session:
        imports.complete(session, import_id)
        session.commit()
    thread = background.start_thread()
    background.wake()
    state = None
    for _ in range(6000):
        with reading(engine) as session:
            state = session.scalar(select(Import.state))
        if state == "done":
            break
        time.sleep(0.02)
    thread.stop()
    thread.thread.join(60)
    assert state == "done"
    assert not thread.thread.is_alive()
