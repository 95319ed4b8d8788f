"""Test the engine as a whole: its contract for any text, and the first article."""

import datetime as dt
import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import api.extraction
from api.extraction import Extraction, Span, Speaker, extract, extract_many
from tests import SHARED

Article = tuple[str, dict[str, Any], Extraction]  # its text, what is expected of it, what is found

SEED = SHARED / "seed"
PIECES = st.sampled_from(
    [
        *"\"'“”‘’«»„—–-.,:;!?()@#\n\t \0\u200d\u0301\ufe0f\ufffd\ud800\u2028",
        "said", " said ", "Ida Maro", "the minister", "according to", "that the pier is shut", " on Tuesday", "he", "did not ",
        "(@ida)", " May 9, 2023", "https://t.co/x", "😀", "e\u0301", "的", "\r\n\r\n", "called for", "the Harbour Board",
    ]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=60).map("".join))


def test_exports_the_declared_names() -> None:
    for name in api.extraction.__all__:
        assert getattr(api.extraction, name) is not None
    assert len(set(api.extraction.__all__)) == len(api.extraction.__all__)


@settings(max_examples=150, deadline=None)
@given(TEXTS, st.one_of(st.none(), st.dates()))
def test_the_contract_holds_for_any_text(text: str, published: dt.date | None) -> None:
    found = extract(text, published=published)
    json.dumps(found.as_json(text)).encode()
    for quote in found.quotes:
        assert quote.content
        assert 0 <= quote.confidence <= 1
        assert quote.text.strip()
        assert (quote.speaker is None) <= (quote.role is None)
        spans = sorted(quote.content + quote.cue + quote.source)
        assert list(quote.content) == sorted(quote.content)
        for span in spans:
            assert 0 <= span.start < span.end <= len(text)
            assert span.of(text) == span.of(text).strip()
        for one, other in pairwise(spans):
            assert one.end <= other.start
        if quote.speaker is not None:
            speaker = found.speakers[quote.speaker]
            assert quote.role is None or speaker.roles[quote.role]
    starts = [quote.content[0].start for quote in found.quotes]
    assert starts == sorted(starts)
    for speaker in found.speakers:
        assert speaker.name.strip()
        for mention in speaker.mentions:
            assert 0 <= mention.span.start < mention.span.end <= len(text)


def test_results_do_not_depend_on_other_texts() -> None:
    text = "“The pier is shut,” Ida Maro said on Tuesday.\n\nTom Pell hopes it will open."
    published = dt.date(2024, 5, 8)
    alone = extract(text, published=published)
    assert alone == extract(text, published=published)
    others = [("", None), (text, published), ("Nothing.", None), (text * 30, None), (text, published)] * 3
    many = list(extract_many(others))
    assert len(many) == len(others)
    assert many[1] == many[4] == many[14] == alone


def test_extract_many_is_lazy() -> None:
    def endless() -> Iterator[tuple[str, None]]:
        while True:
            yield "“The pier is shut,” Ida Maro said.", None

    first = next(extract_many(endless()))
    assert [quote.text for quote in first.quotes] == ["“The pier is shut,”"]


def test_a_lone_surrogate_counts_as_a_replacement_character() -> None:
    text = "\ud83d “The pier is \udc00 shut,” Ida Maro said."
    assert extract(text) == extract(text.replace("\ud83d", "\ufffd").replace("\udc00", "\ufffd"))
    (quote,) = extract(text).quotes
    assert [text[start:end] for start, end in quote.source] == ["Ida Maro"]


def test_spans_include_trailing_combining_marks() -> None:
    text = "Rene\u0301e said she would stay at the cafe\u0301."
    (quote,) = extract(text).quotes
    assert [span.of(text) for span in quote.source + quote.content] == [
        "Rene\u0301e",
        "she would stay at the cafe\u0301",
    ]


def test_quote_text_joins_its_spans() -> None:
    text = '"The pier," Ida Maro said, "is shut." She added that it would open in May.'
    assert [quote.text for quote in extract(text).quotes] == ['"The pier," … "is shut."', "it would open in May"]


@pytest.mark.parametrize(
    "text",
    [
        "Ida Maro said the pier was shut. Tom Pell, asked whether he would resign, said he would stay.",
        "Ida Maro said the pier was shut. Asked whether he would resign, Tom Pell said he would stay.",
        "Ida Maro said the pier was shut. Tom Pell was asked whether he would resign. He said he would stay.",
    ],
)
def test_people_who_are_asked_are_not_the_source(text: str) -> None:
    found = extract(text)
    speakers = [found.speakers[quote.speaker].name if quote.speaker is not None else None for quote in found.quotes]
    assert speakers == ["Ida Maro", "Tom Pell"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("His neighbour, Line Moberg, agreed. “Who will insure us?” she said.", "person"),
        ("The shipping firm, Moberg Line, said that it was late.", "organisation"),
    ],
)
def test_kind_of_names_like_firms(text: str, kind: str) -> None:
    """Take someone's kin or neighbour for a person, whatever the tagger says."""
    assert [speaker.kind for speaker in extract(text).speakers if "Moberg" in speaker.name] == [kind]


def test_finds_every_direct_quote_of_a_long_text() -> None:
    paragraph = "“The pier is shut,” Ida Maro said on Tuesday. The crane fell, according to the harbour master.\n\n"
    text = paragraph * (100_000 // len(paragraph))
    direct = [quote for quote in extract(text).quotes if quote.kind == "direct"]
    assert len(direct) == text.count("\n\n")


@pytest.fixture(scope="module")
def article() -> Article:
    text = (SEED / "article.txt").read_text(encoding="utf-8")
    expected = json.loads((SEED / "expected.json").read_text(encoding="utf-8"))
    return text, expected, extract(text, published=dt.date.fromisoformat(expected["published"]))


@pytest.mark.shared
def test_finds_the_quotes_of_the_first_article(article: Article) -> None:
    _, expected, found = article

    def role(speaker: Speaker, index: int | None) -> dict[str, str | None] | None:
        return (
            None
            if index is None
            else {key: getattr(speaker.roles[index], key) for key in ("title", "organisation", "country")}
        )

    got = [
        {
            "speaker": found.speakers[quote.speaker].name if quote.speaker is not None else None,
            "role": role(found.speakers[quote.speaker], quote.role) if quote.speaker is not None else None,
            "said": quote.said.isoformat() if quote.said else None,
            **{part: [list(span) for span in getattr(quote, part)] for part in ("source", "cue", "content")},
            **{part: getattr(quote, part) for part in ("kind", "medium", "act")},
        }
        for quote in found.quotes
        if quote.act == "speech"
    ]
    assert got == expected["quotes"]


@pytest.mark.shared
def test_finds_the_people_of_the_first_article(article: Article) -> None:
    text, expected, found = article
    got = {
        (
            each["name"],
            each["kind"],
            each["handle"],
            *((r["title"], r["organisation"], r["country"]) for r in each["roles"]),
        )
        for each in found.as_json(text)["speakers"]
    }
    assert got >= {
        (
            each["name"],
            each["kind"],
            each["handle"],
            *((r["title"], r["organisation"], r["country"]) for r in each["roles"]),
        )
        for each in expected["people"]
    }


@pytest.mark.shared
def test_finds_no_false_quotes_in_the_first_article(article: Article) -> None:
    text, expected, found = article
    assert expected["not_quotes"]
    for words in expected["not_quotes"]:
        start = text.index(words)
        for quote in found.quotes:
            if quote.act == "speech" or words.startswith("did not"):
                for span in quote.content + quote.cue:
                    assert span.end <= start or start + len(words) <= span.start


NEWS = "“The boat is in,” Nora Quill said.\n\n"


@pytest.mark.parametrize(
    ("filler", "copies"),
    [
        ("a" * 1_000_000 + "\n\n", 1),  # one word
        ("\n" * 1_000_000, 1),
        ("🚢" * 1_000_000 + "\n\n", 1),
        ("\n\n" + "0123456789" * 200 + "\n\n", 500),  # data between the news
    ],
)
def test_spans_are_right_throughout_a_megabyte(filler: str, copies: int) -> None:
    text = (filler + NEWS) * copies
    assert len(text) > 1_000_000
    found = extract(text)
    places = range(len(filler), len(text), len(filler + NEWS))
    assert [quote.content for quote in found.quotes] == [(Span(place, place + 17),) for place in places]
    assert [quote.source for quote in found.quotes] == [(Span(place + 18, place + 28),) for place in places]
    assert [(speaker.name, len(speaker.mentions)) for speaker in found.speakers] == [("Nora Quill", copies)]
