"""The emulator's composition root: put together, serve, take apart."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import NoReturn

import httpx

from callscribe.runtime.tls import tls
from emulator.auth import decode_key
from emulator.config import DEFAULT_ACCESS_KEY, EmulatorConfig
from emulator.shell.http import application
from emulator.shell.server import listen, serving
from emulator.shell.switchboard import Switchboard

__all__ = ["DEFAULT_ACCESS_KEY", "EmulatorConfig", "RunningEmulator", "run", "running_emulator"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class RunningEmulator:
    """Where a running emulator is. `endpoint` has no trailing slash, which the SDK's signature needs."""

    endpoint: str
    access_key: str
    switchboard: Switchboard

    @property
    def connection_string(self) -> str:
        """As of an ACS resource; the SDK's own `from_connection_string` would turn http into https."""
        return f"endpoint={self.endpoint};accesskey={self.access_key}"


@contextlib.asynccontextmanager
async def running_emulator(config: EmulatorConfig) -> AsyncIterator[RunningEmulator]:
    """An emulator that runs as long as the block; port 0 takes a free one.

    Raises `OSError` if the port is taken, `ScriptError` for a script that cannot be played, `ValueError` for an access
    key that is not base64.
    """
    decode_key(config.access_key)
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=100)
    async with httpx.AsyncClient(verify=tls(), trust_env=False, limits=limits) as client, _calls() as calls:
        switchboard = Switchboard(config, calls, client)
        # Ready before the first call, and made where it holds nobody up.
        await asyncio.to_thread(switchboard.issuer.key_set)
        listener = listen(config.host, config.port)
        port = listener.getsockname()[1]
        host = f"[{config.host}]" if ":" in config.host else config.host
        async with serving(application(switchboard), listener):
            try:
                yield RunningEmulator(
                    endpoint=f"http://{host}:{port}", access_key=config.access_key, switchboard=switchboard
                )
            finally:
                switchboard.abandoned.end()


async def run(config: EmulatorConfig) -> None:
    """Run until SIGTERM, SIGINT or cancellation. Raises as `running_emulator` does."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    async with running_emulator(config) as emulator:
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, stop.set)
        try:
            _log.info("listening on %s", emulator.endpoint, extra={"speed": config.speed})
            await stop.wait()
        finally:
            for name in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(name)


@contextlib.asynccontextmanager
async def _calls() -> AsyncIterator[asyncio.TaskGroup]:
    """A task group whose tasks are cancelled when the block ends, and that does not wrap the block's own errors."""
    entered: asyncio.Future[asyncio.TaskGroup] = asyncio.get_running_loop().create_future()
    leave = asyncio.Event()
    holder = asyncio.create_task(_hold(entered, leave), name="calls")
    try:
        yield await entered
    finally:
        leave.set()
        await holder


async def _hold(entered: "asyncio.Future[asyncio.TaskGroup]", leave: asyncio.Event) -> None:
    try:
        async with asyncio.TaskGroup() as group:
            entered.set_result(group)
            await leave.wait()
            _leave()
    except* _LeftError:
        pass


def _leave() -> NoReturn:
    raise _LeftError


class _LeftError(Exception):
    """Ends the calls' task group: a group cancels its tasks only for an error."""
