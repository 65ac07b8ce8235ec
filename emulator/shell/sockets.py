"""One call's transcription sockets: dials, sends, closes, and tells the call what became of each."""

import asyncio
import logging
import socket as system_socket
from collections.abc import Callable

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from emulator.calls.effects import CloseSocket, OpenSocket, SendPacket
from emulator.calls.machine import Call
from emulator.shell.signing import Signer

_log = logging.getLogger(__name__)
_CLOSE_TIMEOUT = 2.0


class Sockets:
    """Sockets by stream. Results go to `call`; `wake` is called when it may have new effects.

    Without a `signer` they are dialled without a token.
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
    ) -> None:
        self._call = call
        self._tasks = tasks
        self._timeout = timeout
        self._now = now
        self._wake = wake
        self._signer = signer
        self._dialling: dict[int, asyncio.Task[None]] = {}
        self._open: dict[int, ClientConnection] = {}

    def open(self, effect: OpenSocket) -> None:
        """Dial in the background."""
        self._dialling[effect.stream] = self._tasks.create_task(self._live(effect), name=f"socket {effect.stream}")

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

    def close(self, effect: CloseSocket) -> None:
        """Close in the background; a socket that is still dialled is given up."""
        connection = self._open.pop(effect.stream, None)
        if connection is not None:
            self._tasks.create_task(connection.close(effect.code), name=f"close {effect.stream}")
        elif effect.stream in self._dialling:
            self._dialling.pop(effect.stream).cancel()

    async def _live(self, effect: OpenSocket) -> None:
        """One socket's life."""
        connection = await self._dial(effect)
        if connection is None:
            return
        del self._dialling[effect.stream]
        self._open[effect.stream] = connection
        self._call.socket_opened(effect.stream, self._now())
        self._wake()
        try:
            # What the other side sends is of no interest, but unread messages would stop the connection.
            async for _ in connection:
                pass
        except ConnectionClosed:
            pass
        finally:
            await connection.close(1001)
        if self._open.pop(effect.stream, None) is not None:
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
