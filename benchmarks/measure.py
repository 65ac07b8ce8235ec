"""What a measurement is, and how it is taken."""

import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks.conversation import Conversation

ENOUGH = 2.0
"""Seconds after which no further round is begun."""
Unit = Literal["per second", "ratio", "count", "milliseconds"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """One result. A ratio compares two measurements of the same run."""

    bench: str
    what: str
    value: float
    unit: Unit
    basis: str = ""
    """What was measured, so that the figure can be judged."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Conditions:
    """Under what a bench is run."""

    conversation: Conversation
    folder: Path
    """Empty, on the disk that is measured, the bench's own."""
    quick: bool
    """Whether to see only that it works: little data, one round."""

    def some(self, amount: int) -> int:
        """`amount`, or little of it."""
        return max(2, amount // 20) if self.quick else amount

    @property
    def rounds(self) -> int:
        """How often to measure."""
        return 1 if self.quick else 5


Bench = Callable[[Conditions], Awaitable[list[Figure]]]


def rate(amount: int, work: Callable[[], object], rounds: int) -> float:
    """How many of `amount` things `work` does in a second: the median of `rounds`, or of as many as `ENOUGH` allows."""
    taken: list[float] = []
    while len(taken) < rounds and sum(taken) < ENOUGH:
        taken.append(_seconds(work))
    return amount / statistics.median(taken)


async def rate_of(amount: int, work: Callable[[], Awaitable[object]]) -> float:
    """How many of `amount` things `work` does in a second, once."""
    began = time.perf_counter()
    await work()
    return amount / (time.perf_counter() - began)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
