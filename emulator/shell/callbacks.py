"""Posts one call's events, one after the other, and again while nobody takes them."""

import asyncio
import logging
import random

import httpx

from emulator import events
from emulator.calls.effects import PostEvent
from emulator.config import EmulatorConfig
from emulator.fault_policy import FaultPolicy
from emulator.shell.signing import Signer

_log = logging.getLogger(__name__)
_TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_PAIR_WAIT = 0.3
_MOST_WAITING = 1000


class Poster:
    """One call's callbacks. `first_posted` is set when the first event has been taken or given up.

    Without a `signer` they carry no token.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        config: EmulatorConfig,
        faults: FaultPolicy,
        signer: Signer | None = None,
        chances: random.Random | None = None,
    ) -> None:
        self.first_posted = asyncio.Event()
        self._client = client
        self._config = config
        self._faults = faults
        self._signer = signer
        self._chances = chances or faults.chances("events")
        self._waiting: asyncio.Queue[PostEvent | None] = asyncio.Queue(_MOST_WAITING)

    async def add(self, effect: PostEvent) -> None:
        """Post this after everything that was added before."""
        if self._faults.loses(str(effect.event["type"]).removeprefix(events.PREFIX)):
            return
        await self._waiting.put(effect)

    async def finish(self) -> None:
        """Nothing more will be added: `run` ends when everything is posted or given up."""
        await self._waiting.put(None)

    async def run(self) -> None:
        """Post until finished."""
        last = False
        while not last:
            batch: list[PostEvent] = []
            last = not await self._collect(batch)
            for effect in self._faults.arrange(batch, self._chances):
                await self._post(effect)
                self.first_posted.set()
        self.first_posted.set()

    async def _collect(self, batch: list[PostEvent]) -> bool:
        first = await self._waiting.get()
        if first is None:
            return False
        batch.append(first)
        if not self._faults.arranges():
            return True
        try:
            async with asyncio.timeout(_PAIR_WAIT):
                second = await self._waiting.get()
        except TimeoutError:
            return True
        if second is None:
            return False
        batch.append(second)
        return True

    async def _post(self, effect: PostEvent) -> None:
        """Post one event until it is taken, refused for good, or patience ends."""
        body = events.encode([effect.event])
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._config.callback_patience
        pause = 0.2
        while True:
            answer = await self._try(effect.url, body)
            if answer is None:
                return
            if answer not in _TRY_AGAIN and answer != 0:
                break
            if loop.time() + pause > deadline:
                break
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)
        _log.warning(
            "an event was given up",
            extra={"event": effect.event["type"], "event_id": effect.event["id"], "status": answer},
        )

    async def _try(self, url: str, body: bytes) -> int | None:
        """Post once: `None` if taken, else the status, 0 if there was no answer."""
        token = {} if self._signer is None else await self._signer.headers()
        try:
            response = await self._client.post(
                url,
                content=body,
                headers={"Content-Type": "application/json; charset=utf-8"} | token,
                timeout=self._config.callback_timeout,
            )
        except (httpx.HTTPError, httpx.InvalidURL):
            return 0
        return None if response.is_success else response.status_code
