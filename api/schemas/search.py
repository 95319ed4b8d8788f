"""Saved searches in JSON."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode

import marshmallow as ma
from marshmallow import fields

from api import enums
from api.schemas.base import (
    Choice,
    Count,
    Created,
    Id,
    Integer,
    Line,
    Moment,
    PageQuery,
    Schema,
    String,
    TextOrNull,
    Updated,
    page_of,
)
from api.schemas.filters import QuoteFilters

MAX_LENGTH = 4000  # code points of the parameters: more than all of them together need
NAME = "name of the search"
QUERY = "parameters of GET /v1/quotes, as in its URL"
WEBHOOK = "URL to which new matches are sent; null for none"
_FILTERS = QuoteFilters()  # made once: that takes longer than to load a query


def parameters(query: str) -> list[tuple[str, str]]:
    """Return the parameters of a URL as pairs of name and value. Raise ValidationError where they cannot be read."""
    try:
        return parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError:
        raise ma.ValidationError("Not the parameters of a URL, such as q=bridge&country=GB.") from None


def filters(query: str) -> dict[str, Any]:
    """Return the parameters as GET /v1/quotes loads them (QuoteFilters). Raise ValidationError."""
    pairs = parameters(query)
    if len(dict(pairs)) < len(pairs):
        raise ma.ValidationError("Gives a parameter more than once.")
    found: dict[str, Any] = _FILTERS.load(dict(pairs))
    return found


class SavedQuery(String):
    """The filters of GET /v1/quotes, as in its URL; "" for all quotes."""

    def __init__(self, **more: Any) -> None:
        metadata = {"description": QUERY, "example": "q=%22cost+of+living%22"}
        super().__init__(longest=MAX_LENGTH, shortest=0, metadata=metadata, **more)

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **more: Any) -> Any:
        """Return the parameters without a leading question mark. Raise ValidationError where the search would refuse them."""
        text = super().deserialize(value, attr, data, **more)
        if isinstance(text, str):
            text = text.removeprefix("?")
            filters(text)
        return text


class SearchPatch(Schema):
    """What can be changed of a saved search."""

    name = Line(longest=200, metadata={"description": NAME})
    query = SavedQuery()
    webhook = String(
        longest=2000,
        allow_none=True,
        metadata={"description": WEBHOOK, "format": "uri"},
    )


class SearchNew(SearchPatch):
    """A search to save."""

    name = Line(longest=200, required=True, metadata={"description": NAME})
    query = SavedQuery(required=True)


class SearchSchema(Schema):
    """A saved search."""

    id = Id("the search", required=True)
    name = fields.String(required=True, metadata={"description": NAME})
    query = fields.String(required=True, metadata={"description": QUERY})
    href = fields.Function(
        lambda search: f"/v1/quotes?{urlencode(parameters(search.query))}",
        required=True,
        metadata={"type": "string", "description": "path of the search"},
    )
    webhook = TextOrNull(WEBHOOK)
    created = Created(required=True)
    updated = Updated(required=True)


class SearchWithSecret(SearchSchema):
    """A saved search with the secret that signs deliveries. It is shown only when it is made."""

    secret = fields.String(required=True, metadata={"description": "secret that signs deliveries; shown only once"})


class DeliverySchema(Schema):
    """Quotes sent together, and the outcome."""

    id = Id("the delivery", required=True)
    state = Choice(
        enums.DELIVERY_STATES,
        "pending (waits for its next try), delivered, or dead (is not tried again)",
        required=True,
    )
    quotes = Count("how many quotes it has")
    tries = Count("how often it was sent")
    status = Integer(
        required=True, allow_none=True, metadata={"description": "HTTP status of the last answer; null where none came"}
    )
    error = TextOrNull("why the last try failed")
    created = Created(required=True)
    due = Moment(required=True, metadata={"description": "while pending: the next try is not before then"})
    tried = Moment(required=True, allow_none=True, metadata={"description": "when the last try ended"})
    delivered = Moment(
        required=True, allow_none=True, metadata={"description": "when the receiver took it; null before"}
    )


class DeliveryQuery(PageQuery):
    """Which deliveries."""

    state = Choice(enums.DELIVERY_STATES, "state of the deliveries to list")


SearchPage = page_of(SearchSchema)
DeliveryPage = page_of(DeliverySchema)
