"""Spans in JSON: [start, end) in code points of a text."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, ClassVar

import marshmallow as ma
from marshmallow import fields

from api.schemas.base import MAX_ID, List

MAX_SPANS = 1000  # of one part of one quote
# What the spans of each part are
CONTENT = "spans of the words said: more than one where they are interrupted"
CUE = "spans of the words that report: said, according to"
SOURCE = "spans of the words that name who spoke: she, the minister"


def is_span(value: Any) -> bool:
    """Return whether a value is a span as nearly all are written: two whole numbers, in order."""
    if type(value) is not list or len(value) != 2:
        return False
    start, end = value
    return type(start) is int and type(end) is int and 0 <= start < end <= MAX_ID


class SpanField(fields.Field[list[int]]):
    """A span: [start, end), in code points. Dumps a pair, or a row with `start` and `end`; loads a pair."""

    default_error_messages = {  # noqa: RUF012 - marshmallow merges it over the classes
        "invalid": "Not a span: [start, end) in code points, whole numbers with start before end."
    }

    SHAPE: ClassVar[dict[str, Any]] = {
        "type": "array",
        "items": {"type": "integer", "minimum": 0},
        "minItems": 2,
        "maxItems": 2,
    }

    def __init__(self, **more: Any) -> None:
        metadata = {**self.SHAPE, "description": "[start, end) in code points", "example": [0, 12]}
        super().__init__(metadata={**metadata, **more.pop("metadata", {})}, **more)

    def get_value(self, obj: Any, attr: str, accessor: Any = None, default: Any = ma.missing) -> Any:
        """Return the span of `obj`: its attribute, or its own `start` and `end`."""
        value: Any = super().get_value(obj, attr, accessor, default)
        return [obj.start, obj.end] if value is ma.missing and hasattr(obj, "start") else value

    def _serialize(self, value: Any, attr: str | None, obj: Any, **more: Any) -> list[int] | None:  # noqa: ARG002 - marshmallow's
        return None if value is None else list(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> list[int]:  # noqa: ARG002 - marshmallow's
        if is_span(value):
            return list(value)
        if not isinstance(value, list) or len(value) != 2 or any(type(offset) not in (int, float) for offset in value):
            raise self.make_error("invalid")
        # 1.0 is a whole number in JSON. 1.5 is not, nor is a number that overflows to infinity.
        if not 0 <= value[0] < value[1] <= MAX_ID or any(offset % 1 for offset in value):
            raise self.make_error("invalid")
        return [int(offset) for offset in value]


class Spans(List):
    """The spans of one part of a quote to store: in order, without overlap."""

    ITEM: ClassVar[type[SpanField]] = SpanField

    def __init__(self, description: str, *, least: int = 0, **more: Any) -> None:
        metadata = {"description": description}
        super().__init__(self.ITEM(), longest=MAX_SPANS, shortest=least, validate=[in_order], metadata=metadata, **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> list[Any]:
        if isinstance(value, list) and all(map(is_span, value)):
            return value
        return super()._deserialize(value, attr, data, **more)  # it says of each span what is wrong


def in_order(spans: list[Any]) -> None:
    """Raise ValidationError unless each span begins at the end of the one before, or later.

    Places that are named by their words are no spans yet; see api.schemas.places.
    """
    if not all(isinstance(span, list) for span in spans):
        return
    for (_, end), (start, _) in pairwise(spans):
        if start < end:
            raise ma.ValidationError("Spans must be in order and must not overlap.")
