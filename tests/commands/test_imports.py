"""verbatim import."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select

from api.commands import imports
from api.commands.imports import Rate, _batches, so_far
from api.config import Settings
from api.database.engine import make_engine, reading, writing
from api.models import Article, Quote
from api.sources.readers import Record
from tests import ROOT
from tests.commands import OTHER, SEEDS, TEXT, article, run, start
from tests.foreign import FOREIGN


def stored(url: str) -> tuple[int, int]:
    """Return the numbers of articles and quotes."""
    engine = make_engine(Settings(database_url=url))
    with reading(engine) as session:
        articles, quotes = (
            session.scalars(select(func.count()).select_from(table)).one() for table in (Article, Quote)
        )
    engine.dispose()
    return articles, quotes


def counted(stdout: str) -> str:
    """Return the last line without the number of quotes, which a better engine changes."""
    return re.sub(r"; [\d,]+ new quotes?(?=\n| \()", "", stdout)


def said(stderr: bytes) -> list[str]:
    """Return the lines on standard error, without the progress that a slow machine shows."""
    return [line for line in stderr.decode().splitlines() if line and not line.startswith("so far: ")]


def test_imports_each_article_once(database_url: str, tmp_path: Path) -> None:
    for pattern in ("*.html", "*.json", "*.ndjson", "2024-05-1*.txt"):
        for seed in SEEDS.glob(pattern):
            shutil.copy(seed, tmp_path)
    first = run("import", tmp_path, url=database_url)
    assert (first.exit_code, counted(first.stdout)) == (0, "8 articles: 8 new, 0 changed, 0 unchanged, 0 failed\n")
    before = stored(database_url)
    assert before[0] == 8
    assert before[1] > 40
    second = run("import", tmp_path, url=database_url)
    assert (second.exit_code, counted(second.stdout)) == (0, "8 articles: 0 new, 0 changed, 8 unchanged, 0 failed\n")
    assert stored(database_url) == before


QUOTE = {
    "kind": "direct", "medium": "speech", "act": "speech", "text": "“It rained,”", "said": None, "content": [[0, 12]],
    "cue": [], "source": [], "speaker": None, "role": None, "confidence": 0.9, "evidence": [],
}  # fmt: skip
GIVEN = {"speakers": [], "quotes": [QUOTE]}


def test_stores_given_quotes(database_url: str, tmp_path: Path) -> None:
    lines = [
        article(**GIVEN, text=f"“It rained,” said number {number}.", url=f"https://a.example/{number}")
        for number in (1, 2)
    ]
    (tmp_path / "archive.ndjson").write_text("\n".join([*lines, article(title="Without")]))
    assert (
        counted(run("import", tmp_path, url=database_url).stdout)
        == "3 articles: 3 new, 0 changed, 0 unchanged, 0 failed\n"
    )
    engine = make_engine(Settings(database_url=database_url))
    with reading(engine) as session:
        assert session.scalars(select(Quote.status).order_by(Quote.id)).all()[:3] == ["given", "given", "extracted"]
    engine.dispose()


BAD_FILES: list[tuple[str, str | bytes, str]] = [
    ("a.json", "{}", "Give either text or html."),
    ("a.json", article(html="<p>x</p>"), "Give either text or html."),
    ("a.json", article(text=""), "text: "),
    ("a.json", article(text="... ?!"), "the text has no words"),
    ("a.json", article(text=7), "text: Not a string."),
    ("a.json", article(text="a\0b"), "text: "),
    ("a.json", json.dumps({"text": "a\ud800b"}), "text: "),
    ("a.json", article(text="word " * 200_001), "text: "),
    ("a.json", article(titel="x"), "titel: There is no such field. There are: "),
    ("a.json", article(**{"\x1b[2J": "x"}), "\ufffd[2J: There is no such field. There are: "),
    ("a.json", article(published="2022-02-30"), "published: Not a date"),
    ("a.json", article(url="ftp://x"), "url: "),
    ("a.json", article(language="English, mostly"), "language: "),
    ("a.json", "no", "not JSON"),
    ("a.html", "<p></p>", "no article text was found in the HTML"),
    ("a.txt", "title: x\ntitel: y\n\nA.", "is not one of"),
    ("a.txt", b"Caf\xe9 au lait", "not UTF-8"),
    ("a.txt", "", "text: "),
    ("a.pdf", "%PDF", "not one of .txt"),
    ("a.csv", "title\nA.", "the first row names neither text nor html; --map NAME=text names the column"),
    ("a.csv", "text,text\nA.,B.", "the first row names text twice"),
    ("a.csv", "text,author\nA.", "the row has 1 cell, and the first row 2 cells"),
    ("a.ndjson.gz", b"\x1f\x8b no gzip", "gzip"),
    ("a.ndjson.gz", gzip.compress(b"x" * 100, mtime=0)[:20], "the gzip data break off before their end"),
    ("a.txt.gz", gzip.compress(b"0" * 2**28), "larger than 32 MiB"),
    ("a.json", article(**GIVEN, text="It rained."), "quotes: 0: content: 0: The text ends at 10."),
    ("a.json", article(**GIVEN, text="“It snowed,” said Ann."), "/quotes/0/text: not the words at `content`"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "reason"), BAD_FILES)
def test_reports_failed_articles_and_stores_the_others(
    tmp_path: Path, sqlite_template: Path, name: str, content: str | bytes, reason: str
) -> None:
    url = f"sqlite:///{tmp_path / 'verbatim.db'}"
    (tmp_path / "verbatim.db").write_bytes(sqlite_template.read_bytes())
    bad, good = tmp_path / name, tmp_path / "good.ndjson"
    bad.write_bytes(content.encode() if isinstance(content, str) else content)
    good.write_text(f"{article(title='Good')}\n")
    result = run("import", bad, good, url=url)
    assert result.exit_code == 1
    assert counted(result.stdout) == "2 articles: 1 new, 0 changed, 0 unchanged, 1 failed\n"
    [line] = said(result.stderr_bytes)
    assert re.match(rf"{re.escape(str(bad))}(:\d+)?: ", line)
    assert reason in line
    assert stored(url) == (1, 1)


def test_shows_how_a_spreadsheet_is_read(sqlite_file: str, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(f'Headline;Published;Text\nBrücke;14.05.2024;"{TEXT}"\n'.encode("utf-16"))
    refused = run("import", file, url=sqlite_file)
    assert refused.exit_code == 1
    assert said(refused.stderr_bytes)[0] == f"{file}: column left out: Headline"
    assert said(refused.stderr_bytes)[1].endswith(" It is '14.05.2024': --dates DMY reads it.")
    read = ("--map", "headline=title", "--dates", "DMY")
    tried = run("import", file, *read, "--dry-run", url=sqlite_file)
    assert said(tried.stderr_bytes) == [
        f"{file}:2: title = Brücke", f"{file}:2: published = 2024-05-14", f"{file}:2: text = {TEXT[:60]}..."]  # fmt: skip
    assert run("import", file, *read, url=sqlite_file).exit_code == 0
    assert stored(sqlite_file) == (1, 1)
    wrong = run("import", file, "--map", "headline", url=sqlite_file)
    assert "'headline' is not NAME=FIELD" in wrong.stderr
    other = run("import", file, "--map", "Titel=title", "--dry-run", url=sqlite_file)
    assert said(other.stderr_bytes)[0] == f"{file}: there is no column titel; column left out: Headline"


@pytest.mark.parametrize(
    ("published", "dates", "hint"),
    [
        ("14.05.2024", (), "--dates DMY reads it."),
        ("5/14/2024", (), "--dates MDY reads it."),
        ("4/5/2024", (), "--dates DMY or MDY reads it."),
        ("soon", (), " It is 'soon'."),
        ("5/14/2024", ("--dates", "DMY"), " It is '5/14/2024'."),
    ],
)
def test_says_how_a_date_can_be_read(
    sqlite_file: str, tmp_path: Path, published: str, dates: tuple[str, ...], hint: str
) -> None:
    file = tmp_path / "a.ndjson"
    file.write_text(article(published=published))
    [line] = said(run("import", file, *dates, url=sqlite_file).stderr_bytes)
    assert line.startswith(f"{file}:1: published: Not a date such as 2022-03-24")
    assert line.endswith(hint)


@pytest.mark.parametrize(
    ("tally", "rate", "expected"),
    [
        ({}, None, "0 articles, 0 new quotes"),
        ({"new": 1, "quotes": 1}, None, "1 article, 1 new quote"),
        (
            {"new": 1200, "unchanged": 3, "quotes": 8431},
            9.46,
            "1,203 articles, 8,431 new quotes, 9.5 articles a second",
        ),
        ({"new": 3, "failed": 2, "not English": 1}, 1.0, "5 articles, 2 failed, 0 new quotes, 1.0 articles a second"),
    ],
)
def test_says_how_far_an_import_is(tally: dict[str, int], rate: float | None, expected: str) -> None:
    assert so_far(Counter(tally), rate) == expected


def test_the_rate_is_that_of_the_last_seconds() -> None:
    rate = Rate(10)
    assert rate.after(0) is None
    assert [rate.after(second) for second in (4, 8)] == [0.25, 0.25]
    assert [rate.after(8 + tenth / 10) for tenth in range(1, 101)][-1] == 10
    assert rate.after(60) is None


def test_says_which_articles_are_not_english(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(FOREIGN["de"])
    (tmp_path / "b.txt").write_text(TEXT)
    result = run("import", tmp_path, url=database_url)
    last = "2 articles: 2 new, 0 changed, 0 unchanged, 0 failed; 1 not in English has no quotes; 1 new quote\n"
    assert (result.exit_code, result.stdout) == (0, last)
    [line] = said(result.stderr_bytes)
    assert line.startswith(f"{tmp_path}/a.txt: This text is in German (de). Verbatim reads English only")
    assert stored(database_url) == (2, 1)


def test_changed_text_of_a_known_url(database_url: str, tmp_path: Path) -> None:
    url = "https://harnby.example/bridge"
    lines = [article(url=url), article(url=url), article(url=url, text=OTHER), article(), article(text=OTHER), "no"]
    (tmp_path / "a.ndjson").write_text("\n".join(lines))
    result = run("import", tmp_path / "a.ndjson", url=database_url)
    assert result.exit_code == 1
    assert said(result.stderr_bytes) == [f"{tmp_path / 'a.ndjson'}:6: not JSON: Expecting value (column 1)"]
    assert counted(result.stdout) == "6 articles: 2 new, 1 changed, 2 unchanged, 1 failed\n"


def test_a_dry_run_reports_outcomes_and_stores_nothing(database_url: str, tmp_path: Path) -> None:
    url = "https://harnby.example/bridge"
    (tmp_path / "a.ndjson").write_text(article(url=url))
    lines = [article(url=url, text=OTHER), article(url=url), article(url=f"{url}/2"), "no"]
    (tmp_path / "b.ndjson").write_text("\n".join(lines))
    assert run("import", tmp_path / "a.ndjson", url=database_url).exit_code == 0
    before = stored(database_url)
    for _ in range(2):
        result = run("import", tmp_path / "b.ndjson", "--dry-run", url=database_url)
        assert result.exit_code == 1
        assert said(result.stderr_bytes) == [f"{tmp_path / 'b.ndjson'}:4: not JSON: Expecting value (column 1)"]
        assert counted(result.stdout) == (
            "4 articles: 1 new, 1 changed, 1 unchanged, 1 failed (a dry run: nothing was stored)\n"
        )
        assert stored(database_url) == before


def test_imports_each_format_plain_and_compressed(database_url: str, tmp_path: Path) -> None:
    """Import ten articles: the same text in each format, with and without gzip, under as many URLs."""
    page = (ROOT / "tests" / "ingestion" / "pages" / "other-host.html").read_text()
    forms = {
        "txt": f"url: URL\n\n{TEXT}",
        "html": page.replace("https://famous-daily.example/tide-mill", "URL"),
        "json": f"[{article(url='URL')}]",
        "ndjson": f"{article(url='URL')}\n",
        "csv": f'url;text\nURL;"{TEXT}"\n',
    }
    for form, content in forms.items():
        (tmp_path / f"a.{form}").write_text(content.replace("URL", f"https://harnby.example/{form}"))
        packed = gzip.compress(content.replace("URL", f"https://harnby.example/{form}-gz").encode())
        (tmp_path / f"a.{form}.gz").write_bytes(packed)
    (tmp_path / "notes.md").write_text("no article")
    result = run("import", tmp_path, url=database_url)
    assert (result.exit_code, counted(result.stdout)) == (0, "10 articles: 10 new, 0 changed, 0 unchanged, 0 failed\n")


@pytest.mark.parametrize(
    ("stdin", "more", "fails"),
    [
        (f"{article()}\nno\n".encode(), (), "standard input:2: not JSON"),
        (gzip.compress(f"{article()}\nno\n".encode()), (), "standard input:2: not JSON"),
        (f'text\n"{TEXT}"\na,b\n'.encode(), ("--format", "csv"), "standard input:3: the row has 2 cells"),
        (f"[{article()}, 3]".encode(), ("--format", "json"), "standard input#2: not a JSON object"),
    ],
)
def test_imports_standard_input(sqlite_file: str, stdin: bytes, more: tuple[str, ...], fails: str) -> None:
    pipe = subprocess.PIPE
    with start(
        "import", "-", *more, stdin=pipe, stdout=pipe, stderr=pipe, env=os.environ | {"DATABASE_URL": sqlite_file}
    ) as process:
        stdout, stderr = process.communicate(stdin)
    assert (process.returncode, counted(stdout.decode())) == (
        1,
        "2 articles: 1 new, 0 changed, 0 unchanged, 1 failed\n",
    )
    assert said(stderr)[0].startswith(fails)


@pytest.fixture
def sqlite_file(tmp_path: Path, sqlite_template: Path) -> str:
    """Return the URL of a migrated, empty SQLite database, where the kind makes no difference."""
    shutil.copyfile(sqlite_template, tmp_path / "verbatim.db")
    return f"sqlite:///{tmp_path / 'verbatim.db'}"


def many(path: Path, count: int, bad: int = 0) -> None:
    """Write a file of articles that differ, and lines that are none among them."""
    lines = [
        article(url=f"https://harnby.example/{number}", text=f"{TEXT} It was day {number}.") for number in range(count)
    ]
    for number in range(bad):
        lines.insert(number * 7, "no")
    path.write_text("\n".join(lines))


def test_jobs_do_not_change_the_result(database_url: str, tmp_path: Path) -> None:
    many(tmp_path / "a.ndjson", 30, bad=2)
    first = run("import", tmp_path / "a.ndjson", "--jobs", 2, url=database_url)
    assert (first.exit_code, counted(first.stdout)) == (1, "32 articles: 30 new, 0 changed, 0 unchanged, 2 failed\n")
    assert [line.partition(": ")[0].rpartition(":")[2] for line in said(first.stderr_bytes)] == ["1", "8"]
    again = run("import", tmp_path / "a.ndjson", "--jobs", 2, url=database_url)
    assert counted(again.stdout) == "32 articles: 0 new, 0 changed, 30 unchanged, 2 failed\n"
    assert stored(database_url)[0] == 30


def test_an_interrupted_import_can_be_repeated(sqlite_file: str, tmp_path: Path) -> None:
    many(tmp_path / "a.ndjson", 160)
    pipe = subprocess.PIPE
    with start(
        "import", "-", "--jobs", 2, stdin=pipe, stdout=pipe, stderr=pipe, env=os.environ | {"DATABASE_URL": sqlite_file}
    ) as process:
        assert process.stdin is not None
        process.stdin.write((tmp_path / "a.ndjson").read_bytes() + b"\n")
        process.stdin.flush()  # and is left open, so that it does not end by itself
        while process.poll() is None and not stored(sqlite_file)[0]:
            time.sleep(0.2)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the command and to its processes
        stdout, stderr = process.communicate()
    assert (process.returncode, said(stderr)) == (130, ["Interrupted."])
    assert b" new, 0 changed, 0 unchanged, 0 failed" in stdout
    assert 0 < stored(sqlite_file)[0] <= 160
    run("import", tmp_path / "a.ndjson", url=sqlite_file)
    assert stored(sqlite_file)[0] == 160


def test_an_empty_folder_is_no_failure(database_url: str, tmp_path: Path) -> None:
    result = run("import", tmp_path, url=database_url)
    assert (result.exit_code, counted(result.stdout)) == (0, "0 articles: 0 new, 0 changed, 0 unchanged, 0 failed\n")


@pytest.mark.parametrize(("value", "together"), [({"text": "x"}, 8), ({"text": "x", "quotes": []}, 100)])
def test_articles_with_quotes_come_in_larger_batches(value: dict[str, object], together: int) -> None:
    records = (Record(number, 1, value) for number in range(together + 1))
    assert [len(batch) for batch in _batches(records)] == [together, 1]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_always_runs_out_of_time_fails_alone(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another transaction holds the row that one article changes; all others are stored."""
    monkeypatch.setattr(imports, "TOGETHER_SECONDS", 0.0)
    monkeypatch.setattr(imports, "ALONE_SECONDS", 0.0)
    file = tmp_path / "a.ndjson"
    lines = [article(url=f"https://harnby.example/{number}", text=f"{TEXT} {number}") for number in range(3)]
    file.write_text("\n".join(lines[:1]))
    assert run("import", file, url=database_url).exit_code == 0
    file.write_text("\n".join([article(url="https://harnby.example/0", text=OTHER), *lines[1:]]))
    engine = make_engine(Settings(database_url=database_url))
    with writing(engine) as session:
        session.execute(select(Article.id).with_for_update(key_share=True))
        result = run("import", file, "--jobs", 1, url=database_url, VERBATIM_STATEMENT_TIMEOUT="1")
    engine.dispose()
    assert result.exit_code == 1
    assert result.stdout.startswith("3 articles: 2 new, 0 changed, 0 unchanged, 1 failed;")
    says = "a.ndjson:1: the database did not answer in time: canceling statement due to statement timeout"
    assert [line for line in result.stderr.splitlines() if line.endswith(says)], result.stderr
