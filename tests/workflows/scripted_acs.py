"""ACS and the store behind our activity names, scripted: for histories that no real service gives on demand.

The activities have the names and models of the real ones; what they do, and which events follow, a test decides.
"""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio import activity
from temporalio.client import Client, WorkflowHandle

from callscribe.contracts import names
from callscribe.contracts.chunks import CallEvent, CloseStream, StreamOpening, StreamReceipt, TranscriptChunk
from callscribe.contracts.steps import (
    CallConnection,
    CallReference,
    CallSnapshot,
    EstablishCall,
    HangUpRequest,
    SaveOutcome,
    SaveSegments,
    SealOutcome,
    SealTranscript,
    StartRequest,
    StepOutcome,
    StopRequest,
    UpdateRequest,
)
from callscribe.transcript.model import Segment
from tests.support.updates import patient_update

CONNECTION = "cc-1"
Reaction = Callable[["ScriptedAcs"], Awaitable[None]]


async def nothing(acs: "ScriptedAcs") -> None:
    """No event follows."""


def event(kind: str, **more: Any) -> Reaction:
    """A reaction that sends one event of type `kind`."""

    async def react(acs: "ScriptedAcs") -> None:
        await acs.send(kind, **more)

    return react


@dataclass
class ScriptedAcs:
    """One call's other side. Set `on[...]` to what happens when an activity is called; default: the event confirms."""

    client: Client
    key: str
    on: dict[str, Reaction] = field(default_factory=dict)
    snapshot: CallSnapshot = field(
        default_factory=lambda: CallSnapshot(exists=True, state="connected", transcription="active", locale="en-US")
    )
    calls: list[tuple[str, Any]] = field(default_factory=list)
    stored: dict[tuple[str, int], Segment] = field(default_factory=dict)
    names: list[dict[str, str]] = field(default_factory=list)
    """What each save said of people's names."""
    sealed: list[SealTranscript] = field(default_factory=list)
    feeds: tuple[str, ...] = ()
    """Webhooks that follow the call."""
    hooks: tuple[str, ...] = ()
    """Webhooks that are told of its sealing."""
    clock: datetime = field(default_factory=lambda: datetime.now(UTC))
    full: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once the server would take no more signals."""
    _opened: dict[str, datetime] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    @property
    def handle(self) -> WorkflowHandle[Any, Any]:
        """The call's workflow."""
        return self.client.get_workflow_handle(names.workflow_id(self.key))

    @property
    def requests(self) -> list[str]:
        """The ACS activities that were called, in order."""
        return [name for name, _ in self.calls]

    async def send(self, kind: str, **more: Any) -> CallEvent:
        """Signal an event, a millisecond after the last one unless `occurred_at` says otherwise."""
        self.clock += timedelta(milliseconds=1)
        sent = CallEvent(
            **{
                "id": f"event-{next(self._numbers)}",
                "type": kind,
                "occurred_at": self.clock,
                "received_at": self.clock,
                "call_connection_id": CONNECTION,
                **more,
            }
        )
        await self.handle.signal(names.SIGNAL_EVENT, sent)
        return sent

    async def send_chunk(
        self, stream: str, seq: int, *texts: str, first: int = 1, opening: StreamOpening | None = None
    ) -> TranscriptChunk:
        """Signal a chunk whose segments have the positions from `first` on."""
        opening = opening or self._opening(stream)
        chunk = TranscriptChunk(
            stream=opening,
            seq=seq,
            sealed_at=self.clock,
            segments=tuple(
                Segment(
                    stream=stream,
                    position=first + place,
                    participant="4:+12025550100",
                    text=text,
                    offset=(first + place) * 10_000_000,
                    received_at=self.clock,
                )
                for place, text in enumerate(texts)
            ),
        )
        await self.handle.signal(names.SIGNAL_CHUNK, chunk)
        return chunk

    def _opening(self, stream: str) -> StreamOpening:
        opened_at = self._opened.setdefault(stream, self.clock)
        return StreamOpening(id=stream, opened_at=opened_at, call_connection_id=CONNECTION)

    async def close_stream(
        self, stream: str, last_seq: int, *, asked: int = 0, beside: tuple[str, ...] = ()
    ) -> StreamReceipt:
        """The end of a stream, as ingest tells it, having `asked` so often before, with something left of others."""
        opening = self._opening(stream)
        self.clock += timedelta(milliseconds=1)  # it was open for a moment
        command = CloseStream(
            stream=opening,
            last_seq=last_seq,
            segments=0,
            closed_at=self.clock,
            reason="closed by ACS (1000)",
            beside=tuple(map(self._opening, beside)),
        )
        answer = await patient_update(self.handle, names.UPDATE_CLOSE_STREAM, command, f"close:{stream}:{asked}")
        return StreamReceipt.model_validate(answer)

    def texts(self) -> list[str]:
        """What is stored, in order of arrival."""
        return [segment.text for _, segment in sorted(self.stored.items())]

    @property
    def activities(self) -> list[Callable[..., Any]]:
        """To register with a worker."""
        return [
            self.create_call,
            self.connect_call,
            self.answer_call,
            self.get_call,
            self.start_transcription,
            self.update_transcription,
            self.stop_transcription,
            self.hang_up,
            self.save_segments,
            self.seal_transcript,
        ]

    async def _establish(self, name: str, request: EstablishCall) -> CallConnection:
        self.calls.append((name, request))
        await self.on.get(name, event("CallConnected"))(self)
        return CallConnection(call_connection_id=CONNECTION, correlation_id="corr-1", state="connecting")

    @activity.defn
    async def create_call(self, request: EstablishCall) -> CallConnection:
        """As the real one."""
        return await self._establish("create_call", request)

    @activity.defn
    async def connect_call(self, request: EstablishCall) -> CallConnection:
        """As the real one."""
        return await self._establish("connect_call", request)

    @activity.defn
    async def answer_call(self, request: EstablishCall) -> CallConnection:
        """As the real one."""
        return await self._establish("answer_call", request)

    @activity.defn
    async def get_call(self, request: CallReference) -> CallSnapshot:
        """What the test says ACS would say."""
        self.calls.append(("get_call", request))
        await self.on.get("get_call", nothing)(self)
        return self.snapshot

    @activity.defn
    async def start_transcription(self, request: StartRequest) -> StepOutcome:
        """As the real one."""
        self.calls.append(("start_transcription", request))
        await self.on.get("start_transcription", event("TranscriptionStarted"))(self)
        return StepOutcome()

    @activity.defn
    async def update_transcription(self, request: UpdateRequest) -> StepOutcome:
        """As the real one."""
        self.calls.append(("update_transcription", request))
        await self.on.get("update_transcription", event("TranscriptionUpdated"))(self)
        return StepOutcome()

    @activity.defn
    async def stop_transcription(self, request: StopRequest) -> StepOutcome:
        """As the real one."""
        self.calls.append(("stop_transcription", request))
        await self.on.get("stop_transcription", event("TranscriptionStopped"))(self)
        return StepOutcome()

    @activity.defn
    async def hang_up(self, request: HangUpRequest) -> StepOutcome:
        """As the real one."""
        self.calls.append(("hang_up", request))
        await self.on.get("hang_up", event("CallDisconnected", code=200, sub_code=7000, message="ended"))(self)
        return StepOutcome()

    @activity.defn
    async def save_segments(self, request: SaveSegments) -> SaveOutcome:
        """Keeps segments by (stream, position)."""
        await self.on.get("save_segments", nothing)(self)
        self.names.append(request.names)
        self.stored.update({(each.stream, each.position): each for each in request.segments})
        return SaveOutcome(stored=len(request.segments), duplicates=0, feeds=self.feeds)

    @activity.defn
    async def seal_transcript(self, request: SealTranscript) -> SealOutcome:
        """Keeps what was sealed."""
        self.sealed.append(request)
        await self.on.get("seal_transcript", nothing)(self)
        return SealOutcome(revision=request.result.revision, segments=len(self.stored), hooks=self.hooks)
