"""Which package may import which: the tables of docs/architecture.md, held against the source."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import ROOT

FILES = sorted((ROOT / "api").rglob("*.py"))
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
LEAVES = ("folding", "enums", "limits", "lookahead", "orphans")  # any package may import them
ENGINE = {
    "anyascii",
    "numpy",
    "onnxruntime",
    "py3langid",
    "tokenizers",
}  # all that the engine may import; its training may have more


def package(file: Path) -> str:
    """Return the package of api that a file belongs to, or its own name where it stands alone."""
    return file.relative_to(ROOT / "api").parts[0].removesuffix(".py")


PACKAGES = {package(file) for file in FILES} - {"__init__"}


def rows(head: str) -> list[tuple[list[str], str]]:
    """Return the rows of the page's table with this head: the names in the first cell, and the second cell."""
    [table] = re.findall(rf"^\| {head} \|.*\n\| --- \| --- \|\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    cells = [line.strip("| ").split(" | ") for line in table.splitlines()]
    return [(first.split(", "), second) for first, second in cells]


def allowed(names: str, above: set[str]) -> set[str]:
    """Return the packages that a cell names: "all", "all above", "all above but x, y", or a list."""
    if names == "nothing of ours":
        return set()
    every, _, but = names.partition(" but ")
    if every in ("all", "all above"):
        return (above if every == "all above" else PACKAGES) - set(filter(None, but.split(", ")))
    return set(names.split(", "))


def import_rules() -> dict[str, set[str]]:
    """Return the packages that each package may import."""
    rules: dict[str, set[str]] = {}
    for packages, names in rows("package"):
        rules |= dict.fromkeys(packages, allowed(names, set(rules)))
    return rules


RULES = import_rules()
LIBRARIES = {library: allowed(names, set()) for libraries, names in rows("library") for library in libraries}


def imported(file: Path) -> Iterator[str]:
    """Yield the full names of what a file imports, wherever in it: `from api import app` is api.app."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: a relative import"
            if node.module == "api":
                yield from (f"api.{alias.name}" for alias in node.names)
            else:
                yield node.module or ""


def test_the_table_names_every_package_and_only_lower_ones() -> None:
    assert set(RULES) == PACKAGES
    lower: set[str] = set()
    for packages, names in rows("package"):
        assert allowed(names, lower) <= (PACKAGES if names == "all" else lower), packages
        lower |= set(packages)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_imports(file: Path) -> None:
    here = package(file)
    if here == "__init__":
        assert list(imported(file)) == []
        return
    training = "training" in file.parts
    for name in imported(file):
        top, _, rest = name.partition(".")
        if top == "api":
            assert rest.partition(".")[0] in RULES[here] | {here, *LEAVES}, f"{here} may not import {name}"
        elif top not in sys.stdlib_module_names and not training:
            assert here in LIBRARIES.get(top, PACKAGES), f"{here} may not import {name}"
            assert here != "extraction" or top in ENGINE, f"the engine may not import {name}"


def test_the_engine_loads_without_flask_and_database() -> None:
    program = "import api.extraction, sys; print(sorted({'flask', 'sqlalchemy', 'marshmallow'} & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True)
    assert loaded.stdout.strip() == "[]"


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_only_database_and_index_tell_sqlite_from_postgresql(file: Path) -> None:
    asks = [
        node.lineno
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "name" and "dialect" in ast.unparse(node.value)
    ]
    if not {ROOT / "api" / "database", ROOT / "api" / "search" / "index"} & set(file.parents):
        assert asks == []
