"""What a stream has to say next: chunks, sealed when their turn comes, and its close. Works inside a transaction."""

from dataclasses import dataclass
from datetime import UTC, datetime
from sqlite3 import Connection
from typing import Final

from callscribe.contracts.chunks import CallEvent, CloseStream, StreamOpening, TranscriptChunk
from callscribe.transcript.facts import Interval
from callscribe.transcript.model import Segment
from ingest.schema import IS_ACCEPTED

MOST_SEGMENTS: Final = 50
"""Segments in one chunk."""
MOST_BYTES: Final = 64 * 1024
"""JSON of the segments in one chunk; a single segment may be longer."""
MOST_BESIDE: Final = 20
"""Other streams of its call that the close of one names."""


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


def next_of_stream(db: Connection, stream: str, now: datetime) -> WaitingChunk | WaitingClose | None:
    """The oldest chunk that is sealed and not signalled; else a new one; else, of a closed stream, its close; else None."""
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
    if chunk := _seal(db, call, opening, last_seq + 1, now):
        return WaitingChunk(call, chunk)
    if closed_at is None:
        return None
    close = CloseStream(
        stream=opening,
        last_seq=last_seq,
        segments=segments,
        closed_at=datetime.fromisoformat(closed_at),
        reason=close_reason,
        beside=_beside(db, call, stream),
    )
    return WaitingClose(call, close)


def _beside(db: Connection, call: str, stream: str) -> tuple[StreamOpening, ...]:
    rows = db.execute(
        "SELECT opening FROM streams WHERE call = ? AND id != ? AND set_aside IS NULL "  # noqa: S608 - our own words
        f"AND {IS_ACCEPTED} ORDER BY rowid LIMIT ?",
        (call, stream, MOST_BESIDE),
    )
    return tuple(StreamOpening.model_validate_json(opening) for (opening,) in rows)


def _seal(db: Connection, call: str, opening: StreamOpening, seq: int, now: datetime) -> TranscriptChunk | None:
    """The next chunk of a stream, from what has collected; None if nothing has."""
    rows = db.execute(
        "SELECT position, body, received_at FROM segments WHERE stream = ? ORDER BY position LIMIT ?",
        (opening.id, MOST_SEGMENTS),
    ).fetchall()
    unreadable, dated, since, until = db.execute(
        "SELECT count(*), count(said_since), min(said_since), max(received_at) FROM raw WHERE stream = ? AND uncounted = 1",
        (opening.id,),
    ).fetchone()
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
        unreadable_span=_span(since, until) if unreadable and dated == unreadable else None,
    )
    put_chunk(db, call, chunk, since=taken[0][2] if taken else text_of(now))
    if taken:
        db.execute("DELETE FROM segments WHERE stream = ? AND position <= ?", (opening.id, taken[-1][0]))
    db.execute("UPDATE raw SET uncounted = 0 WHERE stream = ?", (opening.id,))
    db.execute("UPDATE streams SET last_seq = ? WHERE id = ?", (seq, opening.id))
    return chunk


def _span(since: str, until: str) -> Interval:
    return Interval(start=datetime.fromisoformat(since), end=datetime.fromisoformat(until))


def put_chunk(db: Connection, call: str, chunk: TranscriptChunk, *, since: str) -> None:
    """Keep a sealed chunk; `since` is when the oldest of it came."""
    db.execute(
        "INSERT INTO chunks (call, stream, seq, body, segments, since) VALUES (?, ?, ?, ?, ?, ?)",
        (call, chunk.stream.id, chunk.seq, chunk.model_dump_json(), len(chunk.segments), since),
    )


def text_of(instant: datetime) -> str:
    """ISO 8601 in UTC with microseconds always, so that texts sort as instants do."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds")
