"""verbatim worker: processes that do the background work."""

from __future__ import annotations

import logging
import os

import click

from api.commands.database import opened
from api.commands.terminal import example, number


@click.command(short_help="Import and send in the background.", epilog=example("verbatim worker -n 4"))
@click.option(
    "-n",
    "--processes",
    type=click.IntRange(1, 1000),
    default=os.cpu_count() or 1,
    show_default="one a core",
    help="How many processes; each holds the engine's model.",
)
def worker(processes: int) -> None:
    """Import what was sent to POST /v1/imports and send to webhooks, until stopped.

    Any number of workers, on any number of machines, share the work of one PostgreSQL database. One that is told to end
    (SIGTERM) finishes what it is at; Ctrl-C gives it back.
    """
    from api.config import SettingError, Settings
    from api.database.outages import OneLine
    from api.jobs.queue import Background

    handler = logging.StreamHandler()
    handler.addFilter(OneLine())
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s", handlers=[handler])
    with opened():
        pass
    try:
        background = Background(Settings.from_environment())
    except SettingError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{number(processes, 'worker')}; Ctrl-C stops {'it' if processes == 1 else 'them'}.", err=True)
    background.consumer(workers=processes, processes=True).run()
