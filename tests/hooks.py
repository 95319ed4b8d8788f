"""Steps of the tests of webhooks: save searches, store quotes, run a worker, and read what was delivered."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, insert, update

from api.config import Settings
from api.database.engine import writing
from api.jobs import webhooks
from api.models import Delivery, Quote, Search, now
from tests import ROOT, factory
from tests.web import Site

LEASE = dt.timedelta(minutes=5)
API = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
POE = "“The cost of living will fall,” said Ann Poe, the mayor of Harnby."
LUND = "“Living in Harnby has its cost,” said Bo Lund, the chair of the Harnby Society."


def allowed(database_url: str) -> Settings:
    """Return settings that let webhooks reach the server of the tests."""
    return Settings(database_url=database_url, webhooks="on", fetch_private=("127.0.0.0/8",), fetch_seconds=2)


def save(client: FlaskClient, here: Site, **query: Any) -> dict[str, Any]:
    body = {"name": "Cost of living", "query": urlencode(query), "webhook": f"{here.url}/hook"}
    response = client.post("/v1/searches", json=body)
    assert response.status_code == 201, response.json
    assert isinstance(response.json, dict)
    return response.json


def store(client: FlaskClient, text: str, **fields: Any) -> list[int]:
    """Store an article. Return the ids of its quotes."""
    response = client.post("/v1/articles", json={"text": text, **fields})
    assert response.status_code == 201, response.json
    return [quote["id"] for quote in response.json["quotes"]]


def work(app: Flask) -> bool:
    """Do what a worker does when it is woken. Return True if something was sent."""
    return webhooks.work(app.extensions["engine"], app.extensions["background"].web, LEASE, lambda _: None)


def worked(app: Flask) -> None:
    while work(app):
        pass


def delivered(here: Site) -> list[list[int]]:
    """Return the ids of the quotes in each request that the receiver got."""
    return [[item["id"] for item in json.loads(body)["items"]] for _, _, body in here.posted]


def deliveries(client: FlaskClient, search_id: int = 1, query: str = "") -> list[dict[str, Any]]:
    response = client.get(f"/v1/searches/{search_id}/deliveries{query}")
    assert response.status_code == 200, response.json
    return list(response.json["items"])


def hurry(app: Flask) -> None:
    """Make all deliveries and searches due now."""
    with writing(app.extensions["engine"]) as session:
        session.execute(update(Delivery).values(due=now()))
        session.execute(update(Search).values(due=now(), updated=Search.updated))
        session.commit()


def change(client: FlaskClient, path: str, **fields: Any) -> dict[str, Any]:
    response = client.patch(path, json=fields, headers={"If-Match": "*"})
    assert response.status_code == 200, response.json
    assert isinstance(response.json, dict)
    return response.json


def fill(engine: Engine, many: int) -> list[int]:
    """Store `many` quotes by one statement, as an import does. Return their ids."""
    with writing(engine) as session:
        article = factory.article("x")
        session.add(article)
        session.flush()
        row = {"article_id": article.id, "role_status": "held", "kind": "direct", "medium": "speech", "act": "speech",
               "text": "“Costs rise,”", "cue": "", "confidence": 1.0, "evidence": [], "status": "extracted",
               "terms": "cost rise", "names": ""}  # fmt: skip
        ids = session.scalars(insert(Quote).returning(Quote.id), [row] * many).all()
        session.commit()
    return list(ids)


def receivers_example() -> Callable[[str, dict[str, str], bytes], bool]:
    """Return the function of docs/api.md that checks the signature in the headers of a request."""
    [block] = re.findall(r"^```python\n(.*?)^```", API, re.MULTILINE | re.DOTALL)
    found: dict[str, Any] = {}
    exec(block, found)
    return found["verified"]  # type: ignore[no-any-return]  # what it is the documentation says
