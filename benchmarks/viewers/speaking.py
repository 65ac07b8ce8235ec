"""What is said: so many packets a second, each with its number in its text, and when each was sent."""

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from websockets.asyncio.client import ClientConnection, connect

from benchmarks.viewers.serving import SPEAKER, Served

FINAL: Final = 5
"""One packet in so many is a final."""
AT_LENGTH: Final = " ".join(["word"] * 4_000)
"""An intermediate as long as nobody speaks, to fill the connections of those who do not read."""


@dataclass(slots=True, kw_only=True)
class SpokenCall:
    """A call of one socket, on which `rate` packets a second are sent."""

    key: str
    rate: float
    acs: ClientConnection
    sent: dict[int, float] = field(default_factory=dict)
    """Number of each packet → when it was written to the socket, in seconds of the wall clock, which a browser tells too."""

    async def speak(self, seconds: float, delay: float) -> None:
        """Say so much, `delay` seconds from now."""
        loop = asyncio.get_running_loop()
        begin = loop.time() + delay
        for place in range(int(self.rate * seconds)):
            number = len(self.sent) + 1
            # At an even pace all packets would find a screen at the same moment between two of its frames.
            at = begin + (place + random.Random(number).uniform(0, 0.5)) / self.rate  # noqa: S311 - it guards nothing
            await asyncio.sleep(max(at - loop.time(), 0))
            text = f"m{number} and so on, for as long as a phrase is, which is about this long."
            packet = _packet(text, number, final=is_final(number))
            self.sent[number] = time.time()
            await self.acs.send(packet)

    async def speak_at_length(self) -> None:
        """A long intermediate without a number; the next packet takes its place."""
        await self.acs.send(_packet(AT_LENGTH, len(self.sent) + 1, final=False))


@asynccontextmanager
async def speaking(served: Served, rates: Sequence[float]) -> AsyncIterator[list[SpokenCall]]:
    """A call for each of `rates`, connected to ingest."""
    async with AsyncExitStack() as stack:
        calls = []
        for number, rate in enumerate(rates):
            acs = await stack.enter_async_context(connect(served.socket_of(key_of(number))))
            calls.append(SpokenCall(key=key_of(number), rate=rate, acs=acs))
        yield calls


def key_of(number: int) -> str:
    """The key of the call with that number."""
    return f"call-{number}"


def is_final(number: int) -> bool:
    """Whether the packet with that number is a final."""
    return number % FINAL == 0


def _packet(text: str, number: int, *, final: bool) -> str:
    data = {
        "text": text,
        "offset": number * 1_000_000,
        "participantRawID": SPEAKER,
        "resultStatus": "Final" if final else "Intermediate",
    }
    return json.dumps({"kind": "TranscriptionData", "transcriptionData": data})
