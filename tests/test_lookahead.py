"""Work in a pool, a bounded number of steps ahead."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from api.lookahead import in_order


@pytest.mark.parametrize("ahead", [1, 2, 3, 10])
@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_results_come_in_order_and_few_are_submitted_ahead(ahead: int, count: int) -> None:
    submitted: list[int] = []

    def futures() -> Iterator[Future[int]]:
        for number in range(count):
            submitted.append(number)
            yield pool.submit(int.__mul__, number, 2)

    with ThreadPoolExecutor(2) as pool:
        for read, result in enumerate(in_order(futures(), ahead)):
            assert result == 2 * read
            assert len(submitted) == min(count, read + ahead)
    assert submitted == list(range(count))


def test_what_fails_is_raised_in_its_turn() -> None:
    with ThreadPoolExecutor(2) as pool:
        results = in_order((pool.submit(divmod, 1, number) for number in (1, 0)), 2)
        assert next(results) == (1, 0)
        with pytest.raises(ZeroDivisionError):
            next(results)
