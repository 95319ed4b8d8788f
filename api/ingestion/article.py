"""Prepare an article to look up, extract and store: read its HTML, check its text, and take over what came with it."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from api import extraction
from api.extraction import Extraction, Span, polarity
from api.extraction.sentences import sentences
from api.extraction.spans import words
from api.folding import fold_words, terms
from api.ingestion import unread
from api.ingestion.html import has_article, is_same_host, own_url, read_html

MAX_TEXT_CHARACTERS = 1_000_000  # code points
GIVEN = "given"  # the engine of an article whose quotes came with it, and the status of the quotes


class Unreadable(ValueError):
    """The HTML has no article text, or the text has no words, or not those of a quote that came with it.

    `pointer` is the JSON pointer of what is wrong in the record.
    """

    def __init__(self, message: str, pointer: str) -> None:
        super().__init__(message)
        self.pointer = pointer


class Published(NamedTuple):
    """When an article was published: a moment, and whether its time is known. A date alone is its midnight in UTC."""

    moment: dt.datetime
    has_time: bool


@dataclass(frozen=True, slots=True)
class Prepared:
    """An article ready to look up, extract and store: its columns, its publisher's name, and the extraction if given."""

    columns: dict[str, Any]
    publisher: str | None
    given: Extraction | None = None


def prepare(body: Mapping[str, Any]) -> Prepared:
    """Prepare a validated article, which has the fields of api.schemas.article.ArticleNew. Raise Unreadable.

    If it is HTML, the URL, title, author, date and site that the page names fill what the body leaves out. `found_at` is the
    URL that a page was fetched from, and replaces the body's url.
    """
    found = dict(body)
    found_at = found.pop("found_at", None)
    source = "/url" if found_at else "/html" if "html" in found else "/text"
    if found_at:
        found["url"] = found_at
    if "html" in found:
        page = _read_page(found.pop("html"), found.get("url"), found_at, source)
        found = {**page, **found}
        if found_at:
            found["url"] = page["url"]
    if not fold_words(found["text"][:MAX_TEXT_CHARACTERS], limit=1):
        raise Unreadable("the text has no words", source)
    if len(found["text"]) > MAX_TEXT_CHARACTERS:
        raise Unreadable(f"the text is longer than {MAX_TEXT_CHARACTERS:,} characters", source)
    for name in ("url", "title", "author", "publisher", "language"):
        if found.get(name):
            _encoded(found[name], name, source)
    published = found.get("published")
    columns = {
        "url": found.get("url"),
        "title": found.get("title"),
        "author": found.get("author"),
        "language": found.get("language"),
        "published": published.moment if published else None,
        "published_has_time": bool(published and published.has_time),
        "text": found["text"],
        "text_hash": hashlib.sha256(_encoded(found["text"], "text", source)).hexdigest(),
        "engine": GIVEN if "quotes" in found else extraction.VERSION,
        "terms": terms(found.get("title") or "", found["text"]),
    }
    return Prepared(columns, found.get("publisher"), _given(found) if "quotes" in found else None)


def _encoded(value: str, name: str, source: str) -> bytes:
    """Return a value as UTF-8. Raise Unreadable for characters that the database cannot hold.

    The schema refuses them too, but what a page or a feed gives has not passed it.
    """
    try:
        encoded = value.encode()
    except UnicodeEncodeError:
        raise Unreadable(f"the {name} has half of a surrogate pair, which is no character", source) from None
    if b"\0" in encoded:
        raise Unreadable(f"the {name} has a NUL", source)
    return encoded


def _read_page(html: str, url: str | None, found_at: str | None, source: str) -> dict[str, Any]:
    """Return what a page says, as the fields of an article. Raise Unreadable."""
    page = read_html(html, url)
    if page is None:
        raise Unreadable("no article text was found in the HTML", source)
    if "published" in page:
        midnight = dt.datetime.combine(page["published"], dt.time(), dt.UTC)
        page["published"] = Published(midnight, has_time=False)
    if found_at:
        if not has_article(page["text"]):
            raise Unreadable("no article was found on the page", source)
        claimed = page.get("url", found_at)
        if not is_same_host(claimed, found_at):
            page.pop("publisher", None)  # the page may name the publisher of that host
        page["url"] = own_url(claimed, found_at)
    return page


def _given(body: Mapping[str, Any]) -> Extraction:
    """Return what came with an article as an extraction.

    Raise Unreadable if a quote's text is not the text at its content spans. So offsets counted in bytes
    or in UTF-16 are refused. They would prove other words.
    """

    def spans(pairs: Sequence[Sequence[int]]) -> tuple[Span, ...]:
        return tuple(Span(start, end) for start, end in pairs)

    speakers = tuple(
        extraction.Speaker(
            name=speaker["name"],
            kind=speaker["kind"],
            handle=speaker["handle"],
            mentions=tuple(extraction.Mention(Span(*m["span"]), m["how"], GIVEN, 1.0) for m in speaker["mentions"]),
            roles=tuple(
                extraction.Role(role["title"], role["organisation"], role["country"], Span(*role["span"]))
                for role in speaker["roles"]
            ),
        )
        for speaker in body["speakers"]
    )
    quotes: list[extraction.Quote] = []
    within = sentences(body["text"]) if any("polarity" not in quote for quote in body["quotes"]) else []
    for number, quote in enumerate(body["quotes"]):
        content = spans(quote["content"])
        if quote["text"] != extraction.quote_text(body["text"], content):
            raise Unreadable("not the words at `content`, in code points", f"/quotes/{number}/text")
        for part in ("cue", "source"):
            if quote.get(f"{part}_text", here := words(body["text"], spans(quote[part]))) != here:
                raise Unreadable(f"not the words at `{part}`, in code points", f"/quotes/{number}/{part}_text")
        evidence = tuple(extraction.Evidence(Span(*link["span"]), link["rule"]) for link in quote["evidence"])
        cue = spans(quote["cue"])
        parts: dict[str, Any] = {"content": content, "cue": cue, "source": spans(quote["source"]), "evidence": evidence}
        parts["joint"] = tuple(quote.get("joint", ()))
        if "polarity" not in quote:
            parts["polarity"] = polarity.of_given(body["text"], content, cue, quote["kind"], within)
        columns = {name: value for name, value in quote.items() if name not in ("cue_text", "source_text")}
        quotes.append(extraction.Quote(**{**columns, **parts}))
    return Extraction(speakers, tuple(quotes))


def extract(prepared: Prepared) -> Extraction:
    """Return what was given with the article, else what the engine finds in it.

    The engine takes about a tenth of a second for 800 words, and no database: call it before any transaction that writes.
    """
    if prepared.given is not None:
        return prepared.given
    columns = prepared.columns
    published = columns["published"]
    return extraction.extract(columns["text"], published=published and published.date(), language=columns["language"])


def extract_json(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the engine finds in {text, published?, language?} as its documented JSON; nothing is stored."""
    published = body.get("published")
    found = extraction.extract(
        body["text"], published=published and published.moment.date(), language=body.get("language")
    )
    note = {"note": unread.note(found.language)} if found.language else {}
    return {**found.as_json(body["text"]), **note}
