"""The way to Temporal: closed at the start, closed in between."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from temporalio.client import Client
from websockets.asyncio.client import connect

from cli.ports import free_port
from ingest.main import running_ingest
from ingest.temporal_link import TemporalLink
from tests.ingest.stack import book_of, final, ledger, settings_for, socket_url, start_call
from tests.support.eventually import eventually


@asynccontextmanager
async def way(port: int, target: str) -> AsyncIterator[None]:
    """A way from a port to the real server; at the end it is cut, and every connection on it."""
    writers: set[asyncio.StreamWriter] = set()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(*target.split(":"))
        writers.update((writer, back))
        await asyncio.gather(pump(reader, back), pump(there, writer))

    server = await asyncio.start_server(carry, "127.0.0.1", port)
    try:
        yield
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        await server.wait_closed()


async def test_words_wait_for_temporal(
    client: Client, task_queue: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not there at the start, there, gone in mid-call, there again: everything arrives, in order, once."""
    port = free_port()
    monkeypatch.setenv("TEMPORAL_ADDRESS", f"127.0.0.1:{port}")
    monkeypatch.setenv("TEMPORAL_NAMESPACE", client.namespace)
    target = client.service_client.config.target_host
    async with ledger(client, task_queue), running_ingest(settings_for(tmp_path)) as ingest:
        call, handle = await start_call(client, task_queue)
        async with connect(socket_url(ingest, call)) as acs:

            async def said(*texts: str) -> bool:
                return (await book_of(handle)).texts == list(texts)

            await acs.send(final("Before."))
            await eventually(lambda: ingest.intake.measures.segments.value() == 1)
            assert not await ingest.intake.link.answers()
            async with way(port, target):
                await eventually(lambda: said("Before."))
                assert await ingest.intake.link.answers()
            await acs.send(final("Meanwhile."))
            await eventually(lambda: ingest.intake.measures.segments.value() == 2)
            assert not await ingest.intake.link.answers()
            async with way(port, target):
                await eventually(lambda: said("Before.", "Meanwhile."), within=60)
                await acs.send(final("After."))
                await eventually(lambda: said("Before.", "Meanwhile.", "After."), within=60)
        await handle.signal("end")


async def test_a_given_client_is_there_at_once(client: Client) -> None:
    """Nothing to connect to."""
    link = TemporalLink(client)
    await link.run()
    assert link.client is await link.wait() is client
    assert await link.answers()
    assert not await TemporalLink().answers()
