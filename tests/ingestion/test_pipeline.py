"""Odd records through every way in: the odd one fails with its reason, and all others land, everywhere alike."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import html
import io
import json
import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, Engine, func, select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm.exc import StaleDataError

from api.commands.imports import outcomes
from api.config import Settings
from api.database.engine import writing
from api.extraction import Extraction
from api.ingestion import article as intake
from api.ingestion import pipeline
from api.ingestion.article import Prepared
from api.ingestion.pipeline import Failure
from api.ingestion.store import Stored
from api.jobs import imports
from api.models import Article, Feed, ImportItem, Speaker
from api.sources import feeds
from api.sources.files import read_articles
from api.sources.web import Web
from tests.commands import run, start
from tests.web import Page, site

LEASE = dt.timedelta(minutes=5)
GOOD = "“The bridge will open in May,” said Ann Poe, the mayor of Harnby."
COLUMNS = ("text", "html", "url", "title", "author", "published", "language")
ALSO_GOOD = "Bo Lund, the chair of the Harnby Society, said the harbour was full."
QUOTE = {
    "kind": "direct", "medium": "speech", "act": "speech", "text": "“It rained,”", "said": None, "content": [[0, 12]],
    "cue": [], "source": [], "speaker": None, "role": None, "confidence": 0.9, "evidence": [],
}  # fmt: skip


def extract(prepared: Prepared) -> Extraction:
    """Extract as the engine does, but for texts that say what is to go wrong with them."""
    words = prepared.columns["text"]
    if "Explode." in words:
        raise ArithmeticError("it exploded")
    found = intake.extract(prepared)
    more: dict[str, Any] = {}
    if "Break a constraint." in words:
        more = {"kind": "guessed"}
    if "Break a row." in words:
        more = {"content": (), "cue": (), "source": ()}
    return dataclasses.replace(found, quotes=tuple(dataclasses.replace(quote, **more) for quote in found.quotes))


class Odd(NamedTuple):
    """A record that fails: what is odd about it beside a good text, the problem's name, and a part of the reason."""

    fields: dict[str, Any]
    problem: str
    reason: str

    @property
    def record(self) -> dict[str, Any]:
        return {name: value for name, value in ({"text": GOOD} | self.fields).items() if value is not ...}

    @property
    def is_plain(self) -> bool:
        """Return True if a row of CSV and the lines of a .txt file can hold it."""
        values = self.record.values()
        fits = {"text"} <= {*self.record} <= {*COLUMNS} or {*self.record} == {"html"}
        return fits and all(isinstance(value, str) and value.isprintable() for value in values)


WRITTEN = [  # fail as they stand
    Odd({"text": 7}, "invalid", "Not a string."),
    Odd({"text": None}, "invalid", "May not be null."),
    Odd({"text": ...}, "invalid", "text or html"),
    Odd({"text": ..., "html": "<p>Nothing.</p>"}, "invalid", "no article text was found in the HTML"),
    Odd({"text": "... !"}, "invalid", "the text has no words"),
    Odd({"text": "It rained\0."}, "invalid", "Has a NUL."),
    Odd({"text": "It rained \ud800."}, "invalid", "Has half of a surrogate pair"),
    Odd({"title": ["x"]}, "invalid", "Not a string."),
    Odd({"title": "\udfff"}, "invalid", "Has half of a surrogate pair"),
    Odd({"author": {"name": "x"}}, "invalid", "Not a string."),
    Odd({"url": f"https://a.example/{'x' * 10_000}"}, "invalid", "Has 10,018 characters; at most 2,000 are taken."),
    Odd({"url": "https://a.example/\ud800"}, "invalid", "Not an http or https URL"),
    Odd({"url": "ftp://a.example/"}, "invalid", "Not an http or https URL"),
    Odd({"url": 7}, "invalid", "Not a string."),
    Odd({"published": "2022-02-30"}, "invalid", "Not a date"),
    Odd({"published": "0000-00-00"}, "invalid", "Not a date"),
    Odd({"published": "99999-01-01"}, "invalid", "Not a date"),
    Odd({"published": "0001-01-01T00:00:00+14:00"}, "invalid", "Not a date"),
    Odd({"published": 20220324}, "invalid", "Not a date"),
    Odd({"language": "English, mostly"}, "invalid", "Not a language tag"),
    Odd({"titel": "x"}, "invalid", "There is no such field. There are: url, "),
    Odd({"\0": "x", "\ud800": "y"}, "invalid", "There is no such field. There are: url, "),
    Odd({"quotes": 7, "speakers": []}, "invalid", "Not a list."),
    Odd({"quotes": [7], "speakers": []}, "invalid", "Not an object."),
    Odd({"text": "“It snowed,” said Ann.", "quotes": [QUOTE], "speakers": []}, "invalid", "not the words at `content`"),
    Odd({"text": "It rained.", "title": "Refused"}, "", "the database refused it"),
]
ARRANGED = [  # fail by the extraction above
    Odd({"text": f"{GOOD} Explode."}, "internal", "it exploded"),
    Odd({"text": f"{GOOD} Break a constraint."}, "conflict", "the database refused it"),
    Odd({"text": f"{GOOD} Break a row."}, "internal", "an error of Verbatim's"),
]
ODD = WRITTEN + ARRANGED

SQLITE = ["CREATE TRIGGER refuse BEFORE INSERT ON article WHEN NEW.title = 'Refused' "
          "BEGIN SELECT RAISE(ABORT, 'no such title'); END"]  # fmt: skip
POSTGRESQL = [
    "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no such title'; END $$",
    "CREATE TRIGGER refuse BEFORE INSERT ON article FOR EACH ROW WHEN (NEW.title = 'Refused') EXECUTE FUNCTION refuse()",
]


@pytest.fixture(autouse=True)
def refusing(engine: Engine) -> Iterator[None]:
    """Have the database refuse every article with the title "Refused"."""
    on_sqlite = engine.dialect.name == "sqlite"

    def execute(statements: Sequence[str]) -> None:
        connection: Connection
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))

    execute(SQLITE if on_sqlite else POSTGRESQL)
    yield
    if not on_sqlite:  # where all tests share one database
        execute(["DROP FUNCTION refuse() CASCADE"])


def is_as_told(odd: Odd, problem: str, said: str) -> bool:
    """Return whether a failure is the one expected. Of an internal error only a terminal is told the reason."""
    # SQLite's triggers fail as its constraints do.
    expected = {odd.problem} if odd.problem else {"conflict", "internal"}
    reasons = {"invalid": odd.reason, "conflict": "The database refused it", "internal": "The error has been logged"}
    return problem in expected and reasons[problem] in said


def check_landed(engine: Engine) -> None:
    """Check that both good articles were stored whole, and nothing of the odd ones."""
    with writing(engine) as session:
        assert sorted(session.scalars(select(Article.text))) == sorted([GOOD, ALSO_GOOD])
        assert sorted(session.scalars(select(Speaker.name))) == ["Ann Poe", "Bo Lund"]


def mixed(odd: Sequence[Odd]) -> list[dict[str, Any]]:
    """Return the odd records between two good ones."""
    return [{"text": GOOD, "url": "https://a.example/1"}, *(each.record for each in odd), {"text": ALSO_GOOD}]


def test_post(writer: FlaskClient, app: Flask) -> None:
    app.extensions["extract"] = extract
    first, *answers, last = [
        writer.post("/v1/articles", data=json.dumps(record), content_type="application/json") for record in mixed(ODD)
    ]
    assert (first.status_code, last.status_code) == (201, 201)
    for odd, answer in zip(ODD, answers, strict=True):
        problem = answer.get_json(force=True)
        assert is_as_told(odd, problem["type"].rpartition(":")[2], problem["detail"]), (odd, problem)
    check_landed(app.extensions["engine"])


@pytest.mark.parametrize(
    ("error", "status", "problem", "retry_after"),
    [
        (OperationalError("SELECT 1", None, Exception("the connection was lost")), 503, "unavailable", "5"),
        (NoConnection("all connections of the pool are in use"), 503, "unavailable", "5"),
        (StaleDataError("the row has another version"), 412, "stale", None),
        (IntegrityError("INSERT", None, Exception("another row has the key")), 409, "conflict", None),
        (ArithmeticError("it exploded"), 500, "internal", None),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_post_answers_errors_by_their_kind(
    writer: FlaskClient, app: Flask, error: Exception, status: int, problem: str, retry_after: str | None
) -> None:
    def fail(_prepared: Prepared) -> Extraction:
        raise error

    app.extensions["extract"] = fail
    answer = writer.post("/v1/articles", json={"text": GOOD})
    assert (answer.status_code, answer.headers.get("Retry-After")) == (status, retry_after)
    assert answer.get_json(force=True)["type"].rpartition(":")[2] == problem


def test_worker(writer: FlaskClient, app: Flask) -> None:
    engine = app.extensions["engine"]
    body = "".join(json.dumps(record) + "\n" for record in mixed(ODD))
    path = writer.post("/v1/imports", data=body, content_type="application/x-ndjson").headers["Location"]
    while imports.work(engine, LEASE, extract=extract):
        pass
    first, *items, last = writer.get(f"{path}/items?limit=100").get_json()["items"]
    assert (first["state"], last["state"]) == ("new", "new")
    for odd, item in zip(ODD, items, strict=True):
        problem = item["problem"]
        assert item["state"] == "failed", odd
        assert is_as_told(odd, problem["type"].rpartition(":")[2], problem["detail"]), (odd, problem)
    check_landed(engine)
    with writing(engine) as session:
        kept = select(func.count()).where(ImportItem.state == "failed", ImportItem.record.is_not(None))
        assert session.scalar(kept) == len(ODD)


def ndjson(folder: Path, odd: Sequence[Odd]) -> list[Path]:
    path = folder / "all.ndjson"
    path.write_text("".join(json.dumps(record) + "\n" for record in mixed(odd)))
    return [path]


def json_list(folder: Path, odd: Sequence[Odd]) -> list[Path]:
    path = folder / "all.json"
    path.write_text(json.dumps(mixed(odd)))
    return [path]


def table(folder: Path, odd: Sequence[Odd]) -> list[Path]:
    lines = io.StringIO()
    rows = csv.DictWriter(lines, COLUMNS)
    rows.writeheader()
    rows.writerows(mixed(odd))
    path = folder / "all.csv"
    path.write_text(lines.getvalue())
    return [path]


def one_each(folder: Path, odd: Sequence[Odd]) -> list[Path]:
    paths = []
    for number, record in enumerate(mixed(odd)):
        form = "html" if "html" in record else "txt"
        path = folder / f"{number:02}.{form}"
        header = "".join(f"{name}: {value}\n" for name, value in record.items() if name not in ("text", "html"))
        path.write_text(record.get("html") or f"{header}\n{record['text']}".lstrip())
        paths.append(path)
    return paths


PLAIN = [odd for odd in ODD if odd.is_plain]
assert len(PLAIN) > 5


@pytest.mark.parametrize(
    ("written", "odd", "jobs"),
    [(ndjson, ODD, 1), (ndjson, ODD, 2), (json_list, ODD, 1), (table, PLAIN, 1), (one_each, PLAIN, 1)],
)
def test_import(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: Any, odd: list[Odd], jobs: int
) -> None:
    monkeypatch.setenv("DATABASE_URL", url_of(engine))  # of the processes that extract
    records = (record for path in written(tmp_path, odd) for record in read_articles(path))
    became = [outcome for _, outcome in outcomes(engine, records, jobs, extract=extract)]
    for expected, outcome in zip(odd, became[1:-1], strict=True):
        assert isinstance(outcome, Failure), expected
        assert expected.reason in outcome.reason, (expected, outcome)
        assert "\n" not in outcome.reason
    assert [isinstance(each, Stored) and each.outcome for each in (became[0], became[-1])] == ["new", "new"]
    check_landed(engine)


def url_of(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False).replace("postgresql+psycopg://", "postgresql://")


def test_import_command(engine: Engine, tmp_path: Path) -> None:
    """Say of each record in a dry run what a run does."""
    [path] = ndjson(tmp_path, WRITTEN)
    counts = f"{len(WRITTEN) + 2} articles: 2 new, 0 changed, 0 unchanged, {len(WRITTEN)} failed"
    for more, said in (["--dry-run"], " (a dry run: nothing was stored)"), ([], ""):
        result = run("import", path, *more, url=url_of(engine))
        assert (result.exit_code, result.stdout) == (1, f"{counts}; 2 new quotes{said}\n")
        reasons = [line for line in result.stderr.splitlines() if line.startswith(str(path))]
        for odd, line in zip(WRITTEN, reasons, strict=True):
            assert odd.reason in line
    check_landed(engine)


def test_watch(engine: Engine, tmp_path: Path) -> None:
    [path] = ndjson(tmp_path, WRITTEN)
    pipe = subprocess.PIPE
    environment = os.environ | {"DATABASE_URL": url_of(engine), "PYTHONUNBUFFERED": "1"}
    with start("watch", tmp_path, "--every", "0.3", stdout=pipe, stderr=pipe, env=environment) as process:
        assert process.stdout
        counts = process.stdout.readline().decode()
        os.killpg(process.pid, signal.SIGINT)
        _, stderr = process.communicate()
    assert counts == f"{path}: 2 new, 0 changed, 0 unchanged, {len(WRITTEN)} failed\n"
    reasons = [line for line in stderr.decode().splitlines() if line.startswith(str(path))]
    for odd, line in zip(WRITTEN, reasons, strict=True):
        assert odd.reason in line
    check_landed(engine)


# Items of a feed, and part of the reason why each fails. Its own content is the article where it is long enough.
ENTRIES = [
    ("<title>Bare</title>", "it has neither a link nor content"),
    ("<title>Empty</title><content:encoded>&lt;p&gt;&lt;/p&gt;</content:encoded>", "no article text was found"),
    ("<title>Marks</title>{... !}", "the text has no words"),
    (f"<title>Long</title><link>http://127.0.0.1/{'x' * 10_000}</link>", "it has neither a link nor content"),
    ("<title>Refused</title>{It rained.}", "the database refused it"),
    (f"<title>a</title>{{{GOOD} Explode.}}", "it exploded"),
    (f"<title>b</title>{{{GOOD} Break a constraint.}}", "the database refused it"),
    (f"<title>c</title>{{{GOOD} Break a row.}}", "an error of Verbatim's"),
]
LANDING = [f"<title>d</title><pubDate>Mon, 99 Foo 99999 99:99:99</pubDate>{{{GOOD}}}", f"{{{ALSO_GOOD}}}"]


def test_feed(engine: Engine) -> None:
    def item(markup: str) -> str:
        before, brace, words = markup.partition("{")
        page = html.escape(f"<p>{words.removesuffix('}')}</p>")
        return f"<item>{before}<content:encoded>{page}</content:encoded></item>" if brace else f"<item>{markup}</item>"

    items = "".join(map(item, [LANDING[0], *(markup for markup, _ in ENTRIES), LANDING[1]]))
    body = (
        f'<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>{items}</channel></rss>'
    )
    with site() as here:
        here.pages["/feed"] = Page(body.encode(), "application/rss+xml")
        with writing(engine) as session:
            feed = Feed(url=f"{here.url}/feed")
            session.add(feed)
            session.commit()
        web = Web(Settings(fetch="on", fetch_private=("127.0.0.1/32",)))
        last, *odd, first = list(feeds.poll(engine, web, feed.id, pause=0.0, extract=extract))
    assert [(each.became, each.failed) for each in (first, last)] == [("new", False)] * 2
    for (markup, reason), outcome in zip(reversed(ENTRIES), odd, strict=True):
        assert outcome.failed, markup
        assert reason in outcome.became
    check_landed(engine)


def test_a_database_that_does_not_answer_is_no_fault_of_a_record() -> None:
    def lost(_batch: Sequence[str]) -> list[str]:
        raise OperationalError("SELECT 1", None, Exception("the connection was lost"))

    with pytest.raises(OperationalError):
        pipeline.isolate(lost, ["a", "b"])
    with pytest.raises(OperationalError):
        pipeline.isolate(lost, ["a"])


@pytest.mark.parametrize(
    ("batch", "calls", "results"),
    [
        ("", [], ""),
        ("a", ["a"], "A"),
        ("abc", ["abc"], "ABC"),
        ("axb", ["axb", "a", "x", "b"], "A!B"),
        ("x", ["x"], "!"),
    ],
)
def test_isolate(batch: str, calls: list[str], results: str) -> None:
    called = []

    def shout(records: Sequence[str]) -> list[str]:
        called.append("".join(records))
        if "x" in records:
            raise ValueError("x cannot be shouted")
        return [record.upper() for record in records]

    became = pipeline.isolate(shout, list(batch))
    assert called == calls
    assert "".join("!" if isinstance(each, Failure) else each for each in became) == results
