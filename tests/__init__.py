"""The tests: files mirror api/; what belongs to no package of it stands at the top."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SEEDS = ROOT / "seeds"
GOLD = ROOT / "tests" / "gold"
SHARED = ROOT.parent / "shared"  # annotated news that is not part of the project; what needs it is marked `shared`


NPM = ROOT / ".make" / "npm"  # what tests/npm/package.json names, installed by make


def program(name: str) -> str | None:
    """Return the path of an installed program, None if it is missing.

    Look in the folders of root's PATH too, and among the packages of NPM.
    """
    folders = [os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", str(NPM / "node_modules" / ".bin")]
    return shutil.which(name, path=os.pathsep.join(folders))
