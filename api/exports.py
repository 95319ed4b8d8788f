"""A whole search as a stream of bytes: NDJSON, CSV, JSON-LD (schema.org) and Web Annotation, however many rows it has.

Rows come in the order of their ids. What is found is looked up WINDOW ids at a time and read BATCH rows at a time, each in
a transaction of its own that ends before its bytes are sent: memory stays flat, a slow client keeps no transaction open
(which would hold up SQLite's checkpoint and PostgreSQL's vacuum), and where the client goes away there is nothing to stop.
After any id the stream can be taken up again. docs/decisions/0011-exports.md has the reasons.

Columns are selected, not entities, and rows are written as the lists of the API write them (api.schemas), which tests hold.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    DateTime,
    Engine,
    Label,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    select,
    type_coerce,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased

from api import search
from api.models import Article, Publisher, Quote, QuoteSpan, Role, Speaker

# Ids looked up by one statement: a search by words costs about as much for one id as for all that it finds, so that few
# statements should ask; 50,000 ids take 2 MB.
WINDOW = 50_000
BATCH = 1_000  # quotes read at a time: about 1 MB
BATCH_OF_TEXTS = 25  # articles read at a time: a text may be a million code points
AROUND = 32  # code points of a text quote's prefix and suffix, as Hypothesis takes; the vocabulary leaves it open

# What a spreadsheet takes for the beginning of a formula (OWASP, "CSV Injection"), full-width forms included.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

Spans = Mapping[str, list[tuple[int, int]]]


class Content(NamedTuple):
    """A span of a quote's content: the words there, and those before and after."""

    start: int
    end: int
    exact: str
    prefix: str
    suffix: str


class Format(NamedTuple):
    """How rows become bytes: what comes before, between and after them, and how each is written."""

    content_type: str
    write: Callable[[Any, Places], bytes]
    begin: Callable[[Places], bytes] = lambda _places: b""
    between: bytes = b""
    end: bytes = b""


@dataclass(frozen=True, slots=True)
class Places:
    """What an export's links begin with: `base`, the URL of the service with a slash at its end; and the export's own URL.

    `whole` is the URL without a cursor: of all that is found. `resumed` is whether this is what follows a cursor.
    """

    base: str
    here: str
    whole: str
    resumed: bool = False

    def of(self, noun: str, row_id: int) -> str:
        """The URL of the row with this id, of "quotes" or another noun of the paths."""
        return f"{self.base}v1/{noun}/{row_id}"


def quotes(engine: Engine, found: Select[Any], name: str, places: Places, *, after: int = 0) -> Iterator[bytes]:
    """The quotes of `found` (api.search.quotes) with an id above `after`, in the format of that name (QUOTES)."""
    annotated = name == "annotation"
    return _stream(
        engine, found, Quote.id, QUOTES[name], places, after, BATCH, lambda c, ids: _quotes(c, ids, annotated)
    )


def articles(engine: Engine, found: Select[Any], name: str, places: Places, *, after: int = 0) -> Iterator[bytes]:
    """The articles of `found` (api.search.articles) with an id above `after`, in the format of that name (ARTICLES)."""
    texts = name == "ndjson"
    batch = BATCH_OF_TEXTS if texts else BATCH
    return _stream(
        engine, found, Article.id, ARTICLES[name], places, after, batch, lambda c, ids: _articles(c, ids, texts)
    )


def _stream(
    engine: Engine,
    found: Select[Any],
    column: InstrumentedAttribute[int],
    format_: Format,
    places: Places,
    after: int,
    batch: int,
    read: Callable[[Connection, Sequence[int]], Iterable[Any]],
) -> Iterator[bytes]:
    """The bytes of the rows found, a batch at a time."""
    begun = False
    for ids in _windows(engine, found, column, after):
        for start in range(0, len(ids), batch):
            with engine.connect() as connection:
                lines = [format_.write(row, places) for row in read(connection, ids[start : start + batch])]
            if lines:
                yield (format_.between if begun else format_.begin(places)) + format_.between.join(lines)
                begun = True
    yield format_.end if begun else format_.begin(places) + format_.end


def _windows(
    engine: Engine, found: Select[Any], column: InstrumentedAttribute[int], after: int
) -> Iterator[Sequence[int]]:
    """The ids of what is found, in order, so many at a time."""
    ids = found.order_by(None).with_only_columns(column).order_by(column).limit(WINDOW)
    while True:
        with engine.connect() as connection:
            window = connection.scalars(ids.where(column > after)).all()
        if window:
            yield window
        if len(window) < WINDOW:
            return
        after = window[-1]


# Quotes


def _moment(column: InstrumentedAttribute[Any]) -> Label[dt.datetime]:
    """A moment as the driver gives it, in UTC, with its zone or without: orjson writes both alike, and fast."""
    return type_coerce(column, DateTime(timezone=True)).label(column.key)


def _cut(start: Any, end: Any) -> ColumnElement[str]:
    """The words of an article at these offsets, cut by the database: a text may be long."""
    return func.substr(Article.text, start + 1, end - start)


_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_CONTEXT = aliased(QuoteSpan)
_QUOTES = (
    select(
        Quote.id,
        Quote.kind,
        Quote.medium,
        Quote.act,
        Quote.text,
        Quote.said,
        Quote.confidence,
        Quote.status,
        Quote.role_status,
        cast(Quote.evidence, Text).label("evidence"),  # as JSON, which goes into JSON as it is
        _moment(Quote.created),
        _moment(Quote.updated),
        Quote.speaker_id,
        Speaker.name.label("speaker_name"),
        Speaker.kind.label("speaker_kind"),
        Quote.role_id,
        Role.title.label("role_title"),
        Role.organisation,
        Role.country,
        Quote.article_id,
        Article.url,
        Article.title,
        Article.author,
        Article.language,
        _moment(Article.published),
        Article.published_has_time,
        _moment(Article.created).label("article_created"),
        Article.publisher_id,
        Publisher.name.label("publisher_name"),
        _cut(_CONTEXT.start, _CONTEXT.end).label("context"),
    )
    .select_from(Quote)
    .join(Quote.article)
    .outerjoin(Article.publisher)
    .outerjoin(Quote.speaker)
    .outerjoin(Quote.role)
    .outerjoin(_CONTEXT, and_(_CONTEXT.quote_id == Quote.id, _CONTEXT.part == "context", _CONTEXT.position == 0))
    .where(Quote.id.in_(_IDS))
    .order_by(Quote.id)
)
_SPANS = (
    select(QuoteSpan.quote_id, QuoteSpan.part, QuoteSpan.start, QuoteSpan.end)
    .where(QuoteSpan.quote_id.in_(_IDS), QuoteSpan.part != "context")
    .order_by(QuoteSpan.quote_id, QuoteSpan.part, QuoteSpan.position)
)
_BEFORE = case((QuoteSpan.start < AROUND, QuoteSpan.start), else_=AROUND)
_CONTENTS = (
    select(QuoteSpan.quote_id, QuoteSpan.start, QuoteSpan.end, _cut(QuoteSpan.start - _BEFORE, QuoteSpan.end + AROUND))
    .join(QuoteSpan.quote)
    .join(Quote.article)
    .where(QuoteSpan.quote_id.in_(_IDS), QuoteSpan.part == "content")
    .order_by(QuoteSpan.quote_id, QuoteSpan.position)
)


def _quotes(connection: Connection, ids: Sequence[int], annotated: bool) -> Iterator[tuple[Any, Any]]:
    """Each quote as a row of columns, with its spans by part; annotated, with its content and the words around instead."""
    proofs: Mapping[int, Any] = _contents(connection, ids) if annotated else _spans(connection, ids)
    for row in connection.execute(_QUOTES, {"ids": ids}).all():
        yield row, proofs.get(row.id, {})


def _spans(connection: Connection, ids: Sequence[int]) -> Mapping[int, Spans]:
    """The spans of each quote, by part."""
    found: dict[int, dict[str, list[tuple[int, int]]]] = {}
    for quote_id, part, start, end in connection.execute(_SPANS, {"ids": ids}).all():
        found.setdefault(quote_id, {}).setdefault(part, []).append((start, end))
    return found


def _contents(connection: Connection, ids: Sequence[int]) -> Mapping[int, list[Content]]:
    """The content of each quote, span by span."""
    found: dict[int, list[Content]] = {}
    for quote_id, start, end, words in connection.execute(_CONTENTS, {"ids": ids}).all():
        first = min(AROUND, start)
        last = first + end - start
        content = Content(start, end, words[first:last], prefix=words[:first], suffix=words[last:])
        found.setdefault(quote_id, []).append(content)
    return found


def listed(connection: Connection, ids: Sequence[int], q: str | None) -> list[dict[str, Any]]:
    """The quotes with these ids, in this order, as the API's lists show them: for `as_json`. One that is gone is left out.

    What of them `q` asks for is marked as `highlight`.
    """
    found = {row.id: _listed(row, spans) for row, spans in _quotes(connection, ids, annotated=False)}
    items = [found[quote_id] for quote_id in ids if quote_id in found]
    for item in items:
        marks = search.highlight(item["text"], q) if q else []
        item |= {"highlight": marks, "context": item.pop("context")}  # the longest is read last
    return items


def as_json(value: Any) -> bytes:
    """JSON of what `listed` gives, on one line, alone or within other lists and dictionaries."""
    return orjson.dumps(value, option=orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z)


def _quote_line(found: tuple[Any, Spans], _places: Places) -> bytes:
    """A quote as the API's lists show it, on a line."""
    return as_json(_listed(*found)) + b"\n"


def _listed(row: Any, spans: Spans) -> dict[str, Any]:
    role = _role(row)
    return {
        "id": row.id,
        "kind": row.kind,
        "medium": row.medium,
        "act": row.act,
        "text": row.text,
        "said": row.said,
        "content": spans.get("content", []),
        "cue": spans.get("cue", []),
        "source": spans.get("source", []),
        "speaker": row.speaker_id and {"id": row.speaker_id, "name": row.speaker_name, "kind": row.speaker_kind},
        "role": role and {"id": row.role_id, "title": role, "organisation": row.organisation, "country": row.country},
        "role_status": role and row.role_status,
        "confidence": row.confidence,
        "evidence": orjson.Fragment(row.evidence),
        "status": row.status,
        "created": row.created,
        "updated": row.updated,
        "article": {
            "id": row.article_id,
            "url": row.url,
            "title": row.title,
            "publisher": row.publisher_id and {"id": row.publisher_id, "name": row.publisher_name},
            "published": _published(row),
        },
        "context": row.text if row.context is None else row.context,
    }


def _role(row: Any) -> str | None:
    """The title of the role in which it was said: "former Prime Minister" of who was one no longer."""
    if row.role_id is None:
        return None
    title: str = row.role_title
    return title if row.role_status == "held" else f"{row.role_status} {title}"


def _published(row: Any) -> dt.date | None:
    """When an article was published: the moment, or the date where only that is known."""
    published: dt.datetime | None = row.published
    return published if published is None or row.published_has_time else published.date()


QUOTE_COLUMNS = (
    "id", "text", "speaker", "role", "organisation", "country", "kind", "medium", "act", "said", "status", "confidence",
    "url", "title", "publisher", "author", "published", "context",
    "content_spans", "cue_spans", "source_spans", "speaker_id", "role_id", "article_id",
)  # fmt: skip


def _quote_cells(found: tuple[Any, Spans], _places: Places) -> bytes:
    row, spans = found
    return _csv(
        row.id, row.text, row.speaker_name, _role(row), row.organisation, row.country, row.kind, row.medium, row.act,
        row.said, row.status, row.confidence,
        row.url, row.title, row.publisher_name, row.author, _moment_or_date(row), row.context,
        *(" ".join(f"{start}-{end}" for start, end in spans.get(part, [])) for part in ("content", "cue", "source")),
        row.speaker_id, row.role_id, row.article_id,
    )  # fmt: skip


def _moment_or_date(row: Any) -> str | None:
    published = _published(row)
    return None if published is None else as_json(published).decode().strip('"')


def _csv(*cells: Any) -> bytes:
    """A line of CSV (RFC 4180) in UTF-8, whose text no spreadsheet takes for a formula.

    A cell that begins as one gets an apostrophe in front, by which spreadsheets know text.
    """
    line = io.StringIO()
    safe = (f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell for cell in cells)
    csv.writer(line).writerow(safe)
    return line.getvalue().encode()


def _header(*names: str) -> Callable[[Places], bytes]:
    """A line of names, after the mark by which spreadsheets know UTF-8; not where the file is only taken up again."""
    return lambda places: b"" if places.resumed else "\ufeff".encode() + _csv(*names)


def _quotation(found: tuple[Any, Spans], places: Places) -> bytes:
    """A quote as schema.org's Quotation.

    `creator` is who said it, `spokenByCharacter` too, within the Role in which it was said where there is one
    (schema.org, "Introducing Role"); `citation` is the article.
    """
    row, _ = found
    quotation: dict[str, Any] = {"@type": "Quotation", "@id": places.of("quotes", row.id), "text": row.text}
    if row.speaker_id:
        speaker = {
            "@type": {"person": "Person", "organisation": "Organization"}.get(row.speaker_kind, "Thing"),
            "@id": places.of("speakers", row.speaker_id),
            "name": row.speaker_name,
        }
        quotation["creator"] = quotation["spokenByCharacter"] = speaker
        if row.role_id:
            role = {"@type": "Role", "roleName": _office(row), "spokenByCharacter": speaker}
            quotation["spokenByCharacter"] = role
    if row.said:
        quotation["dateCreated"] = row.said
    quotation["citation"] = _news_article(row, row.article_id, places)
    return as_json(quotation)


def _office(row: Any) -> str:
    """A role in words: "Prime Minister (EE)", "director, Harnby Museum"."""
    of = f", {row.organisation}" if row.organisation else ""
    return f"{_role(row)}{of}{f' ({row.country})' if row.country else ''}"


def _news_article(row: Any, article_id: int, places: Places) -> dict[str, Any]:
    """An article as schema.org's NewsArticle, by what is known of it."""
    known = {
        "url": row.url,
        "headline": row.title,
        "author": row.author and {"@type": "Person", "name": row.author},
        "inLanguage": row.language,
        "datePublished": _published(row),
        "publisher": row.publisher_id
        and {"@type": "Organization", "@id": places.of("publishers", row.publisher_id), "name": row.publisher_name},
    }
    article = {"@type": "NewsArticle", "@id": places.of("articles", article_id)}
    return article | {name: value for name, value in known.items() if value is not None}


def _annotation(found: tuple[Any, Sequence[Content]], places: Places) -> bytes:
    """A quote as an annotation (W3C Web Annotation Data Model) of its article: a target for each span of its content.

    Positions count Unicode code points, as the model wants (4.2.4) and as spans do. They are of our copy of the text, which
    the state names, as words and around them are; a page may have more around.
    """
    row, contents = found
    copy = places.of("articles", row.article_id)
    state = {"type": "TimeState", "sourceDate": _seconds(row.article_created), "cached": copy}
    annotation: dict[str, Any] = {
        "id": places.of("quotes", row.id),
        "type": "Annotation",
        "motivation": "identifying" if row.speaker_id else "highlighting",
        "created": _seconds(row.created),
        "modified": _seconds(row.updated),
        "generator": {"type": "Software", "name": "Verbatim"},
    }
    if row.speaker_id:
        who = f"{row.speaker_name}, {_office(row)}" if row.role_id else row.speaker_name
        annotation["body"] = [
            {"type": "SpecificResource", "source": places.of("speakers", row.speaker_id), "purpose": "identifying"},
            {"type": "TextualBody", "value": who, "format": "text/plain", "purpose": "describing"},
        ]
    annotation["target"] = [
        {
            "type": "SpecificResource",
            "source": row.url or copy,
            "state": state,
            "selector": [
                {
                    "type": "TextQuoteSelector",
                    "exact": content.exact,
                    "prefix": content.prefix,
                    "suffix": content.suffix,
                },
                {"type": "TextPositionSelector", "start": content.start, "end": content.end},
            ],
        }
        for content in contents
    ]
    return as_json(annotation)


def _seconds(moment: dt.datetime) -> dt.datetime:
    return moment.replace(microsecond=0)


# Articles


def _articles(connection: Connection, ids: Sequence[int], texts: bool) -> Iterator[Any]:
    """Each article as a row of columns, with its text where that is wanted."""
    query = (
        select(
            Article.id,
            Article.url,
            Article.title,
            Article.author,
            Article.language,
            _moment(Article.published),
            Article.published_has_time,
            _moment(Article.created),
            _moment(Article.updated),
            Article.publisher_id,
            Publisher.name.label("publisher_name"),
            *([Article.text] if texts else []),
        )
        .outerjoin(Article.publisher)
        .where(Article.id.in_(ids))
        .order_by(Article.id)
    )
    return iter(connection.execute(query))


def _article_line(row: Any, _places: Places) -> bytes:
    """An article as the API's lists show it, with its text, on a line."""
    return (
        as_json(
            {
                "id": row.id,
                "url": row.url,
                "title": row.title,
                "publisher": row.publisher_id and {"id": row.publisher_id, "name": row.publisher_name},
                "author": row.author,
                "language": row.language,
                "published": _published(row),
                "created": row.created,
                "updated": row.updated,
                "text": row.text,
            }
        )
        + b"\n"
    )


ARTICLE_COLUMNS = ("id", "url", "title", "publisher", "author", "language", "published")


def _article_cells(row: Any, _places: Places) -> bytes:
    published = _moment_or_date(row)
    return _csv(row.id, row.url, row.title, row.publisher_name, row.author, row.language, published)


# Formats

SCHEMA_ORG = "https://schema.org"
ANNOTATIONS = "http://www.w3.org/ns/anno.jsonld"

NDJSON = "application/x-ndjson"
CSV = "text/csv; charset=utf-8"
JSON_LD = "application/ld+json"
ANNOTATION = f'application/ld+json; profile="{ANNOTATIONS}"'  # Web Annotation Protocol, 3.2


def _graph(_places: Places) -> bytes:
    return b'{"@context": %b, "@graph": [\n' % as_json(SCHEMA_ORG)


def _annotation_page(places: Places) -> bytes:
    page = {"@context": ANNOTATIONS, "id": places.here, "type": "AnnotationPage", "partOf": places.whole}
    return as_json(page).removesuffix(b"}") + b',"items":[\n'


QUOTES: dict[str, Format] = {
    "ndjson": Format(NDJSON, _quote_line),
    "csv": Format(CSV, _quote_cells, _header(*QUOTE_COLUMNS)),
    "jsonld": Format(JSON_LD, _quotation, _graph, b",\n", b"\n]}\n"),
    "annotation": Format(ANNOTATION, _annotation, _annotation_page, b",\n", b"\n]}\n"),
}
ARTICLES: dict[str, Format] = {
    "ndjson": Format(NDJSON, _article_line),
    "csv": Format(CSV, _article_cells, _header(*ARTICLE_COLUMNS)),
    "jsonld": Format(
        JSON_LD, lambda row, places: as_json(_news_article(row, row.id, places)), _graph, b",\n", b"\n]}\n"
    ),
}
