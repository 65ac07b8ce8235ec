"""Ingest's HTTP server: Starlette on uvicorn, on a socket that is bound before anything starts."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ingest.callbacks import Callbacks
from ingest.health import Health
from ingest.incoming import Incoming
from ingest.intake import Intake
from ingest.viewing import Viewing
from ingest.web.site import Site

GRACE: Final = 3
"""Seconds that requests under way may take once the server is asked to stop."""

_log = logging.getLogger(__name__)


def application(intake: Intake, site: Site) -> Starlette:
    """All doors. A call's key may hold any character, a slash too: it comes escaped, and Starlette sees it unescaped."""
    callbacks, incoming, viewing, health = Callbacks(intake), Incoming(intake), Viewing(intake), Health(intake)

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - what it is registered for
        door = request.url.path.split("/")[1] or "-"
        known = door if door in {"events", "incoming", "calls", "healthz", "metrics"} else "other"
        intake.measures.refused.add(door=known, status=str(error.status_code))
        _log.warning("request refused: %s", error.detail, extra={"door": known, "status": error.status_code})
        return PlainTextResponse(f"{error.detail}\n", error.status_code, error.headers)

    async def events(request: Request) -> Response:
        response = await callbacks.post(request)
        site.watching.nudge(request.path_params["call"])
        return response

    return Starlette(
        routes=[
            *site.routes(),  # first: they tell an escaped slash in a key from one that parts two segments
            Route("/events/{call:path}/{key}", events, methods=["POST"]),
            Route("/incoming", incoming.post, methods=["POST"]),
            Route("/incoming", incoming.options, methods=["OPTIONS"]),
            Route("/calls/{call:path}/captions", viewing.captions, methods=["GET"]),
            Route("/healthz", health.healthz, methods=["GET"]),
            Route("/metrics", health.metrics, methods=["GET"]),
        ],
        exception_handlers={HTTPException: refused},
    )


class HttpServer(uvicorn.Server):
    """uvicorn inside a process that handles its signals itself."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave SIGINT and SIGTERM to the process."""
        yield


@asynccontextmanager
async def serving(
    intake: Intake, site: Site, listener: socket.socket, group: asyncio.TaskGroup
) -> AsyncIterator[HttpServer]:
    """Serve on a bound socket in a task of `group`; at the end, let live captions go and wait a little for requests under way."""
    config = uvicorn.Config(
        application(intake, site),
        lifespan="off",
        access_log=False,  # addresses hold keys
        log_config=None,
        log_level="warning",
        timeout_graceful_shutdown=GRACE,
        timeout_keep_alive=75,
        server_header=False,
        ws="none",
    )
    server = HttpServer(config)
    running = group.create_task(_serve(server, listener), name="http")
    try:
        yield server
    finally:
        intake.hub.stop()
        site.stop()
        server.should_exit = True
        await asyncio.shield(running)


async def _serve(server: HttpServer, listener: socket.socket) -> None:
    try:
        await server.serve(sockets=[listener])
    finally:
        # uvicorn leaves its sockets to the loop when it is cancelled; a loop that goes on must not keep what is closed.
        for each in getattr(server, "servers", ()):
            each.close()
