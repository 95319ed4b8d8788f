"""Wait for a database that does not answer, and go on."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import click

Result = TypeVar("Result")

PAUSE_SECONDS = 1.0  # between two tries


def answered(act: Callable[[], Result]) -> Result:
    """Return what `act` returns. As long as the database does not answer, say so once, and try again.

    `act` leaves nothing behind when it raises, and may be repeated although it was committed.
    """
    from api.database.outages import is_unanswered, outage

    waits = False
    while True:
        try:
            result = act()
        except Exception as error:
            if not is_unanswered(error):
                raise
            if not waits:
                click.echo(f"The database does not answer: {outage(error)}. Waiting for it.", err=True)
            waits = True
            time.sleep(PAUSE_SECONDS)
        else:
            if waits:
                click.echo("The database answers again.", err=True)
            return result
