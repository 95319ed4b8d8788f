"""Check the documentation: what exists is described, and what is described exists."""

from __future__ import annotations

import ast
import datetime as dt
import importlib
import itertools
import json
import re
import shlex
from collections import Counter
from dataclasses import fields
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from api.app import create_app
from api.commands import verbatim
from api.config import Settings
from api.http.problems import PROBLEMS, URN
from api.models.base import Base
from tests import ROOT
from tests.console import Example, examples, missing

API = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
UPGRADING = (ROOT / "docs" / "upgrading.md").read_text(encoding="utf-8")
QUICKSTART = (ROOT / "docs" / "quickstart.md").read_text(encoding="utf-8")


def routes(app: Flask) -> set[str]:
    """Return every route as docs/api.md writes it: GET /v1/quotes/{quote_id}."""
    found = set()
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("pages."):  # docs/page.md has these
            continue
        path = re.sub(r"<(?:[^:<>]+:)?(\w+)>", r"{\1}", rule.rule)
        found |= {f"{method} {path}" for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    return found - {"GET /docs/{name}"}


def test_every_route_is_documented_and_every_documented_route_exists(tmp_path: Path) -> None:
    app = create_app(Settings(database_url=f"sqlite:///{tmp_path / 'verbatim.db'}"))
    documented = set(re.findall(r"`((?:GET|POST|PUT|PATCH|DELETE) /[^` ?]*)`", API))
    assert documented == routes(app)
    rows = re.findall(r"^\| `((?:GET|POST|PUT|PATCH|DELETE) /[^` ?]*)` \|", API, re.MULTILINE)
    assert [row for row, count in Counter(rows).items() if count > 1] == []


def test_every_page_is_documented_and_every_documented_page_exists(tmp_path: Path) -> None:
    app = create_app(Settings(database_url=f"sqlite:///{tmp_path / 'verbatim.db'}"))
    pages = {rule.rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("pages.")}
    pages = {re.sub(r"<(?:[^:<>]+:)?(\w+)>", r"{\1}", page) for page in pages} - {"/assets/{version}/{name}"}
    page = (ROOT / "docs" / "page.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(/[^`]*)` \|", page, re.MULTILINE)) == pages


@pytest.mark.parametrize("setting", [field.metadata["env"] for field in Settings.__dataclass_fields__.values()])
def test_every_setting_is_documented(setting: str) -> None:
    assert f"| `{setting}` |" in OPERATIONS


def test_every_documented_setting_exists() -> None:
    known = {field.metadata["env"] for field in Settings.__dataclass_fields__.values()}
    assert set(re.findall(r"VERBATIM_[A-Z_]+", README + OPERATIONS + QUICKSTART)) <= known


def test_every_problem_is_documented_with_its_status() -> None:
    documented = set(re.findall(rf"\| `{URN}([a-z-]+)` \| (\d+) \|", API))
    assert documented == {(name, str(status)) for name, (status, _) in PROBLEMS.items()}


UNITS = {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "minutes": 60, "hour": 3600, "day": 86_400}
LIMITS_ROW = r"^\| ([^|]+) \| ([\d,]+) ?(\w*)[^|]* \| [^|]+ \| (.+) \|$"
LIMITS = re.findall(LIMITS_ROW, (ROOT / "docs" / "limits.md").read_text(encoding="utf-8"), re.MULTILINE)


def bound(source: str, document: Any) -> float:
    """Return the value of a setting, a constant, or the maximum of a parameter (`limit` of `GET /v1/quotes`)."""
    if parameter := re.fullmatch(r"`(\w+)` of `GET (\S+)`", source):
        described = document["paths"][parameter[2]]["get"]["parameters"]
        [found] = [each["schema"]["maximum"] for each in described if each.get("name") == parameter[1]]
        return float(found)
    name = source.strip("`")
    defaults: dict[str, Any] = {field.metadata["env"]: field.default for field in fields(Settings)}
    if name in defaults:
        return float(defaults[name])
    module, _, constant = name.rpartition(".")
    value = getattr(importlib.import_module(module), constant)
    return value.total_seconds() if isinstance(value, dt.timedelta) else float(value)


@pytest.mark.parametrize(("limit", "number", "unit", "source"), LIMITS)
def test_every_limit_is_the_codes(seeded: FlaskClient, limit: str, number: str, unit: str, source: str) -> None:
    assert int(number.replace(",", "")) * UNITS.get(unit, 1) == bound(source, seeded.get("/openapi.json").json), limit


def test_every_row_of_the_limits_is_compared() -> None:
    rows = re.findall(r"^\| (?!limit|---)", (ROOT / "docs" / "limits.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(LIMITS) == len(rows)


# The numbers that prose repeats: page, words around "#", and what they must equal.
STATED = [
    ("docs/api.md", "It counts up to #;", "api.limits.COUNTED_ROWS"),
    ("docs/api.md", "the first # words are searched", "api.folding.MAX_INDEXED_WORDS"),
    ("docs/api.md", "ranks the newest # quotes", "api.search.ranking.MAX_SCORED"),
    ("docs/api.md", "where they are more, the newest #.", "api.limits.FACETED_QUOTES"),
    ("docs/api.md", "unless only # were counted", "api.limits.FACETED_QUOTES"),
    ("docs/api.md", "Only the newest # quotes that match", "api.limits.TIMELINE_QUOTES"),
    ("docs/api.md", "more than # counts", "api.search.timeline.MAX_NUMBERS"),
    ("docs/api.md", "at most the # most quoted", "api.search.names.MAX_SHOWN"),
    ("docs/api.md", "with # code points before and after", "api.output.columns.AROUND"),
    ("docs/api.md", "its last # stored quotes", "api.views.feeds.ENTRIES"),
    ("docs/api.md", "up to # together", "api.jobs.webhooks.MAX_DELIVERY_QUOTES"),
    ("docs/api.md", "within # seconds (`VERBATIM_FETCH_SECONDS`)", "VERBATIM_FETCH_SECONDS"),
    ("docs/operations.md", "wait for each other, up to # seconds", "api.database.engine.BUSY_TIMEOUT_SECONDS"),
    ("docs/operations.md", "A request may take # seconds", "api.commands.serve.TIMEOUT_SECONDS"),
    ("docs/operations.md", "after # seconds where nothing answers", "api.database.engine.CONNECT_TIMEOUT_SECONDS"),
    ("docs/operations.md", "on up to # records of one import", "api.jobs.imports.leases.MAX_LEASED_RECORDS"),
    ("docs/operations.md", "a worker finishes its records, # seconds at most", "api.jobs.queue.SHUTDOWN_SECONDS"),
    ("docs/operations.md", "There are at most # searches", "api.views.searches.MAX_SEARCHES"),
    ("docs/operations.md", "A feed is due # after", "api.sources.feeds.POLL_INTERVAL"),
    ("docs/operations.md", "the whole article (# words or more", "api.sources.feeds.MIN_CONTENT_WORDS"),
    ("docs/operations.md", "remembered for an hour", "api.sources.robots.CACHE_SECONDS"),
    ("docs/operations.md", "A page may take # seconds", "VERBATIM_FETCH_SECONDS"),
    ("docs/operations.md", "at most # bytes after decompression", "api.sources.web.MAX_ANSWER_BYTES"),
    ("docs/reference.md", "how many quotes they count: all matches, or the newest #", "api.limits.FACETED_QUOTES"),
    ("CHANGELOG.md", "counted up to # unless", "api.limits.COUNTED_ROWS"),
    ("CHANGELOG.md", "of the newest #. Counts over time", "api.limits.FACETED_QUOTES"),
    ("CHANGELOG.md", "(`/v1/quotes/timeline`), of the newest #.", "api.limits.TIMELINE_QUOTES"),
]


@pytest.mark.parametrize(("page", "words", "source"), STATED)
def test_every_number_in_prose_is_the_codes(page: str, words: str, source: str) -> None:
    prose = " ".join((ROOT / page).read_text(encoding="utf-8").replace("an hour", "1 hour").split())
    pattern = re.escape(words.replace("an hour", "#")).replace(r"\#", rf"([\d,]+)(?: ({'|'.join(UNITS)}))?")
    [(number, unit)] = re.findall(pattern, prose)
    assert int(number.replace(",", "")) * UNITS.get(unit, 1) == bound(source, {})


TROUBLES = re.findall(
    r'^\| "(.+)" \|', (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8"), re.MULTILINE
)


@pytest.fixture(scope="session")
def texts() -> list[str]:
    """Return every string in the code, f-strings in their parts."""
    parsed = [ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "api").rglob("*.py")]
    nodes = itertools.chain.from_iterable(map(ast.walk, parsed))
    return [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]


@pytest.mark.parametrize("message", TROUBLES)
def test_every_message_in_troubleshooting_is_the_codes(texts: list[str], message: str) -> None:
    missing = [part for part in message.split("...") if not any(part.strip() in text for text in texts)]
    assert not missing


def test_readme_names_every_command() -> None:
    [table] = re.findall(r"^\| command \|.*?(?=\n\n)", README, re.MULTILINE | re.DOTALL)
    assert set(re.findall(r"`verbatim (\w+)`", table)) == set(verbatim.commands)


def test_architecture_names_every_module_and_table() -> None:
    house = re.findall(r"^  (\w+)(?:\.py|/) ", ARCHITECTURE, re.MULTILINE)
    assert sorted(house) == sorted({path.stem for path in (ROOT / "api").iterdir()} - {"__init__", "__pycache__"})
    [table] = re.findall(r"^\| table \|.*?(?=\n\n)", ARCHITECTURE, re.MULTILINE | re.DOTALL)
    assert set(re.findall(r"^\| (\w+) \|", table, re.MULTILINE)) == {"table", *Base.metadata.tables}


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


PAGES = [*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"`[^`\n]*`", "", page.read_text(encoding="utf-8"))
    dead = []
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", text):
        path, _, anchor = target.partition("#")
        linked = (page.parent / path) if path else page
        if not linked.exists() or (anchor and anchor not in anchors(linked)):
            dead.append(target)
    assert dead == []


def shell_lines(*pages: str) -> list[str]:
    """Return the commands in the pages' blocks of shell and console."""
    found = []
    for block in re.findall(r"^```(?:sh|console)\n(.*?)^```", "\n".join(pages), re.MULTILINE | re.DOTALL):
        block = block.replace("\\\n", " ")
        console = "$ " in block
        lines = [line.removeprefix("$ ") for line in block.splitlines() if line.startswith("$ ") or not console]
        found += [line for line in lines if line.strip()]
    return found


COMMANDS = shell_lines(README, QUICKSTART, OPERATIONS, API, UPGRADING)


@pytest.mark.parametrize("line", [line for line in COMMANDS if line.startswith("make ")])
def test_make_targets_exist(line: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for word in shlex.split(line, comments=True)[1:]:
        assert "=" in word or re.search(rf"^{word}:", makefile, re.MULTILINE), f"no target {word}"


@pytest.mark.parametrize("line", [line for line in COMMANDS if line.startswith("verbatim ")])
def test_verbatim_commands_parse(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parse the command, its options and arguments where the files that it names are there. Nothing is run."""
    words = shlex.split(line.partition("|")[0].partition(" > ")[0].partition(" < ")[0], comments=True)[1:]
    monkeypatch.chdir(tmp_path)
    for word in words:
        if re.fullmatch(r"[\w-]+/", word):
            Path(word).mkdir()
        elif re.fullmatch(r"[\w-]+\.\w+", word):
            Path(word).touch()
    command: click.Command = verbatim
    while isinstance(command, click.Group):
        name = words.pop(0)
        found = command.get_command(click.Context(command), name)
        assert found, f"no command {name}"
        command = found
    command.make_context("verbatim", list(words))


@pytest.mark.parametrize("line", [line for line in COMMANDS if line.startswith("curl ") and " -X " not in line])
def test_documented_queries_answer(seeded: FlaskClient, line: str) -> None:
    [url] = re.findall(r"'http://[^/]+(/[^']*)'", line)
    response = seeded.get(url)
    assert response.status_code == 200, response.json
    found = response.json.get("items", True) if response.is_json else len(response.text.splitlines()) > 1
    assert found, "an example that finds nothing"


def printed(client: FlaskClient, database: str, command: str) -> str:
    """Return what a command of README prints on the seeds."""
    if command.startswith("verbatim "):
        environment = {"DATABASE_URL": database, "COLUMNS": "100"}
        result = CliRunner(env=environment).invoke(verbatim, shlex.split(command)[1:])
        assert result.exit_code == 0, result.output
        return result.output
    [url] = re.findall(r"^curl -s 'http://[^/]+(/[^']*)' \| python3 -m json.tool --no-ensure-ascii$", command)
    return json.dumps(client.get(url).json, indent=4, ensure_ascii=False)


@pytest.mark.parametrize("example", examples(README), ids=lambda example: example.command)
def test_examples_print_what_readme_shows(seeded: FlaskClient, seeded_database: str, example: Example) -> None:
    output = printed(seeded, seeded_database, example.command)
    assert example.lines
    assert missing(example, output) is None, output
