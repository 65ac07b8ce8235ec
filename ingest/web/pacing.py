"""Wakes readers when there is something new, without ever keeping the sockets waiting.

Two thousand readers that wake at once are two thousand writes in one turn of the loop, during which no packet is read.
So they wake in slices, with a turn of the loop between, and after a round that took long there is a rest: however many
watch, most of the time belongs to the sockets, and what came meanwhile goes out together.
"""

import asyncio
from collections.abc import Iterable
from typing import Final, Protocol

SLICE: Final = 25
"""Readers that wake in one turn of the loop."""
SHORT: Final = 0.002
"""Seconds; a round as short as this needs no rest."""
REST: Final = 2.0
"""Times as long as a round took; readers are then busy for a third of the time at most."""
LONGEST_REST: Final = 2.0
"""Seconds."""


class Sleeper:
    """One reader that waits for news."""

    def __init__(self) -> None:
        self._news = asyncio.Event()

    def wake(self) -> None:
        """There is something new."""
        self._news.set()

    async def sleep(self, *, within: float) -> bool:
        """Wait for news; false after `within` seconds without."""
        try:
            async with asyncio.timeout(within):
                await self._news.wait()
        except TimeoutError:
            return False
        self._news.clear()
        return True


class Audience(Protocol):
    """Those who watch one thing."""

    def sleepers(self) -> Iterable[Sleeper]:
        """All of them, as they are now."""
        ...


class Waker:
    """Wakes audiences whose thing has changed."""

    def __init__(self) -> None:
        self._due: dict[int, Audience] = {}
        self._changed = asyncio.Event()

    def changed(self, audience: Audience) -> None:
        """There is something new for them; never waits."""
        self._due[id(audience)] = audience
        self._changed.set()

    async def run(self) -> None:
        """Wake them, for ever."""
        loop = asyncio.get_running_loop()
        while True:
            await self._changed.wait()
            self._changed.clear()
            due, self._due = self._due, {}
            began = loop.time()
            awake = 0
            for audience in due.values():
                for sleeper in list(audience.sleepers()):
                    sleeper.wake()
                    awake += 1
                    if awake % SLICE == 0:
                        await asyncio.sleep(0)
            await asyncio.sleep(0)
            taken = loop.time() - began
            if taken > SHORT:
                await asyncio.sleep(min(taken * REST, LONGEST_REST))
