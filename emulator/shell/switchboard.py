"""Everything that a running emulator holds: its calls, their runners, its faults, its clock."""

import asyncio
import uuid

import httpx

from emulator.calls.machine import Call
from emulator.config import EmulatorConfig
from emulator.fault_policy import FaultPolicy
from emulator.service import Service
from emulator.shell.abandoned import Abandoned
from emulator.shell.clock import Clock
from emulator.shell.eventgrid import EventGrid
from emulator.shell.runner import CallRunner
from emulator.shell.signing import Signer
from emulator.tokens import CALLBACK_LIFETIME, SOCKET_LIFETIME, TokenIssuer


class Switchboard:
    """Runs each new call as a task of `tasks`. Raises `ScriptError` if the default script cannot be played."""

    def __init__(self, config: EmulatorConfig, tasks: asyncio.TaskGroup, client: httpx.AsyncClient) -> None:
        self.config = config
        self.clock = Clock()
        self.service = Service(config, lambda: str(uuid.uuid4()), self._begin)
        self.eventgrid = EventGrid(client, self.clock, topic=self.service.application)
        self.issuer = TokenIssuer(issuer=config.issuer, audience=config.resource_id)
        self.abandoned = Abandoned()
        self.newest: CallRunner | None = None
        self._runners: dict[str, CallRunner] = {}
        self._tasks = tasks
        self._client = client
        sign, now = config.tokens, self.clock.now
        self._callback_signer = None if sign == "none" else Signer(self.issuer, now, lifetime=CALLBACK_LIFETIME)
        self._socket_signer = Signer(self.issuer, now, lifetime=SOCKET_LIFETIME) if sign == "all" else None

    @property
    def faults(self) -> FaultPolicy:
        """The faults of calls without a plan of their own."""
        return self.service.faults

    def wake(self, call_connection_id: str) -> None:
        """Tell a call's runner that the call has had an input."""
        runner = self._runners.get(call_connection_id)
        if runner is not None:
            runner.wake()

    def _begin(self, call: Call) -> None:
        runner = CallRunner(
            call,
            self.clock,
            self._client,
            self.config,
            call.plan.policy or self.faults,
            callback_signer=self._callback_signer,
            socket_signer=self._socket_signer,
            abandoned=self.abandoned,
        )
        call_id = call.identity.call_connection_id
        self._runners[call_id] = runner
        self.newest = runner
        task = self._tasks.create_task(runner.run(), name=f"call {call_id}")
        task.add_done_callback(lambda _task: self._runners.pop(call_id, None))
