"""Rows in short, as other rows refer to them in JSON."""

from __future__ import annotations

import datetime as dt
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from api import enums
from api.schemas.base import COUNTRY_CODE, Choice, Id, Schema, TextOrNull
from api.schemas.dates import publication_date, rfc3339

# What fields of several schemas mean
URL = "URL of the article"
HEADLINE = "headline of the article"
ROLE_TITLE = "title of the role"
ORGANISATION = "organisation or public body in which the role is held"
HANDLE = "handle of the account, with its @"

MATCH = validate.OneOf(enums.MATCHES)
MATCHED = (
    "how well a name matches: exact but for case; folded (diacritics, script and marks aside); fuzzy (another spelling)"
)


class Published(fields.Field[dt.date]):
    """The publication date of an article, or of a revision of it: a date, or RFC 3339 where the time is known."""

    def __init__(self) -> None:
        description = "when it was published: a date, or RFC 3339 where the time is known"
        metadata = {"type": ["string", "null"], "description": description}
        super().__init__(required=True, dump_only=True, metadata=metadata)

    def get_value(self, obj: Any, attr: str, accessor: Any = None, default: Any = ma.missing) -> Any:  # noqa: ARG002 - marshmallow's
        """Return the moment, or the date where only that is known."""
        return publication_date(obj)

    def _serialize(self, value: dt.date | None, attr: str | None, obj: Any, **more: Any) -> str | None:  # noqa: ARG002 - marshmallow's
        if value is None:
            return None
        return rfc3339(value) if isinstance(value, dt.datetime) else value.isoformat()


def SpeakerKind(description: str = "what the speaker is", **more: Any) -> fields.String:
    """Return a field for the kind of a speaker."""
    return Choice(enums.SPEAKER_KINDS, description, **more)


def RoleStatus(description: str = "how the role is held", **more: Any) -> fields.String:
    """Return a field for the status of a tenure, or of the role in which something was said."""
    return Choice(enums.ROLE_STATUSES, description, **more)


class SpeakerRef(Schema):
    """A speaker, in short."""

    id = Id("the speaker", required=True)
    name = fields.String(required=True, metadata={"description": "name to show"})
    kind = SpeakerKind(required=True)


class SpeakerCalled(SpeakerRef):
    """A speaker whom a name was taken to mean."""

    match = fields.String(required=True, validate=MATCH, metadata={"description": MATCHED})


class RoleRef(Schema):
    """A role, in short."""

    id = Id("the role", required=True)
    title = fields.String(required=True, metadata={"description": ROLE_TITLE})
    organisation = TextOrNull(ORGANISATION)
    country = TextOrNull(COUNTRY_CODE)


class PublisherRef(Schema):
    """A publisher, in short."""

    id = Id("the publisher", required=True)
    name = fields.String(required=True, metadata={"description": "name of the publisher"})


class ArticleTitle(Schema):
    """What every reference to an article has."""

    id = Id("the article", required=True)
    url = TextOrNull(URL)
    title = TextOrNull(HEADLINE)


class ArticlePublished(ArticleTitle):
    """An article, and who published it."""

    publisher = fields.Nested(
        PublisherRef, required=True, allow_none=True, metadata={"description": "publisher of the article"}
    )


class ArticleRef(ArticlePublished):
    """An article, in short."""

    published = Published()
