"""A database of quotes, tenures and dates that overlap in every way, and what tests ask of it over HTTP."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any
from urllib.parse import urlencode

from flask.testing import FlaskClient
from sqlalchemy import Engine

from api.database.engine import writing
from api.models import Role, Tenure
from tests import factory

QUOTES = 240


def fill(engine: Engine) -> None:
    """Store 240 quotes of five speakers and of nobody, in five roles, from 2019 to 2023 or of no date."""
    chance = random.Random(7)
    with writing(engine) as session:
        courier = factory.publisher("The Baltic Courier", "courier.example")
        wire = factory.publisher("Señal", "senal.example")
        speakers = [factory.speaker(name) for name in ("Märta Ilves", "José Ruiz", "Ann Poe", "Bo Lund", "Juhan Saar")]
        roles = [
            Role.of("Mayor", "Harnby", "GB"),
            Role.of("Minister", None, "EE"),
            Role.of("Minister", None, "LV"),
            Role.of("Chair", "Harbour Board", "EE"),
            Role.of("Chair", "Harnby Society"),
        ]
        session.add_all([courier, wire, *speakers, *roles])
        session.flush()
        for holder in speakers:
            for role in chance.sample(roles, 3):
                for status in chance.sample(("held", "acting", "former"), chance.choice((1, 1, 2))):
                    first = dt.date(2019, 1, 1) + dt.timedelta(chance.randrange(1200))
                    dates = {"first_seen": first, "last_seen": first + dt.timedelta(chance.randrange(900))}
                    if chance.random() < 0.3:
                        dates = {"started": first}
                    session.add(Tenure(speaker=holder, role=role, status=status, **dates))
        for number in range(QUOTES):
            speaker = chance.choice([*speakers, *speakers, None])
            at = dt.datetime(2019, 1, 1, tzinfo=dt.UTC) + dt.timedelta(hours=chance.randrange(5 * 365 * 24))
            words = f"Bridge number {number}" + (" and the harbour" if chance.random() < 0.5 else "")
            article = factory.article(words, publisher=chance.choice([courier, wire, wire, None]))
            session.add(
                factory.quote(
                    words,
                    speaker,
                    article,
                    at=None if number % 12 == 0 else at,
                    role=chance.choice([*roles, None, None, None]) if speaker else None,
                    role_status=chance.choice(["held", "held", "acting", "former"]),
                    kind=chance.choice(["direct", "mixed", "indirect"]),
                    act=chance.choice(["speech", "speech", "speech", "attitude"]),
                    cue=chance.choice(["said", "said", "called for", "had warned", ""]),
                    status=chance.choice(["extracted", "extracted", "confirmed", "rejected"]),
                )
            )
        session.commit()


def get(client: FlaskClient, path: str = "", /, **query: Any) -> Any:
    response = client.get(f"/v1/quotes{path}?{urlencode(query)}")
    assert response.status_code == 200, response.json
    return response.json


ASKED: list[dict[str, Any]] = [
    {},
    {"q": "harbour"},
    {"q": "bridge -harbour"},
    {"q": "zebra"},
    {"speaker": "ilves"},
    {"speaker": "Saar", "from": "2020-03-01", "to": "2022-06-30"},
    {"role": "minister"},
    {"role": "minister", "country": "EE"},
    {"country": "EE"},
    {"organisation": "harbour board"},
    {"role": "chair", "q": "harbour country:EE"},
    {"q": "role:minister harbour"},
    {"q": "role:minister country:EE"},
    {"q": "country:EE OR country:GB"},
    {"q": "role:chair OR harbour -country:LV"},
    {"publisher": "senal", "kind": "direct", "cue": "said"},
    {"act": "any", "status": "any"},
    {"q": "said:2021 harbour", "sort": "relevance"},
]
