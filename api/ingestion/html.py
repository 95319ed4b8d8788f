"""Read the article in a page of HTML: its text and what the page says of itself, by trafilatura."""

from __future__ import annotations

import datetime as dt
import logging
import re
from typing import Any
from urllib.parse import urlsplit

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # the caller is told of a page without an article: no log
MAX_LINE_CHARACTERS = 300  # code points of a title, author or site that a page gives; longer ones are cut
# Words in the paragraphs that end as sentences do. The shortest brief with a quote among the seeds and tests/ingestion/pages
# has some 30. Notes that a page is not there, needs JavaScript or wants a subscriber have 5 to 20.
MIN_ARTICLE_WORDS = 25
_URL = re.compile(r"https?://[!-~]{1,1990}")
_SENTENCE_ENDS = (".", "!", "?", "…", "”", "’", '"', "'", ")")


def read_html(html: str, url: str | None) -> dict[str, Any] | None:
    """Return the article in a page, or None if there is none.

    `text` has an empty line between paragraphs. `title`, `author`, `publisher`, `url` and `published` (a date) are there if
    the page gives them. The signature of a block quotation, which trafilatura would drop, stands in a paragraph of its own
    behind a dash.
    """
    # Imported only where HTML comes: each process that extracts would wait for it.
    from trafilatura import bare_extraction, load_html

    try:
        tree = load_html(html)
        for signature in [] if tree is None else tree.xpath("//blockquote/footer | //blockquote/cite"):
            signature.tag, signature.text = "p", "— " + (signature.text or "").lstrip(" \t\r\n-–—")
        page = bare_extraction(tree, url=url, with_metadata=True, include_comments=False, include_tables=False)
    except (ValueError, RecursionError):
        return None
    if page is None or isinstance(page, dict) or not page.text:
        return None
    paragraphs = (" ".join(line.split()) for line in page.text.splitlines())
    found: dict[str, Any] = {"text": "\n\n".join(filter(None, paragraphs))}
    for name, value in (("title", page.title), ("author", page.author), ("publisher", page.sitename)):
        line = " ".join((value or "").split())[:MAX_LINE_CHARACTERS]
        if line:
            found[name] = line
    if page.url and _URL.fullmatch(page.url):
        found["url"] = page.url
    if page.date:
        found["published"] = dt.date.fromisoformat(page.date)
    return found


def has_article(text: str) -> bool:
    """Return whether the text of a page is an article: not an error page, a paywall or a list of links."""
    paragraphs = map(str.split, text.split("\n\n"))
    sentences = (words for words in paragraphs if words[-1].endswith(_SENTENCE_ENDS))
    return sum(map(len, sentences)) >= MIN_ARTICLE_WORDS


def is_same_host(one: str, other: str) -> bool:
    """Return whether two URLs have the same host, with or without www."""
    return urlsplit(one).netloc.removeprefix("www.") == urlsplit(other).netloc.removeprefix("www.")


def own_url(claimed: str, found_at: str) -> str:
    """Return the URL of a page fetched at `found_at` that calls itself `claimed`.

    A page that names another host is not believed: it could pass for another outlet's. A page that names the front page is not
    believed either, since some sites do that on every page.
    """
    own = urlsplit(claimed)
    return own.geturl() if is_same_host(claimed, found_at) and own.path.strip("/") else found_at
