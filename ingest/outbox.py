"""The outbox: what ingest has taken and the workflow has not yet confirmed, on this machine's own disk.

    streams   one row a socket        open → closed → confirmed by the workflow and forgotten, or set aside
    segments  finals not yet sealed   moved into a chunk when its turn comes
    chunks    sealed, immutable       kept until the whole stream is confirmed, so that they can be sent again
    events    callbacks               forgotten when signalled, or set aside
    raw       what could not be read  kept as it came, the newest `MOST_RAW` of them

Every method returns after the commit (`synchronous=FULL`), so a SIGKILL costs nothing that was answered.
All instants are aware; they are stored as ISO 8601 in UTC.
"""

import json
import logging
from collections.abc import Collection
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from sqlite3 import Connection
from typing import Final, Self

from callscribe.contracts.chunks import CallEvent, StreamOpening, TranscriptChunk
from callscribe.transcript.model import Segment
from ingest.chunking import WaitingChunk, WaitingClose, WaitingEvent, next_of_stream, put_chunk, text_of
from ingest.salvage import finish, salvage
from ingest.schema import IS_ACCEPTED, NOT_ACCEPTED, prepare, probe
from ingest.writer import GroupCommitWriter, OutboxError, OutboxLostError

__all__ = ["Outbox", "OutboxError", "OutboxLostError", "Waiting", "WaitingChunk", "WaitingClose", "WaitingEvent"]

MOST_RAW: Final = 10_000
"""Messages kept as they came, for people to look at; without an end to it, a peer that sends junk would fill the disk."""

_log = logging.getLogger(__name__)


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
        self._started_at: str | None = text_of(now)
        self._writer = GroupCommitWriter(path, self._prepare, salvage=_salvage, finish_salvage=finish)
        self._stack = AsyncExitStack()

    def _prepare(self, db: Connection) -> None:
        prepare(db, self._started_at)
        self._started_at = None  # a file that replaces a damaged one holds streams of this process, which are open

    @property
    def failing(self) -> str | None:
        """Why the outbox takes nothing at the moment, in SQLite's words; None while it does."""
        return self._writer.failing

    @property
    def under_way(self) -> float:
        """For how many seconds what is being written or read has waited; 0 if nothing is."""
        return self._writer.under_way

    @property
    def sound_since(self) -> datetime | None:
        """When the disk last took something after it had refused; None if it never has refused."""
        return self._writer.sound_since

    async def lost(self) -> OutboxLostError:
        """Wait until the outbox can be used no more, which may never be; returns why. Its process then has to end."""
        return await self._writer.lost()

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self._writer)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def open_stream(self, call: str, opening: StreamOpening) -> None:
        """A socket is about to open. Its first chunk, which announces it, is sealed at once; nobody can have spoken into it
        until it is accepted.
        """

        def work(db: Connection) -> None:
            opened = text_of(opening.opened_at)
            db.execute(
                "INSERT INTO streams (id, call, opening, last_seq, touched_at, close_reason) VALUES (?, ?, ?, 1, ?, ?)",
                (opening.id, call, opening.model_dump_json(), opened, NOT_ACCEPTED),
            )
            put_chunk(db, call, TranscriptChunk(stream=opening, seq=1, sealed_at=opening.opened_at), since=opened)

        await self._writer.do(work)

    async def accept_stream(self, opening: StreamOpening) -> None:
        """The socket is open, since the instant that `opening` says: what waited for the disk until then was no stream."""

        def work(db: Connection) -> None:
            opened = text_of(opening.opened_at)
            db.execute(
                "UPDATE streams SET opening = ?, touched_at = ?, close_reason = NULL WHERE id = ? AND closed_at IS NULL",
                (opening.model_dump_json(), opened, opening.id),
            )
            announced = TranscriptChunk(stream=opening, seq=1, sealed_at=opening.opened_at)
            db.execute(
                "UPDATE chunks SET body = ?, since = ? WHERE stream = ? AND seq = 1 AND signalled = 0",
                (announced.model_dump_json(), opened, opening.id),
            )

        await self._writer.do(work)

    async def append_final(self, segment: Segment) -> None:
        """A final segment of an open stream."""

        def work(db: Connection) -> None:
            at = text_of(segment.received_at)
            db.execute(
                "INSERT INTO segments (stream, position, body, received_at) VALUES (?, ?, ?, ?)",
                (segment.stream, segment.position, segment.model_dump_json(), at),
            )
            db.execute("UPDATE streams SET segments = segments + 1, touched_at = ? WHERE id = ?", (at, segment.stream))

        await self._writer.do(work)

    async def keep_raw(
        self,
        call: str,
        raw: bytes,
        reason: str,
        now: datetime,
        *,
        stream: str | None = None,
        unreadable: bool = True,
        since: datetime | None = None,
    ) -> None:
        """A message that could not be used. `unreadable` packets of a stream are counted in its next chunk; what they
        said was said after `since`, if that is known. Beyond `MOST_RAW` the oldest is deleted, once it is counted.
        """

        def work(db: Connection) -> int:
            uncounted = int(unreadable and stream is not None)
            kept = db.execute(
                "INSERT INTO raw (call, stream, reason, body, received_at, uncounted, said_since) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (call, stream, reason, raw, text_of(now), uncounted, text_of(since) if since else None),
            )
            too_old = (kept.lastrowid or 0) - MOST_RAW
            return db.execute("DELETE FROM raw WHERE number <= ? AND uncounted = 0", (too_old,)).rowcount

        if deleted := await self._writer.do(work):
            _log.warning("the oldest raw messages are deleted", extra={"deleted": deleted, "kept": MOST_RAW})

    async def close_stream(self, stream: str, *, closed_at: datetime, reason: str) -> None:
        """A socket closed; closing a stream again changes nothing."""

        def work(db: Connection) -> None:
            db.execute(
                "UPDATE streams SET closed_at = ?, close_reason = ? WHERE id = ? AND closed_at IS NULL",
                (text_of(closed_at), reason, stream),
            )

        await self._writer.do(work)

    async def append_event(self, call: str, event: CallEvent) -> None:
        """A callback event; repeats are for the workflow to know."""

        def work(db: Connection) -> None:
            db.execute(
                "INSERT INTO events (call, body, received_at) VALUES (?, ?, ?)",
                (call, event.model_dump_json(), text_of(event.received_at)),
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
                db.execute("UPDATE streams SET trouble = NULL WHERE id = ? AND trouble IS NOT NULL", (stream,))
            return next_of_stream(db, stream, now)

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
            db.execute(
                "UPDATE streams SET set_aside = ?, set_aside_at = ? WHERE id = ?", (reason, text_of(now), stream)
            )

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
                "UPDATE events SET set_aside = ?, set_aside_at = ? WHERE number = ?", (reason, text_of(now), number)
            )

        await self._writer.do(work)

    async def note_trouble(
        self, reason: str, now: datetime, *, stream: str | None = None, event: int | None = None
    ) -> None:
        """Why a stream, or an event, is not delivered yet: for whoever looks."""

        def work(db: Connection) -> None:
            at = text_of(now)
            db.execute("UPDATE streams SET trouble = ?, trouble_at = ? WHERE id = ?", (reason, at, stream))
            db.execute("UPDATE events SET trouble = ?, trouble_at = ? WHERE number = ?", (reason, at, event))

        await self._writer.do(work)

    async def changed_by_others(self) -> int:
        """A number that changes when another process has written into the file: something may have been redelivered."""

        def work(db: Connection) -> int:
            return int(db.execute("PRAGMA data_version").fetchone()[0])

        return await self._writer.do(work)

    async def probe(self) -> None:
        """Find out whether the disk takes anything again. Raises `OutboxError` if not."""
        await self._writer.do(probe)
        self._writer.recovered()

    async def unfinished(self) -> tuple[list[str], list[str]]:
        """The streams and the calls (for their events) that have something to send, oldest first."""

        def work(db: Connection) -> tuple[list[str], list[str]]:
            streams = db.execute(
                f"SELECT id FROM streams WHERE set_aside IS NULL AND {IS_ACCEPTED} ORDER BY rowid"  # noqa: S608 - our own words
            ).fetchall()
            calls = db.execute(
                "SELECT call FROM events WHERE set_aside IS NULL GROUP BY call ORDER BY min(number)"
            ).fetchall()
            return [row[0] for row in streams], [row[0] for row in calls]

        return await self._writer.do(work)

    async def waiting(self) -> Waiting:
        """How much waits, for health and metrics."""
        return await self._writer.do(_waiting)

    async def alive(self, now: datetime, *, unread: Collection[str] = ()) -> None:
        """Note that this process listens; a later one takes it for the end of the streams that it finds open. Of the
        streams `unread` it has read nothing since their newest final: they ended with that.
        """

        def work(db: Connection) -> None:
            db.execute(
                "UPDATE streams SET touched_at = max(touched_at, ?) WHERE closed_at IS NULL AND close_reason IS NULL "
                "AND id NOT IN (SELECT value FROM json_each(?))",
                (text_of(now), json.dumps(list(unread))),
            )

        await self._writer.do(work)


def _salvage(path: Path, why: str) -> None:
    salvage(path, why=why)


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
