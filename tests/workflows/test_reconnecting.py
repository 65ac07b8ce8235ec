"""A stream that ACS has lost and brings back by itself, or does not, on Temporal's real server."""

from datetime import UTC, datetime, timedelta

import pytest

from callscribe.contracts.commands import HangUp, Pause
from callscribe.contracts.steps import CallSnapshot
from callscribe.transcript.facts import GapCause
from tests.support.eventually import eventually
from tests.workflows.conftest import Stage
from tests.workflows.scripted_acs import event
from workflows import healing

INACTIVE = CallSnapshot(exists=True, state="connected", transcription="inactive")
AWAY = {"transcription_status_details": "streamConnectionInterrupted"}
INTERRUPTED = {
    "updated": event("TranscriptionUpdated", code=200, sub_code=0, message="Action completed successfully.", **AWAY),
    "failed": event("TranscriptionFailed", code=500, sub_code=8579, **AWAY),
}
RESUMED = {
    "updated": event("TranscriptionUpdated", transcription_status_details="streamConnectionReestablished"),
    "failed": event("TranscriptionResumed", transcription_status_details="streamConnectionReestablished"),
}


async def interrupted(stage: Stage, told: str) -> None:
    """ACS says so, and the call knows."""
    await INTERRUPTED[told](stage.acs)

    async def known() -> bool:
        problem = (await stage.status()).problem
        return problem is not None and problem.detail == "streamConnectionInterrupted"

    await eventually(known)


@pytest.mark.parametrize("told", INTERRUPTED)
async def test_acs_reconnects_by_itself(stage: Stage, told: str) -> None:
    """An interrupted stream is given time: it is resumed, without a start of ours, and the time between is a gap."""
    handle = await stage.start()
    await stage.reaches("transcribing")
    await stage.acs.send_chunk("s1", 1, "Hello.")
    await interrupted(stage, told)
    lost_at = stage.acs.clock
    assert (await stage.status()).transcription == "on"
    await RESUMED[told](stage.acs)
    back_at = stage.acs.clock
    await stage.acs.close_stream("s1", 1)
    await stage.update("hang_up", HangUp())
    result = await handle.result()
    assert stage.acs.requests == ["create_call", "start_transcription", "hang_up"]
    assert [(gap.start, gap.end, gap.cause) for gap in result.verdict.gaps] == [
        (lost_at, back_at, GapCause.STREAM_INTERRUPTED)
    ]


@pytest.mark.parametrize("told", INTERRUPTED)
@pytest.mark.parametrize("open_here", [False, True])
async def test_acs_that_does_not_reconnect_is_not_waited_for_any_longer(
    unsandboxed: Stage, monkeypatch: pytest.MonkeyPatch, told: str, open_here: bool
) -> None:
    """Nothing says that it is back: when its time is over, ACS is asked, and transcription started again; also where our
    end takes a stream for open.
    """
    monkeypatch.setattr(healing, "RECONNECTION", timedelta(seconds=0.5))
    stage = unsandboxed
    await stage.start()
    await stage.reaches("transcribing")
    if open_here:
        await stage.acs.send_chunk("s1", 1)
        await eventually(lambda: stage.has_streams("s1"))
    stage.acs.snapshot = INACTIVE
    await interrupted(stage, told)
    stage.acs.clock = datetime.now(UTC) + timedelta(seconds=5)  # what is found out when ACS is asked is dated by us
    await eventually(lambda: stage.acs.requests.count("start_transcription") == 2)
    await stage.reaches("transcribing")
    assert "stop_transcription" not in stage.acs.requests
    if open_here:
        await stage.acs.close_stream("s1", 1)
    await stage.update("hang_up", HangUp())


async def test_an_interruption_that_acs_knows_nothing_of_any_more_is_over(
    unsandboxed: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stream is open, and no event says that it is back: asked, ACS says active, which is believed and asked once."""
    monkeypatch.setattr(healing, "RECONNECTION", timedelta(seconds=0.2))
    stage = unsandboxed
    handle = await stage.start()
    await stage.reaches("transcribing")
    await stage.acs.send_chunk("s1", 1, "Hello.")
    await eventually(lambda: stage.has_streams("s1"))
    await interrupted(stage, "updated")

    async def believed() -> bool:
        events = (await handle.fetch_history()).events
        asked = [each for each in events if each.HasField("activity_task_scheduled_event_attributes")]
        return asked[-1].activity_task_scheduled_event_attributes.activity_type.name == "get_call"

    await eventually(believed)
    await stage.acs.close_stream("s1", 1)
    await stage.update("hang_up", HangUp())
    assert stage.acs.requests == ["create_call", "start_transcription", "get_call", "hang_up"]


@pytest.mark.parametrize("told", INTERRUPTED)
async def test_what_is_interrupted_can_be_paused(stage: Stage, told: str) -> None:
    """ACS would go on with what somebody does not want to be transcribed: it is asked to stop, and stays stopped."""
    await stage.start()
    await stage.reaches("transcribing")
    await interrupted(stage, told)
    await stage.update("pause", Pause())
    assert stage.acs.requests[-1] == "stop_transcription"
    assert (await stage.status()).transcription == "paused"
    await stage.update("hang_up", HangUp())
    assert stage.acs.requests.count("start_transcription") == 1
