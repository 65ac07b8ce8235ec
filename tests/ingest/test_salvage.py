"""A damaged outbox: nothing that can be read is lost, nothing that is lost goes unsaid, nothing starts empty in silence."""

import asyncio
import json
import logging
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from callscribe.contracts.chunks import CallEvent
from ingest.inspection import damaged_files, inspect
from ingest.outbox import Outbox, OutboxError, WaitingChunk
from ingest.salvage import finish, salvage
from tests.ingest.test_outbox import NOW, opening, segment

STREAMS, SEGMENTS, PAGE = 8, 40, 4096


async def fill(path: Path) -> None:
    """Streams of several chunks with segments behind them, and events."""
    async with Outbox(path, now=NOW) as outbox:
        await asyncio.gather(*(_fill(outbox, number) for number in range(STREAMS)))


async def _fill(outbox: Outbox, number: int) -> None:
    stream = f"s{number}"
    await outbox.open_stream(f"call-{number}", opening(stream))
    signalled: int | None = None
    for position in range(1, SEGMENTS + 1):
        await outbox.append_final(segment(position, stream, text=f"Words of {stream}, number {position}." * 4))
        if position % 10 == 0 and position < SEGMENTS:
            found = await outbox.next_of_stream(stream, NOW, signalled=signalled)
            assert isinstance(found, WaitingChunk)
            signalled = found.chunk.seq
            await outbox.next_of_stream(stream, NOW, signalled=signalled)
    await outbox.append_event(f"call-{number}", CallEvent(id=stream, type="CallConnected", received_at=NOW))


async def drained(outbox: Outbox, stream: str) -> tuple[set[int], int]:
    """All positions that a stream brings, and how many losses it tells of."""
    positions: set[int] = set()
    unreadable, signalled, seqs = 0, None, []
    await outbox.rewind(stream, 0)
    while isinstance(found := await outbox.next_of_stream(stream, NOW, signalled=signalled), WaitingChunk):
        positions |= {one.position for one in found.chunk.segments}
        unreadable += found.chunk.unreadable
        signalled = found.chunk.seq
        seqs.append(signalled)
    assert seqs == list(range(1, len(seqs) + 1)), "the workflow's mark must be able to reach the end"
    return positions, unreadable


def noise(path: Path, seed: int, pages: int) -> None:
    """Random bytes over some pages, not over the first one."""
    chance = random.Random(seed)
    count = path.stat().st_size // PAGE
    with path.open("r+b") as file:
        for page in chance.sample(range(1, count), pages):
            file.seek(page * PAGE)
            file.write(chance.randbytes(PAGE))


def truncated(path: Path, seed: int, pages: int) -> None:
    """Its last pages are gone."""
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - pages * PAGE - seed)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("damage", [noise, truncated])
async def test_what_is_missing_is_told(tmp_path: Path, damage: Callable[[Path, int, int], None], seed: int) -> None:
    """Every word of a stream that is still known is there, or the stream tells that something could not be read."""
    path = tmp_path / "outbox.sqlite"
    await fill(path)
    damage(path, seed, 1 + seed)
    found = 0
    async with Outbox(path, now=NOW) as outbox:
        streams, _ = await outbox.unfinished()
        for stream in streams:
            positions, unreadable = await drained(outbox, stream)
            assert positions == set(range(1, SEGMENTS + 1)) or unreadable > 0, stream
            found += len(positions)
        assert found > 0
    kept = damaged_files(path)
    view = inspect(path)
    if kept:  # noise may have met a page that was free
        assert [salvage.file for salvage in view.salvages] == list(kept)
        assert view.damaged_files == kept
    else:
        assert found == STREAMS * SEGMENTS


async def test_damage_is_met_while_running(tmp_path: Path) -> None:
    """The file is replaced under the running process, whose streams stay open; what comes next is taken."""
    path = tmp_path / "outbox.sqlite"
    async with Outbox(path, now=NOW) as outbox:
        await outbox.open_stream("call", opening())
        await outbox._writer.do(lambda db: db.execute("SELECT 1").fetchall())

        def broken(db: sqlite3.Connection) -> None:
            error = sqlite3.DatabaseError("database disk image is malformed")
            error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            raise error

        with pytest.raises(OutboxError, match="damaged") as refused:
            await outbox._writer.do(broken)
        assert refused.value.passing, "the same may be asked for again"
        await outbox.append_final(segment(1))
        assert outbox.failing is None
        positions, unreadable = await drained(outbox, "s1")
        assert (positions, unreadable) == ({1}, 0)
        assert await outbox.next_of_stream("s1", NOW) is None, "the stream is still open"
    assert damaged_files(path)


@pytest.mark.parametrize("content", [b"not a database at all" * 1000, b"SQLite format 3\x00" + bytes(9000)])
async def test_a_file_of_which_nothing_can_be_read(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """It is kept, named in the log, and shown; the new one works."""
    path = tmp_path / "outbox.sqlite"
    path.write_bytes(content)
    with caplog.at_level(logging.CRITICAL):
        async with Outbox(path, now=NOW) as outbox:
            await outbox.open_stream("call", opening())
    assert "the outbox was damaged" in caplog.text
    (kept,) = damaged_files(path)
    assert (tmp_path / kept).read_bytes() == content
    assert inspect(path).salvages[0].file == kept


async def test_a_salvage_that_was_cut_short_is_finished(tmp_path: Path) -> None:
    """Killed between any two steps, the next start ends with the salvaged outbox in its place."""
    path = tmp_path / "outbox.sqlite"
    await fill(path)
    noise(path, 1, 2)
    salvage(path, why="test", now=NOW)
    salvaged = path.read_bytes()
    (kept,) = damaged_files(path)
    for there in (True, False):  # the damaged one was moved aside already, or not yet
        path.rename(tmp_path / "outbox.sqlite.salvaged")
        if there:
            (tmp_path / kept).rename(path)
        finish(path, now=NOW)
        assert path.read_bytes() == salvaged
        assert not (tmp_path / "outbox.sqlite.salvaged").exists()
    finish(path, now=NOW)
    assert path.read_bytes() == salvaged


async def test_a_stream_whose_row_is_gone_is_made_anew(tmp_path: Path) -> None:
    """Its chunks know its call; that something may be missing is counted."""
    path = tmp_path / "outbox.sqlite"
    await fill(path)
    with sqlite3.connect(path) as db:
        db.execute("DELETE FROM streams WHERE id = 's3'")  # this connection does not enforce references
        db.execute("DELETE FROM chunks WHERE stream = 's5' AND seq = 2")
        db.execute("DELETE FROM segments WHERE stream = 's6' AND position = 37")
        db.execute("UPDATE events SET body = 'x' WHERE number = 1")
    db.close()
    salvage(path, why="test", now=NOW)
    async with Outbox(path, now=NOW) as outbox:
        assert await drained(outbox, "s3") == (set(range(1, SEGMENTS + 1)), 1)
        positions, unreadable = await drained(outbox, "s5")
        assert (len(positions), unreadable) == (SEGMENTS - 10, 1)
        positions, unreadable = await drained(outbox, "s6")
        assert (len(positions), unreadable) == (SEGMENTS - 1, 1)
    (report,) = inspect(path).salvages
    assert report.salvaged["chunks lost"] == report.salvaged["segments lost"] == 1
    assert report.salvaged["damaged, kept raw"] == 1
    assert json.loads(report.model_dump_json())["why"] == "test"
