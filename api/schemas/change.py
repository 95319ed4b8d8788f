"""Changes in JSON."""

from __future__ import annotations

from marshmallow import fields

from api import enums
from api.schemas.base import Choice, Id, Integer, Moment, Pattern, Query, Schema


class ChangeQuery(Query):
    """Which changes."""

    since = fields.String(
        validate=Pattern("^(now|0|[1-9][0-9]{0,17})$", error="Neither a cursor nor now."),
        metadata={
            "description": "the `cursor` of an answer, or now for none yet; by default all changes that are kept"
        },
    )
    limit = Integer(most=1000, load_default=100, metadata={"description": "how many at most"})


class ChangeSchema(Schema):
    """A row that was created, changed or deleted. Its path shows it as it is now; a deleted one is not there."""

    type = Choice(enums.NOUNS, "what the row is", attribute="table", required=True)
    id = Id("the row", attribute="row", required=True)
    change = Choice(enums.ACTIONS, "what happened to the row", attribute="action", required=True)
    at = Moment(required=True, metadata={"description": "when the change was committed"})
    href = fields.Function(
        lambda change: f"/v1/{change.table}s/{change.row}",
        required=True,
        metadata={"type": "string", "description": "path of the row"},
    )


class ChangePage(Schema):
    """Changes in the order in which they were committed."""

    items = fields.List(
        fields.Nested(ChangeSchema), required=True, metadata={"description": "the changes, the first committed first"}
    )
    cursor = fields.String(required=True, metadata={"description": "the next `since`"})
    next = fields.String(required=True, metadata={"description": "path of what follows, now or later"})
    more = fields.Boolean(required=True, metadata={"description": "whether more changes are there already"})
