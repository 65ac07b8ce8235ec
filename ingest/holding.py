"""While the outbox takes nothing: hold what has been accepted, and read no more, until it is on disk.

Each socket holds one thing, and the few packets that its library has read ahead; then TCP tells the sender to wait. A
disk that is full for an hour so delays words and loses none, unless this process ends meanwhile.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from ingest.intake import Intake
from ingest.outbox import OutboxError

FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 1.0
"""Seconds between attempts."""
LAST_CHANCE: Final = 5.0
"""Seconds that a process which is asked to end still tries."""

_log = logging.getLogger(__name__)


async def until_kept(intake: Intake, keep: Callable[[], Awaitable[None]], *, call: str, stream: str) -> None:
    """Carry `keep` out until the outbox has taken it.

    Raises `OutboxError` for what no waiting cures, and when the process ends first: then it is lost, and said so.
    """
    try:
        await keep()
    except OutboxError as error:
        if not error.passing:
            raise
        await _hold(intake, keep, error, {"call": call, "stream": stream})


async def _hold(intake: Intake, keep: Callable[[], Awaitable[None]], error: OutboxError, facts: dict[str, str]) -> None:
    measures, loop = intake.measures, asyncio.get_running_loop()
    measures.outbox_failures.add()
    measures.held.add()
    _log.error("the outbox takes nothing: held in memory, and the socket is not read: %s", error, extra=facts)
    pause, began, deadline = FIRST_PAUSE, loop.time(), None
    try:
        while True:
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
            try:
                await keep()
            except OutboxError as again:
                if intake.stopping and deadline is None:
                    deadline = loop.time() + LAST_CHANCE
                if not again.passing or (deadline is not None and loop.time() >= deadline):
                    raise
            else:
                _log.warning("kept after all", extra=facts | {"held_s": round(loop.time() - began, 1)})
                return
    finally:
        measures.held.add(-1)
