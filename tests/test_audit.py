"""What .ci/audit.py says of pip-audit's answer."""

from __future__ import annotations

import runpy
from typing import Any

import pytest

from tests import ROOT

AUDIT = runpy.run_path(str(ROOT / ".ci" / "audit.py"))
SOUND = {"name": "flask", "version": "3.1.3", "vulns": []}
UNKNOWN = {"name": "mako", "skip_reason": "Dependency not found on PyPI and could not be audited: mako (1.4.3)"}


def known(*mended: str) -> dict[str, Any]:
    return {"name": "lxml", "version": "6.1.3", "vulns": [{"id": "PYSEC-0000-1", "fix_versions": list(mended)}]}


@pytest.mark.parametrize(
    ("packages", "lines"),
    [
        ([SOUND, SOUND], ["No known vulnerabilities in 2 pinned versions"]),
        ([SOUND, known("6.1.4")], ["warning: lxml 6.1.3 has PYSEC-0000-1, mended in 6.1.4"]),
        ([known()], ["warning: lxml 6.1.3 has PYSEC-0000-1, not mended yet"]),
        ([UNKNOWN, SOUND], ["warning: 1 of 2 pinned versions could not be audited"]),
        ([known("7", "8"), UNKNOWN], ["warning: lxml 6.1.3 has PYSEC-0000-1, mended in 7, 8",
                                      "warning: 1 of 2 pinned versions could not be audited"]),
    ],
)  # fmt: skip
def test_warnings(packages: list[dict[str, Any]], lines: list[str]) -> None:
    assert AUDIT["report"](packages) == lines


def test_the_pinned_versions_are_asked_about() -> None:
    assert "==" in AUDIT["PINNED"].read_text(encoding="utf-8")
    assert ".ci/audit.py" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
