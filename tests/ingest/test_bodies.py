"""Bodies up to a limit."""

from typing import Any

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request

from ingest.bodies import MOST_BYTES, body_of


def request(*parts: bytes, length: str | None = None) -> Request:
    """A request whose body comes in parts."""
    messages = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    messages.append({"type": "http.request", "body": b"", "more_body": False})

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    headers = [(b"content-length", length.encode())] if length is not None else []
    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


async def test_reads_all_parts() -> None:
    """Up to the very limit; a nonsensical length is not believed."""
    assert await body_of(request(b"a", b"b")) == b"ab"
    assert await body_of(request()) == b""
    assert await body_of(request(b"a", length="²")) == b"a"
    assert len(await body_of(request(b"x" * MOST_BYTES))) == MOST_BYTES


@pytest.mark.parametrize("parts", [(b"x" * MOST_BYTES, b"x"), (b"x" * (MOST_BYTES + 1),)])
async def test_refuses_what_is_too_large(parts: tuple[bytes, ...]) -> None:
    """413, as soon as it is known."""
    with pytest.raises(HTTPException) as refused:
        await body_of(request(*parts))
    assert refused.value.status_code == 413
    with pytest.raises(HTTPException):
        await body_of(request(length=str(MOST_BYTES + 1)))
