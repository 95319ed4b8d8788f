"""Kill every command that writes at a random moment, with SIGKILL, and start it again.

Then `verbatim db check` is clean, all that was acknowledged is there, and nothing is there twice. In `make attack` each is
killed 20 times on each database, in `make test` once.
"""

from __future__ import annotations

import hashlib
import http.client
import itertools
import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Select, func, select, text
from sqlalchemy.orm import Session

from api.commands.database import unmigrate
from api.config import Settings
from api.database.backups.postgresql import MANIFEST
from api.database.engine import make_engine, reading, writing
from api.http import auth
from api.ingestion import pipeline
from api.ingestion.store import Stored
from api.jobs import imports
from api.models import ApiKey, Article, Change, Feed, FeedEntry, Import, ImportItem, Quote, Revision, Search
from api.sources.readers import Record
from tests import factory
from tests.attack import MINUTES, long, tried
from tests.commands import run, start
from tests.commands.test_backup import content
from tests.conftest import DATABASES, migrated, on_server
from tests.web import Page, site

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


@pytest.fixture(scope="module", params=DATABASES)
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Yield a kind of database, with a filled one."""
    server = request.getfixturevalue("postgresql") if request.param == "postgresql" else None
    made = Place(tmp_path_factory.mktemp("killed"), "", server)
    url = made.filled = migrated(made.empty())
    engine = make_engine(Settings(database_url=url))
    outcomes = pipeline.store(engine, pipeline.read(engine, [given(f"first{n}") for n in range(STORED)]))
    assert {outcome.outcome for outcome in outcomes if isinstance(outcome, Stored)} == {"new"}
    engine.dispose()
    yield made
    made.drop(url)


@pytest.fixture
def url(place: Place) -> Iterator[str]:
    """Yield the URL of a filled database."""
    copy = place.copy(place.filled)
    yield copy
    place.drop(copy)


def rows(url: str, act: Callable[[Session], Any]) -> Any:
    """Return what a function reads in a session."""
    engine = make_engine(Settings(database_url=url))
    try:
        with reading(engine) as session:
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


class Command:
    """A command that is killed and run again, and how long it takes: the moments are within that."""

    def __init__(self, place: Place, url: str, *arguments: object, **environment: str) -> None:
        self.place, self.arguments = place, arguments
        self.environment = {**os.environ, "PYTHONUNBUFFERED": "1", "DATABASE_URL": url, **environment}
        self.seconds = GUESS_SECONDS
        self.killed = 0

    def start(self, *more: object) -> subprocess.Popen[bytes]:
        folder = self.place.folder
        with (folder / "stdout").open("wb") as stdout, (folder / "stderr").open("wb") as stderr:
            return start(*self.arguments, *more, env=self.environment, cwd=folder, stdout=stdout, stderr=stderr)

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


def test_import(place: Place, url: str) -> None:
    command = Command(place, url, "import", "--jobs", 2)
    file = place.folder / "articles.ndjson"
    for number in command.rounds():
        names = [f"import{number}x{each}" for each in range(250)]
        file.write_text("".join(f"{json.dumps(record(name))}\n" for name in names))
        before = ids_by_url(url)
        command.kill(file)
        check(url)
        killed = ids_by_url(url)
        assert before.items() <= killed.items()
        command.run(file)
        after = ids_by_url(url)
        assert killed.items() <= after.items()
        assert after.keys() == before.keys() | {record(name)["url"] for name in names}
        check(url)


def test_watch(place: Place, url: str) -> None:
    """Each file that it names on standard output is stored."""
    folders = [place.folder / f"incoming{number}" for number in range(4 * TIMES)]
    command = Command(place, url, "watch", "--every", 0.2)
    for number in command.rounds():
        folders[number].mkdir()
        names = [f"watch{number}x{each}" for each in range(20)]
        for name in names:
            (folders[number] / f"{name}.json").write_text(json.dumps(record(name)))
        before = ids_by_url(url)
        said = command.kill(folders[number], after=CHANCE.uniform(0.5, 3.0))
        there = ids_by_url(url)
        for line in said.splitlines():
            assert ": 1 new," in line
            assert record(Path(line.partition(":")[0]).stem)["url"] in there
        check(url)
        process = command.start(folders[number])
        for _ in range(600):
            if command.said().count("\n") == len(names):
                break
            assert process.poll() is None
            time.sleep(0.1)
        os.killpg(process.pid, signal.SIGINT)
        gone(process)
        after = ids_by_url(url)
        assert there.items() <= after.items()
        assert after.keys() == before.keys() | {record(name)["url"] for name in names}
        check(url)


def feed_of(names: list[str]) -> Page:
    filler = " ".join(["The road to the pier has been under repair since the storm of last winter."] * 12)
    items = "".join(
        f"<item><link>https://harnby.example/{name}</link><title>{name}</title>"
        f"<content:encoded>&lt;p&gt;{words(name)}&lt;/p&gt;&lt;p&gt;{filler}&lt;/p&gt;</content:encoded></item>"
        for name in names
    )
    head = '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Harnby</title>'
    return Page(f"{head}{items}</channel></rss>".encode(), content_type="application/rss+xml")


def test_feed_poll(place: Place, url: str) -> None:
    with site() as here:
        command = Command(place, url, "feed", "poll", "--now", VERBATIM_FETCH_PRIVATE="127.0.0.0/8")
        for number in command.rounds():
            names = [f"feed{number}x{each}" for each in range(12)]
            here.pages[f"/feed{number}"] = feed_of(names)
            address = f"{here.url}/feed{number}"
            assert run("feed", "add", address, url=url, VERBATIM_FETCH_PRIVATE="127.0.0.0/8").exit_code == 0
            before = ids_by_url(url)
            command.kill(address)
            check(url)
            killed = ids_by_url(url)
            assert before.items() <= killed.items()
            command.run(address)
            after = ids_by_url(url)
            assert killed.items() <= after.items()
            assert after.keys() == before.keys() | {f"https://harnby.example/{name}" for name in names}
            entries = select(FeedEntry.article_id).join(Feed).where(Feed.url == address)
            assert sorted(column(url, entries)) == sorted(after[name] for name in after.keys() - before.keys())
            check(url)


def test_export(place: Place, url: str) -> None:
    file = place.folder / "quotes.ndjson"
    command = Command(place, url, "export", "-o", file, "--force")
    whole = run("export", url=url).stdout_bytes
    assert whole.count(b"\n") == STORED
    for number in command.rounds():
        if number % 2:
            file.unlink()
        command.kill()
        assert not file.exists() or file.read_bytes() == whole
        command.run()
        assert file.read_bytes() == whole
        assert not list(place.folder.glob("*.part"))
        check(url)


def publishers(backup: Path) -> int:
    """Return how many publishers a backup has. Raise AssertionError unless it is whole."""
    if zipfile.is_zipfile(backup):
        with zipfile.ZipFile(backup) as archive:
            assert archive.testzip() is None
            number: int = json.loads(archive.read(MANIFEST))["rows"]["publisher"]
            return number
    with closing(sqlite3.connect(f"file:{backup}?mode=ro", uri=True)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        found: int = connection.execute("SELECT count(*) FROM publisher").fetchone()[0]
        return found


def add_publisher(url: str, name: str) -> None:
    engine = make_engine(Settings(database_url=url))
    with writing(engine) as session:
        session.add(factory.publisher(name))
        session.commit()
    engine.dispose()


def test_backup(place: Place, url: str) -> None:
    """The former backup stays until the new one is whole."""
    file = place.folder / "night.backup"
    command = Command(place, url, "backup", file, "--force")
    command.run()
    for number in command.rounds():
        had = publishers(file)
        add_publisher(url, f"backup{number}")
        command.kill()
        assert publishers(file) in (had, had + 1)
        command.run()
        assert publishers(file) == had + 1
        assert not list(place.folder.glob("*.part"))
    check(url)
    other = place.empty()
    assert run("restore", file, url=other).exit_code == 0
    assert content(other) == content(url)
    place.drop(other)


def test_restore(place: Place, url: str) -> None:
    file = place.folder / "a.backup"
    assert run("backup", file, url=url).exit_code == 0
    restored = content(url)
    other = place.copy(url)
    command = Command(place, other, "restore", file, "--force")
    for number in command.rounds():
        add_publisher(other, f"restore{number}")
        before = content(other)
        command.kill()
        assert content(other) in (before, restored)
        check(other)
        command.run()
        assert content(other) == restored
        assert not list(place.folder.glob("*.restore*"))
        check(other)
    place.drop(other)


def stands(url: str) -> tuple[str, ...]:
    return tuple(column(url, select(text("version_num FROM alembic_version"))))


@pytest.mark.parametrize("former", [pytest.param("0011", marks=long), "0016"])
def test_db_upgrade_and_downgrade(place: Place, url: str, former: str) -> None:
    """The tables are those of one revision or of the other, with all their rows."""
    newest, whole = stands(url), content(url)
    engine = make_engine(Settings(database_url=url))
    unmigrate(engine, former)
    engine.dispose()
    up, down = (Command(place, url, "db", *arguments) for arguments in (("upgrade",), ("downgrade", former, "--yes")))
    changes = Change.__tablename__
    for _ in up.rounds():
        up.kill()
        assert stands(url) in ((former,), newest)
        up.run()
        check(url)
        now = content(url)
        assert {name: now[name] for name in now if name != changes} == {
            name: whole[name] for name in now if name != changes
        }
        down.kill()
        assert stands(url) in ((former,), newest)
        down.run()
        assert stands(url) == (former,)
    tried(f"verbatim db downgrade, killed {down.killed} times on {place.kind}")


def test_db_upgrade_of_an_empty_database(place: Place) -> None:
    command = Command(place, "", "db", "upgrade")
    for _ in command.rounds():
        url = command.environment["DATABASE_URL"] = place.empty()
        command.kill()
        command.run()
        check(url)
        assert column(url, select(Article.id)) == []
        place.drop(url)


def test_db_check_repair_and_prune(place: Place, url: str) -> None:
    repair, prune = (
        Command(place, url, "db", *arguments) for arguments in (("check", "--repair"), ("prune", "--days", 0))
    )
    articles = ids_by_url(url)
    for _ in repair.rounds():
        repair.kill()
        repair.run()
        prune.kill()
        prune.run()
        check(url)
        assert ids_by_url(url) == articles
        assert column(url, select(Change.action)) == ["pruned"]
    tried(f"verbatim db prune, killed {prune.killed} times on {place.kind}")


def test_correct(place: Place, url: str) -> None:
    """A correction is there with its revision, or neither is; if it was shown, it is there."""
    command = Command(place, url, "correct")
    for number in command.rounds():
        quote, polarity = number + 1, ("denied", "hedged", "questioned")[number % 3]
        said = command.kill(quote, "--polarity", polarity)

        def read(session: Session, quote: int = quote) -> tuple[str, str, int]:
            row = session.get_one(Quote, quote)
            logged = select(func.count()).where(Revision.table == "quote", Revision.row == quote)
            return row.polarity, row.status, session.scalar(logged) or 0

        before, after = ("asserted", "given", 0), (polarity, "corrected", 1)
        assert rows(url, read) in ([after] if said else [before, after])
        command.run(quote, "--polarity", polarity)
        assert rows(url, read)[:2] == after[:2]
        check(url)


def test_keys(place: Place, url: str) -> None:
    """A key that was shown is stored; one that was not may be, and is seen in the list."""
    command = Command(place, url, "keys", "create", "--scope", "write")
    for number in command.rounds():
        shown = command.kill(f"key{number}").split()
        hashes = [hashlib.sha256(key.encode()).hexdigest() for key in shown]
        found = column(url, select(ApiKey.hash).where(ApiKey.name == f"key{number}"))
        assert len(found) <= 1
        assert not hashes or found == hashes
        command.run(f"key{number}")
        check(url)


def test_saved_searches_and_feeds(place: Place, url: str) -> None:
    save, add = Command(place, url, "saved", "add"), Command(place, url, "feed", "add")
    for number in save.rounds():
        shown = save.kill(f"search{number}", "bridge")
        found = column(url, select(Search.id).where(Search.name == f"search{number}"))
        assert len(found) <= 1
        assert not shown or shown.startswith(f"Saved as {found[0]}:")
        save.run(f"search{number}", "bridge")
        address = f"https://harnby.example/feed{number}"
        add.kill(address)
        add.run(address)
        assert column(url, select(func.count(Feed.id))) == [number + 1]
        check(url)
    tried(f"verbatim feed add, killed {add.killed} times on {place.kind}")


def wait(until: Callable[[], bool], *, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, "it never came to be so"
        time.sleep(0.1)


def received(url: str, names: list[str]) -> int:
    """Receive an import, which then waits for workers, and return its id."""
    engine = make_engine(Settings(database_url=url))
    import_id = imports.begin(engine, dry_run=False, by=None)
    imports.receive(engine, import_id, (Record(n, 200, record(name)) for n, name in enumerate(names, 1)))
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


def test_worker(place: Place, url: str) -> None:
    """Each record is imported once, although its worker was killed; what had an outcome keeps it."""
    command = Command(place, url, "worker", "-n", 2, VERBATIM_LEASE="2")
    before = ids_by_url(url)
    for number in command.rounds():
        names = [f"work{number}x{each}" for each in range(100)]
        import_id = received(url, names)
        process = command.start()
        time.sleep(CHANCE.uniform(0.5, 4.0))
        if not is_done(url, import_id):
            command.killed += 1
        (os.killpg if CHANCE.random() < 0.7 else os.kill)(process.pid, signal.SIGKILL)
        gone(process)
        check(url)
        stored = ids_by_url(url)
        with_outcome = outcomes(url, import_id)["new"]
        assert len(stored.keys() & {record(name)["url"] for name in names}) == with_outcome
        process = command.start()
        wait(partial(is_done, url, import_id))
        os.killpg(process.pid, signal.SIGKILL)
        gone(process)
        after = ids_by_url(url)
        assert stored.items() <= after.items()
        assert after.keys() == before.keys() | {record(name)["url"] for name in names}
        assert outcomes(url, import_id) == {"new": len(names)}
        before = after
        check(url)


@dataclass
class Client:
    """A client of a server that is killed: what it asked for, and what was acknowledged."""

    port: int
    key: str
    acknowledged: list[tuple[str, Any]] = field(default_factory=list)  # what, and the answer
    waiting: tuple[str, str, Any, dict[str, str]] | None = (
        None  # a request without an answer: method, path, body, headers
    )

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any, str | None]:
        """Return status, body and ETag of an answer. Raise OSError or HTTPException if the connection breaks."""
        sent = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        data = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else None
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            connection.request(method, path, data, sent)
            with connection.getresponse() as response:
                answer = response.read()
                return response.status, json.loads(answer) if answer else None, response.headers["ETag"]

    def write(self, what: str, method: str, path: str, body: Any, **headers: str) -> None:
        """Ask for a change. Note it as acknowledged once it is answered, and as waiting until then."""
        self.waiting = (method, path, body, headers)
        status, answer, _ = self.ask(method, path, body, **headers)
        assert status in (200, 201, 202), (status, answer)
        self.acknowledged.append((what, answer))
        self.waiting = None


def server(command: Command, port: int, asked: Client) -> subprocess.Popen[bytes]:
    """Start a server, and wait until it answers."""
    process = command.start("--port", port)

    def answers() -> bool:
        assert process.poll() is None, (command.place.folder / "stderr").read_text()
        with suppress(OSError):
            return asked.ask("GET", "/readyz")[0] == 200
        return False

    wait(answers)
    return process


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
    return number


def test_serve(place: Place, url: str, free_port: int) -> None:
    """What was answered is stored once. What was not is sent again with its Idempotency-Key, and is stored once then."""
    engine = make_engine(Settings(database_url=url))
    with writing(engine) as session:
        key = auth.new_key(session, "killed", "write")
        session.commit()
    engine.dispose()
    command = Command(place, url, "serve", "--workers", 2, VERBATIM_LEASE="2")
    before = ids_by_url(url)
    process = server(command, free_port, Client(free_port, key))
    for number in range(TIMES):
        articles, archives, edits = clients = [Client(free_port, key) for _ in range(3)]
        stop = threading.Event()
        quote = number + 1

        def post(number: int = number, client: Client = articles) -> None:
            for each in itertools.count():
                name = f"post{number}x{each}"
                client.write(name, "POST", "/v1/articles", record(name), Idempotency_Key=name)

        def archive(number: int = number, client: Client = archives) -> None:
            for each in itertools.count():
                names = [f"archive{number}x{each}x{line}" for line in range(5)]
                body = "".join(f"{json.dumps(record(name))}\n" for name in names).encode()
                more = {"Idempotency_Key": names[0], "Content_Type": "application/x-ndjson"}
                client.write(names[0], "POST", "/v1/imports", body, **more)

        def edit(quote: int = quote, client: Client = edits) -> None:
            for polarity in itertools.cycle(("denied", "hedged")):
                _, _, etag = client.ask("GET", f"/v1/quotes/{quote}")
                client.write(polarity, "PATCH", f"/v1/quotes/{quote}", {"polarity": polarity}, If_Match=str(etag))

        def until_killed(act: Callable[[], None], stop: threading.Event = stop) -> None:
            try:
                act()
            except (OSError, http.client.HTTPException):
                assert stop.is_set()

        threads = [threading.Thread(target=until_killed, args=(act,)) for act in (post, archive, edit)]
        for thread in threads:
            thread.start()
        for client in clients:
            wait(partial(bool, client.acknowledged))
        time.sleep(CHANCE.uniform(0, 1.5))
        stop.set()
        (os.killpg if CHANCE.random() < 0.7 else os.kill)(process.pid, signal.SIGKILL)
        gone(process)
        for thread in threads:
            thread.join()
        check(url)
        stored = ids_by_url(url)
        assert all(stored[record(name)["url"]] == answer["id"] for name, answer in articles.acknowledged)
        known = {polarity for polarity, _ in edits.acknowledged[-1:]} | (
            {edits.waiting[2]["polarity"]} if edits.waiting else set()
        )
        assert set(column(url, select(Quote.polarity).where(Quote.id == quote))) <= known

        process = server(command, free_port, articles)
        for client in (articles, archives):
            if client.waiting:
                method, path, body, headers = client.waiting
                client.write(headers["Idempotency_Key"], method, path, body, **headers)
        for _, answer in archives.acknowledged:
            wait(partial(is_done, url, answer["id"]))
        after = ids_by_url(url)
        names = [name for name, _ in articles.acknowledged]
        names += [f"{first.rpartition('x')[0]}x{line}" for first, _ in archives.acknowledged for line in range(5)]
        assert stored.items() <= after.items()
        assert after.keys() == before.keys() | {record(name)["url"] for name in names}
        assert {name: after[record(name)["url"]] for name, _ in articles.acknowledged} == {
            name: answer["id"] for name, answer in articles.acknowledged
        }
        before = after
        check(url)
    os.killpg(process.pid, signal.SIGKILL)
    gone(process)
    tried(f"verbatim serve with POST /v1/articles, POST /v1/imports and PATCH, killed {TIMES} times on {place.kind}")
