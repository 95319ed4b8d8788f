"""Rows for tests: publishers, speakers, articles and quotes with what every row needs, not added to any session yet."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

from api.folding import fold, terms
from api.models import Article, Publisher, Quote, QuoteSpan, Speaker
from api.models.quote import UNDATED


def publisher(name: str, domain: str | None = None) -> Publisher:
    """Return a publisher."""
    return Publisher(name=name, folded=fold(name), domain=domain)


def speaker(name: str, *others: str, kind: str = "person", handle: str | None = None) -> Speaker:
    """Return a speaker with these names, of which the first is the main one."""
    made = Speaker(kind=kind, handle=handle)
    made.call(name, others)
    return made


def article(text: str = "Yes", **columns: Any) -> Article:
    """Return an article with this text."""
    text_hash = hashlib.sha256(text.encode()).hexdigest()
    given = {"text_hash": text_hash, "engine": "tests", "terms": terms(columns.get("title") or "", text), **columns}
    return Article(text=text, **given)


def quote(
    words: str = "Yes",
    speaker: Speaker | None = None,
    article: Article | None = None,
    *,
    at: str | dt.datetime | None = None,
    **columns: Any,
) -> Quote:
    """Return a quote of these words, direct speech if not said otherwise.

    Without an article it is the whole text of one of its own. `at` is the moment when it was said, in UTC if it is
    written in ISO 8601. Without it the quote is undated.
    """
    moment = dt.datetime.fromisoformat(at).replace(tzinfo=dt.UTC) if isinstance(at, str) else at
    given = {"kind": "direct", "medium": "speech", "act": "speech", "status": "extracted", "confidence": 0.9, **columns}
    return Quote(
        article=_article(words) if article is None else article,
        speaker=speaker,
        text=words,
        terms=terms(words),
        names=speaker.indexed if speaker else "",
        at=moment or UNDATED,
        **{"spans": [QuoteSpan(part="content", position=0, start=0, end=len(words))], **given},
    )


_article = article  # a parameter of `quote` has the name
