"""verbatim extract."""

from __future__ import annotations

import json
from pathlib import Path

from tests.commands import OTHER, TEXT, run
from tests.foreign import FOREIGN


def test_prints_one_line_per_file(tmp_path: Path) -> None:
    names = [tmp_path / "a.txt", tmp_path / "b.txt"]
    names[0].write_bytes(f"\ufeff\U0001f525\r\n{TEXT}\r\n".encode())
    names[1].write_text(OTHER)
    result = run("extract", *names)
    assert (result.exit_code, result.stderr) == (0, "")
    first, second = map(json.loads, result.stdout.splitlines())
    assert [first["id"], second["id"]] == [str(name) for name in names]
    text = names[0].read_bytes().decode()
    assert [text[start:end] for start, end in first["quotes"][0]["content"]] == [
        "“We will close the bridge if we have to,”"
    ]
    assert set(second) == {"id", "language", "speakers", "quotes"}
    assert run("extract", names[1]).stdout == result.stdout.splitlines(keepends=True)[1]


def test_continues_after_an_unreadable_file(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"Caf\xe9")
    (tmp_path / "b.txt").write_bytes(b"")
    result = run("extract", tmp_path / "a.txt", tmp_path / "b.txt", "-", stdin=TEXT.encode())
    assert result.exit_code == 1
    assert result.stderr == f"{tmp_path / 'a.txt'}: not UTF-8 (byte 4)\n"
    empty, streamed = map(json.loads, result.stdout.splitlines())
    assert empty == {"id": str(tmp_path / "b.txt"), "language": None, "speakers": [], "quotes": []}
    assert streamed["id"] == "-"
    assert [speaker["name"] for speaker in streamed["speakers"]] == ["Ann Poe"]


def test_published_resolves_weekdays(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("“We will close the bridge,” Ann Poe said on Thursday.")
    for options, said in (((), None), (("--published", "2022-03-24"), "2022-03-24")):
        (quote,) = json.loads(run("extract", tmp_path / "a.txt", *options).stdout)["quotes"]
        assert quote["said"] == said


def test_ndjson_keeps_the_order_and_reports_bad_lines() -> None:
    lines = [
        {"id": 1, "text": TEXT, "published": "2022-03-24"},
        {"id": "\ud800", "text": "\ud800", "published": None, "title": "other fields are passed over"},
        {"text": "", "published": ""},
        {"id": "t", "text": TEXT, "published": "2022-03-24T10:00:00+02:00"},
        {"id": "e", "text": 3},
        {"id": "e"},
        {"id": "e", "text": "A.", "published": "yesterday"},
        {"id": "e", "text": "A.", "published": "2022-02-30"},
        *({"id": number, "text": OTHER} for number in range(20)),
    ]
    result = run("extract", "--ndjson", stdin="\n".join([*map(json.dumps, lines), "", "no", "[]"]))
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "line 5: text is missing or not a string",
        "line 6: text is missing or not a string",
        "line 7: published is not a date such as 2022-03-24",
        "line 8: published is not a date such as 2022-03-24",
        "line 30: not JSON: Expecting value (column 1)",
        "line 31: not a JSON object",
    ]
    got = [json.loads(line) for line in result.stdout.splitlines()]
    assert [each["id"] for each in got] == [1, "\ud800", None, "t", *range(20)]
    assert [len(each["quotes"]) for each in got[:4]] == [1, 0, 0, 1]


def test_jobs_do_not_change_the_output() -> None:
    lines = "\n".join(json.dumps({"id": number, "text": (TEXT, OTHER)[number % 2]}) for number in range(13))
    alone, side_by_side = (run("extract", "--ndjson", "--jobs", jobs, stdin=lines) for jobs in ("1", "2"))
    assert [json.loads(line)["id"] for line in alone.stdout.splitlines()] == list(range(13))
    assert side_by_side.stdout == alone.stdout
    assert (side_by_side.exit_code, side_by_side.stderr) == (0, "")


def test_says_that_a_text_is_not_english(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(FOREIGN["de"])
    result = run("extract", tmp_path / "a.txt")
    assert (result.exit_code, json.loads(result.stdout)["language"]) == (0, "de")
    assert result.stderr.startswith(f"{tmp_path}/a.txt: This text is in German (de). Verbatim reads English only")
    lines = [{"text": FOREIGN["de"], "language": "en"}, {"text": TEXT, "language": "fr"}, {"text": TEXT, "language": 7}]
    result = run("extract", "--ndjson", stdin="\n".join(map(json.dumps, lines)))
    assert [json.loads(line)["language"] for line in result.stdout.splitlines()] == [None, "fr"]
    assert "line 2: This text is in French (fr)" in result.stderr
    assert "line 3: language is not a tag such as en" in result.stderr
