"""Save searches over HTTP: who may, where a webhook may lead, and how it is signed."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, delete, func, insert, select

from api.app import create_app
from api.config import Settings
from api.database.engine import reading, writing
from api.http import auth
from api.jobs import webhooks
from api.models import Delivery, DeliveryQuote, Search, now
from tests.answers import problem
from tests.hooks import (
    LUND,
    POE,
    allowed,
    change,
    delivered,
    deliveries,
    fill,
    receivers_example,
    save,
    store,
    work,
    worked,
)
from tests.web import Page, Site


@pytest.fixture
def settings(database_url: str) -> Settings:
    return allowed(database_url)


def test_a_search_from_beginning_to_end(writer: FlaskClient, app: Flask, receiver: Site) -> None:
    store(writer, POE)
    saved = save(writer, receiver, q='"cost of living"', kind="direct")
    secret = saved.pop("secret")
    assert writer.get("/v1/searches/1").json == saved
    assert writer.get("/v1/searches").json["items"] == [saved]
    assert len(writer.get(saved["href"]).json["items"]) == 1
    store(writer, f"{LUND}\n\n“Nobody can bear the cost of living,” he said.")
    assert work(app)
    assert not work(app)
    [(path, headers, sent)] = receiver.posted
    body = json.loads(sent)
    assert (path, headers["content-type"]) == ("/hook", "application/json")
    assert body["search"] == {name: saved[name] for name in ("id", "name", "query")}
    assert headers["webhook-id"] == headers["x-verbatim-delivery"] == str(body["delivery"])
    listed = writer.get(saved["href"]).json["items"]
    assert body["items"] == listed[:1]
    assert body["items"][0]["text"] == "“Nobody can bear the cost of living,”"
    assert body["items"][0]["highlight"] == [[21, 35]]
    verified = receivers_example()
    assert verified(secret, headers, sent)
    [log] = deliveries(writer)
    assert (log["state"], log["quotes"], log["tries"], log["status"], log["error"]) == ("delivered", 1, 1, 200, None)
    assert deliveries(writer, query="?state=dead") == deliveries(writer, query="?state=pending") == []


def test_rotates_secrets_without_a_gap(writer: FlaskClient, app: Flask, receiver: Site) -> None:
    verified, former = receivers_example(), save(writer, receiver, q="cost")["secret"]
    replaced = writer.post("/v1/searches/1/secret").json["secret"]
    assert replaced != former
    store(writer, POE)
    worked(app)
    _, headers, body = receiver.posted[-1]
    assert all(verified(secret, headers, body) for secret in (former, replaced))
    with writing(app.extensions["engine"]) as session:
        session.scalars(select(Search)).one().rotated = now() - webhooks.SECRET_OVERLAP
        session.commit()
    store(writer, LUND)
    worked(app)
    _, headers, body = receiver.posted[-1]
    assert [verified(secret, headers, body) for secret in (former, replaced)] == [False, True]
    for path in ("/v1/searches", "/v1/searches/1", "/v1/searches/1/deliveries"):
        assert "whsec_" not in writer.get(path).text


def test_adds_changes_and_removes_webhooks(writer: FlaskClient, app: Flask, receiver: Site) -> None:
    engine = app.extensions["engine"]
    response = writer.post("/v1/searches", json={"name": "Cost", "query": "?q=cost"})
    assert (response.status_code, response.json["query"], response.json["webhook"]) == (201, "q=cost", None)
    fill(engine, 1)
    worked(app)
    etag = writer.get("/v1/searches/1").headers["ETag"]
    assert etag == response.headers["ETag"]
    changed = writer.patch("/v1/searches/1", json={"webhook": f"{receiver.url}/hook"}, headers={"If-Match": etag})
    assert changed.status_code == 200
    problem(writer.patch("/v1/searches/1", json={"name": "x"}, headers={"If-Match": etag}), 412, "stale")
    worked(app)
    assert receiver.posted == []  # it is told of what comes from now on
    receiver.pages["/hook"] = Page(status=500)
    [first] = fill(engine, 1)
    worked(app)
    assert writer.get("/v1/searches/1").headers["ETag"] == changed.headers["ETag"]  # sending is no change
    change(writer, "/v1/searches/1", webhook=f"{receiver.url}/new")
    receiver.pages["/new"] = Page()
    worked(app)
    assert [path for path, _, _ in receiver.posted] == ["/hook", "/new"]
    fill(engine, 1)
    webhooks.find_news(engine)
    change(writer, "/v1/searches/1", webhook=None)
    worked(app)
    assert [log["state"] for log in deliveries(writer)] == ["dead", "delivered"]
    problem(writer.post("/v1/searches/1/deliveries/2/resend"), 409, "conflict")
    change(writer, "/v1/searches/1", webhook=f"{receiver.url}/new")
    worked(app)
    assert delivered(receiver) == [[first], [first]]
    assert writer.delete("/v1/searches/1", headers={"If-Match": "*"}).status_code == 204
    with reading(engine) as session:
        counts = [session.scalar(select(func.count()).select_from(t)) for t in (Search, Delivery, DeliveryQuote)]
    assert counts == [0, 0, 0]


@pytest.mark.parametrize(
    ("webhook", "says"),
    [
        ("ftp://hooks.example/", "only http and https"),
        ("https://user:secret@hooks.example/", "user or password"),
        ("http://10.0.0.1/", "no public address"),
        ("http://169.254.169.254/latest/meta-data/", "no public address"),
        ("http://[::1]:9200/", "no public address"),
        ("http://[::ffff:10.0.0.1]/", "no public address"),
        ("http://hooks.example/" + "é" * 1000, "longer than 2000"),
        ("hooks.example", "only http and https"),
        ("http://[", "cannot be read"),
    ],
)
def test_refuses_private_webhooks(writer: FlaskClient, webhook: str, says: str) -> None:
    body = {"name": "x", "query": "q=cost", "webhook": webhook}
    answer = problem(writer.post("/v1/searches", json=body), 422, "invalid")
    assert [error["pointer"] for error in answer["errors"]] == ["/webhook"]
    assert says in answer["detail"]
    assert writer.get("/v1/searches").json["items"] == []


def test_checks_the_host_again_when_sending(writer: FlaskClient, app: Flask, receiver: Site) -> None:
    """Check the host again whenever something is sent: it may have been allowed only when saved."""
    save(writer, receiver, q="cost")
    store(writer, POE)
    app.extensions["background"].web.private = []
    assert work(app)
    assert (receiver.posted, deliveries(writer)[0]["error"]) == (
        [],
        "its host has no public address, nor one in VERBATIM_FETCH_PRIVATE",
    )


def test_webhooks_are_off_by_default(database_url: str, engine: Engine) -> None:
    app = create_app(Settings(database_url=database_url))
    with writing(engine) as session:
        header = {"Authorization": f"Bearer {auth.new_key(session, 'tests', 'write')}"}
        session.commit()
    client, body = app.test_client(), {"name": "x", "query": "q=cost"}
    refused = client.post("/v1/searches", json={**body, "webhook": "https://hooks.example/"}, headers=header)
    problem(refused, 403, "webhooks-off")
    assert client.post("/v1/searches", json=body, headers=header).status_code == 201
    app.extensions["engine"].dispose()


def test_searches_need_a_key_that_may_write(client: FlaskClient, engine: Engine) -> None:
    with writing(engine) as session:
        header = {"Authorization": f"Bearer {auth.new_key(session, 'reader', 'read')}"}
        session.commit()
    for path in ("/v1/searches", "/v1/searches/1", "/v1/searches/1/deliveries"):
        problem(client.get(path), 401, "unauthorized")
        problem(client.get(path, headers=header), 403, "forbidden")
    described = client.get("/openapi.json").json["paths"]
    assert described["/v1/searches"]["get"]["security"] == [{"key": []}]
    assert described["/v1/quotes"]["get"]["security"] == []


def test_limits_the_number_of_searches(writer: FlaskClient, engine: Engine) -> None:
    with writing(engine) as session:
        row = {"name": "x", "query": "", "secret": "x", "cursor": 0}
        session.execute(insert(Search), [row] * 1000)
        session.commit()
    problem(writer.post("/v1/searches", json={"name": "x", "query": ""}), 409, "conflict")
    with writing(engine) as session:
        session.execute(delete(Search).where(Search.id == 1))
        session.commit()
    assert writer.post("/v1/searches", json={"name": "x", "query": ""}).status_code == 201


def test_a_search_belongs_to_the_key_that_made_it(writer: FlaskClient, engine: Engine, receiver: Site) -> None:
    saved = save(writer, receiver, q="bridge")
    with writing(engine) as session:
        other, admin = (auth.new_key(session, scope, scope) for scope in ("write", "admin"))
        session.commit()
    theirs = {"Authorization": f"Bearer {other}", "If-Match": "*"}
    for method, path, body in (
        ("GET", "", None),
        ("PATCH", "", {"webhook": f"{receiver.url}/theirs"}),
        ("DELETE", "", None),
        ("POST", "/secret", None),
        ("GET", "/deliveries", None),
        ("POST", "/deliveries/1/resend", None),
    ):
        problem(writer.open(f"/v1/searches/1{path}", method=method, headers=theirs, json=body), 404, "not-found")
    assert writer.get("/v1/searches", headers=theirs).json["items"] == []
    del saved["secret"]
    ours = {"Authorization": f"Bearer {admin}"}
    assert writer.get("/v1/searches/1").json == writer.get("/v1/searches/1", headers=ours).json == saved
    assert writer.get("/v1/searches", headers=ours).json["items"] == [saved]
    assert writer.post("/v1/searches/1/secret", headers=ours).status_code == 200
