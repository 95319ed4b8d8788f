"""verbatim search."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands import OTHER, TEXT, article, run


@pytest.mark.parametrize(
    ("arguments", "shown", "hidden"),
    [
        (("bridge",), ["2026-11-20", "Ann Poe, mayor", "*bridge*", "Harnby Post"], ["Bo Lund"]),
        (("“CLOSE the bridge”",), ["*close the bridge*"], ["Bo Lund"]),
        (("--speaker", "ann POE"), ["Ann Poe"], ["Bo Lund"]),
        (("--speaker", "Poe, Ann"), ["Taken to mean Ann Poe."], ["Bo Lund"]),
        (("--publisher", "harnby post"), ["Ann Poe"], ["Bo Lund"]),
        (("--to", "2026-11-20"), ["Ann Poe"], ["Bo Lund"]),
        (("--from", "2026-11-21"), ["Bo Lund"], ["Ann Poe"]),
        (("--from", "0001-01-01", "--to", "9999-12-31"), ["Ann Poe", "Bo Lund"], []),
        (("--limit", "1"), ["Bo Lund", "first 1"], ["Ann Poe"]),
        (("--limit", "1", "--sort", "oldest"), ["Ann Poe"], ["Bo Lund"]),
        (("--role", "chair"), ["Bo Lund"], ["Ann Poe"]),
        (("--speaker", "9" * 30), ["Nothing was found."], ["Ann Poe"]),
        (("--act", "attitude"), ["Nothing was found."], ["Ann Poe"]),
        (("--country", "ee"), ["Nothing was found."], ["Ann Poe"]),
        (("'; DROP TABLE quote", "NEAR(", "a:b", "*"), ["Nothing was found."], ["Ann Poe"]),
        (("?!",), ["Nothing was found."], ["Ann Poe"]),
    ],
)
def test_prints_what_a_search_finds(
    database_url: str, tmp_path: Path, arguments: tuple[str, ...], shown: list[str], hidden: list[str]
) -> None:
    (tmp_path / "a.ndjson").write_text(
        article(published="2026-11-20", publisher="Harnby Post") + "\n" + article(text=OTHER, published="2026-11-21")
    )
    assert run("import", tmp_path, url=database_url).exit_code == 0
    result = run("search", *arguments, url=database_url, COLUMNS="200")
    assert result.exit_code == 0, result.output
    assert [words for words in shown if words not in result.output] == []
    assert [words for words in hidden if words in result.output] == []


def test_a_denial_is_not_shown_as_a_statement(database_url: str, tmp_path: Path) -> None:
    text = "Ann Poe, the mayor of Harnby, denied that the bridge was shut. Bo Lund said that the bridge was old."
    (tmp_path / "a.ndjson").write_text(article(text=text))
    assert run("import", tmp_path, url=database_url).exit_code == 0
    shown = run("search", "bridge", url=database_url, COLUMNS="200").stdout
    assert "denied: the *bridge* was shut" in shown
    assert "  the *bridge* was old" in shown
    denied = run("search", "--polarity", "denied", url=database_url, COLUMNS="200").stdout
    assert "denied: the bridge was shut" in denied
    assert "Bo Lund" not in denied


def test_control_characters_are_not_printed(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(article(text=TEXT.replace("bridge", "bridge \x1b[2J\x9b2J")))
    assert run("import", tmp_path, url=database_url).exit_code == 0
    result = run("search", "bridge", url=database_url, COLUMNS="200")
    assert "*bridge*" in result.stdout
    assert not {"\x1b", "\x9b"} & set(result.stdout)
