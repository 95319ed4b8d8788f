"""Tenures in JSON."""

from __future__ import annotations

from marshmallow import fields, validate

from api import enums
from api.schemas.base import Date, Id, Integer, Moment, PageQuery, Schema, page_of
from api.schemas.refs import RoleRef, SpeakerRef
from api.schemas.spans import SpanField

STATUS = validate.OneOf(enums.ROLE_STATUSES)


class TenurePatch(Schema):
    """What can be changed of a tenure."""

    speaker = Id(metadata={"description": "id of the speaker"})
    role = Id(metadata={"description": "id of the role"})
    status = fields.String(validate=STATUS)
    started = Date(allow_none=True, metadata={"description": "as stated, not after `ended`"})
    ended = Date(allow_none=True)


class TenureNew(TenurePatch):
    """A tenure to store. No two have the same speaker, role and status."""

    speaker = Id(required=True, metadata={"description": "id of the speaker"})
    role = Id(required=True, metadata={"description": "id of the role"})
    status = fields.String(validate=STATUS, load_default="held")


class HolderSchema(Schema):
    """A holder of a role: when as stated, and the dates of the first and last article that say so."""

    id = Integer(required=True, metadata={"description": "id of the tenure, which has the proof"})
    speaker = fields.Nested(SpeakerRef, required=True)
    status = fields.String(required=True, validate=STATUS)
    started = fields.Date(required=True, allow_none=True)
    ended = fields.Date(required=True, allow_none=True)
    first_seen = fields.Date(required=True, allow_none=True)
    last_seen = fields.Date(required=True, allow_none=True)


class TenureItem(HolderSchema):
    """A tenure in a list: a role that a speaker held."""

    role = fields.Nested(RoleRef, required=True)
    created = Moment(required=True)
    updated = Moment(required=True)


class SightedArticleSchema(Schema):
    """The article that proves a tenure."""

    id = Integer(required=True)
    url = fields.String(required=True, allow_none=True)
    title = fields.String(required=True, allow_none=True)


class SightingSchema(Schema):
    """The proof of a tenure: a span of an article that states it."""

    article = fields.Nested(SightedArticleSchema, required=True)
    span = SpanField(required=True)


class TenureSchema(TenureItem):
    """A tenure with its proof."""

    sightings = fields.List(fields.Nested(SightingSchema), required=True)


class TenureQuery(PageQuery):
    """Which tenures, the first stored first."""

    speaker = Id(metadata={"description": "id of the speaker"})
    role = Id(metadata={"description": "id of the role"})


class HolderQuery(PageQuery):
    """Which holders of a role, the latest first."""

    on = Date(
        metadata={
            "description": "find who held the role, or acted in it, on that day: as stated, else as articles show"
        }
    )


TenurePage = page_of(TenureItem)
HolderPage = page_of(HolderSchema)
