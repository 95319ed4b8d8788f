"""The queue: huey wakes workers, and the work itself stands in our own tables (decision 0015).

huey gives a task to one worker at most once: a worker that is killed loses it. So a task says only that there may be work.
Each worker that finds some wakes the next one before it begins, until all are busy. A periodic task looks for what was left
behind. huey's queue is a file beside SQLite's database, or tables of its own (huey_...) in PostgreSQL.

Importing this module imports neither the engine nor Flask. `verbatim worker` forks, and onnxruntime may be imported only
after that; so `imports` and `webhooks` are imported by the tasks.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import threading
import time
from typing import Any

import psycopg
from huey import Huey, crontab
from huey.consumer import Consumer
from huey.registry import Message
from huey.serializer import Serializer
from huey.storage import MemoryStorage, PostgresStorage, SqliteStorage
from sqlalchemy import make_url

from api.config import Settings
from api.database.engine import make_engine, sqlite_file
from api.orphans import after_parent
from api.sources.web import Web

log = logging.getLogger(__name__)

PATROL_SECONDS = 60  # between two searches for work that was left behind, unless leases are shorter
RESTART_SECONDS = 5.0  # until background work in a server tries again to start
SHUTDOWN_SECONDS = 20  # in which a worker that ends may finish its work
POLL_SECONDS = 1.0  # at most, until an idle worker on SQLite looks into the queue again
MARGIN_SECONDS = 10  # that a delivery's lease is longer than its receiver may take
QUEUE_TIMEOUT_SECONDS = 30  # seconds that a writer of SQLite's queue waits for another


class Background:
    """The queue of a database, and the tasks of its workers.

    `web` is the way to webhooks, and None if the settings allow none.
    """

    def __init__(self, settings: Settings) -> None:
        """Raise SettingError if the settings of the web cannot be read."""
        self.settings = settings
        self.web = Web(settings) if settings.webhooks == "on" else None
        self.lease = dt.timedelta(seconds=max(1, settings.lease))
        # Deliveries are not renewed: their leases outlast the time that a receiver may take.
        self.delivery_lease = max(self.lease, dt.timedelta(seconds=settings.fetch_seconds + MARGIN_SECONDS))
        self._huey: Huey | None = None
        self._engine: Any = None

    @property
    def huey(self) -> Huey:
        """The queue, connected when it is first asked for."""
        if self._huey is None:
            self._huey = _make_huey(self.settings)
            # huey's queue knows the tasks by these names.
            self.task = self._huey.task(name="work")(self._work)
            self._huey.periodic_task(crontab(), name="look")(self._patrol)
            # Each worker listens on a connection of its own.
            self._huey.on_shutdown(name="close")(self._huey.storage.close)
        return self._huey

    def wake(self, after: float = 0) -> None:
        """Wake a worker, now or after so many seconds.

        If the queue does not answer, that is logged: the periodic task will find the work.
        """
        try:
            queue = self.huey
            if after:  # not to the queue: a delayed task there would be taken for one that begins at once
                queue.add_schedule(self.task.s(delay=after))
            elif not queue.storage.queue_size():  # a task that waits there will find the work too
                self.task()
        except Exception as error:  # of any driver; the work itself is stored and safe
            log.warning("no worker could be woken now", exc_info=error)

    def close(self) -> None:
        """Close the queue's connection and the engine's."""
        if self._huey is not None:
            self._huey.storage.close()
        if self._engine is not None:
            self._engine.dispose()

    def consumer(self, *, workers: int, processes: bool) -> Consumer:
        """Return a consumer of the queue with this many workers, as processes or threads. Its `run` serves until stopped."""
        return _Consumer(
            min(PATROL_SECONDS, int(self.lease.total_seconds())),
            self.huey,
            workers=workers,
            worker_type="process" if processes else "thread",
            max_delay=POLL_SECONDS,
            graceful_signal="TERM",
            shutdown_timeout=SHUTDOWN_SECONDS,
        )

    def start_thread(self) -> BackgroundThread:
        """Start one worker in a thread of this process, which does other things too."""
        return BackgroundThread(self)

    def engine(self) -> Any:
        """Return the database's engine, made in the process that uses it."""
        if self._engine is None:
            self._engine = make_engine(self.settings, may_create=False)
        return self._engine

    def _work(self) -> None:
        from api.jobs import imports, webhooks

        imports.work(self.engine(), self.lease, self.wake)
        if self.web:
            webhooks.work(self.engine(), self.web, self.delivery_lease, self.wake)

    def _patrol(self) -> None:
        from api.jobs import imports

        if imports.tend(self.engine()) or self.web:  # only a worker can tell which webhooks are due
            self.wake()


class BackgroundThread:
    """A consumer with one worker, in threads of a process that does other things too."""

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
                log.warning("background work cannot begin", exc_info=error)
                self.ended.wait(RESTART_SECONDS)

    def stop(self) -> None:
        """Stop the worker. It finishes its work within a few seconds, or another does when its lease has run out."""
        self.ended.set()
        if self.consumer:
            self.consumer.stop(graceful=True)


def _make_huey(settings: Settings) -> Huey:
    url = make_url(settings.database_url)
    common = {"results": False, "serializer": _JsonSerializer()}
    if url.get_backend_name() == "sqlite":
        if (file := sqlite_file(url)) is None:  # a database of this process alone
            return Huey("verbatim", storage_class=MemoryStorage, **common)
        queue = f"{file}-queue"
        return Huey("verbatim", storage_class=SqliteStorage, filename=queue, timeout=QUEUE_TIMEOUT_SECONDS, **common)
    dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
    for last_try in (False, True):
        try:
            return Huey("verbatim", storage_class=PostgresStorage, dsn=dsn, **common)
        except psycopg.errors.UniqueViolation:  # two that start at once both make huey's tables
            if last_try:
                raise
    raise AssertionError("the second try returns or raises")


class _JsonSerializer(Serializer):  # type: ignore[misc]  # huey carries no types
    """Tasks as JSON. huey would pickle them, and whoever can write to the queue could run anything in a worker."""

    def _serialize(self, data: Message) -> bytes:
        return json.dumps(data, default=dt.datetime.isoformat).encode()

    def _deserialize(self, data: bytes) -> Message:
        message = Message(*json.loads(data))
        return message._replace(eta=message.eta and dt.datetime.fromisoformat(message.eta))


class _Consumer(Consumer):  # type: ignore[misc]  # huey carries no types
    """A consumer with a shorter period of its own, whose threads leave signals to the server (decision 0030).

    Its processes end when it is killed: they finish what they are at, as if it had told them to.
    """

    def __init__(self, period: int, *args: Any, **more: Any) -> None:
        self.period = period  # seconds
        super().__init__(*args, **more)

    def _create_scheduler(self) -> Any:
        scheduler = super()._create_scheduler()
        scheduler.periodic_task_seconds = self.period
        return scheduler

    def _create_process(self, process: Any, name: str) -> Any:
        initialize = process.initialize

        def begin() -> None:
            if self.worker_type == "process":
                after_parent(self._end_orphan)
            initialize()

        process.initialize = begin
        return super()._create_process(process, name)

    def _end_orphan(self) -> None:
        self.stop_flag.set()  # all processes share it
        time.sleep(SHUTDOWN_SECONDS)
        os._exit(1)

    def _set_signal_handlers(self) -> None:
        if self.worker_type == "process":
            super()._set_signal_handlers()
