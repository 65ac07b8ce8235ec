"""Reading a request's body up to a limit."""

from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request

MOST_BYTES: Final = 1024 * 1024
"""Of one body of events; ACS sends one event of a few KB."""


async def body_of(request: Request) -> bytes:
    """The whole body. Raises `HTTPException` 413 as soon as it is too large."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and len(announced) < 19 and int(announced) > MOST_BYTES:
        raise _too_large()
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MOST_BYTES:
            raise _too_large()
        parts.append(part)
    return b"".join(parts)


def _too_large() -> HTTPException:
    return HTTPException(413, f"A body of events has at most {MOST_BYTES} bytes.")
