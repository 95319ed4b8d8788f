"""Values as pages write them: days, numbers, safe links, and links to the exact words in a source's own page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from urllib.parse import quote, urlsplit

from api.models import Role, Tenure
from api.models.quote import title_then

# A text fragment names short words whole, and of longer ones the first and the last few: a browser looks for less.
WHOLE_WORDS = 12
ENDS = 5
MAX_FRAGMENTS = 4  # spans of one quote that a link marks


def day(when: dt.date | dt.datetime | str | None) -> str:
    """Return a day for people, in UTC.

    >>> day("2024-05-04T05:00:00Z"), day(dt.date(2022, 3, 24)), day(None)
    ('4 May 2024', '24 Mar 2022', '')
    """
    if when is None:
        return ""
    date = dt.date.fromisoformat(when[:10]) if isinstance(when, str) else when
    return f"{date.day} {date:%b %Y}" if date.year >= 1000 else date.isoformat()[:10]


def number(value: int) -> str:
    """Return a number with commas between thousands.

    >>> number(12500)
    '12,500'
    """
    return f"{value:,}"


def plural(count: int, one: str, many: str = "") -> str:
    """Return a count with its noun.

    >>> plural(1, "quote"), plural(2000, "quote"), plural(2, "copy", "copies")
    ('1 quote', '2,000 quotes', '2 copies')
    """
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def office(tenure: Tenure) -> str:
    """Return the office of a tenure as people write it: "prime minister (EE)", "former mayor, Harnby"."""
    role: Role = tenure.role
    of = f", {role.organisation}" if role.organisation else ""
    return f"{title_then(role.title, tenure.status)}{of}{f' ({role.country})' if role.country else ''}"


def safe_url(url: str | None) -> str | None:
    """Return a URL that a link may have, or None for one of another scheme than http and https.

    >>> safe_url("https://courier.example/a"), safe_url("javascript:alert(1)"), safe_url(None)
    ('https://courier.example/a', None, None)
    """
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None


def to_words(url: str | None, passages: Sequence[str]) -> str | None:
    """Return the URL of a source's page with these passages marked, by text fragments; None where the URL is not safe.

    https://wicg.github.io/scroll-to-text-fragment/ has the syntax. A comma, a hyphen and an ampersand have a meaning there.

    >>> to_words("https://courier.example/a", ["We will close it, we said"])
    'https://courier.example/a#:~:text=We%20will%20close%20it%2C%20we%20said'
    >>> to_words("https://courier.example/a#top", ["one two three four five six seven eight nine ten eleven twelve thirteen"])
    'https://courier.example/a#top:~:text=one%20two%20three%20four%20five,nine%20ten%20eleven%20twelve%20thirteen'
    """
    if (url := safe_url(url)) is None:
        return None
    found = [fragment for words in passages[:MAX_FRAGMENTS] if (fragment := _fragment(words.split()))]
    if not found:
        return url
    return f"{url}{'' if '#' in url else '#'}:~:{'&'.join(f'text={each}' for each in found)}"


def _fragment(words: Sequence[str]) -> str:
    if len(words) <= WHOLE_WORDS:
        return _encoded(words)
    return f"{_encoded(words[:ENDS])},{_encoded(words[-ENDS:])}"


def _encoded(words: Sequence[str]) -> str:
    return quote(" ".join(words), safe="").replace("-", "%2D")
