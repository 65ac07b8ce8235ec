"""The signature of a message to a webhook, by the published scheme of Standard Webhooks.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

PREFIX: Final = "whsec_"
SHORTEST: Final = 24
LONGEST: Final = 64
"""Bytes of a key, as the scheme has it."""


def key_of(secret: str) -> bytes:
    """The key in a secret, `whsec_` and base64. Raises `ValueError` with what is wrong, and never quotes it."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(PREFIX) or not SHORTEST <= len(key) <= LONGEST:
        raise ValueError(
            f"is no signing secret: write '{PREFIX}' and {SHORTEST} to {LONGEST} random bytes in base64; "
            f"'echo {PREFIX}$(openssl rand -base64 32)' makes one"
        )
    return key


def headers(keys: Sequence[bytes], id_: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers of a message: `timestamp` is that of the attempt, in Unix seconds; every key signs."""
    signed = f"{id_}.{timestamp}.".encode() + body
    signatures = [base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode() for key in keys]
    return {
        "webhook-id": id_,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }
