"""The comparison of two OpenAPI documents."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import ROOT
from tests.openapi_diff import differences

TITLE = {"properties": {"title": {"type": "string"}}}


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ({"info": {"title": "a", "version": "1"}}, {"info": {"title": "b", "version": "1"}}, []),
        ({"get": {"summary": "a", "description": "b"}}, {"get": {"summary": "c", "description": "d"}}, []),
        ({"description": "a"}, {}, []),
        ({}, {"description": "a", "deprecated": True}, ["/deprecated is new: true"]),
        ({"type": "string"}, {"type": "integer"}, ['/type was "string", is "integer"']),
        (TITLE, {"properties": {"title": {"type": "null"}}}, ['/properties/title/type was "string", is "null"']),
        (TITLE, {"properties": {}}, ["/properties/title is gone"]),
        ({"enum": ["a", "b"]}, {"enum": ["a"]}, ['/enum was ["a", "b"], is ["a"]']),
        ({"enum": ["a", "b"]}, {"enum": ["b", "a"]}, ['/enum/0 was "a", is "b"', '/enum/1 was "b", is "a"']),
        ({"/v1/x": {"a~b": 1}}, {"/v1/x": {"a~b": True}}, ["/~1v1~1x/a~0b was 1, is true"]),
        ({"default": 1}, {"default": 1.0}, ["/default was 1, is 1.0"]),
    ],
)
def test_differences(old: Any, new: Any, lines: list[str]) -> None:
    assert list(differences(old, new)) == lines


@pytest.mark.parametrize(("new", "status", "said"), [({"a": 1}, 0, ""), ({"a": 2}, 1, "/a was 1, is 2\n")])
def test_the_command(tmp_path: Path, new: Any, status: int, said: str) -> None:
    (tmp_path / "old.json").write_text(json.dumps({"a": 1}), encoding="utf-8")
    (tmp_path / "new.json").write_text(json.dumps(new), encoding="utf-8")
    command = [sys.executable, "-m", "tests.openapi_diff", str(tmp_path / "old.json"), str(tmp_path / "new.json")]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (status, said)
