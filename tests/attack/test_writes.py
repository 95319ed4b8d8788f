"""Write through every route in random order: after each request the database is what `verbatim db check` asks for.

Beyond that check, every denormalised column is what its rows give, and each row that was acknowledged can be read.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from api import enums
from api.commands.database import damage_of_indexes, stale_row
from api.database.checks import file_fault
from api.database.engine import reading, writing
from api.extraction import Extraction
from api.http import auth
from api.ingestion import article as intake
from api.ingestion import denormalised
from api.ingestion.article import Prepared
from api.jobs import imports
from api.models import Base, Quote, Tenure
from tests.attack import long, rounds, tried
from tests.commands import run
from tests.ingestion.test_pipeline import url_of

LEASE = dt.timedelta(minutes=5)

# Whole paragraphs, so that articles share texts, speakers and offices. Poe is several people, and one of them an account.
BRIDGE = "“The bridge will open in May,” said Ann Poe, the mayor of Harnby. Poe denied that it was closed on a whim."
LATER = "“The bridge will open in June,” said Ann Poe, the mayor of Harnby. Poe denied that it was closed on a whim."
HARBOUR = "The harbour was full, said Bo Lund, the chair of the Harnby Society. “Ships wait,” Lund added on Monday."
FORMER = (
    "“I would not have closed it,” said former mayor Ann Poe of the Harnby Society, and Bo Lund agreed that it hurt."
)
POST = "Closed again. Bring a coat and a book, it takes an hour. #bridge — Ann Poe (@annpoe) April 19, 2021"
FILLER = (
    "The road to the pier has been under repair since the storm of last winter, and the council has paid for a ferry "
    "that crosses every half hour. Traders on the market square count fewer visitors than in any year before."
)
PARAGRAPHS = (BRIDGE, LATER, HARBOUR, FORMER, POST)
GIVEN: dict[str, Any] = {
    "speakers": [{"name": "Ann Poe", "kind": "person", "handle": None, "mentions": [], "roles": []}],
    "quotes": [
        {
            "kind": "direct", "medium": "speech", "act": "speech", "text": "“The bridge will open in May,”", "said": None,
            "content": [{"exact": "“The bridge will open in May,”"}], "cue": [{"exact": "said"}], "source": [],
            "speaker": 0, "role": None, "confidence": 0.9,
            "evidence": [],
        }
    ],
}  # fmt: skip

texts = st.builds(
    lambda paragraphs, filled: "\n\n".join([*paragraphs, *[FILLER] * filled]),
    st.lists(st.sampled_from(PARAGRAPHS), min_size=1, max_size=2, unique=True),
    st.booleans(),
)
names = st.sampled_from(["Ann Poe", "Anna Poe", "Poe", "Bo Lund", "Ána Pøe", "Harnby Society", "Ann Poe-Lund"])
nothing = st.none()
days = st.sampled_from(["2021-03-01", "2022-07-09", "2022-07-10"])
moments = days | st.just("2022-07-09T23:30:00+02:00") | nothing
ARTICLE: dict[str, st.SearchStrategy[Any]] = {
    "url": st.sampled_from([f"https://courier.example/{n}" for n in range(3)]) | nothing,
    "title": st.sampled_from(["Bridge closed", "Harbour full"]) | nothing,
    "publisher": st.sampled_from(["Courier", "courier", "Herald"]) | nothing,
    "published": moments,
    "author": st.sampled_from(["A. Writer"]) | nothing,
    "language": st.sampled_from(["en"]) | nothing,
}
places = st.lists(
    st.sampled_from([[[0, 8]], [[4, 20]], [[0, 4], [9, 12]], [[31, 35]], [{"exact": "bridge"}], [{"exact": "said"}]]),
    min_size=1, max_size=1,
).map(lambda chosen: chosen[0])  # fmt: skip
rows = st.integers(0, 9)  # which of the stored rows is meant: see Writes.row
QUOTE: dict[str, st.SearchStrategy[Any]] = {
    "speaker": rows | nothing,
    "role": rows | nothing,
    "role_status": st.sampled_from(enums.ROLE_STATUSES),
    "kind": st.sampled_from(enums.KINDS),
    "act": st.sampled_from(enums.ACTS),
    "polarity": st.sampled_from(enums.POLARITIES),
    "said": days | nothing,
    "content": places,
    "cue": places | st.just([]),
    "source": places | st.just([]),
}
SPEAKER: dict[str, st.SearchStrategy[Any]] = {
    "kind": st.sampled_from(enums.SPEAKER_KINDS),
    "name": names,
    "names": st.lists(names, max_size=3),
    "handle": st.sampled_from(["@annpoe", "@AnnPoe", "@lund"]) | nothing,
    "wikidata": st.sampled_from(["Q1", "Q2"]) | nothing,
}
ROLE: dict[str, st.SearchStrategy[Any]] = {
    "title": st.sampled_from(["mayor", "Mayor", "chair", "captain"]),
    "organisation": st.sampled_from(["Harnby Society"]) | nothing,
    "country": st.sampled_from(["EE"]) | nothing,
}
TENURE: dict[str, st.SearchStrategy[Any]] = {
    "speaker": rows,
    "role": rows,
    "status": st.sampled_from(enums.ROLE_STATUSES),
    "started": days | nothing,
    "ended": days | nothing,
}
PUBLISHER: dict[str, st.SearchStrategy[Any]] = {
    "name": st.sampled_from(["Courier", "Herald"]),
    "domain": st.sampled_from(["courier.example", "herald.example"]) | nothing,
}
SEARCH: dict[str, st.SearchStrategy[Any]] = {
    "name": st.just("Bridge"),
    "query": st.sampled_from(["q=bridge", "speaker=Poe"]),
}


def some(of: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Draw a few fields of a noun, for a PATCH."""
    return st.fixed_dictionaries({}, optional=of)


def all_of(of: dict[str, st.SearchStrategy[Any]], *required: str) -> st.SearchStrategy[dict[str, Any]]:
    """Draw the required fields of a noun and a few others, for a POST."""
    optional = {name: value for name, value in of.items() if name not in required}
    return st.fixed_dictionaries({name: of[name] for name in required}, optional=optional)


NEW = [
    ("speakers", all_of(SPEAKER, "kind", "name")),
    ("roles", all_of(ROLE, "title")),
    ("tenures", all_of(TENURE, "speaker", "role")),
    ("publishers", all_of(PUBLISHER, "name")),
    ("searches", all_of(SEARCH, "name", "query")),
]
CHANGES = [
    ("speakers", some(SPEAKER)),
    ("roles", some(ROLE)),
    ("tenures", some(TENURE)),
    ("publishers", some(PUBLISHER)),
    ("searches", some(SEARCH)),
]
DELETABLE = ["articles", "quotes", "quotes", "speakers", "roles", "tenures", "publishers", "searches"]


@dataclass
class Service:
    """An application, a client with a key that may write, and a memory of what the engine found in each text."""

    app: Flask
    client: FlaskClient
    engine: Engine
    found: dict[str, Extraction] = field(default_factory=dict)

    def extract(self, prepared: Prepared) -> Extraction:
        """Extract each text once: the engine depends on nothing but the text and its date."""
        key = repr(sorted(prepared.columns.items(), key=lambda item: item[0]))
        if key not in self.found:
            self.found[key] = intake.extract(prepared)
        return self.found[key]

    def empty(self) -> None:
        """Delete every row but the keys."""
        tables = [table for table in reversed(Base.metadata.sorted_tables) if table.name != "api_key"]
        with self.engine.execution_options(writes=True).begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("TRUNCATE " + ", ".join(f'"{table.name}"' for table in tables)))
                return
            for table in tables:
                connection.execute(table.delete())


@pytest.fixture
def service(app: Flask) -> Service:
    engine = app.extensions["engine"]
    with writing(engine) as session:
        key = auth.new_key(session, "attack", "write")
        session.commit()
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    service = Service(app, client, engine)
    app.extensions["extract"] = service.extract
    return service


def unlike_its_rows(session: Session) -> str | None:
    """Return a quote or tenure whose denormalised columns differ from what its rows give; None if there is none."""
    columns = ("text", "cue", "terms", "names", "publisher_id", "at")
    with session.no_autoflush:
        for quote in session.scalars(select(Quote).order_by(Quote.id)):
            before = [getattr(quote, column) for column in columns]
            context = {(span.start, span.end) for span in quote.spans if span.part == "context"}
            denormalised.complete(quote)
            after = [getattr(quote, column) for column in columns]
            if before != after or context != {(s.start, s.end) for s in quote.spans if s.part == "context"}:
                return f"quote {quote.id} has {before}, and its rows give {after}"
        for tenure in session.scalars(select(Tenure).order_by(Tenure.id)):
            seen = tenure.first_seen, tenure.last_seen
            denormalised.redate_tenure(session, tenure)
            if seen != (tenure.first_seen, tenure.last_seen):
                return f"tenure {tenure.id} was seen {seen}, and its articles say {tenure.first_seen, tenure.last_seen}"
    session.rollback()
    return None


class Writes(RuleBasedStateMachine):
    """Requests that write, one after the other. `stored` are the ids of the rows of each noun that were acknowledged."""

    def __init__(self, service: Service) -> None:
        super().__init__()
        self.service = service
        self.stored: dict[str, set[int]] = {}
        service.empty()

    def send(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        headers = {"If-Match": "*"} if method in ("PATCH", "DELETE") else {}
        given = {"json": body} if body is not None else {}
        answer = self.service.client.open(f"/v1/{path}", method=method, headers=headers, **given, **more)
        assert answer.status_code < 500, (method, path, body, answer.get_json(force=True))
        return answer

    def row(self, noun: str, number: int) -> int:
        """Return the id of a stored row of a noun, or one that is not stored if there is none."""
        table = Base.metadata.tables[{"searches": "search"}.get(noun, noun.removesuffix("s"))]
        with reading(self.service.engine) as session:
            ids = session.scalars(select(table.c.id).order_by(table.c.id)).all()
        return ids[number % len(ids)] if ids else 999_999

    def referring(self, body: dict[str, Any]) -> dict[str, Any]:
        """Replace numbers by the ids of stored rows."""
        nouns = {"speaker": "speakers", "role": "roles", "article": "articles"}
        return {k: self.row(nouns[k], v) if k in nouns and type(v) is int else v for k, v in body.items()}

    def post(self, noun: str, body: dict[str, Any]) -> None:
        answer = self.send("POST", noun, body)
        if answer.status_code == 201:
            self.stored.setdefault(noun, set()).add(answer.json["id"])

    def patch(self, noun: str, number: int, body: dict[str, Any]) -> None:
        self.send("PATCH", f"{noun}/{self.row(noun, number)}", body)

    def delete(self, noun: str, number: int) -> None:
        row = self.row(noun, number)
        if self.send("DELETE", f"{noun}/{row}").status_code != 204:
            return
        self.stored.get(noun, set()).discard(row)
        if noun == "articles":  # its quotes are gone with it, and the tenures that only it proved
            for taken in ("quotes", "tenures"):
                self.stored[taken] = {n for n in self.stored.get(taken, set()) if self.answers(taken, n)}
        if noun == "quotes" and not self.answers(noun, row):
            self.stored[noun].discard(row)

    def answers(self, noun: str, row: int) -> bool:
        return bool(self.send("GET", f"{noun}/{row}").status_code == 200)

    @initialize()
    def begin(self) -> None:
        for number, words in enumerate((f"{BRIDGE}\n\n{FILLER}", FORMER)):
            self.post(
                "articles", {"text": words, "url": f"https://courier.example/{number}", "published": "2022-07-09"}
            )

    @rule(words=texts, more=some(ARTICLE))
    def store_an_article(self, words: str, more: dict[str, Any]) -> None:
        self.post("articles", {"text": words} | more)

    @rule(more=some(ARTICLE))
    def store_an_article_with_its_quotes(self, more: dict[str, Any]) -> None:
        self.post("articles", {"text": BRIDGE} | GIVEN | more)

    @rule(records=st.lists(st.tuples(texts, some(ARTICLE)), min_size=1, max_size=2), dry=st.booleans())
    def import_articles(self, records: list[tuple[str, dict[str, Any]]], dry: bool) -> None:
        body = "".join(json.dumps({"text": words} | more) + "\n" for words, more in records)
        path = f"imports?dry_run={str(dry).lower()}"
        answer = self.send("POST", path, data=body, content_type="application/x-ndjson")
        while imports.work(self.service.engine, LEASE, extract=self.service.extract):
            pass
        progress = self.send("GET", f"imports/{answer.json['id']}").json
        assert progress["state"] == "done"
        assert sum(progress["counts"].values()) == len(records)

    @rule(new=st.one_of([st.tuples(st.just(noun), body) for noun, body in NEW]))
    def add_a_row(self, new: tuple[str, dict[str, Any]]) -> None:
        noun, body = new
        self.post(noun, self.referring(body))

    @rule(number=rows, change=st.one_of([st.tuples(st.just(noun), body) for noun, body in CHANGES]))
    def change_a_row(self, number: int, change: tuple[str, dict[str, Any]]) -> None:
        noun, body = change
        self.patch(noun, number, self.referring(body))

    @rule(number=rows, body=some({name: SPEAKER[name] for name in ("name", "names", "handle")}))
    def rename_a_speaker(self, number: int, body: dict[str, Any]) -> None:
        self.patch("speakers", number, body)

    @rule(number=rows, body=some(ARTICLE))
    def change_an_article(self, number: int, body: dict[str, Any]) -> None:
        self.patch("articles", number, body)

    @rule(article=rows, body=all_of(QUOTE, "kind", "content"))
    def add_a_quote(self, article: int, body: dict[str, Any]) -> None:
        self.post("quotes", self.referring({"article": article} | body))

    @rule(number=rows, body=some(QUOTE | {"status": st.sampled_from(enums.SETTABLE_STATUSES)}))
    def correct_a_quote(self, number: int, body: dict[str, Any]) -> None:
        self.patch("quotes", number, self.referring(body))

    @rule(number=rows, noun=st.sampled_from(DELETABLE))
    def delete_a_row(self, number: int, noun: str) -> None:
        self.delete(noun, number)

    @rule(number=rows)
    def replace_a_secret(self, number: int) -> None:
        self.send("POST", f"searches/{self.row('searches', number)}/secret")

    @invariant()
    def nothing_is_stale(self) -> None:
        engine = self.service.engine
        with engine.connect() as connection:
            faults = [file_fault(connection)]
        with writing(engine) as session:
            faults.append(damage_of_indexes(session))
        with reading(engine) as session:
            faults.append(stale_row(session))
        with writing(engine) as session:
            faults.append(unlike_its_rows(session))
        assert not any(faults), faults

    def teardown(self) -> None:
        for noun, ids in self.stored.items():
            for row in sorted(ids):
                assert self.answers(noun, row), (noun, row)


QUICK = settings(
    max_examples=5,
    stateful_step_count=14,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def attacked(service: Service, how: settings) -> None:
    class OnService(Writes):
        def __init__(self) -> None:
            super().__init__(service)

    run_state_machine_as_test(OnService, settings=how)


def test_after_any_writes_the_database_is_consistent(service: Service) -> None:
    attacked(service, QUICK)
    result = run("db", "check", url=url_of(service.engine))
    assert result.exit_code == 0, result.output


@long
def test_after_any_writes_for_long(service: Service) -> None:
    requests = 0
    for _ in rounds(0.15):
        attacked(service, settings(QUICK, max_examples=25, stateful_step_count=30, derandomize=False))
        requests += 25 * 30
    tried(
        f"about {requests:,} random writes in runs of 30, each followed by db check, on {service.engine.dialect.name}"
    )
