"""Background work of the page: what fails in it is logged, and fails nothing else. Ingest's first duty is to ACS."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

_log = logging.getLogger(__name__)


class Tasks:
    """Tasks of one owner, who ends them."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def begin(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Do `work` beside everything else."""
        task = asyncio.create_task(_guarded(work, name), name=name)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    def cancel(self) -> None:
        """Ask all of them to end."""
        for task in self._running:
            task.cancel()

    async def end(self) -> None:
        """End all of them."""
        ending = list(self._running)
        self.cancel()
        await asyncio.gather(*ending, return_exceptions=True)


async def _guarded(work: Coroutine[Any, Any, None], name: str) -> None:
    try:
        await work
    except Exception:  # noqa: BLE001 - whatever it is, ACS's doors stay open
        _log.exception("'%s' has failed; the page goes on without it", name)
