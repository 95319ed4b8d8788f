"""Hold decisions, benchmarks, and the paths, links and numbers in prose against the repository."""

from __future__ import annotations

import importlib
import re
import tomllib
from pathlib import Path

import pytest

from tests import ROOT

FOLDER = ROOT / "docs" / "decisions"
DECISIONS = sorted(FOLDER.glob("[0-9]*.md"))
INDEX = (FOLDER / "README.md").read_text(encoding="utf-8")
BENCHMARKS = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "api").rglob("*.md")])
STATUS = re.compile(
    r"Status: (?P<kind>accepted|superseded by \d{4}), \d{4}-\d\d-\d\d(?:; (?P<amended>amended by \d{4}(?:, \d{4})*))?"
)
HEADINGS = ["Context", "Options", "Decision", "Consequences"]
MAX_LINES = 30  # that are not empty: one screen
WIDTH = 120  # characters; tables, code and links may be wider


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def status(page: Path) -> re.Match[str]:
    found = STATUS.fullmatch(read(page).splitlines()[2])
    assert found, f"{page.name} has no status of the form that the index page gives"
    return found


def test_decisions_are_numbered_without_gaps() -> None:
    assert [page.name[:4] for page in DECISIONS] == [f"{number:04}" for number in range(1, len(DECISIONS) + 1)]


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_has_title_status_and_headings_on_one_screen(page: Path) -> None:
    title, empty, *lines = read(page).splitlines()
    assert re.fullmatch(rf"# {page.name[:4]}: [A-Z].*", title)
    assert empty == ""
    assert re.findall(r"^## (.*)", "\n".join(lines), re.MULTILINE) == HEADINGS
    assert sum(1 for line in [title, *lines] if line.strip()) <= MAX_LINES
    assert [line for line in lines if len(line) > WIDTH and not re.match(r"\||    |.*\]\(", line)] == []


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_status_names_later_decisions(page: Path) -> None:
    numbers = [other.name[:4] for other in DECISIONS]
    later = re.findall(r"\d{4}", f"{status(page)['kind']} {status(page)['amended'] or ''}")
    assert all(page.name[:4] < number and number in numbers for number in later)


def test_the_index_lists_every_decision_with_title_and_status() -> None:
    listed = re.findall(r"^\| \[(\d{4})\]\((.*)\) \| (.*) \| (.*) \|$", INDEX, re.MULTILINE)
    expected = [
        (
            page.name[:4],
            page.name,
            read(page).partition("\n")[0].partition(": ")[2],
            "; ".join(filter(None, status(page).group("kind", "amended"))),
        )
        for page in DECISIONS
    ]
    assert listed == expected


@pytest.mark.parametrize("page", [*PAGES, *sorted((ROOT / "api").rglob("*.py"))], ids=lambda page: page.name)
def test_named_decisions_exist(page: Path) -> None:
    text = read(page)
    assert set(re.findall(r"decisions/(\d{4}-[\w-]+\.md)", text)) <= {decision.name for decision in DECISIONS}
    numbers = re.findall(r"decisions?[ /](?:and |\[)?(\d{4})", text)
    assert set(numbers) <= {decision.name[:4] for decision in DECISIONS}


def test_decision_0001_lists_every_library() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    libraries = {re.split(r"[\[<>=]", requirement)[0] for requirement in project["dependencies"]}
    cells = re.findall(r"^\| (.*?) \|", read(DECISIONS[0]), re.MULTILINE)
    listed = {name for cell in cells for name in cell.split(", ")} - {"library", "---"}
    assert listed == libraries - {"flask", "marshmallow", "sqlalchemy", "alembic"}


DESCRIBED = [page for page in PAGES if page.parent in (FOLDER, ROOT / "docs")]


@pytest.mark.parametrize("page", DESCRIBED, ids=lambda page: str(page.relative_to(ROOT)))
def test_paths_in_prose_exist(page: Path) -> None:
    paths = re.findall(r"`((?:api|tests|docs|migrations|seeds)/[\w./-]*\w)`", read(page))
    there = [path for path in paths if (ROOT / path).exists() or (ROOT / f"{path}.py").exists()]
    assert set(paths) - {"api/migrations"} <= set(there)  # that folder is in the wheel only


def test_the_files_that_architecture_lists_exist() -> None:
    page = read(ROOT / "docs" / "architecture.md")
    [section] = re.findall(r"^### The files of the larger packages\n(.*?)^###", page, re.MULTILINE | re.DOTALL)
    packages = re.findall(r"^- \*\*(\w+)\*\*: ((?:.*\n)(?:  .*\n)*)", section, re.MULTILINE)
    assert len(packages) >= 4
    for package, text in packages:
        named = {name.removesuffix(".py") for name in re.findall(r"`(\w+(?:\.py)?)`", text)} - {"q"}
        assert named <= {path.stem for path in (ROOT / "api" / package).iterdir()}, package


def anchor(heading: str) -> str:
    """Return the anchor that GitHub makes of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files_and_headings(page: Path) -> None:
    prose = re.sub(r"`[^`\n]*`", "", read(page))
    for target, fragment in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", prose):
        file = page.parent / target if target else page
        assert file.exists(), target
        if fragment:
            headings = re.findall(r"^#+ (.*)", read(file), re.MULTILINE)
            assert fragment in map(anchor, headings), f"{target}#{fragment}"


def test_every_figure_has_machine_date_and_commit() -> None:
    machines = re.findall(r"^\| \*\*([A-Z])\*\* \|", BENCHMARKS, re.MULTILINE)
    sections = re.split(r"^### (.*)\n", BENCHMARKS, flags=re.MULTILINE)[1:]
    assert machines
    assert sections
    for heading, text in zip(sections[::2], sections[1::2], strict=True):
        origin = text.strip().splitlines()[0]
        found = re.fullmatch(
            r"(?:Machine ([A-Z])(?:, [\w ,-]+)?|Any machine); \d{4}-\d\d-\d\d; `[0-9a-f]{7}`\.", origin
        )
        assert found, f"{heading}: {origin}"
        assert found[1] is None or found[1] in machines, heading


def constants(module: str, name: str) -> list[object]:
    """Return the values that modules of this name in api/ (or packages, in their modules) give to a constant."""
    files = [file for file in (ROOT / "api").rglob("*.py") if module in (file.stem, file.parent.name)]
    given = [file for file in files if re.search(rf"^{name}\b.* = ", read(file), re.MULTILINE)]
    names = [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in given]
    return [getattr(importlib.import_module(each), name) for each in names]


def numbers_in_prose() -> list[tuple[str, str, str, str]]:
    """Return page, module, constant and value of every `module.CONSTANT` (value) in the pages."""
    return [
        (str(page.relative_to(ROOT)), *found)
        for page in PAGES
        for found in re.findall(r"`(?:api\.)?(?:\w+\.)*(\w+)\.([A-Z][A-Z_]+)`\s+\(([\d,.]+)\)", read(page))
    ]


@pytest.mark.parametrize(("page", "module", "name", "value"), numbers_in_prose())
def test_numbers_in_prose_equal_their_constants(page: str, module: str, name: str, value: str) -> None:
    assert float(value.replace(",", "")) in constants(module, name), f"{page}: {module}.{name}"
