"""Reading one call: all of it, what has come since, what came before, its newest words."""

from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

from sqlalchemy import RowMapping, Select, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from callscribe.runtime.store import rows
from callscribe.runtime.store.cursors import number_cursor, number_of
from callscribe.runtime.store.people import names_on
from callscribe.runtime.store.records import StoredTranscript
from callscribe.runtime.store.schema import calls, segments, streams
from callscribe.transcript.model import Segment, Stream

Told = Callable[[int, int], None]
"""Is told how much of how much is read."""
_TOGETHER: Final = 500
"""Segments read between two times that somebody is told."""
ARRIVAL = (segments.c.received_at, segments.c.stream, segments.c.position)
"""The order in which segments are paged."""


async def call_row(connection: AsyncConnection, key: str) -> RowMapping | None:
    """The call's row."""
    return (await connection.execute(select(calls).where(calls.c.key == key))).mappings().one_or_none()


async def transcript(connection: AsyncConnection, key: str, told: Told | None = None) -> StoredTranscript | None:
    """As `TranscriptStore.transcript`."""
    call = await call_row(connection, key)
    if call is None:
        return None
    opened = await connection.execute(
        select(streams).where(streams.c.call == key).order_by(streams.c.opened_at, streams.c.id)
    )
    found = await _all_segments(connection, key, told)
    return StoredTranscript(
        **rows.row_to_call(call, (await names_on(connection, {key: call["participants"]}))[key], len(found)),
        result=call["result"],
        streams=tuple(rows.row_to_stream(row) for row in opened.mappings()),
        segments=found,
    )


async def _all_segments(connection: AsyncConnection, key: str, told: Told | None) -> tuple[Segment, ...]:
    query = (
        select(*rows.SEGMENT_COLUMNS)
        .join(streams, (streams.c.call == segments.c.call) & (streams.c.id == segments.c.stream))
        .where(segments.c.call == key)
        .order_by(streams.c.opened_at, segments.c.stream, segments.c.position)
    )
    if told is None:
        return _segments((await connection.execute(query)).mappings().all())
    count = select(func.count()).where(segments.c.call == key)
    everything = (await connection.execute(count)).scalar_one()
    found: list[Segment] = []
    async for part in (await connection.stream(query)).mappings().partitions(_TOGETHER):
        found += _segments(part)
        told(len(found), everything)
    return tuple(found)


async def segments_since(
    connection: AsyncConnection, key: str, cursor: str | None, limit: int
) -> tuple[tuple[Segment, ...], str]:
    """As `TranscriptStore.segments_since`."""
    reached = 0 if cursor is None else number_of(cursor)
    query = (
        select(segments.c.number, *rows.SEGMENT_COLUMNS)
        .where(segments.c.call == key, segments.c.number > reached)
        .order_by(segments.c.number)
        .limit(limit)
    )
    found = (await connection.execute(query)).mappings().all()
    return _segments(found), number_cursor(found[-1]["number"] if found else reached)


async def streams_of(connection: AsyncConnection, key: str) -> tuple[tuple[Stream, int], ...]:
    """As `TranscriptStore.streams`."""
    said = (
        select(segments.c.stream, func.count().label("said")).where(segments.c.call == key).group_by(segments.c.stream)
    )
    counted = said.subquery()
    query = (
        select(streams, func.coalesce(counted.c.said, 0).label("said"))
        .outerjoin(counted, counted.c.stream == streams.c.id)
        .where(streams.c.call == key)
        .order_by(streams.c.opened_at, streams.c.id)
    )
    found = (await connection.execute(query)).mappings().all()
    return tuple((rows.row_to_stream(row), row["said"]) for row in found)


async def newest_cursors(connection: AsyncConnection, keys: Collection[str]) -> dict[str, str]:
    """As `TranscriptStore.newest_cursors`."""
    query = (
        select(segments.c.call, func.max(segments.c.number)).where(segments.c.call.in_(keys)).group_by(segments.c.call)
    )
    newest = dict.fromkeys(keys, number_cursor(0))
    newest |= {key: number_cursor(number) for key, number in await connection.execute(query)}
    return newest


async def newest_segments(connection: AsyncConnection, key: str, limit: int) -> tuple[Segment, ...]:
    """As `TranscriptStore.newest_segments`."""
    return await _backwards(connection, select(*rows.SEGMENT_COLUMNS).where(segments.c.call == key), limit)


async def segments_before(
    connection: AsyncConnection, key: str, place: tuple[str, int], limit: int
) -> tuple[Segment, ...]:
    """As `TranscriptStore.segments_before`."""
    stream, position = place
    at = select(segments.c.received_at).where(
        segments.c.call == key, segments.c.stream == stream, segments.c.position == rows.bounded(position)
    )
    received_at = (await connection.execute(at)).scalar_one_or_none()
    if received_at is None:
        return ()
    before = tuple_(*ARRIVAL) < tuple_(
        literal(received_at, segments.c.received_at.type), literal(stream, segments.c.stream.type), literal(position)
    )
    return await _backwards(connection, select(*rows.SEGMENT_COLUMNS).where(segments.c.call == key, before), limit)


async def _backwards(connection: AsyncConnection, query: Select[Any], limit: int) -> tuple[Segment, ...]:
    newest_first = query.order_by(*(column.desc() for column in ARRIVAL)).limit(limit)
    return _segments((await connection.execute(newest_first)).mappings().all())[::-1]


def _segments(found: Sequence[RowMapping]) -> tuple[Segment, ...]:
    return tuple(rows.row_to_segment(row) for row in found)
