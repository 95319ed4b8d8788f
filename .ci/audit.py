"""Ask whether the pinned versions have known vulnerabilities, by pip-audit. Run from anywhere; needs a package index.

What it finds is a warning, and so is what could not be asked: an advisory comes without a change of ours, and must not stop
one. What comes of it is printed, and the exit code is 0.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Any

PINNED = Path(__file__).resolve().parent.parent / "constraints.txt"
TOOL = "pip-audit==2.10.1"  # in an environment of its own: nothing of ours needs what it needs
SECONDS = 120  # for each step; .ci/run bounds the whole


def main() -> None:
    """Print a line for each finding, or one that says how many packages were asked about."""
    with tempfile.TemporaryDirectory(prefix="verbatim-audit-") as folder:
        try:
            lines = report(audit(Path(folder)))
        except (OSError, subprocess.SubprocessError, ValueError) as error:
            lines = [f"warning: the pinned versions were not audited: {error}"]
    print("\n".join(lines))


def audit(folder: Path) -> list[dict[str, Any]]:
    """Return what pip-audit says of each pinned version. Raise an error where it cannot be installed or run."""
    venv.create(folder / "env", with_pip=True)
    python = folder / "env" / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    install += ["--only-binary", ":all:", "--retries", "1", TOOL]
    if subprocess.run(install, capture_output=True, timeout=SECONDS).returncode:
        raise ValueError(f"no index has {TOOL}")
    command = [python, "-m", "pip_audit", "--no-deps", "--disable-pip", "--progress-spinner", "off", "--format", "json"]
    run = subprocess.run([*command, "-r", PINNED], capture_output=True, text=True, timeout=SECONDS)
    if not run.stdout.strip():
        raise ValueError(run.stderr.strip().rpartition("\n")[2] or "pip-audit said nothing")
    found: list[dict[str, Any]] = json.loads(run.stdout)["dependencies"]
    return found


def report(packages: list[dict[str, Any]]) -> list[str]:
    """Return the lines to print. pip-audit passes what an index does not know, which is no audit."""
    lines = []
    for package in packages:
        for known in package.get("vulns", ()):
            mended = f"mended in {', '.join(known['fix_versions'])}" if known["fix_versions"] else "not mended yet"
            lines.append(f"warning: {package['name']} {package['version']} has {known['id']}, {mended}")
    skipped = sum("skip_reason" in package for package in packages)
    if skipped:
        lines.append(f"warning: {skipped} of {len(packages)} pinned versions could not be audited")
    return lines or [f"No known vulnerabilities in {len(packages)} pinned versions"]


if __name__ == "__main__":
    sys.exit(main())
