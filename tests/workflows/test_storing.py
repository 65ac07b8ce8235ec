"""From signals to the store: after the end, out of turn, unreadable."""

import asyncio
from datetime import timedelta
from functools import partial

import pytest
from temporalio import activity
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.exceptions import ApplicationError
from temporalio.worker import Replayer
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from callscribe.contracts.commands import HangUp
from tests.support.eventually import eventually
from tests.workflows.conftest import Stage, running_stage
from tests.workflows.long_call import long_call
from tests.workflows.scripted_acs import Reaction, ScriptedAcs
from worker.main import PASSED_THROUGH
from workflows import intake, storing
from workflows.call_transcription import CallTranscription

ON_REQUEST = {"transcription": {"start": "on_request"}}
ROOM = {"origin": {"kind": "connect", "room_id": "99"}}


async def test_chunks_after_the_end_of_the_call_are_stored(stage: Stage) -> None:
    """What is still on its way when the far end hangs up in mid-sentence is waited for."""
    handle = await stage.start()
    await stage.reaches("transcribing")
    await stage.acs.send_chunk("s1", 1, "Hello.")
    await stage.acs.send("CallDisconnected", code=200, sub_code=5010, message="only one participant")
    await stage.reaches("draining")
    await stage.acs.send_chunk("s1", 2, "And good-", first=2)
    assert (await stage.acs.close_stream("s1", 2)).complete
    result = await handle.result()
    assert stage.acs.texts() == ["Hello.", "And good-"]
    assert result.end_reason == "only one participant"


async def test_names_of_the_request_go_to_the_store_with_the_first_words(stage: Stage) -> None:
    """Once: nothing is added to what each chunk costs."""
    handle = await stage.start({"participants": {"4:+12025550100": "Ada"}, "limits": {"drain_timeout": "PT0.5S"}})
    await stage.reaches("transcribing")
    await stage.acs.send_chunk("s1", 1, "Hello.")
    assert (await stage.acs.close_stream("s1", 1)).complete
    await stage.acs.send_chunk("s2", 1, "Hello again.")
    assert (await stage.acs.close_stream("s2", 1)).complete
    await stage.update("hang_up", HangUp())
    await handle.result()
    assert stage.acs.names == [{"4:+12025550100": "Ada"}, {}]


async def test_stream_that_is_never_closed_makes_the_verdict_partial(stage: Stage) -> None:
    """The drain deadline passes without the stream's end: partial, and the gap says why."""
    handle = await stage.start({"limits": {"drain_timeout": "PT0.5S"}})
    await stage.reaches("transcribing")
    await stage.acs.send_chunk("s1", 1, "Hello.")
    await stage.update("hang_up", HangUp())
    result = await handle.result()
    assert result.verdict.kind == "partial"
    assert [gap.cause for gap in result.verdict.gaps] == ["stream not closed in time"]


async def test_a_stream_that_ingest_still_holds_is_waited_for(stage: Stage) -> None:
    """A second socket's words wait in the outbox, and nothing of it has come: the transcript is not sealed without them."""
    handle = await stage.start()
    await stage.reaches("transcribing")
    await stage.acs.send_chunk("s1", 1, "Hello.")
    await stage.acs.close_stream("s1", 1, beside=("s2",))
    await stage.update("hang_up", HangUp())
    await stage.reaches("draining")
    assert [each.id for each in (await stage.status()).streams] == ["s1", "s2"]
    await stage.acs.send_chunk("s2", 1, "Hello again.", first=2)
    await stage.acs.close_stream("s2", 1)
    result = await handle.result()
    assert (result.verdict.kind, result.verdict.counts.stored) == ("complete", 2)


async def test_poison_signals_are_counted_and_harm_nothing(stage: Stage) -> None:
    """Signals that cannot be read, and one of an unknown name, leave the call alive and show in the counts."""
    handle = await stage.start({"limits": {"drain_timeout": "PT0.5S"}})
    await stage.reaches("transcribing")
    for _ in range(3):  # ingest has no receipt for it
        await stage.acs.handle.signal("transcript_chunk", {"stream": 7})
    await stage.acs.handle.signal("call_event", ["nonsense"])
    await stage.acs.handle.signal("no_such_signal", "x")
    await stage.acs.send_chunk("s1", 1, "Hello.")
    await stage.acs.close_stream("s1", 1)
    aside = (await stage.status()).quarantined
    assert {(each.signal, each.reason) for each in aside} >= {("no_such_signal", "unknown name")}
    assert {each.signal for each in aside} == {"transcript_chunk", "call_event", "no_such_signal"}
    assert all(each.size > 0 for each in aside)
    await stage.update("hang_up", HangUp())
    result = await handle.result()
    assert result.verdict.counts.unreadable == 3
    assert result.verdict.kind == "partial"
    assert stage.acs.texts() == ["Hello."]


async def hangs(_acs: ScriptedAcs) -> None:
    """A store that takes a request and never answers; a regular activity is taken as the sign that it is back."""
    if activity.info().is_local:
        await asyncio.Event().wait()


async def refuses(_acs: ScriptedAcs) -> None:
    """A store that is not there, likewise."""
    if activity.info().is_local:
        raise ApplicationError("down")


@pytest.mark.parametrize("store", [hangs, refuses])
async def test_a_store_that_is_down_is_waited_for_outside_of_the_workflow_task(stage: Stage, store: Reaction) -> None:
    """However it is down, a regular activity takes over within seconds; and the call's history can be replayed."""
    stage.acs.on["save_segments"] = store
    handle = await stage.start()
    await stage.reaches("transcribing")
    await stage.acs.send_chunk("s1", 1, "Hello.")
    assert (await stage.acs.close_stream("s1", 1)).complete
    await stage.update("hang_up", HangUp())
    result = await handle.result()
    assert (stage.acs.texts(), result.verdict.kind) == (["Hello."], "complete")
    history = await handle.fetch_history()
    saves = [
        event.activity_task_scheduled_event_attributes.activity_type.name
        for event in history.events
        if event.HasField("activity_task_scheduled_event_attributes")
    ]
    assert saves.count("save_segments") == 1
    runner = SandboxedWorkflowRunner(SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH))
    replayer = Replayer(workflows=[CallTranscription], data_converter=pydantic_data_converter, workflow_runner=runner)
    await replayer.replay_workflow(history)


def _has_stored(stage: Stage, count: int) -> bool:
    return len(stage.acs.stored) == count


async def test_a_store_known_to_be_slow_is_not_tried_at_once_again(stage: Stage) -> None:
    """A regular activity that took long is followed by another; one that is prompt brings the short way back."""
    ways: list[str] = []
    slow = [True]

    async def slowly(_acs: ScriptedAcs) -> None:
        info = activity.info()
        ways.append("local" if info.is_local else "regular")
        if info.is_local and slow[0]:
            raise ApplicationError("down", non_retryable=True)
        if not info.is_local and slow[0]:
            slow[0] = False
            await asyncio.sleep(storing.PROMPT.total_seconds() + 0.5)

    stage.acs.on["save_segments"] = slowly
    handle = await stage.start()
    await stage.reaches("transcribing")
    for number in (1, 2, 3):
        await stage.acs.send_chunk("s1", number, f"{number}.", first=number)
        await eventually(partial(_has_stored, stage, number))
    assert ways == ["local", "regular", "regular", "local"]
    await stage.acs.close_stream("s1", 3)
    await stage.update("hang_up", HangUp())
    assert (await handle.result()).verdict.kind == "complete"


# A task that a busy machine takes too long for is given up with the handlers it had begun, and comes again.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_backlog_of_repeats_is_worked_off_in_turns(
    client: Client, task_queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of them has to be stored, which would end an activation; taken in one go they would be taken for stuck."""
    monkeypatch.setattr(intake, "CHUNKS_A_TURN", 1)
    monkeypatch.setattr(storing, "IN_ONE_GO", 20)
    async with running_stage(client, task_queue, sandboxed=False) as stage:
        handle = await stage.start({"carried": long_call(500).model_dump(mode="json")})
        await stage.reaches("transcribing")
        await stage.acs.send_chunk("last", 1, "Hello.")
        await eventually(partial(_has_stored, stage, 1))
    for _ in range(100):
        await stage.acs.send_chunk("last", 1, "Hello.")
    async with running_stage(client, task_queue, stage.acs, sandboxed=False):
        assert (await stage.acs.close_stream("last", 1)).complete
        await stage.update("hang_up", HangUp())
        result = await handle.result()
    assert result.verdict.counts.duplicates == 100
    assert await stage.failed_tasks() == []


async def test_no_receipt_while_the_store_is_waited_for(
    client: Client, task_queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A receipt without what is in line would have ingest send all of the stream again, and again."""
    monkeypatch.setattr(storing, "RECEIPT_TIMEOUT", timedelta(milliseconds=300))
    back = asyncio.Event()

    async def down(_acs: ScriptedAcs) -> None:
        if activity.info().is_local:
            raise ApplicationError("down", non_retryable=True)
        await back.wait()

    async with running_stage(client, task_queue, sandboxed=False) as stage:
        stage.acs.on["save_segments"] = down
        await stage.start()
        await stage.reaches("transcribing")
        await stage.acs.send_chunk("s1", 1, "Hello.")
        with pytest.raises(WorkflowUpdateFailedError):
            await stage.acs.close_stream("s1", 1)
        back.set()
        await eventually(partial(_has_stored, stage, 1))
        assert (await stage.acs.close_stream("s1", 1, asked=1)).complete
        await stage.update("hang_up", HangUp())
