"""Waking readers without keeping anybody waiting."""

import asyncio
import time
from collections.abc import Iterable

from ingest.web.pacing import SLICE, Sleeper, Waker
from ingest.web.tasks import Tasks


class Crowd:
    """Readers of one thing; each does something that takes a while when it wakes."""

    def __init__(self, size: int, seconds: float) -> None:
        self._sleepers = [Sleeper() for _ in range(size)]
        self._seconds = seconds
        self.woken = [0] * size

    def sleepers(self) -> Iterable[Sleeper]:
        """All of them."""
        return self._sleepers

    async def read(self, number: int) -> None:
        """Wait for news for ever."""
        while True:
            if await self._sleepers[number].sleep(within=30):
                self.woken[number] += 1
                time.sleep(self._seconds)  # noqa: ASYNC251 - as writing to a socket does, it holds the loop up


async def test_a_thousand_readers_do_not_hold_the_loop_up() -> None:
    """While all of them write, whoever else is in the loop gets its turn between slices, and most of the time."""
    crowd, tasks, waker = Crowd(1000, 0.0001), Tasks(), Waker()
    tasks.begin(waker.run(), "wake")
    for number in range(1000):
        tasks.begin(crowd.read(number), "read")
    loop = asyncio.get_running_loop()
    await asyncio.sleep(0)  # all of them begin
    most = 0
    try:
        began = loop.time()
        while loop.time() < began + 1.0 or (min(crowd.woken) == 0 and loop.time() < began + 30.0):
            waker.changed(crowd)
            before = sum(crowd.woken)
            await asyncio.sleep(0)
            most = max(most, sum(crowd.woken) - before)
        assert min(crowd.woken) >= 1
        assert max(crowd.woken) <= 8 * (loop.time() - began), "there is a rest after a round that took long"
    finally:
        await tasks.end()
    assert 0 < most <= SLICE + 1, "so many in one turn of the loop"


async def test_news_while_one_reads_are_not_missed() -> None:
    """A wake-up before the sleep counts; silence ends it."""
    sleeper = Sleeper()
    sleeper.wake()
    assert await sleeper.sleep(within=5)
    assert not await sleeper.sleep(within=0.01)
