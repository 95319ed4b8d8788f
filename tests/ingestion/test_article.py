"""What is prepared of a record before it is stored."""

from __future__ import annotations

import datetime as dt

import pytest

from api.ingestion import article as intake
from api.schemas.article import ArticleNew
from tests.ingestion import TAMM, body


def test_html() -> None:
    paragraph = (
        "The ferry to the islands will run all winter, the harbour office said, and tickets stay at the summer price. "
    )
    page = (
        "<html><head><title>Ferry runs on</title><link rel='canonical' href='https://courier.example/ferry'>"
        "<meta property='og:site_name' content='Baltic Courier'>"
        "<meta property='article:published_time' content='2024-01-05T09:00:00Z'></head><body><nav>Home News Sport</nav>"
        f"<article><h1>Ferry runs on</h1><p>{paragraph * 3}</p><p>{TAMM} {paragraph * 2}</p></article></body></html>"
    )
    prepared = intake.prepare(ArticleNew().load({"html": page}))
    text = str(prepared.columns["text"])
    assert f"\n\n{TAMM}" in text
    assert "Home News Sport" not in text
    assert (prepared.publisher, prepared.columns["url"]) == ("Baltic Courier", "https://courier.example/ferry")
    assert (prepared.columns["title"], prepared.columns["published"].date()) == ("Ferry runs on", dt.date(2024, 1, 5))


@pytest.mark.parametrize("html", ["<p></p>", "<", "<div>" * 20_000, "\x01"])
def test_html_without_an_article(html: str) -> None:
    with pytest.raises(intake.Unreadable):
        intake.prepare(ArticleNew().load({"html": html}))


@pytest.mark.parametrize("text", [" ", "\n\t", "...", "\u200b"])
def test_text_without_words(text: str) -> None:
    with pytest.raises(intake.Unreadable):
        intake.prepare(ArticleNew().load({"text": text}))


def test_a_quote_given_with_other_words_than_its_content() -> None:
    found = intake.extract(intake.prepare(body(TAMM))).as_json(TAMM)
    found["quotes"][0]["text"] = "the harbour would close in May"
    with pytest.raises(intake.Unreadable, match="content") as error:
        intake.prepare(body(TAMM, **found))
    assert error.value.pointer == "/quotes/0/text"


@pytest.mark.parametrize("name", ["text", "title", "author", "publisher", "url"])
@pytest.mark.parametrize(("character", "says"), [("\0", "has a NUL"), ("\ud800", "has half of a surrogate pair")])
def test_characters_that_no_database_holds(name: str, character: str, says: str) -> None:
    """Refuse them without the schema too: what a page or a feed gives has not passed it."""
    with pytest.raises(intake.Unreadable, match=f"the {name} {says}") as error:
        intake.prepare({"text": TAMM} | {name: f"It rained{character}."})
    assert error.value.pointer == "/text"
