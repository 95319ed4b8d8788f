"""What the answer to a search says beside its items: how it was read, totals, facets and timelines."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from api import enums
from api.limits import FACETED_QUOTES
from api.schemas.base import Choice, Schema
from api.schemas.refs import SpeakerCalled, SpeakerRef


class PartSchema(Schema):
    """A part of `q` as it was understood."""

    type = Choice(
        ("term", "prefix", "phrase", "field"),
        "what the part is: a word (term), the beginning of one (prefix), a phrase or a field",
        required=True,
    )
    written = fields.String(metadata={"description": "for words: as they were written"})
    folded = fields.String(metadata={"description": "for words: without case, diacritics and marks"})
    stem = fields.String(metadata={"description": "for words: their stems, which match too"})
    field = Choice(enums.FIELDS, "for a field: its name")
    value = fields.String(metadata={"description": "for a field: the value to find"})
    since = fields.Date(data_key="from", allow_none=True, metadata={"description": "for said: the first day"})
    until = fields.Date(data_key="to", allow_none=True, metadata={"description": "for said: the last day"})
    speakers = fields.List(
        fields.Nested(SpeakerRef), metadata={"description": "for speaker: the speakers with that name, the first 20"}
    )


class AlternativesSchema(Schema):
    """Parts of which one must match."""

    any = fields.List(
        fields.Nested(PartSchema), required=True, metadata={"description": "parts of which at least one must match"}
    )


class ReadSchema(Schema):
    """How `q` was understood: one alternative of each of `all` must match, and no part of `without`."""

    all = fields.List(
        fields.Nested(AlternativesSchema), required=True, metadata={"description": "alternatives that must all match"}
    )
    without = fields.List(
        fields.Nested(PartSchema), required=True, metadata={"description": "parts that must not match"}
    )
    ignored = fields.Integer(
        required=True, metadata={"description": "how many words and fields beyond the limit were left out"}
    )


class TotalSchema(Schema):
    """How many quotes match: `value` (eq), or at least so many (gte)."""

    value = fields.Integer(required=True, metadata={"description": "how many quotes match, or at least how many"})
    relation = Choice(enums.RELATIONS, "eq: exactly `value` quotes match; gte: `value` or more do", required=True)


class ValueSchema(Schema):
    """A value of a facet, as the parameter of that name takes it, and how many of the counted quotes have it."""

    value = fields.Raw(
        required=True,
        metadata={
            "type": ["integer", "string"],
            "description": "what the parameter of the facet's name takes; a month or year goes into said: of `q`",
        },
    )
    label = fields.String(required=True, metadata={"description": "the value to show"})
    count = fields.Integer(required=True, metadata={"description": "how many of the counted quotes have it"})


def Values(description: str) -> fields.List[Any]:
    """Return the field for the values of a facet."""
    return fields.List(fields.Nested(ValueSchema), metadata={"description": description})


class FacetsSchema(Schema):
    """The most frequent values of each requested facet."""

    speaker = Values("speakers of the quotes")
    role = Values("roles that the speaker held when it was said")
    country = Values("countries of these roles")
    publisher = Values("publishers of the articles")
    kind = Values("kinds of the quotes")
    medium = Values("media of the quotes")
    polarity = Values("polarities of the quotes")
    cue = Values("cues of the quotes")
    month = Values("months in which the quotes were said, else published")
    year = Values("years in which the quotes were said, else published")


class BucketSchema(Schema):
    """An interval, by its first day, and how many quotes were said in it. Where that date is unknown, publication counts."""

    start = fields.Date(required=True, metadata={"description": "first day of the interval"})
    count = fields.Integer(required=True, metadata={"description": "how many quotes were said in it, else published"})


def Buckets() -> fields.List[Any]:
    """Return the field for the counts of a timeline, or of a series of it."""
    return fields.List(
        fields.Nested(BucketSchema), required=True, metadata={"description": "the intervals, the earliest first"}
    )


class SeriesSchema(Schema):
    """The quotes of one speaker or publisher over time."""

    value = fields.Integer(required=True, metadata={"description": "id of the speaker or publisher"})
    label = fields.String(required=True, metadata={"description": "name of the speaker or publisher"})
    items = Buckets()


NAMED = fields.List(
    fields.Nested(SpeakerCalled),
    metadata={
        "description": "the speakers whom the name given as `speaker` was taken to mean: best match first, then most quoted"
    },
)
UNDERSTOOD = fields.Nested(ReadSchema, metadata={"description": "with `q`: how it was understood"})

FACETS_WANTED = fields.Nested(FacetsSchema, metadata={"description": "with `facets`: the most frequent values of each"})
COUNTED = fields.Integer(
    metadata={
        "description": f"with `facets`: how many quotes they count: all matches, or the newest {FACETED_QUOTES:,}"
    }
)


class TimelineSchema(Schema):
    """How many quotes there are in each interval, empty ones included, in all and in each series of `split`."""

    items = Buckets()
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
