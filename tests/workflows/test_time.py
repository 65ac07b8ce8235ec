"""Deadlines of hours, lived through in a moment: Temporal's own server skips the time in which nothing happens."""

import uuid
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from temporalio.client import Client, WorkflowFailureError
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from callscribe.contracts.steps import CallSnapshot
from tests.conftest import search_attribute_keys, temporal_binary
from tests.workflows.conftest import Stage, running_stage
from tests.workflows.scripted_acs import ScriptedAcs, nothing


@pytest.fixture(scope="module")
async def skipping() -> AsyncIterator[Client]:
    """A server on which every workflow's idle time is skipped."""
    async with await WorkflowEnvironment.start_time_skipping_v2(
        dev_server_existing_path=temporal_binary(),
        dev_server_extra_args=["--dynamic-config-value", "frontend.WorkflowTimeSkippingEnabled=true"],
        dev_server_log_level="error",
        data_converter=pydantic_data_converter,
        search_attributes=search_attribute_keys(),
    ) as environment:
        yield environment.client


@pytest.fixture
async def skipping_stage(skipping: Client) -> AsyncIterator[Stage]:
    """A call to be, on that server."""
    async with running_stage(skipping, f"test-{uuid.uuid4()}") as stage:
        yield stage


async def test_call_that_nobody_ends_is_hung_up_after_its_longest_duration(skipping_stage: Stage) -> None:
    """A day passes; the call is hung up, drained for its minute and sealed."""
    stage = skipping_stage
    handle = await stage.start({"transcription": {"start": "on_request"}})
    result = await handle.result()
    assert stage.acs.requests[-1] == "hang_up"
    waited = result.steps[-1].finished_at
    assert waited is not None
    assert waited - result.started_at >= timedelta(hours=24)
    assert result.verdict.kind == "empty"


async def test_drain_waits_its_whole_deadline_for_a_stream_that_never_came(skipping_stage: Stage) -> None:
    """Transcription was on and no stream was heard of: the drain waits, then the verdict says that nothing reached us."""
    stage = skipping_stage

    async def an_hour_later(acs: ScriptedAcs) -> None:
        await acs.send("CallDisconnected", occurred_at=acs.clock + timedelta(hours=1))

    stage.acs.on["hang_up"] = an_hour_later
    handle = await stage.start({"limits": {"drain_timeout": "PT10M", "max_duration": "PT1H"}})
    result = await handle.result()
    drain = result.steps[-1]
    assert drain.name == "drain"
    assert drain.finished_at is not None
    assert drain.finished_at - drain.started_at >= timedelta(minutes=10)
    assert result.verdict.kind == "empty"
    assert "reached" in result.verdict.reason


async def test_unanswered_call_is_given_up_after_the_connect_timeout(skipping_stage: Stage) -> None:
    """ACS never says anything and still shows the call as connecting: hung up after 130 s, failed."""
    stage = skipping_stage
    stage.acs.on["create_call"] = nothing
    stage.acs.snapshot = CallSnapshot(exists=True, state="connecting")
    handle = await stage.start()
    with pytest.raises(WorkflowFailureError):
        await handle.result()
    sealed = stage.acs.sealed[-1].result
    waited = next(step for step in sealed.steps if step.name == "wait for CallConnected")
    assert waited.finished_at is not None
    assert waited.finished_at - sealed.started_at >= timedelta(seconds=130)
