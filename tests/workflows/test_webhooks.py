"""Webhooks told by the workflow of a call: once each, by workflows that outlive it, and without waiting for them."""

import uuid
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from temporalio import workflow
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.transcript_store import TranscriptStoreActivities
from activities.webhook_announcing import Announcer
from callscribe.contracts import names
from callscribe.contracts.carried import CarriedState
from callscribe.contracts.commands import HangUp
from callscribe.contracts.webhooks import DeliveryOutcome, DeliveryRequest
from callscribe.runtime.store import TranscriptStore
from callscribe.runtime.webhooks import Hook
from tests.callscribe.runtime.store.conftest import START, sealing
from tests.support.eventually import eventually
from tests.support.webhook_receiver import Receiver
from tests.workflows.conftest import Stage
from tests.workflows.scripted_acs import ScriptedAcs
from tests.workflows.test_transcript_amendment import begin, chunk, close
from worker.main import PASSED_THROUGH
from workflows import webhooks
from workflows.call_transcription import CallTranscription
from workflows.transcript_amendment import TranscriptAmendment


@workflow.defn(name=names.DELIVERY_WORKFLOW, sandboxed=False)
class Held:
    """A delivery that goes on until it is told that there is more; that of webhook `brief` ends at once."""

    def __init__(self) -> None:
        self._told = 0

    @workflow.run
    async def run(self, request: DeliveryRequest) -> DeliveryOutcome:
        """Wait."""
        await workflow.wait_condition(lambda: self._told > 0 or request.hook == "brief")
        return DeliveryOutcome(id=request.id, delivered=True)

    @workflow.signal(name=names.SIGNAL_MORE)
    def more(self) -> None:
        """End."""
        self._told += 1


@pytest.fixture
async def stage(client: Client, task_queue: str) -> AsyncIterator[Stage]:
    """A call whose store names webhooks; nobody calls them."""
    acs = ScriptedAcs(client=client, key=f"test-{uuid.uuid4()}", feeds=("live", "brief"), hooks=("crm", "erp"))
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)
    async with Worker(
        client,
        task_queue=task_queue,
        workflows=[CallTranscription, Held],
        activities=acs.activities,
        workflow_runner=SandboxedWorkflowRunner(restrictions),
    ):
        yield Stage(client=client, acs=acs, task_queue=task_queue)


async def statuses(stage: Stage, request: DeliveryRequest) -> list[WorkflowExecutionStatus | None]:
    """Of all runs of a delivery, the newest first."""
    return [each.status async for each in stage.client.list_workflows(f"WorkflowId = '{request.workflow_id}'")]


async def begun(stage: Stage, run_id: str | None = None) -> list[str]:
    """The ids of the workflows that a run of the call has begun, in order."""
    handle = stage.client.get_workflow_handle(stage.acs.handle.id, run_id=run_id)
    events: list[Any] = [event async for event in handle.fetch_history_events()]
    field = "start_child_workflow_execution_initiated_event_attributes"
    return [getattr(event, field).workflow_id for event in events if event.HasField(field)]


async def speak(stage: Stage, *texts: str) -> None:
    """A chunk for each text, and the end of the stream."""
    for seq, text in enumerate(texts, start=1):
        await stage.acs.send_chunk("s1", seq, text, first=seq)
    await stage.acs.close_stream("s1", len(texts))


async def test_each_is_told_once(stage: Stage) -> None:
    """Those who follow with the first words, also when the call continues as new; the others when it is sealed."""
    key = stage.acs.key
    handle = await stage.start({"limits": {"continue_as_new_after": 4}})
    await stage.reaches("transcribing")
    await speak(stage, *(f"line {number}" for number in range(8)))
    await stage.update("hang_up", HangUp())
    assert (await handle.result()).verdict.kind == "complete"
    runs = [each.run_id async for each in stage.client.list_workflows(f"WorkflowId = '{handle.id}'")]
    assert len(runs) > 1
    ids = [id_ for run in reversed(runs) for id_ in await begun(stage, run)]
    feeds = [DeliveryRequest.to_follow(key, hook).workflow_id for hook in stage.acs.feeds]
    assert ids == [*feeds, *(DeliveryRequest.about_revision(key, hook, 1).workflow_id for hook in stage.acs.hooks)]
    for request in (DeliveryRequest.to_follow(key, "live"), DeliveryRequest.about_revision(key, "crm", 1)):
        described = await stage.client.get_workflow_handle(request.workflow_id).describe()
        assert described.status is WorkflowExecutionStatus.RUNNING, "it outlives the call"
        await stage.client.get_workflow_handle(request.workflow_id).terminate()


async def test_what_is_stored_while_it_is_sealed(stage: Stage) -> None:
    """Who follows the call may have left by then: one that has is begun again, one that has not is told."""
    key = stage.acs.key

    async def one_more(acs: ScriptedAcs) -> None:
        if len(acs.sealed) == 1:
            await acs.send_chunk("s2", 1, "One more.")

    stage.acs.on["seal_transcript"] = one_more
    handle = await stage.start()
    await stage.reaches("transcribing")
    await speak(stage, "Hello.")
    await stage.update("hang_up", HangUp())
    await handle.result()
    assert stage.acs.texts() == ["Hello.", "One more."]
    live, brief = (DeliveryRequest.to_follow(key, hook) for hook in ("live", "brief"))

    async def settled() -> bool:
        over = [WorkflowExecutionStatus.COMPLETED]
        return (await statuses(stage, live), await statuses(stage, brief)) == (over, over * 2)

    await eventually(settled)


async def test_each_late_word(client: Client, task_queue: str, tmp_path: Path) -> None:
    """Who follows leaves as soon as he has what there is of a sealed call: he is told of whatever is stored after that."""
    hook = Hook.model_validate(Receiver(url="https://crm.example/hook").hook("brief", events=["segments"]))
    brief = DeliveryRequest.to_follow(task_queue, "brief")

    async def has_run(times: int) -> bool:
        found = [each.status async for each in client.list_workflows(f"WorkflowId = '{brief.workflow_id}'")]
        return found.count(WorkflowExecutionStatus.COMPLETED) == times

    async with await TranscriptStore.open(f"sqlite+aiosqlite:///{tmp_path / 's.sqlite'}") as store:
        transcripts = TranscriptStoreActivities(store, Announcer(store, [hook]))
        restrictions = SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)
        async with Worker(
            client,
            task_queue=task_queue,
            workflows=[TranscriptAmendment, Held],
            activities=[transcripts.save_segments, transcripts.seal_transcript, transcripts.load_sealed],
            workflow_runner=SandboxedWorkflowRunner(restrictions),
        ):
            await store.seal(sealing(task_queue))
            handle = await begin(client, task_queue, task_queue)
            for late in (1, 2, 3):
                await handle.signal(names.SIGNAL_CHUNK, chunk(late, late))
                await eventually(partial(has_run, late))
            await close(handle, 3)
            assert (await handle.result()).amended == 3


def test_what_is_forgotten_before_a_sealing() -> None:
    """Who was told of the call; nothing else changes."""
    state = CarriedState(started_at=START, locale="en-US", feeds=("live",))
    assert webhooks.forget(state) == CarriedState(started_at=START, locale="en-US")
    assert webhooks.forget(CarriedState(started_at=START, locale="en-US")).feeds == ()
