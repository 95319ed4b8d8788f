"""Signatures of webhooks: the headers, checked by the standard's library, by hand, and by the example of docs/api.md."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import time

import pytest
from standardwebhooks import Webhook

from api.jobs.signatures import new_secret, sign, verbatim_signature
from api.models import now
from tests.hooks import receivers_example

BODY = '{"items": [{"text": "“Café”"}]}'.encode()
KEY, OTHER = (f"whsec_{base64.b64encode(bytes([byte] * 32)).decode()}" for byte in (0xFB, 0xA5))
URL_SAFE = KEY.rstrip("=").replace("+", "-").replace("/", "_")  # as secrets were made before


def lowered(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def test_secrets_are_valid_and_unique() -> None:
    made = {new_secret() for _ in range(100)}
    assert len(made) == 100
    for secret in made:
        assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32


def test_headers_follow_the_specification() -> None:
    moment = dt.datetime(2026, 11, 22, 18, 0, 0, 900_000, dt.UTC)
    headers = sign([KEY, OTHER], 12, moment, BODY)
    assert (headers["Webhook-Id"], headers["Webhook-Timestamp"]) == ("12", str(int(moment.timestamp())))
    signed = f"12.{headers['Webhook-Timestamp']}.".encode() + BODY
    keys = (bytes([0xFB] * 32), bytes([0xA5] * 32))
    expected = [base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode() for key in keys]
    assert headers["Webhook-Signature"] == " ".join(f"v1,{signature}" for signature in expected)


@pytest.mark.parametrize("known", [KEY, OTHER])
@pytest.mark.parametrize("keys", [[KEY, OTHER], [URL_SAFE, OTHER]])
def test_the_library_and_the_example_accept_each_secret(keys: list[str], known: str) -> None:
    headers = lowered(sign(keys, 12, now(), BODY))
    assert Webhook(known).verify(BODY, headers)["items"]
    assert receivers_example()(known, headers, BODY)


MINUTES = dt.timedelta(minutes=1)
FORGED: list[tuple[str, dict[str, str], dt.timedelta, bytes]] = [
    ("another secret", {}, 0 * MINUTES, BODY),
    ("another body", {}, 0 * MINUTES, BODY + b" "),
    ("another delivery", {"webhook-id": "13"}, 0 * MINUTES, BODY),
    ("another time", {"webhook-timestamp": str(int(time.time()) - 60)}, 0 * MINUTES, BODY),
    ("an old request, sent again", {}, -6 * MINUTES, BODY),
    ("from the future", {}, 6 * MINUTES, BODY),
    ("no bytes of UTF-8", {}, 0 * MINUTES, b"\xff"),
    *((f"signature {garbled!r}", {"webhook-signature": garbled}, 0 * MINUTES, BODY)
      for garbled in ("", "x", "v1", "v1,", "v1,x", "v2,", "v1,é", ",", "v1,a,b")),
    ("no time", {"webhook-timestamp": "x"}, 0 * MINUTES, BODY),
]  # fmt: skip


@pytest.mark.parametrize(("what", "changed", "by", "body"), FORGED, ids=[row[0] for row in FORGED])
def test_the_example_refuses(what: str, changed: dict[str, str], by: dt.timedelta, body: bytes) -> None:
    headers = lowered(sign([KEY], 12, now() + by, BODY)) | changed
    assert not receivers_example()(OTHER if what == "another secret" else KEY, headers, body)


def test_older_signature() -> None:
    moment = 1795375200
    signed = hmac.new(KEY.encode(), f"{moment}.".encode() + BODY, hashlib.sha256).hexdigest()
    other = hmac.new(OTHER.encode(), f"{moment}.".encode() + BODY, hashlib.sha256).hexdigest()
    assert verbatim_signature([KEY, OTHER], moment, BODY) == f"t={moment},v1={signed},v1={other}"
    headers = sign([KEY, OTHER], 12, dt.datetime.fromtimestamp(moment, dt.UTC), BODY)
    assert headers["X-Verbatim-Signature"] == f"t={moment},v1={signed},v1={other}"
    assert headers["X-Verbatim-Delivery"] == "12"
