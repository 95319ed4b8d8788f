"""Changes in JSON."""

from __future__ import annotations

from marshmallow import fields, validate

from api.enums import ACTIONS
from api.schemas.base import Integer, Moment, Pattern, Query, Schema

NOUNS = ("article", "quote", "speaker", "role", "publisher", "tenure")


class ChangeQuery(Query):
    """Which changes."""

    since = fields.String(
        validate=Pattern("^(now|0|[1-9][0-9]{0,17})$", error="Not a cursor, nor now."),
        metadata={"description": "the `cursor` of an answer; now for none yet; without it all that are kept"},
    )
    limit = Integer(most=1000, load_default=100, metadata={"description": "how many at most"})


class ChangeSchema(Schema):
    """That a row came, changed or went. What it is now is at its path; of one that went there is nothing."""

    type = fields.String(attribute="table", required=True, validate=validate.OneOf(NOUNS))
    id = Integer(attribute="row", required=True)
    change = fields.String(attribute="action", required=True, validate=validate.OneOf(ACTIONS))
    at = Moment(required=True)
    href = fields.Function(
        lambda change: f"/v1/{change.table}s/{change.row}", required=True, metadata={"type": "string"}
    )


class ChangePage(Schema):
    """Changes in the order in which they were committed."""

    items = fields.List(fields.Nested(ChangeSchema), required=True)
    cursor = fields.String(required=True, metadata={"description": "the next `since`"})
    next = fields.String(required=True, metadata={"description": "path to go on at, now or later"})
    more = fields.Boolean(required=True, metadata={"description": "whether there is more already"})
