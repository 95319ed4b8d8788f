"""A changed article: what becomes of its quotes, of what people made of them, and of what it proves."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from api.commands.database import migrate, unmigrate
from api.config import Settings
from api.database.engine import make_engine, reading, writing
from api.ingestion import article as intake
from api.ingestion import store as ingest
from api.ingestion.rows import ArticleRows
from api.models import Article, ArticleRevision, Quote, Tenure
from tests.answers import problem
from tests.commands import run
from tests.ingestion import body, everything, put

URL = "https://courier.example/harbour"
A = "“We waited long enough, and nobody helped us,” said Liisa Tamm, the prime minister of Estonia."
A2 = "“We waited very long, and nobody helped us,” said Liisa Tamm, the prime minister of Estonia."
B = "Mayor Bo Roe of Lund said that the bridge would close in March."
B2 = "Mayor Bo Roe of Lund said that the bridge would not close in March."
C = "“Bring warm coats on Monday,” said Ana Sand, a doctor."


def text(*paragraphs: str) -> str:
    return "\n\n".join(paragraphs)


def post(writer: FlaskClient, *paragraphs: str, **more: Any) -> Any:
    response = writer.post("/v1/articles", json={"text": text(*paragraphs), "url": URL, **more})
    assert response.status_code in (200, 201), response.json
    return response


def get(client: FlaskClient, path: str) -> Any:
    response = client.get(path)
    assert response.status_code == 200, response.json
    return response.json


def report(client: FlaskClient, number: int = 0) -> dict[str, list[Any]]:
    """Return what the last revision did, by words."""
    item = get(client, "/v1/articles/1/revisions")["items"][number]
    return {
        "added": [quote["text"] for quote in item["added"]],
        "reworded": [(pair["before"]["text"], pair["after"]["text"]) for pair in item["reworded"]],
        "dropped": [quote["text"] for quote in item["dropped"]],
    }


# Paragraphs before and after, and what is added, reworded and dropped.
CASES: dict[str, tuple[list[str], list[str], dict[str, Any]]] = {
    "nothing but white space": ([A, B], [A.replace(" ", "  "), "", B], {}),
    "words around": ([A, B], ["It rained in Lund.", A, "Nobody came.", B, "Sign up for our letter."], {}),
    "other marks": ([A], [A.replace("“", '"').replace("”", '"')], {}),
    "interrupted": (
        ["“We waited long enough, and nobody helped us,” Liisa Tamm said."],
        ["“We waited long enough,” Liisa Tamm said, “and nobody helped us.”"],
        {},
    ),
    "the other way round": ([A, B, C], [C, B, A], {}),
    "twice the same": ([A, B, A], [A, A, B], {}),
    "one of two the same is cut": ([A, B, A], [A, B], {"dropped": ["“We waited long enough, and nobody helped us,”"]}),
    "added": ([A], [A, C], {"added": ["“Bring warm coats on Monday,”"]}),
    "dropped": ([A, C], [A], {"dropped": ["“Bring warm coats on Monday,”"]}),
    "all others": ([A], [C], {"added": ["“Bring warm coats on Monday,”"], "dropped": [A[:46]]}),
    "no quote is left": ([A], ["It rained."], {"dropped": [A[:46]]}),
    "turned round": (
        [A, B],
        [A, B2],
        {"reworded": [("the bridge would close in March", "the bridge would not close in March")]},
    ),
    "a word": ([A], [A2], {"reworded": [(A[:46], "“We waited very long, and nobody helped us,”")]}),
    "cut short": (
        [A],
        ["“We waited long enough,” said Liisa Tamm, the prime minister of Estonia."],
        {"reworded": [(A[:46], "“We waited long enough,”")]},
    ),
    "a sum": (
        ["Bo Roe said that the bridge had cost $5.4 million."],
        ["Bo Roe said that the bridge had cost €4.5 million."],
        {"reworded": [("the bridge had cost $5.4 million", "the bridge had cost €4.5 million")]},
    ),
    "no longer in quotation marks": (
        ["Bo Roe said “the bridge will close in March”."],
        ["Bo Roe said the bridge will close in March."],
        {"reworded": [("“the bridge will close in March”", "the bridge will close in March")]},
    ),
    "another speaker": (
        [A],
        [A.replace("Liisa Tamm", "Mari Kask")],
        {"added": [A[:46]], "dropped": [A[:46]]},
    ),
}


@pytest.mark.parametrize(("before", "after", "changes"), CASES.values(), ids=CASES)
def test_what_a_revision_does(
    writer: FlaskClient, engine: Engine, before: list[str], after: list[str], changes: dict[str, Any]
) -> None:
    first = post(writer, *before).json
    second = post(writer, *after)
    assert (second.status_code, second.headers["Verbatim-Outcome"], second.json["revision"]) == (200, "changed", 2)
    assert second.json["text"] == text(*after)
    assert report(writer) == {"added": [], "reworded": [], "dropped": [], **changes}
    assert report(writer, 1) == {"added": [], "reworded": [], "dropped": []}
    gone = {quote["id"] for quote in first["quotes"]} - {quote["id"] for quote in second.json["quotes"]}
    assert len(gone) == len(changes.get("dropped", [])) + len(changes.get("reworded", []))
    assert {quote["id"] for quote in get(writer, "/v1/articles/1?revision=1")["quotes"]} == gone
    standing = [quote["id"] for quote in second.json["quotes"]]
    assert {quote["id"] for quote in get(writer, "/v1/quotes?act=any")["items"]} == set(standing)
    for quote_id in {*gone, *standing}:
        in_its_place(writer, get(writer, f"/v1/quotes/{quote_id}"))
    with writing(engine) as session:
        assert everything(session)[-1] == []


def in_its_place(client: FlaskClient, quote: Any) -> None:
    """A quote's spans cut its words from the text of its revision, and each link of its evidence some words."""
    words = get(client, f"/v1/articles/{quote['article']['id']}?revision={quote['revision']}")["text"]
    cut = " … ".join(words[start:end] for start, end in quote["content"])
    assert cut.removeprefix("that ") == quote["text"]
    for link in quote["evidence"]:
        assert words[slice(*link["span"])].strip() == words[slice(*link["span"])] != ""
    listed = [item for item in find(client, quote) if item["id"] == quote["id"]]
    assert " ".join(cut.split())[:20] in " ".join(listed[0]["context"].split())
    assert {name: listed[0][name] for name in quote} == quote


def find(client: FlaskClient, quote: Any) -> list[Any]:
    revised = f"&revised={quote['revised']}" if quote["revised"] else ""
    found: list[Any] = get(client, f"/v1/quotes?act=any&status=any{revised}")["items"]
    return found


def test_what_was_reworded_dropped_and_added_is_found(writer: FlaskClient) -> None:
    post(writer, A, B)
    post(writer, B2, C)
    for query, words in {
        "": ["“Bring warm coats on Monday,”", "the bridge would not close in March"],
        "revised=added": ["“Bring warm coats on Monday,”"],
        "revised=rewording": ["the bridge would not close in March"],
        "revised=reworded": ["the bridge would close in March"],
        "revised=reworded&q=bridge": ["the bridge would close in March"],
        "revised=reworded&q=waited": [],
        "revised=dropped": ["“We waited long enough, and nobody helped us,”"],
        "revised=dropped&role=prime+minister&speaker=Tamm": ["“We waited long enough, and nobody helped us,”"],
        "q=waited": [],
        "speaker=Tamm": [],
    }.items():
        items = get(writer, f"/v1/quotes?{query}")["items"]
        assert sorted(item["text"] for item in items) == sorted(words), query
        facets = get(writer, f"/v1/quotes?{query}&facets=kind")
        assert (facets["counted"], facets["total"]["value"]) == (len(words), len(words)), query
        lines = writer.get(f"/v1/quotes?{query}&format=csv").text.splitlines()
        assert len(lines) == 1 + len(words), query
        assert writer.get(f"/v1/quotes.atom?{query}").text.count("<entry>") == len(words), query
    [before] = get(writer, "/v1/quotes?revised=reworded")["items"]
    [after] = get(writer, "/v1/quotes?revised=rewording")["items"]
    assert (before["reworded_as"], after["rewords"], before["rewords"]) == (after["id"], before["id"], None)
    annotated = get(writer, "/v1/quotes?revised=dropped&format=annotation")["items"][0]["target"][0]
    assert annotated["state"]["cached"].endswith("/v1/articles/1?revision=1")
    assert annotated["selector"][0]["exact"] == A[:46]
    assert "articles/1?revision=1" in writer.get("/v1/quotes.atom?revised=dropped").text
    assert get(writer, "/v1/speakers/1")["counts"]["quotes"] == 0
    assert get(writer, "/v1/articles?q=waited")["items"] == get(writer, "/v1/articles?q=speaker:Tamm")["items"] == []
    problem(writer.get("/v1/quotes?revised=gone"), 422, "invalid")


def patch(writer: FlaskClient, quote_id: int, **change: Any) -> None:
    etag = writer.get(f"/v1/quotes/{quote_id}").headers["ETag"]
    answer = writer.patch(f"/v1/quotes/{quote_id}", json=change, headers={"If-Match": etag})
    assert answer.status_code == 200, answer.json


OTHER = {"status": "corrected", "speaker": 2}  # a person says that it was someone else
NARROWER = {"status": "corrected", "content": [[1, 23]]}
# What a person made of the first quote of A, B; the new text; what is left of it: its status, speaker, text and revision.
BY_HAND: dict[str, tuple[dict[str, Any], list[str], tuple[str, int, str, int]]] = {
    "confirmed": ({"status": "confirmed"}, ["It rained.", A, B], ("confirmed", 1, A[:46], 2)),
    "rejected": ({"status": "rejected"}, ["It rained.", A, B], ("rejected", 1, A[:46], 2)),
    "corrected": (OTHER, ["It rained.", A, B], ("corrected", 2, A[:46], 2)),
    "narrower": (NARROWER, ["It rained.", A, B], ("corrected", 1, "We waited long enough,", 2)),
    "confirmed, gone": ({"status": "confirmed"}, [B], ("confirmed", 1, A[:46], 1)),
    "corrected, gone": (OTHER, [B], ("corrected", 2, A[:46], 1)),
    "confirmed of another": (
        {"status": "confirmed"},
        [A.replace("Liisa Tamm", "Mari Kask"), B],
        ("confirmed", 1, A[:46], 1),
    ),
    "corrected, said of another": (OTHER, [A.replace("Liisa Tamm", "Mari Kask"), B], ("corrected", 2, A[:46], 1)),
}


@pytest.mark.parametrize(("change", "after", "left"), BY_HAND.values(), ids=BY_HAND)
def test_what_people_decided_stays(
    writer: FlaskClient, change: dict[str, Any], after: list[str], left: tuple[str, int, str, int]
) -> None:
    post(writer, A, B)
    patch(writer, 1, **change)
    post(writer, *after)
    quote = get(writer, "/v1/quotes/1")
    assert (quote["status"], quote["speaker"]["id"], quote["text"], quote["revision"]) == left
    in_its_place(writer, quote)
    stands = left[-1] == 2
    others = [q["text"] for q in get(writer, "/v1/articles/1")["quotes"] if q["id"] != 1]
    assert (A[:46] in others) is (not stands and A[:46] in text(*after))  # never twice
    assert report(writer)["dropped"] == ([] if stands else [A[:46]])


def test_a_quote_added_by_hand_moves_with_its_words(writer: FlaskClient) -> None:
    post(writer, A, "Nobody came to the pier, the harbour office found.", B)
    start = len(A) + 2
    added = {"article": 1, "content": [[start, start + 24]], "source": [[start + 26, start + 44]], "kind": "indirect"}
    answer = writer.post("/v1/quotes", json=added)
    assert answer.status_code == 201, answer.json
    post(writer, B, "Nobody  came to the pier, the harbour office\nfound.")
    quote = get(writer, f"/v1/quotes/{answer.json['id']}")
    assert (quote["status"], quote["revision"], quote["revised"]) == ("added", 2, None)
    in_its_place(writer, quote)
    post(writer, B, "Everybody came to the pier, the harbour office found.")
    quote = get(writer, f"/v1/quotes/{answer.json['id']}")
    assert (quote["status"], quote["revision"], quote["revised"]) == ("added", 2, "dropped")
    assert report(writer)["dropped"] == [quote["text"]]
    in_its_place(writer, quote)
    # One that was added to the second text came with no revision, and what stands no more can still be corrected.
    later = writer.post("/v1/quotes", json={"article": 1, "content": [[0, 5]], "kind": "indirect"}).json
    assert (later["revision"], later["revised"]) == (3, None)
    assert report(writer)["added"] == []
    patch(writer, quote["id"], content=[quote["content"][0]], said="2024-01-02")
    in_its_place(writer, get(writer, f"/v1/quotes/{quote['id']}"))


def test_a_text_that_comes_back(writer: FlaskClient) -> None:
    post(writer, A, B, published="2024-01-01")
    patch(writer, 1, status="rejected")
    patch(writer, 2, speaker=1)
    post(writer, C, published="2024-01-01")
    for published in ({}, {"published": "2024-01-01"}, {"published": "2023-12-31"}):  # a cache's copy
        again = post(writer, A, B, **published)
        assert (again.headers["Verbatim-Outcome"], again.json["revision"], again.json["text"]) == ("unchanged", 2, C)
    newer = post(writer, A, B, published="2024-01-02")
    assert (newer.headers["Verbatim-Outcome"], newer.json["revision"]) == ("changed", 3)
    assert newer.json["published"] == "2024-01-02"
    assert [(quote["status"], quote["speaker"]["id"]) for quote in newer.json["quotes"]] == [
        ("rejected", 1),
        ("corrected", 1),
    ]
    assert report(writer) == {
        "added": [A[:46], B[-32:-1]],
        "reworded": [],
        "dropped": ["“Bring warm coats on Monday,”"],
    }
    assert report(writer, 1)["dropped"] == [A[:46], B[-32:-1]]  # history stays as it was
    assert [item["published"] for item in get(writer, "/v1/articles/1/revisions")["items"]] == [
        "2024-01-02",
        "2024-01-01",
        "2024-01-01",
    ]


def test_quotes_keep_the_date_on_which_they_came_out(writer: FlaskClient) -> None:
    post(writer, A, published="2024-01-01")
    post(writer, A, C, published="2024-01-05")
    timeline = get(writer, "/v1/quotes/timeline?interval=day")["items"]
    assert [(day["start"][-2:], day["count"]) for day in timeline if day["count"]] == [("01", 1), ("05", 1)]
    article = writer.get("/v1/articles/1")
    change = {"published": "2024-01-07", "title": "By hand"}
    assert writer.patch("/v1/articles/1", json=change, headers={"If-Match": article.headers["ETag"]}).status_code == 200
    timeline = get(writer, "/v1/quotes/timeline?interval=day")["items"]
    assert [(day["start"][-2:], day["count"]) for day in timeline if day["count"]] == [("01", 1), ("07", 1)]
    patch(writer, 1, kind="mixed")
    assert get(writer, "/v1/quotes?to=2024-01-02")["items"][0]["id"] == 1
    third = post(writer, A, published="2024-01-09", title="Theirs", author="Ann Poe").json
    assert (third["published"], third["title"], third["author"]) == ("2024-01-07", "By hand", "Ann Poe")


def test_what_an_article_proves_follows_its_text(writer: FlaskClient, engine: Engine) -> None:
    post(writer, A, B, published="2024-01-01")
    post(writer, A.replace("the prime minister", "the foreign minister"), B, published="2024-01-05")
    tenures = {(each["speaker"]["name"], each["role"]["title"]) for each in get(writer, "/v1/tenures")["items"]}
    assert tenures == {("Liisa Tamm", "foreign minister"), ("Bo Roe", "Mayor")}
    with reading(engine) as session:
        [mayor, minister] = session.scalars(select(Tenure).order_by(Tenure.id)).all()
        assert str(mayor.first_seen) == str(minister.first_seen) == "2024-01-05"
        for tenure in (mayor, minister):
            [sighting] = tenure.sightings
            assert tenure.role.title in sighting.article.text[sighting.start : sighting.end]
    quote = get(writer, "/v1/quotes/1")
    assert (quote["role"]["title"], quote["revision"]) == ("foreign minister", 2)


def test_a_revision_keeps_the_speakers_of_its_article(writer: FlaskClient) -> None:
    """Where several have one name an article gets a speaker of its own, and no other with each revision."""
    for title in ("mayor", "doctor"):
        post(writer, f"Ana Sand, a {title}, said that it would rain.", url=f"https://a.example/{title}")
    post(writer, "Ana Sand said that the weather would turn.")
    post(writer, "Ana Sand said that the weather would turn.", C.replace(", a doctor", ""))
    article = get(writer, "/v1/articles?url=" + URL)["items"][0]["id"]
    assert len({quote["speaker"]["id"] for quote in get(writer, f"/v1/articles/{article}")["quotes"]}) == 1


def test_reports_have_pages(writer: FlaskClient) -> None:
    only = get(writer, post(writer, A).headers["Location"] + "/revisions")
    assert [item["revision"] for item in only["items"]] == [1]
    for number in range(4):
        post(writer, A, f"It rained {number} times.")
    page = get(writer, "/v1/articles/1/revisions?limit=3")
    assert [item["revision"] for item in page["items"]] == [5, 4, 3]
    assert [item["revision"] for item in get(writer, page["next"])["items"]] == [2, 1]
    assert [get(writer, item["href"])["revision"] for item in page["items"]] == [5, 4, 3]
    problem(writer.get("/v1/articles/1?revision=6"), 404, "not-found")
    problem(writer.get(f"/v1/articles/1?revision={2**63 - 1}"), 404, "not-found")
    problem(writer.get("/v1/articles/1?revision=0"), 422, "invalid")
    problem(writer.get("/v1/articles/2/revisions"), 404, "not-found")


def test_changes_are_followed(writer: FlaskClient) -> None:
    """Log changed quotes only: one that stays as it is, in the same place, is no change."""
    given = intake.extract(intake.prepare(body(text(A, B)))).as_json(text(A, B))
    post(writer, A, B, "Nobody came.", **given)
    cursor = get(writer, "/v1/changes?since=now")["cursor"]
    start = given["quotes"][1]["content"][0][0]
    given["quotes"][1] |= {
        "content": [[start, start + len("that the bridge would close")]],
        "text": "the bridge would close",
    }
    post(writer, A, B, "Nobody saw it.", **given)
    items = get(writer, f"/v1/changes?since={cursor}")["items"]
    assert {(item["type"], item["id"], item["change"]) for item in items} == {
        ("article", 1, "changed"),
        ("quote", 2, "changed"),
        ("quote", 3, "created"),
    }


def test_a_batch_is_stored_as_its_articles_one_by_one(engine: Engine) -> None:
    """Also where one batch has several texts of one article."""
    texts = [text(A, B), text(A, B2), text(C), text(A, B), text(C, A)]
    prepared = [intake.prepare(body(each, url=URL)) for each in texts] + [intake.prepare(body(text(A, B)))]
    batch = [ArticleRows.of(each, intake.extract(each)) for each in prepared]
    with writing(engine) as session:
        outcomes = [
            (each.outcome, each.quotes_new, each.quotes_changed, each.quotes_gone)
            for each in ingest.store_all(session, batch)
        ]
        together = everything(session)
        session.rollback()
    assert outcomes == [
        ("new", 2, 0, 0), ("changed", 0, 1, 0), ("changed", 1, 0, 2), ("unchanged", 0, 0, 0), ("changed", 1, 0, 0),
        ("new", 2, 0, 0),
    ]  # fmt: skip
    for each in batch:
        with writing(engine) as session:
            ingest.store_all(session, [each])
            session.commit()
    with reading(engine) as session:
        assert everything(session) == together
        assert session.scalars(select(ArticleRevision.number)).all() == [1, 2, 3, 4]


def test_all_or_nothing(engine: Engine) -> None:
    """Leave the article as it was if its transaction ends half-way."""
    for words, commits in ((text(A, B), True), (text(A, B2, C), False)):
        prepared = intake.prepare(body(words, url=URL))
        found = intake.extract(prepared)
        with writing(engine) as session:
            ingest.store(session, prepared, found)
            if commits:
                session.commit()
    with reading(engine) as session:
        assert session.scalars(select(Article.text)).all() == [text(A, B)]
        assert session.scalars(select(Quote.last_revision)).all() == [None, None]
        assert session.scalars(select(ArticleRevision.number)).all() == []


def test_two_texts_of_one_url_at_once(app: Flask, writer: FlaskClient, key: str) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def send(words: str) -> str:
        client = app.test_client()
        answer = client.post(
            "/v1/articles", json={"text": words, "url": URL}, headers={"Authorization": f"Bearer {key}"}
        )
        return str(answer.headers["Verbatim-Outcome"])

    texts = [text(A, B), text(A, B2), text(C), text(A, C)]
    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(send, texts))
    assert outcomes == ["changed", "changed", "changed", "new"]
    stored = [get(writer, item["href"]) for item in get(writer, "/v1/articles/1/revisions")["items"]]
    assert sorted(each["text"] for each in stored) == sorted(texts)
    for quote in [quote for each in stored for quote in each["quotes"]]:
        in_its_place(writer, get(writer, f"/v1/quotes/{quote['id']}"))


def test_deleting_an_article_deletes_its_revisions(writer: FlaskClient, engine: Engine) -> None:
    post(writer, A, B)
    post(writer, B2)
    etag = writer.get("/v1/articles/1").headers["ETag"]
    assert writer.delete("/v1/articles/1", headers={"If-Match": etag}).status_code == 204
    with reading(engine) as session:
        assert everything(session)[0] == session.scalars(select(ArticleRevision.number)).all() == []
        assert session.scalars(select(Quote.id)).all() == []


def test_a_downgrade_keeps_the_last_text_of_each_article(empty_database_url: str) -> None:
    engine = make_engine(Settings(database_url=empty_database_url))
    migrate(engine)
    for words in (text(A, B), text(A, B2), text(C, A)):
        put(engine, words, url=URL)
    unmigrate(engine, "0011")
    migrate(engine)
    with reading(engine) as session:
        assert session.scalars(select(Article.text)).all() == [text(C, A)]
        assert set(session.scalars(select(Quote.text))) == {A[:46], "“Bring warm coats on Monday,”"}
    with writing(engine) as session:
        assert everything(session)[-1] == []
    engine.dispose()


def test_db_check_finds_and_repairs_wrong_counts(writer: FlaskClient, engine: Engine, database_url: str) -> None:
    post(writer, A, B)
    post(writer, C)
    assert run("db", "check", url=database_url).exit_code == 0
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE speaker SET quoted = 1")
    assert run("db", "check", url=database_url).exit_code == 1
    assert run("db", "check", "--repair", url=database_url).exit_code == 0
    assert [get(writer, f"/v1/speakers/{number}")["counts"]["quotes"] for number in (1, 2, 3)] == [0, 0, 1]
