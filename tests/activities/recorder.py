"""A loopback server in the place of ACS that answers what a test tells it to, and keeps what it was sent."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cli.ports import free_port
from tests.support.eventually import eventually

CALL = {
    "callConnectionId": "cc-1",
    "serverCallId": "c2M=",
    "targets": [],
    "callConnectionState": "connecting",
    "callbackUri": "https://x/cb",
    "correlationId": "corr-1",
    "transcriptionSubscription": {
        "id": "s1",
        "state": "inactive",
        "subscribedResultTypes": ["final"],
        "locale": "en-US",
    },
}
"""A call as ACS describes it (protocol reference 4.3)."""


def call_with(state: str | None, locale: str = "en-US") -> dict[str, Any]:
    """`CALL` with its transcription in `state`; None: without a subscription."""
    subscription = None if state is None else {"id": "s1", "state": state, "locale": locale}
    return {**CALL, "callConnectionState": "connected", "transcriptionSubscription": subscription}


def refusal(code: str, message: str = "No.") -> dict[str, Any]:
    """An error body of ACS (protocol reference 4.6)."""
    return {"error": {"code": code, "message": message}}


@dataclass(frozen=True)
class Received:
    """One request."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: Any


@dataclass
class Recorder:
    """The server's memory, and its answers: one by one, or by rule."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    answers: list[Response] = field(default_factory=list)
    usual: Callable[[Received], Response] = lambda _: Response(status_code=500)

    def answer(self, status: int, body: Any = None, headers: dict[str, str] | None = None) -> None:
        """Queue one answer."""
        self.answers.append(_response(status, body, headers))

    @property
    def last(self) -> Received:
        """The newest request."""
        return self.received[-1]

    async def _serve(self, request: Request) -> Response:
        raw = await request.body()
        self.received.append(
            Received(
                request.method,
                request.url.path,
                request.url.query,
                dict(request.headers),
                json.loads(raw) if raw else None,
            )
        )
        return self.answers.pop(0) if self.answers else self.usual(self.received[-1])


def _response(status: int, body: Any, headers: dict[str, str] | None) -> Response:
    if body is None:
        return Response(status_code=status, headers=headers)
    if isinstance(body, str):
        return Response(body, status_code=status, headers=headers, media_type="text/html")
    return Response(json.dumps(body), status_code=status, headers=headers, media_type="application/json; charset=utf-8")


@asynccontextmanager
async def recording() -> AsyncIterator[Recorder]:
    """A recorder that listens while the block runs."""
    recorder = Recorder()
    methods = ["GET", "POST", "DELETE"]
    application = Starlette(routes=[Route("/{path:path}", recorder._serve, methods=methods)])
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(application, host="127.0.0.1", port=port, log_level="error", lifespan="off"))
    async with asyncio.TaskGroup() as group:
        group.create_task(server.serve())
        await eventually(lambda: server.started)
        recorder.url = f"http://127.0.0.1:{port}"
        yield recorder
        server.should_exit = True
