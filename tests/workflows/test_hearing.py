"""Events and strange signals, thousands at a time: taken in turns, in order, all of them before the call is sealed."""

import pytest
from temporalio.client import Client

from tests.workflows.conftest import running_stage
from tests.workflows.long_call import long_call

EVENTS = 450
"""With 250 streams, showing the call for each of them would take some five seconds; two are taken for stuck."""


# A task that a busy machine takes too long for is given up with the handlers it had begun, and comes again.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_backlog_of_events_is_taken_in_turns(client: Client, task_queue: str) -> None:
    """No worker runs while they come, strange ones among them, and the call's end is the last."""
    async with running_stage(client, task_queue) as stage:
        carried = long_call(250).model_dump(mode="json")
        handle = await stage.start({"carried": carried, "limits": {"drain_timeout": "PT1S"}})
        await stage.reaches("transcribing")
    for number in range(EVENTS):
        await stage.acs.send("ParticipantsUpdated", participants=(f"8:acs:{number}",), sequence_number=number)
    await stage.acs.handle.signal("no_such_signal", "x")
    await stage.acs.send("CallDisconnected", message="everybody has left")
    async with running_stage(client, task_queue, stage.acs):
        result = await handle.result()
    assert list(stage.acs.sealed[-1].participants) == [f"8:acs:{number}" for number in range(EVENTS)]
    assert (result.end_reason, result.verdict.counts.unreadable) == ("everybody has left", 1)
    assert await stage.failed_tasks() == []
