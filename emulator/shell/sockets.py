"""One call's transcription sockets: dials, sends, closes, and tells the call what became of each."""

import asyncio
import logging
import socket as system_socket
from collections.abc import Callable

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from emulator.calls.effects import CloseSocket, DropSocket, OpenSocket, SendPacket
from emulator.calls.machine import Call
from emulator.shell.abandoned import Abandoned
from emulator.shell.acceptance import Acceptance
from emulator.shell.signing import Signer

_log = logging.getLogger(__name__)
_CLOSE_TIMEOUT = 2.0


class Sockets:
    """Sockets by stream. Results go to `call`; `wake` is called when it may have new effects.

    Without a `signer` they are dialled without a token. `abandoned` takes those that are to stay half open.
    """

    def __init__(
        self,
        call: Call,
        tasks: asyncio.TaskGroup,
        *,
        timeout: float,
        now: Callable[[], float],
        wake: Callable[[], None],
        signer: Signer | None = None,
        abandoned: Abandoned | None = None,
    ) -> None:
        self._call = call
        self._tasks = tasks
        self._timeout = timeout
        self._now = now
        self._wake = wake
        self._signer = signer
        self._dialling: dict[int, asyncio.Task[None]] = {}
        self._living: dict[int, asyncio.Task[None]] = {}
        self._open: dict[int, ClientConnection] = {}
        self._acceptance: dict[int, Acceptance] = {}
        self._abandoned = Abandoned() if abandoned is None else abandoned

    def open(self, effect: OpenSocket) -> None:
        """Dial in the background."""
        task = self._tasks.create_task(self._live(effect), name=f"socket {effect.stream}")
        self._dialling[effect.stream] = self._living[effect.stream] = task

    async def send(self, effect: SendPacket) -> None:
        """Send, waiting for a slow receiver as long as the time limit allows."""
        connection = self._open.get(effect.stream)
        if connection is None:
            self._call.packet_lost(effect)
            return
        try:
            async with asyncio.timeout(self._timeout):
                await connection.send(effect.text)
        except ConnectionClosed:
            self._call.packet_lost(effect)
        except TimeoutError:
            self._call.packet_lost(effect)
            connection.transport.abort()
        else:
            self._call.packet_sent(effect)
            if effect.final is not None:
                self._acceptance[effect.stream].sent(effect)

    def close(self, effect: CloseSocket) -> None:
        """Close in the background; a socket that is still dialled is given up."""
        connection = self._take(effect.stream)
        if connection is not None:
            self._tasks.create_task(connection.close(effect.code), name=f"close {effect.stream}")
        elif effect.stream in self._dialling:
            self._dialling.pop(effect.stream).cancel()

    def drop(self, effect: DropSocket) -> None:
        """Break the connection, or leave it as it is for ever."""
        connection = self._take(effect.stream)
        if connection is None:
            return
        if effect.how == "abort":
            connection.transport.abort()
        else:
            self._abandoned.add(connection.transport)
            self._living.pop(effect.stream).cancel()

    def _take(self, stream: int) -> ClientConnection | None:
        connection = self._open.pop(stream, None)
        if connection is not None:
            self._acceptance.pop(stream).end()
        return connection

    async def _live(self, effect: OpenSocket) -> None:
        """One socket's life."""
        connection = await self._dial(effect)
        if connection is None:
            return
        del self._dialling[effect.stream]
        self._open[effect.stream] = connection
        self._acceptance[effect.stream] = Acceptance(connection.transport, self._call.packet_accepted)
        self._call.socket_opened(effect.stream, self._now())
        self._wake()
        try:
            # What the other side sends is of no interest, but unread messages would stop the connection.
            async for _ in connection:
                pass
        except ConnectionClosed:
            pass
        except asyncio.CancelledError:
            if effect.stream in self._living:
                await connection.close(1001)
            raise
        self._living.pop(effect.stream)
        if self._take(effect.stream) is not None:
            _log.info(
                "the socket was dropped by the other side",
                extra={"call": self._call.identity.call_connection_id, "stream": effect.stream},
            )
            self._call.socket_dropped(effect.stream, self._now())
            self._wake()

    async def _dial(self, effect: OpenSocket) -> ClientConnection | None:
        token = {} if self._signer is None else await self._signer.headers()
        try:
            return await connect(
                effect.url,
                additional_headers=[*effect.headers, *token.items()],
                user_agent_header=None,
                compression=None,
                ping_interval=None,
                proxy=None,
                open_timeout=self._timeout,
                close_timeout=_CLOSE_TIMEOUT,
            )
        except (WebSocketException, system_socket.gaierror, ValueError) as error:
            self._failed(effect, error, invalid_url=True)
        except (OSError, EOFError) as error:
            self._failed(effect, error, invalid_url=False)
        return None

    def _failed(self, effect: OpenSocket, error: Exception, *, invalid_url: bool) -> None:
        _log.warning(
            "the socket could not be opened: %s",
            type(error).__name__,
            extra={"call": self._call.identity.call_connection_id, "stream": effect.stream},
        )
        self._dialling.pop(effect.stream, None)
        self._call.socket_failed(effect.stream, self._now(), invalid_url=invalid_url)
        self._wake()
