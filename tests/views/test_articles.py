"""Articles over HTTP, and extraction without storing."""

from __future__ import annotations

import datetime as dt
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests import SHARED
from tests.answers import problem
from tests.foreign import FOREIGN

HARBOUR = (
    "Estonian Prime Minister Liisa Tamm said on Thursday that the harbour would open in May. “We waited long enough,” "
    "she added.\n\nPort director Juhan Saar did not comment. He fears the ice will return."
)


def post(writer: FlaskClient, **body: object) -> TestResponse:
    return writer.post("/v1/articles", json=body)


@pytest.fixture
def stored(writer: FlaskClient) -> Any:
    """Return an article as it was answered, with its URL and tag."""
    response = post(
        writer,
        text=HARBOUR,
        url="https://courier.example/harbour",
        title="Harbour",
        published="2022-03-25",
        language="en",
    )
    assert response.status_code == 201, response.json
    return response


def test_reads_an_article_with_its_quotes(writer: FlaskClient, stored: TestResponse) -> None:
    article = writer.get(stored.headers["Location"]).json
    assert article == stored.json
    assert article["text"] == HARBOUR
    assert article["publisher"]["name"] == "courier.example"
    assert article["published"] == "2022-03-25"
    first, second = (quote for quote in article["quotes"] if quote["act"] == "speech")
    assert (first["kind"], first["speaker"]["name"], first["said"]) == ("indirect", "Liisa Tamm", "2022-03-24")
    assert first["role"] == {
        "id": first["role"]["id"],
        "title": "Prime Minister",
        "organisation": None,
        "country": "EE",
    }
    [[start, end]] = second["content"]
    assert HARBOUR[start:end] == "“We waited long enough,”"
    assert second["speaker"] == first["speaker"]
    assert [link["rule"] for link in second["evidence"]]
    assert "comment" not in " ".join(quote["text"] for quote in article["quotes"])
    words = {HARBOUR[slice(*mention["span"])]: mention["speaker"]["name"] for mention in article["mentions"]}
    assert words["Liisa Tamm"] == words["she"] == "Liisa Tamm"
    assert words["Juhan Saar"] == "Juhan Saar"


@pytest.mark.parametrize(
    ("text", "given", "language", "says"),
    [
        (FOREIGN["de"], None, "de", "This text is in German (de)"),
        (FOREIGN["el"], None, "el", "This text is in Modern Greek (el)"),
        (FOREIGN["de"], "de-AT", "de-AT", "This text is in German (de-AT)"),
        (HARBOUR, "xx", "xx", "This text is in language xx. Verbatim"),
    ],
)
def test_an_article_in_another_language_has_no_quotes(
    writer: FlaskClient, text: str, given: str | None, language: str, says: str
) -> None:
    article = post(writer, text=text, language=given)
    assert (article.status_code, article.json["language"], article.json["quotes"]) == (201, language, [])
    assert article.json["note"].startswith(says)
    assert writer.get(article.headers["Location"]).json == article.json
    revisions = writer.get(f"{article.headers['Location']}/revisions").json
    assert [revision["engine"] for revision in revisions["items"]] == ["none"]


def test_a_language_that_is_given_is_believed(writer: FlaskClient, stored: TestResponse) -> None:
    assert stored.json["note"] is None
    url = "https://courier.example/deutsch"
    mistaken = post(writer, text=HARBOUR, url=url, language="de").json
    assert (mistaken["quotes"], mistaken["revision"]) == ([], 1)
    again = post(writer, text=HARBOUR, url=url)
    assert (again.headers["Verbatim-Outcome"], again.json["quotes"]) == ("unchanged", [])
    read = post(writer, text=HARBOUR, url=url, language="en-GB")
    assert (read.headers["Verbatim-Outcome"], read.json["note"], read.json["language"]) == ("changed", None, "en-GB")
    assert len(read.json["quotes"]) == len(stored.json["quotes"])
    assert post(writer, text=HARBOUR, url=url, language="en").headers["Verbatim-Outcome"] == "unchanged"


def test_extract_says_that_a_text_is_not_english(client: FlaskClient) -> None:
    found: Any = client.post("/v1/extract", json={"text": FOREIGN["fr"]}).json
    assert (found["language"], found["quotes"], found["speakers"]) == ("fr", [], [])
    assert found["note"].startswith("This text is in French (fr)")
    read: Any = client.post("/v1/extract", json={"text": HARBOUR, "language": "en"}).json
    assert (read["language"], "note" in read) == (None, False)
    assert len(read["quotes"]) > 1


def test_posting_again_returns_the_stored_article(writer: FlaskClient, stored: TestResponse) -> None:
    again = post(writer, text=HARBOUR, url="https://courier.example/harbour", title="Another title")
    assert (again.status_code, again.json) == (200, stored.json)
    assert again.headers["Location"] == stored.headers["Location"]
    assert post(writer, text=HARBOUR).json["id"] == stored.json["id"]
    elsewhere = post(writer, text=HARBOUR, url="https://herald.example/harbour")
    assert (elsewhere.status_code, elsewhere.json["publisher"]["name"]) == (201, "herald.example")


def test_changes_an_article(writer: FlaskClient, stored: TestResponse) -> None:
    url, tag = stored.headers["Location"], stored.headers["ETag"]
    change = {"title": None, "publisher": "Baltic Courier", "published": "2023-05-01T10:00:00+02:00"}
    changed = writer.patch(url, json=change, headers={"If-Match": tag})
    assert changed.status_code == 200, changed.json
    assert (changed.json["title"], changed.json["published"]) == (None, "2023-05-01T08:00:00Z")
    assert changed.json["publisher"]["name"] == "Baltic Courier"
    assert writer.get(url).json == changed.json
    problem(writer.patch(url, json={"text": "x"}, headers={"If-Match": changed.headers["ETag"]}), 422, "invalid")
    tenure = writer.get("/v1/tenures").json["items"][0]
    assert (tenure["first_seen"], tenure["last_seen"]) == ("2023-05-01", "2023-05-01")


def test_deletes_an_article(writer: FlaskClient, stored: TestResponse) -> None:
    url = stored.headers["Location"]
    assert writer.delete(url, headers={"If-Match": stored.headers["ETag"]}).status_code == 204
    problem(writer.get(url), 404, "not-found")
    assert writer.get("/v1/quotes?act=any&status=any").json["items"] == []
    assert post(writer, text=HARBOUR).status_code == 201


def test_lists_articles(writer: FlaskClient, stored: TestResponse) -> None:
    other = post(writer, text="It rained.", publisher="Herald", published="2020-01-01").json["id"]
    for query, ids in {
        "": [other, stored.json["id"]],
        "?publisher=herald": [other],
        "?publisher=courier.example": [stored.json["id"]],
        "?url=https://courier.example/harbour": [stored.json["id"]],
        "?from=2022-03-25": [stored.json["id"]],
        "?to=2022-03-25": [other, stored.json["id"]],
        "?to=2022-03-24": [other],
        "?from=2022-03-25T00:00:01Z": [],
    }.items():
        items = writer.get(f"/v1/articles{query}").json["items"]
        assert [item["id"] for item in items] == ids, query
        assert all("text" not in item for item in items)


def test_searches_articles(writer: FlaskClient, stored: TestResponse) -> None:
    long = "It rained. " * 40 + "The old toll bridge stood in the rain, and nobody came. " + "It rained. " * 40
    other = post(writer, text=long, title="Old news", published="2020-01-01").json["id"]

    def search(q: str) -> dict[str, Any]:
        response = writer.get("/v1/articles", query_string={"q": q})
        assert response.status_code == 200, response.json
        return dict(response.json or {})

    def found(q: str) -> list[int]:
        return [item["id"] for item in search(q)["items"]]

    assert found("rain* OR harbours") == [other, stored.json["id"]]
    assert found("rained -harbour") == found("“toll bridge”") == [other]
    assert found("-rained") == found("speaker:tamm") == found("role:“prime minister” country:EE") == [stored.json["id"]]
    assert found("news") == [other]  # its title
    assert found("publisher:courier.example") == [stored.json["id"]]
    assert found("kind:direct said:2022-03") == [stored.json["id"]]
    answer = search("bridges “in the rain” -zebra")
    assert [group["any"][0]["folded"] for group in answer["query"]["all"]] == ["bridges", "in the rain"]
    [item] = answer["items"]
    assert "text" not in item
    snippet = item["snippet"]
    assert snippet["text"] == "The old toll bridge stood in the rain, and nobody came."
    assert long[slice(*snippet["span"])] == snippet["text"]
    assert [snippet["text"][slice(*span)] for span in snippet["highlight"]] == ["bridge", "in the rain"]
    [item] = search("waited director")["items"]  # in two sentences, some way apart
    assert item["snippet"]["text"] == "“We waited long enough,” she added.\n\nPort director Juhan Saar did not comment."
    assert search("news")["items"][0]["snippet"] is search("-harbour")["items"][0]["snippet"] is None
    assert "snippet" not in writer.get("/v1/articles").json["items"][0]
    assert "query" not in dict(writer.get("/v1/articles").json or {})
    assert found("...") == []


def test_cuts_a_snippet_of_a_text_without_sentences(writer: FlaskClient) -> None:
    text = "word " * 500 + "bridge " + "word " * 500
    post(writer, text=text)
    [item] = writer.get("/v1/articles?q=bridge").json["items"]
    snippet = item["snippet"]
    assert text[slice(*snippet["span"])] == snippet["text"]
    assert set(snippet["text"].split()) == {"word", "bridge"}
    assert len(snippet["text"]) < 700


def test_a_changed_title_is_searched(writer: FlaskClient, stored: TestResponse) -> None:
    url, tag = stored.headers["Location"], stored.headers["ETag"]
    assert writer.patch(url, json={"title": "The ferry"}, headers={"If-Match": tag}).status_code == 200
    assert len(writer.get("/v1/articles?q=ferry").json["items"]) == 1


def test_turns_the_pages_of_a_search(writer: FlaskClient) -> None:
    ids = [post(writer, text=f"It rained on day {day}.").json["id"] for day in range(5)]
    seen, url = [], "/v1/articles?q=rain&limit=2"
    while url:
        page = writer.get(url).json
        seen += [item["id"] for item in page["items"]]
        url = page["next"]
    assert seen == ids[::-1]


def test_posting_the_same_article_at_once_stores_it_once(app: Flask, writer: FlaskClient) -> None:
    def at_once(_: int) -> TestResponse:
        client = app.test_client()
        client.environ_base.update(writer.environ_base)
        return post(client, text=HARBOUR, url="https://courier.example/harbour")

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(at_once, range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len({answer.json["id"] for answer in answers}) == 1


def test_extract_stores_nothing_and_needs_no_key(client: FlaskClient) -> None:
    found = client.post("/v1/extract", json={"text": HARBOUR, "published": "2022-03-25"}).json
    assert [speaker["name"] for speaker in found["speakers"]][:1] == ["Liisa Tamm"]
    assert found["quotes"][0]["said"] == "2022-03-24"
    assert client.post("/v1/extract", json={"text": ""}).json == {"language": None, "speakers": [], "quotes": []}
    assert client.get("/v1/articles").json["items"] == []


def test_weekdays_count_from_the_local_day(writer: FlaskClient) -> None:
    text = "Mayor Ana Sand said on Tuesday that the bridge would open."
    article = post(writer, text=text, published="2024-05-14T00:10:00+03:00").json
    assert article["published"] == "2024-05-13T21:10:00Z"
    assert article["quotes"][0]["said"] == "2024-05-14"


@pytest.mark.shared
def test_extracts_the_first_article(writer: FlaskClient) -> None:
    """Compare what the project's first article gives over HTTP with what is expected of it."""
    expected = json.loads((SHARED / "seed" / "expected.json").read_text(encoding="utf-8"))
    text = (SHARED / "seed" / "article.txt").read_text(encoding="utf-8")
    article = post(writer, text=text, published=expected["published"]).json
    fields = ("kind", "medium", "act", "said", "content", "cue", "source")

    def shape(quote: dict[str, Any]) -> dict[str, Any]:
        role = quote["role"] and {part: quote["role"][part] for part in ("title", "organisation", "country")}
        speaker = quote["speaker"] if isinstance(quote["speaker"], str) else quote["speaker"]["name"]
        return {**{field: quote[field] for field in fields}, "speaker": speaker, "role": role}

    found = [shape(quote) for quote in article["quotes"] if quote["act"] == "speech"]
    assert found == [shape(quote) for quote in expected["quotes"]]
    today = dt.date.fromisoformat(expected["published"])
    for person in expected["people"]:
        [speaker] = writer.get("/v1/speakers", query_string={"q": person["name"]}).json["items"]
        held = writer.get(f"/v1/speakers/{speaker['id']}").json["roles"]
        roles = [{part: item["role"][part] for part in ("title", "organisation", "country")} for item in held]
        assert (speaker["kind"], speaker["handle"], roles) == (person["kind"], person["handle"], person["roles"])
        assert all(item["first_seen"] == today.isoformat() for item in held)


def given(text: str, change: dict[str, object] | None = None) -> dict[str, Any]:
    """Return an article with what was found in it: the mayor said that it rained."""
    speaker = {
        "name": "Ann Poe", "kind": "person", "handle": None, "mentions": [{"span": [6, 13], "how": "full"}],
        "roles": [{"title": "Mayor", "organisation": None, "country": None, "span": [0, 5]}],
    }  # fmt: skip
    quote = {
        "kind": "indirect", "medium": "speech", "act": "speech", "text": "it rained", "said": None, "content": [[19, 33]],
        "cue": [[14, 18]], "source": [[0, 13]], "speaker": 0, "role": 0, "confidence": 0.9,
        "evidence": [{"span": [6, 13], "rule": "full name"}],
    }  # fmt: skip
    return {"text": text, "speakers": [speaker], "quotes": [{**quote, **(change or {})}]}


RAIN = "Mayor Ann Poe said that it rained. 🌧 It snowed."


def test_stores_an_article_with_its_quotes(writer: FlaskClient) -> None:
    article = writer.post("/v1/articles", json=given(RAIN)).json
    [quote] = article["quotes"]
    assert (quote["text"], quote["status"], quote["speaker"]["name"]) == ("it rained", "given", "Ann Poe")
    assert (quote["role"]["title"], quote["confidence"]) == ("Mayor", 0.9)
    assert writer.get("/v1/quotes?status=given").json["items"][0]["id"] == quote["id"]
    url = f"/v1/quotes/{quote['id']}"
    tag = writer.get(url).headers["ETag"]
    assert writer.patch(url, json={"kind": "mixed"}, headers={"If-Match": tag}).json["status"] == "corrected"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"content": [[19, 99]]}, "/quotes/0/content/0"),
        ({"content": [[18, 33]]}, "/quotes/0/content/0"),  # begins with white space
        ({"content": [[19, 26], [24, 33]]}, "/quotes/0/content"),
        ({"content": []}, "/quotes/0/content"),
        ({"content": [[33, 19]]}, "/quotes/0/content/0"),
        ({"cue": [[9, 18]]}, "/quotes/0/cue/0"),  # over the source
        ({"source": [[6, 13]], "content": [[0, 13], [19, 33]]}, "/quotes/0/source/0"),
        ({"speaker": 1}, "/quotes/0/speaker"),
        ({"speaker": -1}, "/quotes/0/speaker"),
        ({"role": 1}, "/quotes/0/role"),
        ({"speaker": None}, "/quotes/0/role"),
        ({"evidence": [{"span": [40, 60], "rule": "x"}]}, "/quotes/0/evidence/0/span"),
        ({"evidence": [{"span": [6, 13], "rule": "x" * 101}]}, "/quotes/0/evidence/0/rule"),
        ({"evidence": [{"span": [6, 13], "rule": "x\0"}]}, "/quotes/0/evidence/0/rule"),
        ({"evidence": [{"span": [6, 13], "rule": "x"}, {"span": [13, 6], "rule": "x"}]}, "/quotes/0/evidence/1/span"),
        ({"evidence": [{"span": [6, 13], "rule": "x", "more": 1}]}, "/quotes/0/evidence/0/more"),
        ({"evidence": [{"span": [6, 13]}]}, "/quotes/0/evidence/0/rule"),
        ({"evidence": [[6, 13]]}, "/quotes/0/evidence/0"),
        ({"evidence": {}}, "/quotes/0/evidence"),
        ({"confidence": 1.1}, "/quotes/0/confidence"),
        ({"confidence": "0.9"}, "/quotes/0/confidence"),
        ({"said": "yesterday"}, "/quotes/0/said"),
        ({"text": "it snowed"}, "/quotes/0/text"),
        ({"more": 1}, "/quotes/0/more"),
    ],
)
def test_refuses_quotes_that_do_not_fit_their_article(
    writer: FlaskClient, change: dict[str, object], pointer: str
) -> None:
    answer = problem(writer.post("/v1/articles", json=given(RAIN, change)), 422, "invalid")
    assert pointer in [error["pointer"] for error in answer["errors"]]
    assert writer.get("/v1/articles").json["items"] == []


@pytest.mark.parametrize("how", ["whole", "", 1, None, [], ["full"]])
def test_refuses_invalid_forms_of_mentions(writer: FlaskClient, how: object) -> None:
    article = given(RAIN)
    article["speakers"][0]["mentions"].append({"span": [6, 13], "how": how})
    answer = problem(writer.post("/v1/articles", json=article), 422, "invalid")
    assert [error["pointer"] for error in answer["errors"]] == ["/speakers/0/mentions/1/how"]


def test_accepts_other_evidence_rules(writer: FlaskClient) -> None:
    evidence = [{"span": [6.0, 13.0], "rule": "  Desk's\tRule 7 "}]
    article = writer.post("/v1/articles", json=given(RAIN, {"evidence": evidence})).json
    assert article["quotes"][0]["evidence"] == [{"span": [6, 13], "rule": "Desk's Rule 7"}]


def test_limits_speakers_and_quotes(writer: FlaskClient) -> None:
    article = given(RAIN)
    for field in ("speakers", "quotes"):
        answer = problem(writer.post("/v1/articles", json={**article, field: article[field] * 10_001}), 422, "invalid")
        assert [error["pointer"] for error in answer["errors"]] == [f"/{field}"]


def test_refuses_quotes_without_their_text_or_speakers(writer: FlaskClient) -> None:
    whole = given(RAIN)
    for without in ("text", "speakers", "quotes"):
        part = {name: value for name, value in whole.items() if name != without}
        problem(
            writer.post("/v1/articles", json={"html": "<p>It rained.</p>", **part} if without == "text" else part),
            422,
            "invalid",
        )
