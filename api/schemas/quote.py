"""Quotes in JSON. api.output.quote_json writes them; these schemas describe what it writes, and check what comes in."""

from __future__ import annotations

from marshmallow import fields

from api import enums
from api.schemas.base import Choice, Count, Created, Date, Id, Integer, List, Schema, Updated, page_of
from api.schemas.extraction import (
    CONFIDENCE,
    CUE_TEXT,
    EVIDENCE,
    MAX_JOINT,
    RULE,
    SAID,
    SOURCE_TEXT,
    WORDS,
    Act,
    Kind,
    Medium,
    Polarity,
)
from api.schemas.places import Places
from api.schemas.refs import ArticleRef, RoleRef, RoleStatus, SpeakerRef
from api.schemas.results import COUNTED, FACETS_WANTED, NAMED, UNDERSTOOD, TotalSchema
from api.schemas.spans import CONTENT, CUE, SOURCE, SpanField

ROLE_THEN = "the role in which it was said"
JOINT = "those who speak together with the speaker, in the order of the source"
STATUS_THEN = "how the speaker held the role then"
STATUS = "how it came in, or what people did with it since"


def JointIds() -> List:
    """Return the field for the ids of joint speakers."""
    return List(Id("a speaker"), longest=MAX_JOINT, metadata={"description": JOINT})


class EvidenceSchema(Schema):
    """One link of the chain from the source as it stands in the text to the speaker."""

    span = SpanField(required=True)
    rule = fields.String(required=True, metadata={"description": RULE})


class QuoteInArticle(Schema):
    """A quote as its article shows it: who said which words, and every span that proves it."""

    id = Id("the quote", required=True)
    kind = Kind(required=True)
    medium = Medium(required=True)
    act = Act(required=True)
    polarity = Polarity(required=True)
    text = fields.String(required=True, metadata={"description": WORDS})
    said = fields.Date(required=True, allow_none=True, metadata={"description": SAID})
    content = fields.List(SpanField(), dump_only=True, required=True, metadata={"description": CONTENT})
    cue = fields.List(SpanField(), dump_only=True, required=True, metadata={"description": CUE})
    source = fields.List(SpanField(), dump_only=True, required=True, metadata={"description": SOURCE})
    cue_text = fields.String(required=True, metadata={"description": CUE_TEXT})
    source_text = fields.String(required=True, metadata={"description": SOURCE_TEXT})
    speaker = fields.Nested(
        SpeakerRef,
        required=True,
        allow_none=True,
        metadata={"description": "to whom it is attributed; null where that is unknown"},
    )
    joint = fields.List(fields.Nested(SpeakerRef), required=True, metadata={"description": JOINT})
    role = fields.Nested(
        RoleRef,
        required=True,
        allow_none=True,
        metadata={"description": f"{ROLE_THEN}, with its title as it was then: former Prime Minister"},
    )
    role_status = fields.String(
        required=True,
        dump_only=True,
        metadata={
            "type": ["string", "null"],
            "enum": [*enums.ROLE_STATUSES, None],
            "description": f"{STATUS_THEN}; null without a role",
        },
    )
    confidence = fields.Float(required=True, metadata={"description": CONFIDENCE})
    evidence = fields.List(fields.Nested(EvidenceSchema), required=True, metadata={"description": EVIDENCE})
    status = Choice(enums.STATUSES, STATUS, required=True)
    revision = Integer(
        required=True, metadata={"description": "the revision of its article into whose text the spans point"}
    )
    revised = Choice(
        enums.REVISED,
        "what a revision of its article did with it; a reworded or dropped quote no longer stands",
        required=True,
        allow_none=True,
    )
    rewords = Id("the earlier quote that this one rewords", required=True, allow_none=True)
    reworded_as = Id("the later quote that rewords this one", required=True, allow_none=True)
    created = Created()
    updated = Updated()


class QuoteSchema(QuoteInArticle):
    """A quote with its article."""

    copies = Count("how many other quotes repeat it, in articles with the same text")
    article = fields.Nested(ArticleRef, required=True, metadata={"description": "the article in which it stands"})
    highlight = fields.List(
        SpanField(), metadata={"description": "what matched `q`, as spans into `text`; not in exports"}
    )
    context_span = SpanField(
        required=True,
        allow_none=True,
        metadata={"description": "where `context` stands in the article's text; null where none is stored"},
    )
    context = fields.String(
        required=True, metadata={"description": "the sentences around the quote; its own text where none are stored"}
    )


class QuotePatch(Schema):
    """What can be changed of a quote. A change by hand has confidence 1.

    A new speaker without a role has none, and speaks alone unless `joint` is given.
    A new cue without a `polarity` brings the one that its words show.
    """

    speaker = Id("the speaker", allow_none=True)
    joint = JointIds()
    role = Id(ROLE_THEN, allow_none=True)
    role_status = RoleStatus(STATUS_THEN)
    kind = Kind()
    medium = Medium()
    act = Act()
    polarity = Polarity()
    said = Date(allow_none=True, metadata={"description": SAID})
    content = Places(CONTENT, least=1)
    cue = Places(CUE)
    source = Places(SOURCE)
    status = Choice(enums.SETTABLE_STATUSES, STATUS)


class QuoteNew(Schema):
    """A quote that a person found. Its text is what the spans of `content` cut from the article.

    Without `polarity` it has the one that the words of its cue show.
    """

    article = Id("the article", required=True)
    content = Places(CONTENT, least=1, required=True)
    cue = Places(CUE, load_default=[])
    source = Places(SOURCE, load_default=[])
    speaker = Id("the speaker", allow_none=True, load_default=None)
    joint = JointIds()
    role = Id(ROLE_THEN, allow_none=True, load_default=None)
    role_status = RoleStatus(STATUS_THEN, load_default="held")
    kind = Kind(required=True)
    medium = Medium(load_default="speech")
    act = Act(load_default="speech")
    polarity = Polarity()
    said = Date(allow_none=True, load_default=None, metadata={"description": SAID})


QuotePage = page_of(
    QuoteSchema,
    total=fields.Nested(
        TotalSchema,
        required=True,
        allow_none=True,
        metadata={"description": "how many quotes match; null for total=none"},
    ),
    query=UNDERSTOOD,
    speaker=NAMED,
    facets=FACETS_WANTED,
    counted=COUNTED,
)
