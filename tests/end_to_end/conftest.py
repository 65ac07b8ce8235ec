"""One stack a test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.client import Client

from tests.end_to_end.stack import CallStack, running_stack


@pytest.fixture
async def stack(client: Client, tmp_path: Path, task_queue: str) -> AsyncIterator[CallStack]:
    """The whole of Callscribe, with an emulator whose delays pass twenty times faster."""
    async with running_stack(client, tmp_path, task_queue) as running:
        yield running
