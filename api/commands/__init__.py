"""The command line: verbatim ...

One file a group of commands. Modules that take long to import (Flask, SQLAlchemy, the engine's runtime) are imported in the
functions that need them. So --help answers at once, and `verbatim extract` loads neither Flask nor SQLAlchemy. Types alone are
imported under TYPE_CHECKING. The same holds for modules that a worker must not import before it forks (api.jobs.queue).
"""

from __future__ import annotations

import sys

import click

from api.commands import (
    backup,
    database,
    export,
    extract,
    feed,
    imports,
    keys,
    quote,
    saved,
    search,
    serve,
    watch,
    worker,
)
from api.commands.terminal import example

INTERRUPTED = 130  # the exit code that a shell reports for a command ended by Ctrl-C: 128 and the signal's number


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=example(
        "verbatim db upgrade",
        "verbatim import articles/",
        'verbatim search "road bridge" --speaker Tamberg',
        "verbatim serve",
    ),
)
@click.version_option(package_name="verbatim", message="verbatim %(version)s")
def verbatim() -> None:
    """Verbatim: who said what, when, in which role, and the proof.

    Settings come from environment variables. DATABASE_URL names the database. Without it that is verbatim.db in the folder
    that VERBATIM_HOME names, in this folder, or in the nearest above it that has one.
    """


COMMANDS = (
    backup.backup,
    backup.restore,
    database.db,
    export.export,
    extract.extract,
    feed.feed,
    imports.import_,
    keys.keys,
    quote.correct,
    quote.show,
    saved.saved,
    search.search,
    serve.serve,
    watch.watch,
    worker.worker,
)
for command in COMMANDS:
    verbatim.add_command(command)


def main() -> None:
    """Run the command line. Exit with 0, 1 if something failed, 2 if the command was wrong, 130 if interrupted."""
    try:
        code = verbatim.main(prog_name="verbatim", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except click.Abort:
        click.echo("Interrupted.", err=True)
        code = INTERRUPTED
    sys.exit(code)
