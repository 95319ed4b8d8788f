"""A sample for tests of output: two articles with one text, and three quotes."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Engine

from api.database.engine import writing
from api.ingestion import denormalised, duplicates
from api.models import Article, Quote, QuoteSpan, Role
from tests import factory

TEXT = (
    "🟠 On Monday “We will 🌉 build,” Ann Poe, the former mayor, said, “and\nsoon.” "
    "Rain fell. It was cold, the office thought."
)


def span(words: str) -> tuple[int, int]:
    """Return where these words stand in TEXT."""
    start = TEXT.index(words)
    return start, start + len(words)


def quote(article: Article, *contents: str, cue: str = "said", source: str = "", **columns: Any) -> Quote:
    """Return a quote of these contents, cue and source, all of them words of TEXT."""
    spans = [
        QuoteSpan(part=part, position=position, start=start, end=end)
        for part, words in (("content", contents), ("cue", (cue,)), ("source", (source,)))
        for position, (start, end) in enumerate(span(word) for word in words if word)
    ]
    row = factory.quote(article=article, spans=spans, confidence=0.5, **columns)
    denormalised.complete(row)
    return row


def fill(engine: Engine) -> None:
    """Store two articles with TEXT.

    The first has every column, and two quotes: one with all columns, and one of a speaker without a role. The second article
    and its quote have no optional column.
    """
    with writing(engine) as session:
        ann, office = factory.speaker("Ann Poe"), factory.speaker("Rain Office", kind="organisation")
        mayor = Role.of("mayor", "Harnby", None)
        article = factory.article(
            TEXT,
            url="https://wire.example/1?a=b&c=d",
            title="=1+1",
            author="Bo Li",
            language="en",
            published=dt.datetime(2024, 5, 14, tzinfo=dt.UTC),
            publisher=factory.publisher("@Wire"),
        )
        bare = factory.article(TEXT)
        session.add_all([article, bare])
        session.flush()
        session.add(
            quote(article, "“We will 🌉 build,”", "“and\nsoon.”", source="Ann Poe", speaker=ann, role=mayor,
                  role_status="former", said=dt.date(2024, 5, 13), evidence=[{"span": [27, 34], "rule": "full name"}])
        )  # fmt: skip
        session.flush()
        session.add(quote(article, "It was cold", cue="thought", kind="indirect", speaker=office))
        session.flush()
        session.add(quote(bare, "Rain fell"))
        session.flush()
        duplicates.compare_missing(session, [article.id, bare.id])
        session.commit()
