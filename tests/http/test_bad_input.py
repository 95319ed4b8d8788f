"""Bad input, over every noun: each request gets a clear 4xx problem, and nothing of it is stored."""

from __future__ import annotations

import base64
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from api.app import create_app
from api.config import Settings
from api.database.engine import reading, writing
from api.http import auth
from api.models import Base
from tests.answers import problem
from tests.conftest import DATABASES, migrated, on_server

NOUNS = ("articles", "publishers", "speakers", "roles", "tenures", "quotes")
TEXT = "“Prices fell in May,” said Mari Maasikas, the finance minister of Estonia.\n\n“They will rise,” said Jaan Juurikas."
OTHER = "“No,” said Jaan Juurikas, the mayor of Narva."
MIB = 1024 * 1024


@dataclass
class Service:
    """An application with two rows of every noun, and a client with a key that may write."""

    client: FlaskClient

    def rows(self) -> dict[str, int]:
        """Return the number of rows of each table."""
        with reading(self.client.application.extensions["engine"]) as session:
            tables = Base.metadata.sorted_tables
            return {table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


@pytest.fixture(scope="module", params=DATABASES)
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service for all of this module's requests, since none of them may change anything."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("bad-input") / "verbatim.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        url = f"sqlite:///{path}"
    else:
        server: str = request.getfixturevalue("postgresql")
        on_server(server, "CREATE DATABASE test_bad_input TEMPLATE template0 ENCODING 'UTF8'")
        url = migrated(server.replace("/postgres?", "/test_bad_input?"))
    app = create_app(Settings(database_url=url))
    app.testing = True
    engine = app.extensions["engine"]
    with writing(engine) as session:
        key = auth.new_key(session, "tests", "write")
        session.commit()
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"

    def post(noun: str, **body: object) -> int:
        response = client.post(f"/v1/{noun}", json=body)
        assert response.status_code == 201, response.json
        return int(response.json["id"])

    for number, text in enumerate((TEXT, OTHER)):
        article = post("articles", text=text, url=f"https://courier.example/{number}", publisher=f"Courier {number}")
        speaker = post("speakers", kind="person", name=f"Added {number}")
        role = post("roles", title=f"Added {number}")
        post("tenures", speaker=speaker, role=role)
        post("quotes", article=article, content=[[0, 4]], kind="direct", speaker=speaker, role=role)
    service = Service(client)
    without = {"api_key", "idempotency_key", "import", "import_item", "feed", "feed_entry"}
    without |= {"quote_joint", "search", "delivery", "delivery_quote", "article_revision", "rewording"}
    assert min(count for table, count in service.rows().items() if table not in without) >= 2
    yield service
    engine.dispose()
    if request.param == "postgresql":
        on_server(server, "DROP DATABASE test_bad_input WITH (FORCE)")


@pytest.fixture(autouse=True)
def nothing_is_stored(service: Service) -> Iterator[None]:
    """Check after each test that every table has as many rows as before."""
    before = service.rows()
    yield
    assert service.rows() == before


def send(service: Service, method: str, path: str, body: object = None, **more: Any) -> Any:
    """Send a request, as JSON where it has a body; a change is for whatever is stored now."""
    headers = {"If-Match": "*"} if method in ("PATCH", "DELETE") else {}
    if body is not None:
        more = {"data": json.dumps(body), "content_type": "application/json"}
    return service.client.open(path, method=method, headers=headers, **more)


Bodies = list[tuple[dict[str, Any], str]]  # each with the pointer to what is wrong in it

ARTICLES: Bodies = [
    ({"text": ""}, "/text"),
    ({"text": " \n\t"}, "/text"),
    ({"text": "... — !?"}, "/text"),
    ({"text": "x" * 1_000_001}, "/text"),
    ({"text": "x" * 5_000_000}, "/text"),
    ({"text": "a\0b"}, "/text"),
    ({"text": "a\ud800b"}, "/text"),
    ({"text": "\udc00\ud800"}, "/text"),
    ({"text": 5}, "/text"),
    ({"text": None}, "/text"),
    ({"text": ["a"]}, "/text"),
    ({"text": {"a": 1}}, "/text"),
    ({}, ""),
    ({"text": "a", "html": "<p>a</p>"}, ""),
    ({"html": ""}, "/html"),
    ({"html": "<p>"}, "/html"),
    ({"html": "<html><body></body></html>"}, "/html"),
    ({"html": "\0"}, "/html"),
    ({"html": "<" * 10_000}, "/html"),
    # an article's other fields
    ({"text": "a", "published": "2022-02-30"}, "/published"),
    ({"text": "a", "published": "2022-13-01"}, "/published"),
    ({"text": "a", "published": "0000-01-01"}, "/published"),
    ({"text": "a", "published": "yesterday"}, "/published"),
    ({"text": "a", "published": "2022-03-24T25:00:00Z"}, "/published"),
    ({"text": "a", "published": "2022-03-24T18:00:00"}, "/published"),
    ({"text": "a", "published": "0001-01-01T00:00:00+14:00"}, "/published"),
    ({"text": "a", "published": "٢٠٢٢-٠٣-٢٤"}, "/published"),
    ({"text": "a", "published": 20220324}, "/published"),
    ({"text": "a", "url": "ftp://courier.example/1"}, "/url"),
    ({"text": "a", "url": "javascript:alert(1)"}, "/url"),
    ({"text": "a", "url": "https://user:password@courier.example/"}, "/url"),
    ({"text": "a", "url": "https://courier.example/a b"}, "/url"),
    ({"text": "a", "url": "https://courier.example/a\n"}, "/url"),
    ({"text": "a", "url": "https://courier.example/" + "a" * 2000}, "/url"),
    ({"text": "a", "url": ""}, "/url"),
    ({"text": "a", "title": "a\0"}, "/title"),
    ({"text": "a", "title": "\ud800"}, "/title"),
    ({"text": "a", "title": "x" * 1001}, "/title"),
    ({"text": "a", "publisher": 7}, "/publisher"),
    ({"text": "a", "language": "as it is spoken"}, "/language"),
    ({"text": "a", "text_hash": "0"}, "/text_hash"),
    ({"text": "a", "id": 1}, "/id"),
    ({"text": "a", "a/b~c": 1}, "/a~1b~0c"),
]
EXTRACTIONS: Bodies = [
    ({}, "/text"),
    ({"text": "x" * 5_000_000}, "/text"),
    ({"text": "a\0b"}, "/text"),
    ({"text": "a\ud800b"}, "/text"),
    ({"text": "a", "published": "2022-02-30"}, "/published"),
    ({"text": "a", "url": "https://courier.example/1"}, "/url"),
]
# Quotes: what they refer to, and where they stand. Each beside what is right in one.
QUOTES: Bodies = [
    ({"article": 99}, "/article"),
    ({"article": 10**30}, "/article"),
    ({"article": 0}, "/article"),
    ({"article": "1"}, "/article"),
    ({"article": None}, "/article"),
    ({"speaker": 99}, "/speaker"),
    ({"speaker": 2**63 - 1}, "/speaker"),
    ({"speaker": "Mari Maasikas"}, "/speaker"),
    ({"speaker": 1, "role": 99}, "/role"),
    ({"role": 1}, "/role"),
    ({"content": []}, "/content"),
    ({"content": [[0, len(TEXT) + 1]]}, "/content/0"),
    ({"content": [[0, 4], [10, 10**9]]}, "/content/1"),
    ({"cue": [[len(TEXT), len(TEXT) + 4]]}, "/cue/0"),
    ({"source": [[2**62, 2**63 - 1]]}, "/source/0"),
    ({"content": [[0, 10**30]]}, "/content/0"),
    ({"content": [[-1, 4]]}, "/content/0"),
    ({"content": [[4, 4]]}, "/content/0"),
    ({"content": [[4, 0]]}, "/content/0"),
    ({"content": [[0, 1, 2]]}, "/content/0"),
    ({"content": [[0]]}, "/content/0"),
    ({"content": [["0", "4"]]}, "/content/0"),
    ({"content": [[0.5, 4]]}, "/content/0"),
    ({"content": [[False, True]]}, "/content/0"),
    ({"content": [None]}, "/content/0"),
    ({"content": "0-4"}, "/content"),
    ({"content": [[4, 8], [0, 4]]}, "/content"),
    ({"content": [[0, 8], [4, 12]]}, "/content"),
    ({"content": [[TEXT.index("\n"), TEXT.index("\n") + 2]]}, "/content/0"),
    ({"content": [[0, 4]] * 1001}, "/content"),
    ({"kind": "loud"}, "/kind"),
    ({"said": "2022-02-30"}, "/said"),
    ({"text": "I never said that"}, "/text"),
    ({"confidence": 1}, "/confidence"),
]
OTHERS: list[tuple[str, str, dict[str, Any], str]] = [
    ("PATCH", "/v1/articles/1", {"text": "another"}, "/text"),
    ("PATCH", "/v1/articles/1", {"quotes": []}, "/quotes"),
    ("PATCH", "/v1/articles/1", {"published": "2022-02-30"}, "/published"),
    ("PATCH", "/v1/quotes/1", {"speaker": 99}, "/speaker"),
    ("PATCH", "/v1/quotes/1", {"content": [[0, 10**6]]}, "/content/0"),
    ("PATCH", "/v1/quotes/1", {"content": None}, "/content"),
    ("PATCH", "/v1/quotes/1", {"article": 2}, "/article"),
    ("PATCH", "/v1/quotes/1", {"status": "true"}, "/status"),
    ("POST", "/v1/tenures", {"speaker": 99, "role": 1}, "/speaker"),
    ("POST", "/v1/tenures", {"speaker": 1, "role": 99}, "/role"),
    ("POST", "/v1/tenures", {"speaker": 1, "role": 1, "started": "2022-02-30"}, "/started"),
    ("PATCH", "/v1/tenures/1", {"started": "2022-01-02", "ended": "2022-01-01"}, "/ended"),
    ("POST", "/v1/speakers", {"kind": "person", "name": "a\0b"}, "/name"),
    ("POST", "/v1/speakers", {"kind": "person", "name": "\ud800"}, "/name"),
    ("POST", "/v1/speakers", {"kind": "person", "name": "x" * 5_000_000}, "/name"),
    ("PATCH", "/v1/speakers/1", {"names": ["a\0b"]}, "/names/0"),
    ("PATCH", "/v1/speakers/1", {"name": None}, "/name"),
    ("POST", "/v1/roles", {"title": "x" * 5_000_000}, "/title"),
    ("POST", "/v1/roles", {"title": "x", "country": "UK"}, "/country"),
    ("PATCH", "/v1/roles/1", {"title": None}, "/title"),
    ("POST", "/v1/publishers", {"name": "x", "domain": "courier.example\n"}, "/domain"),
    ("PATCH", "/v1/publishers/1", {"name": "\0"}, "/name"),
    ("POST", "/v1/searches", {"name": "x"}, "/query"),
    ("POST", "/v1/searches", {"query": "q=bridge"}, "/name"),
    ("POST", "/v1/searches", {"name": "x", "query": {"q": "bridge"}}, "/query"),
    ("POST", "/v1/searches", {"name": "x", "query": "q=bridge&q=road"}, "/query"),
    ("POST", "/v1/searches", {"name": "x", "query": "q=%ff"}, "/query"),
    ("POST", "/v1/searches", {"name": "x", "query": "q=a%00b"}, "/query/q"),
    ("POST", "/v1/searches", {"name": "x", "query": "q="}, "/query/q"),
    ("POST", "/v1/searches", {"name": "x", "query": "country=UK"}, "/query/country"),
    ("POST", "/v1/searches", {"name": "x", "query": "from=2022-02-30"}, "/query/from"),
    ("POST", "/v1/searches", {"name": "x", "query": "colour=red"}, "/query/colour"),
    ("POST", "/v1/searches", {"name": "x", "query": "q=a&sort=oldest"}, "/query/sort"),
    ("POST", "/v1/searches", {"name": "x", "query": "&".join(f"x{n}=" for n in range(200))}, "/query"),
    ("POST", "/v1/searches", {"name": "x", "query": "q=" + "a" * 5000}, "/query"),
    ("POST", "/v1/searches", {"name": "x", "query": "q=a", "secret": "mine"}, "/secret"),
    ("POST", "/v1/searches", {"name": "x", "query": "q=a", "webhook": ""}, "/webhook"),
]
QUERIES = [
    ("quotes?q=a%00b", "q"),
    ("quotes?q=" + "a" * 1001, "q"),
    ("quotes?q=", "q"),
    ("quotes?speaker=%20", "speaker"),
    ("quotes?article=" + "9" * 30, "article"),
    ("quotes?article=x", "article"),
    ("quotes?kind=loud", "kind"),
    ("quotes?act=maybe", "act"),
    ("quotes?status=true", "status"),
    ("quotes?country=UK", "country"),
    ("quotes?country=eë", "country"),
    ("quotes?from=2022-02-30", "from"),
    ("quotes?to=2022-03-24T18:00:00", "to"),
    ("quotes?to=0001-01-01T00:00:00%2B14:00", "to"),
    ("quotes?from=tomorrow", "from"),
    ("quotes?sort=best", "sort"),
    ("quotes?total=10", "total"),
    ("articles?q=", "q"),
    ("articles?q=" + "a" * 1001, "q"),
    ("articles?sort=relevance", "sort"),
    ("quotes?since=2022-03-24", "since"),
    ("articles?url=x", "url"),
    ("articles?from=2022-02-30", "from"),
    ("speakers?kind=robot", "kind"),
    ("speakers?q=" + "a" * 301, "q"),
    ("roles?country=UK", "country"),
    ("roles/1/holders?on=2022-02-30", "on"),
    ("roles/1/holders?on=2022-03-24T00:00:00Z", "on"),
    ("tenures?speaker=" + "9" * 30, "speaker"),
    ("tenures?role=0", "role"),
    ("tenures?role=Mayor", "role"),
]
NO_OBJECTS: list[Any] = [[], "x", 1, True]
INVALID: list[tuple[str, str, Any, str]] = [
    *(("POST", "/v1/articles", body, pointer) for body, pointer in ARTICLES),
    *(("POST", "/v1/extract", body, pointer) for body, pointer in EXTRACTIONS),
    *(("POST", "/v1/quotes", {"article": 1, "content": [[0, 4]], "kind": "direct", **b}, pointer) for b, pointer in QUOTES),
    *OTHERS,
    *(("POST", f"/v1/{noun}", body, "") for noun in NOUNS for body in NO_OBJECTS),
    *(("PATCH", f"/v1/{noun}/1", body, "") for noun in NOUNS for body in NO_OBJECTS),
    *(("PATCH", f"/v1/{noun}/1", {"colour": "red"}, "/colour") for noun in NOUNS),
    *(("PATCH", f"/v1/{noun}/1", {"id": 9}, "/id") for noun in NOUNS),
    *((method, f"/v1/{noun}{path}?colour=red", {} if method in ("POST", "PATCH") else None, "colour")
      for noun in NOUNS for method, path in [("GET", ""), ("GET", "/1"), ("POST", ""), ("PATCH", "/1"), ("DELETE", "/1")]),
    *(("GET", f"/v1/{noun}?{query}", None, query.partition("=")[0]) for noun in NOUNS for query in [
        "limit=0", "limit=101", "limit=-1", "limit=x", "limit=1.0", "limit=%201", "limit=", f"limit={'9' * 30}",
        "limit=1&limit=2", "cursor=", "cursor=%00",
    ]),
    *(("GET", f"/v1/{path}", None, pointer) for path, pointer in QUERIES),
]  # fmt: skip


@pytest.mark.parametrize(
    "row", INVALID, ids=lambda row: f"{row[0]} {row[1]} {row[2]}"[:60].encode("ascii", "replace").decode()
)
def test_invalid_values(service: Service, row: tuple[str, str, object, str]) -> None:
    method, path, body, pointer = row
    answer = problem(send(service, method, path, body), 422, "invalid")
    assert pointer in [error["pointer"] for error in answer["errors"]], answer


IDS = ("9" * 30, "9" * 5000, "0", "-1", "1.0", "1e3", "0x1", "%D9%A1", "01", "+1", "1_0", "x", "%00", "1%2F..", "99")
NOWHERE = [
    *((method, f"/v1/{noun}/{row_id}") for noun in NOUNS for row_id in IDS for method in ("GET", "PATCH", "DELETE")),
    *(("GET", f"/v1/roles/{row_id}/holders") for row_id in IDS),
    *(("GET", path) for path in ("/v1", "/v2/quotes", "/v1/quotes/", "/v1/quote", "/%ff", "/%00", "/..%2fetc/passwd")),
]


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_nothing_there(service: Service, method: str) -> None:
    for path in (path for wanted, path in NOWHERE if wanted == method):
        problem(send(service, method, path, {} if method == "PATCH" else None), 404, "not-found")


@pytest.mark.parametrize(
    ("method", "path", "body", "name"),
    [
        ("PATCH", "/v1/articles/1", {"url": "https://courier.example/1"}, "duplicate"),
        ("DELETE", "/v1/publishers/1", None, "in-use"),
        ("DELETE", "/v1/speakers/1", None, "in-use"),
        ("DELETE", "/v1/roles/1", None, "in-use"),
        ("POST", "/v1/roles", {"title": "ADDED 1"}, "duplicate"),
        ("PATCH", "/v1/roles/1", {"title": "Added 1", "organisation": None, "country": None}, "duplicate"),
    ],
)
def test_conflicts(service: Service, method: str, path: str, body: object, name: str) -> None:
    problem(send(service, method, path, body), 409, name)


@pytest.mark.parametrize("path", ["/v1/articles", "/v1/publishers", "/v1/quotes", "/v1/extract"])
@pytest.mark.parametrize(
    ("data", "status", "name"),
    [
        (b'{"text": "' + b"x" * (9 * MIB) + b'"}', 413, "too-large"),
        (b"\0" * (9 * MIB), 413, "too-large"),
        (b'{"text": "a\0b"}', 400, "bad-request"),
        (b'{"text": "\xed\xa0\x80"}', 400, "bad-request"),
        (b'{"text": "\xff"}', 400, "bad-request"),
        (b"{'text': 1}", 400, "bad-request"),
        (b'{"text": ' + b"[" * 100_000, 400, "bad-request"),
        (b'{"text": ' + b"9" * 5000 + b"}", 400, "bad-request"),
        (b'{"text": NaN}', 422, "invalid"),
        (b'{"text": 1e999}', 422, "invalid"),
        (b"", 400, "bad-request"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_bodies(service: Service, path: str, data: bytes, status: int, name: str) -> None:
    problem(send(service, "POST", path, data=data, content_type="application/json"), status, name)


def numbered(fields: int) -> bytes:
    return b"{" + b",".join(b'"x%d":1' % number for number in range(fields)) + b"}"


FAULTY: list[tuple[bytes, int]] = [
    (numbered(700_000), 413),
    (b'{"x":[' + b"{}," * 600_000 + b"{}]}", 413),
    (numbered(100), 422),
    (numbered(101), 422),
    (b'{"text":"a","speakers":[],"quotes":[' + b",".join([b"{}"] * 9_000) + b"]}", 422),
    (b'{"kind":"person","name":"x","names":[' + b",".join([b"1"] * 1_000) + b"]}", 422),
    (b'{"' + b"x" * 5_000_000 + b'":1}', 422),
    (b'{"' + b"\\ud800" * 1_000_000 + b'":1}', 422),
    (b'{"text":"x","\\ud800":1}', 422),
    (b'{"\\udfff\\ud800":{"\\ud800":1}}', 422),
    (b'{"name":{"\\ud800":1},"text":["\\ud800"],"quotes":[{"\\ud800":1}],"content":[["\\ud800"]]}', 422),
    (b'{"x":' + b"[" * 64 + b"]" * 64 + b"}", 400),
    (b'{"x":' + b'{"x":' * 1000 + b"1" + b"}" * 1000 + b"}", 400),
]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("POST", f"/v1/{noun}") for noun in (*NOUNS, "searches", "extract")),
        *(("PATCH", f"/v1/{noun}/1") for noun in NOUNS),
    ],
)
def test_answers_are_bounded(service: Service, method: str, path: str) -> None:
    """Whatever a body has wrong, its answer is short, and can be encoded."""
    names = {400: "bad-request", 413: "too-large", 422: "invalid"}
    for data, status in FAULTY:
        response = send(service, method, path, data=data, content_type="application/json")
        answer = problem(response, status, names[status])
        assert len(response.data) < 50_000
        assert "more_errors" not in answer or len(answer["errors"]) == 100
        assert "\ud800" not in json.loads(response.data.decode())["detail"]


def test_says_how_many_more_errors_there_are(service: Service) -> None:
    answer = problem(
        send(service, "POST", "/v1/extract", data=numbered(100), content_type="application/json"), 422, "invalid"
    )
    assert (len(answer["errors"]), answer["more_errors"]) == (100, 1)  # 100 unknown fields, and no text


LISTS = [*(f"/v1/{noun}" for noun in NOUNS), "/v1/roles/1/holders"]
CRAFTED: tuple[Any, ...] = (
    None, True, 0, -1, 2**63, -(2**63) - 1, 10**30, 1.5, float("inf"), float("nan"), "", "x", "\0", "\ud800", [], {},
    "9999-99-99", "0001-01-01T00:00:00+14:00", "2022-03-24", "2022-03-24T00:00:00",
)  # fmt: skip


def test_cursors(service: Service) -> None:
    """Garbled ones, ones of another list, and ones with the right mark but other values inside."""
    given = {}
    for path in LISTS[:-1]:
        following = service.client.get(f"{path}?limit=1&act=any" if "quotes" in path else f"{path}?limit=1").json[
            "next"
        ]
        given[path] = re.findall(r"cursor=([^&]+)", following)[0]
    for path in LISTS:
        query = {"limit": "1", **({"act": "any"} if "quotes" in path else {})}

        def ask(cursor: str, path: str = path, query: dict[str, str] = query) -> Any:
            return service.client.get(f"{path}?{urlencode({**query, 'cursor': cursor})}")

        for garbled in ("x", "e30", "bnVsbA", "W10", "WyJhIl0", "====", "é", "A" * 2000, quote("\u202e"), "-1", "__"):
            problem(ask(garbled), 422, "invalid-cursor")
        for other, cursor in given.items():
            if other != path:
                problem(ask(cursor), 422, "invalid-cursor")
        if path in given:
            mark, *values = json.loads(base64.urlsafe_b64decode(given[path] + "=="))
            for place in range(len(values)):
                for value in CRAFTED:
                    crafted = [mark, *values[:place], value, *values[place + 1 :]]
                    response = ask(base64.urlsafe_b64encode(json.dumps(crafted).encode()).decode().rstrip("="))
                    assert response.status_code == 200 or problem(response, 422, "invalid-cursor"), value
            totals = (
                [1],
                [-1, "eq"],
                [2**63, "eq"],
                [True, "gte"],
                [1, "lte"],
                [1, "eq", 1],
                ["1", "eq"],
                [1.5, "eq"],
                {"eq": 1},
            )
            without = values[1:]
            for crafted in ([mark], [mark, *values, 1], [mark, values], *([mark, total, *without] for total in totals)):
                problem(ask(base64.urlsafe_b64encode(json.dumps(crafted).encode()).decode()), 422, "invalid-cursor")
            problem(service.client.get(f"{path}?limit=1&colour=red&cursor={given[path]}"), 422, "invalid")


HOSTILE = (
    '"', '""', '"unclosed phrase', "“", "*", "pri*", "NEAR(", "NEAR(a b, 1)", "a:b", "terms:prices", "-prices", "^prices",
    "a AND", "OR", "NOT a", "AND OR NOT", "(a", ")", "{terms}: a", "a + b", "'; DROP TABLE quote; --", "'", "''", "\\", "%",
    "_", "a\\'b", "a & b", "a | !b", "a <-> b", "a:*", "a:AB", "$$", "?", ":1", "the of and", "... !? —", "…", "،؛؟",
    "-", "- a", "-OR-", "a OR", "OR OR", "-(a OR b)", "speaker:", "speaker:\"", "-speaker:x", "said:", "said:..", "said:9999",
    "said:0000-00", "said:2022..2021", "speaker:1", "speaker:99999999999999999999", "role:%", "country:zz", "kind:x",
    "a* OR *b", "speaker:a OR " * 70, "من قال هذا؟", "\u202eabc", "مرحبا \"قال\"", "אמר", "\u200b", "\ufeff", "e\u0301",
    "ﷺ" * 300, "a " * 499, "( " * 499, '" ' * 499, "😀", "5e10z", "1.5", "\ufffd", "a\nb\tc", "\x01", "\x7f",
    "<script>alert(1)</script>", "{{7*7}}",
    "../../etc/passwd", "NULL", "null", "True", "1",
)  # fmt: skip


@pytest.mark.parametrize("sort", ["newest", "relevance"])
def test_hostile_searches_are_plain_words(service: Service, sort: str) -> None:
    for q in HOSTILE:
        for path in (
            f"/v1/quotes?act=any&sort={sort}&q=",
            "/v1/articles?q=",
            "/v1/speakers?q=",
            "/v1/roles?q=",
            "/v1/publishers?q=",
        ):
            if "quotes" in path or "articles" in path or len(q) <= 300:
                response = service.client.get(path + quote(q))
                assert response.status_code == 200, (path, q, response.json)
    nothing = ('"', "*", "... !? —", "'; --", "، ؛", "\u200b", "%", "_")
    for q in nothing:
        for path in ("quotes", "articles", "speakers", "roles", "publishers"):
            assert service.client.get(f"/v1/{path}?q={quote(q)}").json["items"] == [], (path, q)


def test_hostile_filters_are_plain_words(service: Service) -> None:
    for value in (value for value in HOSTILE if len(value) <= 300):
        for name in ("speaker", "role", "organisation", "publisher", "cue"):
            response = service.client.get(f"/v1/quotes?{urlencode({name: value})}")
            assert response.status_code == 200, (name, value, response.json)
        for path in ("/v1/articles?publisher=", "/v1/roles?organisation="):
            response = service.client.get(path + quote(value))
            assert response.status_code == 200, (path, value, response.json)


def test_bytes_that_are_no_utf8_in_a_query(service: Service) -> None:
    for q in ("%ff", "%ED%A0%80", "%C3%28", "%F4%90%80%80"):
        answer = service.client.get(f"/v1/quotes?q={q}").json
        assert (answer["items"], answer["next"], answer["total"]) == ([], None, {"value": 0, "relation": "eq"})
        assert answer["query"]["without"] == []


@pytest.mark.parametrize(
    "path", [*LISTS, *(f"/v1/{noun}/1" for noun in NOUNS), "/v1/extract", "/healthz", "/openapi.json"]
)
def test_wrong_methods(service: Service, path: str) -> None:
    response = service.client.put(path, json={})
    problem(response, 405, "method-not-allowed")
    assert response.headers["Allow"]


def test_nothing_half_stored_under_an_idempotency_key(service: Service) -> None:
    for noun, body in (("articles", {"text": "…"}), ("quotes", {}), ("roles", {"title": "Added 1"})):
        response = service.client.post(f"/v1/{noun}", json=body, headers={"Idempotency-Key": "k"})
        problem(response, response.status_code, "duplicate" if noun == "roles" else "invalid")
