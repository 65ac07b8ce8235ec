"""How fast the transcript store (SQLite) takes segments: one request for each, and one for a chunk of fifty."""

from benchmarks.conversation import opening
from benchmarks.measure import Conditions, Figure, rate_of
from callscribe.contracts.steps import SaveSegments
from callscribe.runtime.store import TranscriptStore
from callscribe.transcript.model import Segment
from ingest.chunking import MOST_SEGMENTS

SINGLE = 600
BATCHED = 12_000


async def bench(conditions: Conditions) -> list[Figure]:
    """Two calls of their own are saved, the second in chunks as large as ingest makes them; and then once more."""
    talk = conditions.conversation
    one_by_one = talk.of_stream("single", conditions.some(SINGLE))
    batched = talk.of_stream("batched", conditions.some(BATCHED))
    async with await TranscriptStore.open(f"sqlite+aiosqlite:///{conditions.folder / 'store.sqlite'}") as store:
        single = await _save(store, one_by_one, 1)
        chunked = await _save(store, batched, MOST_SEGMENTS)
        again = await _save(store, batched, MOST_SEGMENTS)
    basis = f"{len(batched)} segments"
    return [
        Figure(
            bench="store",
            what="segments, one a request",
            value=single,
            unit="per second",
            basis=f"{len(one_by_one)} segments",
        ),
        Figure(
            bench="store", what=f"segments, {MOST_SEGMENTS} a request", value=chunked, unit="per second", basis=basis
        ),
        Figure(bench="store", what="gain of chunks", value=chunked / single, unit="ratio"),
        Figure(bench="store", what="segments that are there already", value=again, unit="per second", basis=basis),
    ]


async def _save(store: TranscriptStore, segments: list[Segment], size: int) -> float:
    stream = segments[0].stream

    async def all_of_them() -> None:
        for begin in range(0, len(segments), size):
            part = tuple(segments[begin : begin + size])
            await store.save(SaveSegments(key=stream, streams=(opening(stream),), segments=part))

    return await rate_of(len(segments), all_of_them)
