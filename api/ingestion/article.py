"""An article before it is stored: its HTML read, its text checked, and what the engine finds in it.

1. `prepare` takes a validated article and reads its HTML if it came as that.
2. `extract` runs the engine: slow, so before any transaction that writes.

Then api.ingestion.store stores it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from api import extraction
from api.extraction import Extraction, Span
from api.folding import terms, words

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # a page without an article is answered so, and not logged
LONGEST_TEXT = 1_000_000  # code points
LONGEST_LINE = 300  # code points of a title, author or site that a page gives; longer ones are cut
_URL = re.compile(r"https?://[!-~]{1,1990}")
# Words in the paragraphs that end as sentences do: the shortest brief with a quote among the seeds and tests/ingestion/pages has some
# 30, notes that a page is not there, needs JavaScript or wants a subscriber have 5 to 20.
FEWEST_WORDS = 25
_ENDS = (".", "!", "?", "…", "”", "’", '"', "'", ")")
GIVEN = "given"  # the engine of an article whose quotes came with it, and the status of the quotes


class Unreadable(ValueError):
    """The HTML holds no article text that can be found, or the text has no words, or not those of a quote given with it.

    `pointer` is the JSON pointer of what is wrong where it is neither the HTML nor the text.
    """

    def __init__(self, message: str, pointer: str | None = None) -> None:
        super().__init__(message)
        self.pointer = pointer


class Published(NamedTuple):
    """When an article was published: a moment, and whether its time is known; a date alone is its midnight in UTC."""

    moment: dt.datetime
    has_time: bool


@dataclass(frozen=True, slots=True)
class Prepared:
    """An article ready to look up, extract and store: its columns, its publisher's name, and what was found in it, if given."""

    columns: dict[str, Any]
    publisher: str | None
    given: Extraction | None = None


def prepare(body: Mapping[str, Any]) -> Prepared:
    """Read a validated article (the fields of api.schemas.article.ArticleNew), its HTML if it came as that.

    What the HTML says of its URL, title, author, date and site fills what the body leaves out. `found_at` is the URL that
    gave a page that was fetched; it then stands for the body's url. Raises Unreadable.
    """
    found = dict(body)
    found_at = found.pop("found_at", None)
    if found_at:
        found["url"] = found_at
    if "html" in found:
        page = _read_html(found.pop("html"), found.get("url"))
        if found_at:
            found["url"] = _own_url(page, found_at)
        found = {**page, **found}
    if not words(found["text"][:LONGEST_TEXT], most=1):
        raise Unreadable("the text has no words")
    if len(found["text"]) > LONGEST_TEXT:
        raise Unreadable(f"the text is longer than {LONGEST_TEXT:,} characters")
    published = found.get("published")
    columns = {
        "url": found.get("url"),
        "title": found.get("title"),
        "author": found.get("author"),
        "language": found.get("language"),
        "published": published.moment if published else None,
        "published_has_time": bool(published and published.has_time),
        "text": found["text"],
        "text_hash": hashlib.sha256(found["text"].encode()).hexdigest(),
        "engine": GIVEN if "quotes" in found else extraction.VERSION,
        "terms": terms(found.get("title") or "", found["text"]),
    }
    return Prepared(columns, found.get("publisher"), _given(found) if "quotes" in found else None)


def _given(body: Mapping[str, Any]) -> Extraction:
    """What came with an article as found in it. Raises Unreadable where a quote's text is not what its content cuts.

    Offsets counted in bytes or in UTF-16 are seen so: without it they would prove other words.
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
    for number, quote in enumerate(body["quotes"]):
        content = spans(quote["content"])
        if quote["text"] != extraction.quote_text(body["text"], content):
            raise Unreadable("not the words at `content`, in code points", f"/quotes/{number}/text")
        evidence = tuple(extraction.Evidence(Span(*link["span"]), link["rule"]) for link in quote["evidence"])
        parts = {"content": content, "cue": spans(quote["cue"]), "source": spans(quote["source"]), "evidence": evidence}
        quotes.append(extraction.Quote(**{**quote, **parts}))
    return Extraction(speakers, tuple(quotes))


def extract(prepared: Prepared) -> Extraction:
    """What the engine finds in the article, or what was given with it.

    The engine takes about a tenth of a second for 800 words, and no database.
    """
    if prepared.given is not None:
        return prepared.given
    published = prepared.columns["published"]
    return extraction.extract(prepared.columns["text"], published=published and published.date())


def extract_json(body: Mapping[str, Any]) -> dict[str, Any]:
    """What the engine finds in {text, published?}, as its documented JSON; nothing is stored."""
    published = body.get("published")
    return extraction.extract(body["text"], published=published and published.moment.date()).as_json()


def _read_html(html: str, url: str | None) -> dict[str, Any]:
    """The article in a page, by trafilatura: its text with an empty line between paragraphs, and its metadata.

    The signature of a block quotation, which trafilatura would drop, stands in a paragraph of its own behind a dash.
    """
    # Loaded where HTML comes: each process that extracts would wait for it.
    from trafilatura import bare_extraction, load_html

    try:
        tree = load_html(html)
        for signature in [] if tree is None else tree.xpath("//blockquote/footer | //blockquote/cite"):
            signature.tag, signature.text = "p", "— " + (signature.text or "").lstrip(" \t\r\n-–—")
        page = bare_extraction(tree, url=url, with_metadata=True, include_comments=False, include_tables=False)
    except (ValueError, RecursionError):
        page = None
    if page is None or isinstance(page, dict) or not page.text:
        raise Unreadable("no article text was found in the HTML")
    paragraphs = (" ".join(line.split()) for line in page.text.splitlines())
    found: dict[str, Any] = {"text": "\n\n".join(filter(None, paragraphs))}
    for name, value in (("title", page.title), ("author", page.author), ("publisher", page.sitename)):
        line = " ".join((value or "").split())[:LONGEST_LINE]
        if line:
            found[name] = line
    if page.url and _URL.fullmatch(page.url):
        found["url"] = page.url
    if page.date:
        day = dt.date.fromisoformat(page.date)
        found["published"] = Published(dt.datetime.combine(day, dt.time(), dt.UTC), has_time=False)
    return found


def _own_url(page: dict[str, Any], found_at: str) -> str:
    """The URL of a page that was fetched: the one that it calls its own if that is on the same host, else `found_at`.

    What it calls its own is not believed where it is another host's, lest a page pass for another outlet's, and where it is
    the front page, which some sites name on every page. Raises Unreadable for a page without an article: a form of the error
    404, a wall, a list of links.
    """
    ends = (words for words in map(str.split, page["text"].split("\n\n")) if words[-1].endswith(_ENDS))
    if sum(map(len, ends)) < FEWEST_WORDS:
        raise Unreadable("no article was found on the page")
    own, found = urlsplit(page.get("url", found_at)), urlsplit(found_at)
    if own.netloc.removeprefix("www.") != found.netloc.removeprefix("www."):
        page.pop("publisher", None)  # which may be the other host's too
        return found_at
    return own.geturl() if own.path.strip("/") else found_at
