"""JSON objects: one record, parsed."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any, NoReturn

import orjson

from api.schemas.json_bounds import MAX_ARTICLE_VALUES, OutOfBounds, check_bounds
from api.sources.readers.encoding import decode_utf8
from api.sources.readers.record import Bad


def parse_object(raw: bytes) -> dict[str, Any]:
    """Return the JSON object that `raw` holds in UTF-8. Raise Bad."""
    value = _parse(raw)
    if not isinstance(value, dict):
        raise Bad("not a JSON object")
    return value


def parse_or_bad(raw: bytes) -> dict[str, Any] | Bad:
    """Return the JSON object that `raw` holds in UTF-8, or what is wrong with it."""
    try:
        return parse_object(raw)
    except Bad as error:
        return error


def _parse(raw: bytes) -> Any:
    try:
        check_bounds(raw, MAX_ARTICLE_VALUES)
    except OutOfBounds as error:
        raise Bad(f"not read: JSON that {error}") from None
    # Python's parser takes some of what orjson refuses, and explains the rest better.
    with suppress(orjson.JSONDecodeError):
        return orjson.loads(raw)
    try:
        return json.loads(decode_utf8(raw), parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        line = f"line {error.lineno}, " if error.lineno > 1 else ""
        raise Bad(f"not JSON: {error.msg} ({line}column {error.colno})") from None
    except Bad:
        raise
    except ValueError:  # Python refuses to read a number of more than 4,300 digits
        raise Bad("not read: a number is too long") from None


def _refuse_constant(name: str) -> NoReturn:
    """Refuse NaN and Infinity, which Python reads and JSON does not have."""
    raise Bad(f"not JSON: {name}")
