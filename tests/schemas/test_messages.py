"""What people read of invalid values: what is wrong, or what is wanted instead."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
import pytest

from api.schemas.filters import QuoteFilters
from api.schemas.quote import QuoteNew, QuotePatch


@pytest.mark.parametrize(
    ("schema", "value", "field", "message"),
    [
        (QuoteNew, {"article": 1}, "content", "Is missing."),
        (QuoteNew, {"article": "x"}, "article", "Not a whole number."),
        (QuoteNew, {"article": 0}, "article", "Must be 1 to 9223372036854775807."),
        (QuoteNew, {"content": []}, "content", "Is empty."),
        (QuoteNew, {"content": [[3, 8], [0, 5]]}, "content", "Spans must be in order and must not overlap."),
        (QuoteNew, {"kind": None}, "kind", "May not be null."),
        (QuoteNew, {"kind": "loud"}, "kind", "Must be one of: direct, mixed, indirect."),
        (QuoteNew, {"joint": 7}, "joint", "Not a list."),
        (QuoteNew, {"said": "24/3/2022"}, "said", "Not a date such as 2022-03-24."),
        (QuoteNew, {"said": "2022-02-30"}, "said", "Not a date such as 2022-03-24."),
        (QuoteNew, {"foo": 1}, "foo", "There is no such field. There are: article, content, cue, "),
        (QuotePatch, [1], "_schema", "Not an object."),
        (QuoteFilters, {"foo": "1"}, "foo", "There is no such parameter. There are: q, speaker, match, "),
        (QuoteFilters, {"q": ""}, "q", "Is empty."),
        (QuoteFilters, {"q": "x" * 1001}, "q", "Has 1,001 characters; at most 1,000 are taken."),
        (QuoteFilters, {"distinct": "maybe"}, "distinct", "Neither true nor false."),
        (QuoteFilters, {"from": "soon"}, "from", "Not a date such as 2022-03-24 nor a time such as 2022-03-24T18:00:00Z."),
    ],
)  # fmt: skip
def test_messages_say_what_is_wrong(schema: type[ma.Schema], value: Any, field: str, message: str) -> None:
    with pytest.raises(ma.ValidationError) as raised:
        schema().load(value)
    assert isinstance(raised.value.messages, dict)
    assert raised.value.messages[field][0].startswith(message)
