"""Decides which request and which event a fault happens to, and counts. No I/O; the shell asks and acts."""

import random
from dataclasses import dataclass, field
from typing import Any

from emulator.calls.refusals import Refusal
from emulator.faults import Faults, RestFault

_MESSAGES = {429: ("8516", "The call was throttled."), 500: ("9999", "Unknown internal server error.")}


@dataclass(slots=True)
class FaultPolicy:
    """The faults in force, of one plan or of the whole emulator. `injected` counts what was done, by name."""

    faults: Faults = field(default_factory=Faults)
    injected: dict[str, int] = field(default_factory=dict)
    seed: int = 0
    """Of chances, where the faults have no seed of their own."""
    _requests_hit: list[int] = field(default_factory=list)
    _chance: random.Random = field(default_factory=random.Random)

    def __post_init__(self) -> None:
        self.set(self.faults)

    def set(self, faults: Faults) -> None:
        """Put `faults` in the place of all that were in force."""
        self.faults = faults
        self._requests_hit = [0] * len(faults.rest)
        self._chance = self.chances("rest")

    def chances(self, *what_for: object) -> random.Random:
        """A source of chances for one purpose, the same for the same seed."""
        seed = self.seed if self.faults.seed is None else self.faults.seed
        parts = ":".join(str(part) for part in (seed, *what_for))
        return random.Random(parts)  # noqa: S311 - reproducible, guards nothing

    def on_request(self, operation: str) -> RestFault | None:
        """What happens to this request, if anything."""
        for number, fault in enumerate(self.faults.rest):
            if self._requests_hit[number] >= fault.times or fault.operation not in {None, operation}:
                continue
            if self._chance.random() < fault.chance:
                self._requests_hit[number] += 1
                self.count(f"rest_{fault.how}")
                return fault
        return None

    def holds_response(self) -> bool:
        """Whether a response that begins a call waits until the call's first event has been posted."""
        held = self._chance.random() < self.faults.event_before_response
        if held:
            self.count("event_before_response")
        return held

    def loses(self, event: str) -> bool:
        """Whether an event of this name is never posted."""
        lost = event in self.faults.lose_events
        if lost:
            self.count("lose_events")
        return lost

    def arranges(self) -> bool:
        """Whether events are to be looked at in pairs."""
        return self.faults.swap_events > 0

    def arrange(self, waiting: list[Any], chances: random.Random) -> list[Any]:
        """The order in which waiting events are posted, and how often each."""
        arranged = list(waiting)
        if len(arranged) > 1 and chances.random() < self.faults.swap_events:
            arranged[0], arranged[1] = arranged[1], arranged[0]
            self.count("swap_events")
        posted = []
        for event in arranged:
            posted.append(event)
            if chances.random() < self.faults.duplicate_events:
                posted.append(event)
                self.count("duplicate_events")
        return posted

    def count(self, name: str) -> None:
        """Something was injected."""
        self.injected[name] = self.injected.get(name, 0) + 1


def refusal(fault: RestFault) -> Refusal:
    """The answer of a request that is refused."""
    code, message = _MESSAGES.get(fault.status, ("9998", "Injected failure."))
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    return Refusal(fault.status, code, message, headers=headers)
