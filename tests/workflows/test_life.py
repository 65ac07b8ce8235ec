"""Deadlines of hours, lived through in a moment: Temporal's own server skips the time in which nothing happens. And what
becomes of them where a new run is due, and has to wait for a store that is down.
"""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from temporalio import activity
from temporalio.client import Client, WorkflowFailureError
from temporalio.exceptions import ApplicationError

from callscribe.contracts.commands import HangUp
from callscribe.contracts.steps import CallSnapshot
from tests.support.eventually import eventually
from tests.workflows.conftest import Stage, running_stage
from tests.workflows.long_call import long_call
from tests.workflows.scripted_acs import ScriptedAcs, nothing
from workflows import compacting, life


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


async def with_the_store_down(stage: Stage, limits: dict[str, Any]) -> asyncio.Event:
    """A call for which a new run is due, while words wait for a store that is down until the event is set."""
    back = asyncio.Event()

    async def down(_acs: ScriptedAcs) -> None:
        if activity.info().is_local:
            raise ApplicationError("down", non_retryable=True)
        await back.wait()

    stage.acs.on["save_segments"] = down
    await stage.start({"limits": {"continue_as_new_after": 6, **limits}})
    await stage.reaches("transcribing")
    for number in range(1, 7):
        await stage.acs.send_chunk("s1", number, f"{number}.", first=number)
    return back


async def test_drain_ends_at_its_deadline_though_a_new_run_is_due(stage: Stage) -> None:
    """The run cannot be renewed while a save is under way, and does not think about it for ever either."""
    back = await with_the_store_down(stage, {"drain_timeout": "PT1S"})
    await stage.acs.send("CallDisconnected", code=200)

    async def has_drained() -> bool:
        step = (await stage.status()).steps[-1]
        return step.name == "wait for the last words" and step.finished_at is not None

    assert await eventually(has_drained)
    back.set()
    await stage.acs.handle.result()
    assert stage.acs.texts() == [f"{number}." for number in range(1, 7)]
    assert await stage.failed_tasks() == []


async def test_a_call_that_lasts_too_long_is_hung_up_though_a_new_run_is_due(stage: Stage) -> None:
    """The same while the call goes on: its longest duration passes."""
    back = await with_the_store_down(stage, {"drain_timeout": "PT1S", "max_duration": "PT4S"})
    await stage.reaches("draining")
    assert stage.acs.requests[-1] == "hang_up"
    back.set()
    await stage.acs.handle.result()
    assert await stage.failed_tasks() == []


async def test_a_run_is_renewed_by_what_it_has_added_and_not_by_what_it_began_with(stage: Stage) -> None:
    """A call of 2,300 streams hands on more than half a MiB, once: what is handed on from there is bounded."""
    await stage.start({"carried": long_call(2300).model_dump(mode="json")})
    await stage.reaches("transcribing")
    for number in range(1, 4):
        await stage.acs.send_chunk("last", number, "x" * 1000, first=number)
    await eventually(lambda: len(stage.acs.stored) == 3)
    assert (await stage.status()).runs == 1
    for number in range(4, 8):
        await stage.acs.send_chunk("last", number, "x" * 200_000, first=number)

    async def renewed() -> bool:
        return (await stage.status()).runs == 2

    await eventually(renewed)
    status = await stage.status()
    assert len(status.streams) <= compacting.MOST_STREAMS
    assert status.segments == 7


async def test_a_run_ends_before_its_history_is_too_long_though_words_wait(
    client: Client, task_queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store stays away for hours: the words are left to ingest, and come again when the stream is closed."""
    monkeypatch.setattr(life, "LEAVE_AT_EVENTS", 60)
    async with running_stage(client, task_queue, sandboxed=False) as stage:
        back = await with_the_store_down(stage, {"drain_timeout": "PT1S"})

        async def renewed() -> bool:
            await stage.acs.send("ParticipantsUpdated")
            return (await stage.status()).runs == 2

        await eventually(renewed, every=0.2)
        assert (await stage.status()).segments == 0
        stage.acs.on["save_segments"] = nothing
        back.set()
        receipt = await stage.acs.close_stream("s1", 6)
        assert (receipt.mark, receipt.complete) == (0, False)
        for number in range(1, 7):
            await stage.acs.send_chunk("s1", number, f"{number}.", first=number)
        assert (await stage.acs.close_stream("s1", 6, asked=1)).complete
        await stage.update("hang_up", HangUp())
        result = await stage.acs.handle.result()
    assert stage.acs.texts() == [f"{number}." for number in range(1, 7)]
    assert result["verdict"]["kind"] == "complete"
