"""Signatures: the SDK's own is accepted, anything altered is not."""

from email.utils import formatdate

import pytest

from emulator import auth
from emulator.calls.refusals import Refusal
from emulator.config import DEFAULT_ACCESS_KEY

KEY = auth.decode_key(DEFAULT_ACCESS_KEY)
NOW = 1_750_000_000.0
PATH = "/calling/callConnections?api-version=2026-03-12"


def signed(body: bytes = b"{}", *, path: str = PATH, host: str = "127.0.0.1:8090", at: float = NOW) -> dict[str, str]:
    """Headers of a well-signed POST."""
    date = formatdate(at, usegmt=True)
    digest = auth.content_hash(body)
    signature = auth.signature(KEY, method="POST", path_and_query=path, date=date, host=host, content_hash=digest)
    return {
        "x-ms-date": date,
        "x-ms-content-sha256": digest,
        "host": host,
        "authorization": f"HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={signature}",
    }


def verify(headers: dict[str, str], *, body: bytes = b"{}", path: str = PATH, method: str = "POST") -> None:
    """Verify at NOW, with a window of five minutes."""
    auth.verify(KEY, method=method, path_and_query=path, headers=headers, body=body, now=NOW, window=300)


def test_good_signature() -> None:
    """As the SDK signs, and with a clock that is a little off."""
    verify(signed())
    verify(signed(at=NOW - 299))
    assert auth.content_hash(b"") == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="


@pytest.mark.parametrize(
    ("headers", "body", "path", "method"),
    [
        ({}, b"{}", PATH, "POST"),
        (signed(), b"{ }", PATH, "POST"),
        (signed(), b"{}", PATH + "&x=1", "POST"),
        (signed(), b"{}", PATH, "GET"),
        (signed() | {"host": "127.0.0.1"}, b"{}", PATH, "POST"),
        (signed() | {"x-ms-date": "yesterday"}, b"{}", PATH, "POST"),
        (signed() | {"authorization": "HMAC-SHA256 nothing"}, b"{}", PATH, "POST"),
        (signed(at=NOW - 301), b"{}", PATH, "POST"),
        (signed(at=NOW + 301), b"{}", PATH, "POST"),
        (signed() | {"authorization": "Bearer ü"}, b"{}", PATH, "POST"),
    ],
)
def test_altered(headers: dict[str, str], body: bytes, path: str, method: str) -> None:
    """401/7509 whatever was altered."""
    with pytest.raises(Refusal) as refused:
        verify(headers, body=body, path=path, method=method)
    assert (refused.value.status, refused.value.code) == (401, "7509")


def test_raw_ids_lose_their_escaped_colon_on_the_way() -> None:
    """The SDK signs `4%3A`, its transport sends `4:`; the service takes it, and so do we."""
    verify(
        signed(path="/calling/callConnections/x/participants/4%3A%2B1"),
        path="/calling/callConnections/x/participants/4:%2B1",
    )


def test_key_must_be_base64() -> None:
    """A clear reason."""
    with pytest.raises(ValueError, match="must be base64"):
        auth.decode_key("not base64!")
