"""Charts as numbers that templates draw as SVG: quotes over time."""

from __future__ import annotations

import calendar
import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from api.pages import texts
from api.pages.asked import Asked
from api.search import timeline
from api.search.request import QuoteSearch

# Bars that still can be told apart and hit on a telephone. More months than that become years.
MAX_BARS = 120
MIN_MONTHS = 3  # a shorter time is shown by days
HEIGHT = 100  # of the chart, in its own units; a bar is 1 wide
LEAST = 3  # height of a bar for one quote beside very many


@dataclass(frozen=True, slots=True)
class Bar:
    """An interval of a chart: its place and height, what it is, and the search for its quotes."""

    x: int
    height: float
    label: str
    count: int
    first: dt.date
    last: dt.date
    href: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Quotes over time. says: the chart in words. complete: whether all quotes were counted."""

    bars: list[Bar]
    says: str
    complete: bool

    @property
    def ticks(self) -> list[str]:
        """Return the labels below: the first, the one in the middle and the last."""
        labels = [bar.label for bar in self.bars]
        if len(labels) < MIN_MONTHS:
            return labels
        return [labels[0], labels[len(labels) // 2], labels[-1]]


def over_time(session: Session, search: QuoteSearch, asked: Asked) -> Chart | None:
    """Return the quotes of a search by day, month or year, whichever suits; None where fewer than two bars come of it."""
    try:
        line = timeline.count(session, search, "month")
        if 0 < len(line.items) < MIN_MONTHS:
            line, interval = timeline.count(session, search, "day"), "day"
        elif len(line.items) > MAX_BARS:
            line, interval = replace(line, items=_years(line)), "year"
        else:
            interval = "month"
    except timeline.TooManyNumbers:
        line, interval = timeline.count(session, search, "year"), "year"
    if len(line.items) < 2:
        return None
    bars = _bars(line.items, interval, lambda first, last: asked.more(_from=first, to=last).href())
    most = max(line.items, key=lambda bucket: bucket.count)
    says = f"Quotes by {interval}, from {_label(bars[0].first, interval)} to {_label(bars[-1].first, interval)}. "
    says += f"Most {'on' if interval == 'day' else 'in'} {_label(most.start, interval)}: {texts.number(most.count)}."
    return Chart(bars, says, line.complete)


def _years(line: timeline.Timeline) -> list[timeline.Bucket]:
    """Return a timeline of months by years. Where older quotes were not counted, leave out a year counted in part."""
    years: Counter[int] = Counter()
    for bucket in line.items:
        years[bucket.start.year] += bucket.count
    if not line.complete and line.items[0].start.month > 1:
        del years[line.items[0].start.year]
    return [timeline.Bucket(dt.date(year, 1, 1), count) for year, count in sorted(years.items())]


def _bars(buckets: Sequence[timeline.Bucket], interval: str, href: Callable[[dt.date, dt.date], str]) -> list[Bar]:
    most = max(bucket.count for bucket in buckets) or 1
    bars = []
    for x, (first, count) in enumerate((bucket.start, bucket.count) for bucket in buckets):
        height = max(LEAST, round(HEIGHT * count / most, 1)) if count else 0
        last = _last(first, interval)
        bars.append(Bar(x, height, _label(first, interval), count, first, last, href(first, last)))
    return bars


def _last(first: dt.date, interval: str) -> dt.date:
    """Return the last day of an interval."""
    if interval == "day":
        return first
    if interval == "month":
        return first.replace(day=calendar.monthrange(first.year, first.month)[1])
    return first.replace(month=12, day=31)


def _label(first: dt.date, interval: str) -> str:
    if interval == "day":
        return texts.day(first)
    return f"{first:%b} {first.year}" if interval == "month" else str(first.year)
