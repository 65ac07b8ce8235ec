"""Half-open connections stay open until the emulator ends, and are not kept without limit."""

import asyncio
import contextlib

import pytest

from emulator.shell import abandoned
from tests.support.eventually import eventually


async def test_kept_until_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody hears of it before; the oldest makes room for the newest."""
    monkeypatch.setattr(abandoned, "MOST_KEPT", 2)
    ended: list[int] = []

    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = int(await reader.readline())
        with contextlib.suppress(ConnectionResetError):
            await reader.read()
        ended.append(number)
        writer.close()

    server = await asyncio.start_server(receive, "127.0.0.1", 0)
    async with server:
        kept = abandoned.Abandoned()
        loop, address = asyncio.get_running_loop(), server.sockets[0].getsockname()
        for number in range(3):
            transport, _ = await loop.create_connection(asyncio.Protocol, *address)
            transport.write(f"{number}\n".encode())
            kept.add(transport)
        await eventually(lambda: ended == [0])
        assert len(kept) == 2
        kept.end()
        await eventually(lambda: sorted(ended) == [0, 1, 2])
        assert len(kept) == 0
