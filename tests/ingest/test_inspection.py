"""A look into the outbox from outside, while it is open and being written."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from callscribe.contracts.chunks import CallEvent
from ingest.inspection import inspect, raw_messages, redeliver
from ingest.outbox import Outbox, OutboxError
from ingest.schema import VERSION
from tests.ingest.test_outbox import NOW, begin, chunk_of, opening, segment


async def test_sees_what_waits_while_ingest_runs(tmp_path: Path) -> None:
    """Sealed and unsealed segments, since when, and why not; what Temporal has taken does not wait."""
    path = tmp_path / "o.sqlite"
    async with Outbox(path, now=NOW) as outbox:
        await outbox.open_stream("call", opening())
        await outbox.append_final(segment(1, seconds=5))
        await chunk_of(outbox)
        await chunk_of(outbox, signalled=1)
        await outbox.append_final(segment(2, seconds=7))
        await outbox.note_trouble("unavailable: connection refused", NOW, stream="s1")
        await outbox.append_event("call", CallEvent(id="e", type="CallConnected", received_at=NOW))
        await outbox.note_trouble("timeout: ", NOW, event=1)
        (call,) = inspect(path).calls
        (stream,) = call.streams
        assert (stream.segments, stream.chunks, stream.closed_at) == (2, 1, None)
        assert stream.since == NOW + timedelta(seconds=5)
        assert stream.why_not == "unavailable: connection refused"
        assert (call.events, call.events_since, call.events_why_not) == (1, NOW, "timeout: ")
        await outbox.next_of_stream("s1", NOW, signalled=2)
        (call,) = inspect(path).calls
        assert call.streams[0].why_not is None, "it was taken: there is no trouble any more"
        await outbox.forget("s1")
        await outbox.next_event("call", signalled=1)
        assert inspect(path).calls == ()


async def test_redelivery_is_noticed(tmp_path: Path) -> None:
    """Only what is set aside, only of the call that is named; the number by which ingest notices changes."""
    path = tmp_path / "o.sqlite"
    async with Outbox(path, now=NOW) as outbox:
        for name in ("a", "b"):
            await begin(outbox, name, name)
            await outbox.set_stream_aside(name, "refused: x", NOW)
        before = await outbox.changed_by_others()
        assert await outbox.changed_by_others() == before, "its own writing is no news"
        assert redeliver(path, "a") == (1, 0)
        assert await outbox.changed_by_others() != before
        assert (await outbox.unfinished())[0] == ["a"]
        assert redeliver(path) == (1, 0)
        assert redeliver(path) == (0, 0)


async def test_an_older_outbox_is_brought_up_to_date_by_ingest_alone(tmp_path: Path) -> None:
    """Whoever only looks says what to do; ingest makes the new columns, and chunks learn their call."""
    path = tmp_path / "o.sqlite"
    async with Outbox(path, now=NOW) as outbox:
        await outbox.open_stream("call", opening())
    with sqlite3.connect(path) as db:
        for statement in (
            "ALTER TABLE raw DROP COLUMN said_since",
            "ALTER TABLE streams DROP COLUMN trouble",
            "ALTER TABLE streams DROP COLUMN trouble_at",
            "ALTER TABLE events DROP COLUMN trouble",
            "ALTER TABLE events DROP COLUMN trouble_at",
            "ALTER TABLE chunks DROP COLUMN call",
            "DROP TABLE salvages",
            "PRAGMA user_version = 1",
        ):
            db.execute(statement)
    db.close()
    for ask in (lambda: inspect(path), lambda: redeliver(path), lambda: list(raw_messages(path, "call"))):
        with pytest.raises(OutboxError, match="an older Callscribe"):
            ask()
    async with Outbox(path, now=NOW) as outbox:
        rows = await outbox._writer.do(lambda db: db.execute("SELECT call FROM chunks").fetchall())
        assert rows == [("call",)]
    assert inspect(path).calls[0].call == "call"
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (VERSION,)
    db.close()


def test_what_is_no_outbox_is_named(tmp_path: Path) -> None:
    """With what to do about it."""
    damaged = tmp_path / "damaged"
    damaged.write_bytes(b"not a database" * 100)
    with pytest.raises(OutboxError, match="ingest salvages it"):
        inspect(damaged)
    with pytest.raises(OutboxError, match="There is no outbox"):
        inspect(tmp_path / "nothing")
