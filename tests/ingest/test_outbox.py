"""The outbox: what was answered is on disk, whatever happens next."""

import asyncio
import signal
import sqlite3
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callscribe.contracts.chunks import CallEvent, StreamOpening
from callscribe.transcript.facts import Interval
from callscribe.transcript.model import Segment
from ingest.chunking import MOST_SEGMENTS
from ingest.outbox import Outbox, OutboxError, Waiting, WaitingChunk, WaitingClose

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def opening(stream: str = "s1") -> StreamOpening:
    """A stream as it opened."""
    return StreamOpening(id=stream, opened_at=NOW, call_connection_id="cc", correlation_id="co")


def segment(position: int, stream: str = "s1", text: str = "Hello.", seconds: float = 0) -> Segment:
    """A final of a stream."""
    received = NOW + timedelta(seconds=seconds)
    return Segment(
        stream=stream, position=position, participant="4:+1", text=text, offset=2**60 + position, received_at=received
    )


async def begin(outbox: Outbox, stream: str, call: str = "call") -> None:
    """A stream that is open, and whose socket was accepted."""
    await outbox.open_stream(call, opening(stream))
    await outbox.accept_stream(opening(stream))


async def chunk_of(outbox: Outbox, stream: str = "s1", *, signalled: int | None = None) -> WaitingChunk:
    """The next thing to send, which must be a chunk."""
    found = await outbox.next_of_stream(stream, NOW, signalled=signalled)
    assert isinstance(found, WaitingChunk)
    return found


async def test_a_close_names_the_other_streams_of_the_call(tmp_path: Path) -> None:
    """The workflow may not have heard of them; those of other calls, and what is set aside, are no matter of its."""
    async with Outbox(tmp_path / "o.sqlite", now=NOW) as outbox:
        for stream, call in (("s1", "call"), ("s2", "call"), ("s3", "another"), ("s4", "call")):
            await begin(outbox, stream, call)
        await outbox.set_stream_aside("s4", "refused", NOW)
        await outbox.close_stream("s1", closed_at=NOW, reason="closed by ACS (1000)")
        await chunk_of(outbox)
        close = await outbox.next_of_stream("s1", NOW, signalled=1)
        assert isinstance(close, WaitingClose)
        assert close.close.beside == (opening("s2"),)


async def test_a_stream_from_opening_to_forgetting(tmp_path: Path) -> None:
    """Opening is announced first; what collects becomes one chunk; the close comes last; then nothing is left."""
    async with Outbox(tmp_path / "o.sqlite", now=NOW) as outbox:
        await outbox.open_stream("call", opening())
        first = await chunk_of(outbox)
        assert (first.call, first.chunk.seq, first.chunk.segments) == ("call", 1, ())
        for position in (1, 2):
            await outbox.append_final(segment(position))
        assert (await chunk_of(outbox)).chunk == first.chunk
        second = await chunk_of(outbox, signalled=1)
        assert [item.position for item in second.chunk.segments] == [1, 2]
        await outbox.append_final(segment(3))
        assert (await chunk_of(outbox)).chunk == second.chunk, "a sealed chunk never changes"
        await outbox.close_stream("s1", closed_at=NOW, reason="closed by ACS (1000)")
        await outbox.close_stream("s1", closed_at=NOW + timedelta(1), reason="again")
        assert [item.position for item in (await chunk_of(outbox, signalled=2)).chunk.segments] == [3]
        close = await outbox.next_of_stream("s1", NOW, signalled=3)
        assert isinstance(close, WaitingClose)
        assert (close.close.last_seq, close.close.segments, close.close.reason) == (3, 3, "closed by ACS (1000)")
        assert close.close.closed_at == NOW
        await outbox.forget("s1")
        assert await outbox.next_of_stream("s1", NOW) is None
        assert await outbox.waiting() == Waiting()


async def test_chunks_are_bounded(tmp_path: Path) -> None:
    """By segments and by bytes; one segment that is too long travels alone."""
    async with Outbox(tmp_path / "o.sqlite", now=NOW) as outbox:
        await outbox.open_stream("call", opening())
        for position in range(1, MOST_SEGMENTS + 3):
            await outbox.append_final(segment(position))
        for position in range(MOST_SEGMENTS + 3, MOST_SEGMENTS + 5):
            await outbox.append_final(segment(position, text="w" * 70_000))
        sizes = [len((await chunk_of(outbox, signalled=seq)).chunk.segments) for seq in (1, 2, 3, 4)]
        assert sizes == [MOST_SEGMENTS, 2, 1, 1]


async def test_unreadable_packets_are_counted_once(tmp_path: Path) -> None:
    """They are kept as they came, and the next chunk says how many there were, even without a segment."""
    async with Outbox(tmp_path / "o.sqlite", now=NOW) as outbox:
        await outbox.open_stream("call", opening())
        await outbox.keep_raw("call", b"\xff", "no JSON", NOW, stream="s1")
        await outbox.keep_raw("call", b"{}", "unknown kind", NOW, stream="s1", unreadable=False)
        await outbox.keep_raw("call", b"x", "an event", NOW)
        chunk = (await chunk_of(outbox, signalled=1)).chunk
        assert (chunk.seq, chunk.unreadable, chunk.segments) == (2, 1, ())
        assert chunk.unreadable_span is None, "nobody said since when"
        assert await outbox.next_of_stream("s1", NOW, signalled=2) is None
    with sqlite3.connect(tmp_path / "o.sqlite") as file:
        assert [row[0] for row in file.execute("SELECT body FROM raw ORDER BY number")] == [b"\xff", b"{}", b"x"]
    file.close()


async def test_when_unreadable_packets_were_said_goes_with_their_chunk(tmp_path: Path) -> None:
    """From before the first of them to the arrival of the last; the next chunk's begins anew."""

    def after(seconds: float) -> datetime:
        return NOW + timedelta(seconds=seconds)

    async with Outbox(tmp_path / "o.sqlite", now=NOW) as outbox:
        await outbox.open_stream("call", opening())
        await outbox.keep_raw("call", b"1", "no JSON", after(5), stream="s1", since=after(2))
        await outbox.keep_raw("call", b"2", "no JSON", after(9), stream="s1", since=after(7))
        first = (await chunk_of(outbox, signalled=1)).chunk
        assert first.unreadable_span == Interval(start=after(2), end=after(9))
        await outbox.keep_raw("call", b"3", "no JSON", after(20), stream="s1", since=after(12))
        second = (await chunk_of(outbox, signalled=2)).chunk
        assert (second.unreadable, second.unreadable_span) == (1, Interval(start=after(12), end=after(20)))


async def test_a_stream_that_was_not_read_ended_with_its_newest_final(tmp_path: Path) -> None:
    """Though its process lived on: what came later was never read, and has to be in a gap."""
    path = tmp_path / "o.sqlite"
    async with Outbox(path, now=NOW) as outbox:
        for stream in ("s1", "s2"):
            await begin(outbox, stream)
        await outbox.append_final(segment(1, seconds=2))
        await outbox.alive(NOW + timedelta(seconds=9), unread={"s1"})
    async with Outbox(path, now=NOW + timedelta(hours=1)) as outbox:
        await outbox.next_of_stream("s1", NOW, signalled=1)
        close = await outbox.next_of_stream("s1", NOW, signalled=2)
        other = await outbox.next_of_stream("s2", NOW, signalled=1)
        assert isinstance(close, WaitingClose)
        assert isinstance(other, WaitingClose)
        assert close.close.closed_at == NOW + timedelta(seconds=2)
        assert other.close.closed_at == NOW + timedelta(seconds=9)


async def test_resumes_where_it_stood(tmp_path: Path) -> None:
    """A new process sends the same chunk again, and closes streams when their process was last seen alive."""
    path = tmp_path / "o.sqlite"
    async with Outbox(path, now=NOW) as outbox:
        for stream in ("s1", "s2"):
            await begin(outbox, stream)
        await outbox.append_final(segment(1))
        sealed = await chunk_of(outbox, signalled=1)
        await outbox.alive(NOW + timedelta(seconds=5))
        await outbox.append_final(segment(2, seconds=7))
        await outbox.append_event("call", CallEvent(id="e", type="CallConnected", received_at=NOW))
    async with Outbox(path, now=NOW + timedelta(hours=1)) as outbox:
        assert await outbox.unfinished() == (["s1", "s2"], ["call"])
        assert (await chunk_of(outbox)).chunk == sealed.chunk
        assert [item.position for item in (await chunk_of(outbox, signalled=2)).chunk.segments] == [2]
        close = await outbox.next_of_stream("s1", NOW, signalled=3)
        assert isinstance(close, WaitingClose)
        assert close.close.reason == "ingest restarted"
        assert close.close.closed_at == NOW + timedelta(seconds=7)
        other = await outbox.next_of_stream("s2", NOW, signalled=1)
        assert isinstance(other, WaitingClose)
        assert other.close.closed_at == NOW + timedelta(seconds=5)


async def test_rewinds_to_what_the_workflow_has(tmp_path: Path) -> None:
    """Chunks are kept until the stream is confirmed, and can be sent again unchanged."""
    async with Outbox(tmp_path / "o.sqlite", now=NOW) as outbox:
        await outbox.open_stream("call", opening())
        await outbox.append_final(segment(1))
        second = await chunk_of(outbox, signalled=1)
        assert await outbox.next_of_stream("s1", NOW, signalled=2) is None
        await outbox.rewind("s1", 1)
        assert (await chunk_of(outbox)).chunk == second.chunk


async def test_what_is_set_aside_is_kept_and_not_sent(tmp_path: Path) -> None:
    """A stream or an event that the workflow will not take stays on disk."""
    async with Outbox(tmp_path / "o.sqlite", now=NOW) as outbox:
        await outbox.open_stream("call", opening())
        await outbox.append_final(segment(1))
        for name in "ab":
            await outbox.append_event("call", CallEvent(id=name, type="CallDisconnected", received_at=NOW))
        first = await outbox.next_event("call")
        assert first is not None
        assert first.event.id == "a"
        assert await outbox.waiting() == Waiting(streams=1, segments=1, events=2, oldest=NOW)
        await outbox.set_event_aside(first.number, "late", NOW)
        second = await outbox.next_event("call")
        assert second is not None
        assert second.event.id == "b"
        assert await outbox.next_event("call", signalled=second.number) is None
        await outbox.set_stream_aside("s1", "late", NOW)
        assert await outbox.next_of_stream("s1", NOW) is None
        assert await outbox.unfinished() == ([], [])
        assert await outbox.waiting() == Waiting(set_aside=2)
    with sqlite3.connect(tmp_path / "o.sqlite") as file:
        assert file.execute("SELECT count(*) FROM segments").fetchone() == (1,)
    file.close()


async def test_one_refused_piece_of_work_leaves_the_others(tmp_path: Path) -> None:
    """A position that is taken already is an error for whoever wrote it, for nobody else."""
    async with Outbox(tmp_path / "o.sqlite", now=NOW) as outbox:
        await outbox.open_stream("call", opening())
        await outbox.append_final(segment(1))
        with pytest.raises(OutboxError, match="UNIQUE"):
            await outbox.append_final(segment(1))
        await outbox.append_final(segment(2))
        assert (await outbox.waiting()).segments == 2


async def test_a_file_that_is_no_outbox_is_refused(tmp_path: Path) -> None:
    """A newer file and one in use are named."""
    newer, used = (tmp_path / name for name in ("newer", "used"))
    with sqlite3.connect(newer) as file:
        file.execute("PRAGMA user_version = 99")
    file.close()
    with pytest.raises(OutboxError, match="newer Callscribe"):
        await Outbox(newer, now=NOW).__aenter__()
    async with Outbox(used, now=NOW):
        with pytest.raises(OutboxError, match="in use by another ingest"):
            await Outbox(used, now=NOW).__aenter__()
    async with Outbox(used, now=NOW) as outbox:
        assert await outbox.waiting() == Waiting()
    with pytest.raises(OutboxError, match="closed"):
        await outbox.waiting()


APPENDER = """
import asyncio, sys
from pathlib import Path
from tests.ingest.test_outbox import NOW, opening, segment
from ingest.outbox import Outbox

async def stream(outbox, name):
    await outbox.open_stream("call", opening(name))
    position = 0
    while True:
        position += 1
        await outbox.append_final(segment(position, name))
        print(name, position, flush=True)

async def main():
    async with Outbox(Path(sys.argv[1]), now=NOW) as outbox:
        await asyncio.gather(*(stream(outbox, f"s{n}") for n in range(8)))

asyncio.run(main())
"""


async def test_sigkill_costs_nothing_that_was_answered(tmp_path: Path) -> None:
    """Killed in the middle of appending, every append that had returned is there, in order, without a hole."""
    path = tmp_path / "o.sqlite"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", APPENDER, str(path), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    lines = [(await process.stdout.readline()).decode() for _ in range(600)]
    process.kill()
    lines += (await process.stdout.read()).decode().splitlines(keepends=True)
    assert await process.wait() == -signal.SIGKILL
    answered: dict[str, int] = {}
    for line in lines:
        if line.endswith("\n") and line.count(" ") == 1:
            name, position = line.split()
            answered[name] = int(position)
    assert len(answered) == 8
    async with Outbox(path, now=NOW) as outbox:
        for name, last in answered.items():
            found: list[int] = []
            seq = 1
            while isinstance(waiting := await outbox.next_of_stream(name, NOW, signalled=seq), WaitingChunk):
                seq = waiting.chunk.seq
                found += [item.position for item in waiting.chunk.segments]
            assert found == list(range(1, len(found) + 1))
            assert len(found) >= last


async def test_raw_messages_have_an_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The oldest go, and it is said; what the workflow does not know of yet stays."""
    monkeypatch.setattr("ingest.outbox.MOST_RAW", 2)
    async with Outbox(tmp_path / "o.sqlite", now=NOW) as outbox:
        await outbox.open_stream("call", opening())
        await outbox.keep_raw("call", b"uncounted", "no JSON", NOW, stream="s1")
        for body in (b"1", b"2", b"3"):
            await outbox.keep_raw("call", body, "unknown kind", NOW)
        bodies = "SELECT body FROM raw ORDER BY number"
        kept = await outbox._writer.do(lambda db: [row[0] for row in db.execute(bodies)])
        assert kept == [b"uncounted", b"2", b"3"]
        assert "raw messages are deleted" in caplog.text
        await chunk_of(outbox)
        assert (await chunk_of(outbox, signalled=1)).chunk.unreadable == 1
        await outbox.keep_raw("call", b"4", "unknown kind", NOW)
        kept = await outbox._writer.do(lambda db: [row[0] for row in db.execute(bodies)])
        assert kept == [b"3", b"4"]
