"""Keys and their scopes, closed reads, the rate limit, and what browsers of other origins may see."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select, update

from api.app import create_app
from api.config import SettingError, Settings
from api.database.engine import BUSY_TIMEOUT_SECONDS, reading, writing
from api.http import auth
from api.http.counters import SharedCounters
from api.models import ApiKey, now
from tests.answers import problem

LIST = "/v1/publishers"


@contextmanager
def served(settings: Settings, **changed: object) -> Iterator[FlaskClient]:
    """Yield a client of an application with some settings changed."""
    app = create_app(replace(settings, **changed))  # type: ignore[arg-type]  # each test gives the right type
    app.testing = True
    yield app.test_client()
    app.extensions["engine"].dispose()


def key_of(engine: Engine, scope: str) -> dict[str, str]:
    """Return the header of a new key."""
    with writing(engine) as session:
        key = auth.new_key(session, f"of scope {scope}", scope)
        session.commit()
    return {"Authorization": f"Bearer {key}"}


@pytest.mark.parametrize(
    ("scope", "reads", "write"),
    [(None, "open", 401), ("read", "open", 403), ("write", "open", 201), ("admin", "open", 201)],
)
def test_scopes(settings: Settings, engine: Engine, scope: str | None, reads: str, write: int) -> None:
    header = key_of(engine, scope) if scope else {}
    with served(settings, reads=reads) as client:
        assert client.get(LIST, headers=header).status_code == 200
        response = client.post(LIST, json={"name": "Courier"}, headers=header)
        if write == 201:
            assert response.status_code == 201
            return
        problem(response, write, "unauthorized" if write == 401 else "forbidden")
        assert client.get(LIST).json["items"] == []


def test_closed_reads_need_a_key(settings: Settings, engine: Engine) -> None:
    text = {"text": "Nothing was said."}
    with served(settings, reads="closed") as client:
        refused = client.get(LIST)
        problem(refused, 401, "unauthorized")
        assert refused.headers["WWW-Authenticate"] == 'Bearer realm="verbatim"'
        problem(client.post("/v1/extract", json=text), 401, "unauthorized")
        header = key_of(engine, "read")
        assert client.get(LIST, headers=header).status_code == 200
        assert client.post("/v1/extract", json=text, headers=header).status_code == 200
        for path in ("/healthz", "/readyz", "/openapi.json", "/docs"):
            assert client.get(path).status_code == 200, path


def test_extracting_needs_no_key_where_reads_are_open(client: FlaskClient) -> None:
    assert client.post("/v1/extract", json={"text": "Nothing was said."}).status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Basic dTpw",
        "x",
        "Bearer \u00ff",
        "Bearer vb_00000000_" + "x" * 5000,
        "bearer a b",
    ],
)
def test_what_is_no_key(client: FlaskClient, header: str) -> None:
    for response in (
        client.get(LIST, headers={"Authorization": header}),  # a wrong key is no anonymous reader
        client.post(LIST, json={"name": "Courier"}, headers={"Authorization": header}),
    ):
        problem(response, 401, "unauthorized")
        assert "WWW-Authenticate" in response.headers


def test_a_revoked_key_is_refused(client: FlaskClient, engine: Engine) -> None:
    header = key_of(engine, "write")
    assert client.get(LIST, headers=header).status_code == 200
    with writing(engine) as session:
        session.execute(update(ApiKey).values(revoked=now()))
        session.commit()
    problem(client.get(LIST, headers=header), 401, "unauthorized")
    problem(client.post(LIST, json={"name": "Courier"}, headers=header), 401, "unauthorized")


def test_only_the_hash_of_a_key_is_stored(engine: Engine) -> None:
    key = key_of(engine, "write")["Authorization"].removeprefix("Bearer ")
    with reading(engine) as session:
        stored = session.scalars(select(ApiKey)).one()
    assert key.startswith(stored.prefix + "_")
    assert stored.hash == auth.hashed(key)
    assert key not in {str(value) for value in vars(stored).values()}


def test_last_use_is_written_once_a_minute(client: FlaskClient, engine: Engine) -> None:
    header = key_of(engine, "read")

    def last_used() -> dt.datetime | None:
        with reading(engine) as session:
            return session.scalars(select(ApiKey.last_used)).one()

    assert last_used() is None
    client.get(LIST, headers=header)
    first = last_used()
    assert first is not None
    client.get(LIST, headers=header)
    assert last_used() == first
    with writing(engine) as session:
        session.execute(update(ApiKey).values(last_used=first - dt.timedelta(minutes=2)))
        session.commit()
    client.get(LIST, headers=header)
    later = last_used()
    assert later is not None
    assert later >= first


def test_reading_with_a_key_waits_for_no_writer(client: FlaskClient, engine: Engine) -> None:
    header = key_of(engine, "read")
    with writing(engine) as holder:  # on SQLite it holds the one lock, on PostgreSQL that of the key's row
        holder.execute(update(ApiKey).values(name="held"))
        for _ in range(3):
            assert client.get(LIST, headers=header).status_code == 200
    with reading(engine) as session:
        assert session.scalars(select(ApiKey.last_used)).one() is None
    client.application.extensions["busy_keys"].clear()  # as some seconds later
    assert client.get(LIST, headers=header).status_code == 200
    with reading(engine) as session:
        assert session.scalars(select(ApiKey.last_used)).one() is not None
    with writing(engine) as session:  # on SQLite the connection waits again
        if session.get_bind().dialect.name == "sqlite":
            assert session.connection().exec_driver_sql("PRAGMA busy_timeout").scalar() == BUSY_TIMEOUT_SECONDS * 1000


def test_idempotency_keys_of_two_callers_are_two(client: FlaskClient, engine: Engine) -> None:
    names = []
    for _ in range(2):
        header = {**key_of(engine, "write"), "Idempotency-Key": "same"}
        names.append(client.post(LIST, json={"name": "Courier"}, headers=header).json["id"])
    assert len(set(names)) == 2


def test_the_rate_limit(settings: Settings, engine: Engine) -> None:
    with served(settings, rate_limit="2/hour") as client:
        assert [client.get(LIST).status_code for _ in range(2)] == [200, 200]
        refused = client.get(LIST)
        problem(refused, 429, "rate-limited")
        assert 1 <= int(refused.headers["Retry-After"]) <= 3600
        assert client.get("/healthz").status_code == 200  # so that a load balancer never counts as a caller
        assert client.get(LIST, headers=key_of(engine, "read")).status_code == 200  # each key is a caller of its own
        assert client.get(LIST, environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 200


def test_guessing_keys_counts_as_calling(settings: Settings) -> None:
    with served(settings, rate_limit="2/hour") as client:
        guesses = [client.get(LIST, headers={"Authorization": f"Bearer vb_{number}"}) for number in range(3)]
        assert [guess.status_code for guess in guesses] == [401, 401, 429]


def test_a_rate_limit_that_cannot_be_read(settings: Settings) -> None:
    with pytest.raises(SettingError, match="VERBATIM_RATE_LIMIT must look like"), served(settings, rate_limit="often"):
        pass


def test_proxies_are_believed_only_where_set(settings: Settings) -> None:
    for trusted, codes in ((0, [200, 429]), (1, [200, 200])):
        with served(settings, rate_limit="1/hour", trusted_proxies=trusted) as client:
            headers = ({"X-Forwarded-For": f"192.0.2.{n}"} for n in range(2))
            assert [client.get(LIST, headers=header).status_code for header in headers] == codes


def test_cross_origin_pages_see_the_headers_they_need(settings: Settings) -> None:
    with served(settings, cors_origins=("https://app.example",)) as client:
        answer = client.get(LIST, headers={"Origin": "https://app.example"})
        assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example"
        exposed = set(answer.headers["Access-Control-Expose-Headers"].split(", "))
        assert exposed >= {"ETag", "Link", "Location", "Retry-After"}
        wanted = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "authorization, if-match"}
        asked = client.options(f"{LIST}/1", headers={"Origin": "https://app.example", **wanted})
        assert asked.status_code == 200
        assert "PATCH" in asked.headers["Access-Control-Allow-Methods"]
        allowed = asked.headers["Access-Control-Allow-Headers"].lower()
        assert {"authorization", "if-match"} <= set(allowed.split(", "))
        other = client.get(LIST, headers={"Origin": "https://other.example"})
        assert "Access-Control-Allow-Origin" not in other.headers
        problem_seen = client.get(f"{LIST}/1", headers={"Origin": "https://app.example"})
        assert problem_seen.headers["Access-Control-Allow-Origin"] == "https://app.example"


def test_no_other_origin_unless_set(client: FlaskClient) -> None:
    assert "Access-Control-Allow-Origin" not in client.get(LIST, headers={"Origin": "https://app.example"}).headers


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_an_ipv6_client_is_counted_by_its_network(address: str, counted: str) -> None:
    assert auth.network(address) == counted


@pytest.mark.parametrize(
    ("method", "path", "characters", "left"),
    [
        ("GET", "/v1/quotes", 0, "11"),
        ("GET", "/v1/quotes/export", 0, "2"),
        ("GET", "/v1/articles?format=csv", 0, "2"),
        ("GET", "/v1/quotes?format=json", 0, "11"),
        ("GET", "/v1/quotes?total=exact", 0, "2"),
        ("GET", "/v1/quotes?facets=speaker&facets_exact=true", 0, "2"),
        ("GET", "/v1/quotes?facets=speaker&facets_exact=false", 0, "11"),
        ("GET", "/v1/quotes/timeline?exact=true", 0, "2"),
        ("GET", "/v1/quotes.atom", 0, "11"),
        ("POST", "/v1/extract", 100, "11"),
        ("POST", "/v1/extract", 19_900, "11"),
        ("POST", "/v1/extract", 41_000, "9"),
        ("POST", "/v1/extract", 900_000, "0"),
    ],
)
def test_the_rate_limit_counts_what_requests_cost(
    settings: Settings, method: str, path: str, characters: int, left: str
) -> None:
    more: dict[str, Any] = {"json": {"text": "." * characters}} if characters else {}
    with served(settings, rate_limit="12/hour") as client:
        answer = client.open(path, method=method, **more)
        assert answer.headers["RateLimit"].startswith(f'"default";r={left};')


@pytest.mark.parametrize(
    ("accept", "left"),
    [
        ("text/csv", "2"),
        ("application/x-ndjson", "2"),
        ("application/json", "11"),
        ("*/*", "11"),
        ("text/csv;q=0.5, */*", "11"),
        ("a/b", "11"),
    ],
)
def test_the_rate_limit_counts_an_export_by_accept(settings: Settings, accept: str, left: str) -> None:
    with served(settings, rate_limit="12/hour") as client:
        answer = client.get("/v1/quotes", headers={"Accept": accept})
        assert answer.headers["RateLimit"].startswith(f'"default";r={left};')


@pytest.mark.parametrize(
    ("path", "kind", "body", "status", "left"),
    [
        ("/v1/extract", "application/json", b'{"text": "' + b"." * 41_000 + b'"}', 413, "9"),
        ("/paste", "application/x-www-form-urlencoded", b"text=" + b"a" * 19_000, 200, "11"),
    ],
)
def test_the_rate_limit_counts_a_body_in_chunks(
    settings: Settings, path: str, kind: str, body: bytes, status: int, left: str
) -> None:
    with served(settings, rate_limit="12/hour") as client:
        answer = client.post(
            path,
            input_stream=io.BytesIO(body),
            content_type=kind,
            headers={"Transfer-Encoding": "chunked"},
            environ_base={"wsgi.input_terminated": True},
        )
        assert (answer.status_code, answer.headers["RateLimit"].split(";")[1]) == (status, f"r={left}")


def test_counts_that_cannot_be_written_stop_nobody(
    settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(replace(settings, rate_limit="1/hour"), SharedCounters(tmp_path / "gone" / "rate-limit"))
    client = app.test_client()
    assert [client.get(LIST).status_code for _ in range(2)] == [200, 200]
    assert "the rate limit cannot count" in caplog.text
    app.extensions["engine"].dispose()


def test_an_ipv6_client_has_one_rate_limit(settings: Settings) -> None:
    with served(settings, rate_limit="1/hour") as client:
        asked = (client.get(LIST, environ_base={"REMOTE_ADDR": f"2001:db8::{number}"}) for number in (1, 2))
        assert [answer.status_code for answer in asked] == [200, 429]


def test_long_texts_need_a_key(client: FlaskClient, engine: Engine) -> None:
    for length, headers, status in ((20_000, {}, 200), (20_001, {}, 413), (20_001, key_of(engine, "read"), 200)):
        assert client.post("/v1/extract", json={"text": "a" * length}, headers=headers).status_code == status
