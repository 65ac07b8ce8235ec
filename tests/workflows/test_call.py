"""The call as a run holds it: events ahead of their answers, confirmations, what is noted."""

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from callscribe.contracts.commands import HangUp, StartTranscription
from callscribe.contracts.errors import ErrorType
from tests.workflows.conftest import Stage
from tests.workflows.scripted_acs import ScriptedAcs, event, nothing

ON_REQUEST = {"transcription": {"start": "on_request"}}
ROOM = {"origin": {"kind": "connect", "room_id": "99"}}


async def test_events_that_come_before_the_answer_and_in_the_wrong_order(stage: Stage) -> None:
    """CallConnected, twice, and a participant list come before the REST answer; nothing is lost or counted twice."""

    async def early(acs: ScriptedAcs) -> None:
        await acs.send("ParticipantsUpdated", participants=("4:+12025550100",), sequence_number=1)
        first = await acs.send("CallConnected")
        await acs.send("CallConnected", id=first.id)

    stage.acs.on["create_call"] = early
    await stage.start(ON_REQUEST)
    status = await stage.reaches("connected")
    assert list(status.participants) == ["4:+12025550100"]
    await stage.update("hang_up", HangUp())


async def test_started_stays_away_but_the_subscription_is_active(stage: Stage) -> None:
    """Without its event, a start counts as done when ACS, asked, says that the subscription is active."""
    stage.acs.on["start_transcription"] = nothing
    await stage.start({"limits": {"transcription_timeout": "PT0.3S"}, **ON_REQUEST})
    await stage.reaches("connected")
    answer = await stage.update("start_transcription", StartTranscription())
    assert answer["transcription"] == "on"
    assert stage.acs.requests[-1] == "get_call"
    await stage.update("hang_up", HangUp())


async def test_start_that_fails_is_told_with_the_reason(stage: Stage) -> None:
    """TranscriptionFailed instead of TranscriptionStarted: the update fails with ACS's code and message."""
    stage.acs.on["start_transcription"] = event("TranscriptionFailed", code=400, sub_code=8581, message="StreamUrl")
    await stage.start(ON_REQUEST)
    await stage.reaches("connected")
    with pytest.raises(WorkflowUpdateFailedError) as failed:
        await stage.update("start_transcription", StartTranscription())
    assert isinstance(failed.value.cause, ApplicationError)
    assert failed.value.cause.type == ErrorType.TRANSCRIPTION_FAILED
    assert "8581" in failed.value.cause.message
    assert (await stage.status()).transcription == "failed"
    await stage.update("hang_up", HangUp())
