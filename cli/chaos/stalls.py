"""How long new words waited for the store, by looking from time to time. Pure; the clock is an argument (seconds)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stall:
    """From the first new word to the moment at which the call's stored text grew again."""

    call: str
    start: float
    end: float

    @property
    def length(self) -> float:
        """Seconds."""
        return self.end - self.start


@dataclass(slots=True)
class _Seen:
    delivered: int = 0
    stored: int = 0
    waiting_since: float | None = None


class StallMeter:
    """Feed it with what is seen of each call. As exact as it is fed often."""

    def __init__(self) -> None:
        self.stalls: list[Stall] = []
        self._calls: dict[str, _Seen] = {}

    def note(self, call: str, *, delivered: int, stored: int, now: float) -> None:
        """`delivered` finals were handed to the call's sockets by now, `stored` of them are in the store."""
        seen = self._calls.setdefault(call, _Seen())
        if stored > seen.stored:
            if seen.waiting_since is not None:
                self.stalls.append(Stall(call, seen.waiting_since, now))
            seen.stored, seen.delivered, seen.waiting_since = stored, delivered, None
        elif delivered > seen.delivered and seen.waiting_since is None:
            seen.waiting_since = now
