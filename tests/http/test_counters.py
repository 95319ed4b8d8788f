"""The counts of the rate limit, shared by processes."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

from limits import parse
from limits.strategies import FixedWindowRateLimiter

from api.http.counters import SharedCounters


def hits(file: Path, number: int) -> int:
    """Return how many of so many requests are allowed in this process."""
    limiter = FixedWindowRateLimiter(SharedCounters(file))
    return sum(limiter.hit(parse("100/hour"), "somebody") for _ in range(number))


def test_processes_count_together(tmp_path: Path) -> None:
    with multiprocessing.get_context("fork").Pool(2) as pool:
        allowed = pool.starmap(hits, [(tmp_path / "rate-limit", 80)] * 2)
    assert sum(allowed) == 100


def test_a_count_ends(tmp_path: Path) -> None:
    counters = SharedCounters(tmp_path / "rate-limit")
    assert [counters.incr("a", 60, 2), counters.incr("a", 60), counters.incr("b", 0), counters.incr("b", 0)] == [
        2,
        3,
        1,
        1,
    ]
    assert (counters.get("a"), counters.get("b"), counters.get("c"), counters.check()) == (3, 0, 0, True)
    counters.clear("a")
    assert (counters.get("a"), counters.reset(), counters.reset()) == (0, 1, 0)
