"""A whole search as a stream of bytes: NDJSON, CSV, JSON-LD (schema.org) and Web Annotation, however many rows it has.

Rows come in the order of their ids. What is found is looked up WINDOW ids at a time and read BATCH rows at a time, each in
a transaction of its own that ends before its bytes are sent: memory stays flat, a slow client keeps no transaction open
(which would hold up SQLite's checkpoint and PostgreSQL's vacuum), and where the client goes away there is nothing to stop.
While PostgreSQL reads a batch this process writes the one before. After any id the stream can be taken up again.
docs/decisions/0011-exports.md has the reasons.
"""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import InstrumentedAttribute

from api.models import Article, Quote
from api.output import quotes as rows
from api.output.quotes import as_json
from api.output.vocabularies import ANNOTATIONS, SCHEMA_ORG, Places, annotation, news_article, quotation
from api.search.found import Found

# Ids looked up by one statement: a search by words costs about as much for one id as for all that it finds, so that few
# statements should ask; 50,000 ids take 2 MB.
WINDOW = 50_000
BATCH = 2_000  # rows read at a time, about 2 MB: at 1,000,000 quotes PostgreSQL takes a third longer by 500
AHEAD = 2  # batches at a time: one that the database reads, and one that this process writes
BATCH_OF_TEXTS = 25  # articles read at a time: a text may be a million code points

# What a spreadsheet takes for the beginning of a formula (OWASP, "CSV Injection"), full-width forms included.
_FORMULA = frozenset("=+-@\t\r\n＝＋－＠")


class Format(NamedTuple):
    """How rows become bytes: each of those with such ids, and what comes before, between and after them."""

    content_type: str
    write: Callable[[Connection, Sequence[int], Places], Sequence[bytes]]
    begin: Callable[[Places], bytes] = lambda _places: b""
    between: bytes = b""
    end: bytes = b""


def quotes(engine: Engine, found: Found, name: str, places: Places, *, after: int = 0) -> Iterator[bytes]:
    """Yield the quotes found with an id above `after`, in the format of that name (QUOTES)."""
    return _stream(engine, found, Quote.id, QUOTES[name], places, after, BATCH)


def articles(engine: Engine, found: Found, name: str, places: Places, *, after: int = 0) -> Iterator[bytes]:
    """Yield the articles found with an id above `after`, in the format of that name (ARTICLES)."""
    batch = BATCH_OF_TEXTS if name == "ndjson" else BATCH
    return _stream(engine, found, Article.id, ARTICLES[name], places, after, batch)


def _stream(
    engine: Engine,
    found: Found,
    column: InstrumentedAttribute[int],
    format_: Format,
    places: Places,
    after: int,
    batch: int,
) -> Iterator[bytes]:
    """The bytes of the rows found, a batch at a time."""
    begun = False
    # SQLite takes Python's lock and gives it up for each row, so that two threads would take longer than one.
    each = map if engine.dialect.name == "sqlite" else _ahead
    for written in each(partial(_written, engine, format_, places), _batches(engine, found, column, after, batch)):
        if written:
            yield (format_.between if begun else format_.begin(places)) + format_.between.join(written)
            begun = True
    yield format_.end if begun else format_.begin(places) + format_.end


def _written(engine: Engine, format_: Format, places: Places, ids: Sequence[int]) -> Sequence[bytes]:
    with engine.connect() as connection:
        return format_.write(connection, ids, places)


def _ahead(
    write: Callable[[Sequence[int]], Sequence[bytes]], batches: Iterable[Sequence[int]]
) -> Iterator[Sequence[bytes]]:
    """What `write` makes of each batch, in order, AHEAD of them at a time."""
    pool = ThreadPoolExecutor(AHEAD, thread_name_prefix="export")
    waiting: deque[Future[Sequence[bytes]]] = deque()
    try:
        for batch in batches:
            waiting.append(pool.submit(write, batch))
            if len(waiting) >= AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:  # also where the client has gone away
        pool.shutdown(cancel_futures=True)


def _batches(
    engine: Engine, found: Found, column: InstrumentedAttribute[int], after: int, batch: int
) -> Iterator[Sequence[int]]:
    """The ids of what is found, in order, a batch at a time."""
    for ids in _windows(engine, found, column, after):
        for start in range(0, len(ids), batch):
            yield ids[start : start + batch]


def _windows(engine: Engine, found: Found, column: InstrumentedAttribute[int], after: int) -> Iterator[Sequence[int]]:
    """The ids of what is found, in order, so many at a time."""
    ids = found.select.order_by(None).with_only_columns(column).order_by(column).limit(WINDOW)
    while True:
        with engine.connect() as connection:
            window = connection.scalars(ids.where(column > after)).all()
        if window:
            yield window
        if len(window) < WINDOW:
            return
        after = window[-1]


# NDJSON: what the API's lists show, a line each


def _quote_lines(connection: Connection, ids: Sequence[int], _places: Places) -> list[bytes]:
    spans = rows.spans(connection, ids)
    return [as_json(rows.quote(row, spans.get(row.id, {}))) + b"\n" for row in rows.quotes(connection, ids)]


def _article_lines(connection: Connection, ids: Sequence[int], _places: Places) -> list[bytes]:
    return [as_json(rows.article(row)) + b"\n" for row in rows.articles(connection, ids, texts=True)]


# CSV

QUOTE_COLUMNS = (
    "id", "text", "speaker", "role", "organisation", "country", "kind", "medium", "act", "said", "status", "confidence",
    "url", "title", "publisher", "author", "published", "context",
    "content_spans", "cue_spans", "source_spans", "speaker_id", "role_id", "article_id", "revision", "revised",
)  # fmt: skip
ARTICLE_COLUMNS = ("id", "url", "title", "publisher", "author", "language", "published")


def _quote_table(connection: Connection, ids: Sequence[int], _places: Places) -> list[bytes]:
    spans = rows.spans(connection, ids)
    return _csv(
        (
            row.id, row.text, row.speaker_name, rows.role_then(row), row.organisation, row.country,
            row.kind, row.medium, row.act, row.said, row.status, row.confidence,
            row.url, row.title, row.publisher_name, row.author, _published(row), row.context,
            *(_offsets(spans.get(row.id, {}).get(part, [])) for part in ("content", "cue", "source")),
            row.speaker_id, row.role_id, row.article_id, rows.revision(row), rows.revised(row),
        )
        for row in rows.quotes(connection, ids)
    )  # fmt: skip


def _article_table(connection: Connection, ids: Sequence[int], _places: Places) -> list[bytes]:
    return _csv(
        (row.id, row.url, row.title, row.publisher_name, row.author, row.language, _published(row))
        for row in rows.articles(connection, ids, texts=False)
    )


def _offsets(spans: Sequence[tuple[int, int]]) -> str:
    return " ".join([f"{start}-{end}" for start, end in spans])


def _published(row: Any) -> str | None:
    published = rows.published(row)
    return None if published is None else as_json(published).decode().strip('"')


def _csv(table: Iterable[Iterable[Any]]) -> list[bytes]:
    """Rows as CSV (RFC 4180) in UTF-8, whose text no spreadsheet takes for a formula; nothing where there are none.

    A cell that begins as one gets an apostrophe in front, by which spreadsheets know text.
    """
    lines = io.StringIO()
    csv.writer(lines).writerows(
        [f"'{cell}" if isinstance(cell, str) and cell[:1] in _FORMULA else cell for cell in cells] for cells in table
    )
    return [text.encode()] if (text := lines.getvalue()) else []


def _header(*names: str) -> Callable[[Places], bytes]:
    """A line of names, after the mark by which spreadsheets know UTF-8; not where the file is only taken up again."""
    return lambda places: b"" if places.resumed else b"".join(["\ufeff".encode(), *_csv([names])])


# JSON-LD and Web Annotation: one document


def _graph(_places: Places) -> bytes:
    return b'{"@context": %b, "@graph": [\n' % as_json(SCHEMA_ORG)


def _quotations(connection: Connection, ids: Sequence[int], places: Places) -> list[bytes]:
    return [as_json(quotation(row, places)) for row in rows.quotes(connection, ids)]


def _news_articles(connection: Connection, ids: Sequence[int], places: Places) -> list[bytes]:
    return [as_json(news_article(row, row.id, places)) for row in rows.articles(connection, ids, texts=False)]


def _annotation_page(places: Places) -> bytes:
    page = {"@context": ANNOTATIONS, "id": places.here, "type": "AnnotationPage", "partOf": places.whole}
    return as_json(page).removesuffix(b"}") + b',"items":[\n'


def _annotations(connection: Connection, ids: Sequence[int], places: Places) -> list[bytes]:
    contents = rows.contents(connection, ids)
    return [as_json(annotation(row, contents.get(row.id, []), places)) for row in rows.quotes(connection, ids)]


NDJSON = "application/x-ndjson"
CSV = "text/csv; charset=utf-8"
JSON_LD = "application/ld+json"
ANNOTATION = f'application/ld+json; profile="{ANNOTATIONS}"'  # Web Annotation Protocol, 3.2

QUOTES: dict[str, Format] = {
    "ndjson": Format(NDJSON, _quote_lines),
    "csv": Format(CSV, _quote_table, _header(*QUOTE_COLUMNS)),
    "jsonld": Format(JSON_LD, _quotations, _graph, b",\n", b"\n]}\n"),
    "annotation": Format(ANNOTATION, _annotations, _annotation_page, b",\n", b"\n]}\n"),
}
ARTICLES: dict[str, Format] = {
    "ndjson": Format(NDJSON, _article_lines),
    "csv": Format(CSV, _article_table, _header(*ARTICLE_COLUMNS)),
    "jsonld": Format(JSON_LD, _news_articles, _graph, b",\n", b"\n]}\n"),
}
