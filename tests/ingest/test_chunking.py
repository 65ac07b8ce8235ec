"""What a stream says next is tested through the outbox (`test_outbox`); here what a chunk knows by itself."""

from pathlib import Path

from ingest.chunking import text_of
from ingest.outbox import Outbox
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


def test_instants_sort_as_texts() -> None:
    """Always with microseconds, always in UTC."""
    assert text_of(NOW) == "2026-01-02T03:04:05.000000+00:00"
