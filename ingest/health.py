"""The doors for machines that watch machines: `/healthz` and `/metrics`. They need no key and name no call.

Both answer soon whatever the disk does: whoever asks with a short time limit would take a process for dead that holds
words in memory, and end it with them.
"""

import asyncio
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from callscribe.runtime.metrics import CONTENT_TYPE
from ingest.intake import Intake
from ingest.outbox import Waiting

PATIENCE: Final = 0.4
"""Seconds within which Temporal and the outbox have to say how they are."""
TOO_LONG: Final = 2.0
"""Seconds that a transaction may take before the outbox is said to fail: a slow disk takes a fraction of it, and SQLite
waits for a lock for longer before it says so itself."""


class Health:
    """Answers how ingest is."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._asking: asyncio.Task[Waiting] | None = None
        """The question to the outbox that is under way: of many that ask, one waits in its queue."""
        self._waiting = Waiting()
        """What the outbox last said."""
        self._refused: str | None = None
        """Why it last gave no answer."""

    async def healthz(self, _: Request) -> Response:
        """200 while packets and events can be made durable, Temporal or no Temporal; else 503. JSON:

        `status` (`ok`, `waiting for Temporal`, `outbox failing`, `stopping`), `why` (of a failing outbox), `temporal`
        (bool), `sockets`, `held` (sockets that are not read until the outbox takes what they brought),
        `waiting` {streams, segments, events}, `set_aside`, `oldest_waiting_seconds` (null if nothing waits); the last
        three as the outbox last said, where it does not answer at once, and absent where it fails.
        """
        intake = self._intake
        temporal, _known = await asyncio.gather(intake.link.answers(within=PATIENCE), self._look())
        if (why := self._trouble()) is not None:
            return self._failing(temporal, why)
        waiting = self._waiting
        status = "ok" if temporal else "waiting for Temporal"
        body = {
            "status": "stopping" if intake.stopping else status,
            "temporal": temporal,
            "sockets": int(intake.measures.sockets.value()),
            "held": int(intake.measures.held.value()),
            "waiting": {"streams": waiting.streams, "segments": waiting.segments, "events": waiting.events},
            "set_aside": waiting.set_aside,
            "oldest_waiting_seconds": _age(intake, waiting.oldest),
        }
        return JSONResponse(body, status_code=503 if intake.stopping else 200)

    def _failing(self, temporal: bool, why: str) -> Response:
        measures = self._intake.measures
        body = {
            "status": "outbox failing",
            "why": why,
            "temporal": temporal,
            "sockets": int(measures.sockets.value()),
            "held": int(measures.held.value()),
        }
        return JSONResponse(body, status_code=503)

    async def _look(self) -> None:
        """Ask the outbox what waits in it, unless it takes nothing anyway; do not wait for a slow one."""
        if self._disk_trouble() is not None:
            return
        if self._asking is None:
            self._asking = asyncio.create_task(self._intake.outbox.waiting(), name="ask the outbox")
            self._asking.add_done_callback(self._answered)
        await asyncio.wait({self._asking}, timeout=PATIENCE)

    def _answered(self, asking: asyncio.Task[Waiting]) -> None:
        self._asking = None
        if asking.cancelled():
            return
        error = asking.exception()
        self._refused = None if error is None else str(error)
        if error is None:
            self._waiting = asking.result()

    def _trouble(self) -> str | None:
        """Why the outbox takes nothing, as far as is known."""
        return self._disk_trouble() or self._refused

    def _disk_trouble(self) -> str | None:
        """The same, as far as is known without asking it."""
        outbox = self._intake.outbox
        if outbox.failing is not None:
            return outbox.failing
        under_way = outbox.under_way
        return f"{under_way:.0f} s waited for the disk, or for the file's lock" if under_way > TOO_LONG else None

    async def metrics(self, _: Request) -> Response:
        """All of `ingest.measures`, in Prometheus' text format; what the outbox holds as it last said."""
        intake, measures = self._intake, self._intake.measures
        await self._look()
        for what in ("streams", "segments", "events", "set_aside"):
            measures.waiting.set(getattr(self._waiting, what), what=what)
        measures.oldest.set(_age(intake, self._waiting.oldest) or 0)
        measures.failing.set(self._trouble() is not None)
        measures.connected.set(intake.link.client is not None)
        return PlainTextResponse(measures.registry.render(), media_type=CONTENT_TYPE)


def _age(intake: Intake, since: datetime | None) -> float | None:
    return None if since is None else round(max(0.0, (intake.now() - since).total_seconds()), 3)
