"""Extract in several processes: one a core keeps every core busy. Threads do not, since Python runs one at a time."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from api.lookahead import in_order
from api.orphans import after_parent

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
    """Yield what `make` returns for each batch, in order, by `jobs` processes that work a few batches ahead.

    What is paired with a batch stays in this process, and is yielded with the result. `make` must be picklable. It is given an
    empty batch first, to load what it needs. Raise ClickException when a process dies.
    """
    from concurrent.futures.process import BrokenProcessPool

    waiting: deque[Kept] = deque()

    def submitted() -> Iterator[Future[Made]]:
        for kept, batch in batches:
            waiting.append(kept)
            yield pool.submit(make, batch)

    try:
        with _pool(jobs, make) as pool:
            for made in in_order(submitted(), 2 * jobs + 1):
                yield waiting.popleft(), made
    except BrokenProcessPool:
        raise click.ClickException(
            "A process that extracts has died, perhaps for want of memory; try fewer --jobs."
        ) from None


@contextmanager
def _pool(jobs: int, make: Callable[[list[Any]], Any]) -> Iterator[ProcessPoolExecutor]:
    """Start a pool of `jobs` processes, which end with the block, at Ctrl-C too.

    They are spawned: onnxruntime starts threads when it is imported, and a process forked after that never ends. Ctrl-C
    reaches the whole group of processes. They ignore it from their first moment, and leave it to this one. Where this one is
    killed, they end: what they wait for would never come.
    """
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    pool = ProcessPoolExecutor(jobs, get_context("spawn"), after_parent, (_end,))
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


def _end() -> None:
    os._exit(1)
