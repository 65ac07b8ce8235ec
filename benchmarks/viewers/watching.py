"""Viewers without a browser: those who read what a page would read, and those who stand still."""

import asyncio
import re
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Final, Self

from benchmarks.viewers.serving import Served
from benchmarks.viewers.speaking import SpokenCall, is_final

_SEEN: Final = re.compile(rb'event: (?:segment|intermediate)\ndata: [^\n]*?"text":"m(\d+) ')
_PIECE: Final = 65_536
_SMALL: Final = 4_096
"""Bytes that the connection of a viewer who stands still takes, and that this process then reads of it at a time."""


@dataclass(slots=True)
class Viewer:
    """Somebody who watches a call."""

    call: SpokenCall
    seen: dict[int, float] = field(default_factory=dict)
    """Number of each packet that came to them → when it did, in seconds of the wall clock."""

    def lacks(self) -> set[int]:
        """The finals that were sent and have not come."""
        return {number for number in self.call.sent if is_final(number)} - self.seen.keys()

    async def read(self, reader: asyncio.StreamReader) -> None:
        """Note when each packet is seen first, until the connection ends."""
        rest = b""
        while piece := await reader.read(_PIECE):
            now = time.time()
            rest += piece
            end = 0
            for found in _SEEN.finditer(rest):
                end = found.end()
                self.seen.setdefault(int(found[1]), now)
            rest = rest[max(end, len(rest) - _SMALL) :]


@asynccontextmanager
async def reading(served: Served, viewer: Viewer) -> AsyncIterator[None]:
    """Let the viewer in and have them read, from the moment that everything before has been loaded."""
    reader, writer = await asyncio.open_connection(*served.address)
    try:
        writer.write(served.live_request(viewer.call.key))
        await reader.readuntil(b"event: caught_up")
        task = asyncio.create_task(viewer.read(reader))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    finally:
        writer.close()


class StillViewer:
    """Asks for the events of a call as a page does, and reads none of them, as a laptop whose lid is shut."""

    def __init__(self, viewer: Viewer, connection: socket.socket) -> None:
        self.viewer = viewer
        self._socket = connection

    @classmethod
    @contextmanager
    def coming(cls, viewer: Viewer) -> Iterator[Self]:
        """A viewer whose connection will take little; gone at the end, awake or not."""
        with socket.socket() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL)
            connection.setblocking(False)
            yield cls(viewer, connection)

    async def come(self, served: Served) -> None:
        """Connect, and ask."""
        loop = asyncio.get_running_loop()
        await loop.sock_connect(self._socket, served.address)
        await loop.sock_sendall(self._socket, served.live_request(self.viewer.call.key))

    async def wake(self, within: float) -> float:
        """Read everything; returns the milliseconds until every final of the call is there. Raises `TimeoutError`."""
        began = time.perf_counter()
        reader, writer = await asyncio.open_connection(sock=self._socket, limit=_SMALL)
        task = asyncio.create_task(self.viewer.read(reader))
        try:
            await all_there([self.viewer], within)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            writer.close()
        return 1000 * (time.perf_counter() - began)


async def all_there(viewers: list[Viewer], within: float) -> None:
    """Wait until each has every final of their call: none may be missing. Raises `TimeoutError`, saying what is."""
    deadline = time.perf_counter() + within
    for viewer in viewers:
        while lacking := viewer.lacks():
            if time.perf_counter() > deadline:
                raise TimeoutError(f"a viewer of {viewer.call.key} has not been shown {sorted(lacking)}")
            await asyncio.sleep(0.02)
