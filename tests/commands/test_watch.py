"""verbatim watch."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import IO

from tests.commands import OTHER, TEXT, article, start


def line(stream: IO[bytes] | None) -> str:
    assert stream is not None
    return stream.readline().decode().strip()


def watching(folder: Path, url: str, every: float = 0.3) -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    environment = os.environ | {"DATABASE_URL": url, "PYTHONUNBUFFERED": "1"}
    return start("watch", folder, "--every", every, stdout=pipe, stderr=pipe, env=environment)


def stopped(process: subprocess.Popen[bytes]) -> tuple[str, str]:
    os.killpg(process.pid, signal.SIGINT)
    stdout, stderr = process.communicate()
    assert process.returncode == 130
    return stdout.decode(), stderr.decode().lstrip()


def test_imports_arriving_files_once(database_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "incoming"
    (folder / "later").mkdir(parents=True)
    (folder / "first.txt").write_text(TEXT)
    with watching(folder, database_url) as process:
        assert line(process.stderr) == f"Watching {folder}; Ctrl-C ends it."
        assert line(process.stdout) == f"{folder}/first.txt: 1 new, 0 changed, 0 unchanged, 0 failed"
        (folder / "notes.md").write_text("no article")
        (folder / "later" / "b.ndjson").write_text(f"{article(text=OTHER)}\nno\n")
        assert line(process.stdout) == f"{folder}/later/b.ndjson: 1 new, 0 changed, 0 unchanged, 1 failed"
        assert line(process.stderr) == f"{folder}/later/b.ndjson:2: not JSON: Expecting value (column 1)"
        (folder / "later" / "b.ndjson").write_text(
            f"{article(text=OTHER)}\n{article(text='Bo Lund said he was glad.')}\n"
        )
        assert line(process.stdout) == f"{folder}/later/b.ndjson: 1 new, 0 changed, 1 unchanged, 0 failed"
        assert stopped(process) == ("5 articles: 3 new, 0 changed, 1 unchanged, 1 failed\n", "Interrupted.\n")
    with watching(folder, database_url) as process:
        line(process.stderr)
        assert line(process.stdout) == f"{folder}/first.txt: 0 new, 0 changed, 1 unchanged, 0 failed"
        assert line(process.stdout) == f"{folder}/later/b.ndjson: 0 new, 0 changed, 2 unchanged, 0 failed"
        stopped(process)


def test_waits_until_a_file_is_written(sqlite_template: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'verbatim.db'}"
    (tmp_path / "verbatim.db").write_bytes(sqlite_template.read_bytes())
    folder = tmp_path / "incoming"
    folder.mkdir()
    with watching(folder, url, every=1) as process, (folder / "slow.txt").open("w") as writing:
        line(process.stderr)
        for number in range(30):  # for longer than two looks, and with less than a look between
            writing.write(f"Ann Poe said part {number} was done. ")
            writing.flush()
            os.utime(folder / "slow.txt", ns=(number, number))  # so that a slow machine cannot make two looks alike
            time.sleep(0.1)
            (folder / "other.txt").write_text(TEXT)
        writing.close()
        said = {line(process.stdout), line(process.stdout)}
        assert said == {f"{folder}/{name}.txt: 1 new, 0 changed, 0 unchanged, 0 failed" for name in ("slow", "other")}
        stopped(process)


def test_waits_for_its_database_and_goes_on(sqlite_template: Path, tmp_path: Path) -> None:
    path, away, folder = tmp_path / "verbatim.db", tmp_path / "away.db", tmp_path / "incoming"
    path.write_bytes(sqlite_template.read_bytes())
    folder.mkdir()
    with watching(folder, f"sqlite:///{path}") as process:
        line(process.stderr)
        path.rename(away)
        (folder / "first.txt").write_text(TEXT)
        said = [line(process.stderr), line(process.stderr)]
        assert said == [
            f"the database's file was deleted or replaced: {path}",
            f"The database does not answer: the database's file {path} is not there. Waiting for it.",
        ]
        away.rename(path)
        assert line(process.stderr) == "The database answers again."
        assert line(process.stdout) == f"{folder}/first.txt: 1 new, 0 changed, 0 unchanged, 0 failed"
        assert stopped(process)[1] == "Interrupted.\n"
