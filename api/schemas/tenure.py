"""Tenures in JSON."""

from __future__ import annotations

from marshmallow import fields

from api.schemas.base import Created, Date, DateOrNull, Id, PageQuery, Schema, Updated, page_of
from api.schemas.refs import ArticleTitle, RoleRef, RoleStatus, SpeakerRef
from api.schemas.spans import SpanField

STARTED = "first day of the tenure, as stated"
ENDED = "last day of the tenure, as stated"
FIRST_SEEN = "publication date of the first article that proves the tenure"
LAST_SEEN = "publication date of the last article that proves the tenure"


class TenurePatch(Schema):
    """What can be changed of a tenure."""

    speaker = Id("the speaker")
    role = Id("the role")
    status = RoleStatus()
    started = Date(allow_none=True, metadata={"description": f"{STARTED}; not after `ended`"})
    ended = Date(allow_none=True, metadata={"description": ENDED})


class TenureNew(TenurePatch):
    """A tenure to store. No two have the same speaker, role and status."""

    speaker = Id("the speaker", required=True)
    role = Id("the role", required=True)
    status = RoleStatus(load_default="held")


class HolderSchema(Schema):
    """A holder of a role: when as stated, and the dates of the first and last article that say so."""

    id = Id("the tenure, which has the proof", required=True)
    speaker = fields.Nested(SpeakerRef, required=True, metadata={"description": "speaker who held the role"})
    status = RoleStatus(required=True)
    started = DateOrNull(STARTED)
    ended = DateOrNull(ENDED)
    first_seen = DateOrNull(FIRST_SEEN)
    last_seen = DateOrNull(LAST_SEEN)


class TenureItem(HolderSchema):
    """A tenure in a list: a role that a speaker held."""

    role = fields.Nested(RoleRef, required=True, metadata={"description": "role that the speaker held"})
    created = Created(required=True)
    updated = Updated(required=True)


class SightedArticleSchema(ArticleTitle):
    """The article that proves a tenure."""


class SightingSchema(Schema):
    """The proof of a tenure: a span of an article that states it."""

    article = fields.Nested(
        SightedArticleSchema, required=True, metadata={"description": "article that states the tenure"}
    )
    span = SpanField(required=True, metadata={"description": "[start, end) in code points of the article's text"})


class TenureSchema(TenureItem):
    """A tenure with its proof."""

    sightings = fields.List(
        fields.Nested(SightingSchema), required=True, metadata={"description": "the spans of articles that prove it"}
    )


class TenureQuery(PageQuery):
    """Which tenures, the first stored first."""

    speaker = Id("the speaker")
    role = Id("the role")


class HolderQuery(PageQuery):
    """Which holders of a role, the latest first."""

    on = Date(
        metadata={
            "description": "find who held the role, or acted in it, on that day: as stated, else as articles show"
        }
    )


TenurePage = page_of(TenureItem)
HolderPage = page_of(HolderSchema)
