"""Bounds on JSON before it is parsed."""

from __future__ import annotations

import json

import pytest

from api.schemas.json_bounds import MAX_DEPTH, OutOfBounds, TooManyValues, check_bounds


def nested(depth: int) -> bytes:
    """Return JSON with `depth` lists and objects in each other, by turns."""
    value: object = 1
    for level in range(depth):
        value = [value] if level % 2 else {"a": value}
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (b"", None),
        (nested(MAX_DEPTH), None),
        (nested(MAX_DEPTH + 1), OutOfBounds),
        (b"[" * 100_000, OutOfBounds),
        (b"[" * (MAX_DEPTH + 1), OutOfBounds),
        (b"[" + b"[[[]]]," * 23 + b"[]]", None),
        (b'{"text": "' + b"[{" * 1000 + b'"}', None),
        (b'{"text": "' + b'\\"[' * 1000 + b'"}', None),
        (b'{"text": "\\\\", "a": ' + b"[" * 70 + b"]" * 70 + b"}", OutOfBounds),
        (b'{"text": "' + b"\\[" * 1000, None),  # broken off: its parser says so
        (b'"' * 100_001, None),
        (b'\\"' * 100_001, None),
        (nested(MAX_DEPTH + 1).decode().encode("utf-16"), OutOfBounds),
        (b"[" + b"1," * 99 + b"1]", None),
        (b"[" + b"1," * 100 + b"1]", TooManyValues),
        (b"[" + b"{}," * 60 + b"{}]", TooManyValues),
        (b'["' + b"," * 1000 + b'"]', None),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_bounds(raw: bytes, error: type[OutOfBounds] | None) -> None:
    if error is None:
        check_bounds(raw, 100)
    else:
        with pytest.raises(error) as raised:
            check_bounds(raw, 100)
        assert raised.type is error
