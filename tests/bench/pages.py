"""Measure the page for journalists at a million quotes: python -m tests.bench.pages [QUOTES] (make bench-pages).

Takes the corpus of tests.bench.search. `verbatim serve` answers each kind of page over one connection for some seconds, its
first answers among them. A browser (Chromium) then opens each page with nothing kept: how much comes over the wire, were it
compressed by gzip, when something is painted first, and how far the layout shifts until what comes later has come. Server,
browser and database share the cores. Figures of one run may be compared with each other, not with those of other machines.
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import statistics
import time
from collections.abc import Sequence
from itertools import cycle, islice
from urllib.parse import quote_plus, urljoin

from playwright.sync_api import Browser, Response, sync_playwright
from sqlalchemy import select

from api.config import Settings
from api.database.engine import make_engine, reading
from api.models import Speaker
from tests import program
from tests.bench.corpus import Corpus
from tests.bench.search import HEAD, databases, percentiles
from tests.bench.service import serve

OPENED = 5  # times that the browser opens each page
PAINTED = """() => new Promise((done) => {
  let shift = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((each) => { shift += each.value; }))
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done([performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0, shift]), 300);
})"""


def pages(corpus: Corpus, url: str) -> dict[str, list[str]]:
    """Return the paths of each kind of page."""
    engine = make_engine(Settings(database_url=url))
    with reading(engine) as session:
        ranked = select(Speaker.id).order_by(Speaker.quoted.desc(), Speaker.id)
        known = [session.scalars(ranked.offset(rank).limit(1)).one() for rank in (0, 3, 30, 300)]
    engine.dispose()
    words = corpus.vocabulary
    rare, some, common = words.matching(0.00005, many=4), words.matching(0.01, many=4), words.matching(0.3, many=4)
    name = quote_plus(corpus.speaker(3))
    articles = corpus.quotes // 4
    return {
        "front page": ["/"],
        "search, newest": ["/search"],
        "search, rare word": [f"/search?q={word}" for word in rare],
        "search, word of 1 %": [f"/search?q={word}" for word in some],
        "search, common word": [f"/search?q={word}" for word in common],
        "search, word and speaker": [f"/search?q={word}&speaker={name}" for word in common],
        "search, nothing found": [f"/search?q={word}+zzzz" for word in common],
        "speaker": [f"/speakers/{each}" for each in known],
        "article": [f"/articles/{max(1, articles * n // 7)}" for n in range(1, 7)],
        "counts, word of 1 %": [f"/search/filters?q={word}" for word in some],
        "counts, common word": [f"/search/filters?q={word}" for word in common],
    }


def served(port: int, paths: Sequence[str], seconds: float) -> tuple[list[float], int]:
    """Return the seconds that each answer took, and the bytes of the largest page as gzip would have it."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    took, largest = [], 0
    until = time.perf_counter() + seconds
    for number, path in enumerate(cycle(paths)):
        began = time.perf_counter()
        connection.request("GET", path, headers={"Accept": "text/html"})
        answer = connection.getresponse()
        body = answer.read()
        took.append(time.perf_counter() - began)
        if answer.status != 200:
            raise SystemExit(f"{path} answered {answer.status}")
        largest = max(largest, len(gzip.compress(body))) if number < len(paths) else largest
        if number >= len(paths) and began > until:
            break
    connection.close()
    return took, largest


def painted(browser: Browser, url: str) -> tuple[float, float, int]:
    """Return the ms to the first paint of a page, the shift of its layout, and the bytes of all that it loads."""
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    page = context.new_page()
    page.goto(urljoin(url, "/healthz"))  # starts the process that draws, which is no page's fault
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(url, wait_until="networkidle")
    paint, shift = page.evaluate(PAINTED)
    weight = sum(len(gzip.compress(answer.body())) for answer in answers)
    context.close()
    return paint, shift, weight


def main() -> None:
    """Print what the server and the browser take for each kind of page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("quotes", metavar="QUOTES", nargs="?", type=int, default=1_000_000, help="1000000 unless given")
    parser.add_argument("--only", choices=["sqlite", "postgresql"], help="one database alone")
    parser.add_argument("--seconds", type=float, default=3.0, help="for each kind of page")
    given = parser.parse_args()
    corpus = Corpus(given.quotes)
    with databases(given.quotes, given.only) as found, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program("chromium"), args=["--no-sandbox"])
        for name, (url, _) in found.items():
            print(f"\n{name}, {given.quotes:,} quotes")
            print(f"{'':26}{HEAD}{'page kB':>9}{'all kB':>8}{'paint ms':>10}{'shift':>7}")
            server, port = serve(url)
            try:
                for kind, paths in pages(corpus, url).items():
                    took, largest = served(port, paths, given.seconds)
                    opened = [
                        painted(browser, f"http://127.0.0.1:{port}{path}") for path in islice(cycle(paths), OPENED)
                    ]
                    paints, shifts, weights = zip(*opened, strict=True)
                    print(f"{kind:26}{percentiles(took)}{largest / 1000:9.1f}{max(weights) / 1000:8.1f}", end="")
                    print(f"{statistics.median(paints):10.0f}{max(shifts):7.3f}", flush=True)
            finally:
                server.terminate()
                server.wait()
        browser.close()


if __name__ == "__main__":
    main()
