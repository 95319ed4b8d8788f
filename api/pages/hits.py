"""A quote as pages show it in lists: in its sentence, with who said it, in which office, where and when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from sqlalchemy import Connection

from api.output import columns
from api.output.schema_org import office
from api.pages import texts
from api.pages.runs import Run, cut
from api.schemas.dates import publication_date
from api.search.highlights import Highlighter
from api.search.language import Query

# Code points of a quote's sentences that a list shows, and how many stand before what was searched for. A quote of 3,000
# would fill the screen; the article has all of it.
MAX_SHOWN, BEFORE = 700, 250
# Below this an attribution is called unsure. Of those on the gold articles, that is one in ten.
UNSURE = 0.6


@dataclass(frozen=True, slots=True)
class Hit:
    """A quote in a list.

    row: its columns (api.output.columns). runs: its sentences, with the marks "content" and "found". is_cut_before and
    is_cut_after: whether sentences were left out there. cue, source: their words. to_words: the URL of its words in the
    source's own page, None without one.
    """

    row: Any
    runs: list[Run[str]]
    is_cut_before: bool
    is_cut_after: bool
    cue: str
    source: str
    to_words: str | None

    @property
    def href(self) -> str:
        """Return the URL of the quote in its article."""
        return in_article(self.row.article_id, self.row.id)

    @property
    def office(self) -> str:
        """Return the office in which it was said, in words, or ""."""
        return office(self.row) if self.row.role_id else ""

    @property
    def when(self) -> dt.date | None:
        """Return when it was said, else published."""
        said: dt.date | None = self.row.said
        return said or publication_date(self.row)

    @property
    def is_unsure(self) -> bool:
        """Return whether the engine was unsure who said it, and nobody has confirmed it."""
        is_extracted = self.row.status in ("extracted", "given")
        return bool(self.row.speaker_id) and is_extracted and self.row.confidence < UNSURE


def in_article(article_id: int, quote_id: int) -> str:
    """Return the URL of a quote in its article."""
    return url_for("pages.article", article_id=article_id, quote=quote_id, _anchor=f"quote-{quote_id}")


def read(connection: Connection, ids: Sequence[int], query: Query | None = None) -> list[Hit]:
    """Return the quotes with these ids, in this order, with what `query` asks for marked. Leave out those that are gone."""
    spans, highlighter = columns.spans(connection, ids), Highlighter(query)
    rows = {row.id: row for row in columns.quotes(connection, ids)}
    return [_hit(rows[each], spans.get(each, {}), highlighter) for each in ids if each in rows]


def _hit(row: Any, spans: columns.Spans, highlighter: Highlighter) -> Hit:
    text, first = row.context, row.context_start
    contents = [(start - first, end - first) for start, end in spans.get("content", [])] if first is not None else []
    contents = contents or [(0, len(text))]
    found = [(start, end) for start, end in highlighter.highlight(text)]
    start, end = _window(text, contents[0][0], next((place for place, _ in found if place >= contents[0][0]), 0))
    marks = [*((*span, "content") for span in contents), *((*span, "found") for span in found)]
    return Hit(
        row=row,
        runs=cut(text, marks, start, end),
        is_cut_before=start > 0,
        is_cut_after=end < len(text),
        cue=columns.words(row, spans.get("cue", [])),
        source=columns.words(row, spans.get("source", [])),
        to_words=texts.to_words(row.url, [text[start:end] for start, end in contents]),
    )


def _window(text: str, content: int, found: int) -> tuple[int, int]:
    """Return which part of a long text to show: its beginning, unless what was found stands further on."""
    if len(text) <= MAX_SHOWN:
        return 0, len(text)
    start = content if found - content < MAX_SHOWN - BEFORE else found - BEFORE
    start = 0 if start < BEFORE else text.find(" ", start) + 1
    end = text.rfind(" ", start, start + MAX_SHOWN)
    return start, end if end > start else start + MAX_SHOWN
