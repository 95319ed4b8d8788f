"""Let few requests at once extract, or send or receive for long, so that those that read stay quick beside them."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import ParamSpec, TypeVar

from api.http.problems import RETRY_AFTER, Problem

Given = ParamSpec("Given")
Found = TypeVar("Found")

# In each process. Together they are half of a worker's threads: the others are left to read. One text is tagged on all
# cores already, so more at once would not end sooner.
MAX_EXTRACTING, MAX_WAITING = 1, 3
MAX_WAIT_SECONDS = 10.0
# Of these, what clients without a key may take, so that strangers keep nobody with a key from storing articles.
MAX_OPEN = 2
# Exports, and imports whose bodies are too long to be received before a thread takes them: as long as their clients wish.
MAX_STREAMS = 3
MAX_BODY_BYTES = 8 * 1024 * 1024  # of a body that is received whole; as VERBATIM_BODY_LIMIT is unless set

# Below the other threads of the process, so that one that reads gets a core before one that extracts: on two cores 16 clients
# that extract made searches four to five times as slow without it (docs/benchmarks.md).
NICENESS = 10


def _give_way() -> None:
    """Lower the priority of this thread, and of those that it starts. Only Linux has priorities of threads."""
    if sys.platform == "linux":
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + NICENESS)


# A priority that was lowered is not raised again without privileges: so these are threads of their own.
_aside = ThreadPoolExecutor(MAX_EXTRACTING, thread_name_prefix="aside", initializer=_give_way)
_extracting = threading.BoundedSemaphore(MAX_EXTRACTING)
_places = threading.BoundedSemaphore(MAX_EXTRACTING + MAX_WAITING)
_open_places = threading.BoundedSemaphore(MAX_OPEN)
_streams = threading.BoundedSemaphore(MAX_STREAMS)


@contextmanager
def turn(*, has_key: bool) -> Iterator[None]:
    """Wait for a turn to extract. Raise Problem (503) where too many wait, or for too long."""
    busy = "The server extracts from as many texts as it can: try again, or send articles to /v1/imports."
    with ExitStack() as held:
        if not has_key:
            held.enter_context(_place(_open_places, busy))
        held.enter_context(_place(_places, busy))
        held.enter_context(_place(_extracting, busy, MAX_WAIT_SECONDS))
        yield


def aside(work: Callable[Given, Found], *given: Given.args, **named: Given.kwargs) -> Found:
    """Do work in a thread that gives way to those that read. Return what it returns, or raise what it raises."""
    return _aside.submit(work, *given, **named).result()


@contextmanager
def streaming() -> Iterator[None]:
    """Be one of the exports and long imports that are under way. Raise Problem (503) where there are too many."""
    with _place(_streams, "As many exports and long imports are under way as the server takes: try again."):
        yield


@contextmanager
def _place(places: threading.BoundedSemaphore, busy: str, wait: float = 0) -> Iterator[None]:
    if not places.acquire(timeout=wait):
        raise Problem("unavailable", busy, headers={"Retry-After": str(RETRY_AFTER)})
    try:
        yield
    finally:
        places.release()
