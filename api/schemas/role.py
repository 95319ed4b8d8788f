"""Roles in JSON."""

from __future__ import annotations

from api.schemas.base import CountryCode, Created, Line, Name, PageQuery, Schema, Updated, page_of
from api.schemas.refs import ORGANISATION, ROLE_TITLE, RoleRef


class RolePatch(Schema):
    """What can be changed of a role."""

    title = Name(metadata={"description": ROLE_TITLE})
    organisation = Name(allow_none=True, metadata={"description": ORGANISATION})
    country = CountryCode(allow_none=True)


class RoleNew(RolePatch):
    """A role to store. No two have the same title, organisation and country, whatever their case and diacritics."""

    title = Name(required=True, metadata={"description": ROLE_TITLE})


class RoleSchema(RoleRef):
    """A role."""

    created = Created(required=True)
    updated = Updated(required=True)


class RoleQuery(PageQuery):
    """Which roles, ordered by title."""

    q = Line(longest=300, metadata={"description": "words, or parts of words, of the title or the organisation"})
    organisation = Line(longest=300, metadata={"description": "words, or parts of words, of the organisation"})
    country = CountryCode()


RolePage = page_of(RoleSchema)
