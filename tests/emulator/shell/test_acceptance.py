"""What the receiver's TCP has acknowledged is known, and what it has not is not claimed."""

import asyncio

from emulator.calls.effects import SendPacket
from emulator.shell.acceptance import Acceptance
from tests.support.eventually import eventually


async def test_acknowledged_and_not() -> None:
    """A receiver that reads has acknowledged at once; one whose buffers are full has not."""
    read = asyncio.Event()
    accepted: list[str | bytes] = []

    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read.wait()
        while await reader.read(1 << 20):
            pass
        writer.close()

    server = await asyncio.start_server(receive, "127.0.0.1", 0)
    async with server:
        address = server.sockets[0].getsockname()
        transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, *address)
        acceptance = Acceptance(transport, lambda packet: accepted.append(packet.text))
        transport.write(b"small")
        acceptance.sent(SendPacket(stream=1, text="small"))
        await eventually(lambda: accepted == ["small"])
        transport.write(b"x" * 50_000_000)
        acceptance.sent(SendPacket(stream=1, text="large"))
        acceptance.ask()
        assert accepted == ["small"]
        read.set()
        await eventually(lambda: accepted == ["small", "large"])
        acceptance.sent(SendPacket(stream=1, text="last"))
        transport.abort()
        acceptance.end()
        assert accepted == ["small", "large"]
