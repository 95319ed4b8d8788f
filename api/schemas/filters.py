"""The parameters of searches, exports and timelines of quotes."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import marshmallow as ma
from marshmallow import fields

from api import enums
from api.limits import COUNTED_ROWS, FACETED_QUOTES, TIMELINE_QUOTES
from api.schemas.base import (
    MAX_ID,
    Choice,
    CountryCode,
    DateOrMoment,
    Flag,
    Id,
    Integer,
    Line,
    PageQuery,
    Query,
    String,
    When,
)
from api.schemas.extraction import Act, Kind, Medium, Polarity
from api.schemas.refs import MATCH

MAX_QUERY_LENGTH = 1000  # code points of `q`
QUERY_LANGUAGE = (
    'words in any form, "phrases", beginnings*, OR, -without, '
    "speaker: role: country: publisher: kind: medium: polarity: cue: said:2022-03..2022-06"
)


class IdOr(Line):
    """The id of a row in digits, or words that name it. Loads as int or str."""

    def __init__(self, **more: Any) -> None:
        super().__init__(longest=300, **more)

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **more: Any) -> Any:
        """Return the id or the words. Raise ValidationError for anything else."""
        words = super().deserialize(value, attr, data, **more)
        is_id = isinstance(words, str) and re.fullmatch(r"[1-9][0-9]{0,18}", words) and int(words) <= MAX_ID
        return int(words) if is_id else words


def Format(*names: str) -> fields.String:
    """Return the parameter for the format of a list: json or one of these. The document shows that of exports alone."""
    return Choice(["json", *names], "pages (json), or all matches as one stream; overrides the header Accept")


class ExportQuery(Query):
    """How to export. A subclass adds which rows, and `format`."""

    cursor = String(
        longest=2000,
        load_default=lambda: None,
        metadata={"description": "id of the last row of an export that broke off: go on after it"},
    )


def ExportFormat(*names: str) -> fields.String:
    """Return the parameter for the format of an export: one of these."""
    return Choice(names, f"format of the stream; overrides the header Accept; {names[0]} by default")


class Several(fields.Field[list[str]]):
    """Words of `known`, comma-separated. Loads as a list without repeats."""

    def __init__(self, known: tuple[str, ...], **more: Any) -> None:
        self.known = known
        shape = {"type": "string", "pattern": rf"^({'|'.join(known)})(,({'|'.join(known)}))*$"}
        super().__init__(metadata={**shape, **more.pop("metadata", {})}, **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> list[str]:  # noqa: ARG002 - marshmallow's
        words = value.split(",") if isinstance(value, str) else []
        if not words or not set(words) <= set(self.known):
            raise ma.ValidationError(f"Give some of {', '.join(self.known)}, with commas between.")
        return list(dict.fromkeys(words))


class QuoteFilters(Query):
    """Which quotes: those that match every given parameter."""

    q = String(
        longest=MAX_QUERY_LENGTH,
        metadata={"description": f"what to find in quotes and their speakers' names: {QUERY_LANGUAGE}"},
    )
    speaker = IdOr(metadata={"description": "id, or in any spelling a name, whole words of one, or a handle"})
    match = fields.String(
        validate=MATCH,
        load_default=enums.MATCHES[-1],
        metadata={"description": "the worst match of the name given as `speaker` to accept"},
    )
    role = IdOr(
        metadata={
            "description": "id of a role that the speaker held when it was said, or words of its title; = in front: all of it"
        }
    )
    organisation = Line(
        longest=300, metadata={"description": "organisation of a role that the speaker held when it was said"}
    )
    country = CountryCode("country of a role that the speaker held when it was said, ISO 3166-1 alpha-2")
    publisher = IdOr(metadata={"description": "id, name or domain of the article's publisher"})
    article = Id("the article")
    copies_of = Id("a quote: find those that repeat it in articles with the same text")
    distinct = Flag("leave out quotes that repeat an earlier match in an article with the same text")
    kind = Kind()
    medium = Medium()
    act = Act("any", load_default="speech")
    polarity = Polarity()
    cue = Line(longest=300, metadata={"description": "words that stand together in the cue"})
    status = Choice([*enums.STATUSES, "any"], "status of the quotes; all but rejected by default")
    revised = Choice(
        enums.REVISED,
        "what a revision of the article did with the quote: added it, had it reword an earlier one, "
        "reworded it or dropped it; by default all quotes that stand in the present text",
    )
    since = DateOrMoment(
        data_key="from", metadata={"description": "said then or later, or published where that is unknown"}
    )
    until = DateOrMoment(
        data_key="to",
        metadata={"description": "said then or earlier, else published; a date is its whole day"},
    )

    @ma.post_load
    def as_moments(self, data: dict[str, Any], **_more: Any) -> dict[str, Any]:
        """Turn `since` into the first moment included, and `until` into `before`, the first excluded (None: no end)."""
        if "since" in data:
            data["since"] = data["since"].moment
        if "until" in data:
            data["before"] = after(data.pop("until"))
        return data


class QuoteQuery(QuoteFilters, PageQuery):
    """Which quotes, in which order, and what to count beside them."""

    sort = Choice(enums.SORTS, "order of the list; undated quotes come last in newest", load_default="newest")
    total = Choice(
        enums.TOTALS,
        f"how far to count the matches: to {COUNTED_ROWS:,} (bounded), all (exact), or not (none, the fastest)",
        load_default="bounded",
    )
    facets = Several(
        enums.FACETS,
        load_default=list,  # a callable, since the document would offer [] as the text to send otherwise
        metadata={"description": f"what to count the quotes by, comma-separated: {', '.join(enums.FACETS)}"},
    )
    facet_limit = Integer(most=100, load_default=10, metadata={"description": "how many values of each facet to give"})
    facets_exact = Flag(f"let facets count all matches, and not only the newest {FACETED_QUOTES:,}")
    format = Format(*enums.QUOTE_FORMATS)


class QuotePageQuery(QuoteFilters, PageQuery):
    """Which quotes the page for journalists lists, and in which order."""

    sort = Choice(enums.SORTS, "order of the list; undated quotes come last in newest", load_default="newest")


class QuoteExport(QuoteFilters, ExportQuery):
    """Which quotes to export, and in which format."""

    format = ExportFormat(*enums.QUOTE_FORMATS)


class TimelineQuery(QuoteFilters):
    """Which quotes to count, in which intervals, and whether by speaker or publisher too."""

    interval = Choice(enums.INTERVALS, "interval to count the quotes by", load_default="month")
    split = Choice(enums.SPLITS, "count also for each of the most frequent of these")
    limit = Integer(
        most=20, load_default=5, metadata={"description": "how many values of `split` to give, the most frequent first"}
    )
    exact = Flag(f"count all matches, and not only the newest {TIMELINE_QUOTES:,}")


def after(when: When) -> dt.datetime | None:
    """Return the first moment after a day or a moment, or None after the last that there is.

    >>> after(When(dt.datetime(2022, 3, 24, tzinfo=dt.UTC), has_time=False))
    datetime.datetime(2022, 3, 25, 0, 0, tzinfo=datetime.timezone.utc)
    """
    try:
        return when.moment + (dt.timedelta(microseconds=1) if when.has_time else dt.timedelta(days=1))
    except OverflowError:
        return None
