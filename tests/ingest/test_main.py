"""The process: `python -m ingest`, its health, its end."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from temporalio.client import Client
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from callscribe.contracts import links
from callscribe.runtime.tls import tls
from callscribe.transcript.model import Segment
from cli.ports import free_port
from ingest.main import UNSENT, keep_little_unsent, main, notice_dead_peers, run, running_ingest
from ingest.outbox import Outbox, OutboxError, OutboxLostError, WaitingChunk
from tests.ingest.stack import SECRET, book_of, final, ledger, settings_for, start_call
from tests.ingest.test_writer import broken
from tests.support.eventually import eventually


@asynccontextmanager
async def ingest_process(home: Path, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`python -m ingest` in a folder of its own, killed at the end if it still runs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "ingest",
        env=os.environ | {"CALLSCRIBE_HOME": str(home), "CALLSCRIBE_LINK_SECRET": SECRET} | environment,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def listens(port: int) -> bool:
    """Whether ingest's HTTP server answers."""
    try:
        async with httpx.AsyncClient(verify=tls()) as http:
            return (await http.get(f"http://127.0.0.1:{port}/healthz")).status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
async def test_words_survive_the_end_of_the_process(tmp_path: Path, end: signal.Signals) -> None:
    """Without any Temporal: asked to stop it closes its socket and exits 0; killed, it leaves every word behind."""
    http_port, websocket_port = free_port(), free_port()
    environment = {"CALLSCRIBE_HTTP_PORT": str(http_port), "CALLSCRIBE_WEBSOCKET_PORT": str(websocket_port)}
    async with ingest_process(tmp_path, TEMPORAL_ADDRESS="127.0.0.1:1", **environment) as process:
        await eventually(lambda: listens(http_port))
        acs = await connect(links.transcription_url(f"ws://127.0.0.1:{websocket_port}", SECRET, "c"))
        for number in range(20):
            await acs.send(final(f"{number}", number))
        async with httpx.AsyncClient(verify=tls()) as http:
            base = f"http://127.0.0.1:{http_port}"

            async def durable() -> bool:
                return "callscribe_ingest_segments_total 20\n" in (await http.get(base + "/metrics")).text

            await eventually(durable)
            health = (await http.get(base + "/healthz")).json()
        assert health["status"] == "waiting for Temporal"
        assert health["temporal"] is False
        assert health["sockets"] == 1
        assert health["waiting"] == {"streams": 1, "segments": 20, "events": 0}
        assert health["oldest_waiting_seconds"] > 0
        process.send_signal(end)
        with pytest.raises(ConnectionClosed) as closed:
            await acs.recv()
        async with asyncio.timeout(10):
            _, errors = await process.communicate()
        if end is signal.SIGKILL:
            assert process.returncode == -signal.SIGKILL
        else:
            assert process.returncode == 0, errors.decode()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1001
        assert b"Traceback" not in errors
    async with Outbox(tmp_path / "outbox.sqlite", now=datetime.now(UTC)) as outbox:
        (stream,), _ = await outbox.unfinished()
        found = await outbox.next_of_stream(stream, datetime.now(UTC), signalled=1)
        assert isinstance(found, WaitingChunk)
        assert [segment.text for segment in found.chunk.segments] == [str(number) for number in range(20)]


async def test_a_port_in_use_is_one_clear_line(tmp_path: Path) -> None:
    """Exit code 1, no traceback, what to do; the same with 2 for settings that cannot be."""
    async with running_ingest(settings_for(tmp_path / "other")) as other:
        port = other.http_url.rsplit(":", 1)[1]
        async with ingest_process(tmp_path, CALLSCRIBE_HTTP_PORT=port) as process:
            _, errors = await process.communicate()
    assert process.returncode == 1
    (line,) = errors.decode().splitlines()
    assert f"127.0.0.1:{port}" in line
    assert "CALLSCRIBE_HTTP_PORT" in line
    async with ingest_process(tmp_path, CALLSCRIBE_HTTP_PORT="no") as process:
        _, errors = await process.communicate()
    assert (process.returncode, len(errors.decode().splitlines())) == (2, 1)


async def test_a_stopping_ingest_sends_the_rest(client: Client, task_queue: str, tmp_path: Path) -> None:
    """What was said just before the end is with the workflow when the process is gone, and the stream is confirmed."""
    async with ledger(client, task_queue):
        call, handle = await start_call(client, task_queue)
        async with running_ingest(settings_for(tmp_path), client) as ingest:
            acs = await connect(links.transcription_url(ingest.websocket_url, SECRET, call))
            for number in range(5):
                await acs.send(final(f"{number}", number))
            await eventually(lambda: ingest.intake.measures.segments.value() == 5)
        book = await book_of(handle)
        assert book.texts == ["0", "1", "2", "3", "4"]
        assert list(book.closed.values()) == ["closed by ingest (1001)"]
        await handle.signal("end")


async def test_run_until_cancelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`run` tells when it listens, and ends when it is cancelled."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    ready = asyncio.Event()
    running = asyncio.create_task(run(settings_for(tmp_path), ready=ready))
    async with asyncio.timeout(10):
        await ready.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running


async def test_a_process_without_an_outbox_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Damaged, and beyond repair: what it took, nobody would ever keep."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")

    def salvage(path: Path, why: str) -> None:
        raise OSError(f"{path.name} cannot be moved: {why}")

    monkeypatch.setattr("ingest.outbox.salvage", salvage)

    async def lose_the_outbox() -> None:
        async with running_ingest(settings_for(tmp_path)) as ingest, asyncio.timeout(20):
            with suppress(OutboxError):
                await ingest.intake.outbox._writer.do(broken)
            await asyncio.Event().wait()

    with pytest.raises(OutboxLostError, match="cannot be moved"):
        await lose_the_outbox()


def test_the_end_of_such_a_process_is_one_clear_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And no success: whoever watches it starts it again."""

    async def lost(_: object) -> None:
        raise OutboxLostError("The outbox is damaged.")

    monkeypatch.setattr("ingest.main._until_signalled", lost)
    monkeypatch.setattr("ingest.main.logs.configure", lambda *_: None)
    monkeypatch.setattr("ingest.main.sys.setswitchinterval", lambda _: None)
    assert main() == 1
    assert capsys.readouterr().err == "ingest cannot go on: The outbox is damaged.\n"


async def test_the_heartbeat_claims_nothing_that_may_be_unread(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash is dated by the newest note: it has to be older than any packet that may still wait in a socket."""
    beats: list[tuple[datetime, datetime]] = []

    async def alive(_: Outbox, listened: datetime, *, unread: frozenset[str]) -> None:
        beats.append((listened, datetime.now(UTC)))

    monkeypatch.setattr(Outbox, "alive", alive)
    monkeypatch.setattr("ingest.main.HEARTBEAT", 0.05)
    async with (
        running_ingest(settings_for(tmp_path), client) as ingest,
        connect(links.transcription_url(ingest.websocket_url, SECRET, "c")),
    ):
        await eventually(lambda: len(beats) > 3)
    assert all(noted - listened >= timedelta(seconds=0.05) for listened, noted in beats)


async def test_the_heartbeat_leaves_out_sockets_that_wait_for_the_disk(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long: behind the final that waits others may have come, and what is not read is in no transcript."""
    beats: list[frozenset[str]] = []
    disk = asyncio.Event()
    append = Outbox.append_final

    async def alive(_: Outbox, listened: datetime, *, unread: frozenset[str]) -> None:
        beats.append(unread)

    async def waits(outbox: Outbox, segment: Segment) -> None:
        await disk.wait()
        await append(outbox, segment)

    monkeypatch.setattr(Outbox, "alive", alive)
    monkeypatch.setattr(Outbox, "append_final", waits)
    monkeypatch.setattr("ingest.main.HEARTBEAT", 0.05)
    async with (
        running_ingest(settings_for(tmp_path), client) as ingest,
        connect(links.transcription_url(ingest.websocket_url, SECRET, "c")) as acs,
    ):
        await eventually(lambda: beats and not beats[-1])
        (stream,), _ = await ingest.intake.outbox.unfinished()
        await acs.send(final("Hello."))
        await eventually(lambda: beats[-1] == {stream})
        disk.set()
        await eventually(lambda: not beats[-1])
    assert ingest.intake.unread == set()


def test_accepted_sockets_notice_dead_peers() -> None:
    """They inherit it from the socket that accepts them."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        notice_dead_peers(listener)
        with socket.create_connection(listener.getsockname()[:2]):
            accepted, _ = listener.accept()
            with accepted:
                assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 15
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 30_000


def test_little_waits_in_a_socket_that_nobody_reads() -> None:
    """Accepted sockets inherit it; what the other side has not taken itself is soon refused."""
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as browser:
        keep_little_unsent(listener)
        browser.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        browser.connect(listener.getsockname())
        accepted, _ = listener.accept()
        with accepted:
            accepted.setblocking(False)
            taken = 0
            with suppress(BlockingIOError):
                while taken < 4_000_000:
                    taken += accepted.send(b"x" * 1024)
    assert taken < UNSENT + 64 * 1024
