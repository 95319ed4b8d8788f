"""verbatim export."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.commands import OTHER, article, run


@pytest.fixture
def imported(database_url: str, tmp_path: Path) -> str:
    records = (article(published="2026-11-20"), article(text=OTHER, published="2026-11-21"))
    (tmp_path / "a.ndjson").write_text("\n".join(records))
    assert run("import", tmp_path, url=database_url).exit_code == 0
    return database_url


def test_exports_what_a_search_finds(imported: str, tmp_path: Path) -> None:
    lines = [json.loads(line) for line in run("export", url=imported).stdout.splitlines()]
    assert [line["id"] for line in lines] == sorted(line["id"] for line in lines)
    assert {line["speaker"]["name"] for line in lines} == {"Ann Poe", "Bo Lund"}
    file = tmp_path / "poe.csv"
    assert run("export", "bridge", "--speaker", "ann poe", "--format", "csv", "-o", file, url=imported).exit_code == 0
    with file.open(encoding="utf-8-sig", newline="") as stream:
        assert {row["speaker"] for row in csv.DictReader(stream)} == {"Ann Poe"}
    rest = run("export", "--after", lines[0]["id"], url=imported).stdout.splitlines()
    assert [json.loads(line)["id"] for line in rest] == [line["id"] for line in lines[1:]]
    found = run("export", "--format", "jsonld", "--base", "https://quotes.example", url=imported)
    assert json.loads(found.stdout)["@graph"][0]["@id"] == f"https://quotes.example/v1/quotes/{lines[0]['id']}"


def test_exports_for_excel(imported: str, tmp_path: Path) -> None:
    file = tmp_path / "poe.csv"
    result = run("export", "--speaker", "poe", "--for-excel", "-o", file, url=imported)
    assert (result.exit_code, result.stderr) == (0, f"1 quote written to {file}.\n")
    assert file.read_bytes().startswith("\ufeffsep=\t\r\nid\ttext\t".encode("utf-16-le"))
    with file.open(encoding="utf-16", newline="") as stream:
        [row] = csv.DictReader(list(stream)[1:], delimiter="\t")
    assert (row["speaker"], row["cue_text"], row["source_text"]) == ("Ann Poe", "said", "Ann Poe, the mayor of Harnby")
    assert row["content_spans"].startswith("0..")
    assert run("export", "--for-excel", url=imported).stderr == "2 quotes written.\n"
    assert "leave out --format" in run("export", "--for-excel", "--format", "ndjson", url=imported).stderr


def test_reports_a_file_that_cannot_be_written(imported: str, tmp_path: Path) -> None:
    result = run("export", "-o", tmp_path / "no" / "such.csv", url=imported)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "cannot be written" in result.stderr
    assert not list(tmp_path.glob("**/*.part"))
