"""Measure how fast the engine is: python -m tests.bench.extraction [ARTICLES] [FILE.ndjson] (make bench).

`verbatim extract --ndjson` runs over ARTICLES articles (500), its start included. They are those of FILE ({"text",
"published"} a line), else our gold articles, again and again. The bare model runs over the same windows on the same cores.
That ratio holds on any machine, the rates only on this one. Last comes one text of 1 KB to 1 MB, which tells whether time is
linear.
"""

from __future__ import annotations

import itertools
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

VERBATIM = Path(sys.executable).parent / "verbatim"


def texts(path: Path | None) -> list[str]:
    """Return the distinct texts to extract from."""
    if path is None:
        from tests import gold

        return [article.text for article in gold.articles("")]
    with path.open(encoding="utf-8") as lines:
        return list({row["id"]: row["text"] for row in map(json.loads, lines)}.values())


def bare(found: list[str]) -> float:
    """Return the seconds of the model alone over the windows of all texts, run on all cores as in extraction."""
    from api.extraction import tagging

    model = tagging._model()
    windows = []
    for text in found:
        pieces = tagging.pieces(text)
        windows += [(pieces.ids[a:b], pieces.shapes[a:b]) for a, b in pieces.windows]
    began = time.perf_counter()
    for _ in model.pool.map(model.scores, windows):
        pass
    return time.perf_counter() - began


def command(found: list[str]) -> float:
    """Return the seconds of `verbatim extract --ndjson` over all texts, its start included."""
    lines = "".join(json.dumps({"id": n, "text": text}) + "\n" for n, text in enumerate(found))
    began = time.perf_counter()
    subprocess.run([VERBATIM, "extract", "--ndjson"], input=lines.encode(), stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def main(articles: int, path: Path | None) -> None:
    """Measure and print."""
    found = list(itertools.islice(itertools.cycle(texts(path)), articles))
    words = sum(len(text.split()) for text in found)
    start = min(command([]) for _ in range(3))
    first = min(command(["“The pier is shut,” Ida Maro said."]) for _ in range(3))
    print(f"start {start:.2f} s, with the first quote {first:.2f} s")
    alone = bare(found[::2])  # half before and half after: a neighbour's load falls on both
    whole = command(found)
    alone += bare(found[1::2])
    print(f"{articles} articles of {words / articles:.0f} words in {whole:.1f} s:")
    print(f"  {articles / whole:.1f} articles/s, {words / whole:.0f} words/s")
    print(f"  the bare model on the same windows: {articles / alone:.1f} articles/s, {alone:.1f} s")
    print(f"  whole / bare {whole / alone:.2f}; share of the time inside the model {alone / whole:.0%}")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"  most memory of a process: {peak:.0f} MB")
    from api.extraction import extract

    long = "\n\n".join(found)
    while len(long) < 1_000_000:
        long += "\n\n" + long
    for size in (1_000, 10_000, 100_000, 1_000_000):
        began = time.perf_counter()
        extract(long[:size])
        took = time.perf_counter() - began
        print(f"  {size // 1000:5} KB of text: {took:6.2f} s, {1e6 * took / size:.0f} µs a code point")


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 500,
        Path(sys.argv[2]) if len(sys.argv) > 2 else None,
    )
