"""How long words waited for the store: from glances at how much of each call is stored. Pure; instants are Unix seconds."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wait:
    """One word's way into the store."""

    said_at: float
    length: float
    """Seconds, up to the glance that found it stored."""


class Progress:
    """What was seen of each call's stored text, as it grew. As exact as it is fed often."""

    def __init__(self) -> None:
        self._seen: dict[str, list[tuple[float, int]]] = defaultdict(list)

    def note(self, call: str, stored: int, now: float) -> None:
        """`stored` segments of the call are in the store now."""
        seen = self._seen[call]
        if stored > (seen[-1][1] if seen else 0):
            seen.append((now, stored))

    def waits(self, call: str, said: Sequence[float]) -> Iterator[Wait]:
        """The wait of each stored word of the call, by when it was said; words are stored in the order of saying."""
        glances = iter(self._seen[call])
        now, stored = 0.0, 0
        for place, said_at in enumerate(sorted(said), start=1):
            while stored < place:
                found = next(glances, None)
                if found is None:
                    return
                now, stored = found
            yield Wait(said_at, max(now - said_at, 0.0))
