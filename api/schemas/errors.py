"""What marshmallow says of invalid values, as JSON pointers."""

from __future__ import annotations

import re
from typing import Any

_NO_CHARACTER = re.compile("[\0\ud800-\udfff]")  # what neither JSON in UTF-8 nor PostgreSQL can hold


def pointers(messages: Any) -> list[dict[str, str]]:
    """Return {"pointer", "detail"} for each of marshmallow's messages, which are nested by field: {"url": ["..."]}."""
    found: list[dict[str, str]] = []

    def walk(value: Any, pointer: str) -> None:
        if isinstance(value, dict):
            for field, inner in value.items():
                walk(inner, pointer + _step(field))
        else:
            for detail in value if isinstance(value, list) else [value]:
                found.append({"pointer": pointer, "detail": str(detail)})

    walk(messages, "")
    return found


def _step(field: Any) -> str:
    """Return the step to a field. "_schema" is marshmallow's name for the whole, and no field."""
    if field == "_schema":
        return ""
    return "/" + _NO_CHARACTER.sub("\ufffd", str(field)).replace("~", "~0").replace("/", "~1")
