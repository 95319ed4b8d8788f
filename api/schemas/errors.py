"""What marshmallow says of invalid values, as JSON pointers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

MAX_ERRORS = 100  # invalid values that an answer lists: more help nobody, and a small body may have a million
MAX_POINTER_STEP = 200  # code points of a field's name that an answer repeats
_NO_CHARACTER = re.compile("[\0\ud800-\udfff]")  # what neither JSON in UTF-8 nor PostgreSQL can hold


def pointers(messages: Any) -> list[dict[str, str]]:
    """Return {"pointer", "detail"} for each of marshmallow's messages, which are nested by field: {"url": ["..."]}."""
    return [{"pointer": "".join(map(_step, path)), "detail": detail} for path, detail in leaves(messages)]


def leaves(messages: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Yield the path and the text of each of marshmallow's messages."""
    if isinstance(messages, dict):
        for field, inner in messages.items():
            yield from leaves(inner, (*path, field))
    else:
        for detail in messages if isinstance(messages, list) else [messages]:
            yield path, str(detail)


def listed(errors: Sequence[dict[str, str]]) -> dict[str, Any]:
    """Return the members of a problem that list invalid values: the first MAX_ERRORS, and how many more there are."""
    if not errors:
        return {}
    more = len(errors) - MAX_ERRORS
    return {"errors": list(errors[:MAX_ERRORS]), **({"more_errors": more} if more > 0 else {})}


def _step(field: Any) -> str:
    """Return the step to a field. "_schema" is marshmallow's name for the whole, and no field."""
    if field == "_schema":
        return ""
    name = _NO_CHARACTER.sub("\ufffd", str(field))
    if len(name) > MAX_POINTER_STEP:
        name = name[:MAX_POINTER_STEP] + "…"
    return "/" + name.replace("~", "~0").replace("/", "~1")
