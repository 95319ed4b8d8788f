"""Check that the packages stand alone: build them, install the wheel in an empty environment, and use it there.

Run from anywhere with a Python that has `build`; needs a package index. Exits with 1 and the reason if something fails.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.request
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TEXT = "“We will close the bridge if we have to,” said Ann Poe, the mayor of Harnby."
IN_SDIST = {"api", "docs", "migrations", "seeds", "tests"}  # folders
IN_WHEEL = ("api/migrations/env.py", "api/migrations/versions/0001_tables.py", "api/migrations/script.py.mako")


def main() -> None:
    """Build, look inside, install, run."""
    with tempfile.TemporaryDirectory(prefix="verbatim-wheel-") as folder:
        place = Path(folder)
        run(sys.executable, "-m", "build", "--outdir", place / "dist", ROOT)  # the wheel from the sdist
        sdist, wheel = next(place.glob("dist/*.tar.gz")), next(place.glob("dist/*.whl"))
        look_inside(sdist, wheel)
        run(sys.executable, "-m", "venv", place / "env")
        pip = (place / "env/bin/python", "-m", "pip", "--disable-pip-version-check")
        run(*pip, "install", "-qq", "--constraint", ROOT / "constraints.txt", wheel)
        use(place / "env/bin/verbatim", place)
    print(f"{wheel.name} stands alone")


def look_inside(sdist: Path, wheel: Path) -> None:
    """Check what is in both packages, and that the wheel has all of api."""
    with tarfile.open(sdist) as archive:
        names = [name.partition("/")[2] for name in archive.getnames()]
    folders = {name.partition("/")[0] for name in names if "/" in name}
    expect(folders <= IN_SDIST, f"the sdist has {sorted(folders - IN_SDIST)}")
    inside = set(zipfile.ZipFile(wheel).namelist())
    tracked = run("git", "-C", ROOT, "ls-files", "api").splitlines() if (ROOT / ".git").exists() else []
    missing = {*tracked, *IN_WHEEL} - inside
    expect(not missing, f"the wheel lacks {sorted(missing)}")
    strange = {name for name in inside if not name.startswith(("api/", "verbatim-"))}
    expect(not strange, f"the wheel has {sorted(strange)}")


def use(verbatim: Path, place: Path) -> None:
    """Migrate, extract and serve with the installed command, in a folder of its own."""
    article = place / "article.txt"
    article.write_text(TEXT, encoding="utf-8")
    port = free_port()
    environment = {"PATH": os.environ["PATH"], "DATABASE_URL": f"sqlite:///{place / 'wheel.db'}"}
    options = {"cwd": place, "env": environment}
    run(verbatim, "db", "upgrade", **options)
    expect_quote(run(verbatim, "extract", article, **options))
    with subprocess.Popen([verbatim, "serve", "--port", str(port)], **options) as server:
        try:
            base = f"http://127.0.0.1:{port}"
            wait_for(f"{base}/healthz", server)
            expect("swagger" in get(f"{base}/docs"), "/docs is not there")
            expect(len(get(f"{base}/docs/swagger-ui-bundle.js")) > 100_000, "/docs has no script")
            expect(json.loads(get(f"{base}/openapi.json"))["openapi"] == "3.1.0", "/openapi.json is not there")
            page = get(f"{base}/")
            expect("verbatim import seeds" in page, "/ has no page")
            [style] = re.findall(r'href="(/assets/[^"]+\.css)"', page)
            expect("--paper" in get(base + style), "the page has no style sheet")
            get(f"{base}/readyz")
            expect_quote(get(f"{base}/v1/extract", json.dumps({"text": TEXT})))
        finally:
            server.terminate()
    expect(server.returncode == 0, f"the server ended with {server.returncode}")


def expect_quote(answer: str) -> None:
    """Check that the one quote of TEXT was found, with its speaker."""
    found = json.loads(answer)
    expect([quote["kind"] for quote in found["quotes"]] == ["direct"], f"extraction gave {answer}")
    expect(found["speakers"][found["quotes"][0]["speaker"]]["name"] == "Ann Poe", f"extraction gave {answer}")


def wait_for(url: str, server: subprocess.Popen[bytes], seconds: float = 60.0) -> None:
    """Return once the server answers."""
    end = time.monotonic() + seconds
    while True:
        try:
            get(url)
        except OSError:
            expect(server.poll() is None and time.monotonic() < end, f"{url} does not answer")
            time.sleep(0.2)
        else:
            return


def get(url: str, body: str | None = None) -> str:
    """Return what the server answers to a GET, or to a POST of JSON."""
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, body.encode() if body else None, headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read().decode()


def free_port() -> int:
    """Return a port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(*command: object, **options: object) -> str:
    """Run a command and return its standard output; its standard error is shown. Exit if it fails."""
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, text=True, check=False, **options)
    expect(done.returncode == 0, f"{shutil.which(str(command[0]))} failed:\n{done.stdout}")
    return done.stdout


def expect(holds: bool, otherwise: str) -> None:
    """Exit with the reason unless it holds."""
    if not holds:
        sys.exit(f"wheel check: {otherwise}")


if __name__ == "__main__":
    main()
