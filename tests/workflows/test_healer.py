"""Transcription that fails and is brought back, on Temporal's real server; deadlines are skipped where they are long."""

import asyncio
from datetime import timedelta

import pytest
from temporalio import activity
from temporalio.exceptions import ApplicationError

from callscribe.contracts.commands import HangUp, Pause, StartTranscription, StopTranscription
from callscribe.contracts.status import CallStatus
from callscribe.contracts.steps import CallSnapshot
from tests.support.eventually import eventually
from tests.workflows.conftest import Stage
from tests.workflows.scripted_acs import Reaction, ScriptedAcs, event
from workflows import healing

INACTIVE = CallSnapshot(exists=True, state="connected", transcription="inactive")
FAILED = event("TranscriptionFailed", code=500, sub_code=8578, message="no websocket")


def failing(times: int) -> Reaction:
    """A start that fails so often, and then works."""
    left = [times]

    async def react(acs: ScriptedAcs) -> None:
        if left[0] > 0:
            left[0] -= 1
            await FAILED(acs)
        else:
            await acs.send("TranscriptionStarted")

    return react


async def test_a_start_that_fails_is_tried_again_until_it_works(stage: Stage) -> None:
    """Twice no websocket, then it works: the call is transcribed, and the verdict has the gap."""
    stage.acs.snapshot = INACTIVE
    stage.acs.on["start_transcription"] = failing(2)
    handle = await stage.start()
    await stage.reaches("transcribing")
    assert stage.acs.requests.count("start_transcription") == 3
    await stage.acs.send_chunk("s1", 1, "Hello.")
    await stage.acs.close_stream("s1", 1)
    await stage.update("hang_up", HangUp())
    result = await handle.result()
    assert stage.acs.texts() == ["Hello."]
    assert "transcription failed" in {gap.cause for gap in result.verdict.gaps}


async def test_what_only_a_person_can_mend_is_not_tried_again(stage: Stage) -> None:
    """A locale that is not supported: advice instead of tries; a start by hand in another one works."""
    stage.acs.snapshot = INACTIVE
    stage.acs.on["start_transcription"] = event("TranscriptionFailed", code=400, sub_code=8523, message="locale")
    await stage.start()

    async def advised() -> CallStatus:
        status = await stage.status()
        assert status.problem is not None
        assert "Choose a locale" in status.problem.advice
        return status

    assert (await eventually(advised)).transcription == "failed"
    stage.acs.on["start_transcription"] = event("TranscriptionStarted")
    await stage.update("start_transcription", StartTranscription(locale="de-DE"))
    assert stage.acs.requests.count("start_transcription") == 2
    assert (await stage.status()).transcription == "on"
    await stage.update("hang_up", HangUp())


async def refuses(_acs: ScriptedAcs) -> None:
    """ACS does not say how the call is."""
    raise ApplicationError("no", non_retryable=True)


@pytest.mark.parametrize(("answer", "believed"), [(None, "on"), (refuses, "failed")])
async def test_a_failure_that_no_try_mends_is_believed_once_acs_was_asked(
    stage: Stage, answer: Reaction | None, believed: str
) -> None:
    """What failed may have been a change of what goes on as it was; where ACS does not say, the event stands."""
    await stage.start()
    await stage.reaches("transcribing")
    if answer is not None:
        stage.acs.on["get_call"] = answer
    await event("TranscriptionFailed", code=400, sub_code=8523, message="locale")(stage.acs)
    await eventually(lambda: "get_call" in stage.acs.requests)

    async def settled() -> CallStatus:
        status = await stage.status()
        assert status.transcription == believed
        assert (status.problem is not None and "Choose a locale" in status.problem.advice) == (believed == "failed")
        return status

    await eventually(settled)
    assert stage.acs.requests.count("start_transcription") == 1
    await stage.update("hang_up", HangUp())


async def test_subscription_that_is_active_after_all_is_not_started_twice(stage: Stage) -> None:
    """ACS, asked before the next try, says active: believed."""
    await stage.start()
    await stage.reaches("transcribing")
    await stage.acs.send("TranscriptionFailed", code=500, sub_code=9999, message="internal")
    await stage.reaches("transcribing")
    assert stage.acs.requests[-1] == "get_call"
    assert stage.acs.requests.count("start_transcription") == 1
    await stage.update("hang_up", HangUp())


async def test_failed_transcription_of_a_call_that_is_gone_ends_it(stage: Stage) -> None:
    """No CallDisconnected, but ACS does not know the call any more: it is over."""
    handle = await stage.start({"limits": {"drain_timeout": "PT0.2S"}})
    await stage.reaches("transcribing")
    stage.acs.snapshot = CallSnapshot(exists=False)
    await stage.acs.send("TranscriptionFailed", code=400, sub_code=8528, message="terminated")
    result = await handle.result()
    assert "CallDisconnected did not come" in result.end_reason
    assert "hang_up" not in stage.acs.requests


async def test_somebody_may_stop_what_has_failed(stage: Stage) -> None:
    """A stop ends the tries, without a request to ACS."""
    stage.acs.snapshot = INACTIVE
    stage.acs.on["start_transcription"] = FAILED
    await stage.start()

    await eventually(lambda: _is(stage, "failed"))
    await stage.update("stop_transcription", StopTranscription())
    assert (await stage.status()).transcription == "stopped"
    assert "stop_transcription" not in stage.acs.requests
    await stage.update("hang_up", HangUp())


async def _is(stage: Stage, transcription: str) -> bool:
    return (await stage.status()).transcription == transcription


async def test_socket_that_never_comes_is_met_by_a_restart(skipping_stage: Stage) -> None:
    """TranscriptionStarted, and no stream for half a minute: stop and start anew, with the problem noted."""
    stage = skipping_stage
    started = [0]

    async def second_time_with_a_stream(acs: ScriptedAcs) -> None:
        started[0] += 1
        await acs.send("TranscriptionStarted")
        if started[0] == 2:
            await acs.send_chunk("s1", 1, "Hello at last.")
            await acs.send("CallDisconnected")

    stage.acs.on["start_transcription"] = second_time_with_a_stream
    handle = await stage.start({"limits": {"drain_timeout": "PT1M"}})
    result = await handle.result()
    assert stage.acs.texts() == ["Hello at last."]
    assert stage.acs.requests.count("stop_transcription") == 1
    assert stage.acs.requests.count("start_transcription") == 2
    assert result.problem is not None
    assert "no stream" in result.problem.message


@pytest.mark.parametrize("rest", ["pause", "stop_transcription"])
async def test_what_somebody_wants_to_rest_is_not_brought_back(stage: Stage, rest: str) -> None:
    """Somebody has paused for a card's number: a failure that ACS tells of afterwards starts nothing, and is no gap."""
    handle = await stage.start()
    await stage.reaches("transcribing")
    await stage.acs.send_chunk("s1", 1, "Hello.")
    await stage.acs.close_stream("s1", 1)
    await stage.update(rest, Pause() if rest == "pause" else StopTranscription())
    resting = (await stage.status()).transcription
    await event("TranscriptionFailed", code=500, sub_code=8579, message="transcription was canceled")(stage.acs)
    await stage.acs.send("ParticipantsUpdated", participants=("4:+12025550100",))

    async def taken() -> CallStatus | None:
        status = await stage.status()
        return status if "4:+12025550100" in status.participants else None

    assert (await eventually(taken)).transcription == resting
    await stage.update("hang_up", HangUp())
    result = await handle.result()
    assert stage.acs.requests.count("start_transcription") == 1
    assert result.verdict.kind == "complete"
    assert {gap.cause for gap in result.verdict.gaps} <= {"paused"}


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """An unasked stop is looked into at once."""
    monkeypatch.setattr(healing, "STOP_SETTLES", timedelta(seconds=0.2))


@pytest.mark.usefixtures("soon")
async def test_a_stop_that_nobody_asked_for_is_a_gap_and_is_mended(unsandboxed: Stage) -> None:
    """ACS stops transcription in mid-call, and says nothing more: it is asked, and transcription started again."""
    stage = unsandboxed
    handle = await stage.start()
    await stage.reaches("transcribing")
    stage.acs.snapshot = INACTIVE
    await stage.acs.send("TranscriptionStopped", transcription_status_details="serviceShutdown")
    await eventually(lambda: stage.acs.requests.count("start_transcription") == 2)
    await stage.reaches("transcribing")
    await stage.acs.send_chunk("s1", 1, "Hello.")
    await stage.acs.close_stream("s1", 1)
    await stage.update("hang_up", HangUp())
    result = await handle.result()
    assert result.verdict.kind == "partial"
    gap = next(gap for gap in result.verdict.gaps if gap.cause == "transcription failed")
    assert "ACS stopped it, unasked: serviceShutdown" in gap.note


@pytest.mark.usefixtures("soon")
async def test_a_stop_of_which_acs_knows_nothing_changes_nothing(unsandboxed: Stage) -> None:
    """Asked, ACS says that transcription goes on: believed, and nothing is started twice."""
    stage = unsandboxed
    await stage.start()
    await stage.reaches("transcribing")
    await stage.acs.send("TranscriptionStopped")
    await eventually(lambda: "get_call" in stage.acs.requests)
    await stage.reaches("transcribing")
    assert stage.acs.requests.count("start_transcription") == 1
    await stage.update("hang_up", HangUp())


async def test_a_stop_is_mostly_the_first_sign_of_the_end(stage: Stage) -> None:
    """ACS stops transcription when the far end hangs up, and says a moment later that the call is over: nobody asks."""
    handle = await stage.start()
    await stage.reaches("transcribing")
    await stage.acs.send_chunk("s1", 1, "Hello.")
    await stage.acs.close_stream("s1", 1)
    await stage.acs.send("TranscriptionStopped")
    await stage.acs.send("CallDisconnected")
    result = await handle.result()
    assert (result.verdict.kind, result.verdict.gaps) == ("complete", ())
    assert "get_call" not in stage.acs.requests


@pytest.mark.usefixtures("soon")
async def test_a_call_that_is_gone_after_a_stop_ended_with_it(unsandboxed: Stage) -> None:
    """CallDisconnected is lost: asked about the stop, ACS knows no such call, and no word is missing."""
    stage = unsandboxed
    handle = await stage.start()
    await stage.reaches("transcribing")
    await stage.acs.send_chunk("s1", 1, "Hello.")
    await stage.acs.close_stream("s1", 1)
    stage.acs.snapshot = CallSnapshot(exists=False)
    await stage.acs.send("TranscriptionStopped")
    stopped_at = stage.acs.clock
    result = await handle.result()
    assert (result.verdict.kind, result.verdict.gaps, result.ended_at) == ("complete", (), stopped_at)


async def test_socket_replaced_while_the_store_is_down_is_no_reason_for_a_restart(
    unsandboxed: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new one's opening waits in line behind a save that cannot be made: what is in line is looked at first."""
    stage, back = unsandboxed, asyncio.Event()

    async def down(_acs: ScriptedAcs) -> None:
        if activity.info().is_local:
            raise ApplicationError("down", non_retryable=True)
        await back.wait()

    handle = await stage.start()
    await stage.reaches("transcribing")
    await stage.acs.send_chunk("s1", 1)
    await eventually(lambda: stage.has_streams("s1"))
    monkeypatch.setattr(healing, "STREAM_TIMEOUT", timedelta(milliseconds=300))
    stage.acs.on["save_segments"] = down
    await stage.acs.send_chunk("s1", 2, "Hello.")
    await stage.acs.send_chunk("s2", 1)
    closing = asyncio.create_task(stage.acs.close_stream("s1", 2))

    async def has_waited() -> bool:
        events = (await handle.fetch_history()).events
        return any(each.HasField("timer_fired_event_attributes") for each in events)

    await eventually(has_waited)
    assert (await stage.status()).transcription == "on"
    back.set()
    assert (await closing).complete
    assert (await stage.acs.close_stream("s2", 1)).complete
    await stage.update("hang_up", HangUp())
    assert (await handle.result()).verdict.kind == "complete"
    assert stage.acs.requests == ["create_call", "start_transcription", "hang_up"]


async def test_stream_that_opens_while_acs_is_asked_makes_a_restart_moot(
    unsandboxed: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asking takes a while: what is true before it is looked at once more after it."""
    stage = unsandboxed
    monkeypatch.setattr(healing, "STREAM_TIMEOUT", timedelta(milliseconds=300))

    async def open_one(acs: ScriptedAcs) -> None:
        await acs.send_chunk("s1", 1)
        await eventually(lambda: stage.has_streams("s1"))

    stage.acs.on["get_call"] = open_one
    await stage.start()
    await eventually(lambda: stage.has_streams("s1"))
    await eventually(lambda: stage.acs.requests[-1] == "get_call")
    await stage.update("hang_up", HangUp())
    assert stage.acs.requests == ["create_call", "start_transcription", "get_call", "hang_up"]


async def test_call_whose_end_nobody_tells_is_found_out(skipping_stage: Stage) -> None:
    """CallDisconnected is lost: after a quiet while ACS is asked, and the call is sealed."""
    stage = skipping_stage
    stage.acs.snapshot = CallSnapshot(exists=False)
    handle = await stage.start({"transcription": {"start": "on_request"}})
    result = await handle.result()
    assert "did not come" in result.end_reason
