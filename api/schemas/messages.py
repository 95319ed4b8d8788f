"""What schemas say of invalid values: our words in place of marshmallow's.

Each says what is wrong, or what is wanted instead. The pointer of a problem says where.
"""

from __future__ import annotations

from typing import Any, ClassVar

import marshmallow as ma
from marshmallow import fields, validate

_WORDS: dict[type[fields.Field[Any]], dict[str, str]] = {
    fields.Field: {"required": "Is missing.", "null": "May not be null."},
    fields.String: {"invalid": "Not a string."},
    fields.Number: {"invalid": "Not a number."},
    fields.Integer: {"invalid": "Not a whole number."},
    fields.Boolean: {"invalid": "Neither true nor false."},
    fields.Date: {"invalid": "Not a date such as 2022-03-24.", "format": "Not a date such as 2022-03-24."},
    fields.List: {"invalid": "Not a list."},
}
for _kind, _words in _WORDS.items():
    _kind.default_error_messages = {**_kind.default_error_messages, **_words}  # as marshmallow's documentation does it

NOT_AN_OBJECT = "Not an object."


def unknown(what: str, known: list[str]) -> str:
    """Return what to say of a field or parameter that there is not: `what` it is, and which are known."""
    return f"There is no such {what}. There are: {', '.join(known)}." if known else f"There is no such {what}."


class Length(validate.Length):
    """A bound on code points (or on items, where `counts` says so) that says how many there are."""

    LEAST: ClassVar[str] = "Is empty."

    def __init__(self, *, min: int | None = None, max: int | None = None, counts: str = "characters") -> None:  # noqa: A002 - as in marshmallow
        super().__init__(min=min, max=max)
        self.counts = counts

    def __call__(self, value: Any) -> Any:
        """Return the value. Raise ValidationError where it is too short or too long."""
        length = len(value)
        if self.min is not None and length < self.min:
            raise ma.ValidationError(self.LEAST if self.min == 1 else f"Has fewer than {self.min:,} {self.counts}.")
        if self.max is not None and length > self.max:
            raise ma.ValidationError(f"Has {length:,} {self.counts}; at most {self.max:,} are taken.")
        return value


class Range(validate.Range):
    """A bound on a number, from `min` to `max`, both included."""

    def __init__(self, *, min: float, max: float) -> None:  # noqa: A002 - as in marshmallow
        super().__init__(min=min, max=max, error=f"Must be {min} to {max}.")
