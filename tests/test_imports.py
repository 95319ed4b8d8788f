"""Which module may import which: the rules of docs/architecture.md, read from the source."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted((ROOT / "api").rglob("*.py"))

EVERYTHING = {
    "app", "atom", "auth", "background", "bulk", "changes", "commands", "config", "copies", "database", "derived", "errors",
    "exports", "extraction", "facets", "feeds", "fetching", "folding", "formats", "fulltext", "highlights", "imports",
    "ingest", "intake", "models", "names", "pagination", "query", "ranking", "ready", "revisions", "rows", "schemas",
    "search", "views", "vocabularies", "webhooks",
}  # fmt: skip
# What each may import of ours outside itself; folding may be imported by every one.
OURS: dict[str, set[str]] = {
    "extraction": set(),
    "folding": set(),
    "models": set(),
    "schemas": set(),
    "config": set(),
    "errors": set(),
    "formats": set(),
    "fetching": {"config", "formats"},
    "database": {"config"},
    "query": set(),
    "names": {"models"},
    "intake": {"extraction"},
    "bulk": {"models"},
    "copies": {"bulk", "models"},
    "derived": {"copies", "extraction", "intake", "models"},
    "fulltext": {"models", "query"},
    "search": {"fulltext", "models", "names", "query"},
    "ranking": {"fulltext", "models", "query"},
    "highlights": {"query"},
    "facets": {"errors", "models", "ranking", "search"},  # too long a timeline is a problem of the request
    # A speaker's new name is searched for at once; of a URL's host a publisher is made only where it may have that domain.
    "ready": {"copies", "derived", "extraction", "intake"},
    "ingest": {
        "bulk",
        "copies",
        "derived",
        "extraction",
        "fulltext",
        "intake",
        "models",
        "ready",
        "revisions",
        "schemas",
    },
    "revisions": {"derived", "extraction", "models"},
    "atom": {"models"},
    "changes": {"models"},
    "rows": {"bulk", "highlights", "models"},
    "vocabularies": {"rows"},
    "exports": {"models", "rows", "vocabularies"},
    "imports": {"database", "errors", "formats", "ingest", "intake", "models", "ready", "schemas"},
    "feeds": {"database", "fetching", "ingest", "intake", "models"},
    "webhooks": {"changes", "database", "fetching", "models", "names", "rows", "schemas", "search"},
    "background": {"config", "database", "fetching", "imports", "webhooks"},
    "pagination": {"database", "models", "errors"},
    "auth": {"database", "models", "errors", "config"},
    "commands": EVERYTHING - {"views", "app"},
    "views": EVERYTHING - {"extraction", "commands", "app"},
    "app": EVERYTHING,
}
FLASK = {"app", "views", "errors", "auth", "pagination", "database", "commands"}
# Where a library may be imported; those not named may be imported anywhere but in the engine.
LIBRARIES = {
    "onnxruntime": {"extraction"},
    "tokenizers": {"extraction"},
    "numpy": {"copies", "extraction"},
    **dict.fromkeys(("flask", "flask_cors", "flask_smorest", "flask_swagger_ui", "webargs", "werkzeug"), FLASK),
    "sqlalchemy": EVERYTHING
    - {"extraction", "fetching", "folding", "formats", "intake", "query", "schemas", "config", "vocabularies"},
    "marshmallow": {"schemas", "views", "commands", "imports", "webhooks"},
    "huey": {"background"},
    "psycopg": {"background", "bulk", "commands"},
    "alembic": {"commands"},
    "click": {"commands"},
    "rich": {"commands"},
    "gunicorn": {"commands"},
    "trafilatura": {"intake"},
    "feedparser": {"feeds"},
    "urllib3": {"fetching"},
    "protego": {"fetching"},
    "anyascii": {"folding"},
    "Stemmer": {"folding"},
    "rapidfuzz": {"names", "revisions"},
    "orjson": {"formats", "rows"},
}
ENGINE = {"onnxruntime", "tokenizers", "numpy"}  # all that the engine may import; its training may have more


def imported(file: Path) -> Iterator[str]:
    """The full names of what a file imports, wherever in it: `from api import auth` is api.http.auth."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: a relative import"
            if node.module == "api":
                yield from (f"api.{alias.name}" for alias in node.names)
            else:
                yield node.module or ""


def part(file: Path) -> str:
    """The part of api that a file belongs to: its own name, or its folder's."""
    return file.relative_to(ROOT / "api").parts[0].removesuffix(".py")


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_imports(file: Path) -> None:
    here = part(file)
    if here == "__init__":
        assert list(imported(file)) == []
        return
    training = "training" in file.parts
    for name in imported(file):
        top, _, rest = name.partition(".")
        if top == "api":
            wanted = rest.partition(".")[0]
            assert wanted in OURS[here] | {here, "folding"}, f"{here} may not import {name}"
        elif top not in sys.stdlib_module_names and not training:
            assert here in LIBRARIES.get(top, EVERYTHING - {"extraction"}), f"{here} may not import {name}"
            assert here != "extraction" or top in ENGINE, f"the engine may not import {name}"


def test_the_rules_are_of_what_exists() -> None:
    assert set(OURS) == EVERYTHING == {part(file) for file in FILES} - {"__init__"}


def test_the_engine_loads_without_flask_and_database() -> None:
    program = "import api.extraction, sys; print(sorted({'flask', 'sqlalchemy', 'marshmallow'} & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True)
    assert loaded.stdout.strip() == "[]"
