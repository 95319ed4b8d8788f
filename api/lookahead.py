"""Work in a pool, a bounded number of steps ahead."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from typing import TypeVar

Result = TypeVar("Result")


def in_order(futures: Iterable[Future[Result]], ahead: int) -> Iterator[Result]:
    """Yield the results of futures in their order, with at most `ahead` futures (at least 1) waiting at a time.

    Each step of `futures` is to submit one piece of work. It is only stepped when there is room, so memory holds no more than
    `ahead` inputs and results. Raise what a future raises.
    """
    waiting: deque[Future[Result]] = deque()
    for future in futures:
        waiting.append(future)
        if len(waiting) >= ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()
