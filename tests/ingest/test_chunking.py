"""What a stream says next is tested through the outbox (`test_outbox`); here what a chunk knows by itself."""

from pathlib import Path

from ingest.chunking import MOST_BYTES, text_of
from ingest.outbox import Outbox
from ingest.session import MOST_BYTES as LARGEST_SEGMENT
from tests.ingest.test_outbox import NOW, chunk_of, opening, segment


async def test_a_chunk_knows_its_call(tmp_path: Path) -> None:
    """So that it can be sent where its stream's own row was lost."""
    async with Outbox(tmp_path / "o.sqlite", now=NOW) as outbox:
        await outbox.open_stream("call", opening())
        await outbox.append_final(segment(1))
        await chunk_of(outbox)
        await chunk_of(outbox, signalled=1)
        calls = await outbox._writer.do(lambda db: db.execute("SELECT seq, call FROM chunks ORDER BY seq").fetchall())
        assert calls == [(1, "call"), (2, "call")]


async def test_large_segments_travel_alone(tmp_path: Path) -> None:
    """However many wait: no chunk is larger than one segment may be, and Temporal takes each."""
    large = "x" * (LARGEST_SEGMENT - 500)
    async with Outbox(tmp_path / "o.sqlite", now=NOW) as outbox:
        await outbox.open_stream("call", opening())
        for position, text in enumerate(("x" * (MOST_BYTES - 2000), large, "small", large, large, "small"), start=1):
            await outbox.append_final(segment(position, text=text))
        held: list[list[int]] = []
        for seq in range(6):
            chunk = await chunk_of(outbox, signalled=seq or None)
            assert len(chunk.chunk.model_dump_json()) <= LARGEST_SEGMENT
            held.append([each.position for each in chunk.chunk.segments])
        assert held == [[], [1], [2], [3], [4], [5]]


def test_instants_sort_as_texts() -> None:
    """Always with microseconds, always in UTC."""
    assert text_of(NOW) == "2026-01-02T03:04:05.000000+00:00"
