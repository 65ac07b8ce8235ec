"""ACS counts time in ticks of 100 ns (protocol: `offset`, `duration`); people and subtitles count milliseconds."""

from datetime import UTC, datetime, timedelta

TICKS_PER_MILLISECOND = 10_000
MAX_TICKS = 3_155_378_975_999_999_999
"""`DateTime.MaxValue.Ticks` of .NET: until spring 2024 offsets counted down from it to the start of their stream."""
INVERTED_ABOVE = 10**15
"""An offset above this (3.17 years of audio) is of the older, inverted era."""


def to_milliseconds(ticks: int) -> int:
    """Whole milliseconds in `ticks`, rounded down."""
    return ticks // TICKS_PER_MILLISECOND


def from_milliseconds(milliseconds: float) -> int:
    """Ticks in `milliseconds`, rounded to the nearest tick."""
    return round(milliseconds * TICKS_PER_MILLISECOND)


def digits(ticks: int | None) -> str | None:
    """Ticks as a decimal string: 64 bits do not fit into a number of JavaScript."""
    return None if ticks is None else str(ticks)


def is_inverted(offset: int) -> bool:
    """Whether `offset` (ticks) is of the older era, whose zero is a wall-clock instant and not the stream's start."""
    return offset > INVERTED_ABOVE


def inverted_to_instant(offset: int) -> datetime:
    """The wall-clock base (UTC) of an offset of the older era, give or take the audio position inside its stream."""
    return datetime(1, 1, 1, tzinfo=UTC) + timedelta(microseconds=(MAX_TICKS - offset) // 10)
