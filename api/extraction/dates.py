"""Find dates that a text states: written out ("March 24, 2022") or relative to its publication ("on Thursday")."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from api.extraction.lexicon import alternatives, word_list
from api.extraction.spans import Span

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_MONTH = (
    r"(?P<month>Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?\.?|July?\.?|Aug(?:ust|\.)?"
    r"|Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)"
)
_DAY = r"(?P<day>[0-3]?[0-9])(?:st|nd|rd|th)?(?!\d)"
_YEAR = r"(?P<year>(?:19|20)\d\d)\b"
_WRITTEN = [
    re.compile(rf"\b{_MONTH}\s+{_DAY}(?:,?\s+{_YEAR})?"),
    re.compile(rf"\b(?<!\d){_DAY}\s+(?:of\s+)?{_MONTH}(?:,?\s+{_YEAR})?"),
    re.compile(r"\b(?P<year>(?:19|20)\d\d)-(?P<month>[01]\d)-(?P<day>[0-3]\d)\b"),
]
_RELATIVE = re.compile(
    r"\b(?:(?P<weekday>(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)|(?P<today>today|tonight|this (?:morning|afternoon|evening))"
    r"|(?P<yesterday>yesterday|last night))\b",
    re.IGNORECASE,
)
_IN_NAME = re.compile(r"[Tt]he (?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day (?!Night|Morning|Afternoon)[A-Z]")
_MAIL_ON = re.compile(r"\bMail on $")
_FUTURE_OR_BOUND = re.compile(r"\b(?:next|coming|by|until|till|before|since|from|every|after|for)\s+$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Dated:
    """A date and the span that states it."""

    span: Span
    date: dt.date


def written(text: str, start: int, end: int) -> Dated | None:
    """Return the date that is written out with its year at `start`, before `end`."""
    for pattern in _WRITTEN:
        match = pattern.match(text, start, end)
        if match and match["year"]:
            date = _date(int(match["year"]), match["month"], int(match["day"]))
            if date:
                return Dated(Span(match.start(), match.end()), date)
    return None


def stated(text: str, start: int, end: int, published: dt.date | None) -> Dated | None:
    """Return the first date in [start, end) on which something reported by `published` can have been said.

    A weekday means the last one on or before `published`, and so does a day without its year. Without `published` only a
    date with its year counts. A future date or a bound ("until Friday", "next Friday") does not count.
    """
    found = []
    for pattern in _WRITTEN:
        for match in pattern.finditer(text, start, end):
            if not _FUTURE_OR_BOUND.search(text, max(0, match.start() - 12), match.start()):
                date = _resolve_written(match, published)
                if date:
                    found.append(Dated(Span(match.start(), match.end()), date))
    for match in _RELATIVE.finditer(text, start, end):
        if _IN_NAME.match(text, max(0, match.start() - 4)) or _MAIL_ON.search(
            text, max(0, match.start() - 8), match.start()
        ):
            continue
        if published and not _FUTURE_OR_BOUND.search(text, max(0, match.start() - 12), match.start()):
            found.append(Dated(Span(match.start(), match.end()), _resolve_relative(match, published)))
    return min(found, key=lambda dated: dated.span, default=None)


def _resolve_written(match: re.Match[str], published: dt.date | None) -> dt.date | None:
    """Return the date of a written match, None where it needs `published` or is no day."""
    day = int(match["day"])
    if match["year"]:
        return _date(int(match["year"]), match["month"], day)
    if published is None:
        return None
    date = _date(published.year, match["month"], day)
    return _date(published.year - 1, match["month"], day) if date is None or date > published else date


def _resolve_relative(match: re.Match[str], published: dt.date) -> dt.date:
    """Return the date of a relative match, on or before `published`."""
    if match["today"]:
        return published
    weekday = match["weekday"]
    back = (published.weekday() - _WEEKDAYS.index(weekday[:3].lower())) % 7 if weekday else 1
    return published - dt.timedelta(days=back) if published.toordinal() > back else published


def _date(year: int, month: str, day: int) -> dt.date | None:
    """Return the date of a year, a month as a number or name, and a day; None if there is no such day."""
    number = int(month) if month.isdigit() else _MONTHS.index(month[:3].lower()) + 1
    try:
        return dt.date(year, number, day)
    except ValueError:  # no such day
        return None


_MAX_DATE_DISTANCE = 60  # code points behind a cue in which a date belongs to it
_MAX_OPENING = 150  # code points of "Speaking on Monday at the opening of the pier, "
_SPEAKING = re.compile(rf"(?:{alternatives(frozenset(map(str.capitalize, word_list('speaking_participles'))))})\b")


def of_saying(
    text: str, sentence: Span, content: tuple[Span, ...], cue: Span, source: Span | None, published: dt.date | None
) -> dt.date | None:
    """Return the date that a sentence ties to the saying.

    It stands in the cue, right behind it, between it and the source, or first in the sentence. Dates inside the content
    never count.
    """
    places = [cue]
    after = min([span.start for span in content if span.start >= cue.end], default=sentence.end)
    places.append(Span(cue.end, min(after, sentence.end, cue.end + _MAX_DATE_DISTANCE)))
    if source and source.end <= cue.start:
        places.append(Span(source.end, cue.start))
    first = min([cue.start, *([source.start] if source else []), *[span.start for span in content]])
    limit = _MAX_OPENING if _SPEAKING.match(text, sentence.start) else _MAX_DATE_DISTANCE // 2
    if first - sentence.start <= limit:
        places.append(Span(sentence.start, first))
    for place in places:
        dated = stated(text, place.start, place.end, published) if place.start < place.end else None
        if dated:
            return dated.date
    return None
