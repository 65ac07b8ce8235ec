"""Knows which of the packets that were sent the receiver's TCP has acknowledged: it asks the kernel."""

import asyncio
import fcntl
import struct
import termios
from collections.abc import Callable

from emulator.calls.effects import SendPacket

ASK_EVERY = 0.05
_TIMES_ASKED = 200
"""In a row without an answer, before it is only asked once more at the next packet or at the end."""


class Acceptance:
    """The packets of one connection. `accepted` is told of each that has been acknowledged, once, in order."""

    def __init__(self, transport: asyncio.Transport, accepted: Callable[[SendPacket], None]) -> None:
        self._transport = transport
        self._accepted = accepted
        self._waiting: list[SendPacket] = []
        self._timer: asyncio.TimerHandle | None = None
        self._asked = 0

    def sent(self, packet: SendPacket) -> None:
        """A packet has been handed to the kernel, or waits for it."""
        self._waiting.append(packet)
        self._asked = 0
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(ASK_EVERY, self._ask_again)

    def ask(self) -> None:
        """Look now; while anything is on its way nothing newer is known of any packet."""
        if self._waiting and self._nothing_on_its_way():
            waiting, self._waiting = self._waiting, []
            for packet in waiting:
                self._accepted(packet)

    def end(self) -> None:
        """The connection is about to end: look for the last time."""
        self.ask()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _ask_again(self) -> None:
        self._timer = None
        self.ask()
        self._asked += 1
        if self._waiting and self._asked < _TIMES_ASKED:
            self._timer = asyncio.get_running_loop().call_later(ASK_EVERY, self._ask_again)

    def _nothing_on_its_way(self) -> bool:
        """Whether neither we nor the kernel hold a byte that is not acknowledged (Linux: SIOCOUTQ)."""
        connection = self._transport.get_extra_info("socket")
        if connection is None or self._transport.is_closing() or self._transport.get_write_buffer_size():
            return False
        try:
            answer = fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, struct.pack("i", 0))
        except (OSError, ValueError):
            return False
        return bool(struct.unpack("i", answer)[0] == 0)
