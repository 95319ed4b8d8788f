"""Webhooks: which quotes are delivered, when and how often, and what becomes of it when things go wrong."""

from __future__ import annotations

import datetime as dt
import json
import socket
import time
from threading import Event, Thread

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from api.config import Settings
from api.database.engine import reading, writing
from api.jobs import webhooks
from api.models import Article, Delivery, Search, now
from api.output import change_log as changes
from tests import factory
from tests.answers import problem
from tests.commands import run
from tests.hooks import LEASE, LUND, POE, allowed, change, delivered, deliveries, fill, hurry, save, store, work, worked
from tests.web import Page, Raw, Site, site


@pytest.fixture
def settings(database_url: str) -> Settings:
    return allowed(database_url)


TEXTS = {
    "poe": POE,
    "lund": LUND,
    "role": "“Prices fall,” said Mari Maasikas, the prime minister of Estonia.",
    "indirect": "Bo Lund, the chair of the Harnby Society, said the harbour was full.",
    "handle": "The costs of living rose.\n\n“We live at the cost of others,” said Ann Poe, the mayor of Harnby.",
}


MATCHES: list[tuple[dict[str, str], set[str]]] = [
    ({"q": '"cost of living"'}, {"poe"}),
    ({"q": "cost living"}, {"poe", "lund", "handle"}),
    ({"q": "“costs of living”"}, {"poe"}),
    ({"q": "cost -others"}, {"poe", "lund"}),
    ({"q": "pric*"}, {"role"}),
    ({"q": "speaker:Poe cost"}, {"poe", "handle"}),
    ({"q": "... !?"}, set()),
    ({"speaker": "Lund"}, {"lund", "indirect"}),
    ({"speaker": "Lundt", "match": "exact"}, set()),
    ({"country": "EE"}, {"role"}),
    ({"role": "prime minister", "q": "said:2024"}, {"role"}),
    ({"kind": "indirect"}, {"indirect"}),
    ({"publisher": "courier.example"}, set(TEXTS)),
    ({"from": "2024-03-02", "to": "2024-03-03"}, {"lund", "role"}),
    ({"status": "rejected"}, set()),
    ({"act": "any", "medium": "speech"}, set(TEXTS)),
    ({}, set(TEXTS)),
]


def test_delivers_what_the_search_finds(writer: FlaskClient, app: Flask, receiver: Site) -> None:
    store(writer, "“The cost of living is too high,” said Ann Poe, the mayor of Harnby.")  # from before the searches
    searches = [save(writer, receiver, **query) for query, _ in MATCHES]
    articles: dict[int, str] = {}
    for day, (name, text) in enumerate(TEXTS.items()):
        url, published = f"https://courier.example/{name}", f"2024-03-{day + 1:02}"
        articles |= dict.fromkeys(store(writer, text, url=url, publisher="Courier", published=published), name)
    worked(app)
    found: dict[int, set[int]] = {saved["id"]: set() for saved in searches}
    for _, _, body in receiver.posted:
        sent = json.loads(body)
        found[sent["search"]["id"]] |= {item["id"] for item in sent["items"]}
    for saved, (query, names) in zip(searches, MATCHES, strict=True):
        assert {articles[quote] for quote in found[saved["id"]]} == names, query
        listed = {item["id"] for item in writer.get(saved["href"] + "&limit=100").json["items"]}
        assert found[saved["id"]] == listed & set(articles), query


def test_delivers_each_quote_once(writer: FlaskClient, app: Flask, receiver: Site) -> None:
    [old] = store(writer, POE)
    save(writer, receiver, q="cost", kind="direct")
    [new] = store(writer, LUND)
    worked(app)
    assert delivered(receiver) == [[new]]
    change(writer, f"/v1/quotes/{new}", status="confirmed")
    worked(app)
    assert delivered(receiver) == [[new]]
    change(writer, f"/v1/quotes/{old}", kind="mixed")  # out of the search
    worked(app)
    assert delivered(receiver) == [[new]]
    change(writer, f"/v1/quotes/{old}", kind="direct")  # and into it
    worked(app)
    assert delivered(receiver) == [[new], [old]]


def test_delivers_quotes_as_they_are_now(writer: FlaskClient, app: Flask, receiver: Site) -> None:
    save(writer, receiver, q="Harnby OR cost")
    quotes = [
        *store(writer, POE),
        *store(writer, LUND),
        *store(writer, "“Harnby waits,” said Ann Poe, the mayor of Harnby."),
    ]
    assert webhooks.find_news(app.extensions["engine"]) is False
    change(writer, f"/v1/quotes/{quotes[0]}", status="rejected")
    assert writer.delete("/v1/articles/3", headers={"If-Match": "*"}).status_code == 204
    speaker = change(writer, f"/v1/quotes/{quotes[1]}", speaker=1)["speaker"]
    worked(app)
    [(_, _, body)] = receiver.posted
    [item] = json.loads(body)["items"]
    assert (item["id"], item["status"], item["speaker"]) == (quotes[1], "corrected", speaker)
    change(writer, f"/v1/quotes/{quotes[0]}", status="confirmed")  # what was left out comes when it matches again
    worked(app)
    assert delivered(receiver)[1:] == [[quotes[0]]]


def test_deletes_deliveries_without_matching_quotes(writer: FlaskClient, app: Flask, receiver: Site) -> None:
    save(writer, receiver, q="cost")
    [quote] = store(writer, POE)
    webhooks.find_news(app.extensions["engine"])
    change(writer, f"/v1/quotes/{quote}", status="rejected")
    worked(app)
    assert (receiver.posted, deliveries(writer)) == ([], [])
    change(writer, f"/v1/quotes/{quote}", status="confirmed")
    worked(app)
    assert delivered(receiver) == [[quote]]


def test_delivers_many_quotes_in_batches(writer: FlaskClient, app: Flask, receiver: Site) -> None:
    save(writer, receiver, q="cost")
    engine = app.extensions["engine"]
    ids = [*fill(engine, 30), *fill(engine, 1)]
    assert webhooks.find_news(engine) is False
    ids += fill(engine, webhooks.MAX_WINDOW_CHANGES + 200)
    assert webhooks.find_news(engine) is True
    worked(app)
    sent = delivered(receiver)
    assert [len(part) for part in sent] == [100] * (len(ids) // 100) + [len(ids) % 100]
    assert sorted(quote for part in sent for quote in part) == ids


def stubborn(connection: socket.socket) -> None:
    connection.recv(1)  # which ends when the sender has enough


def rude(connection: socket.socket) -> None:
    connection.close()


def garbled(connection: socket.socket) -> None:
    connection.sendall(b"no HTTP at all\r\n\r\n")


def endless(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for _ in range(100):
        connection.sendall(b"X-More: more\r\n")
        time.sleep(0.05)


FAILURES: list[tuple[Page | Raw, int | None, str]] = [
    (Page(status=500), 500, "the receiver answered 500"),
    (Page(b"x" * 100_000, status=404), 404, "the receiver answered 404"),
    (Page(status=302, headers=(("Location", "/other"),)), 302, "the receiver answered 302"),
    (Page(status=307, headers=(("Location", "http://169.254.169.254/"),)), 307, "the receiver answered 307"),
    (stubborn, None, "it took longer than 1 seconds"),
    (endless, None, "it took longer than 1 seconds"),
    (rude, None, "the connection failed"),
    (garbled, None, "the connection failed"),
]


@pytest.mark.parametrize("row", FAILURES, ids=lambda row: row[2] if isinstance(row[0], Page) else row[0].__name__)
def test_retries_failed_deliveries(
    writer: FlaskClient, app: Flask, receiver: Site, row: tuple[Page | Raw, int | None, str]
) -> None:
    page, status, error = row
    app.extensions["background"].web.seconds = 1.0
    receiver.pages["/hook"], receiver.pages["/other"] = page, Page()
    save(writer, receiver, q="cost")
    store(writer, POE)
    assert work(app)
    assert not work(app)  # it waits
    [log] = deliveries(writer, query="?state=pending")
    assert (log["tries"], log["status"]) == (1, status)
    assert log["error"].startswith(error)
    receiver.pages["/hook"] = Page(status=204)
    hurry(app)
    assert work(app)
    [log] = deliveries(writer)
    assert (log["state"], log["tries"], log["status"], log["error"]) == ("delivered", 2, 204, None)
    assert [path for path, _, _ in receiver.posted] == ["/hook", "/hook"]
    assert receiver.asked == []
    (_, first, body), (_, again, same) = receiver.posted
    for header in ("webhook-id", "x-verbatim-delivery"):
        assert first[header] == again[header]
    assert body == same


def test_dead_deliveries_can_be_resent(writer: FlaskClient, app: Flask, receiver: Site) -> None:
    receiver.pages["/hook"] = Page(status=503)
    save(writer, receiver, q="cost")
    [quote] = store(writer, POE)
    for _ in range(len(webhooks.RETRY_SECONDS)):
        assert work(app)
        assert not work(app)
        assert deliveries(writer)[0]["state"] == "pending"
        hurry(app)
    assert work(app)
    [dead] = deliveries(writer, query="?state=dead")
    assert (dead["tries"], dead["status"]) == (1 + len(webhooks.RETRY_SECONDS), 503)
    hurry(app)
    assert not work(app)
    receiver.pages["/hook"] = Page()
    problem(writer.post("/v1/searches/1/deliveries/99/resend"), 404, "not-found")
    problem(writer.post("/v1/searches/9/deliveries/1/resend"), 404, "not-found")
    for count in (1, 2):  # what was delivered too, as often as somebody asks for it
        again = writer.post(f"/v1/searches/1/deliveries/{dead['id']}/resend")
        assert (again.status_code, again.json["state"], again.json["id"]) == (202, "pending", dead["id"])
        worked(app)
        assert deliveries(writer)[0]["state"] == "delivered"
        assert delivered(receiver)[-count:] == [[quote]] * count


def test_backoff_and_retry_after(writer: FlaskClient, app: Flask, receiver: Site) -> None:
    save(writer, receiver, q="cost")
    store(writer, POE)
    seconds = []
    for headers in ((), (), (("Retry-After", "4000"),), (("Retry-After", "9999999"),)):
        receiver.pages["/hook"] = Page(status=429, headers=headers)
        began = now()
        assert work(app)
        with reading(app.extensions["engine"]) as session:
            delivery, saved = session.scalars(select(Delivery)).one(), session.scalars(select(Search)).one()
            seconds.append([(due - began).total_seconds() for due in (delivery.due, saved.due)])
        hurry(app)
    for (wait, rest), least in zip(seconds, (5, 300, 4000, 86_400), strict=True):
        assert least <= wait <= 1.2 * least + 40
        assert least <= rest <= least + 40


def test_a_failing_receiver_does_not_delay_others(writer: FlaskClient, app: Flask, receiver: Site) -> None:
    with site() as other:
        other.pages["/hook"] = Page(status=500)
        save(writer, other, q="cost")
        save(writer, receiver, q="cost")
        engine = app.extensions["engine"]
        first = fill(engine, 250)
        worked(app)
        assert [len(part) for part in delivered(receiver)] == [100, 100, 50]
        assert len(other.posted) == 1
        other.pages["/hook"] = Page()
        hurry(app)
        worked(app)
        assert sorted(quote for part in delivered(other)[1:] for quote in part) == first


def test_a_failing_delivery_does_not_block_later_ones(writer: FlaskClient, app: Flask, receiver: Site) -> None:
    save(writer, receiver, q="cost")
    fill(app.extensions["engine"], 100)
    receiver.pages["/hook"] = Page(status=500)
    worked(app)
    receiver.pages["/hook"] = Page()
    store(writer, POE)
    with writing(app.extensions["engine"]) as session:  # the search has rested, and the failed one still waits
        session.execute(update(Search).values(due=now()))
        session.commit()
    worked(app)
    assert [len(part) for part in delivered(receiver)] == [100, 1]
    assert [log["state"] for log in deliveries(writer)] == ["delivered", "pending"]


def test_expired_leases_are_taken_again(writer: FlaskClient, app: Flask, receiver: Site) -> None:
    engine = app.extensions["engine"]
    save(writer, receiver, q="cost")
    store(writer, POE)
    webhooks.find_news(engine)
    slow = webhooks._lease(engine, LEASE)
    assert slow
    assert webhooks._lease(engine, LEASE) is None
    hurry(app)  # the lease is over
    quick = webhooks._lease(engine, LEASE)
    assert quick
    assert (slow.id, slow.body, slow.tries, quick.tries) == (quick.id, quick.body, 1, 2)
    webhooks._store_outcome(engine, slow, 500, "too late", 0)
    assert deliveries(writer)[0]["error"] is None
    webhooks._store_outcome(engine, quick, 200, None, 0)
    webhooks._store_outcome(engine, slow, 500, "much too late", 0)
    assert deliveries(writer)[0]["state"] == "delivered"


def test_several_workers_send_each_quote_once(writer: FlaskClient, app: Flask, receiver: Site) -> None:
    engine, searches = app.extensions["engine"], [save(writer, receiver, q="cost")["id"] for _ in range(4)]
    ids: list[int] = []

    def pending() -> bool:
        with reading(engine) as session:
            behind = Search.cursor < changes.latest(session)
            waits = select(Delivery.id).where(Delivery.state == "pending").limit(1)
            return session.scalar(select(Search.id).where(behind).limit(1)) is not None or bool(session.scalar(waits))

    def send() -> None:
        while writing_on.is_set() or pending():
            work(app)

    writing_on = Event()
    writing_on.set()
    workers = [Thread(target=send) for _ in range(4)]
    for worker in workers:
        worker.start()
    for _ in range(20):
        ids += fill(engine, 15)
    writing_on.clear()
    for worker in workers:
        worker.join()
    sent: dict[int, list[int]] = {search_id: [] for search_id in searches}
    for _, _, body in receiver.posted:
        delivery = json.loads(body)
        sent[delivery["search"]["id"]] += [item["id"] for item in delivery["items"]]
    assert {search_id: sorted(quotes) for search_id, quotes in sent.items()} == dict.fromkeys(searches, sorted(ids))


def test_a_delivery_whose_workers_died_is_dead(writer: FlaskClient, app: Flask, receiver: Site) -> None:
    save(writer, receiver, q="cost")
    store(writer, POE)
    webhooks.find_news(app.extensions["engine"])
    for _ in range(webhooks.MAX_SENDS):
        assert webhooks._lease(app.extensions["engine"], LEASE)
        hurry(app)
    assert not work(app)
    [dead] = deliveries(writer)
    assert (dead["state"], dead["error"]) == ("dead", "workers ended 8 times while they sent it")


def test_delivers_late_commits(writer: FlaskClient, app: Flask, receiver: Site) -> None:
    """Hold a transaction open. On PostgreSQL later ones are committed and sent meanwhile; on SQLite they wait."""
    engine = app.extensions["engine"]
    save(writer, receiver, q="cost")
    [first] = fill(engine, 1)
    with writing(engine) as late:
        late.add(factory.quote("“Costs,”", article=late.get_one(Article, 1)))
        late.flush()
        if engine.dialect.name == "postgresql":
            fill(engine, 1)
            worked(app)
            assert delivered(receiver) == [[first, first + 2]]
        late.commit()
    worked(app)
    assert sorted(quote for part in delivered(receiver) for quote in part)[:2] == [first, first + 1]


def test_an_invalid_saved_search_does_not_stop_others(
    writer: FlaskClient, app: Flask, receiver: Site, caplog: pytest.LogCaptureFixture
) -> None:
    save(writer, receiver, q="cost")
    save(writer, receiver, q="cost")
    with writing(app.extensions["engine"]) as session:
        session.execute(update(Search).where(Search.id == 1).values(query="colour=red"))
        session.commit()
    [quote] = store(writer, POE)
    worked(app)
    assert delivered(receiver) == [[quote]]
    assert "saved search 1 cannot be run" in caplog.text


def test_pruning(
    writer: FlaskClient, app: Flask, receiver: Site, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    engine = app.extensions["engine"]
    save(writer, receiver, q="cost")
    fill(engine, 1)
    worked(app)
    assert run("db", "prune", "--days", "1", url=database_url).stdout == "Forgotten: 0 changes.\n"
    assert run("db", "prune", "--days", "0", url=database_url).stdout.endswith("\nForgotten: 1 delivery.\n")
    assert deliveries(writer) == []
    missed = fill(engine, 1)
    with writing(engine) as session:
        changes.prune(session, now() + dt.timedelta(days=1))
        session.commit()
    [quote] = fill(engine, 1)
    worked(app)
    assert "miss what was pruned" in caplog.text
    assert delivered(receiver)[1:] == [[quote]], missed
