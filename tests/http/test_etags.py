"""Entity tags: If-None-Match, If-Match, and two who change one row at the same moment."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from api.database.engine import reading
from api.http.view import TaggedView
from api.models import Revision
from tests.answers import problem

TEXT = "“Tolls fall,” said Ann Poe, the mayor of Harnby."
PATHS = [
    "/v1/quotes",
    "/v1/quotes/1",
    "/v1/articles",
    "/v1/articles/1",
    "/v1/speakers",
    "/v1/speakers/1",
    "/v1/roles/1",
    "/v1/publishers/1",
]


@pytest.fixture
def stored(writer: FlaskClient) -> FlaskClient:
    """Return a client that may write, where an article with a quote is stored."""
    assert writer.post("/v1/articles", json={"text": TEXT, "publisher": "Courier"}).status_code == 201
    return writer


@pytest.mark.parametrize("path", PATHS)
def test_what_has_not_changed_is_not_sent_again(stored: FlaskClient, path: str) -> None:
    first = stored.get(path)
    tag = first.headers["ETag"]
    again = stored.get(path, headers={"If-None-Match": f'"other", {tag}'})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    assert stored.get(path, headers={"If-None-Match": '"other"'}).data == first.data
    head = stored.head(path)
    assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", tag)


@pytest.mark.parametrize(
    ("if_none_match", "status"),
    [
        ("TAG", 304),
        ("W/TAG", 304),  # RFC 9110, 13.1.2: If-None-Match compares weakly
        ('W/"other", W/TAG', 304),
        ("*", 304),
        ('W/"other"', 200),
        ("TAG-no-more", 200),
        ("", 200),
    ],
)
@pytest.mark.parametrize("path", [*PATHS, "/v1/quotes.atom"])
def test_how_tags_are_compared(stored: FlaskClient, path: str, if_none_match: str, status: int) -> None:
    tag = stored.get(path).headers["ETag"]
    sent = f'"{tag.strip(chr(34))}-no-more"' if if_none_match == "TAG-no-more" else if_none_match.replace("TAG", tag)
    again = stored.get(path, headers={"If-None-Match": sent})
    assert (again.status_code, again.headers["ETag"]) == (status, tag)


@pytest.mark.parametrize(
    ("if_match", "status", "name"),
    [
        (None, 428, "if-match-required"),
        ("", 428, "if-match-required"),
        ('"other"', 412, "stale"),
        ("no tag", 412, "stale"),
        ('"half', 412, "stale"),
        ("W/TAG", 412, "stale"),  # RFC 9110, 13.1.1: If-Match compares strongly
    ],
)
@pytest.mark.parametrize("path", [path for path in PATHS if path.endswith("/1")])
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_change_needs_the_tag_of_now(
    stored: FlaskClient, method: str, path: str, if_match: str | None, status: int, name: str
) -> None:
    before = stored.get(path)
    headers = {} if if_match is None else {"If-Match": if_match.replace("TAG", before.headers["ETag"])}
    problem(stored.open(path, method=method, json={}, headers=headers), status, name)
    assert stored.get(path).data == before.data


def test_the_tag_of_an_answer_is_that_of_a_get(stored: FlaskClient) -> None:
    made = stored.post("/v1/quotes", json={"article": 1, "content": [[1, 6]], "kind": "mixed"})
    url = made.headers["Location"]
    assert made.headers["ETag"] == stored.get(url).headers["ETag"]
    changed = stored.patch(url, json={"kind": "direct"}, headers={"If-Match": made.headers["ETag"]})
    assert changed.headers["ETag"] == stored.get(url).headers["ETag"] != made.headers["ETag"]
    assert stored.delete(url, headers={"If-Match": "*"}).status_code == 204


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_of_two_changes_at_once_one_is_refused(app: Flask, stored: FlaskClient, engine: Engine, method: str) -> None:
    tag = stored.get("/v1/quotes/1").headers["ETag"]
    headers = {"If-Match": tag, "Authorization": stored.environ_base["HTTP_AUTHORIZATION"]}
    barrier, answers = Barrier(2), dict[str, int]()

    def change(kind: str) -> None:
        client = app.test_client()
        barrier.wait()
        answers[kind] = client.open("/v1/quotes/1", method=method, json={"kind": kind}, headers=headers).status_code

    threads = [Thread(target=change, args=(kind,)) for kind in ("mixed", "indirect")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done = {"PATCH": 200, "DELETE": 204}[method]
    assert sorted(answers.values()) == [done, 412]
    if method == "PATCH":
        [kind] = [kind for kind, status in answers.items() if status == done]
        assert stored.get("/v1/quotes/1").json["kind"] == kind
    with reading(engine) as session:
        assert len(session.scalars(select(Revision).where(Revision.table == "quote")).all()) == 1


def test_a_view_that_checks_no_tag_is_a_mistake(app: Flask) -> None:
    class Unchecked(TaggedView):
        def delete(self) -> str:
            return ""

    request = app.test_request_context("/", method="DELETE", headers={"If-Match": "*"})
    with request, pytest.raises(RuntimeError, match="does not check If-Match on DELETE"):
        Unchecked().answer()
