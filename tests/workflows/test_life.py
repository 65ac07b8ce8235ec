"""Deadlines of hours, lived through in a moment: Temporal's own server skips the time in which nothing happens."""

from datetime import timedelta

import pytest
from temporalio.client import WorkflowFailureError

from callscribe.contracts.steps import CallSnapshot
from tests.workflows.conftest import Stage
from tests.workflows.scripted_acs import ScriptedAcs, nothing


async def test_call_that_nobody_ends_is_hung_up_after_its_longest_duration(skipping_stage: Stage) -> None:
    """Two hours pass; the call is hung up, drained for its minute and sealed."""
    stage = skipping_stage
    handle = await stage.start({"transcription": {"start": "on_request"}, "limits": {"max_duration": "PT2H"}})
    result = await handle.result()
    assert stage.acs.requests[-1] == "hang_up"
    waited = result.steps[-1].finished_at
    assert waited is not None
    assert waited - result.started_at >= timedelta(hours=2)
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
    assert drain.name == "wait for the last words"
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
