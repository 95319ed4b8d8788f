"""The front page and the search, as HTML without scripts."""

from __future__ import annotations

import html
import re
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from tests.answers import create

POE = "“We will close the bridge if we have to,” said Ann Poe, the mayor of Harnby. She denied that the pier was shut."


def text(client: FlaskClient, path: str, status: int = 200) -> str:
    response = client.get(path, headers={"Accept": "text/html"}, follow_redirects=True)
    assert response.status_code == status, response.text
    assert response.content_type == "text/html; charset=utf-8"
    return response.text


def words(page: str) -> str:
    """Return what a page says, on one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def total(client: FlaskClient, query: str) -> int:
    """Return how many quotes the API finds."""
    found: int = client.get(f"/v1/quotes?{query}").json["total"]["value"]
    return found


def tamberg(client: FlaskClient) -> int:
    """Return the id of a speaker of the seeds."""
    found: int = client.get("/v1/speakers?q=maarja+tamberg").json["items"][0]["id"]
    return found


def links(page: str) -> list[str]:
    return [html.unescape(link) for link in re.findall(r'href="([^"#]+)', page)]


def test_an_empty_database_says_how_to_load_articles(client: FlaskClient) -> None:
    assert "verbatim import seeds" in text(client, "/")
    assert "No quote matches" in text(client, "/search")


def test_the_front_page_has_the_newest_and_who_is_quoted_most(seeded: FlaskClient) -> None:
    page = words(text(seeded, "/"))
    assert "In the week to 19 Jun 2026" in page
    assert re.search(r"Liam Ashdown \d+ by Harnby Gazette", page)
    assert page.index("Back where we belong") < page.index("Most quoted")


def test_the_front_page_has_offices_that_changed_hands(seeded: FlaskClient) -> None:
    page = words(text(seeded, "/"))
    assert (
        "prime minister (EE) Siim Randoja , first seen 28 Apr 2026 after Maarja Tamberg , last seen 14 May 2024" in page
    )
    changed = page.partition("Offices that changed hands")[2]
    assert "infrastructure minister" not in changed, "Zalutski and Zalutskyi may be one"
    assert "mayor" not in changed, "of no place: there are many"


@pytest.mark.parametrize(
    ("first", "then", "changed"),
    [
        (("2010-01-01", "2015-01-01"), ("2015-01-02", None), True),
        (("2010-01-01", "2015-01-01"), ("2014-01-02", None), False),
        (("2010-01-01", None), ("2015-01-02", None), True),
        ((None, None), ("2015-01-02", None), False),
        ((None, "2014-01-01"), ("2015-01-02", "2016-01-01"), True),
    ],
)
def test_an_office_changed_hands_where_nobody_else_seems_to_hold_it(
    writer: FlaskClient, first: tuple[str | None, str | None], then: tuple[str | None, str | None], changed: bool
) -> None:
    create(writer, "articles", text=POE)
    role = create(writer, "roles", title="mayor", organisation="Merrow").json["id"]
    for name, (started, ended) in (("Bo Lund", first), ("Cy Holm", then)):
        speaker = create(writer, "speakers", name=name, kind="person").json["id"]
        create(writer, "tenures", speaker=speaker, role=role, started=started, ended=ended)
    assert ("mayor, Merrow Cy Holm , since 2 Jan 2015 after Bo Lund" in words(text(writer, "/"))) == changed


def test_the_most_quoted_count_for_all_who_speak_together(writer: FlaskClient) -> None:
    said = {"text": "“We will not sell,” said Ann Poe and Bo Lund.", "published": "2022-03-24", "publisher": "Gazette"}
    create(writer, "articles", **said)
    create(writer, "articles", text="“Rain fell,” said Ann Poe.", published="2022-03-17", publisher="Gazette")
    create(writer, "articles", text="“Snow fell,” said Bo Lund.", published="2022-03-20", publisher="Courier")
    week = words(text(writer, "/")).partition("Most quoted")[2]
    assert "Bo Lund 2 by Gazette, Courier Ann Poe 1 by Gazette" in week.replace(
        "by Courier, Gazette", "by Gazette, Courier"
    )


def test_every_link_of_a_search_leads_somewhere(seeded: FlaskClient) -> None:
    page = text(seeded, "/search?q=bridge&speaker=Tamberg")
    own = sorted({link for link in links(page) if link.startswith("/")})
    assert len(own) > 20
    for link in own:
        assert seeded.get(link, buffered=True).status_code == 200, link


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("?q=bridge", "quotes for bridge Read as: “bridge” in any form."),
        ("?q=%22close+it%22", "“close it” together"),
        ("?q=(bridge+OR+ferr*)+-road+said:2024-05",
         "(“bridge” in any form or words that begin with “ferr”) and said 1 May 2024 to 31 May 2024, but not “road”"),
        ("?speaker=tamberg", "“tamberg” is Maarja Tamberg"),
        ("?speaker=brychtova", "“brychtova” is Zuzana Brychtova"),
        ("?speaker=nobody+at+all", "Nobody here is called “nobody at all”"),
        ("?q=speaker:Tamberg", "speaker Tamberg (Maarja Tamberg)"),
        ("?speaker={tamberg}", "speaker Maarja Tamberg ×"),
        ("?country=ee&kind=direct", "country Estonia × "),
        ("?from=2024-05-14&to=2024-05-15", "from 14 May 2024 × "),
        ("?q=zalut", "Speakers called so: Ostap Zalutsky"),
    ],
)  # fmt: skip
def test_a_search_says_how_it_was_read(seeded: FlaskClient, path: str, says: str) -> None:
    assert says in words(text(seeded, f"/search{path.format(tamberg=tamberg(seeded))}"))


def test_each_hit_has_its_speaker_office_words_outlet_and_date(seeded: FlaskClient) -> None:
    page = text(seeded, "/search?q=bridge&speaker=Tamberg&from=2024-05-14&to=2024-05-14")
    assert "Maarja Tamberg , prime minister (EE)" in words(page)
    assert "<mark>bridge</mark>" in page
    assert "Northern Wire 14 May 2024" in words(page)
    assert re.search(r'href="https://northern-wire\.example/[^"]*#:~:text=', page)


def test_a_denial_is_shown_as_one(writer: FlaskClient) -> None:
    create(writer, "articles", text=POE, url="https://courier.example/1")
    page = text(writer, "/search?q=pier")
    assert 'class="hit is-denied"' in page
    assert "denied: in the words She … denied" in words(page)
    assert "denied:" in words(text(writer, "/"))
    assert "denied:" in words(text(writer, "/articles/1"))
    assert "denied:" in words(text(writer, "/speakers/1"))


def test_facets_are_chips_with_the_counts_that_they_find(seeded: FlaskClient) -> None:
    page = text(seeded, "/search?q=bridge")
    chips = re.findall(r'<li><a href="([^"]+)"><span dir="auto">([^<]+)</span> <b>(\d+)</b>', page)
    assert "Maarja Tamberg" in [label for _, label, _ in chips]
    for href, label, count in chips:
        found = words(text(seeded, html.unescape(href)))
        assert f"{count} quote" in found, label


def test_the_timeline_has_a_bar_and_a_search_for_each_month(seeded: FlaskClient) -> None:
    page = text(seeded, "/search?q=bridge")
    bars = re.findall(r'data-first="([\d-]+)" data-last="([\d-]+)"><title>(\w+ \d+): (\d+)</title>', page)
    assert sum(int(count) for *_, count in bars) == total(seeded, "q=bridge")
    [may] = [bar for bar in bars if bar[2] == "May 2024"]
    assert may[:2] == ("2024-05-01", "2024-05-31")
    assert f"{may[3]} quotes" in words(text(seeded, f"/search?q=bridge&from={may[0]}&to={may[1]}"))


def test_a_long_time_has_a_bar_for_each_year(writer: FlaskClient) -> None:
    for published in ("2010-05-04", "2010-07-01", "2017-01-01", "2024-12-31"):
        create(writer, "articles", text=f"“Rain fell in {published},” said Ann Poe.", published=published)
    page = text(writer, "/search?q=rain")
    assert "Quotes by year, from 2010 to 2024. Most in 2010: 2." in words(page)
    bars = re.findall(r'data-first="([\d-]+)" data-last="([\d-]+)"><title>(\d+): (\d+)</title>', page)
    assert [bar[2] for bar in bars] == [str(year) for year in range(2010, 2025)]
    assert bars[0] == ("2010-01-01", "2010-12-31", "2010", "2")
    assert [bar[2] for bar in bars if bar[3] != "0"] == ["2010", "2017", "2024"]


def test_one_day_has_no_timeline(writer: FlaskClient) -> None:
    create(writer, "articles", text=POE, published="2022-03-24")
    assert "<svg" not in text(writer, "/search?q=bridge")
    assert "<svg" not in text(writer, "/speakers/1")
    assert "mayor, Harnby seen 24 Mar 2022" in words(text(writer, "/speakers/1"))


def test_pages_follow_one_another(seeded: FlaskClient) -> None:
    path, seen = "/search?q=bridge&limit=5", []
    while path:
        page = text(seeded, path)
        seen += re.findall(r'id="by-(\d+)"', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        path = html.unescape(following[1]) if following else ""
    assert len(seen) == len(set(seen)) == total(seeded, "q=bridge")


@pytest.mark.parametrize(
    ("path", "tries"),
    [
        ("?q=zzz+bridge", {"any of the words": "q=bridge"}),
        ("?q=cod&country=EE", {"without country": "q=cod", "without the words": "country=EE"}),
        ("?q=zzz", {}),
    ],
)
def test_an_empty_result_says_what_to_try(seeded: FlaskClient, path: str, tries: dict[str, str]) -> None:
    page = text(seeded, f"/search{path}")
    assert "0 quotes" in words(page)
    found = re.findall(r'<li><a href="[^"]+">([^<]+)</a> <span class="note">([\d,]+)', page)
    assert {name: int(count) for name, count in found} == {name: total(seeded, asked) for name, asked in tries.items()}


def test_empty_fields_of_a_form_leave_the_url(seeded: FlaskClient) -> None:
    sent = seeded.get("/search?q=bridge&speaker=&from=&_scheme=javascript&_external=1")
    assert (sent.status_code, sent.location) == (303, "/search?q=bridge&_scheme=javascript&_external=1")
    assert seeded.get("/search?q=+").location == "/search"


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/search?from=soon", "from Not a date"),
        ("/search?kind=loud", "kind Must be one of"),
        ("/search?foo=1", "foo There is no such"),
        ("/search?q=a&q=b", "q Given more than once."),
        ("/search?q=" + "x" * 10_000, "q Has 10,000 characters; at most 1,000 are taken."),
        ("/search?cursor=x", "Take the cursor from"),
        ("/search?country=XX", "country Not a country"),
    ],
)
def test_bad_parameters_get_a_page_that_says_what_is_wrong(seeded: FlaskClient, path: str, says: str) -> None:
    assert says in words(text(seeded, path, 422))


EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


def test_whatever_people_write_is_text_and_no_markup(writer: FlaskClient) -> None:
    names = {"name": EVIL, "kind": "person", "names": [EVIL + "2"]}
    speaker = create(writer, "speakers", **names).json["id"]
    article = {"text": f"“{EVIL} is so,” said Ann Poe, the mayor of Harnby.", "title": EVIL, "author": EVIL}
    created = create(writer, "articles", **article, publisher=EVIL, url="https://courier.example/%22onload=alert(1)")
    [stored] = created.json["quotes"]
    path = f"/v1/quotes/{stored['id']}"
    assert writer.patch(path, json={"speaker": speaker}, headers={"If-Match": "*"}).status_code == 200
    asked = quote(EVIL)
    for path in (
        "/",
        f"/search?q={asked}",
        f"/search?speaker={asked}&role={asked}",
        f"/speakers/{speaker}",
        "/articles/1",
    ):
        page = text(writer, path)
        assert "<script>alert" not in page
        assert "<img" not in page
        assert "&lt;script&gt;" in page


def test_language_and_direction_are_those_of_the_words(writer: FlaskClient) -> None:
    create(writer, "articles", text=POE, language="en-GB", title="Pier")
    assert '<blockquote lang="en-GB" dir="auto">' in text(writer, "/search?q=bridge")
    assert '<div class="text" lang="en-GB"' in text(writer, "/articles/1")


def test_a_quote_of_three_thousand_characters_is_cut_in_lists_around_what_was_found(writer: FlaskClient) -> None:
    long = " ".join(["We have said so for years"] * 100) + " and the zebra knew, " + " ".join(["which is long"] * 60)
    create(writer, "articles", text=f"“{long},” said Ann Poe, the mayor of Harnby.")
    page = text(writer, "/search?q=zebra")
    [shown] = re.findall(r"<blockquote[^>]*>(.*?)</blockquote>", page, re.DOTALL)
    assert "<mark>zebra</mark>" in shown
    assert len(re.sub("<[^>]+>", "", shown)) < 800
