"""A tiny application for the emulator to talk to: takes callbacks and sockets, keeps everything."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from cli.ports import free_port
from emulator.shell.server import listen, serving


@dataclass
class Stream:
    """One socket: its upgrade headers, what came over it, and how it was closed."""

    connection: ServerConnection
    headers: dict[str, str]
    path: str
    packets: list[dict[str, Any]] = field(default_factory=list)
    close_code: int | None = None

    def finals(self) -> list[str]:
        """Texts of the final results."""
        data = [packet.get("transcriptionData", {}) for packet in self.packets]
        return [one["text"] for one in data if one.get("resultStatus") == "Final"]


class Receiver:
    """`status` is what callbacks are answered with; `handshake` whether Event Grid's is."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.authorizations: list[str] = []
        self.grid: list[tuple[str, dict[str, Any]]] = []
        self.streams: list[Stream] = []
        self.status = 200
        self.handshake = True
        self.http_port = free_port()
        self.socket_port = free_port()
        self._sockets: Server | None = None

    @property
    def callback_url(self) -> str:
        """Where callbacks go."""
        return f"http://127.0.0.1:{self.http_port}/events?k=1"

    @property
    def grid_url(self) -> str:
        """Where Event Grid's notifications go."""
        return f"http://127.0.0.1:{self.http_port}/incoming"

    @property
    def socket_url(self) -> str:
        """Where sockets go."""
        return f"ws://127.0.0.1:{self.socket_port}/transcription/a%20b?t=%2B1"

    @property
    def events(self) -> list[dict[str, Any]]:
        """All events, in the order of their arrival."""
        return [event for body in self.bodies for event in json.loads(body)]

    def names(self, call: str | None = None) -> list[str]:
        """Names of all events, or of one call's."""
        wanted = [event for event in self.events if call in {None, event["data"]["callConnectionId"]}]
        return [event["type"].removeprefix("Microsoft.Communication.") for event in wanted]

    def finals(self) -> list[str]:
        """Texts of all final results."""
        return [text for stream in self.streams for text in stream.finals()]

    def application(self) -> Starlette:
        """Its HTTP side."""
        return Starlette(
            routes=[
                Route("/events", self._on_events, methods=["POST"]),
                Route("/incoming", self._on_grid, methods=["POST"]),
            ]
        )

    async def open_sockets(self) -> None:
        """Listen for sockets, always on the same port."""
        self._sockets = await serve(self._on_socket, "127.0.0.1", self.socket_port)

    async def drop_sockets(self) -> None:
        """Stop listening and break every connection, as a killed process does."""
        if self._sockets is None:
            return
        for stream in self.streams:
            stream.connection.transport.abort()
        self._sockets.close()
        await self._sockets.wait_closed()
        self._sockets = None

    async def _on_socket(self, connection: ServerConnection) -> None:
        request = connection.request
        assert request is not None
        headers = {name.lower(): value for name, value in request.headers.raw_items()}
        stream = Stream(connection=connection, headers=headers, path=request.path)
        self.streams.append(stream)
        try:
            async for message in connection:
                assert isinstance(message, str), "packets are text frames"
                stream.packets.append(json.loads(message))
        except ConnectionClosed:
            pass
        stream.close_code = connection.close_code

    async def _on_events(self, request: Request) -> Response:
        body = await request.body()
        self.authorizations.append(request.headers.get("authorization", ""))
        if self.status == 200:
            self.bodies.append(body)
        return Response(status_code=self.status)

    async def _on_grid(self, request: Request) -> Response:
        kind = request.headers["aeg-event-type"]
        for event in await request.json():
            self.grid.append((kind, event))
            if kind == "SubscriptionValidation":
                code = event["data"]["validationCode"] if self.handshake else "something else"
                return JSONResponse({"validationResponse": code})
        return Response()


@contextlib.asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver that listens as long as the block."""
    receiver = Receiver()
    await receiver.open_sockets()
    async with serving(receiver.application(), listen("127.0.0.1", receiver.http_port)):
        try:
            yield receiver
        finally:
            await receiver.drop_sockets()
            await asyncio.sleep(0)
