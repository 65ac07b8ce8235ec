"""How long a server asks us to wait before the next attempt."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST = timedelta(hours=1)
"""A longer request is taken for this; a call cannot wait for ever on one header."""


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """The delay that `retry-after-ms`, `x-ms-retry-after-ms` or `Retry-After` asks for, or None.

    `Retry-After` is a number of seconds or an HTTP date (RFC 9110, 10.2.3); a date is measured from `now`. What cannot
    be read counts as absent, a time in the past as no delay at all.
    """
    lowered = {name.lower(): value.strip() for name, value in headers.items()}
    for name in ("retry-after-ms", "x-ms-retry-after-ms"):
        if (milliseconds := _number(lowered.get(name))) is not None:
            return _bounded(milliseconds / 1000)
    text = lowered.get("retry-after")
    if (seconds := _number(text)) is not None:
        return _bounded(seconds)
    if text and (instant := _instant(text)) is not None:
        return _bounded((instant - now).total_seconds())
    return None


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _instant(text: str) -> datetime | None:
    try:
        instant = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _bounded(seconds: float) -> timedelta:
    return timedelta(seconds=min(max(seconds, 0.0), LONGEST.total_seconds()))
