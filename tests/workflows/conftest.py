"""A worker of the call workflow with a scripted ACS behind it."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pytest
from temporalio.client import Client, WorkflowHandle
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from callscribe.contracts import names
from callscribe.contracts.call import CallRequest
from callscribe.contracts.status import CallResult, CallStatus, TranscriptionState
from callscribe.runtime.attributes import attribute_keys
from tests.support.eventually import eventually
from tests.support.temporal_server import temporal_binary
from tests.support.updates import patient_update
from tests.workflows.scripted_acs import ScriptedAcs
from worker.main import PASSED_THROUGH
from workflows.call_transcription import CallTranscription


@dataclass
class Stage:
    """A call to be, its other side, and a worker that is running."""

    client: Client
    acs: ScriptedAcs
    task_queue: str

    async def start(self, request: dict[str, Any] | None = None) -> WorkflowHandle[Any, CallResult]:
        """Start the call."""
        origin = {"kind": "create", "targets": [{"kind": "phone_number", "value": "+12025550100"}]}
        return await self.client.start_workflow(
            CallTranscription.run,
            CallRequest.model_validate({"origin": origin, **(request or {})}),
            id=names.workflow_id(self.acs.key),
            task_queue=self.task_queue,
        )

    async def status(self) -> CallStatus:
        """What the call says of itself."""
        status: CallStatus = await self.acs.handle.query(names.QUERY_STATUS, result_type=CallStatus)
        return status

    async def reaches(self, state: str) -> CallStatus:
        """Wait until the call is in `state`."""

        async def there() -> CallStatus:
            status = await self.status()
            assert status.state == state
            assert status.transcription is not TranscriptionState.STARTING, "ACS has said so, and has not answered yet"
            return status

        return await eventually(there)

    async def end(self) -> None:
        """Leave no call behind that lists of calls would ask in vain."""
        with suppress(RPCError):  # most have ended, and some have never begun
            await self.acs.handle.terminate()

    async def has_streams(self, *ids: str) -> bool:
        """Whether the call knows exactly these."""
        return [each.id for each in (await self.status()).streams] == list(ids)

    async def failed_tasks(self) -> list[str]:
        """Why workflow tasks of the call's newest run were given up; one that a signal has overtaken does not count."""
        failures = [
            each.workflow_task_failed_event_attributes.failure.message
            async for each in self.acs.handle.fetch_history_events()
            if each.HasField("workflow_task_failed_event_attributes")
        ]
        return [message for message in failures if "UnhandledCommand" not in message]

    async def update(self, name: str, command: Any, update_id: str | None = None) -> dict[str, Any]:
        """Send a command and give its answer."""
        answer: dict[str, Any] = await patient_update(self.acs.handle, name, command, update_id)
        return answer


@asynccontextmanager
async def running_stage(
    client: Client, task_queue: str, acs: ScriptedAcs | None = None, *, sandboxed: bool = True
) -> AsyncIterator[Stage]:
    """A worker with a scripted ACS, a new one unless it is given; the test starts the call. What a test patches of the
    workflow's modules is seen outside of the sandbox only.
    """
    acs = acs or ScriptedAcs(client=client, key=f"test-{uuid.uuid4()}")
    async with Worker(
        client,
        task_queue=task_queue,
        workflows=[CallTranscription],
        activities=acs.activities,
        workflow_runner=SandboxedWorkflowRunner(SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH))
        if sandboxed
        else UnsandboxedWorkflowRunner(),
    ):
        yield Stage(client=client, acs=acs, task_queue=task_queue)


@pytest.fixture
async def stage(client: Client, task_queue: str) -> AsyncIterator[Stage]:
    """A worker with a scripted ACS, on the session's server."""
    async with running_stage(client, task_queue) as running:
        yield running
        await running.end()


@pytest.fixture
async def unsandboxed(client: Client, task_queue: str) -> AsyncIterator[Stage]:
    """A call to be, whose workflow sees what a test patches."""
    async with running_stage(client, task_queue, sandboxed=False) as running:
        yield running
        await running.end()


@pytest.fixture(scope="session")
async def skipping() -> AsyncIterator[Client]:
    """A server on which every workflow's idle time is skipped."""
    async with await WorkflowEnvironment.start_time_skipping_v2(
        dev_server_existing_path=temporal_binary(),
        dev_server_extra_args=["--dynamic-config-value", "frontend.WorkflowTimeSkippingEnabled=true"],
        dev_server_log_level="error",
        data_converter=pydantic_data_converter,
        search_attributes=attribute_keys(),
    ) as environment:
        yield environment.client


@pytest.fixture
async def skipping_stage(skipping: Client) -> AsyncIterator[Stage]:
    """A call to be, on that server."""
    async with running_stage(skipping, f"test-{uuid.uuid4()}") as stage:
        yield stage
        await stage.end()
