"""From the outbox to the workflows: chunks and events as signals, and at a stream's end the question whether all arrived.

One lane for every stream, and one for every call's events, that has something to send; a lane sends one thing at a time
and waits for its turn, so load makes chunks bigger and never queues longer. Nothing is given up: what is not taken is
tried again for ever, or set aside in the outbox by name; what comes after the end of its call amends the transcript.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from temporalio.client import Client, WorkflowUpdateFailedError

from callscribe.contracts.chunks import CloseStream
from ingest.chunking import WaitingChunk, WaitingClose, WaitingEvent
from ingest.measures import Measures
from ingest.outbox import Outbox, OutboxError
from ingest.outcomes import Backoff, Decision, decide
from ingest.sending import ask_receipt, attempt, send_chunk, send_event
from ingest.temporal_link import TemporalLink

IN_FLIGHT: Final = 64
"""Signals in flight in one process, and as many close updates, which may take long."""
SIGNAL_TIMEOUT: Final = 30.0
CLOSE_TIMEOUT: Final = 60.0
PACE: Final = 0.2
"""Seconds between two chunks of one stream: a workflow takes about five signals a second for long."""

WATCH_EVERY: Final = 1.0
"""Seconds between looks at whether another process has written into the outbox."""
ABSENT_FOR: Final = timedelta(minutes=10)
"""A workflow that Temporal does not know is taken for gone once its stream, or event, is so old: the address of a socket
comes from a running workflow, so that only its first moments can be ahead of it."""

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
        self,
        outbox: Outbox,
        link: TemporalLink,
        measures: Measures,
        *,
        task_queue: str,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        """`task_queue` is where amendments of transcripts run."""
        self._outbox = outbox
        self._link = link
        self._measures = measures
        self._task_queue = task_queue
        self._now = now or (lambda: datetime.now(UTC))
        self._signals = asyncio.Semaphore(IN_FLIGHT)
        self._closings = asyncio.Semaphore(IN_FLIGHT)
        self._news: dict[_Lane, bool] = {}
        """The lanes that run; true where something was appended since the lane last looked."""
        self._amending: set[str] = set()
        """Streams whose call is over, as far as this process has found out; one is forgotten with its stream."""
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
                await self._watch()
            finally:
                self._group = None

    async def _watch(self) -> None:
        """Take up what is there, at first and whenever another process has changed the outbox: something is redelivered."""
        seen: int | None = None
        while True:
            try:
                changed = await self._outbox.changed_by_others()
                if changed != seen:
                    await self._resume()
                    seen = changed
            except OutboxError as error:
                _log.debug("the outbox cannot be watched: %s", error)
            await asyncio.sleep(WATCH_EVERY)

    async def _resume(self) -> None:
        streams, calls = await self._outbox.unfinished()
        if streams or calls:
            _log.info("resuming", extra={"streams": len(streams), "calls_with_events": len(calls)})
        for stream in streams:
            self.stream_changed(stream)
        for call in calls:
            self.events_changed(call)

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
                    if isinstance(error, OutboxError):
                        _log.warning("publishing waits for the outbox: %s", error, extra={"lane": lane.name})
                    else:
                        _log.critical("publishing failed", extra={"lane": lane.name}, exc_info=error)
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
            amending = self._task_queue if stream in self._amending else None
            async with self._signals:
                found = await self._outbox.next_of_stream(stream, self._now(), signalled=signalled)
                signalled = None
                if isinstance(found, WaitingChunk):
                    error = await attempt(send_chunk(client, found, amending=amending), SIGNAL_TIMEOUT)
            if found is None:
                return
            if isinstance(found, WaitingClose):
                async with self._closings:
                    error = await attempt(self._close(client, found, closing, amending), CLOSE_TIMEOUT)
                if error is None and closing.complete:
                    await self._outbox.forget(stream)
                    self._amending.discard(stream)
                    self._measures.confirmed.add()
                    _log.info("stream confirmed", extra={"call": found.call, "stream": stream, "chunks": closing.mark})
                    return
                error = error or TimeoutError("the workflow does not have the whole stream yet")
                opened_at = found.close.stream.opened_at
            elif error is None:
                backoff.reset()
                signalled = found.chunk.seq
                self._measures.chunks_sent.add()
                await asyncio.sleep(PACE)
                continue
            else:
                opened_at = found.chunk.stream.opened_at
            if not await self._stream_failed(error, backoff, found.call, stream, opened_at):
                return

    async def _close(self, client: Client, waiting: WaitingClose, closing: "_Closing", amending: str | None) -> None:
        """Ask whether the workflow has the whole stream; where it has got no further since last time, send again."""
        stream = waiting.close.stream.id
        try:
            receipt = await ask_receipt(client, waiting, closing.update_id(waiting.close), amending=amending)
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
                error = await attempt(send_event(client, found), SIGNAL_TIMEOUT)
            if error is None:
                backoff.reset()
                signalled = found.number
                self._measures.events_sent.add()
            elif await self._event_failed(error, backoff, call, found):
                signalled = found.number

    async def _stream_failed(
        self, error: Exception, backoff: Backoff, call: str, stream: str, opened_at: datetime
    ) -> bool:
        """Decide, and wait before the next attempt; true if there is to be one, false if the stream was set aside."""
        decision, why = decide(error)
        facts = {"call": call, "stream": stream, "why": why}
        over = decision is Decision.LATE or (decision is Decision.ABSENT and self._is_gone(opened_at))
        if over and stream not in self._amending:
            self._amending.add(stream)
            self._measures.late.add(what="stream")
            _log.warning("the call is over: its transcript is amended", extra=facts)
            return True
        if decision is Decision.REFUSED:
            self._measures.set_aside.add(what="stream")
            _log.error("Temporal refuses this stream, it is set aside: %s", error, extra=facts)
            await self._outbox.set_stream_aside(stream, f"refused: {error}", self._now())
            return False
        if backoff.is_news(error):
            await self._outbox.note_trouble(f"{why}: {error}", self._now(), stream=stream)
        await self._try_later(error, backoff, facts)
        return True

    async def _event_failed(self, error: Exception, backoff: Backoff, call: str, waiting: WaitingEvent) -> bool:
        """Decide, and wait before the next attempt or set the event aside; true if the event has become pointless."""
        decision, why = decide(error)
        facts = {"call": call, "event": waiting.event.type, "why": why}
        if decision is Decision.LATE or (decision is Decision.ABSENT and self._is_gone(waiting.event.received_at)):
            self._measures.late.add(what="event")
            _log.info("an event of a call that is over changes nothing", extra=facts)
            return True
        if decision is Decision.REFUSED:
            self._measures.set_aside.add(what="event")
            _log.error("Temporal refuses this event, it is set aside: %s", error, extra=facts)
            await self._outbox.set_event_aside(waiting.number, f"refused: {error}", self._now())
            return False
        if backoff.is_news(error):
            await self._outbox.note_trouble(f"{why}: {error}", self._now(), event=waiting.number)
        await self._try_later(error, backoff, facts)
        return False

    def _is_gone(self, since: datetime) -> bool:
        return self._now() - since > ABSENT_FOR

    async def _try_later(self, error: Exception, backoff: Backoff, facts: dict[str, str]) -> None:
        self._measures.retries.add(why=facts["why"])
        level = logging.WARNING if backoff.attempts in {3, 30} else logging.DEBUG
        _log.log(level, "not taken yet: %s", error, extra=facts | {"attempts": backoff.attempts + 1})
        await self._pause(backoff.next())


@dataclass(slots=True)
class _Closing:
    """What the workflow has answered about a stream's end so far."""

    answered: int = 0
    mark: int = -1
    complete: bool = False

    def update_id(self, close: CloseStream) -> str:
        """Another one for other words: a Temporal that dies between a workflow's answer and its history may write down
        the words of a later request of the same id, and the call could never be replayed.
        """
        words = hashlib.sha256(close.model_dump_json().encode()).hexdigest()[:16]
        return f"close:{close.stream.id}:{words}:{self.answered + 1}"
