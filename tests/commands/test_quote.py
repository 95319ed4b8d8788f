"""verbatim show, verbatim correct and verbatim saved."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from api.app import create_app
from api.config import Settings
from api.enums import SCOPES
from tests.commands import OTHER, article, run


@pytest.fixture
def imported(database_url: str, tmp_path: Path) -> str:
    records = article(title="Bridge", publisher="Harnby Post", url="https://a.example/1"), article(text=OTHER)
    (tmp_path / "a.ndjson").write_text("\n".join(records))
    assert run("import", tmp_path, url=database_url).exit_code == 0
    return database_url


def exported(url: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in run("export", url=url).stdout.splitlines()]


def test_shows_a_quote_in_its_context(imported: str) -> None:
    lines = dict(line.split(None, 1) for line in run("show", "1", url=imported).stdout.splitlines())
    assert lines["Quote"] == "“We will close the bridge if we have to,”"
    assert lines["Speaker"] == "Ann Poe, mayor (Harnby)" or lines["Speaker"].startswith("Ann Poe, mayor")
    assert (lines["Source"], lines["Publisher"]) == ("Ann Poe, the mayor of Harnby", "Harnby Post")
    assert lines["Where"] == "https://a.example/1"
    assert lines["Context"].startswith("“We will close the bridge if we have to,” said Ann Poe")


@pytest.mark.parametrize("command", [("show",), ("correct", "--confirm")])
def test_names_a_quote_that_is_not_there(imported: str, command: tuple[str, ...]) -> None:
    result = run(*command, "99", url=imported)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "There is no quote 99" in result.stderr


def test_corrects_a_quote(imported: str) -> None:
    result = run("correct", "1", "--speaker", "bo LUND", "--polarity", "denied", url=imported)
    assert result.exit_code == 0, result.output
    assert "Quote        denied: “We will close" in result.stdout
    first, _ = exported(imported)
    assert (first["speaker"]["name"], first["role"], first["status"]) == ("Bo Lund", None, "corrected")
    assert first["confidence"] == 1
    assert "Bo Lund" in run("search", "bridge", "--speaker", "lund", url=imported).stdout
    assert run("correct", "2", "--confirm", url=imported).exit_code == 0
    assert [quote["status"] for quote in exported(imported)] == ["corrected", "confirmed"]
    assert run("correct", "2", "--reject", url=imported).exit_code == 0
    assert [quote["id"] for quote in exported(imported)] == [1]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ((), 2, "Say what is wrong"),
        (("--speaker", "Nobody Here"), 1, "No speaker is called Nobody Here; POST"),
        (("--speaker", "999"), 1, "No speaker is called 999; POST"),
        (("--polarity", "true"), 2, "is not one of"),
    ],
)
def test_refuses_a_correction(imported: str, arguments: tuple[str, ...], code: int, says: str) -> None:
    before = exported(imported)
    result = run("correct", "1", *arguments, url=imported)
    assert (result.exit_code, result.stdout) == (code, "")
    assert says in result.stderr
    assert exported(imported) == before


def test_saves_searches(imported: str) -> None:
    made = run("saved", "add", "The bridge", "bridge", "--speaker", "Ann Poe", "--from", "2026-01-02", url=imported)
    query = "q=bridge&speaker=Ann+Poe&from=2026-01-02&act=speech"
    assert made.stdout == f"Saved as 1: /v1/quotes?{query}\n"
    assert run("saved", "list", url=imported).stdout == f"1\tThe bridge\t{query}\tadmin\n"
    assert "Name WORDS or a filter" in run("saved", "add", "All", url=imported).stderr


def test_a_saved_search_belongs_to_the_key_that_is_named(imported: str) -> None:
    keys = {name: run("keys", "create", name, "--scope", name, url=imported).stdout.strip() for name in SCOPES}
    prefix = keys["write"][:11]
    for name, owner in (("Ours", ()), ("Theirs", ("--key", prefix))):
        assert run("saved", "add", name, "bridge", *owner, url=imported).exit_code == 0
    query = "q=bridge&act=speech"
    assert run("saved", "list", url=imported).stdout == f"1\tOurs\t{query}\tadmin\n2\tTheirs\t{query}\t{prefix}\n"
    app = create_app(Settings(database_url=imported))
    client = app.test_client()
    for scope, status, seen in (("read", 403, None), ("write", 200, ["Theirs"]), ("admin", 200, ["Theirs", "Ours"])):
        answer = client.get("/v1/searches", headers={"Authorization": f"Bearer {keys[scope]}"})
        assert answer.status_code == status
        assert seen is None or [item["name"] for item in answer.get_json()["items"]] == seen
    app.extensions["background"].close()
    app.extensions["engine"].dispose()


def test_a_saved_search_needs_a_key_that_there_is(imported: str) -> None:
    prefix = run("keys", "create", "a", "--scope", "write", url=imported).stdout[:11]
    assert run("keys", "revoke", prefix, url=imported).exit_code == 0
    for key in ("vb_nothing", prefix):
        refused = run("saved", "add", "The bridge", "bridge", "--key", key, url=imported)
        assert (refused.exit_code, refused.stdout) == (1, "")
        assert refused.stderr == f"Error: No key begins with {key}; see: verbatim keys list\n"
    assert run("saved", "list", url=imported).stdout == ""
