"""How fast the outbox takes segments: every one is on the disk (fsync) before its call returns."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from benchmarks.conversation import BEGAN, opening
from benchmarks.measure import Conditions, Figure, rate_of
from callscribe.transcript.model import Segment
from ingest.outbox import Outbox, WaitingChunk

Answer = TypeVar("Answer")
SOCKETS = 200
ALONE = 600
"""Segments that one socket brings, each waiting for the one before it."""
TOGETHER = 12_000
"""Segments that all sockets bring, each socket waiting for its own only: what waits shares a commit."""


async def bench(conditions: Conditions) -> list[Figure]:
    """One socket alone, many at once, and then the sealing of what the many have brought."""
    talk, alone, each = conditions.conversation, conditions.some(ALONE), conditions.some(TOGETHER) // SOCKETS or 1
    single = {"alone": talk.of_stream("alone", alone)}
    many = {f"s{n}": talk.of_stream(f"s{n}", each) for n in range(SOCKETS)}
    one_by_one = await _in_outbox(conditions.folder / "alone.sqlite", single, lambda outbox: _append(outbox, single))

    async def append_and_seal(outbox: Outbox) -> tuple[float, float, int]:
        return await _append(outbox, many), *await _seal(outbox, many)

    grouped, sealed, chunks = await _in_outbox(conditions.folder / "many.sqlite", many, append_and_seal)
    shared = f"{SOCKETS * each} segments of {SOCKETS} sockets"
    return [
        Figure(
            bench="outbox",
            what="segments, a commit each",
            value=one_by_one,
            unit="per second",
            basis=f"{alone} of one socket",
        ),
        Figure(bench="outbox", what="segments, commits shared", value=grouped, unit="per second", basis=shared),
        Figure(bench="outbox", what="gain of sharing commits", value=grouped / one_by_one, unit="ratio"),
        Figure(
            bench="outbox",
            what="segments sealed into chunks",
            value=sealed,
            unit="per second",
            basis=f"{chunks} chunks",
        ),
    ]


async def _in_outbox(
    path: Path, streams: dict[str, list[Segment]], work: Callable[[Outbox], Awaitable[Answer]]
) -> Answer:
    async with Outbox(path, now=BEGAN) as outbox:
        for stream in streams:
            await outbox.open_stream("bench", opening(stream))
        return await work(outbox)


async def _append(outbox: Outbox, streams: dict[str, list[Segment]]) -> float:
    async def one(segments: list[Segment]) -> None:
        for segment in segments:
            await outbox.append_final(segment)

    async def all_at_once() -> None:
        async with asyncio.TaskGroup() as group:
            for segments in streams.values():
                group.create_task(one(segments))

    return await rate_of(sum(map(len, streams.values())), all_at_once)


async def _seal(outbox: Outbox, streams: dict[str, list[Segment]]) -> tuple[float, int]:
    chunks = 0

    async def one(stream: str) -> None:
        nonlocal chunks
        signalled = None
        while isinstance(
            waiting := await outbox.next_of_stream(stream, BEGAN + timedelta(hours=1), signalled=signalled),
            WaitingChunk,
        ):
            signalled = waiting.chunk.seq
            chunks += bool(waiting.chunk.segments)

    async def all_at_once() -> None:
        async with asyncio.TaskGroup() as group:
            for stream in streams:
                group.create_task(one(stream))

    return await rate_of(sum(map(len, streams.values())), all_at_once), chunks
