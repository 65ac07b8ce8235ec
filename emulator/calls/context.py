"""What the parts of one call share: its identity, its agenda, its switches, and the effects it has asked for."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from emulator import events
from emulator.calls.agenda import Agenda
from emulator.calls.effects import Effect, PostEvent
from emulator.config import EmulatorConfig
from emulator.events import CallIdentity
from emulator.faults import Faults


@dataclass(kw_only=True, slots=True)
class CallContext:
    """One call's surroundings. `new_id` makes unique ids; `ordinal` numbers calls, for what is drawn from the seed."""

    identity: CallIdentity
    ordinal: int
    config: EmulatorConfig
    callback_uri: str
    new_id: Callable[[], str]
    agenda: Agenda = field(default_factory=Agenda)
    effects: list[Effect] = field(default_factory=list)
    events_posted: int = 0
    faults: Faults = field(default_factory=Faults)
    injected: dict[str, int] = field(default_factory=dict)
    """Faults that have happened on this call, by kind."""
    tell_fault: Callable[[str], None] = field(default=lambda _kind: None)
    """Told of each of them."""

    def count(self, kind: str) -> None:
        """A fault has happened."""
        self.injected[kind] = self.injected.get(kind, 0) + 1
        self.tell_fault(kind)

    @property
    def inverted_offsets(self) -> bool:
        """Whether offsets are of the older era."""
        return (self.faults.offset_era or self.config.offset_era) == "A"

    def post(self, name: str, data: dict[str, Any], now: float, *, url: str | None = None) -> None:
        """Post an event, to the operation's own URL if it gave one."""
        event = events.envelope(name, data, event_id=self.new_id(), now=now)
        self.effects.append(PostEvent(url=url or self.callback_uri, event=event))
        self.events_posted += 1

    def seed(self, *parts: object) -> str:
        """A seed for something drawn: the emulator's, this call's, and what it is for."""
        return ":".join(str(part) for part in (self.config.seed, self.ordinal, *parts))
