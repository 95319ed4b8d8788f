"""Read what a page says of itself: title, authors, site, URL and date, by trafilatura.

Only places that speak of the article are shown to it: the head, and what is short in the body. A date in a paragraph, a script
or a footer ("© 2019") is not when the article was published. Without a date the article stays undated.
"""

from __future__ import annotations

import copy
import datetime as dt
import json
import re
from collections.abc import Iterator
from typing import Any

MAX_LINE_CHARACTERS = 300  # code points of a title, author or site that a page gives; longer ones are cut
MAX_LABEL_CHARACTERS = 80  # code points of an element that can be a byline or a date; longer ones are paragraphs
MAX_NAME_WORDS = 6  # of one author; more are a sentence
MAX_JSON_LD_DEPTH = 8
_URL = re.compile(r"https?://[!-~]{1,1990}")
_OTHER = (  # elements that speak of something else than the article
    "//script[not(@type='application/ld+json')] | //style | //footer | //aside | //nav | //form | //iframe"
    " | //meta[contains(translate(concat(@name, @property, @itemprop, @http-equiv), 'EXPIR', 'expir'), 'expir')]"
    " | //*[@itemprop='expires' or @itemprop='validThrough' or @itemprop='copyrightYear']"
)
_ARTICLE_TYPES = re.compile(r"Article|BlogPosting|Report|Review$")
_BY = re.compile(r"^\s*by\b[:\s]*", re.IGNORECASE)
_MONTHS = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\\.?"
# Where a date begins behind a name: a number, or a month before one.
_DATE = re.compile(rf"[\s,|–—·•-]*(?:\d|\b{_MONTHS}\s+\d).*$", re.IGNORECASE | re.DOTALL)
_NOBODY = {"admin", "administrator", "webmaster", "unknown", "author", "guest", "none", "null", "n/a"}


def read_metadata(tree: Any, url: str | None) -> dict[str, Any]:
    """Return what a page says of itself: `title`, `author`, `publisher`, `url` and `published` (a date), those that it has."""
    # Imported only where HTML comes: each process that extracts would wait for it.
    from trafilatura.metadata import extract_metadata

    said = copy.deepcopy(tree)
    for element in said.xpath(_OTHER):
        element.drop_tree()
    for element in said.xpath("//body//p | //body//li | //body//td | //body//blockquote | //body//pre"):
        is_label = (
            element.keys() and len(" ".join(element.itertext())) <= MAX_LABEL_CHARACTERS
        )  # it has a class, or the like
        if not is_label and element.getparent() is not None:
            element.drop_tree()
    page = extract_metadata(said, url, {"extensive_search": False, "original_date": True})
    month = page.date and dt.date.fromisoformat(page.date).strftime("%B")
    authors = list(_json_authors(said)) or [_without_month(name, month) for name in _names(page.author or "")]
    found: dict[str, Any] = {}
    for name, value in (("title", page.title), ("author", "; ".join(authors)), ("publisher", page.sitename)):
        line = " ".join((value or "").split())[:MAX_LINE_CHARACTERS]
        if line:
            found[name] = line
    if page.url and _URL.fullmatch(page.url):
        found["url"] = page.url
    if page.date:
        found["published"] = dt.date.fromisoformat(page.date)
    return found


def _names(byline: str) -> list[str]:
    """Return the names in a byline whose parts a semicolon separates, each once, without dates."""
    names: dict[str, str] = {}
    for part in byline.split(";"):
        name = " ".join(_DATE.sub("", _BY.sub("", part)).split()).strip(" ,|–—·•-")
        is_name = name and name.lower() not in _NOBODY and len(name.split()) <= MAX_NAME_WORDS
        if is_name and not re.search(r"://|www\.|@", name):
            names.setdefault(name.casefold(), name)
    return list(names.values())


def _without_month(name: str, month: str | None) -> str:
    """Return a name without the month of the article's date, which trafilatura leaves of a date behind it.

    A name of two words stays: Ida May may have written in May.
    """
    first, _, last = name.rpartition(" ")
    is_date = (
        month is not None and " " in first and len(last) >= 3 and month.lower().startswith(last.rstrip(".").lower())
    )
    return first if is_date else name


def _json_authors(tree: Any) -> Iterator[str]:
    """Yield the names of the authors that the JSON-LD of the article gives, as it writes them."""
    seen: set[str] = set()
    for script in tree.xpath("//script[@type='application/ld+json']"):
        try:
            value = json.loads(script.text or "")
        except (ValueError, RecursionError):
            continue
        for article in _articles(value, 0):
            authors = article.get("author")
            for author in authors if isinstance(authors, list) else [authors]:
                name = author.get("name") if isinstance(author, dict) else author
                for each in _names(name.replace(";", " ")) if isinstance(name, str) else []:
                    if each.casefold() not in seen:
                        seen.add(each.casefold())
                        yield each
            if seen:
                return


def _articles(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    """Yield the articles in a value of JSON-LD, whichever lists and graphs they are in."""
    if depth > MAX_JSON_LD_DEPTH:
        return
    if isinstance(value, list):
        for each in value:
            yield from _articles(each, depth + 1)
    elif isinstance(value, dict):
        if _ARTICLE_TYPES.search(str(value.get("@type"))):
            yield value
        for name in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _articles(value.get(name), depth + 1)
