"""Verifies the HMAC-SHA256 signature of a REST request (protocol reference 4.4). Pure; the clock is an argument."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from emulator.calls.refusals import bad_signature

_SCHEME = "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature="


def decode_key(access_key: str) -> bytes:
    """The secret in a base64 access key. Raises `ValueError` with what is wrong."""
    try:
        return base64.b64decode(access_key, validate=True)
    except binascii.Error as error:
        raise ValueError("the emulator's access key must be base64, as the access key of an ACS resource is") from error


def signature(key: bytes, *, method: str, path_and_query: str, date: str, host: str, content_hash: str) -> str:
    """The base64 signature of a request."""
    signed = f"{method}\n{path_and_query}\n{date};{host};{content_hash}"
    return base64.b64encode(hmac.new(key, signed.encode(), hashlib.sha256).digest()).decode()


def content_hash(body: bytes) -> str:
    """The base64 SHA-256 of a body."""
    return base64.b64encode(hashlib.sha256(body).digest()).decode()


def verify(
    key: bytes,
    *,
    method: str,
    path_and_query: str,
    headers: Mapping[str, str],
    body: bytes,
    now: float,
    window: float,
) -> None:
    """Check date, content hash and signature; `path_and_query` as it was sent, still percent-encoded.

    `headers` are looked up in lower case; `host` carries the port. Raises `Refusal` (401/7509).
    """
    date = headers.get("x-ms-date", "")
    claimed = headers.get("x-ms-content-sha256", "")
    authorization = headers.get("authorization", "")
    try:
        age = abs(now - parsedate_to_datetime(date).timestamp())
    except ValueError as error:
        raise bad_signature() from error
    same_body = hmac.compare_digest(claimed.encode(), content_hash(body).encode())
    genuine = any(
        hmac.compare_digest(
            authorization.encode(),
            (
                _SCHEME
                + signature(
                    key,
                    method=method.upper(),
                    path_and_query=form,
                    date=date,
                    host=headers.get("host", ""),
                    content_hash=claimed,
                )
            ).encode(),
        )
        for form in _signed_forms(path_and_query)
    )
    if not (same_body and age <= window and genuine):
        raise bad_signature()


def _signed_forms(path_and_query: str) -> list[str]:
    """The forms that a client may have signed: as sent, and as it was before aiohttp took `%3A` out of a raw id."""
    head, found, raw_id = path_and_query.partition("/participants/")
    before = f"{head}{found}{raw_id.replace(':', '%3A')}"
    return [path_and_query] if before == path_and_query else [path_and_query, before]
