"""An ingest with staged calls and a store, for the tests of its page."""

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError

from callscribe.runtime.store import TranscriptStore
from ingest.main import RunningIngest, running_ingest
from tests.ingest.stack import settings_for
from tests.ingest.web import stage


@dataclass(frozen=True)
class Theatre:
    """Everything running."""

    ingest: RunningIngest
    store: TranscriptStore
    client: Client
    task_queue: str
    running: list[WorkflowHandle[Any, Any]] = field(default_factory=list)

    async def call(self, key: str | None = None) -> tuple[str, WorkflowHandle[Any, Any]]:
        """A running call; it ends with the test."""
        key, handle = await stage.call(self.client, self.task_queue, key)
        self.running.append(handle)
        return key, handle

    async def end(self) -> None:
        """Let the outbox tell the calls everything, then end them."""
        await self.ingest.intake.publisher.idle()
        for handle in self.running:
            with suppress(RPCError):
                await handle.terminate()


@pytest.fixture
async def theatre(tmp_path: Path, client: Client, task_queue: str) -> AsyncIterator[Theatre]:
    """An ingest, a worker of staged calls, and a store that both the ingest and the test use."""
    settings = settings_for(tmp_path)
    async with (
        stage.stage(client, task_queue),
        running_ingest(settings, client, task_queue=task_queue) as ingest,
        await TranscriptStore.open(settings.transcript_store_url) as store,
    ):
        made = Theatre(ingest, store, client, task_queue)
        yield made
        await made.end()
