"""The sample articles are well-formed, and put no new words into a real person's mouth."""

import json
import re
import unicodedata
from datetime import date, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests import SEEDS, SHARED

SUMMIT = SEEDS / "2022-03-24-summit-brussels.txt"
FIRST_ARTICLE = SHARED / "seed" / "article.txt"
KEYS = {"url", "title", "publisher", "author", "published", "language"}
FILES = sorted(path for path in SEEDS.iterdir() if path.name != "README.md")


def parse_text(path: Path) -> dict[str, str]:
    """Read a .txt seed: `key: value` lines up to the first empty line, then the text."""
    header, _, text = path.read_text(encoding="utf-8").partition("\n\n")
    article = {"text": text.strip()}
    for line in header.split("\n"):
        key, colon, value = line.partition(": ")
        assert colon, f"{path.name}: not a `key: value` line: {line}"
        assert key not in article, f"{path.name}: {key} stands twice"
        article[key] = value
    return article


def parse_html(path: Path) -> dict[str, str]:
    """Read of an .html seed what this test asks about; the text is the whole article element."""
    page = path.read_text(encoding="utf-8")
    names = {"url": "og:url", "publisher": "og:site_name", "published": "article:published_time", "author": "author"}
    article = {"title": page.partition("<title>")[2].partition("</title>")[0]}
    for key, name in names.items():
        found = re.search(rf'<meta (?:name|property)="{name}" content="([^"]+)">', page)
        assert found, f"{path.name}: no {name}"
        article[key] = found[1]
    article["text"] = re.sub(r"<[^>]+>", "", page.partition("<article>")[2].partition("</article>")[0]).strip()
    return article


def articles_of(path: Path) -> list[dict[str, str]]:
    """Return the articles of one file, each as its metadata and `text`."""
    if path.suffix == ".txt":
        return [parse_text(path)]
    if path.suffix == ".html":
        return [parse_html(path)]
    content = path.read_text(encoding="utf-8")
    return [json.loads(line) for line in (content.splitlines() if path.suffix == ".ndjson" else [content])]


ARTICLES = [
    pytest.param(article, id=f"{path.name}-{i}") for path in FILES for i, article in enumerate(articles_of(path))
]


def test_there_are_enough_articles_in_every_format() -> None:
    assert len(ARTICLES) >= 16
    assert {path.suffix for path in FILES} == {".txt", ".html", ".json", ".ndjson"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_file_is_plain_utf8_and_named_by_its_date(path: Path) -> None:
    raw = path.read_bytes()
    text = raw.decode("utf-8")
    assert not text.startswith("\ufeff")
    assert "\r" not in text
    assert unicodedata.is_normalized("NFC", text)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d-[a-z0-9-]+", path.stem)
    assert all(article["published"].startswith(path.name[:10]) for article in articles_of(path))


@pytest.mark.parametrize("article", ARTICLES)
def test_article_has_known_metadata_and_a_text(article: dict[str, str]) -> None:
    assert set(article) - {"text"} <= KEYS
    assert set(article) >= {"url", "title", "publisher", "published", "text"}
    assert all(isinstance(value, str) and value.strip() == value != "" for value in article.values())
    assert len(article["text"].split()) >= 150
    address = urlsplit(article["url"])
    assert address.scheme == "https"
    assert (address.hostname or "").endswith(".example")


@pytest.mark.parametrize("article", ARTICLES)
def test_published_is_a_date_or_a_time_with_its_offset(article: dict[str, str]) -> None:
    published = article["published"]
    if "T" in published:
        moment = datetime.fromisoformat(published)
        assert moment.tzinfo is not None
        year = moment.year
    else:
        year = date.fromisoformat(published).year
    assert 2019 <= year <= 2026


def test_urls_are_unique() -> None:
    urls = [article["url"] for path in FILES for article in articles_of(path)]
    assert len(urls) == len(set(urls))


def test_a_wire_text_stands_under_two_urls() -> None:
    texts = [article["text"] for path in FILES for article in articles_of(path)]
    assert len(texts) == len(set(texts)) + 1


def test_readme_lists_every_file() -> None:
    readme = (SEEDS / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in FILES if f"`{path.name}`" not in readme] == []


def quotations(text: str) -> set[str]:
    """Return the words between straight quotation marks, without the comma or full stop inside the closing one."""
    return {found.rstrip(".,") for found in re.findall(r"\"([^\"]+)\"", text)}


@pytest.mark.shared
def test_the_summit_quotes_real_people_only_as_first_reported() -> None:
    article = parse_text(SUMMIT)
    assert not set("“”‘„«»‹›") & set(article["text"]), "straight marks only, which quotations() reads"
    quoted = quotations(article["text"])
    assert len(quoted) == 6
    assert quoted <= quotations(FIRST_ARTICLE.read_text(encoding="utf-8"))
    assert quotations(article["title"]) == set()
