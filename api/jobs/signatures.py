"""Signatures of webhooks: headers by which a receiver knows that a body is ours, unchanged and new.

They are those of the Standard Webhooks specification (https://www.standardwebhooks.com), made by its library, so that
receivers in many languages can check them by a library too. X-Verbatim-... came before and is sent as well: decision 0019.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import secrets
from collections.abc import Sequence

from standardwebhooks import Webhook

PREFIX = "whsec_"  # the specification's: a secret is known for what it is where it leaks
_STANDARD_ALPHABET = str.maketrans("-_", "+/")


def new_secret() -> str:
    """Return a new secret to sign with: 256 random bits in base64, behind the prefix."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def sign(keys: Sequence[str], delivery_id: int, moment: dt.datetime, body: bytes) -> dict[str, str]:
    """Return the headers that sign `body`, in UTF-8, as sent at `moment`, with a signature for each of the secrets `keys`.

    A delivery has the same id at each try.
    """
    signatures = [_webhook(key).sign(str(delivery_id), moment, body.decode()) for key in keys]
    return {
        "Webhook-Id": str(delivery_id),
        "Webhook-Timestamp": str(int(moment.timestamp())),
        "Webhook-Signature": " ".join(signatures),
        "X-Verbatim-Delivery": str(delivery_id),
        "X-Verbatim-Signature": verbatim_signature(keys, int(moment.timestamp()), body),
    }


def verbatim_signature(keys: Sequence[str], moment: int, body: bytes) -> str:
    """Return the older signature of a body sent at `moment` (seconds since 1970): t=MOMENT, and v1=HMAC for each key.

    Each is the HMAC-SHA-256, in hexadecimal, of the moment in digits, a dot and the body. The key is the whole secret.
    """
    signed = str(moment).encode() + b"." + body
    return ",".join([f"t={moment}", *(f"v1={hmac.digest(k.encode(), signed, hashlib.sha256).hex()}" for k in keys)])


def _webhook(key: str) -> Webhook:
    """Return the library's signer. Secrets once were in the URL's alphabet of base64, which it does not read."""
    return Webhook(PREFIX + key.removeprefix(PREFIX).translate(_STANDARD_ALPHABET))
