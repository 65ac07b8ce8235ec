"""The transcript store at arm's length: in a thread and an event loop of its own, opened when somebody first asks.

A store that hangs, or the work of turning ten thousand rows into segments, then never keeps ACS's sockets waiting.
"""

import asyncio
import concurrent.futures
import logging
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, TypeVar

from callscribe.runtime.store import StoreError, TranscriptStore
from ingest.outcomes import Backoff

T = TypeVar("T")
WITHIN: Final = 5.0
"""Seconds that a page waits for an answer of the store."""
KNOWN_AWAY: Final = 0.5
"""Seconds that a page waits for a store that is known to be away."""
CLOSE_WITHIN: Final = 2.0
"""Seconds that the process waits for the store's connections to close, at its end."""
FINISH_WITHIN: Final = 1.0
"""Seconds of these that questions under way have to end by themselves."""
_ADVICE: Final = "Captions go on meanwhile; what is stored is shown once it answers."

_log = logging.getLogger(__name__)


class StoreLink:
    """Asks the store that `url` names. `close()` it, or nothing was ever begun."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._store: TranscriptStore | None = None
        self._opening: asyncio.Task[TranscriptStore] | None = None
        self._problem: StoreError | None = None

    async def ask(self, work: Callable[[TranscriptStore], Awaitable[T]], *, within: float | None = None) -> T:
        """What `work` finds in the store; it runs in the store's own thread.

        Raises `StoreError`, also after `within` seconds (`WITHIN` if unset) without an answer.
        """
        patience = WITHIN if within is None else within
        return await self._run(self._asked(work), min(patience, KNOWN_AWAY) if self._problem else patience)

    async def compute(self, work: Callable[[], T]) -> T:
        """What `work` computes, in a thread: nothing heavy belongs in the loop that reads the sockets."""
        return await asyncio.to_thread(work)

    async def close(self) -> None:
        """Close the store and end the thread. Whatever hangs is left behind."""
        loop, thread = self._loop, self._thread
        if loop is None or thread is None:
            return
        self._loop = None
        loop.call_soon_threadsafe(loop.stop)
        await asyncio.to_thread(thread.join, CLOSE_WITHIN)

    async def _run(self, work: Coroutine[Any, Any, T], within: float) -> T:
        future: concurrent.futures.Future[T] = asyncio.run_coroutine_threadsafe(work, self._started())
        try:
            async with asyncio.timeout(within):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            if self._problem is not None:
                raise StoreError(self._problem.message, self._problem.advice) from None
            raise StoreError(f"The transcript store has not answered within {within:.0f} s.", _ADVICE) from None

    def _started(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            loop = asyncio.new_event_loop()
            # A daemon: a store that hangs must not keep the process from ending.
            self._thread = threading.Thread(target=self._serve, args=(loop,), name="transcript-store", daemon=True)
            self._thread.start()
            self._loop = loop
        return self._loop

    async def _asked(self, work: Callable[[TranscriptStore], Awaitable[T]]) -> T:
        return await work(await self._opened())

    async def _opened(self) -> TranscriptStore:
        if self._store is not None:
            return self._store
        if self._opening is None or self._opening.done():
            self._opening = asyncio.create_task(self._open(), name="open the transcript store")
        # Shielded: of many who wait, one who has waited long enough must not take the others' store away.
        return await asyncio.shield(self._opening)

    async def _open(self) -> TranscriptStore:
        """Open the store, for as long as that takes."""
        backoff = Backoff()
        while True:
            try:
                self._store = await TranscriptStore.open(self._url)
            except StoreError as error:
                if self._problem is None:
                    _log.warning("the page cannot read the transcript store: %s", error)
                self._problem = error
                await asyncio.sleep(backoff.next())
            else:
                self._problem = None
                return self._store

    def _serve(self, loop: asyncio.AbstractEventLoop) -> None:
        """The thread: until it is asked to end, and then in order, however late that is."""
        asyncio.set_event_loop(loop)
        try:
            loop.run_forever()
            loop.run_until_complete(self._ended())
        except StoreError as error:
            _log.info("the transcript store was not closed well: %s", error)
        finally:
            loop.close()

    async def _ended(self) -> None:
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        if tasks and self._problem is None:
            # A connection whose question is cancelled answers all the same, by then to a loop that is closed.
            await asyncio.wait(tasks, timeout=FINISH_WITHIN)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._store is not None:
            await self._store.close()
