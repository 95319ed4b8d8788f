"""Roles in JSON."""

from __future__ import annotations

from marshmallow import fields

from api.schemas.base import COUNTRY, Line, Moment, Name, PageQuery, Schema, page_of
from api.schemas.refs import RoleRef


class RolePatch(Schema):
    """What can be changed of a role."""

    title = Name()
    organisation = Name(allow_none=True)
    country = fields.String(allow_none=True, validate=COUNTRY, metadata={"description": "ISO 3166-1 alpha-2"})


class RoleNew(RolePatch):
    """A role to store. No two have the same title, organisation and country, whatever their case and diacritics."""

    title = Name(required=True)


class RoleSchema(RoleRef):
    """A role."""

    created = Moment(required=True)
    updated = Moment(required=True)


class RoleQuery(PageQuery):
    """Which roles, ordered by title."""

    q = Line(longest=300, metadata={"description": "words, or parts of words, of the title or the organisation"})
    organisation = Line(longest=300, metadata={"description": "words, or parts of words, of the organisation"})
    country = fields.String(validate=COUNTRY)


RolePage = page_of(RoleSchema)
