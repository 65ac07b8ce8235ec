"""Stretches of time: their union, what they leave bare, and how people write their length."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

Span = tuple[datetime, datetime]
"""From an instant to an instant that is not before it."""


def duration_text(span: timedelta) -> str:
    """A length of time as people say it: `0.4 s`, `12 s`, `3 min 5 s`, `2 h 0 min`."""
    seconds = max(span.total_seconds(), 0.0)
    if seconds < 10:
        return f"{round(seconds, 1):g} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def counted(count: int, noun: str) -> str:
    """`1 chunk`, `3 chunks`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def total(spans: Iterable[Span]) -> timedelta:
    """The sum of their lengths."""
    return sum((end - start for start, end in spans), timedelta())


def clip(span: Span, bounds: Span) -> Span:
    """The part of `span` within `bounds`; an instant at the nearer bound if there is none."""
    start = min(max(span[0], bounds[0]), bounds[1])
    return start, max(start, min(span[1], bounds[1]))


def union(spans: Iterable[Span]) -> list[Span]:
    """The same time in order and apart: what touches becomes one, what has no length goes."""
    result: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(result[-1][1], end))
        else:
            result.append((start, end))
    return result


def without(spans: Iterable[Span], holes: Sequence[Span]) -> list[Span]:
    """What is left of `spans` (each kept apart) outside `holes`, which are in order and apart."""
    left = []
    for start, end in spans:
        at = start
        for hole_start, hole_end in holes:
            if hole_end <= at or hole_start >= end:
                continue
            if hole_start > at:
                left.append((at, hole_start))
            at = hole_end
        if at < end:
            left.append((at, end))
    return left
