"""One very long call: Apollo 13's air-to-ground loop, 142.9 hours, as a single call over many runs of its workflow."""

import json
import os
import sys
import time
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from callscribe.contracts import names
from callscribe.contracts.status import CallResult
from callscribe.transcript.sequencing import order
from tests.end_to_end.stack import Script, by_participant, running_stack
from worker.main import PASSED_THROUGH
from workflows.call_transcription import CallTranscription
from workflows.life import RENEW_AT_EVENTS

LINES = int(os.environ.get("CALLSCRIBE_TEST_APOLLO", "500"))
"""Lines of the loop; the whole of it is `CALLSCRIBE_TEST_APOLLO=11266 make test ARGS='-k apollo -s'`."""
RENEW_AFTER = 400 if LINES > 5000 else 15
CARRIED = 32 * 1024
"""Bytes that a run may be begun with, however long the call has lasted."""
REPLAYED_WITHIN = 5.0
"""Seconds for any run's replay, on a machine that is very busy; alone it takes less than one."""


@pytest.fixture
def apollo(real_calls: Path) -> Script:
    """The first lines of the loop."""
    lines = (real_calls / "apollo13.jsonl").read_text().splitlines()[: LINES + 1]
    return Script(text="\n".join(lines), lines=[json.loads(line) for line in lines[1:]])


@pytest.mark.timeout(900)
async def test_apollo_13_is_one_call(client: Client, tmp_path: Path, task_queue: str, apollo: Script) -> None:
    """Everything is stored once and in order; no run is long, and every run replays."""
    async with running_stack(client, tmp_path, task_queue, speed=4000, hangup_at_end=1) as stack:
        await stack.plan("+12025550147", script=apollo.text)
        handle = await stack.start(
            "apollo", limits={"continue_as_new_after": RENEW_AFTER, "max_duration": "P30D", "drain_timeout": "PT2M"}
        )
        result: CallResult = await handle.result()
        assert result.verdict.kind == "complete", result.verdict
        assert result.segments == len(apollo.lines)
        stored = await stack.transcript("apollo")
        assert by_participant(order(stored.segments, stored.streams)) == apollo.by_participant()
    replayer = Replayer(
        workflows=[CallTranscription],
        data_converter=pydantic_data_converter,
        workflow_runner=SandboxedWorkflowRunner(SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)),
    )
    lengths, slowest, largest = [], 0.0, 0
    async for run in client.list_workflows(f"WorkflowId = '{names.workflow_id('apollo')}'"):
        history = await client.get_workflow_handle(run.id, run_id=run.run_id).fetch_history()
        lengths.append(len(history.events))
        begun_with = history.events[0].workflow_execution_started_event_attributes.input
        largest = max(largest, begun_with.ByteSize())
        began = time.perf_counter()
        await replayer.replay_workflow(history)
        slowest = max(slowest, time.perf_counter() - began)
    assert len(lengths) > 1
    assert max(lengths) <= RENEW_AT_EVENTS
    assert largest <= CARRIED, "what a run hands to the next one does not grow with the call"
    assert slowest < REPLAYED_WITHIN
    sys.stdout.write(
        f"\n{len(apollo.lines)} segments, {len(lengths)} runs, at most {max(lengths)} events; "
        f"the slowest replay took {slowest:.2f} s; "
        f"{largest} bytes at most were handed from run to run\n"
    )
