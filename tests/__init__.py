"""The tests: files mirror api/; what belongs to no package of it stands at the top."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SEEDS = ROOT / "seeds"
GOLD = ROOT / "tests" / "gold"
SHARED = ROOT.parent / "shared"  # annotated news that is not part of the project; what needs it is marked `shared`
