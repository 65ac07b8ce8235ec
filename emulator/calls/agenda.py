"""What a call means to do later: actions with their instants. Pure; the clock is an argument."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

Action = Callable[[float], None]


@dataclass(order=True, slots=True)
class _Entry:
    due: float
    number: int
    action: Action = field(compare=False)


class Agenda:
    """Actions in order of their instants, and of their entry where instants are equal."""

    def __init__(self) -> None:
        self._entries: list[_Entry] = []
        self._entered = 0

    def at(self, due: float, action: Action) -> None:
        """Do `action` at `due` (seconds)."""
        self._entered += 1
        heapq.heappush(self._entries, _Entry(due, self._entered, action))

    def next_due(self) -> float | None:
        """The instant of the next action."""
        return self._entries[0].due if self._entries else None

    def take(self, now: float) -> Action | None:
        """The next action if it is due."""
        if self._entries and self._entries[0].due <= now:
            return heapq.heappop(self._entries).action
        return None

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
