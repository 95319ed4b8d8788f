"""An article, its versions, a speaker, and a pasted text, as HTML without scripts."""

from __future__ import annotations

import html
import re

import pytest
from flask.testing import FlaskClient

from tests.answers import create
from tests.pages.test_search import text, words

FIRST = (
    "“The harbour will open in May,” said Ann Poe, the mayor of Harnby.\nRain fell.\nShe denied that the pier was shut."
)
SECOND = FIRST.replace("in May", "in June").replace("She denied that the pier was shut.", "Snow fell.")
URL = "https://courier.example/1"


def stored(client: FlaskClient, **article: object) -> int:
    answer = client.post("/v1/articles", json={"published": "2022-03-24", **article})
    assert answer.status_code in (200, 201), answer.json
    return int(answer.json["id"])


def test_the_words_of_an_article_are_its_text(seeded: FlaskClient) -> None:
    for number in (10, 22):
        article = seeded.get(f"/v1/articles/{number}").json
        page = re.sub(
            r'<(a|span) class="(number|put)".*?</\1>', "", text(seeded, f"/articles/{number}"), flags=re.DOTALL
        )
        paragraphs = [
            html.unescape(re.sub("<[^>]+>", "", each))
            for each in re.findall(r'<p dir="auto" data-start="\d+">(.*?)</p>', page)
        ]
        assert paragraphs == re.findall(r"[^\n]+", article["text"])


def test_every_quote_is_marked_numbered_and_explained(seeded: FlaskClient) -> None:
    page = text(seeded, "/articles/10")
    quotes = seeded.get("/v1/articles/10").json["quotes"]
    for quote in quotes:
        assert page.count(f'id="quote-{quote["id"]}"') == page.count(f'id="note-{quote["id"]}"') == 1
        for link in quote["evidence"]:
            assert f'id="at-{link["span"][0]}"' in page
    ids = re.findall(r'id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert "Ingrid Solvaer , fisheries minister (NO)" in words(page)
    assert re.search(r"“Solvaer” surname → “Ingrid Solvaer” full name", words(page))


def test_a_link_to_a_quote_marks_it_without_scripts(seeded: FlaskClient) -> None:
    quotes = seeded.get("/v1/articles/10").json["quotes"]
    chosen = next(quote["id"] for quote in quotes if len(quote["content"]) == 2)
    page = text(seeded, f"/articles/10?quote={chosen}")
    assert re.findall(r'class="content chosen" data-quotes="(\d+)"', page) == [str(chosen)] * 2
    assert f'class="note-asserted aside chosen" id="note-{chosen}"' in page


def test_overlapping_quotes_are_marked_each(writer: FlaskClient) -> None:
    article = stored(writer, text="She said he said that tolls fall.", speakers=[], quotes=[])
    places = {"kind": "indirect", "article": article}
    outer = create(writer, "quotes", content=[[9, 32]], cue=[[4, 8]], source=[[0, 3]], **places).json["id"]
    inner = create(writer, "quotes", content=[[22, 32]], cue=[[12, 16]], source=[[9, 11]], **places).json["id"]
    page = text(writer, f"/articles/{article}")
    assert f'<span class="content" data-quotes="{outer} {inner}">tolls fall</span>' in page
    assert f'<span class="content source" data-quotes="{outer} {inner}">he</span>' in page


def test_a_long_article_comes_in_parts_and_a_quote_finds_its_own(writer: FlaskClient) -> None:
    rain = "Rain fell on the old harbour all day.\n" * 2_000
    article = stored(
        writer, text=f"{rain}“Tolls fall,” said Ann Poe, the mayor of Harnby.\n{rain}", speakers=[], quotes=[]
    )
    start = len(rain)
    quote = create(writer, "quotes", article=article, kind="direct", content=[[start, start + 13]]).json["id"]
    first, here = text(writer, f"/articles/{article}"), text(writer, f"/articles/{article}?quote={quote}")
    assert "Tolls" not in first
    assert f'id="quote-{quote}"' in here
    assert re.search(r'aria-current="page">3<', here)
    assert len(here) < 100_000
    assert "has 6 parts" in words(text(writer, f"/articles/{article}?part=7", 404))


def test_versions_stand_side_by_side_with_what_they_did(writer: FlaskClient) -> None:
    article = stored(writer, text=FIRST, url=URL, title="Harbour")
    [dropped] = [quote["id"] for quote in writer.get("/v1/articles/1").json["quotes"] if quote["polarity"] == "denied"]
    stored(writer, text=SECOND, url=URL, title="Harbour opens", published="2022-03-25")
    assert "This is version 2 of 2. Compare the versions" in words(text(writer, f"/articles/{article}"))
    page = text(writer, f"/articles/{article}/revisions")
    assert "<del>May</del>" in page
    assert "<ins>June</ins>" in page
    assert "Ann Poe reworded" in words(page)
    assert "Ann Poe dropped denied: the pier was shut" in words(page)
    earlier = words(text(writer, f"/articles/{article}?quote={dropped}"))
    assert "This is an earlier text , version 1 of 2" in earlier
    assert "the pier was shut" in earlier
    assert text(writer, f"/articles/{article}/revisions?from=2&to=1", 404)
    assert text(writer, f"/articles/{article}/revisions?from=1&to=9", 404)


def test_an_article_that_never_changed_has_no_versions(seeded: FlaskClient) -> None:
    assert seeded.get("/articles/1/revisions").location == "/articles/1"


def test_copies_are_linked(seeded: FlaskClient) -> None:
    page = words(text(seeded, "/articles/10"))
    assert "The same text in 1 other article New Norwegian minister wants less cod to be caught" in page


def test_a_rejected_quote_stands_in_the_margin_alone(writer: FlaskClient) -> None:
    article = stored(writer, text=FIRST)
    [quote, _] = [quote["id"] for quote in writer.get(f"/v1/articles/{article}").json["quotes"]]
    assert writer.delete(f"/v1/quotes/{quote}", headers={"If-Match": "*"}).status_code == 204
    page = text(writer, f"/articles/{article}")
    assert "rejected by hand" in words(page)
    assert f'data-quotes="{quote}"' not in page


def test_a_speaker_has_names_offices_and_quotes(seeded: FlaskClient) -> None:
    speaker = seeded.get("/v1/speakers?q=brychtova").json["items"][0]
    page = text(seeded, f"/speakers/{speaker['id']}")
    says = words(page)
    assert "Zuzana Brychtova" in says
    assert "Also written Zuzana Brychtová" in says
    roles = seeded.get(f"/v1/speakers/{speaker['id']}").json["roles"]
    assert page.count('<rect class="track"') == len(roles) > 0
    assert re.search(r"governor, [^<]*</a> <span class=\"note\">seen \d+ \w+ \d{4}", page)
    assert "Quoted beside" in says
    assert "Most in" in says


def test_a_speaker_has_the_words_used_more_than_others_do(seeded: FlaskClient) -> None:
    solvaer = seeded.get("/v1/speakers?q=ingrid+solvaer").json["items"][0]
    page = text(seeded, f"/speakers/{solvaer['id']}")
    shown = page.partition("Speaks of, more than others do")[2].partition("</section>")[0]
    links = re.findall(r'href="([^"]+)" dir="auto">([^<]+)<', shown)
    assert "coastal" in [word for _, word in links]
    for href, word in links:
        found = seeded.get(html.unescape(href).replace("/search", "/v1/quotes")).json["items"]
        assert len(found) >= 3, word


def test_offices_are_placed_where_they_were_held(writer: FlaskClient) -> None:
    speaker = create(writer, "speakers", name="Ann Poe", kind="person").json["id"]
    for title, started, ended in (
        ("mayor", "2010-01-01", "2015-01-01"),
        ("minister", "2015-01-02", "2020-01-01"),
        ("x", None, None),
    ):
        role = create(writer, "roles", title=title).json["id"]
        create(writer, "tenures", speaker=speaker, role=role, started=started, ended=ended)
    page = text(writer, f"/speakers/{speaker}")
    bands = re.findall(r'class="held" x="([\d.]+)" width="([\d.]+)"', page)
    assert [(round(float(x)), round(float(width))) for x, width in bands] == [(50, 50), (0, 50)]
    assert "minister 2 Jan 2015 to 1 Jan 2020" in words(page)
    assert "x at a time not known" in words(page)


def test_a_pasted_text_is_read_and_not_stored(client: FlaskClient) -> None:
    answer = client.post("/paste", data={"text": FIRST.replace("\n", "\r\n"), "published": "2022-03-24"})
    assert answer.status_code == 200
    assert "2 quotes found Nothing was stored." in words(answer.text)
    assert "Ann Poe , mayor, Harnby" in words(answer.text)
    assert "denied:" in words(answer.text)
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.get("/v1/articles").json["items"] == []


@pytest.mark.parametrize(
    ("form", "status", "says"),
    [
        ({}, 200, "No quotes found"),
        ({"text": "x" * 20_001}, 413, "too long for this page"),
        ({"text": "Rain.", "published": "soon"}, 422, "published Not a date"),
        ({"text": "Rain.", "foo": "1"}, 422, "foo There is no such"),
    ],
)
def test_bad_forms(client: FlaskClient, form: dict[str, str], status: int, says: str) -> None:
    answer = client.post("/paste", data=form)
    assert (answer.status_code, says in words(answer.text)) == (status, True), words(answer.text)


def test_a_text_in_another_language_says_why_it_has_no_quotes(writer: FlaskClient) -> None:
    german = "“Wir schließen die Brücke nicht”, sagte der Bürgermeister am Montag, als er in der Stadt gefragt wurde."
    assert "This text is in German (de)" in words(writer.post("/paste", data={"text": german}).text)
    assert "This text is in German (de)" in words(text(writer, f"/articles/{stored(writer, text=german)}"))


def test_a_pasted_text_taken_for_another_language_can_be_sent_again_as_english(client: FlaskClient) -> None:
    odd = "“Bonjour tout le monde, je suis ici et nous allons parler de la ville avec les gens du quartier,” said Ann Poe."
    page = client.post("/paste", data={"text": odd, "published": "2022-03-24"}).text
    assert "This text is in French (fr)" in words(page)
    assert '<button name="language" value="en">' in page
    again = client.post("/paste", data={"text": odd, "published": "2022-03-24", "language": "en"}).text
    assert "1 quote found" in words(again)
    assert 'name="language" value="en" checked' in again


def test_all_who_speak_together_are_named(client: FlaskClient) -> None:
    answer = client.post("/paste", data={"text": "“We will not sell,” said Ann Poe and Bo Lund."})
    assert "1 Ann Poe and Bo Lund" in words(answer.text)


def test_all_who_spoke_together_are_named_everywhere(writer: FlaskClient) -> None:
    article = stored(writer, text="“We will not sell,” said Ann Poe and Bo Lund.")
    lund = writer.get("/v1/speakers?q=lund").json["items"][0]["id"]
    for path in ("/", "/search?q=sell", f"/articles/{article}", f"/speakers/{lund}"):
        assert "Ann Poe and Bo Lund" in words(text(writer, path)), path
