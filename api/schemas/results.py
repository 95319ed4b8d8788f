"""What the answer to a search says beside its items: how it was read, totals, facets and timelines."""

from __future__ import annotations

from marshmallow import fields, validate

from api import enums
from api.limits import FACETED_QUOTES
from api.schemas.base import Schema
from api.schemas.refs import SpeakerCalled, SpeakerRef


class PartSchema(Schema):
    """A part of `q` as it was understood."""

    type = fields.String(required=True, validate=validate.OneOf(["term", "prefix", "phrase", "field"]))
    written = fields.String(metadata={"description": "for words: as they were written"})
    folded = fields.String(metadata={"description": "for words: without case, diacritics and marks"})
    stem = fields.String(metadata={"description": "for words: their stems, which match too"})
    field = fields.String(validate=validate.OneOf(enums.FIELDS))
    value = fields.String(metadata={"description": "for a field"})
    since = fields.Date(data_key="from", allow_none=True, metadata={"description": "for said: the first day"})
    until = fields.Date(data_key="to", allow_none=True, metadata={"description": "for said: the last day"})
    speakers = fields.List(
        fields.Nested(SpeakerRef), metadata={"description": "for speaker: the speakers with that name, the first 20"}
    )


class AlternativesSchema(Schema):
    """Parts of which one must match."""

    any = fields.List(fields.Nested(PartSchema), required=True)


class ReadSchema(Schema):
    """How `q` was understood: one alternative of each of `all` must match, and no part of `without`."""

    all = fields.List(fields.Nested(AlternativesSchema), required=True)
    without = fields.List(fields.Nested(PartSchema), required=True)
    ignored = fields.Integer(
        required=True, metadata={"description": "how many words and fields beyond the limit were left out"}
    )


class TotalSchema(Schema):
    """How many quotes match: `value` (eq), or at least so many (gte)."""

    value = fields.Integer(required=True)
    relation = fields.String(required=True, validate=validate.OneOf(enums.RELATIONS))


class ValueSchema(Schema):
    """A value of a facet, as the parameter of that name takes it, and how many of the counted quotes have it."""

    value = fields.Raw(required=True, metadata={"type": ["integer", "string"]})
    label = fields.String(required=True, metadata={"description": "the value to show"})
    count = fields.Integer(required=True)


class FacetsSchema(Schema):
    """The most frequent values of each requested facet."""

    speaker = fields.List(fields.Nested(ValueSchema))
    role = fields.List(
        fields.Nested(ValueSchema), metadata={"description": "roles that the speaker held when it was said"}
    )
    country = fields.List(fields.Nested(ValueSchema), metadata={"description": "countries of these roles"})
    publisher = fields.List(fields.Nested(ValueSchema))
    kind = fields.List(fields.Nested(ValueSchema))
    cue = fields.List(fields.Nested(ValueSchema))
    month = fields.List(fields.Nested(ValueSchema))
    year = fields.List(fields.Nested(ValueSchema))


class BucketSchema(Schema):
    """An interval, by its first day, and how many quotes were said in it. Where that date is unknown, publication counts."""

    start = fields.Date(required=True)
    count = fields.Integer(required=True)


class SeriesSchema(Schema):
    """The quotes of one speaker or publisher over time."""

    value = fields.Integer(required=True, metadata={"description": "id of the speaker or publisher"})
    label = fields.String(required=True)
    items = fields.List(fields.Nested(BucketSchema), required=True)


NAMED = fields.List(
    fields.Nested(SpeakerCalled),
    metadata={
        "description": "the speakers whom the name given as `speaker` was taken to mean: best match first, then most quoted"
    },
)
UNDERSTOOD = fields.Nested(ReadSchema, metadata={"description": "with `q`: how it was understood"})

FACETS_WANTED = fields.Nested(FacetsSchema, metadata={"description": "with `facets`"})
COUNTED = fields.Integer(
    metadata={
        "description": f"with `facets`: how many quotes they count: all matches, or the newest {FACETED_QUOTES:,}"
    }
)


class TimelineSchema(Schema):
    """How many quotes there are in each interval, empty ones included, in all and in each series of `split`."""

    items = fields.List(fields.Nested(BucketSchema), required=True)
    counted = fields.Integer(required=True, metadata={"description": "the sum of `items`"})
    complete = fields.Boolean(
        required=True, metadata={"description": "false where older quotes match that were not counted"}
    )
    series = fields.List(
        fields.Nested(SeriesSchema),
        metadata={"description": "with `split`: one for each value, the most frequent first"},
    )
    query = UNDERSTOOD
    speaker = NAMED
