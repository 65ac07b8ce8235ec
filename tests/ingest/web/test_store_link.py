"""The store at arm's length: opened late, asked elsewhere, left behind where it hangs."""

import asyncio
import threading
import time
from pathlib import Path

import pytest

from callscribe.runtime.store import StoreError, TranscriptStore
from ingest.web import store_link
from ingest.web.store_link import StoreLink
from tests.ingest.web import stage
from tests.support.eventually import eventually


async def test_it_is_opened_when_somebody_asks(tmp_path: Path) -> None:
    """And answers in a thread of its own."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'store' / 'transcripts.sqlite'}"
    link, before = StoreLink(url), set(threading.enumerate())
    await link.close()
    assert not (tmp_path / "store").exists()

    async def work(store: TranscriptStore) -> str:
        await stage.save(store, "c", stage.words(2))
        assert len(await store.newest_segments("c", 10)) == 2
        return threading.current_thread().name

    assert await link.ask(work) == "transcript-store"
    assert await link.compute(lambda: threading.current_thread().name) != threading.current_thread().name
    await link.close()
    await link.close()
    assert "transcript-store" not in {thread.name for thread in set(threading.enumerate()) - before}


async def test_a_store_that_is_away_is_waited_for_and_comes_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever asks meanwhile is told why; it is said once in the log."""
    home = tmp_path / "file"
    home.write_text("in the way")
    link = StoreLink(f"sqlite+aiosqlite:///{home / 'transcripts.sqlite'}")
    try:
        for _ in range(2):
            with pytest.raises(StoreError, match="cannot be made"):
                await link.ask(lambda store: store.newest_segments("c", 1), within=0.2)
        assert caplog.text.count("cannot read the transcript store") == 1
        home.unlink()

        async def answers() -> bool:
            try:
                return await link.ask(lambda store: store.newest_segments("c", 1)) == ()
            except StoreError:
                return False

        assert await eventually(answers)
    finally:
        await link.close()


async def test_a_store_that_hangs_keeps_nobody_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the asker for longer than it wants to, not this loop at all, not the end of the process."""
    monkeypatch.setattr(store_link, "CLOSE_WITHIN", 0.2)
    link = StoreLink(f"sqlite+aiosqlite:///{tmp_path / 'transcripts.sqlite'}")
    released = threading.Event()

    async def hang(_: TranscriptStore) -> None:
        released.wait(10)  # a thread that is stuck in the database's driver

    loop = asyncio.get_running_loop()
    try:
        assert await link.ask(lambda store: store.newest_segments("c", 1)) == ()
        asked = loop.time()
        waiting = asyncio.create_task(link.ask(hang, within=0.3))
        longest = 0.0
        while not waiting.done():
            began = time.perf_counter()
            await asyncio.sleep(0)
            longest = max(longest, time.perf_counter() - began)
        with pytest.raises(StoreError, match="has not answered"):
            await waiting
        assert loop.time() - asked < 3
        assert longest < 0.25
        began = time.perf_counter()
        await link.close()
        assert time.perf_counter() - began < 3
    finally:
        released.set()
        for thread in threading.enumerate():
            if thread.name == "transcript-store":
                thread.join(10)
