"""Files and lines as records: what is read of each, and what is said of those that cannot be read."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from api.sources import files as records
from api.sources import readers as formats
from api.sources.files import articles, files, lines
from api.sources.readers import Bad

KEYS = "url, title, publisher, author, published, language"
PAGE = "<p>Caf\u00e9 \u201cNarva\u201d</p>"


def read(path: Path) -> list[Any]:
    return [str(record.value) if isinstance(record.value, Bad) else record.value for record in articles(path)]


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
        ("a.json", "[" * 100_000 + "]" * 100_000, "not read: JSON nested too deeply"),
        ("a.json", '{"text": ' + "9" * 5_000 + "}", "not read: a number is too long"),
        ("a.json", b'{"text": "\xff"}', "not UTF-8 (byte 11)"),
        ("a.pdf", "%PDF", "not one of .txt, .html, .htm, .json, .ndjson, .csv, or .gz of these"),
    ],
)  # fmt: skip
def test_file(tmp_path: Path, name: str, content: str | bytes, expected: Any) -> None:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    got = read(path)
    if name == "a.json" and content == '{"text":\n"Words}':  # how json words it differs between versions of Python
        assert "line 2" in got[0]
    else:
        assert got == [expected]


def test_json_list_holds_several(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('[{"text": "A."}, 3, {"text": "B."}]')
    assert [record.where.removeprefix(f"{path}") for record in articles(path)] == ["#1", "#2", "#3"]
    assert read(path) == [{"text": "A."}, "not a JSON object", {"text": "B."}]


def test_lines_are_numbered_and_the_good_ones_read() -> None:
    stream = io.BytesIO(b'{"text": "A."}\n\n   \nno\n[]\n\xff\n{"text": "\\ud800"}\r\n{"text": "B."}')
    got = [
        (record.where, record.value if isinstance(record.value, dict) else str(record.value))
        for record in lines(stream, "f")
    ]
    assert got == [
        ("f:1", {"text": "A."}),
        ("f:4", "not JSON: Expecting value (column 1)"),
        ("f:5", "not a JSON object"),
        ("f:6", "not UTF-8 (byte 1)"),
        ("f:7", {"text": "\ud800"}),
        ("f:8", {"text": "B."}),
    ]


def test_a_line_without_end_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "LONGEST", 100)
    stream = io.BytesIO(b'{"text": "' + b"x" * 1_000 + b'"}\n{"text": "A."}\n' + b"y" * 250)
    got = list(lines(stream, "f"))
    assert [str(record.value) for record in got] == ["longer than 0 MiB", "{'text': 'A.'}", "longer than 0 MiB"]
    assert [record.where for record in got] == ["f:1", "f:2", "f:3"]
    assert sum(record.size for record in got) == len(stream.getvalue())


def test_larger_files_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "LONGEST", 100)
    (tmp_path / "a.txt").write_text("x" * 101)
    assert read(tmp_path / "a.txt") == ["larger than 0 MiB"]


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    assert read(tmp_path / "gone.txt") == ["No such file or directory"]


def test_folders_are_walked_in_order_without_what_is_no_article(tmp_path: Path) -> None:
    for name in ("b/2.txt", "b/1.json", "a.ndjson", "README.md", ".hidden.txt", ".git/x.txt", "c/d/PAGE.HTML"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(json.dumps({"text": name}))
    (tmp_path / "c" / "up").symlink_to(tmp_path)
    found = [str(path.relative_to(tmp_path)) for path in files([tmp_path, tmp_path / "README.md"])]
    assert found == ["a.ndjson", "b/1.json", "b/2.txt", "c/d/PAGE.HTML", "README.md"]
