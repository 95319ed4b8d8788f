"""Wait for a database that does not answer, and go on."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TypeVar

import click

Result = TypeVar("Result")

PAUSE_SECONDS = 1.0  # between two tries


def answered(act: Callable[[], Result], seconds: float = math.inf) -> Result:
    """Return what `act` returns. As long as the database does not answer, say so once, and try again.

    `act` leaves nothing behind when it raises, and may be repeated although it was committed. If its statements run out of
    time for so many seconds, raise that error: the database may answer all others.
    """
    from api.database.outages import is_out_of_time, is_unanswered, outage

    waits = False
    began = math.inf
    while True:
        try:
            result = act()
        except Exception as error:
            began = min(began, time.monotonic())
            if not is_unanswered(error) or (is_out_of_time(error) and time.monotonic() - began >= seconds):
                raise
            if not waits:
                click.echo(f"The database does not answer: {outage(error)}. Waiting for it.", err=True)
            waits = True
            time.sleep(PAUSE_SECONDS)
        else:
            if waits:
                click.echo("The database answers again.", err=True)
            return result
