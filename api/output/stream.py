"""The whole result of a search as a stream of bytes, in any format and of any length.

- Rows come in the order of their ids, so that a stream can be resumed after any id.
- Ids are looked up WINDOW at a time, and their rows read BATCH at a time, each in a transaction that ends before its bytes
  are sent. Memory stays flat. A slow client keeps no transaction open, which would hold up SQLite's checkpoint and
  PostgreSQL's vacuum. When a client goes away there is nothing to stop.
- While PostgreSQL reads a batch, this process writes the one before.

docs/decisions/0011-exports.md has the reasons.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import InstrumentedAttribute

from api.database.engine import reads_in_parallel
from api.lookahead import in_order
from api.models import Article, Quote
from api.output import columns, csv_table, schema_org, web_annotation
from api.output.encoding import to_json
from api.output.links import Links
from api.output.quote_json import article_json, quote_json
from api.search.found import Found

# Ids looked up by one statement. A search by words costs about as much for one id as for all, so that few statements should
# ask; 50,000 ids take 2 MB.
WINDOW = 50_000
BATCH = 2_000  # rows read at a time, about 2 MB: at 1,000,000 quotes PostgreSQL takes a third longer with 500
AHEAD = 2  # batches at a time: one that the database reads, and one that this process writes
BATCH_OF_TEXTS = 25  # articles read at a time: a text may have a million code points


class Format(NamedTuple):
    """How rows become bytes.

    `write` returns one piece for each of the rows with these ids, or several rows in one piece. `begin`, `between` and `end`
    stand before, between and after the pieces.
    """

    content_type: str
    write: Callable[[Connection, Sequence[int], Links], Sequence[bytes]]
    begin: Callable[[Links], bytes] = lambda _links: b""
    between: bytes = b""
    end: bytes = b""


def quotes(
    engine: Engine,
    found: Found,
    name: str,
    links: Links,
    *,
    after: int = 0,
    window: int = WINDOW,
    batch: int = BATCH,
    tell: Callable[[int], None] = lambda _number: None,
) -> Iterator[bytes]:
    """Yield the quotes of `found` (api.search.quotes.find_by_rows) with an id above `after`, in a format of QUOTES.

    `window` ids are looked up at a time, and `batch` rows read at a time. `tell` is called with the number of quotes in each
    batch before it is read.
    """
    ids = _windows(engine, found, Quote.id, after, window)
    return _stream(engine, _telling(_batches(ids, batch), tell), QUOTES[name], links)


def articles(
    engine: Engine,
    found: Found,
    name: str,
    links: Links,
    *,
    after: int = 0,
    window: int = WINDOW,
    batch: int | None = None,
) -> Iterator[bytes]:
    """Yield the articles of `found` (api.search.articles.find_articles) with an id above `after`, in a format of ARTICLES.

    `window` ids are looked up at a time, and `batch` rows read at a time, by default BATCH, or BATCH_OF_TEXTS with texts.
    """
    if batch is None:
        batch = BATCH_OF_TEXTS if name == "ndjson" else BATCH
    ids = _windows(engine, found, Article.id, after, window)
    return _stream(engine, _batches(ids, batch), ARTICLES[name], links)


def _telling(batches: Iterable[Sequence[int]], tell: Callable[[int], None]) -> Iterator[Sequence[int]]:
    for batch in batches:
        tell(len(batch))
        yield batch


def _stream(engine: Engine, batches: Iterable[Sequence[int]], format_: Format, links: Links) -> Iterator[bytes]:
    """Yield the bytes of the rows with these ids, a batch at a time."""
    begun = False
    each = _ahead if reads_in_parallel(engine) else map
    for written in each(partial(_written, engine, format_, links), batches):
        if written:
            yield (format_.between if begun else format_.begin(links)) + format_.between.join(written)
            begun = True
    yield format_.end if begun else format_.begin(links) + format_.end


def _written(engine: Engine, format_: Format, links: Links, ids: Sequence[int]) -> Sequence[bytes]:
    with engine.connect() as connection:
        return format_.write(connection, ids, links)


def _ahead(
    write: Callable[[Sequence[int]], Sequence[bytes]], batches: Iterable[Sequence[int]]
) -> Iterator[Sequence[bytes]]:
    """Yield what `write` returns for each batch, in order, working on AHEAD of them at a time."""
    pool = ThreadPoolExecutor(AHEAD, thread_name_prefix="export")
    try:
        yield from in_order((pool.submit(write, batch) for batch in batches), AHEAD)
    finally:  # also when the client has gone away
        pool.shutdown(cancel_futures=True)


def _batches(windows: Iterable[Sequence[int]], batch: int) -> Iterator[Sequence[int]]:
    """Yield the ids in these windows, in order, `batch` at a time."""
    for ids in windows:
        for start in range(0, len(ids), batch):
            yield ids[start : start + batch]


def _windows(
    engine: Engine, found: Found, column: InstrumentedAttribute[int], after: int, window: int
) -> Iterator[Sequence[int]]:
    """Yield the ids of what is found, in order, `window` at a time."""
    ids = found.select.order_by(None).with_only_columns(column).order_by(column).limit(window)
    while True:
        with engine.connect() as connection:
            several = connection.scalars(ids.where(column > after)).all()
        if several:
            yield several
        if len(several) < window:
            return
        after = several[-1]


def _quote_lines(connection: Connection, ids: Sequence[int], _links: Links) -> list[bytes]:
    spans = columns.spans(connection, ids)
    return [to_json(quote_json(row, spans.get(row.id, {}))) + b"\n" for row in columns.quotes(connection, ids)]


def _article_lines(connection: Connection, ids: Sequence[int], _links: Links) -> list[bytes]:
    return [to_json(article_json(row)) + b"\n" for row in columns.articles(connection, ids, texts=True)]


def _graph(_links: Links) -> bytes:
    return b'{"@context": %b, "@graph": [\n' % to_json(schema_org.CONTEXT)


def _quotations(connection: Connection, ids: Sequence[int], links: Links) -> list[bytes]:
    return [to_json(schema_org.quotation(row, links)) for row in columns.quotes(connection, ids)]


def _news_articles(connection: Connection, ids: Sequence[int], links: Links) -> list[bytes]:
    rows = columns.articles(connection, ids, texts=False)
    return [to_json(schema_org.news_article(row, row.id, links)) for row in rows]


def _annotation_page(links: Links) -> bytes:
    page = {"@context": web_annotation.CONTEXT, "id": links.here, "type": "AnnotationPage", "partOf": links.complete}
    return to_json(page).removesuffix(b"}") + b',"items":[\n'


def _annotations(connection: Connection, ids: Sequence[int], links: Links) -> list[bytes]:
    contents = columns.contents(connection, ids)
    rows = columns.quotes(connection, ids)
    return [to_json(web_annotation.annotation(row, contents.get(row.id, []), links)) for row in rows]


NDJSON = "application/x-ndjson"
CSV = "text/csv; charset=utf-8"
JSON_LD = "application/ld+json"
ANNOTATION = f'application/ld+json; profile="{web_annotation.CONTEXT}"'  # Web Annotation Protocol, 3.2

QUOTES: dict[str, Format] = {  # by the names of enums.QUOTE_FORMATS
    "ndjson": Format(NDJSON, _quote_lines),
    "csv": Format(CSV, csv_table.quotes, partial(csv_table.header, csv_table.QUOTE_COLUMNS)),
    "jsonld": Format(JSON_LD, _quotations, _graph, b",\n", b"\n]}\n"),
    "annotation": Format(ANNOTATION, _annotations, _annotation_page, b",\n", b"\n]}\n"),
}
ARTICLES: dict[str, Format] = {  # by the names of enums.ARTICLE_FORMATS
    "ndjson": Format(NDJSON, _article_lines),
    "csv": Format(CSV, csv_table.articles, partial(csv_table.header, csv_table.ARTICLE_COLUMNS)),
    "jsonld": Format(JSON_LD, _news_articles, _graph, b",\n", b"\n]}\n"),
}
