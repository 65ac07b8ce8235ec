"""When the other side of a socket was last there: a machine that vanishes says nothing, and is noticed half a minute late."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Final

from websockets.asyncio.server import ServerConnection
from websockets.typing import DataLike

PING_EVERY: Final = 5.0
"""Seconds: how exactly it is known when a silent peer was last there, and what TCP notices its absence by. An unanswered
ping alone closes nothing."""


class WatchedConnection(ServerConnection):
    """A socket that remembers its peer's last sign of life: a packet, a pong, anything at all; and what it owes since.

    Silence is counted in pings that were sent and not in time: a process that is stopped for a while, as one that reads
    nothing because its disk takes nothing, hears nobody, and no peer is to blame for it.
    """

    def __init__(self, *args: Any, clock: Callable[[], datetime], **options: Any) -> None:
        super().__init__(*args, **options)
        self._clock = clock
        self.heard_at = clock()
        """When the peer was last heard of."""
        self.unanswered = 0
        """Pings since then, each sent while this side was able to hear an answer."""
        self.is_call_over = False
        self.is_given_up = False
        """Whether it was ended by this side because its peer gave no sign of life."""
        self._excused = 0
        """Unanswered pings that say nothing about a peer whose call is over: it may never have answered one."""
        self._took_leave = False

    @property
    def unanswered_since_the_end(self) -> int:
        """Pings that were left unanswered after the call's end; of a peer that used to answer, those before it as well."""
        return self.unanswered - self._excused

    async def ping(self, data: DataLike | None = None) -> Awaitable[float]:
        """As the keepalive calls it."""
        pong = await super().ping(data)
        if self.transport.is_reading():
            self.unanswered += 1
        return pong

    def call_ended(self) -> None:
        """There is little left to say."""
        if not self.is_call_over:
            self.is_call_over = True
            self._excused = 0 if self.latency > 0 else self.unanswered

    def give_up(self) -> bool:
        """The peer is taken for gone, unless it still answers a close frame; false if it was given up before."""
        first, self.is_given_up = not self.is_given_up, True
        return first

    def data_received(self, data: bytes) -> None:
        """As asyncio calls it."""
        self.heard_at = self._clock()
        self.unanswered = self._excused = 0
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
        if self._took_leave and now - self.heard_at <= timedelta(seconds=2 * PING_EVERY):
            return now
        return self.heard_at
