"""Background work: huey wakes workers, and what there is to do stands in our own tables.

huey hands a task to one worker at most once: a worker that is killed loses it. So a task says nothing but that there may be
work. Each one that finds some wakes the next worker before it begins, until all are busy; a periodic task looks for what was
left behind. huey's queue is a file beside SQLite's database, or tables of its own (huey_...) in PostgreSQL.

Importing this module imports neither the engine nor Flask: `verbatim worker` forks, and onnxruntime may be imported only after
that.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import threading
from typing import Any

import psycopg
from huey import Huey, crontab
from huey.consumer import Consumer
from huey.registry import Message
from huey.serializer import Serializer
from huey.storage import MemoryStorage, PostgresStorage, SqliteStorage
from sqlalchemy import make_url

from api.config import Settings
from api.database.engine import make_engine
from api.sources.web import Web

log = logging.getLogger(__name__)

LOOK_EVERY = 60  # seconds between two looks for what was left behind, unless leases are shorter
RETRY = 5.0  # seconds until background work in a server tries again to begin
PATIENCE = 20  # seconds that a worker that ends may take to finish what it is at
IDLE = 1.0  # seconds that an idle worker on SQLite waits at most before it looks into the queue again


class Background:
    """The queue of a database, and what workers do about its tasks.

    `web` is the way to webhooks, None where the settings allow none.
    """

    def __init__(self, settings: Settings) -> None:
        """Raises SettingError for settings of the web that cannot be read."""
        self.settings = settings
        self.web = Web(settings) if settings.webhooks == "on" else None
        self.lease = dt.timedelta(seconds=max(1, settings.lease))
        self._huey: Huey | None = None
        self._engine: Any = None

    @property
    def huey(self) -> Huey:
        """huey, connected when it is first asked for."""
        if self._huey is None:
            self._huey = _huey(self.settings)
            self.work = self._huey.task(name="work")(self._work)
            self._huey.periodic_task(crontab(), name="look")(self._look)
        return self._huey

    def wake(self, after: float = 0) -> None:
        """Let a worker look for work, now or after so many seconds.

        Where the queue does not answer it is logged: the periodic task will find the work.
        """
        try:
            queue = self.huey.storage
            if after:
                self.work.schedule(delay=after)
            elif not queue.queue_size():  # one that waits there already will find it
                self.work()
        except Exception as error:  # of any driver; the work itself is stored and safe
            log.warning("no worker could be woken now: %s", error)

    def close(self) -> None:
        """Close the queue's connection and the engine's."""
        if self._huey is not None:
            self._huey.storage.close()
        if self._engine is not None:
            self._engine.dispose()

    def consumer(self, *, workers: int, processes: bool) -> Consumer:
        """The consumer of the queue with this many workers, as processes or threads; `run` it."""
        kind = "process" if processes else "thread"
        every = min(LOOK_EVERY, int(self.lease.total_seconds()))
        return _Consumer(
            every,
            self.huey,
            workers=workers,
            worker_type=kind,
            max_delay=IDLE,
            graceful_signal="TERM",
            shutdown_timeout=PATIENCE,
        )

    def beside(self) -> Beside:
        """One worker in a thread beside whatever else this process does."""
        return Beside(self)

    def _work(self) -> None:
        from api.jobs import imports, webhooks

        imports.work(self.engine(), self.lease, self.wake)
        if self.web:
            webhooks.work(self.engine(), self.web, self.lease, self.wake)

    def _look(self) -> None:
        from api.jobs import imports

        if imports.tend(self.engine()) or self.web:  # of webhooks only a worker knows what is due
            self.wake()

    def engine(self) -> Any:
        """The database's engine, made in the process that uses it."""
        if self._engine is None:
            self._engine = make_engine(self.settings)
        return self._engine


def _huey(settings: Settings) -> Huey:
    url = make_url(settings.database_url)
    common = {"results": False, "serializer": _Plain()}
    if url.get_backend_name() == "sqlite":
        if not url.database or url.database.startswith((":memory:", "file:")):  # of this process alone
            return Huey("verbatim", storage_class=MemoryStorage, **common)
        return Huey("verbatim", storage_class=SqliteStorage, filename=f"{url.database}-queue", timeout=30, **common)
    dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
    for last in (False, True):
        try:
            return Huey("verbatim", storage_class=PostgresStorage, dsn=dsn, **common)
        except psycopg.errors.UniqueViolation:  # two that start at once both make huey's tables
            if last:
                raise
    raise AssertionError("the second try returns or raises")


class _Plain(Serializer):  # type: ignore[misc]  # huey carries no types
    """Tasks as JSON. huey would pickle them, and who can write to the queue could run anything in a worker."""

    def _serialize(self, data: Message) -> bytes:
        return json.dumps(data).encode()

    def _deserialize(self, data: bytes) -> Message:
        return Message(*json.loads(data))


class _Consumer(Consumer):  # type: ignore[misc]  # huey carries no types
    """A consumer that looks for what was left behind every so many seconds, and whose threads leave signals to the server."""

    def __init__(self, every: int, *args: Any, **more: Any) -> None:
        self.every = every
        super().__init__(*args, **more)

    def _create_scheduler(self) -> Any:
        scheduler = super()._create_scheduler()
        scheduler.periodic_task_seconds = self.every
        return scheduler

    def _set_signal_handlers(self) -> None:
        if self.worker_type == "process":
            super()._set_signal_handlers()


class Beside:
    """A consumer with one worker, in threads of a process that does other things."""

    def __init__(self, background: Background) -> None:
        self.background, self.ended = background, threading.Event()
        self.consumer: _Consumer | None = None
        self.thread = threading.Thread(target=self._run, name="background", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        while not self.ended.is_set():
            try:
                self.consumer = consumer = self.background.consumer(workers=1, processes=False)
                consumer.run()
            except Exception as error:  # of any driver: the database does not answer yet
                log.warning("background work cannot begin: %s", error)
                self.ended.wait(RETRY)

    def stop(self) -> None:
        """End it; what it is at is finished within a few seconds or, its lease over, done by another."""
        self.ended.set()
        if self.consumer:
            self.consumer.stop(graceful=True)
