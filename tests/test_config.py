"""Settings: what each variable may be, and what is said of values that are not valid."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from api.config import SettingError, Settings


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, {}),
        ({"VERBATIM_READS": ""}, {}),
        ({"VERBATIM_READS": "  closed "}, {"reads": "closed"}),
        ({"DATABASE_URL": "postgresql://verbatim@localhost/verbatim"},
         {"database_url": "postgresql://verbatim@localhost/verbatim"}),
        ({"VERBATIM_CORS_ORIGINS": "https://a.example, https://b.example,"},
         {"cors_origins": ("https://a.example", "https://b.example")}),
        ({"VERBATIM_LEASE": "0", "VERBATIM_IMPORT_LIMIT": str(2**31)}, {"lease": 0, "import_limit": 2**31}),
        ({"VERBATIM_NO_SUCH": "1", "PATH": "/bin"}, {}),
    ],
)  # fmt: skip
def test_settings_are_read_from_the_environment(environ: dict[str, str], expected: dict[str, Any]) -> None:
    assert dataclasses.asdict(Settings.from_environment(environ)) == dataclasses.asdict(Settings()) | expected


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("VERBATIM_READS", "Closed", "VERBATIM_READS must be one of open, closed, not 'Closed'"),
        ("VERBATIM_WEBHOOKS", "yes", "VERBATIM_WEBHOOKS must be one of off, on, not 'yes'"),
        ("VERBATIM_LEASE", "-1", "VERBATIM_LEASE must be a whole number, not '-1'"),
        ("VERBATIM_LEASE", "1.5", "VERBATIM_LEASE must be a whole number, not '1.5'"),
        ("VERBATIM_LEASE", "٣", "VERBATIM_LEASE must be a whole number, not '٣'"),
        ("VERBATIM_IMPORT_LIMIT", str(2**31 + 1), "VERBATIM_IMPORT_LIMIT must be a whole number, not '2147483649'"),
        ("VERBATIM_LEASE", "x\ny", r"VERBATIM_LEASE must be a whole number, not 'x\ny'"),
    ],
)
def test_values_that_are_not_valid(name: str, value: str, says: str) -> None:
    with pytest.raises(SettingError) as caught:
        Settings.from_environment({name: value})
    assert str(caught.value) == says


PUBLIC = {"VERBATIM_PUBLIC": "on", "VERBATIM_BASE_URL": "https://quotes.example"}
STRICT = {
    "public": "on",
    "base_url": "https://quotes.example",
    "rate_limit": "120/minute",
    "trusted_proxies": 1,
    "body_limit": 2 * 1024 * 1024,
    "import_limit": 256 * 1024 * 1024,
}


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, {}),
        ({"VERBATIM_RATE_LIMIT": ""}, {}),
        ({"VERBATIM_RATE_LIMIT": "10/second"}, {"rate_limit": "10/second"}),
        ({"VERBATIM_TRUSTED_PROXIES": "2"}, {"trusted_proxies": 2}),
        ({"VERBATIM_BODY_LIMIT": "1000"}, {"body_limit": 1000}),
        ({"VERBATIM_READS": "closed", "VERBATIM_FETCH": "on"}, {"reads": "closed", "fetch": "on"}),
        ({"VERBATIM_BASE_URL": "https://news.example/quotes"}, {"base_url": "https://news.example/quotes"}),
        ({"VERBATIM_PUBLIC": "off"}, None),
        ({"VERBATIM_PUBLIC": ""}, None),
    ],
)
def test_a_public_server_has_strict_defaults(environ: dict[str, str], expected: dict[str, Any] | None) -> None:
    settings = Settings.from_environment(PUBLIC | environ)
    changed = {"base_url": PUBLIC["VERBATIM_BASE_URL"]} if expected is None else STRICT | expected
    assert dataclasses.asdict(settings) == dataclasses.asdict(Settings()) | changed


@pytest.mark.parametrize(
    ("environ", "names"),
    [
        ({"VERBATIM_BASE_URL": ""}, "VERBATIM_BASE_URL"),
        ({"VERBATIM_BASE_URL": "http://quotes.example"}, "VERBATIM_BASE_URL"),
        ({"VERBATIM_TRUSTED_PROXIES": "0"}, "VERBATIM_TRUSTED_PROXIES"),
        ({"VERBATIM_FETCH_PRIVATE": "10.0.0.0/8"}, "VERBATIM_FETCH_PRIVATE"),
    ],
)
def test_a_public_server_without_what_is_needed(environ: dict[str, str], names: str) -> None:
    with pytest.raises(SettingError, match=f"^VERBATIM_PUBLIC=on .*{names}") as caught:
        Settings.from_environment(PUBLIC | environ)
    assert "\n" not in str(caught.value)


def test_the_database_is_the_nearest_or_that_of_verbatim_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = tmp_path / "outer" / "inner"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    assert Settings.from_environment({}).database_url == "sqlite:///verbatim.db"
    (tmp_path / "outer" / "verbatim.db").touch()
    assert Settings.from_environment({}).database_url == f"sqlite:///{tmp_path}/outer/verbatim.db"
    assert (
        Settings.from_environment({"VERBATIM_HOME": str(tmp_path)}).database_url == f"sqlite:///{tmp_path}/verbatim.db"
    )
    named = {"VERBATIM_HOME": str(tmp_path), "DATABASE_URL": "sqlite:///other.db"}
    assert Settings.from_environment(named).database_url == "sqlite:///other.db"
    (inner / "verbatim.db").touch()
    assert Settings.from_environment({}).database_url == "sqlite:///verbatim.db"
