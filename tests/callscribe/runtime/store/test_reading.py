"""What has come since, what came before, the newest words."""

import asyncio
from datetime import timedelta

import pytest

from callscribe.contracts.amendment import SealedCall
from callscribe.runtime.store import CallFilter, CursorError, TranscriptStore
from callscribe.transcript.model import Segment
from tests.callscribe.runtime.store.conftest import START, opening, saving, sealing, segment


def places(found: tuple[Segment, ...]) -> list[tuple[str, int]]:
    """Stream and position of each."""
    return [(one.stream, one.position) for one in found]


async def test_what_has_come_since(store: TranscriptStore) -> None:
    """In portions, with the same answer for the same cursor; repeats and other calls bring nothing."""
    nothing, start = await store.segments_since("k")
    assert nothing == ()
    await store.save(saving(segment(1), segment(2), segment(3)))
    await store.save(saving(segment(1), key="other"))
    first, cursor = await store.segments_since("k", start, limit=2)
    assert first == (segment(1), segment(2))
    assert (await store.segments_since("k", start, limit=2)) == (first, cursor)
    rest, cursor = await store.segments_since("k", cursor)
    assert rest == (segment(3),)
    await store.save(saving(segment(2), segment(3)))
    await store.seal(sealing())
    assert await store.segments_since("k", cursor) == ((), cursor)
    assert await store.newest_cursors(["k", "unknown"]) == {"k": cursor, "unknown": start}
    assert await store.newest_cursors([]) == {}
    await store.save(saving(segment(1, "late", text="late", received_at=START), streams=(opening("late"),)))
    assert places((await store.segments_since("k", cursor))[0]) == [("late", 1)]
    with pytest.raises(CursorError):
        await store.segments_since("k", "nonsense")


async def test_nothing_is_missed_while_many_write(url: str) -> None:
    """Six writers in three stores, transactions of all lengths, and a reader that never looks back: it sees all."""
    stores = [await TranscriptStore.open(url) for _ in range(3)]
    reader = await TranscriptStore.open(url)
    seen: list[tuple[str, int]] = []
    cursor: str | None = None

    async def write(number: int) -> None:
        stream, position = f"s{number}", 0
        for size in (1, 30, 2, 1, 17, 5, 1, 1):
            part = [segment(position + one, stream, text=f"{number} {position + one}") for one in range(1, size + 1)]
            position += size
            await stores[number % 3].save(saving(*part, streams=(opening(stream),)))

    async def read() -> None:
        nonlocal cursor
        found, cursor = await reader.segments_since("k", cursor, limit=20)
        seen.extend(places(found))

    writing = asyncio.gather(*(write(number) for number in range(6)))
    while not writing.done():
        await read()
    await writing
    for _ in range(20):
        await read()
    for store in (*stores, reader):
        await store.close()
    assert len(seen) == len(set(seen)) == 6 * 58


async def test_pages_go_back_by_arrival(store: TranscriptStore) -> None:
    """Across streams, with equal instants, none twice and none left out, however late it was stored."""
    said = [
        segment(position, stream, text=f"{stream}{position}", received_at=START + timedelta(seconds=position // 2))
        for position in range(1, 8)
        for stream in ("a", "b")
    ]
    streams = (opening("a"), opening("b", 1))
    await store.save(saving(*said[3:], streams=streams))
    await store.save(saving(*said[:3], streams=streams))
    expected = sorted(said, key=lambda one: (one.received_at, one.stream, one.position))
    page = await store.newest_segments("k", 4)
    found = page
    while page := await store.segments_before("k", places(page)[0], 3):
        found = page + found
    assert found == tuple(expected)
    assert (await store.calls())[0].last_words is not None
    assert await store.segments_before("k", ("a", 99), 5) == ()
    assert await store.segments_before("k", ("a", 2**70), 5) == ()
    assert await store.newest_segments("unknown", 5) == ()


async def test_streams_are_counted(store: TranscriptStore) -> None:
    """By opening, also those that brought nothing; and where a call's segments end."""
    streams = (opening("s2", 1), opening("s1"))
    assert await store.newest_cursors(["k"]) == {"k": "0"}
    await store.save(saving(segment(1), segment(2), streams=streams))
    assert [(stream.id, count) for stream, count in await store.streams("k")] == [("s1", 2), ("s2", 0)]
    assert await store.streams("unknown") == ()
    ends = await store.newest_cursors(["k", "unknown"])
    assert ends["unknown"] == "0"
    end = ends["k"]
    assert await store.segments_since("k", end) == ((), end)
    await store.save(saving(segment(3), streams=streams))
    fresh, _ = await store.segments_since("k", end)
    assert [one.position for one in fresh] == [3]
    assert await store.newest_cursors([]) == {}


@pytest.mark.parametrize("key", ["k\x00", "k\ud800"])
async def test_what_no_database_can_hold_is_not_found(store: TranscriptStore, key: str) -> None:
    """Neither a call of such a key nor any by such a locale; and nobody is told that the database is down."""
    await store.save(saving(segment(1)))
    await store.seal(sealing())
    assert await store.transcript(key) is None
    assert await store.call(key) is None
    assert await store.sealed(key) == SealedCall(key=key)
    assert await store.streams(key) == ()
    assert await store.newest_segments(key, 5) == ()
    assert await store.segments_before(key, ("s1", 1), 5) == ()
    assert await store.segments_before("k", (key, 1), 5) == ()
    assert (await store.segments_since(key))[0] == ()
    assert await store.newest_cursors([key]) == {key: "0"}
    assert (await store.search("merger", key=key)).hits == ()
    assert await store.deliveries(key) == []
    assert await store.delivery(key) is None
    assert await store.message(key) is None
    assert await store.calls(where=CallFilter(locale=key)) == []
    assert await store.calls(before=key) == []


async def test_whoever_waits_is_told_how_much_is_read(store: TranscriptStore) -> None:
    """The same transcript, whether anybody listens or not."""
    await store.save(saving(*(segment(position) for position in range(1, 1202))))
    read: list[tuple[int, int]] = []
    assert await store.transcript("k", told=lambda done, of: read.append((done, of))) == await store.transcript("k")
    assert read == [(500, 1201), (1000, 1201), (1201, 1201)]
