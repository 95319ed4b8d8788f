"""Read files as records, and say why a file cannot be read."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from api.sources.files import find_files, read_articles
from api.sources.readers import MAX_RECORD_BYTES, Bad

KEYS = "url, title, publisher, author, published, language"
PAGE = "<p>Caf\u00e9 \u201cNarva\u201d</p>"


def read(path: Path, max_bytes: int = MAX_RECORD_BYTES) -> list[Any]:
    records = read_articles(path, max_bytes=max_bytes)
    return [str(record.value) if isinstance(record.value, Bad) else record.value for record in records]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.txt", "Words.\n\nMore.\n", {"text": "Words.\n\nMore."}),
        ("a.txt", "url: http://a.example\ntitle: A: b\n\nW.", {"url": "http://a.example", "title": "A: b", "text": "W."}),
        ("a.txt", "Title : A\r\nAUTHOR:\r\n \r\nOne.\r\n\r\nTwo.", {"title": "A", "author": None, "text": "One.\n\nTwo."}),
        ("a.txt", "\ufefftitle: A\n\nWords.", {"title": "A", "text": "Words."}),
        ("a.txt", "\n\ntitle: A\n\n\n\nWords.", {"title": "A", "text": "Words."}),
        ("a.txt", "title: only a header", {"title": "only a header", "text": ""}),
        ("a.txt", "Note: no header begins like this.\n\nWords.", {"text": "Note: no header begins like this.\n\nWords."}),
        ("a.txt", "", {"text": ""}),
        ("a.txt", "title: A\ntitel: B\n\nW.", "'titel: B' in the header is not one of " + KEYS),
        ("a.txt", "title: A\nWords.\n\nW.", "'Words.' in the header is not one of " + KEYS),
        ("a.txt", "title: A\ntitle: B\n\nW.", "title stands twice in the header"),
        ("a.txt", b"Caf\xe9", "not UTF-8 (byte 4)"),
        ("a.html", PAGE, {"html": PAGE}),
        ("a.HTM", PAGE.encode("windows-1252"), {"html": PAGE}),
        ("a.html", b"<meta charset=iso-8859-2><p>\xc8esk\xfd</p>", {"html": "<meta charset=iso-8859-2><p>Český</p>"}),
        ("a.html", b"<meta charset='no-such'><p>\xe9</p>", {"html": "<meta charset='no-such'><p>é</p>"}),
        ("a.json", '{"text": "Words."}', {"text": "Words."}),
        ("a.json", "", "not JSON: Expecting value (column 1)"),
        ("a.json", '{"text":\n"Words}', "not JSON: Invalid control character at (line 2, column 7)"),
        ("a.json", '"Words."', "not a JSON object"),
        ("a.json", '{"text": NaN}', "not JSON: NaN"),
        ("a.json", "[" * 100_000 + "]" * 100_000, "not read: JSON that is nested more than 64 deep"),
        ("a.json", '{"text": ' + "9" * 5_000 + "}", "not read: a number is too long"),
        ("a.json", b'{"text": "\xff"}', "not UTF-8 (byte 11)"),
        ("a.pdf", "%PDF", "not one of .txt, .html, .htm, .json, .ndjson, .csv, or .gz of these"),
    ],
)  # fmt: skip
def test_reads_a_file(tmp_path: Path, name: str, content: str | bytes, expected: Any) -> None:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    got = read(path)
    if name == "a.json" and content == '{"text":\n"Words}':  # how json words it differs between versions of Python
        assert "line 2" in got[0]
    else:
        assert got == [expected]


def test_reads_a_json_list(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('[{"text": "A."}, 3, {"text": "B."}]')
    assert [record.where.removeprefix(f"{path}") for record in read_articles(path)] == ["#1", "#2", "#3"]
    assert read(path) == [{"text": "A."}, "not a JSON object", {"text": "B."}]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.txt", "larger than 0 MiB"), ("a.html", "larger than 0 MiB"), ("a.ndjson", "longer than 0 MiB")],
)
def test_refuses_large_files(tmp_path: Path, name: str, expected: str) -> None:
    (tmp_path / name).write_text("x" * 101)
    assert read(tmp_path / name, max_bytes=100) == [expected]


def test_reads_a_compressed_file(tmp_path: Path) -> None:
    path = tmp_path / "a.CSV.GZ"
    path.write_bytes(gzip.compress(b"url,text\nu,A.\nv,B."))
    records = list(read_articles(path))
    assert [(record.where.removeprefix(str(path)), record.line, record.value) for record in records] == [
        (":2", 2, {"url": "u", "text": "A."}),
        (":3", 3, {"url": "v", "text": "B."}),
    ]
    assert sum(record.size for record in records) == path.stat().st_size


def test_reports_a_missing_file(tmp_path: Path) -> None:
    assert read(tmp_path / "gone.txt") == ["No such file or directory"]


def test_finds_article_files_in_order(tmp_path: Path) -> None:
    for name in ("b/2.txt", "b/1.json", "a.ndjson", "README.md", ".hidden.txt", ".git/x.txt", "c/d/PAGE.HTML"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(json.dumps({"text": name}))
    (tmp_path / "c" / "up").symlink_to(tmp_path)
    found = [str(path.relative_to(tmp_path)) for path in find_files([tmp_path, tmp_path / "README.md"])]
    assert found == ["a.ndjson", "b/1.json", "b/2.txt", "c/d/PAGE.HTML", "README.md"]
