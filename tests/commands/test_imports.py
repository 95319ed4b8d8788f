"""verbatim import."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from sqlalchemy import func, select

from api.config import Settings
from api.database import make_engine, reading
from api.models import Article, Quote
from tests.commands import OTHER, SEEDS, article, run


def stored(url: str) -> tuple[int, int]:
    """How many articles and quotes there are."""
    engine = make_engine(Settings(database_url=url))
    with reading(engine) as session:
        articles, quotes = (
            session.scalars(select(func.count()).select_from(table)).one() for table in (Article, Quote)
        )
    engine.dispose()
    return articles, quotes


def test_importing_twice_doubles_nothing(database_url: str, tmp_path: Path) -> None:
    for pattern in ("*.html", "*.json", "*.ndjson", "2024-05-1*.txt"):
        for seed in SEEDS.glob(pattern):
            shutil.copy(seed, tmp_path)
    first = run("import", tmp_path, url=database_url)
    assert (first.exit_code, first.stdout) == (0, "8 articles: 8 new, 0 unchanged, 0 failed\n")
    before = stored(database_url)
    assert before[0] == 8
    assert before[1] > 40
    second = run("import", tmp_path, url=database_url)
    assert (second.exit_code, second.stdout) == (0, "8 articles: 0 new, 8 unchanged, 0 failed\n")
    assert stored(database_url) == before


BAD_FILES: list[tuple[str, str | bytes, str]] = [
    ("a.json", "{}", "Give either text or html."),
    ("a.json", article(html="<p>x</p>"), "Give either text or html."),
    ("a.json", article(text=""), "text: "),
    ("a.json", article(text="... ?!"), "the text has no words"),
    ("a.json", article(text=7), "text: Not a valid string."),
    ("a.json", article(text="a\0b"), "text: "),
    ("a.json", json.dumps({"text": "a\ud800b"}), "text: "),
    ("a.json", article(text="word " * 200_001), "text: "),
    ("a.json", article(titel="x"), "titel: Unknown field."),
    ("a.json", article(**{"\x1b[2J": "x"}), "\ufffd[2J: Unknown field."),
    ("a.json", article(published="2022-02-30"), "published: Not a date"),
    ("a.json", article(url="ftp://x"), "url: "),
    ("a.json", article(language="English, mostly"), "language: "),
    ("a.json", "no", "not JSON"),
    ("a.html", "<p></p>", "no article text was found in the HTML"),
    ("a.txt", "title: x\ntitel: y\n\nA.", "is not one of"),
    ("a.txt", b"Caf\xe9 au lait", "not UTF-8"),
    ("a.txt", "", "text: "),
    ("a.csv", "text\nA.", "not one of .txt"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "reason"), BAD_FILES)
def test_an_article_that_fails_says_why_and_the_others_land(
    tmp_path: Path, sqlite_template: Path, name: str, content: str | bytes, reason: str
) -> None:
    url = f"sqlite:///{tmp_path / 'verbatim.db'}"
    (tmp_path / "verbatim.db").write_bytes(sqlite_template.read_bytes())
    bad, good = tmp_path / name, tmp_path / "good.ndjson"
    bad.write_bytes(content.encode() if isinstance(content, str) else content)
    good.write_text(f"{article(title='Good')}\n")
    result = run("import", bad, good, url=url)
    assert result.exit_code == 1
    assert result.stdout == "2 articles: 1 new, 0 unchanged, 1 failed\n"
    assert result.stderr.startswith(f"{bad}: ")
    assert result.stderr.count("\n") == 1
    assert reason in result.stderr
    assert stored(url) == (1, 1)


def test_import_of_a_known_url_with_another_text(database_url: str, tmp_path: Path) -> None:
    url = "https://harnby.example/bridge"
    lines = [article(url=url), article(url=url), article(url=url, text=OTHER), article(), article(text=OTHER), "no"]
    (tmp_path / "a.ndjson").write_text("\n".join(lines))
    result = run("import", tmp_path / "a.ndjson", url=database_url)
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        f"{tmp_path / 'a.ndjson'}:3: the URL is stored with another text, as article 1",
        f"{tmp_path / 'a.ndjson'}:6: not JSON: Expecting value (column 1)",
    ]
    assert result.stdout == "6 articles: 2 new, 2 unchanged, 2 failed\n"


def test_an_empty_folder_is_no_failure(database_url: str, tmp_path: Path) -> None:
    result = run("import", tmp_path, url=database_url)
    assert (result.exit_code, result.output) == (0, "0 articles: 0 new, 0 unchanged, 0 failed\n")
