"""When what could not be read was said: a list that stays short however much there is of it."""

from itertools import pairwise
from typing import Final

from callscribe.transcript.facts import Unreadable

MOST_SPANS: Final = 40
"""Spans that are told apart; of more, those that lie nearest to each other become one."""


def with_unreadable(spans: tuple[Unreadable, ...], more: Unreadable) -> tuple[Unreadable, ...]:
    """The spans with one more, in order of time. What overlaps or touches becomes one span with the counts of both."""
    result: list[Unreadable] = []
    for span in sorted((*spans, more), key=lambda each: (each.start, each.end)):
        if result and span.start <= result[-1].end:
            result[-1] = _joined(result[-1], span)
        else:
            result.append(span)
    if len(result) > MOST_SPANS:
        gaps = [two.start - one.end for one, two in pairwise(result)]
        nearest = gaps.index(min(gaps))
        result[nearest : nearest + 2] = [_joined(result[nearest], result[nearest + 1])]
    return tuple(result)


def _joined(one: Unreadable, two: Unreadable) -> Unreadable:
    return Unreadable(start=min(one.start, two.start), end=max(one.end, two.end), count=one.count + two.count)
