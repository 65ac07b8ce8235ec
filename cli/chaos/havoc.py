"""Kills or freezes services and brings them back, one fault after the other."""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from cli.chaos.schedule import Fault, Kind
from cli.supervisor import Supervisor

SHORTEST_STORE_PAUSE: Final = 1.0
"""Seconds; PostgreSQL does not start while a child of the killed server still holds its shared memory."""


@dataclass(frozen=True, slots=True)
class Blow:
    """A fault that has happened; Unix seconds."""

    kind: Kind
    at: float
    back: float
    """When everything that it struck was ready again."""
    frozen: bool = False
    """Whether what it struck stood still instead of dying."""


async def havoc(
    supervisor: Supervisor,
    faults: Iterator[Fault],
    is_over: asyncio.Event,
    tell: Callable[[str], None],
    *,
    at_least: int = 0,
    freeze: bool = False,
) -> list[Blow]:
    """Carry faults out until `is_over`, and `at_least` so many; on return everything runs. With `freeze` nothing dies: it
    stands still.

    Raises `ServiceError` for what does not come back.
    """
    blows: list[Blow] = []
    for fault in faults:
        if await _is_over_within(fault.calm, is_over) and len(blows) >= at_least:
            break
        blow = await (frost if freeze else strike)(supervisor, fault)
        struck = ", ".join(f"{name} for {pause:.1f} s" for name, pause in fault.pauses.items())
        tell(f"{'froze' if freeze else 'killed'} {struck}; all ready again after {blow.back - blow.at:.1f} s")
        blows.append(blow)
    return blows


async def _is_over_within(seconds: float, is_over: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await is_over.wait()
    except TimeoutError:
        return False


async def strike(supervisor: Supervisor, fault: Fault) -> Blow:
    """Kill what the fault names at one moment; start each again after its pause, the store before those who need it."""
    at = time.time()
    await asyncio.gather(*(supervisor.kill(name) for name in fault.pauses))
    pauses = dict(fault.pauses)
    if Kind.STORE in pauses:
        await _revive(supervisor, Kind.STORE, max(pauses.pop(Kind.STORE), SHORTEST_STORE_PAUSE))
    async with asyncio.TaskGroup() as tasks:
        for name, pause in pauses.items():
            tasks.create_task(_revive(supervisor, name, pause), name=f"revive {name}")
    return Blow(fault.kind, at, time.time())


async def frost(supervisor: Supervisor, fault: Fault) -> Blow:
    """Freeze what the fault names at one moment; let each go on after its pause."""
    at = time.time()
    for name in fault.pauses:
        supervisor.freeze(name)
    async with asyncio.TaskGroup() as tasks:
        for name, pause in fault.pauses.items():
            tasks.create_task(_thaw(supervisor, name, pause), name=f"thaw {name}")
    return Blow(fault.kind, at, time.time(), frozen=True)


async def _thaw(supervisor: Supervisor, name: str, pause: float) -> None:
    try:
        await asyncio.sleep(pause)
    finally:  # whoever gives up in between stops services with SIGTERM, which nobody frozen hears
        supervisor.thaw(name)
    await supervisor.until_ready(name)


async def _revive(supervisor: Supervisor, name: str, pause: float) -> None:
    await asyncio.sleep(pause)
    await supervisor.revive(name)
