"""When the other side of a socket was last there: a machine that vanishes says nothing, and is noticed half a minute late."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from websockets.asyncio.server import ServerConnection

PING_EVERY: Final = 5.0
"""Seconds: how exactly it is known when a silent peer was last there, and what TCP notices its absence by. An unanswered
ping closes nothing."""


class WatchedConnection(ServerConnection):
    """A socket that remembers its peer's last sign of life: a packet, a pong, anything at all."""

    def __init__(self, *args: Any, clock: Callable[[], datetime], **options: Any) -> None:
        super().__init__(*args, **options)
        self._clock = clock
        self._heard_at = clock()
        self._took_leave = False

    def data_received(self, data: bytes) -> None:
        """As asyncio calls it."""
        self._heard_at = self._clock()
        super().data_received(data)

    def eof_received(self) -> None:
        """As asyncio calls it."""
        self._took_leave = True
        super().eof_received()

    def was_there_until(self) -> datetime:
        """When a peer was last there that has gone without a close frame.

        That it has ended the connection is a sign of life itself, unless it owed answers to our pings: then it was
        somebody on the way who noticed.
        """
        now = self._clock()
        if self._took_leave and now - self._heard_at <= timedelta(seconds=2 * PING_EVERY):
            return now
        return self._heard_at
