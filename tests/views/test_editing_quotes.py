"""Add, change, reject and delete quotes over HTTP, and change their article or speaker."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from werkzeug.test import TestResponse

from api.database.engine import reading
from api.models import Revision
from tests.answers import problem
from tests.views.harbour import SOLD, TEXT, YEAR, Same, found, new, spans


def change(writer: FlaskClient, quote_id: int, **body: Any) -> TestResponse:
    url = f"/v1/quotes/{quote_id}"
    return writer.patch(url, json=body, headers={"If-Match": writer.get(url).headers["ETag"]})


def remove(writer: FlaskClient, quote_id: int) -> None:
    url = f"/v1/quotes/{quote_id}"
    assert writer.delete(url, headers={"If-Match": writer.get(url).headers["ETag"]}).status_code == 204


def test_adds_and_changes_a_quote_by_its_words(writer: FlaskClient, ids: dict[str, int]) -> None:
    body = new(
        ids,
        content=[{"exact": "Others  kept silent."}],
        cue=[{"exact": "kept", "prefix": "Others ", "suffix": " silent"}],
        source=spans("Others"),
    )
    created = writer.post("/v1/quotes", json=body)
    assert created.status_code == 201, created.json
    parts = {part: created.json[part] for part in ("content", "cue", "source")}
    assert parts == {"content": spans("Others kept silent."), "cue": spans("kept"), "source": spans("Others")}
    assert created.json["text"] == "Others kept silent."
    changed = change(writer, created.json["id"], content=[{"exact": "kept"}, {"exact": "silent."}], cue=[])
    assert (changed.json["content"], changed.json["cue"]) == (spans("kept", "silent."), [])


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"content": [{"exact": "Nobody kept silent."}]}, "/content/0"),
        ({"content": [{"exact": "the"}]}, "/content/0"),  # more than once
        ({"content": [[0, 3], {"exact": "kept", "prefix": "who"}]}, "/content/1"),
        ({"content": [{"exact": "silent."}, {"exact": "kept"}]}, "/content"),
        ({"content": [{"exact": " "}]}, "/content/0"),
        ({"content": [{"exact": ""}]}, "/content/0/exact"),
        ({"content": [{"prefix": "kept"}]}, "/content/0/exact"),
        ({"content": [{"exact": "kept", "start": 1}]}, "/content/0/start"),
        ({"cue": [{"exact": "kept", "prefix": "x" * 201}]}, "/cue/0/prefix"),
        ({"source": ["Others"]}, "/source/0"),
    ],
)
def test_refuses_words_that_do_not_stand_there_once(same: Same, more: dict[str, Any], pointer: str) -> None:
    client, ids = same
    answer = problem(client.post("/v1/quotes", json=new(ids, **more)), 422, "invalid")
    assert pointer in [error["pointer"] for error in answer["errors"]], answer


def test_an_article_brings_quotes_by_their_words(writer: FlaskClient) -> None:
    text = "“Tolls fall,” said Ann Poe.\n\n“Rain fell,” said Ann Poe. 🟠"
    quote = {
        "kind": "direct",
        "medium": "speech",
        "act": "speech",
        "text": "“Rain fell,”",
        "said": None,
        "content": [{"exact": "“Rain fell,”"}],
        "cue": [{"exact": "said", "prefix": "fell,” "}],
        "source": [{"exact": "Ann Poe", "suffix": ". 🟠"}],
        "speaker": None,
        "role": None,
        "confidence": 1,
        "evidence": [],
    }
    created = writer.post("/v1/articles", json={"text": text, "speakers": [], "quotes": [quote]})
    assert created.status_code == 201, created.json
    [stored] = created.json["quotes"]
    words = [text[start:end] for part in ("content", "cue", "source") for start, end in stored[part]]
    assert words == ["“Rain fell,”", "said", "Ann Poe"]
    assert stored["source"][0][0] == text.rindex("Ann Poe")
    wrong = {**quote, "cue": [{"exact": "said"}], "source": [{"exact": "Bo Lund"}]}
    refused = writer.post("/v1/articles", json={"text": text, "speakers": [], "quotes": [quote, wrong]})
    errors = problem(refused, 422, "invalid")["errors"]
    assert [error["pointer"] for error in errors] == ["/quotes/1/source/0", "/quotes/1/cue/0"]


def test_adds_a_quote_by_hand(writer: FlaskClient, ids: dict[str, int]) -> None:
    body = new(
        ids,
        content=[[TEXT.index(" Others"), TEXT.index("José")]],  # with white space around
        cue=spans("kept"),
        source=spans("Others"),
        speaker=ids["ruiz"],
        role=ids["captain"],
        role_status="former",
        kind="direct",
        medium="post",
        said="2022-03-20",
    )
    created = writer.post("/v1/quotes", json=body)
    assert created.status_code == 201, created.json
    quote = writer.get(created.headers["Location"])
    assert quote.json == created.json
    assert quote.headers["ETag"] == created.headers["ETag"]
    assert quote.json["content"] == spans("Others kept silent.")
    assert quote.json["text"] == "Others kept silent."
    assert (quote.json["status"], quote.json["confidence"], quote.json["evidence"]) == ("added", 1.0, [])
    assert (quote.json["role"]["title"], quote.json["role_status"]) == ("former Captain", "former")
    assert found(writer, "q=silent+ruiz") == [quote.json["id"]]
    assert found(writer, "to=2022-03-20&cue=kept") == [quote.json["id"]]
    remove(writer, quote.json["id"])
    problem(writer.get(created.headers["Location"]), 404, "not-found")
    assert found(writer, "q=silent&status=any") == []


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"article": 4711}, "/article"),
        ({"article": int("9" * 30)}, "/article"),
        ({"article": "1"}, "/article"),
        ({"article": None}, "/article"),
        ({"speaker": 4711}, "/speaker"),
        ({"speaker": "José Ruiz"}, "/speaker"),
        ({"speaker": 1, "role": 4711}, "/role"),
        ({"role": 1}, "/role"),  # of whom
        ({"content": []}, "/content"),
        ({"content": None}, "/content"),
        ({"content": "words"}, "/content"),
        ({"content": [[0]]}, "/content/0"),
        ({"content": [[3, 3]]}, "/content/0"),
        ({"content": [[5, 3]]}, "/content/0"),
        ({"content": [[-1, 3]]}, "/content/0"),
        ({"content": [[0, 3.5]]}, "/content/0"),
        ({"content": [[0, True]]}, "/content/0"),
        ({"content": [["0", "3"]]}, "/content/0"),
        ({"content": [[0, int("9" * 30)]]}, "/content/0"),
        ({"content": [[0, len(TEXT) + 1]]}, "/content/0"),
        ({"content": [[0, 3], [3, 4]]}, "/content/1"),  # white space
        ({"content": [[0, 5], [4, 9]]}, "/content"),
        ({"content": [[10, 15], [0, 5]]}, "/content"),
        ({"content": [[number, number + 1] for number in range(1001)]}, "/content"),
        ({"cue": [[0, 5], [4, 9]]}, "/cue"),
        ({"source": [[0, len(TEXT) + 1]]}, "/source/0"),
        ({"kind": "both"}, "/kind"),
        ({"kind": None}, "/kind"),
        ({"medium": 1}, "/medium"),
        ({"act": "any"}, "/act"),
        ({"polarity": "no"}, "/polarity"),
        ({"polarity": None}, "/polarity"),
        ({"said": "2022-02-30"}, "/said"),
        ({"said": 20220230}, "/said"),
        ({"status": "confirmed"}, "/status"),
        ({"text": "words"}, "/text"),
        ({"confidence": 1}, "/confidence"),
    ],
)
def test_refuses_invalid_quotes(same: Same, more: Any, pointer: str) -> None:
    client, ids = same
    answer = problem(client.post("/v1/quotes", json=new(ids, **more)), 422, "invalid")
    assert [error["pointer"] for error in answer["errors"]] == [pointer]
    if pointer not in ("/article", "/role", "/status", "/text", "/confidence"):
        answer = problem(change(client, ids["quote"], **more), 422, "invalid")
        assert [error["pointer"] for error in answer["errors"]] == [pointer]
    assert found(client, "act=any&status=any") == [ids["fear"], ids["quote"]]
    assert client.get(f"/v1/quotes/{ids['quote']}").json["status"] == "extracted"


@pytest.mark.parametrize("missing", ["article", "content", "kind"])
def test_requires_fields_of_a_quote(same: Same, missing: str) -> None:
    client, ids = same
    body = {name: value for name, value in new(ids).items() if name != missing}
    answer = problem(client.post("/v1/quotes", json=body), 422, "invalid")
    assert [error["pointer"] for error in answer["errors"]] == [f"/{missing}"]


def test_corrects_a_quote(writer: FlaskClient, ids: dict[str, int]) -> None:
    changed = change(writer, ids["quote"], speaker=ids["ruiz"], content=spans(YEAR), cue=[], said=None).json
    assert changed == writer.get(f"/v1/quotes/{ids['quote']}").json
    assert changed["speaker"]["name"] == "José Ruiz"
    assert (changed["role"], changed["role_status"]) == (None, None)  # they were the other speaker's
    assert (changed["evidence"], changed["confidence"]) == ([], 1.0)
    assert (changed["text"], changed["content"], changed["cue"]) == (YEAR, spans(YEAR), [])
    assert changed["source"] == spans("Mayor Märta Ilves")
    assert changed["status"] == "corrected"
    [item] = writer.get("/v1/quotes?q=ruiz+year&from=2022-03-22").json["items"]
    assert item["context"] == f"{SOLD} said Mayor Märta Ilves. {YEAR} she added."
    for gone in ("q=ilves", "q=sell", "cue=said", "to=2022-03-21"):
        assert found(writer, gone) == []


@pytest.mark.parametrize(
    ("before", "body", "after"),
    [
        ("extracted", {"kind": "mixed"}, "corrected"),
        ("confirmed", {"kind": "mixed"}, "corrected"),
        ("corrected", {"kind": "mixed"}, "corrected"),
        ("rejected", {"kind": "mixed"}, "rejected"),
        ("extracted", {"status": "confirmed"}, "confirmed"),
        ("extracted", {"kind": "mixed", "status": "confirmed"}, "confirmed"),
        ("rejected", {"status": "extracted"}, "extracted"),
        ("extracted", {}, "extracted"),
    ],
)
def test_status_after_a_change(
    writer: FlaskClient, ids: dict[str, int], before: str, body: dict[str, str], after: str
) -> None:
    assert change(writer, ids["quote"], status=before).json["status"] == before
    assert change(writer, ids["quote"], **body).json["status"] == after


def test_an_added_quote_stays_added(writer: FlaskClient, ids: dict[str, int]) -> None:
    quote_id = writer.post("/v1/quotes", json=new(ids)).json["id"]
    assert change(writer, quote_id, speaker=ids["ilves"]).json["status"] == "added"
    problem(change(writer, quote_id, status="confirmed"), 422, "invalid")
    problem(change(writer, quote_id, status="added"), 422, "invalid")


def test_removing_the_speaker_removes_the_role(writer: FlaskClient, ids: dict[str, int]) -> None:
    changed = change(writer, ids["quote"], speaker=None).json
    assert (changed["speaker"], changed["role"]) == (None, None)
    problem(change(writer, ids["quote"], role=ids["mayor"]), 422, "invalid")
    changed = change(writer, ids["quote"], speaker=ids["ilves"], role=ids["captain"], role_status="acting").json
    assert (changed["role"]["organisation"], changed["role_status"]) == ("Harbour Board", "acting")


def test_a_deleted_quote_stays_rejected(writer: FlaskClient, ids: dict[str, int]) -> None:
    remove(writer, ids["quote"])
    assert writer.get(f"/v1/quotes/{ids['quote']}").json["status"] == "rejected"
    assert found(writer, "q=harbour") == []
    assert found(writer, "q=harbour&status=rejected") == [ids["quote"]]
    remove(writer, ids["quote"])
    assert found(writer, "status=any&act=any") == [ids["fear"], ids["quote"]]


def test_every_change_is_recorded(writer: FlaskClient, engine: Engine, key: str, ids: dict[str, int]) -> None:
    change(writer, ids["quote"], cue=spans("said"))
    remove(writer, ids["quote"])
    added = writer.post("/v1/quotes", json=new(ids)).json["id"]
    remove(writer, added)
    with reading(engine) as session:
        revisions = session.scalars(select(Revision).order_by(Revision.id)).all()
    assert [(revision.table, revision.row, revision.version, revision.by) for revision in revisions] == [
        ("quote", ids["quote"], 2, key[:11]),
        ("quote", ids["quote"], 3, key[:11]),
        ("quote", added, 1, key[:11]),
        ("quote", added, 1, key[:11]),
    ]
    assert [revision.change for revision in revisions] == [
        {"cue": spans("said")},
        {"status": "rejected"},
        revisions[2].change | json.loads(json.dumps(new(ids))),
        {"deleted": True},
    ]


def test_changes_need_an_etag_and_a_key(client: FlaskClient, key: str, ids: dict[str, int]) -> None:
    url = f"/v1/quotes/{ids['quote']}"
    problem(client.patch(url, json={}), 401, "unauthorized")
    problem(client.delete(url), 401, "unauthorized")
    problem(client.post("/v1/quotes", json=new(ids)), 401, "unauthorized")
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    old = client.get(url).headers["ETag"]
    for send in (client.patch, client.delete):
        problem(send(url, json={"kind": "mixed"}), 428, "if-match-required")
    assert client.patch(url, json={"source": []}, headers={"If-Match": old}).status_code == 200
    for send in (client.patch, client.delete):
        problem(send(url, json={"kind": "mixed"}, headers={"If-Match": old}), 412, "stale")
    assert client.get(url, headers={"If-None-Match": client.get(url).headers["ETag"]}).status_code == 304


def test_an_unknown_quote_is_not_found(writer: FlaskClient) -> None:
    for quote_id in (1, "9" * 30, 0, "x"):
        problem(writer.get(f"/v1/quotes/{quote_id}"), 404, "not-found")
    problem(writer.patch("/v1/quotes/1", json={}, headers={"If-Match": '"x"'}), 404, "not-found")
    problem(writer.delete("/v1/quotes/1", headers={"If-Match": '"x"'}), 404, "not-found")


def test_deleting_an_article_deletes_its_quotes(writer: FlaskClient, ids: dict[str, int]) -> None:
    url = f"/v1/articles/{ids['article']}"
    assert writer.delete(url, headers={"If-Match": writer.get(url).headers["ETag"]}).status_code == 204
    problem(writer.get(f"/v1/quotes/{ids['quote']}"), 404, "not-found")
    assert found(writer, "q=harbour&act=any&status=any") == []


def test_a_renamed_speaker_is_found_by_the_new_name(writer: FlaskClient, ids: dict[str, int]) -> None:
    url = f"/v1/speakers/{ids['ilves']}"
    body = {"name": "Märta Tamm", "names": ["Märta Tamm"]}
    assert writer.patch(url, json=body, headers={"If-Match": writer.get(url).headers["ETag"]}).status_code == 200
    assert found(writer, "q=tamm+harbour") == [ids["quote"]]
    assert found(writer, "q=ilves") == []
    assert writer.get(f"/v1/quotes/{ids['quote']}").json["speaker"]["name"] == "Märta Tamm"
