"""Settings, each read from one environment variable. docs/operations.md lists them, and a test compares the two."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

FILE = "verbatim.db"  # the database where DATABASE_URL is not set
MAX_SETTING = 2**31  # the largest number that a setting may have: bytes of the largest import
# The defaults where anybody on the internet may send requests (VERBATIM_PUBLIC). Bodies of 2 MiB hold the longest articles.
PUBLIC_DEFAULTS: dict[str, Any] = {
    "rate_limit": "120/minute",
    "trusted_proxies": 1,
    "body_limit": 2 * 1024 * 1024,
    "import_limit": 256 * 1024 * 1024,
}


class SettingError(ValueError):
    """A setting has a value that is not valid. The message names the variable and what it takes."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings. The metadata of each names its environment variable and says what it does."""

    database_url: str = field(
        default="sqlite:///verbatim.db",
        metadata={"env": "DATABASE_URL", "doc": "the database: sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME"},
    )
    home: str = field(
        default="",
        metadata={
            "env": "VERBATIM_HOME",
            "doc": "the folder of verbatim.db where DATABASE_URL is not set; empty: this folder, or the nearest above it "
            "that has one of the same owner",
        },
    )
    replica_url: str = field(
        default="",
        metadata={
            "env": "VERBATIM_REPLICA_URL",
            "doc": "a replica of a PostgreSQL database, which requests that only read use; it may be a little behind",
        },
    )
    public: str = field(
        default="off",
        metadata={
            "env": "VERBATIM_PUBLIC",
            "doc": "on: strangers may reach the server. Other defaults are then stricter, and what safety needs must be set",
            "choices": ("off", "on"),
        },
    )
    reads: str = field(
        default="open",
        metadata={
            "env": "VERBATIM_READS",
            "doc": "open: anyone may read; closed: reading needs a key with scope read",
            "choices": ("open", "closed"),
        },
    )
    cors_origins: tuple[str, ...] = field(
        default=(),
        metadata={
            "env": "VERBATIM_CORS_ORIGINS",
            "doc": "origins, comma-separated, whose pages may call the API; * for all",
        },
    )
    rate_limit: str = field(
        default="",
        metadata={
            "env": "VERBATIM_RATE_LIMIT",
            "doc": "requests a client may make, such as 120/minute; empty for no limit; counted in all processes of a server",
        },
    )
    body_limit: int = field(
        default=8 * 1024 * 1024,
        metadata={"env": "VERBATIM_BODY_LIMIT", "doc": "largest request body in bytes; above it 413"},
    )
    pool_size: int = field(
        default=5,
        metadata={"env": "VERBATIM_POOL_SIZE", "doc": "connections to PostgreSQL that each process keeps open"},
    )
    statement_timeout: int = field(
        default=30,
        metadata={"env": "VERBATIM_STATEMENT_TIMEOUT", "doc": "seconds after which PostgreSQL gives up a statement"},
    )
    base_url: str = field(
        default="",
        metadata={
            "env": "VERBATIM_BASE_URL",
            "doc": "the URL under which clients reach the service; empty: as requests and trusted proxies say",
        },
    )
    trusted_proxies: int = field(
        default=0,
        metadata={
            "env": "VERBATIM_TRUSTED_PROXIES",
            "doc": "how many proxies in front of the server set X-Forwarded-For and -Proto; 0 believes none",
        },
    )

    page: str = field(
        default="on",
        metadata={
            "env": "VERBATIM_PAGE",
            "doc": "on: the page for journalists is at /; off: there is the API alone",
            "choices": ("on", "off"),
        },
    )
    fetch: str = field(
        default="off",
        metadata={
            "env": "VERBATIM_FETCH",
            "doc": "on: POST /v1/articles may name a page's URL alone, and the server fetches it",
            "choices": ("off", "on"),
        },
    )
    fetch_agent: str = field(
        default="Verbatim (reads news articles for quotes)",
        metadata={
            "env": "VERBATIM_FETCH_AGENT",
            "doc": "the User-Agent of what is fetched; its first word is our name in robots.txt",
        },
    )
    fetch_seconds: int = field(
        default=20,
        metadata={"env": "VERBATIM_FETCH_SECONDS", "doc": "longest time for a page, with redirects and robots.txt"},
    )
    fetch_private: tuple[str, ...] = field(
        default=(),
        metadata={
            "env": "VERBATIM_FETCH_PRIVATE",
            "doc": "networks, comma-separated, that may be fetched from although they are not public",
        },
    )
    webhooks: str = field(
        default="off",
        metadata={
            "env": "VERBATIM_WEBHOOKS",
            "doc": "on: saved searches may have webhooks, to which new quotes are sent",
            "choices": ("off", "on"),
        },
    )
    import_limit: int = field(
        default=2**31,
        metadata={
            "env": "VERBATIM_IMPORT_LIMIT",
            "doc": "largest body of an import in bytes, before and after gzip is unpacked",
        },
    )
    background: str = field(
        default="server",
        metadata={
            "env": "VERBATIM_BACKGROUND",
            "doc": "server: each process of `verbatim serve` imports too; worker: only `verbatim worker` does",
            "choices": ("server", "worker"),
        },
    )
    lease: int = field(
        default=10,
        metadata={
            "env": "VERBATIM_LEASE",
            "doc": "seconds after which another worker may take what a dead worker has leased; living ones renew it",
        },
    )

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Return the settings in `environ` (os.environ if None), with defaults for variables that are missing or empty.

        Raise SettingError for a value that is not valid.
        """
        environ = os.environ if environ is None else environ
        given: dict[str, Any] = {}
        for setting in fields(cls):
            if value := environ.get(setting.metadata["env"], "").strip():
                given[setting.name] = _parse(value, setting.default, **setting.metadata)
        if "database_url" not in given and (folder := given.get("home") or _home()):
            given["database_url"] = f"sqlite:///{Path(folder).expanduser().absolute() / FILE}"
        if given.get("public") == "on":
            given = PUBLIC_DEFAULTS | given
            _check_public(given)
        return cls(**given)


def _check_public(given: Mapping[str, Any]) -> None:
    """Raise SettingError where settings make a public server unsafe, or leave out what makes it safe."""
    if not given.get("base_url", "").startswith("https://"):
        raise SettingError(
            "VERBATIM_PUBLIC=on needs VERBATIM_BASE_URL, such as https://quotes.example: else clients choose what links "
            "begin with. It must be https, since keys travel in a header"
        )
    if not given["trusted_proxies"]:
        raise SettingError(
            "VERBATIM_PUBLIC=on needs VERBATIM_TRUSTED_PROXIES, how many proxies stand in front: with 0 the rate limit "
            "counts all clients as one"
        )
    if given.get("fetch_private"):
        raise SettingError(
            "VERBATIM_PUBLIC=on cannot be with VERBATIM_FETCH_PRIVATE: clients could reach your own network"
        )


def _home() -> Path | None:
    """Return the nearest folder above the current one with a database of the current user; None if it is here, or nowhere."""
    try:
        here = Path.cwd()
    except FileNotFoundError:  # the folder was deleted
        return None
    if (here / FILE).exists():
        return None
    for folder in here.parents:
        try:
            if (folder / FILE).stat().st_uid == os.geteuid():
                return folder
        except OSError:
            continue
    return None


def _parse(value: str, default: object, env: str, doc: str, choices: tuple[str, ...] = ()) -> Any:  # noqa: ARG001 - metadata has it
    """Return the value of the variable `env` in the type of its default. Raise SettingError."""
    if choices and value not in choices:
        raise SettingError(f"{env} must be one of {', '.join(choices)}, not {value!r}")
    if isinstance(default, tuple):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    if isinstance(default, int):
        if not value.isascii() or not value.isdigit() or int(value) > MAX_SETTING:
            raise SettingError(f"{env} must be a whole number, not {value!r}")
        return int(value)
    return value
