"""The engine's own JSON: as api.extraction writes it, and as an article may bring it along."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from api.enums import ACTS, HOWS, KINDS, MEDIA, SPEAKER_KINDS
from api.schemas.base import COUNTRY, Date, Integer, Line, Schema, String
from api.schemas.quote import SpanField, Spans, is_span

MOST = 10_000  # quotes, and speakers, of a text: more than a million code points have
LONGEST_NAME = 10_000  # code points: the engine cuts none, and what is stored is cut
PARTS = ("content", "cue", "source")
_RULE = re.compile(r"(?=.{1,100}\Z)[a-z]+(?:[ -][a-z]+)*")  # as the engine calls its rules


class Number(fields.Float):
    """A number in JSON, and no string of one."""

    def _validated(self, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.make_error("invalid", input=value)
        return super()._validated(value)


class Day(Date):
    """A date, which the engine's JSON has as it is written."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **more: Any) -> Any:  # noqa: ARG002 - marshmallow's
        return value


class Places(fields.List[dict[str, Any]]):
    """A list of objects of `schema`, which has a span and one `word`, where `usual` says of values that they are words.

    They are three in five of the objects that an article of the seeds gives. Lists in which all is as usual are taken as they
    stand; of others the schema says of each object what is wrong.
    """

    def __init__(self, schema: type[Schema], word: str, usual: Callable[[Any], Any], **more: Any) -> None:
        super().__init__(fields.Nested(schema), **more)
        self.keys = {"span", word}
        self.word = word
        self.usual = usual

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        if isinstance(value, list) and all(map(self._is_usual, value)):
            return value
        return super()._deserialize(value, attr, data, **more)

    def _is_usual(self, item: Any) -> bool:
        if type(item) is not dict or item.keys() != self.keys:
            return False
        return is_span(item["span"]) and type(item[self.word]) is str and bool(self.usual(item[self.word]))


class ExtractedRole(Schema):
    """A role as the text states it."""

    title = Line(longest=LONGEST_NAME, required=True)
    organisation = Line(longest=LONGEST_NAME, required=True, allow_none=True)
    country = fields.String(required=True, allow_none=True, validate=COUNTRY)
    span = SpanField(required=True)


class ExtractedMention(Schema):
    """A span that refers to the speaker."""

    span = SpanField(required=True)
    how = fields.String(required=True, validate=validate.OneOf(HOWS))


class ExtractedSpeaker(Schema):
    """A speaker of the text."""

    name = Line(longest=LONGEST_NAME, required=True)
    kind = fields.String(required=True, validate=validate.OneOf(SPEAKER_KINDS))
    handle = Line(longest=LONGEST_NAME, required=True, allow_none=True)
    mentions = Places(ExtractedMention, "how", HOWS.__contains__, required=True)
    roles = fields.List(fields.Nested(ExtractedRole), required=True)


class ExtractedLink(Schema):
    """One link of the chain from a quote's source as it stands to the speaker it means."""

    span = SpanField(required=True)
    rule = Line(longest=100, required=True)


class ExtractedQuote(Schema):
    """A quote of the text; `speaker` indexes the speakers, `role` that speaker's roles."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    medium = fields.String(required=True, validate=validate.OneOf(MEDIA))
    act = fields.String(required=True, validate=validate.OneOf(ACTS))
    text = String(longest=2_000_000, required=True, metadata={"description": "what `content` cuts from the text"})
    said = Day(required=True, allow_none=True)
    content = Spans(least=1, required=True)
    cue = Spans(required=True)
    source = Spans(required=True)
    speaker = Integer(least=0, required=True, allow_none=True)
    role = Integer(least=0, required=True, allow_none=True)
    confidence = Number(required=True, validate=validate.Range(min=0, max=1))
    evidence = Places(ExtractedLink, "rule", _RULE.fullmatch, required=True)


class ExtractionSchema(Schema):
    """All that one text gives."""

    speakers = fields.List(fields.Nested(ExtractedSpeaker), required=True)
    quotes = fields.List(fields.Nested(ExtractedQuote), required=True)


def check(text: str, found: Mapping[str, Any]) -> None:
    """Raise ValidationError, with every fault in its place, unless what was found (as ExtractionSchema loads it) fits the text.

    Spans must lie in the text, with words at both ends; those of one quote must not overlap; indexes must be of what is there.
    """
    faults: dict[str, Any] = {}
    for *path, last, detail in _faults(text, found):
        inner = faults
        for step in path:
            inner = inner.setdefault(step, {})
        inner.setdefault(last, []).append(detail)
    if faults:
        raise ma.ValidationError(faults)


def _faults(text: str, found: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    """The path to each value that does not fit, with what is wrong at its end."""
    speakers = found["speakers"]
    for field in ("speakers", "quotes"):
        if len(found[field]) > MOST:
            yield field, f"More than {MOST:,}."
            return
    for number, speaker in enumerate(speakers):
        for field in ("mentions", "roles"):
            for place, item in enumerate(speaker[field]):
                for detail in _misplaced(text, item["span"]):
                    yield "speakers", number, field, place, "span", detail
    for number, quote in enumerate(found["quotes"]):
        spans = [(span, (part, place)) for part in PARTS for place, span in enumerate(quote[part])]
        end = 0
        for span, where in sorted(spans):
            for detail in _misplaced(text, span):
                yield "quotes", number, *where, detail
            if span[0] < end:
                yield "quotes", number, *where, "Overlaps another span of the quote."
            end = max(end, span[1])
        for place, link in enumerate(quote["evidence"]):
            for detail in _misplaced(text, link["span"]):
                yield "quotes", number, "evidence", place, "span", detail
        if quote["speaker"] is not None and quote["speaker"] >= len(speakers):
            yield "quotes", number, "speaker", f"There are {len(speakers)} speakers, counted from 0."
        elif quote["role"] is not None:
            roles = 0 if quote["speaker"] is None else len(speakers[quote["speaker"]]["roles"])
            if quote["role"] >= roles:
                yield "quotes", number, "role", f"The quote's speaker has {roles} roles, counted from 0."


def _misplaced(text: str, span: list[int]) -> Iterator[str]:
    start, end = span
    if end > len(text):
        yield f"The text ends at {len(text)}."
    elif text[start].isspace() or text[end - 1].isspace():
        yield "Begins or ends with white space."
