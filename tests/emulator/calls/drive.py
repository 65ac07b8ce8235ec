"""Drives one call through time without waiting: opens its sockets, keeps what it sends and posts."""

import itertools
import json
from typing import Any

from emulator.calls.context import CallContext
from emulator.calls.effects import CloseSocket, DropSocket, OpenSocket, PostEvent, SendPacket
from emulator.calls.machine import Call, Plan
from emulator.calls.requests import CallKind, Setup, TranscriptionOptions
from emulator.config import EmulatorConfig
from emulator.events import CallIdentity
from emulator.faults import Faults
from emulator.scripts import SHIPPED, CallScript, load_script

START = 1_750_000_000.0
HELLO = load_script(SHIPPED / "hello.jsonl")


def options(*, start: bool = False, intermediates: bool = False, url: str | None = "ws://x/t") -> TranscriptionOptions:
    """Transcription options as a call is set up with them."""
    return TranscriptionOptions(
        locale="en-US", transport_url=url, start=start, intermediate_results=intermediates, speech_model=None
    )


def setup(
    *,
    kind: CallKind = "create",
    transcription: TranscriptionOptions | None = None,
    cognitive: str | None = "https://cog.example/",
    context: str | None = "dial",
) -> Setup:
    """A call to one telephone, with transcription that has yet to be started."""
    return Setup(
        kind=kind,
        callback_uri="http://x/cb",
        targets=() if kind == "connect" else ("4:+12025550147",),
        locator="room-1" if kind == "connect" else None,
        operation_context=context,
        cognitive_services_endpoint=cognitive,
        transcription=transcription or options(),
    )


class Drive:
    """A call and its world. `reachable` says whether sockets open; `now` is the clock."""

    def __init__(
        self,
        made: Setup | None = None,
        *,
        script: CallScript = HELLO,
        plan: Plan | None = None,
        config: EmulatorConfig | None = None,
    ) -> None:
        self.now = START
        self.reachable = True
        self.posts: list[PostEvent] = []
        self.packets: list[dict[str, Any]] = []
        self.closed: list[CloseSocket] = []
        self.opened: list[OpenSocket] = []
        self.dropped: list[DropSocket] = []
        ids = (f"00000000-0000-0000-0000-{number:012}" for number in itertools.count())
        identity = CallIdentity(
            call_connection_id="call-1", server_call_id="server-1", correlation_id="corr-1", version="2026-03-12"
        )
        context = CallContext(
            identity=identity,
            ordinal=0,
            config=config or EmulatorConfig(),
            callback_uri="http://x/cb",
            new_id=lambda: next(ids),
            faults=plan.policy.faults if plan and plan.policy else Faults(),
        )
        self.call = Call(made or setup(), plan or Plan(script=script), context, self.now)

    @property
    def events(self) -> list[str]:
        """Names of the events that were posted."""
        return [post.event["type"].removeprefix("Microsoft.Communication.") for post in self.posts]

    def data(self, name: str) -> dict[str, Any]:
        """The data of the newest event of this name."""
        found = [post.event["data"] for post in self.posts if post.event["type"].endswith("." + name)]
        return dict(found[-1])

    def texts(self) -> list[str]:
        """The texts of the final results that were sent."""
        return [final.text for final in self.call.transcription.streams.sent]

    def settle(self) -> None:
        """Carry out what is due now."""
        while True:
            self.call.advance(self.now)
            effects = self.call.take_effects()
            if not effects:
                return
            for effect in effects:
                if isinstance(effect, PostEvent):
                    self.posts.append(effect)
                elif isinstance(effect, SendPacket):
                    self.packets.append(json.loads(effect.text))
                    self.call.packet_sent(effect)
                elif isinstance(effect, CloseSocket):
                    self.closed.append(effect)
                elif isinstance(effect, DropSocket):
                    self.dropped.append(effect)
                elif self.reachable:
                    self.opened.append(effect)
                    self.call.socket_opened(effect.stream, self.now)
                else:
                    self.call.socket_failed(effect.stream, self.now, invalid_url=False)

    def to(self, seconds: float) -> None:
        """Let the clock run to `seconds` after the beginning, stopping wherever something is due."""
        self.settle()
        end = START + seconds
        while (due := self.call.next_due()) is not None and due <= end:
            self.now = max(self.now, due)
            self.settle()
        self.now = end
        self.settle()
