"""Compare two OpenAPI documents but for what is only read by people: descriptions, summaries and titles.

    python -m tests.openapi_diff OLD.json NEW.json

Print each difference with the path to it, and exit with 1 if there is any. `curl localhost:8000/openapi.json` makes a document.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PROSE = ("description", "summary", "title")


def differences(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """Yield a line for each value that differs: where it stands, as a JSON pointer, and how it differs."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in dict.fromkeys([*old, *new]):
            if is_prose(name, old.get(name, ""), new.get(name, "")):
                continue
            here = f"{path}/{name.replace('~', '~0').replace('/', '~1')}"
            if name not in new:
                yield f"{here} is gone"
            elif name not in old:
                yield f"{here} is new: {json.dumps(new[name], ensure_ascii=False)}"
            else:
                yield from differences(old[name], new[name], here)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for position, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from differences(before, after, f"{path}/{position}")
    elif old != new or type(old) is not type(new):
        yield f"{path} was {json.dumps(old, ensure_ascii=False)}, is {json.dumps(new, ensure_ascii=False)}"


def is_prose(name: str, *values: Any) -> bool:
    """Return whether a member is prose: a property may have the name `title` too, and is then an object."""
    return name in PROSE and all(isinstance(value, str) for value in values)


def main() -> int:
    """Compare the two files that the command line names. Return the exit status."""
    old, new = (json.loads(Path(name).read_text(encoding="utf-8")) for name in sys.argv[1:3])
    found = list(differences(old, new))
    sys.stdout.writelines(f"{line}\n" for line in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
