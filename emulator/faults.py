"""Where faults come in: a policy that the shell asks before it answers a request and before it posts events."""

from dataclasses import dataclass, field
from typing import Any

from emulator.calls.refusals import Refusal
from emulator.control_models import Faults

_MESSAGES = {429: ("8516", "The call was throttled."), 500: ("9999", "Unknown internal server error.")}


@dataclass(slots=True)
class FaultPolicy:
    """The faults in force. `injected` counts what was done, by name."""

    faults: Faults = field(default_factory=Faults)
    injected: dict[str, int] = field(default_factory=dict)
    _rest_failures: int = 0

    def set(self, faults: Faults) -> None:
        """Put `faults` in the place of all that were in force."""
        self.faults = faults
        self._rest_failures = 0

    def before_request(self, operation: str) -> None:
        """Raise the `Refusal` that this request is to fail with, if any."""
        failure = self.faults.rest_failure
        if failure is None or self._rest_failures >= failure.times or failure.operation not in {None, operation}:
            return
        self._rest_failures += 1
        self._count("rest_failure")
        code, message = _MESSAGES.get(failure.status, ("9998", "Injected failure."))
        headers = {} if failure.retry_after is None else {"Retry-After": str(failure.retry_after)}
        raise Refusal(failure.status, code, message, headers=headers)

    def holds_response(self) -> bool:
        """Whether a response that begins a call waits until the call's first event has been posted."""
        if self.faults.event_before_response:
            self._count("event_before_response")
        return self.faults.event_before_response

    def arranges(self) -> bool:
        """Whether events are to be looked at in pairs."""
        return self.faults.swap_events

    def arrange(self, waiting: list[Any]) -> list[Any]:
        """The order in which waiting events are posted, and how often each."""
        arranged = list(waiting)
        if self.faults.swap_events and len(arranged) > 1:
            arranged[0], arranged[1] = arranged[1], arranged[0]
            self._count("swap_events")
        if self.faults.duplicate_events:
            arranged = [event for event in arranged for _ in range(2)]
            self._count("duplicate_events")
        return arranged

    def _count(self, name: str) -> None:
        self.injected[name] = self.injected.get(name, 0) + 1
