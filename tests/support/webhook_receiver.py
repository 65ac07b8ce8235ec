"""A receiver of webhooks on loopback: keeps what it is sent, verified by the scheme's own package, and answers as told."""

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from standardwebhooks import Webhook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cli.ports import free_port
from tests.support.eventually import eventually

SECRET = f"whsec_{base64.b64encode(b'a secret of the tests, of 32 bytes').decode()}"


@dataclass(frozen=True)
class Message:
    """One request, found to be signed rightly."""

    id: str
    timestamp: int
    headers: dict[str, str]
    raw: bytes
    content: dict[str, Any]

    @property
    def data(self) -> dict[str, Any]:
        """What it is about."""
        data: dict[str, Any] = self.content["data"]
        return data


@dataclass
class Receiver:
    """The receiver's memory and its answers: one by one, then the usual one."""

    url: str = ""
    secret: str = SECRET
    received: list[Message] = field(default_factory=list)
    answers: list[Response] = field(default_factory=list)
    usual: int = 204
    on_message: Callable[[Message], Awaitable[None]] | None = None
    """Awaited before the answer is sent."""

    def answer(self, status: int, body: str = "", headers: dict[str, str] | None = None) -> None:
        """Queue one answer."""
        self.answers.append(Response(body, status_code=status, headers=headers))

    def hook(self, name: str = "crm", **more: Any) -> dict[str, Any]:
        """How a worker is told of it."""
        return {"name": name, "url": self.url, "secret": self.secret, **more}

    def of(self, event: str) -> list[Message]:
        """What came of one type."""
        return [message for message in self.received if message.content["type"] == event]

    def unique(self, event: str) -> list[Message]:
        """The same without repeats, as a receiver that keeps ids has it."""
        return list({message.id: message for message in self.of(event)}.values())

    async def _serve(self, request: Request) -> Response:
        raw = await request.body()
        headers = dict(request.headers)
        content = Webhook(self.secret).verify(raw, headers)
        message = Message(headers["webhook-id"], int(headers["webhook-timestamp"]), headers, raw, content)
        self.received.append(message)
        if self.on_message is not None:
            await self.on_message(message)
        return self.answers.pop(0) if self.answers else Response(status_code=self.usual)


@asynccontextmanager
async def receiving(port: int | None = None) -> AsyncIterator[Receiver]:
    """A receiver that listens while the block runs."""
    receiver = Receiver()
    application = Starlette(routes=[Route("/{path:path}", receiver._serve, methods=["POST"])])
    port = port or free_port()
    config = uvicorn.Config(
        application, host="127.0.0.1", port=port, log_level="critical", lifespan="off", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    async with asyncio.TaskGroup() as group:
        group.create_task(server.serve())
        await eventually(lambda: server.started)
        receiver.url = f"http://127.0.0.1:{port}/hook?token=hidden"
        try:
            yield receiver
        finally:
            server.should_exit = True
