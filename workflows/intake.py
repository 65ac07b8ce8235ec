"""What signals bring, before it is stored: decoded leniently, known repeats dropped, nothing lost on the way.

Signal handlers only put raw payloads in line. Decoding happens in turns of a bounded size, because after a long
outage thousands of signals arrive in one activation, and a workflow that thinks for two seconds is taken for stuck.
"""

from collections import deque
from dataclasses import dataclass, field

from temporalio.common import RawValue

from callscribe.contracts.carried import CarriedState
from callscribe.contracts.chunks import StreamOpening, TranscriptChunk
from callscribe.contracts.status import StreamStatus
from callscribe.transcript.facts import Unreadable
from callscribe.transcript.model import Segment
from callscribe.transcript.sequencing import Admission, Watermark
from callscribe.transcript.unreadable import with_unreadable
from workflows import ledger

CHUNKS_A_TURN = 40
"""Chunks decoded and stored together; at 50 segments each about 0.1 s of work."""
BYTES_A_TURN = 512 * 1024
"""Payload bytes decoded and stored together: well below the 2 MiB that one activity may be given."""


@dataclass
class Batch:
    """Chunks that are stored together."""

    chunks: list[TranscriptChunk] = field(default_factory=list)
    repeats: int = 0
    """Segments of chunks that were known already."""
    unreadable: list[Unreadable] = field(default_factory=list)
    """What of them ingest could not read."""
    marks: dict[str, Watermark] = field(default_factory=dict)
    """How far each stream has arrived once the batch is stored."""

    @property
    def segments(self) -> tuple[Segment, ...]:
        """All segments, in order of arrival."""
        return tuple(segment for chunk in self.chunks for segment in chunk.segments)

    @property
    def streams(self) -> tuple[StreamOpening, ...]:
        """The streams that the segments belong to."""
        return tuple({chunk.stream.id: chunk.stream for chunk in self.chunks}.values())


def take(line: deque[RawValue]) -> list[RawValue]:
    """Remove and give the first payloads that wait, as many as one turn takes; at least one."""
    taken: list[RawValue] = []
    size = 0
    while line and len(taken) < CHUNKS_A_TURN and (not taken or size + _size(line[0]) <= BYTES_A_TURN):
        size += _size(line[0])
        taken.append(line.popleft())
    return taken


def _size(raw: RawValue) -> int:
    return len(raw.payload.data)


def admit(state: CarriedState, chunks: list[TranscriptChunk]) -> Batch:
    """The chunks that are news, in order. Repeats are counted and left out.

    A chunk too far ahead of its stream is left out as well: the receipt at the stream's end makes ingest send it again.
    """
    batch = Batch()
    for chunk in chunks:
        mark = batch.marks.setdefault(chunk.stream.id, _watermark(ledger.stream_of(state, chunk.stream.id)))
        admission = mark.offer(chunk.seq)
        if admission is Admission.DUPLICATE:
            batch.repeats += len(chunk.segments)
        elif admission is not Admission.EARLY_FULL:
            batch.chunks.append(chunk)
            if chunk.unreadable:
                batch.unreadable.append(_unreadable(chunk))
    return batch


def _unreadable(chunk: TranscriptChunk) -> Unreadable:
    span = chunk.unreadable_span
    start, end = (span.start, span.end) if span else (chunk.stream.opened_at, chunk.sealed_at)
    return Unreadable(start=start, end=end or chunk.sealed_at, count=chunk.unreadable)


def _watermark(stream: StreamStatus | None) -> Watermark:
    return Watermark(mark=stream.mark, early=set(stream.early)) if stream else Watermark()


def stored(state: CarriedState, batch: Batch, new: int, duplicates: int) -> CarriedState:
    """The ledger after `batch` is in the store: `new` segments of it were stored, `duplicates` were there already."""
    for opening in batch.streams:
        state = ledger.with_stream(state, opening)
        stream = ledger.stream_of(state, opening.id)
        if stream is not None:
            mark = batch.marks[opening.id]
            brought = sum(len(chunk.segments) for chunk in batch.chunks if chunk.stream.id == opening.id)
            arrived = {"mark": mark.mark, "early": tuple(sorted(mark.early)), "segments": stream.segments + brought}
            state = ledger.with_stream_changed(state, stream.model_copy(update=arrived))
    counts = state.counts
    unreadable = state.unreadable
    for span in batch.unreadable:
        unreadable = with_unreadable(unreadable, span)
    return state.model_copy(
        update={
            "unreadable": unreadable,
            "counts": counts.model_copy(
                update={
                    "received": counts.received + len(batch.segments) + batch.repeats,
                    "stored": counts.stored + new,
                    "duplicates": counts.duplicates + duplicates + batch.repeats,
                    "unreadable": counts.unreadable + sum(span.count for span in batch.unreadable),
                }
            ),
        }
    )
