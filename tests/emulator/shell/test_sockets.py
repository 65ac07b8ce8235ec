"""Sockets: a receiver that does not read is dropped, and its words are counted as lost."""

import asyncio

from websockets.asyncio.server import ServerConnection, serve

from emulator.calls.effects import CloseSocket, OpenSocket, SendPacket
from emulator.calls.requests import Operation
from emulator.shell.sockets import Sockets
from tests.emulator.calls.drive import Drive
from tests.support.eventually import eventually


def starting() -> Drive:
    """A call that waits for its first socket."""
    drive = Drive()
    drive.to(1)
    drive.call.start_transcription(Operation(), drive.now)
    drive.now += 1.6
    drive.call.advance(drive.now)
    (opening,) = drive.call.take_effects()
    assert isinstance(opening, OpenSocket)
    return drive


async def test_receiver_that_does_not_read() -> None:
    """Sending waits as long as the limit allows, then breaks the connection."""
    release = asyncio.Event()

    async def deaf(connection: ServerConnection) -> None:
        connection.transport.pause_reading()
        await release.wait()
        connection.transport.abort()

    drive, woken = starting(), asyncio.Event()
    async with serve(deaf, "127.0.0.1", 0) as server, asyncio.TaskGroup() as tasks:
        port = next(iter(server.sockets)).getsockname()[1]
        sockets = Sockets(drive.call, tasks, timeout=0.3, now=lambda: drive.now, wake=woken.set)
        sockets.open(OpenSocket(stream=1, url=f"ws://127.0.0.1:{port}/", headers=()))
        await asyncio.wait_for(woken.wait(), 5)
        drive.call.take_effects()
        before = drive.call.transcription.streams.packets_sent

        async def full() -> bool:
            sent = drive.call.transcription.streams.packets_sent
            await sockets.send(SendPacket(stream=1, text="x" * 1_000_000))
            return drive.call.transcription.streams.packets_sent == sent

        await eventually(full)
        assert drive.call.transcription.streams.packets_sent > before
        release.set()
        sockets.close(CloseSocket(stream=1, code=1000))


async def test_sending_without_a_socket() -> None:
    """Counts as lost if it was a final result."""
    drive = starting()
    async with asyncio.TaskGroup() as tasks:
        sockets = Sockets(drive.call, tasks, timeout=1, now=lambda: drive.now, wake=lambda: None)
        await sockets.send(SendPacket(stream=1, text="{}"))
    assert drive.call.transcription.streams.packets_sent == 0


async def test_closing_while_dialling() -> None:
    """A dial that nobody answers is given up at once."""
    drive = starting()
    dialled = asyncio.Event()

    async def silent_server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        dialled.set()
        while await reader.read(4096):
            pass
        writer.close()

    silent = await asyncio.start_server(silent_server, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    async with silent, asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        sockets = Sockets(drive.call, tasks, timeout=60, now=lambda: drive.now, wake=lambda: None)
        sockets.open(OpenSocket(stream=1, url=f"ws://127.0.0.1:{port}/", headers=()))
        await dialled.wait()
        sockets.close(CloseSocket(stream=1, code=1000))
