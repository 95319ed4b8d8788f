"""Rows in short, as other rows refer to them in JSON."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from api import enums
from api.schemas.base import Integer, Schema
from api.schemas.dates import publication_date, rfc3339

MATCH = validate.OneOf(enums.MATCHES)
MATCHED = (
    "how well a name matches: exact but for case; folded (diacritics, script and marks aside); fuzzy (another spelling)"
)


class Published(fields.Field[dt.date]):
    """The publication date of an article, or of a revision of it: a date, or RFC 3339 where the time is known."""

    def __init__(self, *, metadata: Mapping[str, Any] | None = None) -> None:
        kind = {"type": ["string", "null"]}
        super().__init__(required=True, dump_only=True, metadata={**kind, **(metadata or {})})

    def get_value(self, obj: Any, attr: str, accessor: Any = None, default: Any = ma.missing) -> Any:  # noqa: ARG002 - marshmallow's
        """Return the moment, or the date where only that is known."""
        return publication_date(obj)

    def _serialize(self, value: dt.date | None, attr: str | None, obj: Any, **more: Any) -> str | None:  # noqa: ARG002 - marshmallow's
        if value is None:
            return None
        return rfc3339(value) if isinstance(value, dt.datetime) else value.isoformat()


class SpeakerRef(Schema):
    """A speaker, in short."""

    id = Integer(required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(enums.SPEAKER_KINDS))


class SpeakerCalled(SpeakerRef):
    """A speaker whom a name was taken to mean."""

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
    published = Published(metadata={"description": "a date, or RFC 3339 where the time is known"})
