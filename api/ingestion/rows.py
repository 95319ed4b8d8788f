"""Turn an article and its extraction into rows that lack only what the database knows: who its speakers are, and ids.

Storing is serialised, so all that follows from the article alone is worked out before, in the process that extracts. Rows
are passed on from there, so they are tuples, which pickle in a sixth of the time that the engine's own classes take.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from api import extraction
from api.extraction import Extraction, Span
from api.extraction.sentences import sentences
from api.folding import fold
from api.ingestion import unread
from api.ingestion.article import Prepared
from api.ingestion.denormalised import Parts, context_span, text_columns
from api.ingestion.duplicates import Fingerprint
from api.ingestion.unread import UNREAD

MAX_HANDLE_CHARACTERS = 100  # code points
MAX_NAME_CHARACTERS = 300  # code points of a name, title or organisation; longer ones are no names and are cut
_STATUS = re.compile(
    r"(?P<former>former|ex|then|one-time|onetime)(?:[\s-]+)|(?P<acting>acting|interim)\s+", re.IGNORECASE
)


# A span of a quote: part, position, start, end. No named tuple, since an article has some fifty, and those pickle slower.
SpanRow: TypeAlias = tuple[str, int, int, int]


class MentionRow(NamedTuple):
    """A mention of a speaker."""

    start: int
    end: int
    how: str
    rule: str
    confidence: float


class Office(NamedTuple):
    """A role as an article gives it, without the word that says whether it is still held."""

    title: str
    organisation: str | None
    country: str | None


class RoleRow(NamedTuple):
    """A role that a speaker has in an article, its status (held, acting, former), and the span that says so."""

    office: Office
    status: str
    start: int
    end: int


class SpeakerRow(NamedTuple):
    """A speaker of an article.

    `names` are the ways in which the article writes the name in full, the one to show first, each with its folded form.
    """

    kind: str
    handle: str | None
    names: list[tuple[str, str]]
    mentions: list[MentionRow]
    roles: list[RoleRow]


class QuoteRow(NamedTuple):
    """A quote of an article, by its columns. `speaker`, `joint` and `role` are indexes, as in an Extraction."""

    speaker: int | None
    joint: tuple[int, ...]
    role: int | None
    kind: str
    medium: str
    act: str
    polarity: str
    text: str
    cue: str
    terms: str
    said: dt.date | None
    confidence: float
    evidence: list[dict[str, Any]]
    spans: list[SpanRow]


class QuoteColumns(NamedTuple):
    """The columns of a quote's row but for its id and `copy_of_id`."""

    article_id: int
    publisher_id: int | None
    speaker_id: int | None
    joint: str
    role_id: int | None
    role_status: str
    kind: str
    medium: str
    act: str
    polarity: str
    text: str
    cue: str
    terms: str
    said: dt.date | None
    at: dt.datetime
    confidence: float
    evidence: list[dict[str, Any]]
    status: str
    names: str
    version: int
    created: dt.datetime
    updated: dt.datetime
    first_revision: int


@dataclass(slots=True)
class NewQuote:
    """A quote to insert, with its spans, and the id of the earlier quote that it rewords.

    `text_id` is the first article with the text of the quote's article, see api.ingestion.duplicates. `id` and `copy_of_id`
    are set last.
    """

    columns: QuoteColumns
    spans: list[SpanRow]
    text_id: int
    rewords: int | None = None
    id: int = 0
    copy_of_id: int | None = None

    @property
    def parts(self) -> Parts:
        """Return the spans of each part."""
        parts: dict[str, list[Span]] = {"source": [], "cue": [], "content": [], "context": []}
        for part, _, start, end in self.spans:
            parts[part].append(Span(start, end))
        return {**parts}


@dataclass(frozen=True, slots=True)
class ArticleRows:
    """An article with its extraction, ready to store. `fingerprint` compares its text with other texts."""

    columns: dict[str, Any]
    publisher: str | None
    speakers: list[SpeakerRow]
    quotes: list[QuoteRow]
    fingerprint: Fingerprint

    @classmethod
    def of(cls, prepared: Prepared, found: Extraction) -> ArticleRows:
        """Return the rows of a prepared article and its extraction."""
        columns = prepared.columns
        if found.language:
            columns = {**columns, "language": columns["language"] or found.language, "engine": UNREAD}
        text = columns["text"]
        fingerprint = Fingerprint(columns["title"], columns["terms"])
        fingerprint.bands  # noqa: B018 - computed at the first access, and cached
        within = sentences(text) if found.quotes else []
        quotes = [_quote(text, each, within) for each in found.quotes]
        speakers = [_speaker(text, each) for each in found.speakers]
        return cls(columns, prepared.publisher, speakers, quotes, fingerprint)

    @property
    def note(self) -> str | None:
        """Return why the article has no quotes, if the engine did not read it."""
        return unread.note(self.columns["language"]) if self.columns["engine"] == UNREAD else None


def _quote(text: str, found: extraction.Quote, within: list[Span]) -> QuoteRow:
    parts: Parts = {"source": found.source, "cue": found.cue, "content": found.content}
    return QuoteRow(
        speaker=found.speaker,
        joint=found.joint,
        role=None if found.speaker is None else found.role,
        kind=found.kind,
        medium=found.medium,
        act=found.act,
        polarity=found.polarity,
        **text_columns(text, parts),
        said=found.said,
        confidence=found.confidence,
        evidence=[{"span": [*link.span], "rule": link.rule} for link in found.evidence],
        spans=[*span_rows({**parts, "context": [context_span(parts, within)]})],
    )


def _speaker(text: str, found: extraction.Speaker) -> SpeakerRow:
    full = (mention.span.of(text) for mention in found.mentions if mention.how == "full")
    first, *others = dict.fromkeys(" ".join(name.split())[:MAX_NAME_CHARACTERS] for name in (found.name, *full))
    folded = ((name, fold(name)[:1000]) for name in others)
    return SpeakerRow(
        kind=found.kind,
        handle=found.handle[:MAX_HANDLE_CHARACTERS] if found.handle else None,
        names=[(first, fold(first)[:1000]), *(name for name in folded if name[1])],
        mentions=[MentionRow(*each.span, each.how, each.rule, each.confidence) for each in found.mentions],
        roles=[_role(each) for each in found.roles],
    )


def _role(found: extraction.Role) -> RoleRow:
    status, title = split_status(found.title)
    organisation = found.organisation and found.organisation[:MAX_NAME_CHARACTERS]
    return RoleRow(Office(title[:MAX_NAME_CHARACTERS], organisation, found.country), status, *found.span)


def split_status(title: str) -> tuple[str, str]:
    """Return a title's status (held, acting, former) and the title without the word that says it.

    >>> split_status("former Prime Minister")
    ('former', 'Prime Minister')
    """
    match = _STATUS.match(title)
    if not match or match.end() == len(title):
        return "held", title
    return ("former" if match["former"] else "acting"), title[match.end() :]


def span_rows(parts: Parts) -> Iterator[SpanRow]:
    """Yield the spans of each part as rows."""
    for part, spans in parts.items():
        for position, span in enumerate(spans):
            yield part, position, *span
