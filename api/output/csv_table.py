"""CSV for spreadsheets (RFC 4180): quotes and articles as rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection

from api.output import columns
from api.output.encoding import to_json
from api.output.links import Links
from api.output.quote_json import role_title
from api.schemas.dates import publication_date

QUOTE_COLUMNS = (
    "id", "text", "polarity", "cue_text", "source_text",
    "speaker", "joint", "role", "organisation", "country", "kind", "medium", "act", "said", "status", "confidence",
    "url", "title", "publisher", "author", "published", "context",
    "content_spans", "cue_spans", "source_spans", "speaker_id", "joint_ids", "role_id", "article_id", "revision", "revised",
)  # fmt: skip
ARTICLE_COLUMNS = ("id", "url", "title", "publisher", "author", "language", "published")

# Characters that make a spreadsheet take a cell for a formula (OWASP, "CSV Injection"), full-width forms included.
_FORMULA = frozenset("=+-@\t\r\n＝＋－＠")


def header(names: Sequence[str], links: Links) -> bytes:
    """Return the line of names, after the byte order mark by which spreadsheets know UTF-8; nothing in a resumed export."""
    return b"" if links.resumed else b"".join(["\ufeff".encode(), *_lines([names])])


def quotes(connection: Connection, ids: Sequence[int], _links: Links) -> list[bytes]:
    """Return the quotes with these ids as lines."""
    spans = columns.spans(connection, ids)
    return _lines(_quote(row, spans.get(row.id, {})) for row in columns.quotes(connection, ids))


def _quote(row: Any, spans: columns.Spans) -> tuple[Any, ...]:
    """Return the cells of QUOTE_COLUMNS."""
    content, cue, source = (spans.get(part, ()) for part in ("content", "cue", "source"))
    return (
        row.id, row.text, row.polarity, columns.words(row, cue), columns.words(row, source),
        row.speaker_name, "; ".join([each.name for each in row.joint]), role_title(row), row.organisation, row.country,
        row.kind, row.medium, row.act, row.said, row.status, row.confidence,
        row.url, row.title, row.publisher_name, row.author, _published(row), row.context,
        _offsets(content), _offsets(cue), _offsets(source),
        row.speaker_id, " ".join([str(each.id) for each in row.joint]), row.role_id, row.article_id, row.revision, row.revised,
    )  # fmt: skip


def articles(connection: Connection, ids: Sequence[int], _links: Links) -> list[bytes]:
    """Return the articles with these ids as lines."""
    return _lines(
        (row.id, row.url, row.title, row.publisher_name, row.author, row.language, _published(row))
        for row in columns.articles(connection, ids, texts=False)
    )


def _offsets(spans: Sequence[tuple[int, int]]) -> str:
    return " ".join([f"{start}-{end}" for start, end in spans])


def for_excel(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield CSV, given in pieces of whole rows, as Excel opens it by a double click whatever the country.

    Excel splits at the separator of its country unless a first line `sep=` names another, and then takes no notice of a
    byte order mark of UTF-8. So it is UTF-16, with tabs. Offsets are 12..40, since 1-12 would become the first of December.
    """
    spans: list[int] = []
    begun = False
    for chunk in chunks:
        text = io.StringIO()
        table = csv.writer(text, delimiter="\t")
        for row in csv.reader(io.StringIO(chunk.decode("utf-8-sig"), newline="")):
            if not begun:
                spans = [number for number, name in enumerate(row) if name.endswith("_spans")]
                text.write("\ufeffsep=\t\r\n")
                begun = True
            for number in spans:
                row[number] = row[number].replace("-", "..")
            table.writerow(row)
        yield text.getvalue().encode("utf-16-le")


def _published(row: Any) -> str | None:
    published = publication_date(row)
    return None if published is None else to_json(published).decode().strip('"')


def _lines(table: Iterable[Iterable[Any]]) -> list[bytes]:
    """Return rows as CSV in UTF-8, in one piece, or nothing for no rows.

    A cell that a spreadsheet would take for a formula gets an apostrophe in front, which marks it as text.
    """
    lines = io.StringIO()
    csv.writer(lines).writerows(
        [f"'{cell}" if isinstance(cell, str) and cell[:1] in _FORMULA else cell for cell in cells] for cells in table
    )
    return [text.encode()] if (text := lines.getvalue()) else []
