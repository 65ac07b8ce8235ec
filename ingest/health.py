"""The doors for machines that watch machines: `/healthz` and `/metrics`. They need no key and name no call."""

from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from callscribe.runtime.metrics import CONTENT_TYPE
from ingest.intake import Intake
from ingest.outbox import OutboxError


class Health:
    """Answers how ingest is."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    async def healthz(self, _: Request) -> Response:
        """200 while packets and events can be made durable, Temporal or no Temporal; else 503. JSON:

        `status` (`ok`, `waiting for Temporal`, `outbox failing`, `stopping`), `why` (of a failing outbox), `temporal`
        (bool), `sockets`, `held` (sockets that are not read until the outbox takes what they brought),
        `waiting` {streams, segments, events}, `set_aside`, `oldest_waiting_seconds` (null if nothing waits).
        """
        intake = self._intake
        temporal = await intake.link.answers()
        try:
            waiting = await intake.outbox.waiting()
        except OutboxError as error:
            return self._failing(temporal, str(error))
        if intake.outbox.failing is not None:
            return self._failing(temporal, intake.outbox.failing)
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

    async def metrics(self, _: Request) -> Response:
        """All of `ingest.measures`, in Prometheus' text format."""
        intake, measures = self._intake, self._intake.measures
        try:
            waiting = await intake.outbox.waiting()
        except OutboxError:
            measures.outbox_failures.add()
        else:
            for what in ("streams", "segments", "events", "set_aside"):
                measures.waiting.set(getattr(waiting, what), what=what)
            measures.oldest.set(_age(intake, waiting.oldest) or 0)
        measures.failing.set(intake.outbox.failing is not None)
        measures.connected.set(intake.link.client is not None)
        return PlainTextResponse(measures.registry.render(), media_type=CONTENT_TYPE)


def _age(intake: Intake, since: datetime | None) -> float | None:
    return None if since is None else round(max(0.0, (intake.now() - since).total_seconds()), 3)
