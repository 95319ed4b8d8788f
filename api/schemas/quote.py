"""Quotes in JSON."""

from __future__ import annotations

import datetime as dt
import re
from itertools import pairwise
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from api.enums import ACTS, FIELDS, KINDS, MATCHES, MEDIA, REVISED, ROLE_STATUSES, SORTS, SPEAKER_KINDS, STATUSES
from api.schemas.base import (
    COUNTRY,
    MAX_ID,
    Date,
    DateOrMoment,
    Id,
    Integer,
    Line,
    Moment,
    PageQuery,
    Query,
    Schema,
    String,
    When,
    page_of,
    written,
)

FORMATS = ("json", "ndjson", "csv", "jsonld", "annotation")
TOTALS = ("bounded", "exact", "none")
FACETS = ("speaker", "role", "country", "publisher", "kind", "cue", "month", "year")
INTERVALS = ("day", "week", "month", "year")
SPLITS = ("speaker", "publisher")
LANGUAGE_OF_Q = (
    'words in any form, "phrases", beginnings*, OR, -without, '
    "speaker: role: country: publisher: kind: cue: said:2022-03..2022-06"
)
MATCH = validate.OneOf(MATCHES)
MATCHED = "exact but for case, folded (diacritics, script and marks aside), or fuzzy (spelled otherwise)"
LONGEST_QUERY = 1000  # code points
MOST_SPANS = 1000  # of one part of one quote


def is_span(value: Any) -> bool:
    """Whether it is a span as nearly all are written: two whole numbers, in order."""
    if type(value) is not list or len(value) != 2:
        return False
    start, end = value
    return type(start) is int and type(end) is int and 0 <= start < end <= MAX_ID


class SpanField(fields.Field[list[int]]):
    """A span: [start, end), in code points. Dumps a pair, or a row with `start` and `end`; loads a pair."""

    default_error_messages = {  # noqa: RUF012 - marshmallow merges it over the classes
        "invalid": "Not a span: [start, end) in code points, whole numbers with start before end."
    }

    def __init__(self, **more: Any) -> None:
        shape = {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 2, "maxItems": 2}
        metadata = {**shape, "description": "[start, end) in code points", "example": [0, 12]}
        super().__init__(metadata={**metadata, **more.pop("metadata", {})}, **more)

    def get_value(self, obj: Any, attr: str, accessor: Any = None, default: Any = ma.missing) -> Any:
        """The span of `obj`: its attribute, or its own `start` and `end`."""
        value: Any = super().get_value(obj, attr, accessor, default)
        return [obj.start, obj.end] if value is ma.missing and hasattr(obj, "start") else value

    def _serialize(self, value: Any, attr: str | None, obj: Any, **more: Any) -> list[int] | None:  # noqa: ARG002 - marshmallow's
        return None if value is None else list(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> list[int]:  # noqa: ARG002 - marshmallow's
        if is_span(value):
            return list(value)
        if not isinstance(value, list) or len(value) != 2 or any(type(offset) not in (int, float) for offset in value):
            raise self.make_error("invalid")
        # In JSON 1.0 is a whole number; 1.5 is none, nor is what overflows to infinity.
        if not 0 <= value[0] < value[1] <= MAX_ID or any(offset % 1 for offset in value):
            raise self.make_error("invalid")
        return [int(offset) for offset in value]


class SpansOf(fields.List[list[int]]):
    """The spans of the part of a quote that the field is named after."""

    def __init__(self, **more: Any) -> None:
        super().__init__(SpanField(), attribute="spans", dump_only=True, **more)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **more: Any) -> Any:
        return super()._serialize([[s.start, s.end] for s in value if s.part == self.name], attr, obj, **more)


class SpeakerRef(Schema):
    """A speaker, in short."""

    id = Integer(required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(SPEAKER_KINDS))


class SpeakerCalled(SpeakerRef):
    """A speaker that a name was taken for."""

    match = fields.String(required=True, validate=MATCH, metadata={"description": MATCHED})


class RoleRef(Schema):
    """A role, in short."""

    id = Integer(required=True)
    title = fields.String(required=True)
    organisation = fields.String(required=True, allow_none=True)
    country = fields.String(required=True, allow_none=True, metadata={"description": "ISO 3166-1 alpha-2"})


class PublisherRef(Schema):
    """A publisher, in short."""

    id = Integer(required=True)
    name = fields.String(required=True)


class ArticleRef(Schema):
    """An article, in short."""

    id = Integer(required=True)
    url = fields.String(required=True, allow_none=True)
    title = fields.String(required=True, allow_none=True)
    publisher = fields.Nested(PublisherRef, required=True, allow_none=True)
    published = fields.Method(
        "dump_published", required=True, metadata={"type": ["string", "null"], "description": "date or RFC 3339 time"}
    )

    def dump_published(self, article: Any) -> str | None:
        """The date or the moment, as it was given."""
        return dump_published(article)


def dump_published(article: Any) -> str | None:
    """When an article was published as JSON has it: a date where only that is known, else RFC 3339 in UTC, or None."""
    if article.published is None:
        return None
    return written(article.published) if article.published_has_time else article.published.date().isoformat()


class EvidenceSchema(Schema):
    """One link of the chain from the source as it stands to the speaker it means."""

    span = SpanField(required=True)
    rule = fields.String(required=True)


class QuoteInArticle(Schema):
    """A quote as its article shows it: who said which words, and every span that proves it."""

    id = Integer(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    medium = fields.String(required=True, validate=validate.OneOf(MEDIA))
    act = fields.String(required=True, validate=validate.OneOf(ACTS))
    text = fields.String(required=True)
    said = fields.Date(required=True, allow_none=True)
    content = SpansOf(required=True)
    cue = SpansOf(required=True)
    source = SpansOf(required=True)
    speaker = fields.Nested(SpeakerRef, required=True, allow_none=True)
    role = fields.Nested(
        RoleRef,
        attribute="role_then",
        required=True,
        allow_none=True,
        metadata={"description": "its title as it was then: former Prime Minister"},
    )
    role_status = fields.Method(
        "dump_role_status",
        required=True,
        metadata={"type": ["string", "null"], "enum": [*ROLE_STATUSES, None], "description": "held then, or former"},
    )
    confidence = fields.Float(required=True)
    evidence = fields.List(fields.Nested(EvidenceSchema), required=True)
    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    revision = Integer(required=True, metadata={"description": "of its article, into whose text the spans point"})
    revised = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf(REVISED),
        metadata={"description": "by a revision of its article; reworded and dropped ones no longer stand"},
    )
    rewords = Integer(required=True, allow_none=True, metadata={"description": "id of the quote before"})
    reworded_as = Integer(required=True, allow_none=True, metadata={"description": "id of the quote that rewords it"})
    created = Moment()
    updated = Moment()

    def dump_role_status(self, quote: Any) -> str | None:
        """Whether the speaker held the role then; null where there is none."""
        return quote.role_status if quote.role else None


class QuoteSchema(QuoteInArticle):
    """A quote with its article."""

    copies = Integer(
        least=0, required=True, metadata={"description": "how many others repeat it, in articles with the same text"}
    )
    article = fields.Nested(ArticleRef, required=True)
    highlight = fields.List(SpanField(), metadata={"description": "in lists: what matched, as spans into `text`"})
    context = fields.String(metadata={"description": "in lists: the sentences around the quote"})


class Spans(fields.List[list[int]]):
    """Spans of one part of a quote to store: in order, none over another."""

    def __init__(self, *, least: int = 0, **more: Any) -> None:
        super().__init__(SpanField(), validate=[validate.Length(min=least, max=MOST_SPANS), in_order], **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> list[list[int] | None]:
        if isinstance(value, list) and all(map(is_span, value)):
            return value
        return super()._deserialize(value, attr, data, **more)  # which says of each what is wrong


def in_order(spans: list[list[int]]) -> None:
    """Raise ValidationError unless each span begins where the one before it ends, or later."""
    for (_, end), (start, _) in pairwise(spans):
        if start < end:
            raise ma.ValidationError("Spans must be in order, and none over another.")


class QuotePatch(Schema):
    """What can be changed of a quote. A new speaker without a role has none; a change by hand is certain."""

    speaker = Id(allow_none=True)
    role = Id(allow_none=True)
    role_status = fields.String(validate=validate.OneOf(ROLE_STATUSES))
    kind = fields.String(validate=validate.OneOf(KINDS))
    medium = fields.String(validate=validate.OneOf(MEDIA))
    act = fields.String(validate=validate.OneOf(ACTS))
    said = Date(allow_none=True)
    content = Spans(least=1)
    cue = Spans()
    source = Spans()
    status = fields.String(validate=validate.OneOf([status for status in STATUSES if status not in ("given", "added")]))


class QuoteNew(Schema):
    """A quote that a person found. Its text is what its spans of content cut from the article."""

    article = Id(required=True)
    content = Spans(least=1, required=True)
    cue = Spans(load_default=[])
    source = Spans(load_default=[])
    speaker = Id(allow_none=True, load_default=None)
    role = Id(allow_none=True, load_default=None)
    role_status = fields.String(validate=validate.OneOf(ROLE_STATUSES), load_default="held")
    kind = fields.String(validate=validate.OneOf(KINDS), required=True)
    medium = fields.String(validate=validate.OneOf(MEDIA), load_default="speech")
    act = fields.String(validate=validate.OneOf(ACTS), load_default="speech")
    said = Date(allow_none=True, load_default=None)


class IdOr(Line):
    """The id of a row, as plain digits, or words that name it; loads as int or str."""

    def __init__(self, **more: Any) -> None:
        super().__init__(longest=300, **more)

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **more: Any) -> Any:
        """The id or the words. Raises ValidationError for what is neither."""
        words = super().deserialize(value, attr, data, **more)
        is_id = isinstance(words, str) and re.fullmatch(r"[1-9][0-9]{0,18}", words) and int(words) <= MAX_ID
        return int(words) if is_id else words


def Format(*names: str) -> fields.String:  # noqa: N802 - reads as the field it makes
    """The format of a list, one of these."""
    description = "the pages of a list (json), or all there is as a stream; instead of Accept"
    return fields.String(validate=validate.OneOf(names), metadata={"description": description})


class Several(fields.Field[list[str]]):
    """Words of `known`, comma-separated; loads as a list with each of them once."""

    def __init__(self, known: tuple[str, ...], **more: Any) -> None:
        self.known = known
        shape = {"type": "string", "pattern": rf"^({'|'.join(known)})(,({'|'.join(known)}))*$", "example": known[0]}
        super().__init__(metadata={**shape, **more.pop("metadata", {})}, **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> list[str]:  # noqa: ARG002 - marshmallow's
        words = value.split(",") if isinstance(value, str) else []
        if not words or not set(words) <= set(self.known):
            raise ma.ValidationError(f"Give some of {', '.join(self.known)}, with commas between.")
        return list(dict.fromkeys(words))


class QuoteFilters(Query):
    """Which quotes: all that match every parameter given."""

    q = String(longest=LONGEST_QUERY, metadata={"description": f"in the quote or its speaker's names: {LANGUAGE_OF_Q}"})
    speaker = IdOr(metadata={"description": "id, or a name, whole words of one, or a handle, in any spelling"})
    match = fields.String(
        validate=MATCH,
        load_default=MATCHES[-1],
        metadata={"description": "the worst match of `speaker` that is wanted"},
    )
    role = IdOr(metadata={"description": "id or title of a role that the speaker held when it was said"})
    organisation = Line(longest=300, metadata={"description": "organisation of that role"})
    country = fields.String(validate=COUNTRY, metadata={"description": "country of that role, ISO 3166-1 alpha-2"})
    publisher = IdOr(metadata={"description": "id, name or domain of the article's publisher"})
    article = Id(metadata={"description": "id of the article"})
    copies_of = Id(metadata={"description": "id of a quote: its others in articles with the same text"})
    distinct = fields.Boolean(
        truthy={"true"},
        falsy={"false"},
        load_default=False,
        metadata={
            "description": "of the quotes found that are the same in articles with the same text only the earliest"
        },
    )
    kind = fields.String(validate=validate.OneOf(KINDS))
    medium = fields.String(validate=validate.OneOf(MEDIA))
    act = fields.String(validate=validate.OneOf([*ACTS, "any"]), load_default="speech")
    cue = Line(longest=300, metadata={"description": "words of the cue, as they stand together in it"})
    status = fields.String(
        validate=validate.OneOf([*STATUSES, "any"]), metadata={"description": "all but rejected unless given"}
    )
    revised = fields.String(
        validate=validate.OneOf(REVISED),
        metadata={
            "description": "by a revision of its article: added, rewording an earlier one, or no longer standing, since it "
            "was reworded or dropped; unless given all that stand"
        },
    )
    since = DateOrMoment(data_key="from", metadata={"description": "said then or later, else published"})
    until = DateOrMoment(data_key="to", metadata={"description": "said then or earlier; a date is its whole day"})

    @ma.post_load
    def as_moments(self, data: dict[str, Any], **_more: Any) -> dict[str, Any]:
        """`since` as the first moment that is in, and `until` as `before`, the first that is out (None: no end)."""
        if "since" in data:
            data["since"] = data["since"].moment
        if "until" in data:
            data["before"] = after(data.pop("until"))
        return data


class QuoteQuery(QuoteFilters, PageQuery):
    """Which quotes, in which order, and what is to be counted beside them."""

    sort = fields.String(validate=validate.OneOf(SORTS), load_default="newest")
    total = fields.String(
        validate=validate.OneOf(TOTALS),
        load_default="bounded",
        metadata={"description": "count up to 10,000 (bounded), all (exact), or nothing (none), which is fastest"},
    )
    facets = Several(
        FACETS,
        load_default=[],
        metadata={"description": f"count the quotes by these, comma-separated: {', '.join(FACETS)}"},
    )
    facet_limit = Integer(most=100, load_default=10, metadata={"description": "how many values of each facet"})
    facets_exact = fields.Boolean(
        truthy={"true"},
        falsy={"false"},
        load_default=False,
        metadata={"description": "count all that match, and not only the newest 30,000"},
    )
    format = Format(*FORMATS)


class TimelineQuery(QuoteFilters):
    """Which quotes are counted, in which intervals, and whether by speaker or publisher too."""

    interval = fields.String(validate=validate.OneOf(INTERVALS), load_default="month")
    split = fields.String(
        validate=validate.OneOf(SPLITS), metadata={"description": "also each of the most frequent of these by itself"}
    )
    limit = Integer(most=20, load_default=5, metadata={"description": "how many of `split`, the most frequent"})
    exact = fields.Boolean(
        truthy={"true"},
        falsy={"false"},
        load_default=False,
        metadata={"description": "count all that match, and not only the newest 50,000"},
    )


def after(when: When) -> dt.datetime | None:
    """The first moment after a day, or after a moment; None after the last that there is.

    >>> after(When(dt.datetime(2022, 3, 24, tzinfo=dt.UTC), has_time=False))
    datetime.datetime(2022, 3, 25, 0, 0, tzinfo=datetime.timezone.utc)
    """
    try:
        return when.moment + (dt.timedelta(microseconds=1) if when.has_time else dt.timedelta(days=1))
    except OverflowError:
        return None


class PartSchema(Schema):
    """A part of a query as it was read."""

    type = fields.String(required=True, validate=validate.OneOf(["term", "prefix", "phrase", "field"]))
    written = fields.String(metadata={"description": "of words: as they were asked for"})
    folded = fields.String(metadata={"description": "of words: without case, diacritics and marks"})
    stem = fields.String(metadata={"description": "of words: what is looked for beside them"})
    field = fields.String(validate=validate.OneOf(FIELDS))
    value = fields.String(metadata={"description": "of a field"})
    since = fields.Date(data_key="from", allow_none=True, metadata={"description": "of said: the first day"})
    until = fields.Date(data_key="to", allow_none=True, metadata={"description": "of said: the last day"})
    speakers = fields.List(
        fields.Nested(SpeakerRef), metadata={"description": "of speaker: who is called so, the first 20 of them"}
    )


class AlternativesSchema(Schema):
    """Parts of which one is enough."""

    any = fields.List(fields.Nested(PartSchema), required=True)


class ReadSchema(Schema):
    """How `q` was read: all of `all`, of each any alternative, and none of `without`."""

    all = fields.List(fields.Nested(AlternativesSchema), required=True)
    without = fields.List(fields.Nested(PartSchema), required=True)
    ignored = fields.Integer(
        required=True, metadata={"description": "how many words and fields were left out: there were too many"}
    )


class TotalSchema(Schema):
    """How many quotes match: `value`, or that and more."""

    value = fields.Integer(required=True)
    relation = fields.String(required=True, validate=validate.OneOf(["eq", "gte"]))


class ValueSchema(Schema):
    """A value of a facet, as the parameter of that name takes it, and how many of the quotes counted have it."""

    value = fields.Raw(required=True, metadata={"type": ["integer", "string"]})
    label = fields.String(required=True, metadata={"description": "how to show it"})
    count = fields.Integer(required=True)


class FacetsSchema(Schema):
    """The most frequent values of each facet asked for."""

    speaker = fields.List(fields.Nested(ValueSchema))
    role = fields.List(fields.Nested(ValueSchema), metadata={"description": "held when it was said"})
    country = fields.List(fields.Nested(ValueSchema), metadata={"description": "of a role held when it was said"})
    publisher = fields.List(fields.Nested(ValueSchema))
    kind = fields.List(fields.Nested(ValueSchema))
    cue = fields.List(fields.Nested(ValueSchema))
    month = fields.List(fields.Nested(ValueSchema))
    year = fields.List(fields.Nested(ValueSchema))


class BucketSchema(Schema):
    """An interval by its first day, and how many quotes were said in it, else published."""

    start = fields.Date(required=True)
    count = fields.Integer(required=True)


class SeriesSchema(Schema):
    """The quotes of one speaker or publisher over time."""

    value = fields.Integer(required=True, metadata={"description": "its id"})
    label = fields.String(required=True)
    items = fields.List(fields.Nested(BucketSchema), required=True)


CALLED = fields.List(
    fields.Nested(SpeakerCalled),
    metadata={
        "description": "whom the name asked for as `speaker` was taken for, the best match and most quoted first"
    },
)
READ = fields.Nested(ReadSchema, metadata={"description": "where `q` was given: how it was read"})

QuotePage = page_of(
    QuoteSchema,
    total=fields.Nested(TotalSchema, required=True, allow_none=True),
    query=READ,
    speaker=CALLED,
    facets=fields.Nested(FacetsSchema, metadata={"description": "where asked for"}),
    counted=fields.Integer(
        metadata={"description": "over how many quotes the facets are: all that match, or the newest 30,000 of them"}
    ),
)


class TimelineSchema(Schema):
    """How many quotes there are in each interval, those without any too, and in each series of `split`."""

    items = fields.List(fields.Nested(BucketSchema), required=True)
    counted = fields.Integer(required=True, metadata={"description": "how many quotes `items` counts together"})
    complete = fields.Boolean(
        required=True, metadata={"description": "false where older ones match, which were not counted"}
    )
    series = fields.List(fields.Nested(SeriesSchema), metadata={"description": "with `split`: the most frequent first"})
    query = READ
    speaker = CALLED
