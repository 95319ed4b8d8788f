"""JSON as bytes: orjson, since the standard library's encoder took most of an export's time."""

from __future__ import annotations

from typing import Any

import orjson


def to_json(value: Any) -> bytes:
    """Return JSON on one line. Moments are written in UTC; those without a zone are taken to be in UTC."""
    return orjson.dumps(value, option=orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z)
