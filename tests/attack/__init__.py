"""Attacks: what must hold whatever is sent, killed or stopped.

The quick ones run in `make test`. `make attack` runs all of them for as many minutes as ATTACK_MINUTES says.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest

MINUTES = float(os.environ.get("ATTACK_MINUTES", "0"))  # of all long attacks together; 0 runs the quick ones alone

long = pytest.mark.skipif(not MINUTES, reason="long attacks run in `make attack`")


def rounds(share: float) -> Iterator[int]:
    """Count the rounds of a long attack, from 1, until its share of the minutes is over. There is one round at least."""
    end = time.monotonic() + 60 * MINUTES * share
    number = 0
    while number == 0 or time.monotonic() < end:
        number += 1
        yield number


def tried(what: str) -> None:
    """Print what a long attack has done, for the table in docs/security.md."""
    print(f"tried: {what}")
