"""A workflow with the names and messages of the real one, that keeps its books and nothing else."""

from dataclasses import dataclass, field
from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from callscribe.contracts import names
    from callscribe.contracts.amendment import AmendmentRequest
    from callscribe.contracts.call import CallRequest
    from callscribe.contracts.chunks import CallEvent, CloseStream, StreamReceipt, TranscriptChunk


@dataclass
class Book:
    """What arrived, in order."""

    chunks: list[tuple[str, int]] = field(default_factory=list)
    positions: dict[str, list[int]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    unreadable: int = 0
    events: list[str] = field(default_factory=list)
    closed: dict[str, str] = field(default_factory=dict)
    closed_at: dict[str, str] = field(default_factory=dict)
    locale: str = ""
    origin: str = ""


@workflow.defn(name=names.WORKFLOW)
class LedgerWorkflow:
    """Refuses to confirm a stream until it has all of it, without a gap."""

    @workflow.init
    def __init__(self, request: CallRequest) -> None:
        """Begin an empty book."""
        self.book = Book(locale=request.transcription.locale, origin=request.origin.kind)
        self.marks: dict[str, int] = {}
        self.forgetful = request.transcription.operation_context == "forgetful"
        self.over = False

    @workflow.run
    async def run(self, request: CallRequest) -> Book:
        """Wait for the end."""
        await workflow.wait_condition(lambda: self.over)
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self.book

    @workflow.signal(name=names.SIGNAL_CHUNK)
    def chunk(self, chunk: TranscriptChunk) -> None:
        """Take a chunk if it is the next one of its stream."""
        stream = chunk.stream.id
        if self.forgetful and chunk.seq == 2:
            self.forgetful = False  # lose one, once
            return
        if chunk.seq != self.marks.get(stream, 0) + 1:
            return
        self.marks[stream] = chunk.seq
        self.book.chunks.append((stream, chunk.seq))
        self.book.positions.setdefault(stream, []).extend(segment.position for segment in chunk.segments)
        self.book.texts += [segment.text for segment in chunk.segments]
        self.book.unreadable += chunk.unreadable

    @workflow.signal(name=names.SIGNAL_EVENT)
    def event(self, event: CallEvent) -> None:
        """Note an event."""
        self.book.events.append(event.id)

    @workflow.update(name=names.UPDATE_CLOSE_STREAM)
    async def close_stream(self, close: CloseStream) -> StreamReceipt:
        """Confirm what is there, after waiting a moment for the rest."""
        stream = close.stream.id

        def complete() -> bool:
            return self.marks.get(stream, 0) == close.last_seq

        try:
            await workflow.wait_condition(complete, timeout=timedelta(milliseconds=200))
        except TimeoutError:
            return StreamReceipt(mark=self.marks.get(stream, 0), complete=False)
        self.book.closed[stream] = close.reason
        self.book.closed_at[stream] = close.closed_at.isoformat()
        return StreamReceipt(mark=close.last_seq, complete=len(self.book.positions[stream]) == close.segments)

    @workflow.signal
    def end(self) -> None:
        """The call is over."""
        self.over = True

    @workflow.query(name="book")
    def read(self) -> Book:
        """The book so far."""
        return self.book


@workflow.defn(name=names.AMENDMENT_WORKFLOW)
class AmendmentLedger(LedgerWorkflow):
    """Keeps the books of what comes after the end; it ends with its first confirmed stream."""

    @workflow.init
    def __init__(self, request: AmendmentRequest) -> None:
        """Begin an empty book."""
        self.book = Book()
        self.marks: dict[str, int] = {}
        self.forgetful = False
        self.over = False

    @workflow.run
    async def run(self, request: AmendmentRequest) -> Book:  # type: ignore[override]  # it is told less
        """Wait for the end."""
        await workflow.wait_condition(lambda: bool(self.book.closed))
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self.book
