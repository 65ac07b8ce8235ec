"""Where a page of results ended, as a text to be handed back for the next one. What is in it is nobody else's matter."""

import base64
import binascii
import json
from datetime import datetime


class CursorError(ValueError):
    """A cursor that this store did not give."""

    def __init__(self) -> None:
        super().__init__("This place to go on from is not one that the transcript store gave. Begin again without it.")


def number_cursor(number: int) -> str:
    """The cursor of a row's number."""
    return str(number)


def number_of(cursor: str) -> int:
    """The number in a cursor. Raises `CursorError`."""
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
        raise CursorError
    return int(cursor)


def call_cursor(started_at: datetime, key: str) -> str:
    """The cursor of a call in the list of calls."""
    return base64.urlsafe_b64encode(json.dumps([started_at.isoformat(), key]).encode()).decode().rstrip("=")


def call_of(cursor: str) -> tuple[datetime, str]:
    """Start and key of the call in a cursor. Raises `CursorError`."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        started_at, key = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        instant = datetime.fromisoformat(started_at)
    except (ValueError, TypeError, RecursionError, binascii.Error):
        raise CursorError from None
    if not isinstance(key, str) or instant.tzinfo is None:
        raise CursorError
    return instant, key
