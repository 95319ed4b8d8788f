"""Where attacks by process death happen: databases of both kinds, commands that are killed, and what must hold then."""

from __future__ import annotations

import itertools
import os
import random
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from api.config import Settings
from api.database.engine import make_engine, reading, writing
from api.jobs import imports
from api.models import Article, Import, ImportItem, Quote
from api.sources.readers import Record
from tests.attack import MINUTES, tried
from tests.commands import run, start
from tests.conftest import on_server

TIMES = 20 if MINUTES else 1  # that each command is killed
GUESS_SECONDS = 1.5  # that a command takes, before it has run once
STORED = 300  # articles of the database that commands begin with
CHANCE = random.Random()  # its moments differ in each run, as those of a power cut do


def words(name: str) -> str:
    return f"“The bridge {name} will open in May,” said Ann Poe, the mayor of Harnby."


def record(name: str) -> dict[str, Any]:
    return {"url": f"https://harnby.example/{name}", "text": words(name)}


def given(name: str) -> dict[str, Any]:
    """Return a record that brings its quote along, which need not be extracted."""
    says = words(name)
    quote = {
        "kind": "direct", "medium": "speech", "act": "speech", "text": says[: says.index("”") + 1], "said": None,
        "content": [{"exact": says[: says.index("”") + 1]}], "cue": [{"exact": "said"}], "source": [], "speaker": 0,
        "role": None, "confidence": 0.9, "evidence": [],
    }  # fmt: skip
    speaker: dict[str, Any] = {"name": "Ann Poe", "kind": "person", "handle": None, "mentions": [], "roles": []}
    return {**record(name), "speakers": [speaker], "quotes": [quote]}


@dataclass
class Place:
    """A kind of database: a filled one, copies of it, and a folder."""

    folder: Path
    filled: str
    server: str | None  # of PostgreSQL
    made: Iterator[int] = field(default_factory=itertools.count)

    @property
    def kind(self) -> str:
        return "postgresql" if self.server else "sqlite"

    def copy(self, of: str) -> str:
        """Return the URL of a copy of a database."""
        name = f"copy{next(self.made)}"
        if self.server is None:
            target = self.folder / f"{name}.db"
            with (
                closing(sqlite3.connect(of.removeprefix("sqlite:///"))) as source,
                closing(sqlite3.connect(target)) as to,
            ):
                source.backup(to)
            return f"sqlite:///{target}"
        template = of.partition("?")[0].rpartition("/")[2]
        on_server(self.server, f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.server.replace("/postgres?", f"/{name}?")

    def empty(self) -> str:
        """Return the URL of a database without tables."""
        name = f"empty{next(self.made)}"
        if self.server is None:
            return f"sqlite:///{self.folder / f'{name}.db'}"
        on_server(self.server, f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
        return self.server.replace("/postgres?", f"/{name}?")

    def drop(self, url: str) -> None:
        """Delete a database."""
        if self.server is None:
            for file in self.folder.glob(f"{Path(url).name}*"):
                file.unlink()
        else:
            on_server(self.server, f"DROP DATABASE {url.partition('?')[0].rpartition('/')[2]} WITH (FORCE)")


def rows(url: str, act: Callable[[Session], Any]) -> Any:
    """Return what a function reads in a session, all of one moment."""
    engine = make_engine(Settings(database_url=url))
    level = "REPEATABLE READ" if engine.dialect.name == "postgresql" else "SERIALIZABLE"
    try:
        with reading(engine.execution_options(isolation_level=level)) as session:
            return act(session)
    finally:
        engine.dispose()


def column(url: str, query: Select[Any]) -> list[Any]:
    """Return the first column of what a query finds."""
    return list(rows(url, lambda session: session.scalars(query).all()))


def ids_by_url(url: str) -> dict[str, int]:
    """Return the ids of all articles by their URLs. Each article has one quote, and stands once."""

    def read(session: Session) -> dict[str, int]:
        found = session.execute(select(Article.url, Article.id)).all()
        counted = select(Quote.article_id, func.count()).group_by(Quote.article_id)
        quotes: dict[int, int] = dict(session.execute(counted).all())
        assert len({row.url for row in found}) == len(found), "an article is stored twice"
        assert quotes == dict.fromkeys((row.id for row in found), 1)
        return {row.url: row.id for row in found if row.url}

    found: dict[str, int] = rows(url, read)
    return found


def check(url: str) -> None:
    """Run `verbatim db check`, which must find nothing."""
    result = run("db", "check", url=url)
    assert result.exit_code == 0, result.output


def gone(process: subprocess.Popen[bytes]) -> None:
    """Wait until no process of a killed command is left, whichever of them was killed."""
    process.wait()
    for _ in range(600):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, 0)
            time.sleep(0.1)
            continue
        return
    raise AssertionError("its processes run on without it")


@contextmanager
def killed_at_end(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """Kill a command and its processes at the end of the block, unless they have ended."""
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        gone(process)


class Command:
    """A command that is killed and run again, and how long it takes: the moments are within that."""

    def __init__(self, place: Place, url: str, *arguments: object, **environment: str) -> None:
        self.place, self.arguments = place, arguments
        self.environment = {**os.environ, "PYTHONUNBUFFERED": "1", "DATABASE_URL": url, **environment}
        self.seconds = GUESS_SECONDS
        self.killed = 0

    def start(self, *more: object, **options: Any) -> subprocess.Popen[bytes]:
        folder = self.place.folder
        with (folder / "stdout").open("wb") as stdout, (folder / "stderr").open("wb") as stderr:
            streams = {"stdout": stdout, "stderr": stderr, **options}
            return start(*self.arguments, *more, env=self.environment, cwd=folder, **streams)

    @contextmanager
    def running(self, **options: Any) -> Iterator[subprocess.Popen[bytes]]:
        """Run it until the end of the block. It is killed then, unless it has ended."""
        with killed_at_end(self.start(**options)) as process:
            yield process

    def said(self) -> str:
        return (self.place.folder / "stdout").read_text()

    def kill(self, *more: object, after: float | None = None) -> str:
        """Kill it, or its first process alone, after so many seconds or at random. Return what it had said."""
        process = self.start(*more)
        try:
            process.wait(CHANCE.uniform(0.25, 1.05) * self.seconds if after is None else after)
        except subprocess.TimeoutExpired:
            self.killed += 1
            (os.killpg if CHANCE.random() < 0.7 else os.kill)(process.pid, signal.SIGKILL)
        gone(process)
        return self.said()

    def run(self, *more: object) -> str:
        """Run it to its end, and return what it said."""
        began = time.monotonic()
        process = self.start(*more)
        process.wait(300)
        self.seconds = time.monotonic() - began
        assert process.returncode == 0, (self.place.folder / "stderr").read_text()
        return self.said()

    def rounds(self) -> Iterator[int]:
        """Count rounds until the command was killed as often as it is to be. At first it had ended before that, perhaps."""
        for number in range(4 * TIMES):
            if self.killed == TIMES:
                break
            yield number
        assert self.killed == TIMES
        tried(f"verbatim {' '.join(map(str, self.arguments[:2]))}, killed {self.killed} times on {self.place.kind}")


def wait(until: Callable[[], bool], *, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, "it never came to be so"
        time.sleep(0.1)


def received(url: str, names: list[str], of: Callable[[str], dict[str, Any]] = record) -> int:
    """Receive an import of a record for each name, which then waits for workers, and return its id."""
    engine = make_engine(Settings(database_url=url))
    import_id = imports.begin(engine, dry_run=False, by=None)
    imports.receive(engine, import_id, (Record(n, 200, of(name)) for n, name in enumerate(names, 1)))
    with writing(engine) as session:
        imports.complete(session, import_id)
        session.commit()
    engine.dispose()
    return import_id


def outcomes(url: str, import_id: int) -> Counter[str]:
    query = select(ImportItem.state).where(ImportItem.import_id == import_id)
    return Counter(column(url, query))


def is_done(url: str, import_id: int) -> bool:
    return column(url, select(Import.state).where(Import.id == import_id)) == ["done"]
