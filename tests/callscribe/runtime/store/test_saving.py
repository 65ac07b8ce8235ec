"""What a transaction writes; what callers see of it: `test_store`."""

import pytest
from sqlalchemy import text

from callscribe.contracts.chunks import StreamOpening
from callscribe.runtime.store import TranscriptStore, saving
from callscribe.transcript.model import Stream
from tests.callscribe.runtime.store.conftest import START, opening, sealing, segment
from tests.callscribe.runtime.store.conftest import saving as request


async def test_what_is_remembered_is_forgotten_when_it_is_much(
    store: TranscriptStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Streams and speakers that are stored are not written again, and nothing depends on it."""
    monkeypatch.setattr(saving, "REMEMBERED", 2)
    for number in range(5):
        stream = opening(f"s{number}")
        said = segment(1, stream.id, text=f"{number}", participant=f"4:+{number}")
        for _ in range(2):
            assert (await store.save(request(said, streams=(stream,)))).stored == 1
    assert len(store._saver._stored) <= 4
    found = await store.transcript("k")
    assert found is not None
    assert len(found.streams) == len(found.participants) == found.segment_count == 5


async def test_segments_are_counted_once(store: TranscriptStore) -> None:
    """Repeats, under their own place or another, are not counted."""
    await store.save(request(segment(1), segment(2)))
    await store.save(request(segment(2), segment(3)))
    await store.save(
        request(segment(1, "s2", text=segment(1).text, offset=segment(1).offset), streams=(opening("s2"),))
    )
    assert (await store.calls())[0].segment_count == 3


async def test_an_opening_may_say_more_than_the_store_keeps(store: TranscriptStore) -> None:
    """What ingest adds to its messages is no column."""
    stream = StreamOpening(id="s1", opened_at=START, listening_since=START)
    assert (await store.save(request(segment(1), streams=(stream,)))).stored == 1


async def test_a_closing_that_is_known_is_not_forgotten(store: TranscriptStore) -> None:
    """A later revision that knows less of a stream's end leaves it as it is."""
    await store.seal(sealing())
    less = Stream(id="s1", opened_at=START)
    await store.seal(sealing(end_reason="lost").model_copy(update={"streams": (less,)}))
    found = await store.transcript("k")
    assert found is not None
    assert (found.revision, found.streams[0].close_reason) == (2, "closed by ACS")
    assert found.streams[0].closed_at is not None


@pytest.mark.parametrize("lost", [("segments", "streams", "calls"), ("segments", "streams")], ids=["call", "stream"])
async def test_rows_that_are_lost_are_written_again(store: TranscriptStore, lost: tuple[str, ...]) -> None:
    """A database that was restored does not know what this process remembers as stored."""
    await store.save(request(segment(1)))
    await store.save(request(segment(1), key="other"))
    async with store._engine.begin() as connection:
        for table in lost:
            await connection.execute(text(f"DELETE FROM {table}"))
    for position in (2, 3):
        assert (await store.save(request(segment(position)))).stored == 1
    found = await store.transcript("k")
    assert found is not None
    assert [each.position for each in found.segments] == [2, 3]
    assert (await store.save(request(segment(2), key="other"))).stored == 1
