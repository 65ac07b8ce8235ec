"""A connection that a test can cut: a TCP proxy before a server of the stack."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Cut:
    """Listens on `port`; while it is cut, it takes no connection and has none."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    def cut(self) -> None:
        """Break what stands, refuse what comes."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)

    def mend(self) -> None:
        """Take connections again, on the same port."""
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(10)

    async def _open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, reuse_address=True)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        there, out = await asyncio.open_connection("127.0.0.1", self._target)
        try:
            await asyncio.gather(_pass(reader, out), _pass(there, writer))
        except asyncio.CancelledError:
            pass
        finally:
            self._tasks.discard(task)
            for one in (out, writer):
                one.transport.abort()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.write_eof()


@contextmanager
def cuttable(target: int) -> Iterator[Cut]:
    """A proxy before the server on port `target` of this machine, in a thread of its own."""
    proxy = Cut(target)
    thread = threading.Thread(target=proxy._loop.run_forever, daemon=True)
    thread.start()
    proxy.mend()
    try:
        yield proxy
    finally:
        proxy.cut()
        proxy._loop.call_soon_threadsafe(proxy._loop.stop)
        thread.join(10)
        proxy._loop.close()
