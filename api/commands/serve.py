"""verbatim serve: the HTTP server."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import signal
import socket
import sys
import tempfile
from pathlib import Path
from typing import Any

import click

from api.commands.database import opened
from api.commands.terminal import example

# Seconds until a worker that does not answer is replaced; the engine takes a minute for a long text.
TIMEOUT_SECONDS = 300
MAX_CONNECTIONS = 1000  # of a process; one more closes the one that has waited longest
MAX_FILES = 4096  # of a process: its connections, and what the database and the engine open
THREADS = 8  # requests that a worker answers at a time; fewer than the connections it may open to PostgreSQL
# Seconds that a connection is kept for a client's next request; nginx keeps them as long. By default gunicorn keeps them for 2.
# Of 200 clients at once some took longer, and saw the connection reset (make bench-load).
KEEP_ALIVE_SECONDS = 75
MAX_DEFAULT_WORKERS = 4  # each holds the engine's model, about 200 MB
# gunicorn's default, and the id of the request at the end.
ACCESS_LOG_FORMAT = '%(h)s %(l)s %(u)s %(t)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s" %({x-request-id}o)s'
# Seconds after which a thread that computes lets another run that waits. By Python's default of 5 ms a search beside an
# extraction waits that long at each of its statements (docs/benchmarks.md).
SWITCH_SECONDS = 0.0005
MAX_REQUEST_LINE_BYTES = 8190  # bytes of method, path and query: gunicorn's own maximum


@click.command(epilog=example("verbatim serve --host 0.0.0.0 --port 8000 --workers 2"))
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for all.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, envvar="PORT", show_envvar=True)
@click.option(
    "--workers",
    type=click.IntRange(1, 1000),
    default=min(os.cpu_count() or 1, MAX_DEFAULT_WORKERS),
    show_default=f"one a core, at most {MAX_DEFAULT_WORKERS}",
    help=f"Processes; each answers {THREADS} requests at a time.",
)
@click.option("--access-log", is_flag=True, help="Write a line a request to standard output.")
@click.option("--check", is_flag=True, help="Only check settings, database, address and port.")
def serve(host: str, port: int, workers: int, access_log: bool, check: bool) -> None:
    """Serve the API and its documentation, at /docs, until stopped.

    Where reading is open, anybody who reaches the address can read; writing needs a key (verbatim keys create).
    """
    from api.config import SettingError, Settings
    from api.http.auth import rate_limit
    from api.http.request_id import log_to_stderr
    from api.sources.web import Web

    with opened():
        pass
    try:
        settings = Settings.from_environment()
        rate_limit(settings)
        Web(settings)
    except SettingError as error:
        raise click.ClickException(str(error)) from None
    address = _free_address(host, port)
    if check:
        click.echo(f"All is well; http://{address} is free.")
        return
    from gunicorn.app.base import BaseApplication
    from gunicorn.util import import_app

    from api.http.counters import SharedCounters

    # All workers count for the rate limit in one file. The master removes it: a worker that ends must not.
    folder = tempfile.mkdtemp(prefix="verbatim-")
    counters = SharedCounters(Path(folder) / "rate-limit") if settings.rate_limit else None

    class Server(BaseApplication):  # type: ignore[misc]  # gunicorn carries no types
        """Gunicorn without its configuration files and arguments."""

        def load_config(self) -> None:
            for setting, value in {
                "bind": address,
                "workers": workers,
                "worker_class": "api.commands.receiving.ReceivingWorker",
                "threads": THREADS,
                "worker_connections": MAX_CONNECTIONS,
                "timeout": TIMEOUT_SECONDS,
                "keepalive": KEEP_ALIVE_SECONDS,
                "sendfile": False,  # it writes past what waits in api.commands.sending
                "limit_request_line": MAX_REQUEST_LINE_BYTES,
                "accesslog": "-" if access_log else None,
                "access_log_format": ACCESS_LOG_FORMAT,
                "control_socket_disable": True,
                "post_worker_init": _begin,
                "worker_exit": _end,
                "on_exit": lambda _server: shutil.rmtree(folder, ignore_errors=True),
                "proc_name": "verbatim",
            }.items():
                self.cfg.set(setting, value)

        def load(self) -> Any:
            log_to_stderr()
            # In each worker: onnxruntime starts a thread when it is imported, and a worker forked after that never ends.
            return import_app("api.app:create_app")(settings, counters)

    _allow_files()
    Server().run()


def _allow_files() -> None:
    """Let each process open as many files as it has connections, where the system lets it: often 1,024 unless asked for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_FILES if hard == resource.RLIM_INFINITY else min(hard, MAX_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _begin(worker: Any) -> None:
    """Leave Ctrl-C to the master, have threads take turns quickly, and start background work if the settings say so.

    gunicorn calls it in a ready worker.

    Ctrl-C reaches the whole group of processes, and the master stops its workers too. A threaded worker of gunicorn that is
    stopped twice shuts its pool of threads down while that is shutting down, and waits for itself.
    """
    from api.config import Settings
    from api.jobs.queue import Background

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.setswitchinterval(SWITCH_SECONDS)
    settings = Settings.from_environment()
    if settings.background == "server":
        worker.background = Background(settings).start_thread()


def _end(_server: Any, worker: Any) -> None:
    """Stop background work. gunicorn calls it in a worker that ends."""
    if hasattr(worker, "background"):
        worker.background.stop()


def _free_address(host: str, port: int) -> str:
    """Return HOST:PORT as gunicorn takes it. Raise ClickException if nothing can listen there."""
    try:
        family, _, _, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(where)
    except (OSError, UnicodeError) as error:
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise click.ClickException(f"Port {port} of {host} is in use; choose another with --port") from None
        reason = getattr(error, "strerror", None) or error
        raise click.ClickException(f"Cannot listen on port {port} of {host}: {reason}") from None
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
