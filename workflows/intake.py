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
from callscribe.transcript.model import Segment
from workflows import ledger

CHUNKS_A_TURN = 40
"""Chunks decoded and stored together; at 50 segments each about 0.1 s of work."""
BYTES_A_TURN = 512 * 1024
"""Payload bytes decoded and stored together: well below the 2 MiB that one activity may be given."""
EARLY_CHUNKS = 512
"""Chunk numbers beyond a stream's mark that are remembered; a sender with one chunk in flight makes none."""


@dataclass
class Batch:
    """Chunks that are stored together."""

    chunks: list[TranscriptChunk] = field(default_factory=list)
    repeats: int = 0
    """Segments of chunks that were known already."""
    unreadable: int = 0

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


def is_known(stream: StreamStatus | None, seq: int) -> bool:
    """Whether chunk `seq` of the stream is stored already."""
    return stream is not None and (seq <= stream.mark or seq in stream.early)


def admit(state: CarriedState, chunks: list[TranscriptChunk], unreadable: int = 0) -> Batch:
    """The chunks that are news, in order; repeats are counted and left out."""
    batch = Batch(unreadable=unreadable + sum(chunk.unreadable for chunk in chunks))
    admitted: set[tuple[str, int]] = set()
    for chunk in chunks:
        name = (chunk.stream.id, chunk.seq)
        if name in admitted or is_known(ledger.stream_of(state, chunk.stream.id), chunk.seq):
            batch.repeats += len(chunk.segments)
            batch.unreadable -= chunk.unreadable
        else:
            admitted.add(name)
            batch.chunks.append(chunk)
    return batch


def stored(state: CarriedState, batch: Batch, new: int, duplicates: int) -> CarriedState:
    """The ledger after `batch` is in the store: `new` segments of it were stored, `duplicates` were there already."""
    for chunk in batch.chunks:
        state = ledger.with_stream(state, chunk.stream)
        stream = ledger.stream_of(state, chunk.stream.id)
        if stream is not None:
            state = ledger.with_stream_changed(state, _advanced(stream, chunk))
    counts = state.counts
    return state.model_copy(
        update={
            "counts": counts.model_copy(
                update={
                    "received": counts.received + len(batch.segments) + batch.repeats,
                    "stored": counts.stored + new,
                    "duplicates": counts.duplicates + duplicates + batch.repeats,
                    "unreadable": counts.unreadable + batch.unreadable,
                }
            )
        }
    )


def _advanced(stream: StreamStatus, chunk: TranscriptChunk) -> StreamStatus:
    early = {*stream.early, chunk.seq}
    mark = stream.mark
    while mark + 1 in early:
        mark += 1
        early.discard(mark)
    return stream.model_copy(
        update={
            "mark": mark,
            "early": tuple(sorted(early)[:EARLY_CHUNKS]),
            "segments": stream.segments + len(chunk.segments),
        }
    )
