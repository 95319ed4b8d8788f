"""Check what all commands share: help, exit codes, errors on one line, few modules to load."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from api.commands import verbatim
from tests.commands import SEEDS, TEXT, run, start


def every_command(group: click.Group = verbatim, names: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield names
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from every_command(command, (*names, name))
        else:
            yield (*names, name)


@pytest.mark.parametrize("names", list(every_command()), ids=" ".join)
def test_help_has_an_example(names: tuple[str, ...]) -> None:
    result = run(*names, "--help")
    assert result.exit_code == 0
    assert f"Usage: verbatim {' '.join(names)}".strip() in result.output
    assert "Example:\n" in result.output
    assert f"verbatim {' '.join(names)}".strip() in result.output.partition("Example:")[2]


@pytest.mark.parametrize(
    "group", [names for names in every_command() if not names or names[0] in ("db", "feed", "keys", "saved")]
)
def test_summaries_of_commands_are_whole(group: tuple[str, ...]) -> None:
    listed = run(*group, "--help", COLUMNS="80").stdout.partition("Commands:")[2]
    assert [line for line in listed.splitlines() if line.endswith("...")] == []


def test_version() -> None:
    assert run("--version").output.startswith("verbatim 0.")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--nonsense",), "No such option"),
        (("nonsense",), "No such command"),
        (("extract",), "Name a FILE"),
        (("extract", "no-such-file"), "does not exist"),
        (("extract", SEEDS), "is a directory"),
        (("extract", "--ndjson", __file__), "--ndjson reads standard input"),
        (("extract", "--ndjson", "--published", "2022-03-24"), "--ndjson reads standard input"),
        (("extract", __file__, "--published", "24.3.2022"), "is not a date such as 2024-05-14"),
        (("extract", __file__, "--published", "2022-02-30"), "is not a date such as 2024-05-14"),
        (("import",), "Missing argument"),
        (("import", "no-such-folder"), "does not exist"),
        (("search", "x", "--limit", "0"), "not in the range"),
        (("search", "x", "--limit", "many"), "not a valid integer"),
        (("search", "x", "--country", "Estonia"), "two letters"),
        (("search", "x", "--act", "dance"), "is not one of"),
        (("search", "x", "--from", "yesterday"), "is not a date such as 2024-05-14"),
        (("search", "x" * 1001), "longer than 1000"),
        (("search", "\x1b[2J"), "control characters"),
        (("search", "x", "--speaker", " "), "it is empty"),
        (("search", "caf\udce9"), "not UTF-8"),
        (("keys", "create", "x"), "Missing option '--scope'"),
        (("keys", "create", "x", "--scope", "all"), "is not one of"),
        (("keys", "create", "", "--scope", "read"), "it is empty"),
        (("keys", "create", "x" * 201, "--scope", "read"), "longer than 200"),
        (("keys", "revoke"), "Missing argument"),
        (("serve", "--port", "0"), "not in the range"),
        (("serve", "--port", "http"), "not a valid integer"),
        (("serve", "--workers", "0"), "not in the range"),
    ],
)  # fmt: skip
def test_a_wrong_command_is_a_usage_error(arguments: tuple[object, ...], says: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"DATABASE_URL": "nonsense"}, "DATABASE_URL must be"),
        ({"DATABASE_URL": "mysql://x@y/z"}, "DATABASE_URL names mysql"),
        ({"DATABASE_URL": "sqlite:///no-such-folder/x.db"}, "run: verbatim db upgrade"),
        ({"DATABASE_URL": f"sqlite:///{__file__}"}, "not a database"),
        ({"DATABASE_URL": "sqlite://"}, "run: verbatim db upgrade"),
        ({"DATABASE_URL": "postgresql://user:secret@127.0.0.1:1/x"}, "refused"),
        ({"VERBATIM_BODY_LIMIT": "8 MiB"}, "VERBATIM_BODY_LIMIT must be"),
    ],
)
@pytest.mark.parametrize(
    "arguments",
    [("db", "check"), ("keys", "list"), ("search", "x"), ("import", SEEDS), ("serve",)],
    ids=lambda names: names[0],
)
def test_reports_database_errors_on_one_line(
    arguments: tuple[str, ...], environment: dict[str, str], says: str
) -> None:
    result = run(*arguments, **environment)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    assert says in result.stderr
    assert "secret" not in result.stderr


@pytest.mark.parametrize(
    "arguments", [("db", "check"), ("keys", "list"), ("search", "x"), ("import", SEEDS), ("serve",)]
)
def test_reports_missing_tables_on_one_line(empty_database_url: str, arguments: tuple[object, ...]) -> None:
    result = run(*arguments, url=empty_database_url)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "run: verbatim db upgrade" in result.stderr
    assert result.stderr.count("\n") == 1


def loaded(code: str, database: str = "") -> set[str]:
    """Return the modules that are loaded once `code` has run in a new process, on this database."""
    code += "\nimport sys\nprint(*sys.modules)"
    command, environment = [sys.executable, "-c", code], {**os.environ, "DATABASE_URL": database}
    return set(subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout.split())


def test_loads_few_modules(seeded_database: str) -> None:
    assert not {"flask", "sqlalchemy", "alembic", "rich", "numpy", "onnxruntime"} & loaded("import api.commands")
    extracting = loaded(
        f"from api.commands import verbatim; verbatim(['extract', {__file__!r}], standalone_mode=False)"
    )
    assert "onnxruntime" in extracting
    assert not {"flask", "sqlalchemy", "alembic", "marshmallow"} & extracting
    searching = loaded(
        "from api.commands import verbatim; verbatim(['search', 'x'], standalone_mode=False)", seeded_database
    )
    assert "sqlalchemy" in searching
    assert not {"flask", "alembic", "onnxruntime", "numpy", "trafilatura"} & searching


def test_interrupted_while_reading() -> None:
    pipe = subprocess.PIPE
    with start("extract", "--ndjson", stdin=pipe, stdout=pipe, stderr=pipe) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for _ in range(50):
            process.stdin.write(json.dumps({"id": 1, "text": TEXT}).encode() + b"\n")
        process.stdin.flush()
        process.stdout.readline()  # so it runs, and waits for more
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate()
    assert (process.returncode, stderr.strip()) == (130, b"Interrupted.")


def test_a_closed_pipe_ends_the_command_quietly(tmp_path: Path) -> None:
    lines = tmp_path / "lines.ndjson"
    lines.write_text(json.dumps({"id": 1, "text": TEXT}) + "\n" + json.dumps({"id": 2, "text": TEXT * 100}) + "\n")
    with (
        lines.open("rb") as stdin,
        start("extract", "--ndjson", stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process,
    ):
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1
