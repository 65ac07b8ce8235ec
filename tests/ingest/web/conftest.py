"""An ingest with staged calls and a store, for the tests of its page."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client, WorkflowHandle

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

    async def call(self, key: str | None = None) -> tuple[str, WorkflowHandle[Any, Any]]:
        """A running call."""
        return await stage.call(self.client, self.task_queue, key)


@pytest.fixture
async def theatre(tmp_path: Path, client: Client, task_queue: str) -> AsyncIterator[Theatre]:
    """An ingest, a worker of staged calls, and a store that both the ingest and the test use."""
    settings = settings_for(tmp_path)
    async with (
        stage.stage(client, task_queue),
        running_ingest(settings, client, task_queue=task_queue) as ingest,
        await TranscriptStore.open(settings.transcript_store_url) as store,
    ):
        yield Theatre(ingest, store, client, task_queue)
