"""Read the article in a page of HTML: its text, by trafilatura, and what the page says of itself."""

from __future__ import annotations

import logging
import re
from typing import Any
from urllib.parse import urlsplit

from api.ingestion.metadata import read_metadata

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # the caller is told of a page without an article: no log
# Words in the paragraphs that end as sentences do. The shortest brief with a quote among the seeds and tests/ingestion/pages
# has some 30. Notes that a page is not there, needs JavaScript or wants a subscriber have 5 to 20.
MIN_ARTICLE_WORDS = 25
_MARKS = re.compile('[“”„«»"]')
_SENTENCE_ENDS = (".", "!", "?", "…", "”", "’", '"', "'", ")")


def read_html(html: str, url: str | None) -> dict[str, Any] | None:
    """Return the article in a page, or None if there is none.

    `text` has an empty line between paragraphs, and the rest is what read_metadata finds.
    """
    # Imported only where HTML comes: each process that extracts would wait for it.
    from trafilatura import bare_extraction, load_html

    try:
        tree = load_html(html)
        if tree is None:
            return None
        found = read_metadata(tree, url)
        _show_quotations(tree)
        page = bare_extraction(tree, url=url, include_comments=False, include_tables=False)
    except (ValueError, RecursionError):
        return None
    if page is None or isinstance(page, dict) or not page.text:
        return None
    paragraphs = (" ".join(line.split()) for line in page.text.splitlines())
    return {"text": "\n\n".join(filter(None, paragraphs)), **found}


def _show_quotations(tree: Any) -> None:
    """Write into a page what browsers show of its quotations and trafilatura would lose.

    A <q> gets marks, and so does a block quotation behind a colon, if it has none. The signature of a block quotation stands
    in a paragraph of its own behind a dash.
    """
    for quotation in tree.xpath("//q"):
        if _MARKS.match(" ".join(quotation.itertext()).lstrip()):
            quotation.drop_tag()
            continue
        quotation.text = f"“{quotation.text or ''}"
        if len(quotation):
            quotation[-1].tail = f"{quotation[-1].tail or ''}”"
        else:
            quotation.text += "”"
        quotation.drop_tag()
    for signature in tree.xpath("//blockquote/footer | //blockquote/cite"):
        signature.tag, signature.text = "p", "— " + (signature.text or "").lstrip(" \t\r\n-–—")
    for block in tree.xpath("//blockquote[preceding-sibling::*]"):
        before = " ".join(block.getprevious().itertext()).strip()
        if before.endswith(":") and not _MARKS.search(" ".join(block.itertext())):
            _mark(block)


def _mark(block: Any) -> None:
    """Put marks around the words of a block quotation: one opens each paragraph, one closes the last."""
    paragraphs = [each for each in block.iterchildren("p") if not (each.text or "").startswith("— ")] or [block]
    for paragraph in paragraphs:
        paragraph.text = f"“{(paragraph.text or '').lstrip()}"
    last = paragraphs[-1]
    inside = list(last.iterchildren())
    if inside:
        inside[-1].tail = f"{(inside[-1].tail or '').rstrip()}”"
    else:
        last.text = f"{last.text.rstrip()}”"


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
