"""Many viewers at once, again and again: speech without slow viewers, then beside them, who read on at its end."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.viewers.chromium import PageViewer, looking_at
from benchmarks.viewers.serving import Served, serving
from benchmarks.viewers.speaking import SpokenCall, is_final, key_of, speaking
from benchmarks.viewers.watching import StillViewer, Viewer, all_there, reading

if TYPE_CHECKING:
    from playwright.async_api import Browser

SLOW: Final = 10
"""One viewer in so many stands still."""
PATIENCE: Final = 30.0
"""Seconds for what takes a moment."""
MOST_AT_LENGTH: Final = 100
"""Long packets, of which some five fill a connection."""


class NotSlowError(Exception):
    """Ingest did not have to wait for the viewers that stand still: what is measured beside them would say nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """So many viewers. The first is the one in the browser, and the last ones stand still."""

    name: str
    viewers: int
    rates: tuple[float, ...]
    """Packets a second of each call; viewers are of one call after the other."""
    rounds: int
    """How often is spoken without slow viewers, and then beside them: what else a machine does meanwhile meets both."""
    seconds: float
    """How long each time; ingest ends a connection that takes nothing for thirty."""
    warm_up: float
    """Seconds of speech before, which do not count."""

    @property
    def slow(self) -> int:
        """How many stand still."""
        return max(1, self.viewers // SLOW)


@dataclass(frozen=True, slots=True)
class Speech:
    """All that was said from one instant to another, in seconds of the wall clock."""

    begin: float
    end: float

    def taken(self, viewers: Iterable[Viewer], *, finals: bool) -> list[float]:
        """Milliseconds from the socket to the viewer, of everything they saw of it: of its finals, or else of the rest."""
        return [
            1000 * (at - viewer.call.sent[number])
            for viewer in viewers
            for number, at in viewer.seen.items()
            if is_final(number) is finals and self.begin <= viewer.call.sent[number] < self.end
        ]

    def all_taken(self, viewers: Sequence[Viewer]) -> list[float]:
        """The same of everything."""
        return [*self.taken(viewers, finals=True), *self.taken(viewers, finals=False)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """The same speech twice."""

    alone: Speech
    beside: Speech
    """While the slow viewers stood still."""
    woken: Sequence[float]
    """Of those: milliseconds from reading on to having every final."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a crowd has seen, and when."""

    readers: Sequence[Viewer]
    """Those who read without a browser."""
    page: Viewer | None
    """The one in the browser, where there is one."""
    rounds: Sequence[Round]


async def watched(crowd: Crowd, folder: Path, browser: "Browser | None") -> Outcome:
    """Have the crowd watch an ingest of its own, in `folder`.

    Raises `NotSlowError`, and `TimeoutError` where somebody was not shown every final.
    """
    async with AsyncExitStack() as stack:
        served = await stack.enter_async_context(serving(folder, [key_of(n) for n in range(len(crowd.rates))]))
        calls = await stack.enter_async_context(speaking(served, crowd.rates))
        watching = [calls[place % len(calls)] for place in range(crowd.viewers)]
        readers, page = [Viewer(call) for call in watching[: -crowd.slow]], None
        if browser is not None:
            page = await stack.enter_async_context(looking_at(browser, served, readers.pop(0)))
        async with asyncio.TaskGroup() as coming:
            for viewer in readers:
                coming.create_task(stack.enter_async_context(reading(served, viewer)))
        hall = _Hall(served, calls, readers, page, slow_calls=watching[-crowd.slow :])
        await hall.speech(crowd.warm_up)
        rounds = [await hall.round(crowd.seconds) for _ in range(crowd.rounds)]
    return Outcome(readers=readers, page=None if page is None else page.viewer, rounds=rounds)


@dataclass(frozen=True, slots=True)
class _Hall:
    """Where everybody is."""

    served: Served
    calls: Sequence[SpokenCall]
    readers: list[Viewer]
    page: PageViewer | None
    slow_calls: Sequence[SpokenCall]
    """What each of the slow viewers watches."""

    async def round(self, seconds: float) -> Round:
        """Speech without slow viewers, and beside them; they have come by then, and read on at its end."""
        alone = await self.speech(seconds)
        with ExitStack() as stack:
            sleepers = [stack.enter_context(StillViewer.coming(Viewer(call))) for call in self.slow_calls]
            for sleeper in sleepers:
                await sleeper.come(self.served)
            await self._fill()
            beside = await self.speech(seconds)
            await self._check()
            woken = await asyncio.gather(*(sleeper.wake(PATIENCE) for sleeper in sleepers))
        return Round(alone=alone, beside=beside, woken=woken)

    async def speech(self, seconds: float) -> Speech:
        """Speak in all calls, until all who read have been shown every final."""
        begin = time.time()
        async with asyncio.TaskGroup() as speakers:
            for place, call in enumerate(self.calls):
                speakers.create_task(call.speak(seconds, delay=place / len(self.calls) / call.rate))
        end = time.time()
        await all_there(self.readers, PATIENCE)
        if self.page is not None:
            await self.page.all_there(PATIENCE)
        return Speech(begin, end)

    async def _fill(self) -> None:
        """Send the slow viewers so much that ingest has to wait for each of them."""
        calls = {call.key: call for call in self.slow_calls}.values()
        for _ in range(MOST_AT_LENGTH):
            for call in calls:
                await call.speak_at_length()
            await asyncio.sleep(0.1)  # for those who read to have read it: they are not meant
            if await self.served.held() == len(self.slow_calls):
                return
        await self._check()

    async def _check(self) -> None:
        held = await self.served.held()
        if held != len(self.slow_calls):
            raise NotSlowError(f"{len(self.slow_calls)} viewers stand still, and ingest waits for {held}")
