"""A call that does as it is told, for tests of the page: a workflow with the real one's messages, and stored words."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from temporalio import workflow
from temporalio.client import Client, WorkflowHandle
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

with workflow.unsafe.imports_passed_through():
    from callscribe.contracts import names
    from callscribe.contracts.chunks import CallEvent, CloseStream, StreamOpening, StreamReceipt, TranscriptChunk
    from callscribe.contracts.commands import CommandResult, Pause, UpdateLocale
    from callscribe.contracts.errors import ErrorType, Problem
    from callscribe.contracts.status import CallResult, CallState, CallStatus, Step, TranscriptionState
    from callscribe.contracts.steps import SaveSegments, SealTranscript
    from callscribe.runtime.store import TranscriptStore
    from callscribe.transcript.facts import Verdict, VerdictKind
    from callscribe.transcript.model import Segment, Stream

BEGAN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ADA, BOB = "4:+12025550100", "8:acs:resource_0000-1f2e"


@workflow.defn(name=names.WORKFLOW)
class StagedCall:
    """Answers the page's questions and commands; tests tell it what to be."""

    @workflow.init
    def __init__(self, key: str) -> None:
        """A call that is transcribed."""
        self.status = CallStatus(
            key=key,
            state=CallState.TRANSCRIBING,
            transcription=TranscriptionState.ON,
            locale="en-US",
            participants={ADA: "Ada", BOB: ""},
            started_at=workflow.now(),
            connected_at=workflow.now(),
        )
        self.over = False

    @workflow.run
    async def run(self, key: str) -> str:
        """Wait for the end."""
        await workflow.wait_condition(lambda: self.over)
        return key

    @workflow.signal
    def become(self, changes: dict[str, Any]) -> None:
        """Another status."""
        self.status = CallStatus.model_validate(self.status.model_dump(mode="json") | changes)

    @workflow.signal
    def end(self) -> None:
        """The call is over."""
        self.over = True

    @workflow.signal(name=names.SIGNAL_CHUNK)
    def chunk(self, chunk: TranscriptChunk) -> None:
        """Taken."""

    @workflow.signal(name=names.SIGNAL_EVENT)
    def event(self, event: CallEvent) -> None:
        """An event changes the state, so that tests see that it was noticed."""
        self.status = self.status.model_copy(update={"correlation_id": event.id})

    @workflow.update(name=names.UPDATE_CLOSE_STREAM)
    async def close_stream(self, close: CloseStream) -> StreamReceipt:
        """Always confirmed."""
        return StreamReceipt(mark=close.last_seq, complete=True)

    @workflow.update(name=names.UPDATE_PAUSE)
    async def pause(self, command: Pause) -> CommandResult:
        """Pauses."""
        self.status = self.status.model_copy(
            update={"state": CallState.PAUSED, "transcription": TranscriptionState.PAUSED}
        )
        return CommandResult(
            state=CallState.PAUSED, transcription=TranscriptionState.PAUSED, locale="en-US", note="So."
        )

    @workflow.update(name=names.UPDATE_LOCALE)
    async def update_locale(self, command: UpdateLocale) -> CommandResult:
        """Refuses Klingon at once, and takes a very long time over Latin."""
        if command.locale == "la-VA":
            await workflow.wait_condition(lambda: self.over)
        self.status = self.status.model_copy(update={"locale": command.locale})
        return CommandResult(state=self.status.state, transcription=self.status.transcription, locale=command.locale)

    @update_locale.validator
    def _check(self, command: UpdateLocale) -> None:
        if command.locale == "tlh-QO":
            problem = Problem(message="nobody speaks it", advice="choose another")
            raise ApplicationError("nobody speaks it: choose another", problem, type=ErrorType.REFUSED)

    @workflow.query(name=names.QUERY_STATUS)
    def answer(self) -> CallStatus:
        """As told."""
        return self.status


@asynccontextmanager
async def stage(client: Client, task_queue: str) -> AsyncIterator[Worker]:
    """A worker of staged calls."""
    async with Worker(client, task_queue=task_queue, workflows=[StagedCall]) as worker:
        yield worker


async def call(client: Client, task_queue: str, key: str | None = None) -> tuple[str, WorkflowHandle[Any, Any]]:
    """A running call."""
    key = key or f"test-{uuid4()}"
    handle: WorkflowHandle[Any, Any] = await client.start_workflow(
        names.WORKFLOW, key, id=names.workflow_id(key), task_queue=task_queue
    )
    return key, handle


def words(count: int, *, stream: str = "s1", first: int = 1, participant: str = ADA) -> tuple[Segment, ...]:
    """So many segments, a second apart."""
    return tuple(
        Segment(
            stream=stream,
            position=position,
            participant=participant,
            text=f"{stream} {position}",
            offset=position * 10_000_000,
            duration=5_000_000,
            locale="en-US",
            received_at=BEGAN + timedelta(seconds=position),
        )
        for position in range(first, first + count)
    )


async def save(store: TranscriptStore, key: str, said: Sequence[Segment], stream: str = "s1") -> None:
    """Store what was said on a stream of a call."""
    opening = StreamOpening(id=stream, opened_at=BEGAN)
    await store.save(SaveSegments(key=key, streams=(opening,), segments=tuple(said)))


async def seal(
    store: TranscriptStore,
    key: str,
    kind: VerdictKind = VerdictKind.COMPLETE,
    *,
    count: int = 0,
    connected_at: datetime = BEGAN,
) -> None:
    """End a call in the store."""
    result = CallResult(
        key=key,
        verdict=Verdict(kind=kind, reason="As it was staged."),
        locale="en-US",
        started_at=BEGAN,
        connected_at=connected_at,
        ended_at=BEGAN + timedelta(minutes=5),
        end_reason="They hung up.",
        segments=count,
        steps=(Step(name="create_call", started_at=BEGAN),),
    )
    streams = (Stream(id="s1", opened_at=BEGAN, closed_at=BEGAN + timedelta(minutes=5), close_reason="closed"),)
    await store.seal(
        SealTranscript(key=key, result=result, streams=streams if count else (), participants={ADA: "Ada"})
    )
