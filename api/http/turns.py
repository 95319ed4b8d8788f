"""Let few requests extract at once, so that those that read stay quick beside them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from api.http.problems import RETRY_AFTER, Problem

# In each process. Together they are half of a worker's threads: the others are left to read. One text is tagged on all
# cores already, so more at once would not end sooner.
MAX_EXTRACTING, MAX_WAITING = 1, 3
MAX_WAIT_SECONDS = 10.0
# Of these, what clients without a key may take, so that strangers keep nobody with a key from storing articles.
MAX_OPEN = 2

_extracting = threading.BoundedSemaphore(MAX_EXTRACTING)
_places = threading.BoundedSemaphore(MAX_EXTRACTING + MAX_WAITING)
_open_places = threading.BoundedSemaphore(MAX_OPEN)


@contextmanager
def turn(*, has_key: bool) -> Iterator[None]:
    """Wait for a turn to extract. Raise Problem (503) where too many wait, or for too long."""
    if has_key:
        with _place():
            yield
        return
    if not _open_places.acquire(blocking=False):
        raise _busy()
    try:
        with _place():
            yield
    finally:
        _open_places.release()


@contextmanager
def _place() -> Iterator[None]:
    if not _places.acquire(blocking=False):
        raise _busy()
    try:
        if not _extracting.acquire(timeout=MAX_WAIT_SECONDS):
            raise _busy()
        try:
            yield
        finally:
            _extracting.release()
    finally:
        _places.release()


def _busy() -> Problem:
    detail = "The server extracts from as many texts as it can: try again, or send articles to /v1/imports."
    return Problem("unavailable", detail, headers={"Retry-After": str(RETRY_AFTER)})
