"""An article about a harbour, with two quotes, for the tests of quotes over HTTP."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Engine

from api.database.engine import writing
from api.ingestion import denormalised
from api.models import QuoteSpan, Role
from tests import factory

TEXT = (
    "The council met on Monday. “We will not sell the harbour,” said Mayor Märta Ilves. “Not this year,” she added. "
    "Others kept silent.\n\nJosé Ruiz 😀 of the port fears that ice will return."
)
SOLD, YEAR = "“We will not sell the harbour,”", "“Not this year,”"

Same = tuple[FlaskClient, dict[str, int]]


def spans(*words: str) -> list[list[int]]:
    """Return where these words stand in TEXT."""
    return [[TEXT.index(each), TEXT.index(each) + len(each)] for each in words]


def fill(engine: Engine) -> dict[str, int]:
    """Store the article, a quote of two spans, an attitude, two speakers and two roles. Return the id of each by a name."""
    with writing(engine) as session:
        article = factory.article(
            TEXT,
            url="https://courier.example/1",
            title="Article 1",
            publisher=factory.publisher("Baltic Courier", "courier.example"),
            published=dt.datetime(2022, 3, 22, tzinfo=dt.UTC),
        )
        ilves, ruiz = factory.speaker("Märta Ilves"), factory.speaker("José Ruiz")
        mayor, captain = Role.of("Mayor"), Role.of("Captain", "Harbour Board", "EE")
        session.add_all([article, ilves, ruiz, mayor, captain])
        session.flush()
        ids = {"article": article.id, "ilves": ilves.id, "ruiz": ruiz.id, "mayor": mayor.id, "captain": captain.id}
        columns: dict[str, dict[str, Any]] = {
            "quote": {"speaker": ilves, "role": mayor, "said": dt.date(2022, 3, 21)},
            "fear": {"speaker": ruiz, "kind": "indirect", "act": "attitude"},
        }
        parts = {
            "quote": {"content": [SOLD, YEAR], "cue": ["said", "added"], "source": ["Mayor Märta Ilves"]},
            "fear": {"content": ["that ice will return"], "cue": ["fears"], "source": ["José Ruiz"]},
        }
        for key in columns:
            rows = [
                QuoteSpan(part=part, position=position, start=start, end=end)
                for part, words in parts[key].items()
                for position, (start, end) in enumerate(spans(*words))
            ]
            evidence = [{"span": spans("Märta Ilves")[0], "rule": "name"}]
            quote = factory.quote(article=article, spans=rows, evidence=evidence, **columns[key])
            denormalised.complete(quote)
            session.add(quote)
            session.flush()
            ids[key] = quote.id
        session.commit()
    return ids


def new(ids: dict[str, int], **more: Any) -> dict[str, Any]:
    """Return the body of a request that adds a quote to the article."""
    return {"article": ids["article"], "content": spans("Others kept silent"), "kind": "indirect"} | more


def found(client: FlaskClient, query: str) -> list[int]:
    """Return the ids of the quotes that a query finds."""
    response = client.get(f"/v1/quotes?{query}")
    assert response.status_code == 200, response.json
    return [item["id"] for item in response.json["items"]]
