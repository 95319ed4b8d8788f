"""The fields and base classes of all schemas: one kind of string, of id and of date for every body and every query."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, NamedTuple

import marshmallow as ma
import pycountry
from marshmallow import fields, validate

from api.folding import fold
from api.limits import MAX_PAGE_SIZE
from api.schemas.dates import rfc3339
from api.schemas.errors import MAX_ERRORS, leaves
from api.schemas.json_bounds import MAX_VALUES
from api.schemas.messages import NOT_AN_OBJECT, Length, Range, unknown

# No NUL, which PostgreSQL's text cannot hold. Surrogates, which are no characters, have a check of their own: the OpenAPI
# document shows the pattern, and some regular expression engines refuse one that names surrogates.
PLAIN = r"^[^\x00]*$"
_SURROGATE = re.compile("[\ud800-\udfff]")
# At least one character that is no white space, as str.split() has it. White space comes first, so that it never backtracks.
_SPACE = r"\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
LINE = rf"^[{_SPACE}]*[^\x00{_SPACE}][^\x00]*$"
MAX_ID = 2**63 - 1
MAX_FIELDS = 100  # of one object of a body, unknown ones included; no schema has a third
DATE = r"^\d{4}-\d{2}-\d{2}$"
_DATE = re.compile(DATE, re.ASCII)
_MOMENT = re.compile(r"^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$", re.ASCII)


class Pattern(validate.Regexp):
    """A pattern that the whole string must match: `$` alone lets a line break at the end pass."""

    def __call__(self, value: Any) -> Any:
        """Return the value. Raise ValidationError where it does not match."""
        if self.regex.fullmatch(value) is None:
            raise ma.ValidationError(self.error)
        return value


class String(fields.String):
    """A string of 1 (or `shortest`) to `longest` code points, without NUL or surrogates; null only where allowed.

    `pattern` replaces the usual pattern by a narrower one.
    """

    def __init__(
        self, *, longest: int, shortest: int = 1, pattern: Pattern | None = None, validate: Any = (), **more: Any
    ) -> None:
        checks: list[Any] = [
            Length(min=shortest, max=longest),
            pattern or Pattern(PLAIN, error="Has a NUL."),
            _has_no_surrogate,
        ]
        super().__init__(validate=[*checks, *(validate if isinstance(validate, (list, tuple)) else [validate])], **more)


class Line(String):
    """A string on one line: trimmed, with single spaces inside, and never empty after that.

    `longest` counts code points as they were sent.
    """

    def __init__(self, *, longest: int, **more: Any) -> None:
        error = "Is only white space, or has a NUL."
        super().__init__(longest=longest, pattern=Pattern(LINE, error=error), **more)

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **more: Any) -> Any:
        """Return the line. Raise ValidationError for anything else."""
        text = super().deserialize(value, attr, data, **more)
        return " ".join(text.split()) if isinstance(text, str) else text


class Name(Line):
    """A line with at least one letter or digit: it is found again by what folding leaves of it."""

    def __init__(self, *, longest: int = 300, **more: Any) -> None:
        super().__init__(longest=longest, validate=_has_words, **more)


def _has_no_surrogate(text: str) -> None:
    if _SURROGATE.search(text):
        raise ma.ValidationError("Has half of a surrogate pair, which is no character.")


def _has_words(text: str) -> None:
    if not fold(text[:1000]):  # far beyond any limit of length, which has its own check
        raise ma.ValidationError("Has no letter or digit.")


class Integer(fields.Integer):
    """A whole number, as a JSON number in a body and as plain ASCII digits in a query."""

    def __init__(self, *, least: int = 1, most: int = MAX_ID, **more: Any) -> None:
        super().__init__(validate=Range(min=least, max=most), **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        from_query = bool(getattr(self.root, "FROM_QUERY", False))
        if from_query and isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,19}", value):
            return super()._deserialize(value, attr, data, **more)
        if not from_query and isinstance(value, float) and value.is_integer():
            return int(value)  # 1.0 is a whole number in JSON
        if not from_query and isinstance(value, int) and not isinstance(value, bool):
            return super()._deserialize(value, attr, data, **more)
        raise self.make_error("invalid")


class Date(fields.Date):
    """A date as 2022-03-24. ISO 8601's other forms are errors."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        if not isinstance(value, str) or not _DATE.match(value):
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE)
        return super()._deserialize(value, attr, data, **more)


class When(NamedTuple):
    """A moment, and whether its time was given. A date alone is midnight in UTC.

    The moment keeps the zone that it was given in: the engine takes its day for "today".
    """

    moment: dt.datetime
    has_time: bool


class DateOrMoment(fields.Field[When]):
    """A date (2022-03-24) or an RFC 3339 time with its zone (2022-03-24T18:00:00Z); loads as When."""

    default_error_messages = {  # noqa: RUF012 - marshmallow merges it over the classes
        "invalid": "Not a date such as 2022-03-24 nor a time such as 2022-03-24T18:00:00Z."
    }

    def __init__(self, **more: Any) -> None:
        forms = [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]
        if more.get("allow_none"):
            forms.append({"type": "null"})
        metadata = {"anyOf": forms, "example": "2022-03-24"}
        super().__init__(metadata={**metadata, **more.pop("metadata", {})}, **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> When:  # noqa: ARG002 - marshmallow's
        try:
            if isinstance(value, str) and _DATE.match(value):
                return When(dt.datetime.combine(dt.date.fromisoformat(value), dt.time(), dt.UTC), has_time=False)
            if isinstance(value, str) and _MOMENT.match(value):
                moment = dt.datetime.fromisoformat(value.upper())
                moment.astimezone(dt.UTC)  # overflows at the ends of the calendar
                return When(moment, has_time=True)
        except (ValueError, OverflowError):
            pass
        raise self.make_error("invalid")

    def _serialize(self, value: When | None, attr: str | None, obj: Any, **more: Any) -> str | None:  # noqa: ARG002 - marshmallow's
        if value is None:
            return None
        return rfc3339(value.moment) if value.has_time else value.moment.date().isoformat()


class Moment(fields.Field[dt.datetime]):
    """A moment in answers: RFC 3339 in UTC."""

    def __init__(self, *, allow_none: bool = False, metadata: Mapping[str, Any] | None = None, **more: Any) -> None:
        kind = {"type": "string", "format": "date-time"}
        super().__init__(dump_only=True, allow_none=allow_none, metadata={**kind, **(metadata or {})}, **more)

    def _serialize(self, value: dt.datetime | None, attr: str | None, obj: Any, **more: Any) -> str | None:  # noqa: ARG002 - marshmallow's
        return None if value is None else rfc3339(value)


class Schema(ma.Schema):
    """A body or an answer. Unknown fields are errors."""

    MAX_JSON_VALUES: ClassVar[int] = MAX_VALUES  # of a body
    WHAT: ClassVar[str] = "field"  # what its fields are called in messages

    class Meta:
        unknown = ma.RAISE
        ordered = True

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        names = [field.data_key or name for name, field in self.load_fields.items()]
        self.error_messages |= {"type": NOT_AN_OBJECT, "unknown": unknown(self.WHAT, names)}

    def load(self, data: Any, **more: Any) -> Any:
        """Return the loaded data. Raise ValidationError, at once where an object has more than MAX_FIELDS fields."""
        if isinstance(data, Mapping) and len(data) > MAX_FIELDS:
            raise ma.ValidationError(f"Has more than {MAX_FIELDS} fields.")
        return super().load(data, **more)


class List(fields.List[Any]):
    """A list of at most `longest` items in a body. Validation ends at MAX_ERRORS errors, so that its work is bounded."""

    def __init__(
        self, item: fields.Field[Any], *, longest: int, shortest: int = 0, validate: Any = (), **more: Any
    ) -> None:
        self.length = Length(min=shortest or None, max=longest, counts="items")
        super().__init__(item, validate=[self.length, *validate], **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> list[Any]:  # noqa: ARG002 - marshmallow's
        if not isinstance(value, list):
            raise self.make_error("invalid")
        self.length(value)  # before the items, which may be many
        loaded, errors, count = [], {}, 0
        for place, item in enumerate(value):
            try:
                loaded.append(self.inner.deserialize(item, **more))
            except ma.ValidationError as error:
                errors[place] = error.messages
                count += sum(1 for _ in leaves(error.messages))
                if count >= MAX_ERRORS:
                    break
        if errors:
            raise ma.ValidationError(errors)
        return loaded


class Query(Schema):
    """The parameters of a URL. Unknown parameters are errors."""

    FROM_QUERY: ClassVar[bool] = True
    WHAT: ClassVar[str] = "parameter"


class PageQuery(Query):
    """The parameters of every list."""

    limit = Integer(most=MAX_PAGE_SIZE, load_default=20, metadata={"description": "how many items a page has"})
    # The default is a callable, since the document would offer null otherwise.
    cursor = String(
        longest=2000,
        load_default=lambda: None,
        allow_none=False,
        metadata={"description": "from `next` of the page before"},
    )


def page_of(item: type[Schema], **more: fields.Field[Any]) -> type[ma.Schema]:
    """Return the schema of a page: {"items": [...], "next": path or null}, and the fields of `more`."""
    return Schema.from_dict(
        {
            "items": fields.List(
                fields.Nested(item), required=True, metadata={"description": "the rows of the page, in order"}
            ),
            "next": fields.String(
                required=True, allow_none=True, metadata={"description": "path of the next page; null on the last"}
            ),
            **more,
        },
        name=item.__name__.removesuffix("Schema") + "Page",
    )


class Country(fields.String):
    """The code of a country, in capitals or not; loads in capitals. The document shows a pattern, not all 249 codes."""

    CODES = frozenset(country.alpha_2 for country in pycountry.countries)
    UNKNOWN = "Not a country's code of ISO 3166-1 alpha-2, such as GB."

    def __init__(self, **more: Any) -> None:
        super().__init__(validate=Pattern("^[A-Za-z]{2}$", error=self.UNKNOWN), **more)

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **more: Any) -> Any:
        """Return the code in capitals. Raise ValidationError where it is no country's."""
        code = super().deserialize(value, attr, data, **more)
        if not isinstance(code, str):
            return code
        if code.upper() not in self.CODES:
            raise ma.ValidationError(self.UNKNOWN)
        return code.upper()


COUNTRY_CODE = "country as an ISO 3166-1 alpha-2 code, such as GB"


def Id(of: str, **more: Any) -> Integer:
    """Return a field for the id of a row, 1 to 2^63 - 1. `of` says of which row, such as "the article"."""
    return Integer(metadata={"description": f"id of {of}"}, **more)


def Created(**more: Any) -> Moment:
    """Return the field for the moment when a row was stored."""
    return Moment(metadata={"description": "when it was stored"}, **more)


def Updated(**more: Any) -> Moment:
    """Return the field for the moment when a row was last changed."""
    return Moment(metadata={"description": "when it was last changed"}, **more)


def TextOrNull(description: str) -> fields.String:
    """Return a field of answers for a string that may be null, and is always there."""
    return fields.String(required=True, allow_none=True, metadata={"description": description})


def DateOrNull(description: str) -> fields.Date:
    """Return a field of answers for a date that may be null, and is always there."""
    return fields.Date(required=True, allow_none=True, metadata={"description": description})


def Count(description: str) -> Integer:
    """Return a field of answers for a number that is 0 or more, and is always there."""
    return Integer(least=0, required=True, metadata={"description": description})


def Choice(values: Iterable[str], description: str, **more: Any) -> fields.String:
    """Return a field for one of these values."""
    return fields.String(validate=validate.OneOf(list(values)), metadata={"description": description}, **more)


def Flag(description: str) -> fields.Boolean:
    """Return a parameter that is true or false, and false by default."""
    return fields.Boolean(truthy={"true"}, falsy={"false"}, load_default=False, metadata={"description": description})


def CountryCode(description: str = COUNTRY_CODE, **more: Any) -> Country:
    """Return a field of bodies and queries for a country."""
    return Country(metadata={"description": description}, **more)
