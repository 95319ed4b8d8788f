"""Publishers in JSON."""

from __future__ import annotations

from marshmallow import fields

from api.schemas.base import Created, Id, Line, PageQuery, Pattern, Schema, Updated, page_of

HOST = r"^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$"
DOMAIN = Pattern(
    HOST,
    error="Not a host name in lower case, such as courier.example.",
)
NAME = "name of the publisher"


class PublisherPatch(Schema):
    """What can be changed of a publisher."""

    name = Line(longest=300, metadata={"description": NAME})
    domain = fields.String(
        allow_none=True, validate=DOMAIN, metadata={"description": "host of its articles' URLs, without www"}
    )


class PublisherSchema(PublisherPatch):
    """A publisher."""

    id = Id("the publisher", dump_only=True)
    name = Line(longest=300, required=True, metadata={"description": NAME})
    created = Created()
    updated = Updated()


class PublisherQuery(PageQuery):
    """Which publishers."""

    q = Line(
        longest=300,
        metadata={"description": "words, or parts of words, of the name, in any case and without diacritics"},
    )


PublisherPage = page_of(PublisherSchema)
