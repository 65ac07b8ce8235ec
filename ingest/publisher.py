"""From the outbox to the workflows: chunks and events as signals, and at a stream's end the question whether all arrived.

One lane for every stream, and one for every call's events, that has something to send; a lane sends one thing at a time
and waits for its turn, so load makes chunks bigger and never queues longer. Nothing is given up: what is not taken is
tried again for ever, or set aside in the outbox by name.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from temporalio.client import Client, WorkflowUpdateFailedError

from callscribe.contracts import names
from callscribe.contracts.chunks import StreamReceipt
from ingest.measures import Measures
from ingest.outbox import Outbox, OutboxError, WaitingChunk, WaitingClose, WaitingEvent
from ingest.outcomes import Backoff, Decision, decide
from ingest.temporal_link import TemporalLink

IN_FLIGHT: Final = 64
"""Signals in flight in one process, and as many close updates, which may take long."""
SIGNAL_TIMEOUT: Final = 30.0
CLOSE_TIMEOUT: Final = 60.0
PACE: Final = 0.2
"""Seconds between two chunks of one stream: a workflow takes about five signals a second for long."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Lane:
    kind: str
    """`stream` or `events`."""
    name: str
    """The stream's id, or the call."""


class Publisher:
    """Sends what the outbox holds. `run` until cancelled; call `stream_changed` and `events_changed` after every append."""

    def __init__(
        self, outbox: Outbox, link: TemporalLink, measures: Measures, *, now: Callable[[], datetime] | None = None
    ) -> None:
        self._outbox = outbox
        self._link = link
        self._measures = measures
        self._now = now or (lambda: datetime.now(UTC))
        self._signals = asyncio.Semaphore(IN_FLIGHT)
        self._closings = asyncio.Semaphore(IN_FLIGHT)
        self._news: dict[_Lane, bool] = {}
        """The lanes that run; true where something was appended since the lane last looked."""
        self._pausing = 0
        """The lanes that wait before another attempt."""
        self._idle = asyncio.Event()
        self._idle.set()
        self._group: asyncio.TaskGroup | None = None

    async def run(self) -> None:
        """Take up what an earlier process left, then go on until cancelled."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            try:
                streams, calls = await self._outbox.unfinished()
                if streams or calls:
                    _log.info("resuming", extra={"streams": len(streams), "calls_with_events": len(calls)})
                for stream in streams:
                    self.stream_changed(stream)
                for call in calls:
                    self.events_changed(call)
                await asyncio.Event().wait()
            finally:
                self._group = None

    def stream_changed(self, stream: str) -> None:
        """The stream has something new in the outbox."""
        self._wake(_Lane("stream", stream))

    def events_changed(self, call: str) -> None:
        """The call has a new event in the outbox."""
        self._wake(_Lane("events", call))

    async def idle(self) -> None:
        """Return as soon as nothing is left that could be sent now: all is taken, or has been tried in vain."""
        await self._idle.wait()

    def _wake(self, lane: _Lane) -> None:
        if lane in self._news:
            self._news[lane] = True
        elif self._group is not None:
            self._news[lane] = False
            self._note_idleness()
            self._group.create_task(self._run_lane(lane), name=f"publish {lane.kind} {lane.name}")

    async def _run_lane(self, lane: _Lane) -> None:
        send = self._stream_lane if lane.kind == "stream" else self._events_lane
        backoff = Backoff()
        try:
            while True:
                self._news[lane] = False
                try:
                    await send(lane.name, backoff)
                except Exception as error:  # noqa: BLE001 - a lane that ended would strand its stream: it tries again
                    level = logging.ERROR if isinstance(error, OutboxError) else logging.CRITICAL
                    _log.log(level, "publishing failed", extra={"lane": lane.name}, exc_info=error)
                    self._measures.retries.add(why="outbox" if isinstance(error, OutboxError) else "other")
                    await self._pause(backoff.next())
                    continue
                if not self._news[lane]:
                    return
        finally:
            del self._news[lane]
            self._note_idleness()

    async def _pause(self, seconds: float) -> None:
        self._pausing += 1
        self._note_idleness()
        try:
            await asyncio.sleep(seconds)
        finally:
            self._pausing -= 1
            self._note_idleness()

    def _note_idleness(self) -> None:
        if len(self._news) == self._pausing:
            self._idle.set()
        else:
            self._idle.clear()

    async def _stream_lane(self, stream: str, backoff: Backoff) -> None:
        """Send all that the stream has, one chunk after the other; return when there is nothing to send now."""
        signalled: int | None = None
        closing = _Closing()
        while True:
            client = await self._link.wait()
            async with self._signals:
                found = await self._outbox.next_of_stream(stream, self._now(), signalled=signalled)
                signalled = None
                if isinstance(found, WaitingChunk):
                    error = await _attempt(_signal_chunk(client, found), SIGNAL_TIMEOUT)
            if found is None:
                return
            if isinstance(found, WaitingClose):
                async with self._closings:
                    error = await _attempt(self._close(client, found, closing), CLOSE_TIMEOUT)
                if error is None and closing.complete:
                    await self._outbox.forget(stream)
                    self._measures.confirmed.add()
                    _log.info("stream confirmed", extra={"call": found.call, "stream": stream, "chunks": closing.mark})
                    return
                error = error or TimeoutError("the workflow does not have the whole stream yet")
            elif error is None:
                backoff.reset()
                signalled = found.chunk.seq
                self._measures.chunks_sent.add()
                await asyncio.sleep(PACE)
                continue
            if await self._failed(error, backoff, found.call, stream):
                continue
            return

    async def _close(self, client: Client, waiting: WaitingClose, closing: "_Closing") -> None:
        """Ask whether the workflow has the whole stream; where it has got no further since last time, send again."""
        stream = waiting.close.stream.id
        handle = client.get_workflow_handle(names.workflow_id(waiting.call))
        try:
            receipt = await handle.execute_update(
                names.UPDATE_CLOSE_STREAM, waiting.close, id=closing.update_id(stream), result_type=StreamReceipt
            )
        except WorkflowUpdateFailedError:
            closing.answered += 1
            raise
        # An update is answered once for an id: what was answered "not yet" has to be asked under another one.
        closing.answered += 1
        closing.complete = receipt.complete
        if not receipt.complete and receipt.mark == closing.mark and receipt.mark < waiting.close.last_seq:
            await self._outbox.rewind(stream, receipt.mark)
            _log.warning("sending again", extra={"call": waiting.call, "stream": stream, "after": receipt.mark})
        closing.mark = receipt.mark

    async def _events_lane(self, call: str, backoff: Backoff) -> None:
        """Send the call's events in the order in which they came; return when there is none."""
        signalled: int | None = None
        while True:
            client = await self._link.wait()
            async with self._signals:
                found = await self._outbox.next_event(call, signalled=signalled)
                if found is None:
                    return
                signalled = None
                error = await _attempt(_signal_event(client, found), SIGNAL_TIMEOUT)
            if error is None:
                backoff.reset()
                signalled = found.number
                self._measures.events_sent.add()
            else:
                await self._failed(error, backoff, call, None, event=found)

    async def _failed(
        self, error: Exception, backoff: Backoff, call: str, stream: str | None, *, event: WaitingEvent | None = None
    ) -> bool:
        """Wait before the next attempt, or set aside what will not be taken; true if the same is to be tried again."""
        decision, why = decide(error)
        what = "event" if event is not None else "stream"
        facts = {"call": call, "stream": stream, "event": event.event.type if event else None, "why": why}
        facts = {name: value for name, value in facts.items() if value is not None}
        if decision is Decision.RETRY:
            self._measures.retries.add(why=why)
            level = logging.WARNING if backoff.attempts in {3, 30} else logging.DEBUG
            _log.log(level, "not taken yet: %s", error, extra=facts | {"attempts": backoff.attempts + 1})
            await self._pause(backoff.next())
            return True
        if decision is Decision.LATE:
            self._measures.late.add(what=what)
            _log.warning("the call is over: %s set aside", what, extra=facts)
        else:
            self._measures.set_aside.add(what=what)
            _log.error("Temporal refuses this %s, it is set aside: %s", what, error, extra=facts)
        reason = f"{decision.value}: {error}"
        if event is not None:
            await self._outbox.set_event_aside(event.number, reason, self._now())
        elif stream is not None:
            await self._outbox.set_stream_aside(stream, reason, self._now())
        return False


@dataclass(slots=True)
class _Closing:
    """What the workflow has answered about a stream's end so far."""

    answered: int = 0
    mark: int = -1
    complete: bool = False

    def update_id(self, stream: str) -> str:
        return f"close:{stream}" if self.answered == 0 else f"close:{stream}:{self.answered + 1}"


async def _signal_chunk(client: Client, waiting: WaitingChunk) -> None:
    # Without a run id: the call may have continued as new.
    await client.get_workflow_handle(names.workflow_id(waiting.call)).signal(names.SIGNAL_CHUNK, waiting.chunk)


async def _signal_event(client: Client, waiting: WaitingEvent) -> None:
    await client.get_workflow_handle(names.workflow_id(waiting.call)).signal(names.SIGNAL_EVENT, waiting.event)


async def _attempt(sending: Coroutine[None, None, None], within: float) -> Exception | None:
    """None if it was taken, or what went wrong; after `within` seconds a TimeoutError, though it may still have arrived."""
    try:
        async with asyncio.timeout(within):
            await sending
    except OutboxError:
        raise
    except Exception as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise asyncio.CancelledError from error  # the SDK disguises a cancelled update as an error of its own
        return error
    return None
