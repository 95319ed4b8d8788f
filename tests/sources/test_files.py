"""Read files as records, and say why a file cannot be read."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from api.sources.files import Reading, find_files, read_articles
from api.sources.readers import MAX_RECORD_BYTES, Bad, Spreadsheet

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


ROWS = "Headline;Published;Section;Text\nPont fermé;14.05.2024;News;Café, said Ida.\n"
READ = {"title": "Pont fermé", "published": "2024-05-14", "text": "Café, said Ida."}


@pytest.mark.parametrize(
    ("content", "note"),
    [
        (ROWS.encode(), "column left out: Section"),
        (ROWS.encode("utf-8-sig"), "column left out: Section"),
        (ROWS.replace(";", "\t").encode("utf-16"), "column left out: Section"),
        (ROWS.replace(";", "\t").encode("utf-16-le"), "column left out: Section"),
        (ROWS.replace(";", "\t").encode("utf-16-be"), "column left out: Section"),
        (ROWS.replace("\n", "\r\n").encode("cp1252"), "column left out: Section; not UTF-8, so read as Windows-1252"),
        (b"sep=;\r\n" + ROWS.encode(), "column left out: Section"),
        (b"\xef\xbb\xbfsep=;\n" + ROWS.encode(), "column left out: Section"),
        (ROWS.replace("Section", " ").encode(), None),  # without a name
        (ROWS.replace("Headline", " HEAD  line ").replace("Text", "TEXT").encode(), None),
        (gzip.compress(ROWS.encode("utf-16"), mtime=0), "column left out: Section"),
    ],
)
def test_reads_csv_as_spreadsheets_save_it(tmp_path: Path, content: bytes, note: str | None) -> None:
    path = tmp_path / ("a.csv.gz" if content.startswith(b"\x1f") else "a.csv")
    path.write_bytes(content)
    columns = {"head line": "title", "section": "author"} if b"HEAD" in content else {"headline": "title"}
    spreadsheet = Spreadsheet(columns)
    [record] = read_articles(path, reading=Reading(spreadsheet, "DMY"))
    assert (record.value, record.note) == ({**READ, **({"author": "News"} if b"HEAD" in content else {})}, note)


def test_a_file_in_utf8_stays_so(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("text\nCafé.\n".encode() + b"Caf\xe9.\nA.\n")
    assert read(path) == [{"text": "Café."}, "not UTF-8", {"text": "A."}]


@pytest.mark.parametrize(
    ("order", "published", "expected"),
    [
        ("DMY", "14.05.2024", "2024-05-14"),
        ("DMY", "4/5/2024", "2024-05-04"),
        ("MDY", "4/5/2024", "2024-04-05"),
        ("YMD", "2024/5/4", "2024-05-04"),
        ("DMY", " 14. 5. 2024 ", "2024-05-14"),
        ("DMY", "14.05.2024 08:30", "2024-05-14"),
        ("DMY", "14.05.2024, 08:30:10", "2024-05-14"),
        ("DMY", "2024-05-14", "2024-05-14"),
        ("DMY", "2024-05-14T08:30:00Z", "2024-05-14T08:30:00Z"),
        ("DMY", "14.05.24", "14.05.24"),  # of which century
        ("DMY", "May 14", "May 14"),
        ("MDY", "14.05.2024", "14.05.2024"),  # no month is the 14th, and the schema refuses it as it is written
        (None, "14.05.2024", "14.05.2024"),
    ],
)
def test_reads_dates_in_the_order_given(order: str | None, published: str, expected: str) -> None:
    assert Reading(dates=order).dated({"published": published}) == {"published": expected}
