"""Real pages of many shapes, fetched from a real server: what is read of them, and what is not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.app import create_app
from api.config import Settings
from api.ingestion import article as intake
from api.sources.web import Web
from tests.web import Page, Site, site

PAGES = Path(__file__).parent / "pages"
LOCAL = {"fetch": "on", "fetch_private": ("127.0.0.1/32",)}


@pytest.fixture(scope="module")
def here() -> Iterator[Site]:
    """Yield a site with every page at /news/NAME."""
    with site() as here:
        here.pages |= {f"/news/{path.stem}": Page(path.read_bytes()) for path in PAGES.glob("*.html")}
        yield here


@pytest.fixture(scope="module")
def web() -> Web:
    return Web(Settings(**LOCAL))  # type: ignore[arg-type]  # of several types


def read(web: Web, url: str) -> intake.Prepared:
    return intake.prepare({"url": url, **web.page(url)})


# The page; its title; sentences in its text; what is not in it.
READ: list[tuple[str, str, list[str], list[str]]] = [
    (
        "newspaper",
        "Harbour to close for a week",
        ["“We have put this off for three winters, and we cannot put it off again,” said Ann Poe,", "Bo Lund, the chair"],
        ["Share", "Tweet", "Pip Hale", "Read more", "Ferry fares", "newsletter", "Cy Grub", "rights reserved", "Weather"],
    ),
    ("cookies", "Bridge toll dropped", ["“There is no reason left to keep it.”"], ["privacy", "Ed Vance", "Script Person"]),
    ("tables", "Rents up again in Harnby", ["“A nurse cannot live here", "four hundred homes"], ["Table Person", "912"]),
    (
        "entities",
        "Café owner’s farewell",
        ["“I’ve poured my last coffee,” said Zoë Kříž", '"R&D is for factories — I bake," she said.', "less than £2"],
        ["&", "\xa0"],
    ),
    ("paywall", "The mayor’s letters, read", ["“I never wrote to the harbour board,” Ann Poe, the mayor"], []),
    ("old", "Quarry to reopen", ['"We will blast on weekdays only, and never before nine," said Rolf Amber'], ["<", "FONT"]),
    (
        "pullquote",
        "Choir keeps its hall",
        ["still people came,” said Nell Tarrant, who leads the choir.", "\n\n— Hugh Brandt, in a letter to members\n\n"],
        ["came.”"],
    ),
    ("other-host", "Tide mill turns again", ["“My grandfather would have wept,” said Tom Sallow"], []),
]  # fmt: skip


@pytest.mark.parametrize(("name", "title", "inside", "outside"), READ, ids=[name for name, *_ in READ])
def test_what_is_read_of_a_page(
    here: Site, web: Web, name: str, title: str, inside: list[str], outside: list[str]
) -> None:
    columns = read(web, f"{here.url}/news/{name}").columns
    assert columns["title"] == title
    assert [part for part in inside if part not in columns["text"]] == []
    assert [part for part in outside if part in columns["text"].replace("R&D", "")] == []


def test_a_page_says_who_wrote_it_and_when(here: Site, web: Web) -> None:
    prepared = read(web, f"{here.url}/news/newspaper")
    assert (prepared.publisher, prepared.columns["author"]) == ("Harnby Gazette", "Jo Marrow")
    assert prepared.columns["published"].date().isoformat() == "2026-03-04"


@pytest.mark.parametrize("name", ["front", "script", "missing"])
def test_pages_without_an_article(here: Site, web: Web, name: str) -> None:
    with pytest.raises(intake.Unreadable, match="no article"):
        read(web, f"{here.url}/news/{name}")


CANONICAL: list[tuple[str, str]] = [
    ("{url}/news/tide-mill", "{url}/news/tide-mill"),
    ("{url}/", "{url}/page"),
    ("{url}", "{url}/page"),
    ("https://famous-daily.example/tide-mill", "{url}/page"),
    ("http://127.0.0.1:1/tide-mill", "{url}/page"),
]


@pytest.mark.parametrize(("canonical", "expected"), CANONICAL)
def test_a_page_may_say_its_url_on_its_own_host_alone(here: Site, web: Web, canonical: str, expected: str) -> None:
    html = (PAGES / "other-host.html").read_text()
    html = html.replace("https://famous-daily.example/tide-mill", canonical.format(url=here.url))
    here.pages["/page"] = Page(html.encode())
    prepared = read(web, f"{here.url}/page")
    assert prepared.columns["url"] == expected.format(url=here.url)
    assert prepared.publisher in (None, here.url.removeprefix("http://"))


@pytest.mark.parametrize(
    ("encoding", "content_type", "head"),
    [
        ("utf-8", "text/html; charset=iso-8859-1", "<head>"),
        ("windows-1250", "text/html; charset=windows-1250", "<head>"),
        (
            "windows-1250",
            "text/html",
            '<head><meta http-equiv="Content-Type" content="text/html; charset=windows-1250">',
        ),
        ("utf-16", "text/html", "<head>"),
    ],
)
def test_pages_in_the_wrong_encoding(here: Site, web: Web, encoding: str, content_type: str, head: str) -> None:
    html = (
        (PAGES / "entities.html")
        .read_text()
        .replace("<head>", head)
        .replace("Zo&euml; K&#345;&iacute;&#x17E;", "Zoë Kříž")
    )
    here.pages["/encoded"] = Page(html.replace("&ldquo;", "“").replace("&rdquo;", "”").encode(encoding), content_type)
    assert "“I’ve poured my last coffee,” said Zoë Kříž" in read(web, f"{here.url}/encoded").columns["text"]


@pytest.fixture
def app(database_url: str) -> Iterator[Flask]:
    """Yield the application with fetching on. The fixtures of clients take it."""
    app = create_app(Settings(database_url=database_url, **LOCAL))  # type: ignore[arg-type]  # of several types
    app.testing = True
    yield app
    app.extensions["engine"].dispose()


def test_posting_a_url(writer: FlaskClient, here: Site) -> None:
    url = f"{here.url}/news/newspaper"
    here.pages["/moved"] = Page(status=301, headers=(("Location", "/news/newspaper"),))
    first = writer.post("/v1/articles", json={"url": f"{here.url}/moved", "language": "en"})
    assert first.status_code == 201, first.json
    assert (first.json["url"], first.json["language"]) == (url, "en")
    assert first.json["publisher"]["name"] == "Harnby Gazette"
    speakers = {quote["speaker"]["name"] for quote in first.json["quotes"] if quote["speaker"]}
    assert speakers == {"Ann Poe", "Bo Lund"}
    again = writer.post("/v1/articles", json={"url": url})
    assert (again.status_code, again.json["id"]) == (200, first.json["id"])


@pytest.mark.parametrize(
    ("path", "status", "kind", "says"),
    [
        ("/news/no-such-page", 422, "not-fetched", "the server answered 404"),
        ("/news/script", 422, "invalid", "no article was found on the page"),
        ("/private", 422, "not-fetched", "robots.txt of its host asks not to fetch it"),
        ("/busy", 422, "not-fetched", "the server answered 503"),
        ("/pdf", 422, "not-fetched", "it is application/pdf, and no page"),
        ("/away", 422, "invalid", "no public address"),
    ],
)
def test_pages_that_cannot_be_fetched(writer: FlaskClient, path: str, status: int, kind: str, says: str) -> None:
    with site() as other:
        other.pages |= {
            "/robots.txt": Page(b"User-agent: *\nDisallow: /private"),
            "/news/script": Page((PAGES / "script.html").read_bytes()),
            "/private": Page(b"<p>Not for you.</p>"),
            "/busy": Page(status=503, headers=(("Retry-After", "120"),)),
            "/pdf": Page(b"%PDF", "application/pdf"),
            "/away": Page(status=302, headers=(("Location", "http://169.254.169.254/latest/meta-data/"),)),
        }
        answer = writer.post("/v1/articles", json={"url": other.url + path})
    assert (answer.status_code, answer.json["type"]) == (status, f"urn:verbatim:problem:{kind}")
    assert says in answer.json["detail"]
    assert answer.headers.get("Retry-After") == ("120" if path == "/busy" else None)
    assert writer.get("/v1/articles").json["items"] == []


@pytest.mark.parametrize(
    "body", [{}, {"url": None}, {"title": "x"}, {"url": "ftp://a.example/"}, {"url": "x", "html": "y"}]
)
def test_bodies_with_nothing_to_fetch(writer: FlaskClient, body: dict[str, str]) -> None:
    answer = writer.post("/v1/articles", json=body)
    assert (answer.status_code, answer.json["type"]) == (422, "urn:verbatim:problem:invalid")


def test_fetching_is_off_by_default(database_url: str, key: str, here: Site) -> None:
    app = create_app(Settings(database_url=database_url))
    before = len(here.asked)
    answer = app.test_client().post(
        "/v1/articles", json={"url": f"{here.url}/news/newspaper"}, headers={"Authorization": f"Bearer {key}"}
    )
    app.extensions["engine"].dispose()
    assert (answer.status_code, answer.json["type"]) == (403, "urn:verbatim:problem:fetching-off")
    assert len(here.asked) == before


def test_only_who_may_write_may_have_pages_fetched(client: FlaskClient, here: Site) -> None:
    before = len(here.asked)
    assert client.post("/v1/articles", json={"url": f"{here.url}/news/newspaper"}).status_code == 401
    assert len(here.asked) == before


HEAD = (
    "<p>The harbour of Lund has been shut since the storm of last week, and the boats lie in the outer basin, where the "
    "crews take turns to watch the ropes at night.</p>"
)
BODY = (
    "<p>The repairs will take months, and the fish is landed at Malmo for as long as they last, at a cost that nobody has "
    "yet agreed to bear.</p>"
)


def page(head: str = "", before: str = "", after: str = "") -> str:
    body = f"<body><article><h1>A</h1>{before}{HEAD}{BODY}{after}</article></body>"
    return f"<!DOCTYPE html><html><head>{head}</head>{body}</html>"


def json_ld(**fields: object) -> str:
    value = {"@context": "https://schema.org", "@type": "NewsArticle", "headline": "A", **fields}
    return f'<script type="application/ld+json">{json.dumps(value)}</script>'


@pytest.mark.parametrize(
    ("html", "published"),
    [
        (page(), None),
        (page(after='</article><script>var promo = {"expires": "2026-01-31"}</script>'), None),
        (page(after='</article><script>var build = "2025-02-03T04:05:06Z"</script>'), None),
        (page(after="</article><footer>© 2019 Harbour Media</footer>"), None),
        (page(after="</article><footer>Copyright 2001-2019 Harbour Media, updated 2019-03-02</footer>"), None),
        (page(after="</article><div>© 2019 Harbour Media</div>"), None),
        (page('<meta name="expires" content="2020-01-31">'), None),
        (page('<meta http-equiv="Expires" content="Fri, 31 Jan 2020 10:00:00 GMT">'), None),
        (page(json_ld(expires="2020-01-31", copyrightYear=2019)), None),
        (page(after="<p>The pier was built on 2003-04-05, as the old log of the harbour board says.</p>"), None),
        (page(after="</article><aside>Read next: <time datetime='2018-01-02'>2 January</time></aside>"), None),
        (page('<meta property="article:published_time" content="2024-05-14T08:00:00Z">'), "2024-05-14"),
        (page(json_ld(datePublished="2024-05-14", expires="2026-01-31")), "2024-05-14"),
        (page(before="<time datetime='2024-05-14'>Tuesday</time>"), "2024-05-14"),
        (page(before="<div class='author'>By Mia Oker<br>May 20, 2019</div>"), "2019-05-20"),
        (page(before="<p class='byline'>By Mia Oker, 20 May 2019</p>"), "2019-05-20"),
    ],
)
def test_a_date_is_that_of_publication(html: str, published: str | None) -> None:
    found = intake.prepare({"html": html}).columns["published"]
    assert (found and found.date().isoformat()) == published


@pytest.mark.parametrize(
    ("html", "author"),
    [
        (page(), None),
        (page('<meta name="author" content="Mia Oker"><meta name="byl" content="By MIA OKER">'), "Mia Oker"),
        (page('<meta name="author" content="admin">'), None),
        (page(before="<div class='author'>By Mia Oker<br>May 20, 2019</div>"), "Mia Oker"),
        (page(before="<div class='author'>By Ida May<br>May 20, 2019</div>"), "Ida May"),
        (page(json_ld(author=[{"@type": "Person", "name": "Mia Oker"}, {"@type": "Person", "name": "Jon Tarn, Jr."}])),
            "Mia Oker; Jon Tarn, Jr."),
        (page(json_ld(author={"@type": "Person", "name": "Mia Oker"})), "Mia Oker"),
        (page(json_ld(author="Mia Oker")), "Mia Oker"),
        (page(json_ld(author=["Mia Oker", "mia oker", "https://harbour.example/mia", 7, None])), "Mia Oker"),
        (page('<script type="application/ld+json">{"@type": "NewsArticle", </script>'), None),
        (page('<script type="application/ld+json">' + "[" * 9000 + "</script>"), None),
        (page('<script type="application/ld+json">{"@graph": [{"@type": "Person", "name": "Nobody"}, '
              '{"@type": ["NewsArticle"], "author": {"name": "Mia Oker"}}]}</script>'), "Mia Oker"),
    ],
)  # fmt: skip
def test_authors_are_names(html: str, author: str | None) -> None:
    assert intake.prepare({"html": html}).columns["author"] == author


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>Ida Maro said <q>we will open it in June</q>.</p>", "Ida Maro said “we will open it in June”."),
        ("<p>Ida Maro said <q>we will <b>open</b> it</q>.</p>", "Ida Maro said “we will open it”."),
        ("<p>Ida Maro said <q>“we will open it”</q>.</p>", "Ida Maro said “we will open it”."),
        ("<p>Ida Maro wrote to us:</p><blockquote><p>It was rotten.</p></blockquote>", "wrote to us:\n\n“It was rotten.”"),
        ("<p>Ida Maro wrote to us:</p><blockquote>It was <i>rotten</i>.</blockquote>", "wrote to us:\n\n“It was rotten.”"),
        ("<p>Ida Maro wrote:</p><blockquote><p>It was rotten.</p><p>We said so.</p></blockquote>",
            "wrote:\n\n“It was rotten.\n\n“We said so.”"),
        ("<p>Ida Maro wrote:</p><blockquote><p>It was rotten.</p><cite>Ida Maro</cite></blockquote>",
            "wrote:\n\n“It was rotten.”\n\n— Ida Maro"),
        ("<p>Ida Maro wrote:</p><blockquote><p>“It was rotten.”</p></blockquote>", "wrote:\n\n“It was rotten.”"),
        ("<p>Ida Maro wrote.</p><blockquote><p>It was rotten.</p></blockquote>", "wrote.\n\nIt was rotten."),
    ],
)  # fmt: skip
def test_quotations_are_marked_as_browsers_show_them(markup: str, text: str) -> None:
    assert intake.prepare({"html": page(after=markup)}).columns["text"].endswith(text)
