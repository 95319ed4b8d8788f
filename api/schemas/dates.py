"""How answers write moments and publication dates."""

from __future__ import annotations

import datetime as dt
from typing import Any


def rfc3339(moment: dt.datetime) -> str:
    """Return a moment as RFC 3339 in UTC, with a fraction only where it has one: 2022-03-24T18:00:00Z."""
    return moment.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def publication_date(article: Any) -> dt.date | None:
    """Return when an article, or a revision of it, was published: a moment, or a date where only that is known.

    Takes whatever has `published` and `published_has_time`.
    """
    moment: dt.datetime | None = article.published
    return moment if moment is None or article.published_has_time else moment.date()
