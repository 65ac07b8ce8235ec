"""Every final segment of every call, stored once, readable after its workflow is gone."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Self

from sqlalchemy import Table, func, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from callscribe.contracts.amendment import SealedCall
from callscribe.contracts.chunks import StreamOpening
from callscribe.contracts.steps import SaveOutcome, SaveSegments, SealOutcome, SealTranscript
from callscribe.runtime.store import rows
from callscribe.runtime.store.engine import is_shared_connection, make_engine
from callscribe.runtime.store.errors import StoreError, reported
from callscribe.runtime.store.records import StoredCall, StoredTranscript
from callscribe.runtime.store.schema import calls, segments, streams
from callscribe.runtime.store.upgrading import is_current, upgrade
from callscribe.runtime.store.writing import GroupWriter, OneByOneWriter, Writer

OPENING_PATIENCE = 10.0
"""Seconds that a locked SQLite file is tried again while the store is opened."""
KNOWN_STREAMS = 20_000
"""Streams remembered as stored already, so that not every chunk writes its stream's row again."""


class TranscriptStore:
    """The store of all transcripts. `async with await TranscriptStore.open(url) as store`, or `close()` it.

    Every method raises `StoreError`, and nothing else, when the database or the way to it fails. All writing is
    idempotent and safe beside other writers, in this process and in others.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._is_sqlite = engine.dialect.name == "sqlite"
        self._writer: Writer = GroupWriter(engine) if self._is_sqlite else OneByOneWriter(engine)
        self._known_streams: set[tuple[str, str]] = set()

    @classmethod
    async def open(cls, url: str) -> Self:
        """The store at a SQLAlchemy URL (`sqlite+aiosqlite:///…`, `postgresql+asyncpg://…`); its tables are made if need be,
        and those of an older version brought up to date, whoever else opens it at the same time.
        """
        store = cls(make_engine(url))
        try:
            await store._prepare_with_patience()
        except BaseException:
            await store.close()
            raise
        return store

    async def close(self) -> None:
        """Close every connection, once what is being written is written."""
        await self._writer.close()
        await self._engine.dispose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def save(self, request: SaveSegments) -> SaveOutcome:
        """Store segments and their streams; what is there already stays as it is. The same answer however often.

        Segments that are new to a sealed call amend it: its revision becomes one more than the sealed one.
        """
        openings = _openings(request)
        if not openings:
            return SaveOutcome(stored=0, duplicates=0)
        with reported("could not save segments"):
            outcome = await self._writer.write(lambda connection: self._save(connection, request, openings))
        if len(self._known_streams) > KNOWN_STREAMS:
            self._known_streams.clear()
        self._known_streams.update((request.key, opening.id) for opening in openings)
        return outcome

    async def _save(
        self, connection: AsyncConnection, request: SaveSegments, openings: Sequence[StreamOpening]
    ) -> SaveOutcome:
        started_at = min(opening.opened_at for opening in openings)
        sealed_revision = await self._claim(connection, request.key, {"started_at": started_at})
        fresh = [opening for opening in openings if (request.key, opening.id) not in self._known_streams]
        if fresh:
            await connection.execute(
                self._insert(streams).on_conflict_do_nothing(),
                [{"call": request.key, **opening.model_dump()} for opening in fresh],
            )
        new = await self._insert_segments(connection, request)
        if new and sealed_revision:
            amended = update(calls).where(calls.c.key == request.key).values(revision=sealed_revision + 1)
            await connection.execute(amended)
        whole = new == len(request.segments)
        stored = new if whole else await self._count_stored(connection, request)
        return SaveOutcome(stored=stored, duplicates=len(request.segments) - stored)

    async def seal(self, request: SealTranscript) -> SealOutcome:
        """Write the call's end, verdict and stream closings.

        The first seal is revision 1. The same seal again changes nothing; one after an amendment, or with another
        result, is the next revision.
        """
        with reported("could not seal a transcript"):
            return await self._writer.write(lambda connection: self._seal(connection, request))

    async def _seal(self, connection: AsyncConnection, request: SealTranscript) -> SealOutcome:
        await self._claim(connection, request.key, {"started_at": request.result.started_at})
        await self._close_streams(connection, request)
        row = (await connection.execute(select(calls).where(calls.c.key == request.key))).mappings().one()
        revision = _next_revision(
            row["sealed_revision"], row["revision"], rows.same_result(row["result"], request.result)
        )
        opened = (await connection.execute(_streams_of(request.key))).mappings().all()
        values = rows.sealed_to_row(request, [dict(stream) for stream in opened], revision)
        await connection.execute(update(calls).where(calls.c.key == request.key).values(values))
        count = (await connection.execute(select(func.count()).where(segments.c.call == request.key))).scalar_one()
        return SealOutcome(revision=revision, segments=count)

    async def sealed(self, key: str) -> SealedCall:
        """The call's newest sealed revision with the facts behind its verdict; an empty answer where none was sealed."""
        with reported("could not be read"):
            async with self._reading() as connection:
                row = (await connection.execute(select(calls).where(calls.c.key == key))).mappings().one_or_none()
        return SealedCall(key=key) if row is None else rows.row_to_sealed(row)

    async def transcript(self, key: str) -> StoredTranscript | None:
        """The call of that key with all its segments, sealed or still growing; None where there is none."""
        with reported("could not be read"):
            async with self._reading() as connection:
                call = (await connection.execute(select(calls).where(calls.c.key == key))).mappings().one_or_none()
                if call is None:
                    return None
                opened = (await connection.execute(_streams_of(key))).mappings().all()
                found = (
                    await connection.execute(
                        select(segments)
                        .join(streams, (streams.c.call == segments.c.call) & (streams.c.id == segments.c.stream))
                        .where(segments.c.call == key)
                        .order_by(streams.c.opened_at, segments.c.stream, segments.c.position)
                    )
                ).mappings()
                said = tuple(rows.row_to_segment(row) for row in found)
        return StoredTranscript(
            **rows.row_to_call(call, len(said)),
            result=call["result"],
            streams=tuple(rows.row_to_stream(row) for row in opened),
            segments=said,
        )

    async def calls(self, *, limit: int = 50, before: str | None = None) -> list[StoredCall]:
        """The newest calls first, at most `limit`; `before` is the key of the last call of the page before this one."""
        count = select(func.count()).where(segments.c.call == calls.c.key).correlate(calls).scalar_subquery()
        query = select(calls, count.label("segment_count")).order_by(calls.c.started_at.desc(), calls.c.key.desc())
        if before is not None:
            last = select(calls.c.started_at, calls.c.key).where(calls.c.key == before).subquery()
            query = query.join(last, tuple_(calls.c.started_at, calls.c.key) < tuple_(last.c.started_at, last.c.key))
        with reported("could not be read"):
            async with self._reading() as connection:
                found = (await connection.execute(query.limit(limit))).mappings()
                return [StoredCall(**rows.row_to_call(row, row["segment_count"])) for row in found]

    async def _insert_segments(self, connection: AsyncConnection, request: SaveSegments) -> int:
        if not request.segments:
            return 0
        # In one order everywhere: two writers of the same segments then wait for each other instead of deadlocking.
        ordered = sorted(request.segments, key=lambda segment: (segment.stream, segment.position))
        statement = self._insert(segments).on_conflict_do_nothing().returning(segments.c.position)
        new = await connection.execute(statement, [rows.segment_to_row(request.key, segment) for segment in ordered])
        return len(new.all())

    async def _count_stored(self, connection: AsyncConnection, request: SaveSegments) -> int:
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

    async def _close_streams(self, connection: AsyncConnection, request: SealTranscript) -> None:
        if not request.streams:
            return
        statement = self._insert(streams)
        closings = {name: statement.excluded[name] for name in ("closed_at", "close_reason")}
        await connection.execute(
            statement.on_conflict_do_update(index_elements=["call", "id"], set_=closings),
            [{"call": request.key, **stream.model_dump()} for stream in request.streams],
        )

    async def _claim(self, connection: AsyncConnection, key: str, fresh: dict[str, Any]) -> int:
        """Make the call's row if there is none, and hold it until the transaction ends; returns its sealed revision."""
        held = select(calls.c.sealed_revision).where(calls.c.key == key).with_for_update()
        found = (await connection.execute(held)).scalar_one_or_none()
        if found is None:
            await connection.execute(self._insert(calls).values(key=key, **fresh).on_conflict_do_nothing())
            found = (await connection.execute(held)).scalar_one()
        return int(found)

    def _insert(self, table: Table) -> Any:
        return sqlite.insert(table) if self._is_sqlite else postgresql.insert(table)

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[AsyncConnection]:
        """One snapshot for all of a method's queries."""
        if not self._is_sqlite:
            async with self._engine.connect() as connection:
                yield await connection.execution_options(isolation_level="REPEATABLE READ")
            return
        if is_shared_connection(self._engine):
            async with self._writer.turn, self._engine.connect() as connection:
                yield connection
            return
        async with self._engine.connect() as connection:
            await connection.exec_driver_sql("BEGIN")
            yield connection

    async def _prepare_with_patience(self) -> None:
        """Processes that open a new SQLite file together can find it locked at once, whatever the busy time-out says:
        of two that turn it to WAL at the same moment SQLite refuses one without waiting.
        """
        deadline = asyncio.get_running_loop().time() + OPENING_PATIENCE
        while True:
            try:
                with reported("could not be opened"):
                    return await self._prepare()
            except StoreError as error:
                if not self._is_sqlite or "locked" not in error.message:
                    raise
                if asyncio.get_running_loop().time() > deadline:
                    raise
                await asyncio.sleep(0.05)

    async def _prepare(self) -> None:
        async with self._engine.connect() as connection:
            current = await connection.run_sync(is_current)
        if not current:
            await self._writer.write(lambda connection: connection.run_sync(upgrade))


def _openings(request: SaveSegments) -> list[StreamOpening]:
    """The request's streams, and one for each segment whose stream it forgot to name: no segment is refused for that."""
    named = {opening.id: opening for opening in request.streams}
    for segment in sorted(request.segments, key=lambda segment: segment.received_at):
        named.setdefault(segment.stream, StreamOpening(id=segment.stream, opened_at=segment.received_at))
    return [named[id_] for id_ in sorted(named)]


def _streams_of(key: str) -> Any:
    return select(streams).where(streams.c.call == key).order_by(streams.c.opened_at, streams.c.id)


def _next_revision(sealed: int, current: int, unchanged: bool) -> int:
    """The revision that a seal writes: the first, the amended one, the same again, or one more for another result."""
    if sealed == 0:
        return 1
    return current if current > sealed or unchanged else current + 1
