"""The types that the engine gives: spans, mentions, speakers, roles, quotes.

All offsets are Unicode code points into the text exactly as it was given: `text[start:end]` is the words. Everything here
is frozen: a stage returns new values and never changes those of an earlier one.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

SURROGATE = re.compile("[\ud800-\udfff]")  # a lone one, which no UTF-8 has

Kind = Literal["direct", "mixed", "indirect"]
Medium = Literal["speech", "post", "document"]
Act = Literal["speech", "attitude"]
Polarity = Literal["asserted", "denied", "questioned", "hedged"]
SpeakerKind = Literal["person", "organisation", "account"]
How = Literal["full", "partial", "pronoun", "description"]

_THAT = re.compile(r"\Athat\s+", re.IGNORECASE)


class Span(NamedTuple):
    """A half-open stretch [start, end) of a text, in code points."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """Return the words that the span covers in `text`."""
        return text[self.start : self.end]


def words(text: str, spans: Iterable[Span]) -> str:
    """Return the words of `text` at these spans, joined by an ellipsis; "" without spans."""
    return " … ".join([span.of(text) for span in spans])


class Scores(NamedTuple):
    """The tagger's probabilities, 0 to 1, of a quote's content, and of its cue and source where it has them."""

    content: float
    cue: float | None = None
    source: float | None = None


@dataclass(frozen=True, slots=True)
class Attribution:
    """A content with the cue and source that report it, before the speaker is resolved.

    `content` has at least one span, in text order. `cue` and `source` may be empty: a colon, a post, a quotation by itself.
    `confidence` is the probability, 0 to 1, that this is a quote of this source. It follows from the tagger's `scores`,
    which a post lacks.
    """

    content: tuple[Span, ...]
    cue: tuple[Span, ...]
    source: tuple[Span, ...]
    kind: Kind
    medium: Medium
    act: Act
    said: dt.date | None
    confidence: float
    scores: Scores | None = None
    polarity: Polarity = "asserted"


@dataclass(frozen=True, slots=True)
class Mention:
    """A span that refers to a speaker: how, by which rule it was resolved, and its confidence (0 to 1)."""

    span: Span
    how: How
    rule: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Role:
    """An office as the text states it: title as it stands, organisation, ISO 3166-1 alpha-2 country, and the proving span."""

    title: str
    organisation: str | None
    country: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class Speaker:
    """A person, organisation or account of one article, with every mention (in text order) and every role stated."""

    name: str
    kind: SpeakerKind
    handle: str | None
    mentions: tuple[Mention, ...]
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One link of the chain that leads from a quote's source to the name of its speaker."""

    span: Span
    rule: str


@dataclass(frozen=True, slots=True)
class Quote:
    """A statement, the speaker that it is attributed to, and the evidence.

    `text` is the content for people: without a leading "that", its spans joined by " … ". `speaker` is an index into the
    extraction's speakers and `role` one into that speaker's roles. Both are None where the text does not say. Where several
    speak together, `speaker` is the first named and `joint` has the others, in the order of the source.
    """

    kind: Kind
    medium: Medium
    act: Act
    text: str
    said: dt.date | None
    content: tuple[Span, ...]
    cue: tuple[Span, ...]
    source: tuple[Span, ...]
    speaker: int | None
    role: int | None
    confidence: float
    evidence: tuple[Evidence, ...]
    polarity: Polarity = "asserted"
    joint: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Extraction:
    """The result for one text: its speakers, and its quotes in text order.

    `language` is that of a text which is not English. Then it was not read, and there are no quotes.
    """

    speakers: tuple[Speaker, ...]
    quotes: tuple[Quote, ...]
    language: str | None = None

    def as_json(self, text: str) -> dict[str, Any]:
        """Return the extraction of `text` as plain dicts and lists, in the shape of the documented JSON."""
        text = SURROGATE.sub("\ufffd", text)
        return {
            "language": self.language,
            "speakers": [
                {
                    "name": speaker.name,
                    "kind": speaker.kind,
                    "handle": speaker.handle,
                    "mentions": [{"span": list(m.span), "how": m.how} for m in speaker.mentions],
                    "roles": [
                        {"title": r.title, "organisation": r.organisation, "country": r.country, "span": list(r.span)}
                        for r in speaker.roles
                    ],
                }
                for speaker in self.speakers
            ],
            "quotes": [
                {
                    "kind": quote.kind,
                    "medium": quote.medium,
                    "act": quote.act,
                    "polarity": quote.polarity,
                    "text": quote.text,
                    "said": quote.said.isoformat() if quote.said else None,
                    "content": [list(span) for span in quote.content],
                    "cue": [list(span) for span in quote.cue],
                    "source": [list(span) for span in quote.source],
                    "cue_text": words(text, quote.cue),
                    "source_text": words(text, quote.source),
                    "speaker": quote.speaker,
                    "joint": list(quote.joint),
                    "role": quote.role,
                    "confidence": quote.confidence,
                    "evidence": [{"span": list(e.span), "rule": e.rule} for e in quote.evidence],
                }
                for quote in self.quotes
            ],
        }


def quote_text(text: str, content: Iterable[Span]) -> str:
    """Return the content spans of `text` for people: without a leading "that", joined by an ellipsis where interrupted."""
    return _THAT.sub("", words(text, content), count=1)
