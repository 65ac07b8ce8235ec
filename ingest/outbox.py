"""The outbox: what ingest has taken and the workflow has not yet confirmed, on this machine's own disk.

    streams   one row a socket        open → closed → confirmed by the workflow and forgotten, or set aside
    segments  finals not yet sealed   moved into a chunk when its turn comes
    chunks    sealed, immutable       kept until the whole stream is confirmed, so that they can be sent again
    events    callbacks               forgotten when signalled, or set aside
    raw       what could not be read  kept as it came

Every method returns after the commit (`synchronous=FULL`), so a SIGKILL costs nothing that was answered.
All instants are aware; they are stored as ISO 8601 in UTC.
"""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from sqlite3 import Connection
from typing import Final, Self

from callscribe.contracts.chunks import CallEvent, CloseStream, StreamOpening, TranscriptChunk
from callscribe.transcript.model import Segment
from ingest.schema import prepare
from ingest.writer import GroupCommitWriter, OutboxError

MOST_SEGMENTS: Final = 50
"""Segments in one chunk."""
MOST_BYTES: Final = 64 * 1024
"""JSON of the segments in one chunk; a single segment may be longer."""

__all__ = ["Outbox", "OutboxError", "Waiting", "WaitingChunk", "WaitingClose", "WaitingEvent"]


@dataclass(frozen=True, slots=True)
class WaitingChunk:
    """A sealed chunk that is to be sent."""

    call: str
    chunk: TranscriptChunk


@dataclass(frozen=True, slots=True)
class WaitingClose:
    """A closed stream whose chunks have all been signalled: ask the workflow whether it has them."""

    call: str
    close: CloseStream


@dataclass(frozen=True, slots=True)
class WaitingEvent:
    """The oldest event of a call that is to be sent. `number` is the outbox's own."""

    number: int
    call: str
    event: CallEvent


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much waits, and since when."""

    streams: int = 0
    """Streams that the workflow has not confirmed, open ones included."""
    segments: int = 0
    """Finals that have not been signalled."""
    events: int = 0
    set_aside: int = 0
    """Streams and events that the workflow will not take: late or refused. Kept."""
    oldest: datetime | None = None
    """Since when the oldest unsignalled segment or event has waited."""


class Outbox:
    """Use as `async with Outbox(path, now=…) as outbox`. Raises `OutboxError` where the file cannot be used."""

    def __init__(self, path: Path, *, now: datetime) -> None:
        """Streams that were open when the last process ended are closed when it was last seen alive; `now` at the latest."""
        self._writer = GroupCommitWriter(path, lambda db: prepare(db, _text(now)))
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self._writer)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def open_stream(self, call: str, opening: StreamOpening) -> None:
        """A socket opened. Its first chunk, which announces it, is sealed at once."""

        def work(db: Connection) -> None:
            opened = _text(opening.opened_at)
            db.execute(
                "INSERT INTO streams (id, call, opening, last_seq, touched_at) VALUES (?, ?, ?, 1, ?)",
                (opening.id, call, opening.model_dump_json(), opened),
            )
            _put_chunk(db, TranscriptChunk(stream=opening, seq=1, sealed_at=opening.opened_at), since=opened)

        await self._writer.do(work)

    async def append_final(self, segment: Segment) -> None:
        """A final segment of an open stream."""

        def work(db: Connection) -> None:
            at = _text(segment.received_at)
            db.execute(
                "INSERT INTO segments (stream, position, body, received_at) VALUES (?, ?, ?, ?)",
                (segment.stream, segment.position, segment.model_dump_json(), at),
            )
            db.execute("UPDATE streams SET segments = segments + 1, touched_at = ? WHERE id = ?", (at, segment.stream))

        await self._writer.do(work)

    async def keep_raw(
        self, call: str, raw: bytes, reason: str, now: datetime, *, stream: str | None = None, unreadable: bool = True
    ) -> None:
        """A message that could not be used. `unreadable` packets of a stream are counted in its next chunk."""

        def work(db: Connection) -> None:
            db.execute(
                "INSERT INTO raw (call, stream, reason, body, received_at, uncounted) VALUES (?, ?, ?, ?, ?, ?)",
                (call, stream, reason, raw, _text(now), int(unreadable and stream is not None)),
            )

        await self._writer.do(work)

    async def close_stream(self, stream: str, *, closed_at: datetime, reason: str) -> None:
        """A socket closed; closing a stream again changes nothing."""

        def work(db: Connection) -> None:
            db.execute(
                "UPDATE streams SET closed_at = ?, close_reason = ? WHERE id = ? AND closed_at IS NULL",
                (_text(closed_at), reason, stream),
            )

        await self._writer.do(work)

    async def append_event(self, call: str, event: CallEvent) -> None:
        """A callback event; repeats are for the workflow to know."""

        def work(db: Connection) -> None:
            db.execute(
                "INSERT INTO events (call, body, received_at) VALUES (?, ?, ?)",
                (call, event.model_dump_json(), _text(event.received_at)),
            )

        await self._writer.do(work)

    async def next_of_stream(
        self, stream: str, now: datetime, *, signalled: int | None = None
    ) -> WaitingChunk | WaitingClose | None:
        """What the stream has to say next; `signalled` is the chunk that Temporal has just taken, if any.

        The oldest chunk that is sealed and not signalled; else a new one, sealed from what has collected; else, of a closed
        stream, its close. None while there is nothing, or once the stream was forgotten or set aside.
        """

        def work(db: Connection) -> WaitingChunk | WaitingClose | None:
            if signalled is not None:
                db.execute("UPDATE chunks SET signalled = 1 WHERE stream = ? AND seq = ?", (stream, signalled))
            return _next_of_stream(db, stream, now)

        return await self._writer.do(work)

    async def rewind(self, stream: str, mark: int) -> None:
        """The workflow has the chunks 1 to `mark` and no more: what follows is to be sent again."""

        def work(db: Connection) -> None:
            db.execute("UPDATE chunks SET signalled = 0 WHERE stream = ? AND seq > ?", (stream, mark))

        await self._writer.do(work)

    async def forget(self, stream: str) -> None:
        """The workflow has the whole stream. Its unreadable packets stay."""

        def work(db: Connection) -> None:
            db.execute("DELETE FROM streams WHERE id = ?", (stream,))

        await self._writer.do(work)

    async def set_stream_aside(self, stream: str, reason: str, now: datetime) -> None:
        """The workflow will not take the rest of this stream: keep all of it, and stop sending."""

        def work(db: Connection) -> None:
            db.execute("UPDATE streams SET set_aside = ?, set_aside_at = ? WHERE id = ?", (reason, _text(now), stream))

        await self._writer.do(work)

    async def next_event(self, call: str, *, signalled: int | None = None) -> WaitingEvent | None:
        """The oldest event of the call that waits; `signalled` is the one that Temporal has just taken, if any."""

        def work(db: Connection) -> WaitingEvent | None:
            if signalled is not None:
                db.execute("DELETE FROM events WHERE number = ?", (signalled,))
            row = db.execute(
                "SELECT number, body FROM events WHERE call = ? AND set_aside IS NULL ORDER BY number LIMIT 1", (call,)
            ).fetchone()
            return WaitingEvent(row[0], call, CallEvent.model_validate_json(row[1])) if row else None

        return await self._writer.do(work)

    async def set_event_aside(self, number: int, reason: str, now: datetime) -> None:
        """The workflow will not take this event: keep it, and stop sending."""

        def work(db: Connection) -> None:
            db.execute(
                "UPDATE events SET set_aside = ?, set_aside_at = ? WHERE number = ?", (reason, _text(now), number)
            )

        await self._writer.do(work)

    async def unfinished(self) -> tuple[list[str], list[str]]:
        """The streams and the calls (for their events) that have something to send, oldest first."""

        def work(db: Connection) -> tuple[list[str], list[str]]:
            streams = db.execute("SELECT id FROM streams WHERE set_aside IS NULL ORDER BY rowid").fetchall()
            calls = db.execute(
                "SELECT call FROM events WHERE set_aside IS NULL GROUP BY call ORDER BY min(number)"
            ).fetchall()
            return [row[0] for row in streams], [row[0] for row in calls]

        return await self._writer.do(work)

    async def waiting(self) -> Waiting:
        """How much waits, for health and metrics."""
        return await self._writer.do(_waiting)

    async def alive(self, now: datetime) -> None:
        """Note that this process listens; a later one takes it for the end of the streams that it finds open."""

        def work(db: Connection) -> None:
            db.execute("UPDATE streams SET touched_at = max(touched_at, ?) WHERE closed_at IS NULL", (_text(now),))

        await self._writer.do(work)


def _next_of_stream(db: Connection, stream: str, now: datetime) -> WaitingChunk | WaitingClose | None:
    row = db.execute(
        "SELECT call, opening, last_seq, segments, closed_at, close_reason FROM streams WHERE id = ? AND set_aside IS NULL",
        (stream,),
    ).fetchone()
    if row is None:
        return None
    call, opening_json, last_seq, segments, closed_at, close_reason = row
    sealed = db.execute(
        "SELECT body FROM chunks WHERE stream = ? AND signalled = 0 ORDER BY seq LIMIT 1", (stream,)
    ).fetchone()
    if sealed:
        return WaitingChunk(call, TranscriptChunk.model_validate_json(sealed[0]))
    opening = StreamOpening.model_validate_json(opening_json)
    if chunk := _seal(db, opening, last_seq + 1, now):
        return WaitingChunk(call, chunk)
    if closed_at is None:
        return None
    close = CloseStream(
        stream=opening,
        last_seq=last_seq,
        segments=segments,
        closed_at=datetime.fromisoformat(closed_at),
        reason=close_reason,
    )
    return WaitingClose(call, close)


def _seal(db: Connection, opening: StreamOpening, seq: int, now: datetime) -> TranscriptChunk | None:
    """The next chunk of a stream, from what has collected; None if nothing has."""
    rows = db.execute(
        "SELECT position, body, received_at FROM segments WHERE stream = ? ORDER BY position LIMIT ?",
        (opening.id, MOST_SEGMENTS),
    ).fetchall()
    (unreadable,) = db.execute("SELECT count(*) FROM raw WHERE stream = ? AND uncounted = 1", (opening.id,)).fetchone()
    if not rows and not unreadable:
        return None
    size = 0
    taken: list[tuple[int, str, str]] = []
    for row in rows:
        size += len(row[1].encode())
        if taken and size > MOST_BYTES:
            break
        taken.append(row)
    chunk = TranscriptChunk(
        stream=opening,
        seq=seq,
        segments=tuple(Segment.model_validate_json(row[1]) for row in taken),
        sealed_at=now,
        unreadable=unreadable,
    )
    _put_chunk(db, chunk, since=taken[0][2] if taken else _text(now))
    if taken:
        db.execute("DELETE FROM segments WHERE stream = ? AND position <= ?", (opening.id, taken[-1][0]))
    db.execute("UPDATE raw SET uncounted = 0 WHERE stream = ?", (opening.id,))
    db.execute("UPDATE streams SET last_seq = ? WHERE id = ?", (seq, opening.id))
    return chunk


def _put_chunk(db: Connection, chunk: TranscriptChunk, *, since: str) -> None:
    db.execute(
        "INSERT INTO chunks (stream, seq, body, segments, since) VALUES (?, ?, ?, ?, ?)",
        (chunk.stream.id, chunk.seq, chunk.model_dump_json(), len(chunk.segments), since),
    )


def _waiting(db: Connection) -> Waiting:
    streams, aside = db.execute("SELECT count(*), count(set_aside) FROM streams").fetchone()
    events, events_aside, oldest_event = db.execute(
        "SELECT count(*), count(set_aside), min(iif(set_aside IS NULL, received_at, NULL)) FROM events"
    ).fetchone()
    unsealed, oldest_segment = db.execute(
        "SELECT count(*), min(g.received_at) FROM segments g JOIN streams s ON s.id = g.stream WHERE s.set_aside IS NULL"
    ).fetchone()
    sealed, oldest_chunk = db.execute(
        "SELECT coalesce(sum(c.segments), 0), min(c.since) FROM chunks c JOIN streams s ON s.id = c.stream "
        "WHERE c.signalled = 0 AND s.set_aside IS NULL"
    ).fetchone()
    oldest = min((since for since in (oldest_event, oldest_segment, oldest_chunk) if since), default=None)
    return Waiting(
        streams=streams - aside,
        segments=unsealed + sealed,
        events=events - events_aside,
        set_aside=aside + events_aside,
        oldest=datetime.fromisoformat(oldest) if oldest else None,
    )


def _text(instant: datetime) -> str:
    """ISO 8601 in UTC with microseconds always, so that texts sort as instants do."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds")
