"""After a long outage of all workers: thousands of signals in one activation, worked off without being taken for stuck."""

import asyncio
import os

import pytest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from callscribe.contracts.commands import HangUp
from tests.workflows.conftest import running_stage
from tests.workflows.scripted_acs import ScriptedAcs

BACKLOG = int(os.environ.get("CALLSCRIBE_TEST_BACKLOG", "600"))
"""Chunks that wait; the long form is `CALLSCRIBE_TEST_BACKLOG=10000 make test ARGS='-k backlog'`."""


@pytest.mark.timeout(600)
# A task that a busy machine takes too long for is given up with the handlers it had begun, and comes again.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_backlog_of_an_outage_is_worked_off(client: Client, task_queue: str) -> None:
    """No worker runs while the chunks come; then one does, and every chunk is stored once and in order."""
    async with running_stage(client, task_queue) as stage:
        handle = await stage.start()
        await stage.reaches("transcribing")
    waiting = asyncio.create_task(send_all(stage.acs))
    full = asyncio.create_task(stage.acs.full.wait())
    # The server takes 10,000 signals a run, the call's events among them: what is beyond waits for the worker.
    await asyncio.wait({waiting, full}, return_when=asyncio.FIRST_COMPLETED)
    full.cancel()
    async with running_stage(client, task_queue, stage.acs):
        await waiting
        assert (await stage.acs.close_stream("s1", BACKLOG)).complete
        await stage.update("hang_up", HangUp())
        result = await handle.result()
    assert stage.acs.texts() == [str(number) for number in range(1, BACKLOG + 1)]
    assert (result.segments, result.verdict.kind) == (BACKLOG, "complete")


async def send_all(acs: ScriptedAcs) -> None:
    """All chunks, one after the other, as ingest sends them: the same again for as long as the server says no."""
    for number in range(1, BACKLOG + 1):
        while True:
            try:
                await acs.send_chunk("s1", number, str(number), first=number)
                break
            except RPCError as error:
                if error.status not in (RPCStatusCode.INVALID_ARGUMENT, RPCStatusCode.RESOURCE_EXHAUSTED):
                    raise
                acs.full.set()
                await asyncio.sleep(0.2)
