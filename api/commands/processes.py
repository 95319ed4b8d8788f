"""Processes that extract: one a core keeps every core busy, which threads do not, since Python runs one of them at a time."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

Given = TypeVar("Given")
Kept = TypeVar("Kept")
Made = TypeVar("Made")

jobs = click.option(
    "--jobs",
    type=click.IntRange(1, 1000),
    default=os.cpu_count() or 1,
    show_default="one a core",
    help="Processes that extract.",
)


def in_processes(
    make: Callable[[list[Given]], Made], batches: Iterable[tuple[Kept, list[Given]]], jobs: int
) -> Iterator[tuple[Kept, Made]]:
    """What `make`, a function of a module, makes of each batch in one of `jobs` processes; in order, a few batches ahead.

    What stands beside a batch stays here, and comes back beside what was made. `make` is given an empty batch first, to load
    what it needs. Raises ClickException when a process dies.
    """
    from concurrent.futures.process import BrokenProcessPool

    waiting: deque[tuple[Kept, Future[Made]]] = deque()
    try:
        with _pool(jobs, make) as pool:
            for kept, batch in batches:
                waiting.append((kept, pool.submit(make, batch)))
                if len(waiting) > 2 * jobs:
                    kept, made = waiting.popleft()
                    yield kept, made.result()
            for kept, made in waiting:
                yield kept, made.result()
    except BrokenProcessPool:
        raise click.ClickException(
            "A process that extracts has died, perhaps for want of memory; try fewer --jobs."
        ) from None


@contextmanager
def _pool(jobs: int, make: Callable[[list[Any]], Any]) -> Iterator[ProcessPoolExecutor]:
    """A pool of `jobs` processes, which end with the block, at Ctrl-C too.

    They are spawned: onnxruntime starts threads when it is imported, and a process forked after that never ends. Ctrl-C
    reaches the whole group of processes, so that they ignore it from their first moment, and leave it to this one.
    """
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    pool = ProcessPoolExecutor(jobs, get_context("spawn"))
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        for _ in range(jobs):  # each starts a process, while those before are still starting
            pool.submit(make, [])
    finally:
        signal.signal(signal.SIGINT, before)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
