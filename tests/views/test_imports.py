"""Import over HTTP: records of each format, their outcomes, and reasons for those that fail."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine, event, func, select, update
from sqlalchemy.exc import DBAPIError, OperationalError
from werkzeug.test import TestResponse

from api.config import Settings
from api.database.engine import make_engine, reading, writing
from api.database.locks import lock_identity
from api.extraction import Extraction
from api.ingestion import article
from api.ingestion.article import Prepared
from api.jobs import imports
from api.jobs.imports.leases import MAX_SILENCE, NEAR_RECORDS, give_back, take
from api.jobs.imports.receive import BATCH_RECORDS
from api.jobs.imports.worker import MAX_LEASES, import_leased
from api.models import Article, Import, ImportItem, Quote, now
from api.sources.readers import Record
from tests.answers import problem
from tests.foreign import FOREIGN

LEASE = dt.timedelta(minutes=5)
NDJSON = "application/x-ndjson"
TEXT = "“The bridge will open in May,” said Ann Poe, the mayor of Harnby."
OTHER = "“The bridge will not open,” said Ann Poe, the mayor of Harnby."


def ndjson(*records: Any) -> bytes:
    return b"".join(
        (record if isinstance(record, bytes) else json.dumps(record).encode()) + b"\n" for record in records
    )


def send(client: FlaskClient, body: bytes, form: str = NDJSON, query: str = "", **headers: str) -> TestResponse:
    return client.post(f"/v1/imports{query}", data=body, content_type=form, headers=headers)


def done(client: FlaskClient, body: bytes, form: str = NDJSON, query: str = "", **headers: str) -> dict[str, Any]:
    """Send an import, work until nothing is left of it, and read it."""
    response = send(client, body, form, query, **headers)
    assert response.status_code == 202, response.json
    worked(client.application)
    return read(client, response.headers["Location"])


def worked(app: Flask) -> None:
    while imports.work(app.extensions["engine"], LEASE):
        pass


def read(client: FlaskClient, path: str) -> dict[str, Any]:
    response = client.get(path)
    assert response.status_code == 200, response.json
    assert isinstance(response.json, dict)
    return response.json


def rows(app: Flask, table: type[Any]) -> int:
    with reading(app.extensions["engine"]) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def counts(new: int = 0, unchanged: int = 0, failed: int = 0, changed: int = 0, not_english: int = 0) -> dict[str, int]:
    return {"new": new, "unchanged": unchanged, "changed": changed, "failed": failed, "not_english": not_english}


def test_an_import_from_beginning_to_end(writer: FlaskClient, app: Flask) -> None:
    response = send(writer, ndjson({"text": TEXT, "url": "https://a.example/1"}, b"no", {"text": OTHER}))
    queued = response.json
    assert (response.status_code, queued["state"], queued["total"]) == (202, "queued", 3)
    assert queued["received"]
    path = response.headers["Location"]
    assert read(writer, path)["counts"] == counts(failed=1)
    worked(app)
    found = read(writer, path)
    assert (found["state"], found["counts"], found["estimate"]) == ("done", counts(new=2, failed=1), 0)
    assert found["quotes"] == {"new": 2, "changed": 0, "gone": 0}
    assert found["rate"] > 0
    assert found["problem"] is None
    items = read(writer, f"{path}/items")["items"]
    assert [(item["line"], item["state"], item["article"] is None) for item in items] == [
        (1, "new", False), (2, "failed", True), (3, "new", False)]  # fmt: skip
    assert read(writer, f"/v1/articles/{items[0]['article']}")["url"] == items[0]["url"] == "https://a.example/1"
    failed = read(writer, f"{path}/items?state=failed")["items"]
    assert [(item["line"], item["problem"]["status"], item["problem"]["detail"]) for item in failed] == [
        (2, 400, "not JSON: Expecting value (column 1).")]  # fmt: skip
    assert [listed["id"] for listed in read(writer, "/v1/imports")["items"]] == [found["id"]]
    assert rows(app, Article) == 2


def test_reports_articles_in_another_language(writer: FlaskClient, app: Flask) -> None:
    path = send(writer, ndjson({"text": FOREIGN["de"]}, {"text": OTHER}, {"text": TEXT, "language": "fr"})).headers[
        "Location"
    ]
    worked(app)
    assert read(writer, path)["counts"] == counts(new=3, not_english=2)
    notes = [item["note"] for item in read(writer, f"{path}/items")["items"]]
    assert notes[0].startswith("This text is in German (de). Verbatim reads English only")
    assert notes[1] is None
    assert "French (fr)" in notes[2]


FORMS: list[tuple[str, bytes, dict[str, str]]] = [
    (NDJSON, ndjson({"text": TEXT}, {"text": OTHER}), {}),
    ("application/json", json.dumps([{"text": TEXT}, {"text": OTHER}]).encode(), {}),
    ("application/json; charset=utf-8", json.dumps([{"text": TEXT}, {"text": OTHER}]).encode(), {}),
    ("text/csv", f'text,url\n"{TEXT}",\n"{OTHER}",https://a.example/1\n'.encode(), {}),
    (NDJSON, gzip.compress(ndjson({"text": TEXT}, {"text": OTHER})), {"Content-Encoding": "gzip"}),
]


@pytest.mark.parametrize(("form", "body", "headers"), FORMS)
def test_imports_each_format(writer: FlaskClient, form: str, body: bytes, headers: dict[str, str]) -> None:
    found = done(writer, body, form, **headers)
    assert (found["state"], found["counts"]) == ("done", counts(new=2))


def test_importing_again_changes_nothing(writer: FlaskClient, app: Flask) -> None:
    body = ndjson({"text": TEXT, "url": "https://a.example/1"}, {"text": OTHER})
    first, second = done(writer, body), done(writer, body)
    assert (first["counts"], second["counts"]) == (counts(new=2), counts(unchanged=2))
    assert second["quotes"]["new"] == 0
    assert rows(app, Article) == 2
    items = read(writer, f"/v1/imports/{second['id']}/items")["items"]
    assert [item["article"] is None for item in items] == [False, False]


URL = "https://a.example/1"
BAD_ITEMS: list[tuple[Any, str, str]] = [
    ({"title": "A"}, "invalid", "Give either text or html."),
    ({"text": ""}, "invalid", "/text: "),
    ({"text": "... !"}, "invalid", "/text: the text has no words."),
    ({"text": "a\0"}, "invalid", "/text: "),
    ({"text": "a\ud800"}, "invalid", "/text: "),
    ({"text": "A.", "url": "ftp://x"}, "invalid", "/url: "),
    ({"text": "A.", "url": "https://é.example/"}, "invalid", "/url: "),
    ({"text": "A.", "url": "https://a.example/\0"}, "invalid", "/url: "),
    ({"text": "A.", "published": "soon"}, "invalid", "/published: "),
    ({"text": "A.", "titel": "x"}, "invalid", "/titel: There is no such field. There are: "),
    ({"html": "<p></p>"}, "invalid", "/html: "),
    (b'{"text": "A.", "\\ud800": 1}', "invalid", "/\ufffd: There is no such field. There are: "),
    (b'{"text": "A.", "quotes": [{"\\udfff": {"\\ud800": 1}}]}', "invalid", "/quotes/0/"),
    *(
        (b'{"a": %s%s}' % (b"[" * depth, b"]" * depth), "bad-request", "not read: JSON that")
        for depth in (64, 970, 1_023)
    ),
    ({f"x{number}": 1 for number in range(101)}, "invalid", "Has more than 100 fields."),
    (b"[1]", "bad-request", "not a JSON object."),
    (b'{"text": "\xe9"}', "bad-request", "not UTF-8 (byte 11)."),
]


def test_bad_records_fail_and_all_others_are_stored(writer: FlaskClient, app: Flask) -> None:
    good = {"text": TEXT, "url": URL}
    found = done(writer, ndjson(good, *(bad for bad, _, _ in BAD_ITEMS), good, {"text": OTHER}))
    assert found["counts"] == counts(new=2, unchanged=1, failed=len(BAD_ITEMS))
    failed = read(writer, f"/v1/imports/{found['id']}/items?state=failed&limit=100")["items"]
    for number, ((_, name, detail), item) in enumerate(zip(BAD_ITEMS, failed, strict=True), 2):
        assert item["line"] == number
        assert item["problem"]["type"] == f"urn:verbatim:problem:{name}"
        assert item["problem"]["detail"].startswith(detail), item
    assert rows(app, Article) == 2


MORE = f"{TEXT} “Bring coats,” she added."


def test_a_known_url_with_another_text_is_a_revision(writer: FlaskClient) -> None:
    done(writer, ndjson({"text": TEXT, "url": URL}))
    for query in ("?dry_run=true", ""):
        found = done(writer, ndjson({"text": OTHER, "url": URL}), query=query)
        assert found["counts"] == counts(changed=1)
        assert found["quotes"] == {"new": 0, "changed": 1, "gone": 0}
        (item,) = read(writer, f"/v1/imports/{found['id']}/items")["items"]
        assert (item["state"], item["article"], item["problem"]) == ("changed", 1, None)
        assert read(writer, "/v1/articles/1")["text"] == (OTHER if query == "" else TEXT)
    assert done(writer, ndjson({"text": MORE, "url": URL}))["quotes"] == {"new": 1, "changed": 1, "gone": 0}
    assert done(writer, ndjson({"text": "It rained.", "url": URL}))["quotes"] == {"new": 0, "changed": 0, "gone": 2}


def test_texts_of_one_url_become_revisions_in_their_order(writer: FlaskClient, app: Flask) -> None:
    """Make a record wait for earlier ones of its URL, however many workers there are."""
    engine = app.extensions["engine"]
    texts = [TEXT, OTHER, MORE, OTHER]
    path = send(writer, ndjson(*({"text": text, "url": URL} for text in texts), {"text": OTHER})).headers["Location"]
    others: list[bool] = []
    assert imports.work(engine, LEASE, more=lambda: others.append(imports.work(engine, LEASE)))
    assert others == [False]
    assert read(writer, path)["counts"] == counts(new=2)
    worked(app)
    assert read(writer, path)["counts"] == counts(new=2, changed=2, unchanged=1)
    revisions = read(writer, "/v1/articles/1/revisions")["items"]
    assert [read(writer, item["href"])["text"] for item in revisions] == [MORE, OTHER, TEXT]


def test_retries_failed_records(writer: FlaskClient, app: Flask) -> None:
    found = send(writer, ndjson({"text": TEXT, "url": URL}, b"no")).json
    with writing(app.extensions["engine"]) as session:  # as of one over which workers died
        session.execute(update(ImportItem).values(tries=MAX_LEASES))
        session.commit()
    worked(app)
    path = f"/v1/imports/{found['id']}"
    assert read(writer, path)["counts"] == counts(failed=2)
    again = writer.post(f"{path}/retry")
    assert (again.status_code, again.json["state"], again.json["counts"]) == (202, "queued", counts(failed=1))
    worked(app)
    found = read(writer, path)
    assert (found["state"], found["counts"]) == ("done", counts(new=1, failed=1))


def test_dry_run_reports_changes_and_stores_nothing(writer: FlaskClient, app: Flask) -> None:
    done(writer, ndjson({"text": TEXT}))
    before = [rows(app, table) for table in (Article, Quote)]
    found = done(writer, ndjson({"text": TEXT}, {"text": OTHER}, b"no"), query="?dry_run=true")
    assert (found["dry_run"], found["counts"]) == (True, counts(new=1, unchanged=1, failed=1))
    assert found["quotes"] == {"new": 1, "changed": 0, "gone": 0}
    assert [rows(app, table) for table in (Article, Quote)] == before
    items = read(writer, f"/v1/imports/{found['id']}/items")["items"]
    assert [item["article"] for item in items] == [1, None, None]


def test_cancels_and_deletes(writer: FlaskClient, app: Flask) -> None:
    path = send(writer, ndjson({"text": TEXT}, b"no")).headers["Location"]
    problem(writer.delete(path), 428, "if-match-required")
    problem(writer.delete(path, headers={"If-Match": '"x"'}), 412, "stale")
    assert writer.delete(path, headers={"If-Match": writer.get(path).headers["ETag"]}).status_code == 204
    worked(app)
    found = read(writer, path)
    assert (found["state"], found["counts"], rows(app, Article)) == ("cancelled", counts(failed=1), 0)
    problem(writer.post(f"{path}/retry"), 409, "conflict")
    assert writer.delete(path, headers={"If-Match": "*"}).status_code == 204
    problem(writer.get(path), 404, "not-found")
    assert rows(app, ImportItem) == 0


def test_a_large_import_is_changed_in_blocks(writer: FlaskClient, app: Flask) -> None:
    """Cancel, retry and forget in blocks: no statement changes more than one, and all records are changed."""
    engine: Engine = app.extensions["engine"]
    changed: list[int] = []

    def count(_connection: Any, cursor: Any, statement: str, *_more: Any) -> None:
        if statement.startswith(("DELETE FROM import_item", "UPDATE import_item")):
            changed.append(cursor.rowcount)

    def sizes(act: Callable[..., None], import_id: int) -> list[int]:
        """Act in blocks of two records, and return how many each statement changed."""
        changed.clear()
        event.listen(engine, "after_cursor_execute", count)
        with writing(engine) as session:
            act(session, import_id, block=2)
        event.remove(engine, "after_cursor_execute", count)
        return changed

    path = send(writer, ndjson(*[{"text": TEXT, "title": 7}] * 5, {"text": OTHER})).headers["Location"]
    worked(app)
    assert read(writer, path)["counts"] == counts(new=1, failed=5)
    for act, state, total in ((imports.retry, "queued", 6), (imports.cancel, "cancelled", 1)):
        assert sizes(act, 1) == [2, 2, 1]
        found = read(writer, path)
        assert (found["state"], found["counts"], found["total"]) == (state, counts(new=1), total)
    send(writer, ndjson(*[b"{"] * 5))
    worked(app)
    assert sizes(imports.forget, 2) == [2, 2, 1]
    assert (rows(app, ImportItem), rows(app, Import)) == (1, 1)


def test_completes_a_partial_cancellation(writer: FlaskClient, app: Flask) -> None:
    """Complete a cancellation whose process died, so that the import still has records."""
    engine = app.extensions["engine"]
    path = send(writer, ndjson({"text": TEXT})).headers["Location"]
    with writing(engine) as session:
        session.execute(update(Import).values(state="cancelled"))
        session.commit()
    assert not imports.work(engine, LEASE)
    imports.tend(engine)
    assert (read(writer, path)["state"], read(writer, path)["total"]) == ("cancelled", 0)


def test_an_import_without_records_is_done(writer: FlaskClient) -> None:
    assert send(writer, b"").json["state"] == "done"


class Breaking(io.RawIOBase):
    """Break a body off, as a connection that ends does."""

    def __init__(self, start: bytes) -> None:
        self.start = io.BytesIO(start)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        chunk = self.start.read(len(buffer))
        if not chunk:
            raise ConnectionResetError
        buffer[: len(chunk)] = chunk
        return len(chunk)


@pytest.mark.parametrize("raises", [False, True], ids=["ends", "raises"])
def test_a_truncated_body_cancels_the_import(writer: FlaskClient, app: Flask, raises: bool) -> None:
    start = ndjson(*[{"text": TEXT}] * (BATCH_RECORDS + 1)) + b'{"te'  # so that some of it is stored when it breaks off
    stream = Breaking(start) if raises else io.BytesIO(start)
    broken = {"wsgi.input": stream, "CONTENT_LENGTH": "1000000", "CONTENT_TYPE": NDJSON}
    response = writer.post("/v1/imports", environ_overrides=broken)
    assert "broke off" in problem(response, 400, "bad-request")["detail"]
    worked(app)
    (found,) = read(writer, "/v1/imports")["items"]
    assert (found["state"], found["received"], rows(app, Article)) == ("cancelled", None, 0)
    assert "broke off" in found["problem"]["detail"]


@pytest.mark.parametrize(
    ("body", "form", "headers", "status", "name"),
    [
        (b"{}", "text/plain", {}, 415, "unsupported-media-type"),
        (b"{}", "", {}, 415, "unsupported-media-type"),
        (b"text\nA.", "text/csv; charset=windows-1252", {}, 415, "unsupported-media-type"),
        (b"{}", NDJSON, {"Content-Encoding": "br"}, 415, "unsupported-media-type"),
        (b"{}\n" * 1000, NDJSON, {}, 413, "too-large"),
    ],
)
def test_refuses_requests(
    writer: FlaskClient, app: Flask, body: bytes, form: str, headers: dict[str, str], status: int, name: str
) -> None:
    app.config["SETTINGS"] = Settings(import_limit=2000)
    problem(send(writer, body, form, **headers), status, name)
    begun = [found["state"] for found in read(writer, "/v1/imports")["items"]]
    assert begun == (["cancelled"] if status == 413 else [])
    problem(writer.post("/v1/imports?dry_run=perhaps", data=b"{}", content_type=NDJSON), 422, "invalid")


@pytest.mark.parametrize(
    ("packed", "reason"),
    [
        (gzip.compress(ndjson({"text": TEXT}))[:-9], "the gzip data break off before their end."),
        (b"plain", "not gzip: "),
    ],
    ids=["cut off", "plain"],
)
def test_damaged_gzip_is_a_failed_record(writer: FlaskClient, packed: bytes, reason: str) -> None:
    found = done(writer, packed, **{"Content-Encoding": "gzip"})
    assert (found["state"], found["counts"]["failed"]) == ("done", 1)
    (item,) = read(writer, f"/v1/imports/{found['id']}/items?state=failed")["items"]
    assert item["problem"]["detail"].startswith(reason)


def test_an_idempotency_key_imports_once(writer: FlaskClient, app: Flask) -> None:
    body, key = ndjson({"text": TEXT}), {"Idempotency-Key": "k1"}
    first, again = send(writer, body, **key), send(writer, body, **key)
    assert (first.status_code, again.status_code, again.json) == (202, 202, first.json)
    assert again.headers["Idempotent-Replayed"] == "true"
    problem(send(writer, ndjson({"text": OTHER}), **key), 422, "idempotency-key-reused")
    assert rows(app, Import) == 1


def test_importing_needs_a_key_that_may_write(client: FlaskClient, app: Flask) -> None:
    problem(send(client, ndjson({"text": TEXT})), 401, "unauthorized")
    assert rows(app, Import) == 0


def test_a_worker_with_an_expired_lease_stores_nothing(writer: FlaskClient, app: Flask) -> None:
    """Lease the record again while its first worker still reads it. The article and outcome are the later worker's."""
    engine = app.extensions["engine"]
    path = send(writer, ndjson({"text": TEXT, "url": URL})).headers["Location"]
    slow = take(engine, dt.timedelta(seconds=-1))
    assert imports.work(engine, LEASE)
    import_leased(engine, slow)
    found = read(writer, path)
    assert (found["state"], found["counts"], rows(app, Article)) == ("done", counts(new=1), 1)
    # and where nothing was stored by the other one yet
    path = send(writer, ndjson({"text": OTHER})).headers["Location"]
    slow = take(engine, dt.timedelta(seconds=-1))
    take(engine, LEASE)
    import_leased(engine, slow)
    assert (read(writer, path)["counts"], rows(app, Article)) == (counts(), 1)


def test_many_texts_of_one_url_do_not_block_others(writer: FlaskClient, app: Flask) -> None:
    texts = [{"text": f"{TEXT} {number}", "url": URL} for number in range(NEAR_RECORDS + 5)]
    send(writer, ndjson(*texts, {"text": OTHER}))
    taken = [take(app.extensions["engine"], LEASE) for _ in range(3)]
    assert [[item.line for item in items] for items in taken] == [[1], [len(texts) + 1], []]


def test_a_poison_record_fails(writer: FlaskClient, app: Flask) -> None:
    path = send(writer, ndjson({"text": TEXT})).headers["Location"]
    for _ in range(MAX_LEASES):
        assert take(app.extensions["engine"], dt.timedelta(seconds=-1))
    worked(app)
    assert read(writer, path)["counts"] == counts(failed=1)


def test_only_the_poison_record_fails(writer: FlaskClient, app: Flask) -> None:
    """Isolate the records that a worker held when it died."""
    path = send(writer, ndjson({"text": TEXT}, {"text": OTHER})).headers["Location"]
    engine = app.extensions["engine"]
    dead = [[item.line for item in take(engine, dt.timedelta(seconds=-1))] for _ in range(MAX_LEASES)]
    assert dead == [[1, 2], *[[1]] * (MAX_LEASES - 1)]
    worked(app)
    assert read(writer, path)["counts"] == counts(new=1, failed=1)


def test_a_living_worker_keeps_its_leases(writer: FlaskClient, app: Flask) -> None:
    """Whatever a record takes. A worker that died would lose it after one lease."""
    path = send(writer, ndjson({"text": TEXT}, {"text": OTHER})).headers["Location"]
    engine, lease = app.extensions["engine"], dt.timedelta(seconds=1)
    stolen: list[Any] = []

    def slowly(prepared: Prepared) -> Extraction:
        time.sleep(2.5)
        stolen.extend(take(engine, LEASE))
        return article.extract(prepared)

    assert imports.work(engine, lease, extract=slowly)
    assert (stolen, read(writer, path)["counts"]) == ([], counts(new=2))
    with reading(engine) as session:
        assert session.scalars(select(ImportItem.tries)).all() == [1, 1]


def test_what_the_database_does_not_answer_counts_for_no_try(writer: FlaskClient, app: Flask) -> None:
    path = send(writer, ndjson({"text": TEXT}, {"text": OTHER})).headers["Location"]
    engine = app.extensions["engine"]

    def lose(_prepared: Prepared) -> Extraction:
        raise OperationalError("SELECT 1", None, Exception("the connection was lost"))

    def explode(_prepared: Prepared) -> Extraction:
        raise KeyboardInterrupt

    for _ in range(MAX_LEASES):
        with pytest.raises(OperationalError):
            imports.work(engine, LEASE, extract=lose)
        with pytest.raises(KeyboardInterrupt):
            imports.work(engine, LEASE, extract=explode)
    assert read(writer, path)["counts"] == counts()
    worked(app)
    assert read(writer, path)["counts"] == counts(new=2)


def items_of(client: FlaskClient, path: str) -> list[tuple[str, str | None]]:
    """Return the state of each record, and the detail of its problem."""
    return [(item["state"], (item["problem"] or {}).get("detail")) for item in read(client, f"{path}/items")["items"]]


def test_what_is_never_answered_waits_alone_and_fails_in_the_end(writer: FlaskClient, app: Flask) -> None:
    path = send(writer, ndjson({"text": OTHER}, {"text": TEXT})).headers["Location"]
    engine = app.extensions["engine"]

    def time_out(prepared: Prepared) -> Extraction:
        if prepared.columns["text"] == OTHER:
            raise OperationalError("SELECT 1", None, Exception("out of time"))
        return article.extract(prepared)

    def work() -> None:
        with suppress(OperationalError):
            imports.work(engine, LEASE, extract=time_out)

    work()
    says = "The database did not answer when this record was to be stored: out of time. It is tried again until 20"
    assert [(state, str(detail)[: len(says)]) for state, detail in items_of(writer, path)] == [("queued", says)] * 2
    with writing(engine) as session:  # it has been so for five minutes: it is tried now and then, and others come first
        session.execute(update(ImportItem).values(unanswered=now() - dt.timedelta(minutes=5)))
        session.commit()
    work()
    work()
    waits, stored = items_of(writer, path)
    assert (waits[0], str(waits[1])[: len(says)], stored) == ("queued", says, ("new", None))
    assert not imports.work(engine, LEASE)
    with writing(engine) as session:
        session.execute(update(ImportItem).values(unanswered=now() - dt.timedelta(hours=25), leased=None))
        session.commit()
    work()
    imports.tend(engine)
    says = "For 24 hours the database did not answer when this record was to be stored: out of time."
    assert items_of(writer, path) == [("failed", says), ("new", None)]
    assert (read(writer, path)["state"], read(writer, path)["counts"]) == ("done", counts(new=1, failed=1))
    assert writer.post(f"{path}/retry").status_code == 202
    worked(app)
    assert items_of(writer, path) == [("new", None), ("new", None)]


@contextmanager
def unreachable(engine: Engine) -> Iterator[None]:
    """Have the database refuse all connections, and end those that there are."""
    if engine.dialect.name == "sqlite":
        file = Path(str(engine.url.database))
        away = file.rename(file.with_suffix(".away"))
        yield
        away.rename(file)
        return
    name = engine.url.database
    admin = create_engine(engine.url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        connection.exec_driver_sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        yield
        connection.exec_driver_sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    admin.dispose()


@pytest.mark.parametrize("taken_by_others", [False, True])
def test_leases_that_could_not_be_given_back_count_for_no_try(
    writer: FlaskClient, app: Flask, taken_by_others: bool
) -> None:
    """They are given back once the database answers, also if another worker has taken the records since."""
    path = send(writer, ndjson({"text": TEXT})).headers["Location"]
    engine = app.extensions["engine"]
    other = make_engine(app.config["SETTINGS"])
    short = dt.timedelta(milliseconds=50)
    for _ in range(MAX_LEASES + 1):
        with ExitStack() as lost, pytest.raises(DBAPIError):
            imports.work(engine, short if taken_by_others else LEASE, lambda: lost.enter_context(unreachable(engine)))
        if taken_by_others:
            time.sleep(0.1)  # until the lease has run out
            give_back(other, take(other, LEASE), counted=False)
    worked(app)
    assert read(writer, path)["counts"] == counts(new=1)
    other.dispose()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_held_lock_fails_no_record(database_url: str) -> None:
    settings = Settings(database_url=database_url, statement_timeout=1)
    engine = make_engine(settings)
    import_id = imports.begin(engine, dry_run=False, by=None)
    imports.receive(engine, import_id, [Record(1, 100, {"text": TEXT}), Record(2, 100, {"text": OTHER})])
    with writing(engine) as session:
        imports.complete(session, import_id)
        session.commit()
    with writing(engine) as holder:
        lock_identity(holder)
        for _ in range(MAX_LEASES + 1):
            with pytest.raises(OperationalError):
                imports.work(engine, dt.timedelta(seconds=1))
    while imports.work(engine, LEASE):
        pass
    with reading(engine) as session:
        assert session.scalars(select(ImportItem.state)).all() == ["new", "new"]
    engine.dispose()


def test_an_abandoned_upload_is_cancelled(app: Flask, client: FlaskClient) -> None:
    engine = app.extensions["engine"]
    import_id = imports.begin(engine, dry_run=False, by=None)
    assert imports.tend(engine)
    assert read(client, f"/v1/imports/{import_id}")["state"] == "queued"
    with writing(engine) as session:
        session.get_one(Import, import_id).updated -= MAX_SILENCE
        session.commit()
    imports.tend(engine)
    found = read(client, f"/v1/imports/{import_id}")
    assert (found["state"], found["problem"]["type"]) == ("cancelled", "urn:verbatim:problem:bad-request")
    assert not imports.tend(engine)
