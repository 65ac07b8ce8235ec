"""When the other side of a socket was last there."""

import asyncio
import socket
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.frames import Opcode

from ingest import liveness
from ingest.liveness import WatchedConnection
from ingest.main import running_ingest
from tests.ingest.stack import final, settings_for, socket_url
from tests.ingest.test_sockets import close_of
from tests.support.eventually import eventually

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """No Temporal: everything stays in the outbox."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        """The time that it shows."""
        return self.now


def leave(acs: ClientConnection) -> None:
    """End the connection as a process that dies does."""
    acs.transport.abort()


def break_off(acs: ClientConnection) -> None:
    """End it as one does on the way that has lost the peer: with RST."""
    acs.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    acs.transport.abort()


async def ended_after(seconds: float, home: Path, end: str) -> float:
    """When ingest says that a socket ended whose last packet came at 1 s and which was noticed `seconds` later."""
    clock = Clock()
    async with running_ingest(settings_for(home), now=clock) as ingest:
        acs = await connect(socket_url(ingest, "c"), ping_interval=None)
        clock.now = START + timedelta(seconds=1)
        await acs.send(final("Last words."))
        await eventually(lambda: ingest.intake.measures.segments.value() == 1)
        clock.now += timedelta(seconds=seconds)
        if end == "close":
            await acs.close()
        else:
            {"leave": leave, "break_off": break_off}[end](acs)
        await eventually(lambda: ingest.intake.measures.sockets.value() == 0)
        closed_at = (await eventually(lambda: close_of(ingest))).close.closed_at
    return (closed_at - START).total_seconds()


@pytest.mark.usefixtures("nowhere")
@pytest.mark.parametrize(
    ("end", "seconds", "ended"),
    [
        ("close", 30, 31),  # it says so itself
        ("leave", 9, 10),  # and so does its kernel
        ("leave", 11, 1),  # which a proxy would do in its place, half a minute later
        ("break_off", 9, 1),
        ("break_off", 30, 1),
    ],
)
async def test_a_socket_ended_when_its_peer_was_last_there(
    tmp_path: Path, end: str, seconds: float, ended: float
) -> None:
    """Unless the peer has ended it, and had answered our pings until then."""
    assert await ended_after(seconds, tmp_path, end) == ended


@pytest.mark.usefixtures("nowhere")
async def test_a_pong_is_a_sign_of_life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who says nothing for long, and answers, is there."""
    monkeypatch.setattr(liveness, "PING_EVERY", 0.05)
    answered, clock, receive = asyncio.Event(), Clock(), WatchedConnection.data_received

    def noted(connection: WatchedConnection, data: bytes) -> None:
        receive(connection, data)
        if clock.now > START and data[0] & 0xF == Opcode.PONG:
            answered.set()

    monkeypatch.setattr(WatchedConnection, "data_received", noted)
    async with running_ingest(settings_for(tmp_path), now=clock) as ingest:
        acs = await connect(socket_url(ingest, "c"), ping_interval=None)
        clock.now += timedelta(seconds=60)
        await answered.wait()
        acs.transport.pause_reading()
        clock.now += timedelta(seconds=60)
        break_off(acs)
        await eventually(lambda: ingest.intake.measures.sockets.value() == 0)
        closed_at = (await eventually(lambda: close_of(ingest))).close.closed_at
    assert closed_at == START + timedelta(seconds=60)
