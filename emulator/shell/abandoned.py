"""Connections that were abandoned without a word: kept open, never read, until the emulator ends."""

import asyncio
from collections import deque

MOST_KEPT = 1000


class Abandoned:
    """Half-open connections; beyond `MOST_KEPT` the oldest are broken."""

    def __init__(self) -> None:
        self._transports: deque[asyncio.Transport] = deque()

    def __len__(self) -> int:
        return len(self._transports)

    def add(self, transport: asyncio.Transport) -> None:
        """Never look at this connection again: no ping of the other side is answered, no FIN is sent."""
        transport.pause_reading()
        self._transports.append(transport)
        if len(self._transports) > MOST_KEPT:
            self._transports.popleft().abort()

    def end(self) -> None:
        """Break them all."""
        while self._transports:
            self._transports.pop().abort()
