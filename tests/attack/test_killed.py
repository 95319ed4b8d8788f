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
import signal
import sqlite3
import threading
import time
import zipfile
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from api.commands.database import unmigrate
from api.config import Settings
from api.database.backups.postgresql import MANIFEST
from api.database.engine import make_engine, writing
from api.http import auth
from api.models import ApiKey, Article, Change, Feed, FeedEntry, Quote, Revision, Search
from tests import factory
from tests.attack import long, tried
from tests.attack.clients import Client, server
from tests.attack.places import (
    CHANCE,
    STORED,
    TIMES,
    Command,
    Place,
    check,
    column,
    given,
    gone,
    ids_by_url,
    is_done,
    outcomes,
    received,
    record,
    rows,
    wait,
    words,
)
from tests.commands import run
from tests.commands.test_backup import content
from tests.web import Page, site


def test_import(place: Place, url: str) -> None:
    """Some import what one process stores in several transactions, others what two processes extract."""
    command = Command(place, url, "import")
    file = place.folder / "articles.ndjson"
    for number in command.rounds():
        jobs, size, of = (2, 40, record) if number % 2 else (1, 350, given)
        names = [f"import{number}x{each}" for each in range(size)]
        file.write_text("".join(f"{json.dumps(of(name))}\n" for name in names))
        before = ids_by_url(url)
        command.kill(file, "--jobs", jobs)
        check(url)
        killed = ids_by_url(url)
        assert before.items() <= killed.items()
        command.run(file, "--jobs", jobs)
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
