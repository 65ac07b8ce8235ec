"""From signals to the transcript store: one writer, in turns, and the receipt that lets ingest forget a stream."""

from collections import deque
from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from callscribe.contracts import names
    from callscribe.contracts.carried import CarriedState
    from callscribe.contracts.chunks import CloseStream, StreamReceipt, TranscriptChunk
    from callscribe.contracts.errors import ErrorType
    from callscribe.contracts.status import TranscriptTail
    from callscribe.contracts.steps import SaveOutcome, SaveSegments
    from callscribe.transcript.facts import Verdict
    from callscribe.transcript.model import RawId, Segment
    from workflows import intake, ledger, outward, webhooks
    from workflows.quarantine import quarantined
    from workflows.waiting import breathe, until

RECEIPT_TIMEOUT = timedelta(seconds=20)
"""How long a `close_stream` waits for chunks that are still on their way before it says that some are missing."""


PROMPT = timedelta(seconds=4)
"""A regular activity that takes longer has found the store slow or down."""
IN_ONE_GO = 5
"""Turns in one activation that bring nothing to save, such as repeats; what is saved ends an activation anyway."""


class Books(Protocol):
    """Whose ledger it is: a call's, or that of an amendment to its transcript."""

    key: str
    state: CarriedState
    tail: deque[Segment]
    """The newest segments of this run."""
    verdict: Verdict | None
    """Set once the transcript is sealed: nobody waits for more then."""

    def show(self) -> None:
        """The state has changed."""


class Storing:
    """Stores what signals bring. Nothing is in line and nothing in hand when `is_idle`."""

    def __init__(self, call: Books, names: Mapping[RawId, str] | None = None) -> None:
        """`names` came with the call's request: they go to the store with the first segments of the run."""
        self._call = call
        self._names = dict(names or {})
        self._line: deque[RawValue] = deque()
        self._busy = False
        self.is_held_up = False
        """Whether the store is waited for, however long it takes."""
        self.is_sealing = False
        """Whether the transcript is sealed, or about to be."""
        self._store_is_slow = False
        self._in_one_go = 0

    def is_idle(self) -> bool:
        """Whether everything that arrived is in the store."""
        return not self._line and not self._busy

    @property
    def tail(self) -> TranscriptTail:
        """The newest segments."""
        return TranscriptTail(segments=tuple(self._call.tail), stored=self._call.state.counts.stored)

    def is_whole(self) -> bool:
        """Whether every stream that is known has been closed and is stored to its end."""
        return self.is_idle() and all(ledger.is_whole(stream) for stream in self._call.state.streams)

    def put(self, raw: RawValue) -> None:
        """A signal has brought a chunk; it is read later, in its turn."""
        self._line.append(raw)

    async def run(self) -> None:
        """Store what comes, for as long as the run lasts. Never gives up on a chunk."""
        while True:
            await workflow.wait_condition(lambda: bool(self._line))
            self._busy = True
            has_saved = await self._store(intake.take(self._line))
            self._in_one_go = 0 if has_saved or not self._line else self._in_one_go + 1
            if self._in_one_go == IN_ONE_GO:
                self._in_one_go = 0
                await breathe()
            self._busy = False
            self._call.show()

    async def _store(self, raws: list[RawValue]) -> bool:
        """Whether there was anything to save: repeats and openings are not."""
        batch = intake.admit(self._call.state, self._read(raws))
        outcome = SaveOutcome(stored=0, duplicates=0)
        if batch.segments:
            outcome = await self._save(
                SaveSegments(key=self._call.key, streams=batch.streams, segments=batch.segments, names=self._names)
            )
            self._names = {}
        self._call.state = intake.stored(self._call.state, batch, outcome.stored, outcome.duplicates)
        self._call.tail.extend(batch.segments)
        if outcome.feeds:
            feeds = await webhooks.follow(
                self._call.key, self._call.state.feeds, outcome.feeds, may_have_left=self.is_sealing
            )
            self._call.state = self._call.state.model_copy(update={"feeds": feeds})
        return bool(batch.segments)

    async def _save(self, request: SaveSegments) -> SaveOutcome:
        """At once; otherwise by an activity that waits, and so from then on until one of those is prompt."""
        if not self._store_is_slow:
            outcome = await outward.save_at_once(request)
            if outcome is not None:
                return outcome
        began = workflow.now()
        self.is_held_up = True
        outcome = await outward.save(request)
        self.is_held_up = False
        self._store_is_slow = workflow.now() - began > PROMPT
        return outcome

    def _read(self, raws: list[RawValue]) -> list[TranscriptChunk]:
        chunks: list[TranscriptChunk] = []
        for raw in raws:
            try:
                chunks.append(workflow.payload_converter().from_payload(raw.payload, TranscriptChunk))
            except Exception as error:  # noqa: BLE001  whatever a stranger's payload does, the call goes on
                aside = quarantined(names.SIGNAL_CHUNK, [raw], error)
                self._call.state = ledger.set_aside(self._call.state, aside)
        return chunks

    async def close(self, command: CloseStream) -> StreamReceipt:
        """Ingest has sent everything of a stream: the receipt says whether it is all stored.

        Raises `ApplicationError` (REFUSED) while the store is waited for: what is in line may be the rest, and a receipt
        without it would have ingest send all of it again.
        """
        self._call.state = ledger.closed(self._call.state, command)
        self._call.show()

        def settled() -> bool:
            stream = ledger.stream_of(self._call.state, command.stream.id)
            return self._call.verdict is not None or (self.is_idle() and stream is not None and ledger.is_whole(stream))

        await until(settled, RECEIPT_TIMEOUT, "wait for the stream's last chunks")
        stream = ledger.stream_of(self._call.state, command.stream.id)
        if self.is_held_up and not (stream is not None and ledger.is_whole(stream)):
            raise ApplicationError("the transcript store does not answer", type=ErrorType.REFUSED, non_retryable=True)
        mark = stream.mark if stream else 0
        return StreamReceipt(mark=mark, complete=mark >= command.last_seq)
