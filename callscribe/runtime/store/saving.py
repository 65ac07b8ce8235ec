"""What one transaction writes: segments with their streams and speakers, or the end of a call."""

from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from callscribe.contracts.chunks import StreamOpening
from callscribe.contracts.steps import SaveOutcome, SaveSegments, SealOutcome, SealTranscript
from callscribe.runtime.store import rows
from callscribe.runtime.store.database import insert_into
from callscribe.runtime.store.people import note_heard
from callscribe.runtime.store.schema import calls, segments, streams

REMEMBERED = 20_000
"""Streams and speakers remembered as stored already, so that not every chunk writes their rows again."""


Write = Callable[[Callable[[AsyncConnection], Awaitable[SaveOutcome]]], Awaitable[SaveOutcome]]
"""Carries out work in a transaction of its own, and commits it."""


class Saver:
    """Saves and seals, in transactions that others begin and commit."""

    def __init__(self) -> None:
        self._stored: set[tuple[str, str, str]] = set()

    async def store(self, write: Write, request: SaveSegments) -> SaveOutcome:
        """As `TranscriptStore.save`, in a transaction of `write`."""
        try:
            outcome = await write(lambda connection: self._save(connection, request))
        except IntegrityError:
            # A database that was restored, or has failed over, may have lost rows that are remembered here.
            self._stored = {known for known in self._stored if known[1] != request.key}
            outcome = await write(lambda connection: self._save(connection, request))
        self._note_saved(request)
        return outcome

    async def _save(self, connection: AsyncConnection, request: SaveSegments) -> SaveOutcome:
        openings = _openings(request)
        started_at = min(opening.opened_at for opening in openings)
        sealed_revision = await self._claim(connection, request.key, {"started_at": started_at})
        if request.names and not sealed_revision:
            await connection.execute(
                update(calls).where(calls.c.key == request.key).values(rows.names_to_row(request.key, request.names))
            )
        fresh = [opening for opening in openings if ("stream", request.key, opening.id) not in self._stored]
        if fresh:
            values = [{name: getattr(opening, name) for name in _OPENING} | {"call": request.key} for opening in fresh]
            await connection.execute(insert_into(connection, streams).on_conflict_do_nothing(), values)
        new = await self._insert_segments(connection, request)
        if new and sealed_revision:
            amended = update(calls).where(calls.c.key == request.key).values(revision=sealed_revision + 1)
            await connection.execute(amended)
        heard = {
            segment.participant: segment.received_at
            for segment in sorted(request.segments, key=lambda segment: segment.received_at, reverse=True)
            if ("speaker", request.key, segment.participant) not in self._stored
        }
        if heard:
            await note_heard(connection, request.key, heard)
        whole = new == len(request.segments)
        stored = new if whole else await _count_stored(connection, request)
        return SaveOutcome(stored=stored, duplicates=len(request.segments) - stored)

    def _note_saved(self, request: SaveSegments) -> None:
        if len(self._stored) > REMEMBERED:
            self._stored.clear()
        self._stored.update(("stream", request.key, opening.id) for opening in _openings(request))
        self._stored.update(("speaker", request.key, segment.participant) for segment in request.segments)

    async def seal(self, connection: AsyncConnection, request: SealTranscript) -> SealOutcome:
        """As `TranscriptStore.seal`."""
        await self._claim(connection, request.key, {"started_at": request.result.started_at})
        await _close_streams(connection, request)
        row = (await connection.execute(select(calls).where(calls.c.key == request.key))).mappings().one()
        revision = _next_revision(
            row["sealed_revision"], row["revision"], rows.same_result(row["result"], request.result)
        )
        opened = (await connection.execute(select(streams).where(streams.c.call == request.key))).mappings().all()
        opened = sorted(opened, key=lambda stream: (stream["opened_at"], stream["id"]))
        count = (await connection.execute(select(func.count()).where(segments.c.call == request.key))).scalar_one()
        values = rows.sealed_to_row(request, [dict(stream) for stream in opened], revision)
        await connection.execute(update(calls).where(calls.c.key == request.key).values(values))
        return SealOutcome(revision=revision, segments=count)

    async def _insert_segments(self, connection: AsyncConnection, request: SaveSegments) -> int:
        if not request.segments:
            return 0
        is_sqlite = connection.dialect.name == "sqlite"
        # In one order everywhere: two writers of the same segments then wait for each other instead of deadlocking.
        ordered = sorted(request.segments, key=lambda segment: (segment.stream, segment.position))
        statement = insert_into(connection, segments).on_conflict_do_nothing().returning(segments.c.position)
        values = [rows.segment_to_row(request.key, segment, is_sqlite=is_sqlite) for segment in ordered]
        return len((await connection.execute(statement, values)).all())

    async def _claim(self, connection: AsyncConnection, key: str, fresh: dict[str, Any]) -> int:
        """Make the call's row if there is none, and hold it until the transaction ends; returns its sealed revision.

        Whoever numbers segments holds the row: so the numbers of a call rise in the order of its commits.
        """
        held = select(calls.c.sealed_revision).where(calls.c.key == key).with_for_update()
        found = (await connection.execute(held)).scalar_one_or_none()
        if found is None:
            row = {"key": key, "described": rows.description(key, {}), **fresh}
            await connection.execute(insert_into(connection, calls).values(row).on_conflict_do_nothing())
            found = (await connection.execute(held)).scalar_one()
        return int(found)


_OPENING = ("id", "opened_at", "call_connection_id", "correlation_id")


def is_empty(request: SaveSegments) -> bool:
    """Whether there is nothing in it to write."""
    return not request.streams and not request.segments


def _openings(request: SaveSegments) -> list[StreamOpening]:
    """The request's streams, and one for each segment whose stream it forgot to name: no segment is refused for that."""
    named = {opening.id: opening for opening in request.streams}
    for segment in sorted(request.segments, key=lambda segment: segment.received_at):
        named.setdefault(segment.stream, StreamOpening(id=segment.stream, opened_at=segment.received_at))
    return [named[id_] for id_ in sorted(named)]


async def _count_stored(connection: AsyncConnection, request: SaveSegments) -> int:
    """How many segments of the request are there under their own (stream, position), stored now or before."""
    wanted: dict[str, set[int]] = {}
    for segment in request.segments:
        wanted.setdefault(segment.stream, set()).add(segment.position)
    count = 0
    for stream, positions in wanted.items():
        found = await connection.execute(
            select(segments.c.position).where(
                segments.c.call == request.key,
                segments.c.stream == stream,
                segments.c.position.between(min(positions), max(positions)),
            )
        )
        count += sum(row.position in positions for row in found)
    return count


async def _close_streams(connection: AsyncConnection, request: SealTranscript) -> None:
    if not request.streams:
        return
    statement = insert_into(connection, streams)
    # What is not known now may have been known before.
    closings = {
        name: func.coalesce(statement.excluded[name], streams.c[name]) for name in ("closed_at", "close_reason")
    }
    await connection.execute(
        statement.on_conflict_do_update(index_elements=["call", "id"], set_=closings),
        [{"call": request.key, **stream.model_dump()} for stream in request.streams],
    )


def _next_revision(sealed: int, current: int, unchanged: bool) -> int:
    """The revision that a seal writes: the first, the amended one, the same again, or one more for another result."""
    if sealed == 0:
        return 1
    return current if current > sealed or unchanged else current + 1
