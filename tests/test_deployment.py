"""The files of docs/deployment are what the programs that read them take."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from api.config import Settings
from tests import ROOT, program
from tests.conftest import on_server

DEPLOYMENT = ROOT / "docs" / "deployment"
UNITS = sorted(path.name for path in DEPLOYMENT.iterdir() if path.suffix in (".service", ".timer"))
PAGE = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")


def test_the_page_names_every_file_and_every_file_is_there() -> None:
    linked = set(re.findall(r"\]\(deployment/([\w.-]+)\)", PAGE))
    assert linked == {path.name for path in DEPLOYMENT.iterdir()}


@pytest.mark.needs("systemd-analyze")
@pytest.mark.parametrize("unit", UNITS)
def test_systemd_takes_the_unit(unit: str, tmp_path: Path) -> None:
    installed = Path(sys.executable).parent / "verbatim"
    for name in UNITS:
        content = (DEPLOYMENT / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(content.replace("/opt/verbatim/bin/verbatim", str(installed)), encoding="utf-8")
    command = ["systemd-analyze", "verify", "--man=no", str(tmp_path / unit)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60)
    said = [line for line in run.stderr.splitlines() if "verbatim" in line]  # and not of the machine's own units
    assert (run.returncode, said) == (0, [])


@pytest.mark.needs("openssl")
@pytest.mark.needs("nginx")
def test_nginx_takes_the_site(tmp_path: Path) -> None:
    site = (DEPLOYMENT / "nginx.conf").read_text(encoding="utf-8")
    files = ["-keyout", str(tmp_path / "privkey.pem"), "-out", str(tmp_path / "fullchain.pem")]
    new_key = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=quotes.example", *files]
    subprocess.run(new_key, check=True, capture_output=True, timeout=60)
    site = site.replace("/etc/ssl/quotes.example", str(tmp_path))
    for port in ("80", "443"):  # nginx tries them
        site = re.sub(rf"listen \[::\]:{port}\b", f"listen 127.0.0.1:{free_port()}", site)
        site = re.sub(rf"listen {port}\b", f"listen 127.0.0.1:{free_port()}", site)
    (tmp_path / "site").write_text(site, encoding="utf-8")
    whole = f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ access_log off; include {tmp_path}/site; }}"
    (tmp_path / "nginx.conf").write_text(whole, encoding="utf-8")
    command = [str(program("nginx")), "-t", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    assert "[warn]" not in run.stderr


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_postgresql_takes_every_setting(postgresql: str) -> None:
    lines = (DEPLOYMENT / "postgresql.conf").read_text(encoding="utf-8").splitlines()
    settings = dict(line.partition("#")[0].split(" = ") for line in lines if not line.startswith("#"))
    assert settings
    admin = create_engine(postgresql.replace("postgresql://", "postgresql+psycopg://"))
    try:
        on_server(postgresql, *(f"ALTER SYSTEM SET {name} = '{value.strip()}'" for name, value in settings.items()))
        with admin.connect() as connection:
            rows = connection.execute(text("SELECT name, error FROM pg_file_settings"))
            errors = {row.name: row.error for row in rows}
    finally:
        on_server(postgresql, *(f"ALTER SYSTEM RESET {name}" for name in settings))
        admin.dispose()
    assert settings.keys() <= errors.keys()
    assert set(errors.values()) <= {None, "setting could not be applied"}  # the latter until PostgreSQL starts again


def test_the_environment_is_understood() -> None:
    lines = (DEPLOYMENT / "verbatim.env").read_text(encoding="utf-8").splitlines()
    environment = dict(line.split("=", 1) for line in lines if not line.startswith("#"))
    assert set(environment) <= {field.metadata["env"] for field in Settings.__dataclass_fields__.values()}
    assert Settings.from_environment(environment).background == "worker"
