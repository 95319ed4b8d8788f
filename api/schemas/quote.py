"""Quotes in JSON. api.output.quote_json writes them; these schemas describe what it writes, and check what comes in."""

from __future__ import annotations

from marshmallow import fields, validate

from api import enums
from api.schemas.base import Date, Id, Integer, Moment, Schema, page_of
from api.schemas.refs import ArticleRef, RoleRef, SpeakerRef
from api.schemas.results import COUNTED, FACETS_WANTED, NAMED, UNDERSTOOD, TotalSchema
from api.schemas.spans import SpanField, Spans


class EvidenceSchema(Schema):
    """One link of the chain from the source as it stands in the text to the speaker."""

    span = SpanField(required=True)
    rule = fields.String(required=True, metadata={"description": "the rule of the engine that made the link"})


class QuoteInArticle(Schema):
    """A quote as its article shows it: who said which words, and every span that proves it."""

    id = Integer(required=True)
    kind = fields.String(
        required=True,
        validate=validate.OneOf(enums.KINDS),
        metadata={"description": "direct (wholly in quotation marks), mixed (partly) or indirect (not)"},
    )
    medium = fields.String(required=True, validate=validate.OneOf(enums.MEDIA))
    act = fields.String(
        required=True,
        validate=validate.OneOf(enums.ACTS),
        metadata={"description": "speech (said, wrote, posted) or attitude (thinks, wants, fears)"},
    )
    text = fields.String(required=True, metadata={"description": "the words of `content`, joined by …"})
    said = fields.Date(required=True, allow_none=True, metadata={"description": "the date that the text gives"})
    content = fields.List(
        SpanField(), dump_only=True, required=True, metadata={"description": "spans of the words said"}
    )
    cue = fields.List(
        SpanField(), dump_only=True, required=True, metadata={"description": "spans of the words that report: said"}
    )
    source = fields.List(
        SpanField(), dump_only=True, required=True, metadata={"description": "spans of the words that name who spoke"}
    )
    speaker = fields.Nested(SpeakerRef, required=True, allow_none=True)
    role = fields.Nested(
        RoleRef,
        required=True,
        allow_none=True,
        metadata={"description": "the role in which it was said, with its title as it was then: former Prime Minister"},
    )
    role_status = fields.String(
        required=True,
        dump_only=True,
        metadata={
            "type": ["string", "null"],
            "enum": [*enums.ROLE_STATUSES, None],
            "description": "how the speaker held the role then; null without a role",
        },
    )
    confidence = fields.Float(required=True, metadata={"description": "that the speaker is right, from 0 to 1"})
    evidence = fields.List(
        fields.Nested(EvidenceSchema),
        required=True,
        metadata={"description": "how the source leads to the speaker, one link after the other"},
    )
    status = fields.String(
        required=True,
        validate=validate.OneOf(enums.STATUSES),
        metadata={"description": "how it came in, or what people did with it since"},
    )
    revision = Integer(
        required=True, metadata={"description": "the revision of its article into whose text the spans point"}
    )
    revised = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf(enums.REVISED),
        metadata={
            "description": "what a revision of its article did with it; a reworded or dropped quote no longer stands"
        },
    )
    rewords = Integer(
        required=True, allow_none=True, metadata={"description": "id of the earlier quote that this one rewords"}
    )
    reworded_as = Integer(
        required=True, allow_none=True, metadata={"description": "id of the later quote that rewords this one"}
    )
    created = Moment()
    updated = Moment()


class QuoteSchema(QuoteInArticle):
    """A quote with its article."""

    copies = Integer(
        least=0,
        required=True,
        metadata={"description": "how many other quotes repeat it, in articles with the same text"},
    )
    article = fields.Nested(ArticleRef, required=True)
    highlight = fields.List(SpanField(), metadata={"description": "in lists: what matched `q`, as spans into `text`"})
    context = fields.String(metadata={"description": "in lists: the sentences around the quote"})


class QuotePatch(Schema):
    """What can be changed of a quote. A new speaker without a role has none. A change by hand has confidence 1."""

    speaker = Id(allow_none=True, metadata={"description": "id of the speaker"})
    role = Id(allow_none=True, metadata={"description": "id of the role in which it was said"})
    role_status = fields.String(validate=validate.OneOf(enums.ROLE_STATUSES))
    kind = fields.String(validate=validate.OneOf(enums.KINDS))
    medium = fields.String(validate=validate.OneOf(enums.MEDIA))
    act = fields.String(validate=validate.OneOf(enums.ACTS))
    said = Date(allow_none=True)
    content = Spans(least=1)
    cue = Spans()
    source = Spans()
    status = fields.String(validate=validate.OneOf(enums.SETTABLE_STATUSES))


class QuoteNew(Schema):
    """A quote that a person found. Its text is what the spans of `content` cut from the article."""

    article = Id(required=True, metadata={"description": "id of the article"})
    content = Spans(least=1, required=True)
    cue = Spans(load_default=[])
    source = Spans(load_default=[])
    speaker = Id(allow_none=True, load_default=None, metadata={"description": "id of the speaker"})
    role = Id(allow_none=True, load_default=None, metadata={"description": "id of the role in which it was said"})
    role_status = fields.String(validate=validate.OneOf(enums.ROLE_STATUSES), load_default="held")
    kind = fields.String(validate=validate.OneOf(enums.KINDS), required=True)
    medium = fields.String(validate=validate.OneOf(enums.MEDIA), load_default="speech")
    act = fields.String(validate=validate.OneOf(enums.ACTS), load_default="speech")
    said = Date(allow_none=True, load_default=None)


QuotePage = page_of(
    QuoteSchema,
    total=fields.Nested(TotalSchema, required=True, allow_none=True),
    query=UNDERSTOOD,
    speaker=NAMED,
    facets=FACETS_WANTED,
    counted=COUNTED,
)
