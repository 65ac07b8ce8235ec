"""A disk that takes nothing: what was accepted is held and nothing more is read; what is refused is refused by name."""

import asyncio
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import AsyncExitStack, closing
from pathlib import Path

import httpx
import pytest
from temporalio.client import Client
from websockets.asyncio.client import connect

from callscribe.runtime.tls import tls
from ingest import holding
from ingest.main import RunningIngest, running_ingest
from ingest.outbox import Outbox, OutboxError
from tests.ingest.stack import book_of, event, events_url, final, ledger, settings_for, socket_url, start_call
from tests.ingest.test_outbox import NOW, opening, segment
from tests.support.eventually import eventually


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MiB; needs the right to mount one."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("a small file system cannot be mounted here (it takes root)")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def remount(folder: Path, how: str) -> None:
    """Make a mounted file system read-only, or writable."""
    subprocess.run(["mount", "-o", f"remount,{how}", str(folder)], check=True)


async def limit_pages(outbox: Outbox, pages: int | None) -> None:
    """Let the outbox's file grow by so many pages and no more; None takes the limit away."""

    def work(db: sqlite3.Connection) -> None:
        (count,) = db.execute("PRAGMA page_count").fetchone()
        db.execute(f"PRAGMA max_page_count = {2**30 if pages is None else count + pages}")

    await outbox._writer.do(work)


async def health(http: httpx.AsyncClient, ingest: RunningIngest) -> tuple[int, str]:
    """Status code and status."""
    answer = await http.get(ingest.http_url + "/healthz")
    return answer.status_code, answer.json()["status"]


async def test_a_full_disk_delays_and_loses_nothing(client: Client, task_queue: str, small_disk: Path) -> None:
    """A real file system without room: a final is held, its socket is not read, a callback is answered 503; then all arrives."""
    async with (
        ledger(client, task_queue),
        running_ingest(settings_for(small_disk), client) as ingest,
        httpx.AsyncClient(verify=tls()) as http,
    ):
        call, handle = await start_call(client, task_queue)
        async with connect(socket_url(ingest, call)) as acs:
            await acs.send(final("Zero.", 0))
            await eventually(lambda: ingest.intake.measures.segments.value() == 1)
            ballast = small_disk / "ballast"
            with ballast.open("wb", buffering=0) as file:
                for size in (65536, 4096):  # until not even one block is left
                    try:
                        while file.write(bytes(size)):
                            pass
                    except OSError:
                        continue
            words = [f"{number} " + "x" * 2000 for number in range(1, 61)]
            for number, text in enumerate(words, 1):
                await acs.send(final(text, number))
            await eventually(lambda: ingest.intake.measures.held.value() == 1)
            assert await health(http, ingest) == (503, "outbox failing")
            refused = await http.post(events_url(ingest, call), json=event("CallConnected", "1"))
            assert refused.status_code == 503
            page = (await http.get(ingest.http_url + "/metrics")).text
            assert "callscribe_ingest_outbox_failing 1\n" in page
            assert "callscribe_ingest_held 1\n" in page
            assert ingest.intake.measures.segments.value() < len(words)
            ballast.unlink()
            await eventually(lambda: ingest.intake.measures.segments.value() == 1 + len(words))
        await eventually(lambda: ingest.intake.measures.confirmed.value() == 1, within=40)
        assert (await book_of(handle)).texts == ["Zero.", *words]
        assert await health(http, ingest) == (200, "ok")
        assert ingest.intake.measures.held.value() == ingest.intake.measures.lost.value(what="packet") == 0
        assert (await http.post(events_url(ingest, call), json=event("CallConnected", "1"))).status_code == 200
        await handle.signal("end")


async def test_a_socket_that_closes_meanwhile_loses_nothing(client: Client, task_queue: str, tmp_path: Path) -> None:
    """ACS may have hung up long before the disk takes the last words and the stream's end."""
    async with ledger(client, task_queue), running_ingest(settings_for(tmp_path), client) as ingest:
        call, handle = await start_call(client, task_queue)
        words = [f"{number} " + "x" * 3000 for number in range(10)]
        async with connect(socket_url(ingest, call)) as acs:
            await eventually(lambda: ingest.intake.measures.streams.value() == 1)
            await limit_pages(ingest.intake.outbox, 1)
            for number, text in enumerate(words):
                await acs.send(final(text, number))
        await eventually(lambda: ingest.intake.measures.held.value() == 1)
        await limit_pages(ingest.intake.outbox, None)
        await eventually(lambda: ingest.intake.measures.confirmed.value() == 1)
        book = await book_of(handle)
        assert book.texts == words
        assert list(book.closed.values()) == ["closed by ACS (1000)"]
        await handle.signal("end")


async def test_a_packet_too_large_is_counted_though_the_disk_takes_nothing(
    client: Client, task_queue: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That its words are missing is held like words."""
    monkeypatch.setattr("ingest.sockets.MOST_BYTES", 10_000)
    settings = settings_for(tmp_path)
    async with ledger(client, task_queue), running_ingest(settings, client) as ingest:
        call, handle = await start_call(client, task_queue)
        async with connect(socket_url(ingest, call)) as acs:
            await eventually(lambda: ingest.intake.measures.streams.value() == 1)
            with closing(sqlite3.connect(settings.outbox_path, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                await acs.send(final("x" * 20_000))
                await eventually(lambda: ingest.intake.measures.held.value() == 1)
        await eventually(lambda: ingest.intake.measures.confirmed.value() == 1)
        assert (await book_of(handle)).unreadable == 1
        await handle.signal("end")


async def test_a_locked_file_delays_and_loses_nothing(client: Client, task_queue: str, tmp_path: Path) -> None:
    """Another program holds the write lock for longer than SQLite waits."""
    settings = settings_for(tmp_path)
    async with ledger(client, task_queue), running_ingest(settings, client) as ingest:
        call, handle = await start_call(client, task_queue)
        async with connect(socket_url(ingest, call)) as acs:
            await eventually(lambda: ingest.intake.measures.streams.value() == 1)
            other = sqlite3.connect(settings.outbox_path, isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            await acs.send(final("Locked out."))
            await eventually(lambda: ingest.intake.measures.held.value() == 1)
            assert ingest.intake.outbox.failing == "database is locked"
            other.execute("COMMIT")
            other.close()
            await eventually(lambda: ingest.intake.measures.segments.value() == 1)
        await eventually(lambda: ingest.intake.measures.confirmed.value() == 1)
        assert (await book_of(handle)).texts == ["Locked out."]
        await handle.signal("end")


async def test_a_process_that_is_asked_to_end_gives_up_loudly(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It tries a little longer, then counts and says what it could not keep."""
    monkeypatch.setattr(holding, "LAST_CHANCE", 0.3)
    async with asyncio.timeout(30), AsyncExitStack() as stack:
        ingest = await stack.enter_async_context(running_ingest(settings_for(tmp_path), client))
        acs = await connect(socket_url(ingest, "call"))
        await eventually(lambda: ingest.intake.measures.streams.value() == 1)
        await limit_pages(ingest.intake.outbox, 0)
        await acs.send(final("x" * 20_000))
        await eventually(lambda: ingest.intake.measures.held.value() == 1)
    await acs.close()
    assert ingest.intake.measures.lost.value(what="packet") == 1
    assert "a packet is lost" in caplog.text


async def test_words_of_a_stream_that_the_outbox_does_not_know(client: Client, tmp_path: Path) -> None:
    """Its row was lost with a damaged file: no waiting helps, so the words are kept raw and ACS is made to connect anew."""
    async with running_ingest(settings_for(tmp_path), client) as ingest:
        outbox = ingest.intake.outbox
        with pytest.raises(OutboxError) as unknown:
            await outbox.append_final(segment(1, "never opened"))
        assert not unknown.value.passing
        async with connect(socket_url(ingest, "call")) as acs:
            await eventually(lambda: ingest.intake.measures.streams.value() == 1)
            await outbox._writer.do(lambda db: db.execute("DELETE FROM streams").fetchall())
            await acs.send(final("Kept raw."))
            await acs.wait_closed()
            assert acs.close_code == 1011
        kept = await outbox._writer.do(lambda db: db.execute("SELECT body FROM raw").fetchall())
        assert b"Kept raw." in kept[0][0]


async def test_a_folder_that_cannot_be_written_is_refused_by_name(small_disk: Path) -> None:
    """Before anything is taken; and what is there already stays."""
    path = small_disk / "outbox.sqlite"
    async with Outbox(path, now=NOW) as outbox:
        await outbox.open_stream("call", opening())
        await outbox.append_final(segment(1))
    await asyncio.to_thread(remount, small_disk, "ro")
    with pytest.raises(OutboxError, match=r"outbox\.sqlite cannot be used: .*[Rr]ead-only.*file's rights"):
        await Outbox(path, now=NOW).__aenter__()
    await asyncio.to_thread(remount, small_disk, "rw")
    async with Outbox(path, now=NOW) as outbox:
        assert (await outbox.waiting()).segments == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_rights_that_are_missing_are_named(tmp_path: Path) -> None:
    """The same for whoever is not root."""
    tmp_path.chmod(0o500)  # noqa: ASYNC240 - one call
    with pytest.raises(OutboxError, match="cannot be used"):
        await Outbox(tmp_path / "o.sqlite", now=NOW).__aenter__()
