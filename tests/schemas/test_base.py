"""What every schema is made of."""

from __future__ import annotations

import re

import marshmallow as ma
import pytest

from api.schemas.base import LINE, PLAIN, Integer, Line, Name, String


def test_the_patterns_hold_for_every_character() -> None:
    plain, line = re.compile(PLAIN), re.compile(LINE)
    for number in range(0x110000):
        character = chr(number)
        assert bool(plain.fullmatch(character)) == (number != 0), hex(number)
        assert bool(line.fullmatch(character)) == (number != 0 and character.split() != []), hex(number)


@pytest.mark.parametrize(
    ("field", "value", "loaded"),
    [
        (String(longest=3), " a\n", " a\n"),
        (String(longest=3), "abcd", None),
        (String(longest=3), "", None),
        (String(longest=3, shortest=0), "", ""),
        (String(longest=3), "a\0", None),
        (String(longest=3), "\udfff", None),
        (String(longest=3), "😀😀😀", "😀😀😀"),
        (Line(longest=9), " a\n\t b\u2003", "a b"),
        (Line(longest=9), "\x1c\u2028", None),
        (Line(longest=9), "a" * 10, None),
        (Line(longest=9, allow_none=True), None, None),
        (Name(), " Ö ", "Ö"),
        (Name(), "— !", None),
        (Integer(), 1.0, 1),
        (Integer(), 1.5, None),
        (Integer(), float("inf"), None),
        (Integer(), 1e300, None),
        (Integer(), True, None),
        (Integer(), "1", None),
        (Integer(), 2**63 - 1, 2**63 - 1),
        (Integer(), 2**63, None),
        (Integer(), 0, None),
    ],
)
def test_fields(field: ma.fields.Field[object], value: object, loaded: object) -> None:
    if loaded is None and not (value is None and field.allow_none):
        with pytest.raises(ma.ValidationError):
            field.deserialize(value)
    else:
        assert field.deserialize(value) == loaded
