"""The pages that are made from the code are up to date."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests import reference


@pytest.mark.parametrize(
    ("page", "made"),
    [(reference.REFERENCE, reference.reference), (reference.TABLES, reference.tables)],
    ids=["reference.md", "tables.md"],
)
def test_the_page_is_as_the_code_has_it(page: Path, made: Callable[[], str]) -> None:
    stale = f"docs/{page.name} is out of date: run `make reference`, or `python -m tests.reference`"
    assert page.read_text(encoding="utf-8") == made(), stale


def test_every_parameter_and_field_has_a_meaning() -> None:
    rows = [line for line in reference.reference().splitlines() if line.startswith("| `")]
    assert rows
    assert [row for row in rows if row.endswith("|  |")] == [], "describe it in its schema"
