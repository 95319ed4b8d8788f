"""Commands that write a file: verbatim backup and verbatim export."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

import pytest

from tests.commands import run, run_on_terminal, start
from tests.commands.test_backup import content

pytestmark = pytest.mark.usefixtures("sample")
COMMANDS = [("backup",), ("export", "-o")]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("forced", [(), ("--force",)])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_database_is_never_overwritten(
    database_url: str, tmp_path: Path, command: tuple[str, ...], forced: tuple[str, ...]
) -> None:
    before = content(database_url)
    (tmp_path / "sub").mkdir()
    (tmp_path / "symbolic").symlink_to("verbatim.db")
    (tmp_path / "hard").hardlink_to(tmp_path / "verbatim.db")
    files = ["verbatim.db", "sub/../verbatim.db", "symbolic", "hard", "verbatim.db-wal", "verbatim.db-shm"]
    for name in [*files, "verbatim.db-journal", "verbatim.db-queue", "verbatim.db-queue-wal", "verbatim.db.restore"]:
        result = run(*command, tmp_path / name, *forced, url=database_url)
        assert (result.exit_code, result.stderr.count("\n"), result.stdout) == (1, 1, ""), result.output
        assert "belongs to the database; name another file" in result.stderr
    assert content(database_url) == before


@pytest.mark.parametrize("command", COMMANDS)
def test_files_are_overwritten_only_if_wanted(database_url: str, tmp_path: Path, command: tuple[str, ...]) -> None:
    file = tmp_path / "out"
    assert run(*command, file, url=database_url).exit_code == 0
    written = file.read_bytes()
    file.write_text("mine")
    result = run(*command, file, url=database_url)
    assert (result.exit_code, result.stderr) == (1, f"Error: {file} is there already; --force overwrites it\n")
    code, said = run_on_terminal(*command, file, url=database_url, answer="n")
    assert (code, "Overwrite it?" in said, "Nothing was written." in said) == (1, True, True), said
    assert file.read_text() == "mine"
    code, said = run_on_terminal(*command, file, url=database_url, answer="y")
    assert code == 0, said
    assert len(file.read_bytes()) == pytest.approx(len(written), abs=100)
    file.write_text("mine")
    assert run(*command, file, "--force", url=database_url).exit_code == 0
    assert file.read_bytes() != b"mine"


@pytest.mark.parametrize("command", COMMANDS)
def test_only_regular_files_are_overwritten(database_url: str, tmp_path: Path, command: tuple[str, ...]) -> None:
    os.mkfifo(tmp_path / "pipe")
    result = run(*command, tmp_path / "pipe", "--force", url=database_url)
    assert (result.exit_code, "is no regular file" in result.stderr) == (1, True), result.output


@pytest.mark.parametrize("command", COMMANDS)
def test_what_killed_commands_left_is_removed(database_url: str, tmp_path: Path, command: tuple[str, ...]) -> None:
    left, written, other = (tmp_path / f"{name}.verbatim.part" for name in ("left", "written", "other"))
    left.touch()
    (tmp_path / "mine.part").touch()
    with written.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)  # as a command does that is writing
        assert run(*command, tmp_path / "out", url=database_url).exit_code == 0
        assert [path.name for path in sorted(tmp_path.glob("*.part"))] == ["mine.part", "written.verbatim.part"]
        refused = run(*command, tmp_path / "written", url=database_url)
        assert (refused.exit_code, "cannot be written: File exists" in refused.stderr) == (1, True), refused.output
    environment = {**os.environ, "DATABASE_URL": database_url}
    for seconds in (0.5, 1.0, 1.5):
        process = start(*command, tmp_path / "other", env=environment)
        time.sleep(seconds)
        process.kill()
        process.wait()
    assert run(*command, tmp_path / "out", "--force", url=database_url).exit_code == 0
    assert not other.exists()
    assert [path.name for path in tmp_path.glob("*.part")] == ["mine.part"]
