"""The engine's own JSON, as api.extraction writes it: only documentation, nothing is dumped through it twice."""

from __future__ import annotations

from marshmallow import fields, validate

from api.schemas.base import Schema
from api.schemas.quote import ACTS, KINDS, MEDIA, EvidenceSchema, SpanField


class ExtractedRole(Schema):
    """A role as the text states it."""

    title = fields.String(required=True)
    organisation = fields.String(required=True, allow_none=True)
    country = fields.String(required=True, allow_none=True)
    span = SpanField(required=True)


class ExtractedMention(Schema):
    """A span that refers to the speaker."""

    span = SpanField(required=True)
    how = fields.String(required=True, validate=validate.OneOf(["full", "partial", "pronoun", "description"]))


class ExtractedSpeaker(Schema):
    """A speaker of the text."""

    name = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(["person", "organisation", "account"]))
    handle = fields.String(required=True, allow_none=True)
    mentions = fields.List(fields.Nested(ExtractedMention), required=True)
    roles = fields.List(fields.Nested(ExtractedRole), required=True)


class ExtractedQuote(Schema):
    """A quote of the text; `speaker` indexes the speakers, `role` that speaker's roles."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    medium = fields.String(required=True, validate=validate.OneOf(MEDIA))
    act = fields.String(required=True, validate=validate.OneOf(ACTS))
    text = fields.String(required=True)
    said = fields.String(required=True, allow_none=True, metadata={"format": "date"})
    content = fields.List(SpanField(), required=True)
    cue = fields.List(SpanField(), required=True)
    source = fields.List(SpanField(), required=True)
    speaker = fields.Integer(required=True, allow_none=True)
    role = fields.Integer(required=True, allow_none=True)
    confidence = fields.Float(required=True)
    evidence = fields.List(fields.Nested(EvidenceSchema), required=True)


class ExtractionSchema(Schema):
    """All that one text gives."""

    speakers = fields.List(fields.Nested(ExtractedSpeaker), required=True)
    quotes = fields.List(fields.Nested(ExtractedQuote), required=True)
