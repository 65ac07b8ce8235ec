"""Runs one call: lets time pass for it and carries its effects out, in order."""

import asyncio
import logging

import httpx

from emulator.calls.effects import CloseSocket, DropSocket, Effect, OpenSocket, PostEvent, SendPacket
from emulator.calls.machine import Call
from emulator.config import EmulatorConfig
from emulator.fault_policy import FaultPolicy
from emulator.shell.abandoned import Abandoned
from emulator.shell.callbacks import Poster
from emulator.shell.clock import Clock
from emulator.shell.signing import Signer
from emulator.shell.sockets import Sockets

_log = logging.getLogger(__name__)


class CallRunner:
    """One call's task. `wake` it after every input."""

    def __init__(
        self,
        call: Call,
        clock: Clock,
        client: httpx.AsyncClient,
        config: EmulatorConfig,
        faults: FaultPolicy,
        *,
        callback_signer: Signer | None = None,
        socket_signer: Signer | None = None,
        abandoned: Abandoned | None = None,
    ) -> None:
        self.call = call
        self.poster = Poster(client, config, faults, callback_signer, faults.chances("events", call.ordinal))
        self._clock = clock
        self._config = config
        self._socket_signer = socket_signer
        self._abandoned = abandoned
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """The call may have new effects."""
        self._woken.set()

    async def run(self) -> None:
        """Run the call to its end and until its last event is posted."""
        try:
            async with asyncio.TaskGroup() as tasks:
                sockets = Sockets(
                    self.call,
                    tasks,
                    timeout=self._config.socket_timeout,
                    now=self._clock.now,
                    wake=self.wake,
                    signer=self._socket_signer,
                    abandoned=self._abandoned,
                )
                tasks.create_task(self.poster.run(), name="callbacks")
                await self._live(sockets)
                await self.poster.finish()
        except Exception:  # noqa: BLE001 - one broken call must not take the others with it
            _log.exception("a call broke", extra={"call": self.call.identity.call_connection_id})

    async def _live(self, sockets: Sockets) -> None:
        while True:
            self._woken.clear()
            self.call.advance(self._clock.now())
            effects = self.call.take_effects()
            for effect in effects:
                await self._perform(effect, sockets)
            if not effects and self.call.is_done:
                return
            # Sending may never have to wait; other calls want their turn all the same.
            await asyncio.sleep(0)
            await self._wait()

    async def _wait(self) -> None:
        due = self.call.next_due()
        left = None if due is None else due - self._clock.now()
        if self.call.is_done or self._woken.is_set() or (left is not None and left <= 0):
            return
        try:
            async with asyncio.timeout(left):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _perform(self, effect: Effect, sockets: Sockets) -> None:
        if isinstance(effect, PostEvent):
            await self.poster.add(effect)
        elif isinstance(effect, SendPacket):
            await sockets.send(effect)
        elif isinstance(effect, OpenSocket):
            sockets.open(effect)
        elif isinstance(effect, CloseSocket):
            sockets.close(effect)
        elif isinstance(effect, DropSocket):
            sockets.drop(effect)
