"""Whole calls, each way in and each way out."""

from pathlib import Path

import pytest
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import ApplicationError

from callscribe.contracts.commands import HangUp, Pause, Resume, StartTranscription, StopTranscription, UpdateLocale
from callscribe.contracts.links import incoming_url
from callscribe.contracts.status import CallResult
from emulator.control_models import IncomingRequest, SayRequest
from tests.end_to_end.stack import CallStack, Script, by_participant
from tests.support.eventually import eventually

SCRIPTS = Path(__file__).resolve().parent.parent.parent / "emulator" / "scripts"


async def test_the_how_to_from_dialling_to_a_sealed_transcript(stack: CallStack) -> None:
    """Create, start, captions, locale change, stop, hang up: every line of the script once, in order, and a verdict."""
    script = Script.read(SCRIPTS / "two-languages.jsonl")
    handle = await stack.start("how-to", transcription={"start": "on_request", "intermediate_results": True})
    await stack.reaches("how-to", "connected")
    await stack.update("how-to", "start_transcription", StartTranscription(locale="en-US", operation_context="start"))
    await stack.update("how-to", "update_locale", UpdateLocale(locale="de-DE"))
    report = await stack.spoken("how-to")
    assert report.script.delivered == len(script.lines)
    await stack.update("how-to", "stop_transcription", StopTranscription())
    await stack.update("how-to", "hang_up", HangUp())
    result = await handle.result()
    assert result.verdict.kind == "complete", result.verdict
    stored = await stack.transcript("how-to")
    assert by_participant(stored.segments) == script.by_participant()
    assert stored.verdict == result.verdict
    assert result.segments == len(script.lines)


async def test_far_end_hangs_up_in_mid_call(stack: CallStack) -> None:
    """The other side leaves: what had been said is all there, and the result gives ACS's own reason."""
    handle = await stack.start("left")
    await stack.spoken("left")
    report = await stack.report("left")
    await stack.emulator.hang_up(report.call_connection_id)
    result = await handle.result()
    assert result.segments == report.script.delivered
    assert result.verdict.kind == "complete", result.verdict
    assert result.end_reason


@pytest.mark.parametrize("outcome", ["busy", "declined", "no_answer"])
async def test_call_that_nobody_takes_fails_and_says_why(stack: CallStack, outcome: str) -> None:
    """Busy, declined, unanswered: the workflow fails with a verdict that says so, though ACS's code may be 200."""
    await stack.plan("+12025550147", outcome=outcome, ring_timeout=2)
    handle = await stack.start(outcome)
    with pytest.raises(WorkflowFailureError) as failed:
        await handle.result()
    assert isinstance(failed.value.cause, ApplicationError)
    assert failed.value.cause.type == "CallFailed"
    stored = await stack.transcript(outcome)
    assert stored.verdict is not None
    assert stored.verdict.kind == "failed"
    assert "never connected" in stored.verdict.reason or "Failed" in stored.verdict.reason


async def test_room_whose_locale_change_acs_refuses(stack: CallStack) -> None:
    """On a connected room a locale change becomes a stop and a start; both streams are one transcript."""
    script = Script.of("room", [f"line {number}" for number in range(12)])
    await stack.plan("99455010479855809", script=script.text, speed=2)
    handle = await stack.start("room", origin={"kind": "connect", "room_id": "99455010479855809"})
    await stack.reaches("room", "transcribing")
    answer = await stack.update("room", "update_locale", UpdateLocale(locale="fr-FR"))
    assert "stopped and started" in answer["note"]
    report = await stack.spoken("room")
    assert report.streams_opened == 2
    await stack.update("room", "hang_up", HangUp())
    result = await handle.result()
    stored = await stack.transcript("room")
    assert len(stored.streams) == 2
    assert result.segments == report.script.delivered
    assert {segment.locale for segment in stored.segments} <= {"en-US", "fr-FR"}


@pytest.mark.parametrize(
    "origin",
    [
        {"kind": "connect", "group_call_id": "29228d3e-040e-4656-a70e-890ab4e173e4"},
        {"kind": "connect", "server_call_id": "aHR0cHM6Ly9hcGkuZXhhbXBsZQ=="},
        {
            "kind": "create",
            "targets": [
                {"kind": "acs_user", "id": "8:acs:res_user"},
                {"kind": "phone_number", "value": "+12025550147"},
            ],
            "source_caller_id": "+18005550100",
            "source_display_name": "Desk",
        },
        {"kind": "create", "targets": [{"kind": "teams_user", "id": "29228d3e-040e-4656-a70e-890ab4e173e4"}]},
    ],
)
async def test_every_way_in(stack: CallStack, origin: dict[str, object]) -> None:
    """Group call, server call, several targets, a Teams user: connected, transcribed, complete."""
    handle = await stack.start("way-in", origin=origin)
    report = await stack.spoken("way-in")
    await stack.update("way-in", "hang_up", HangUp())
    result = await handle.result()
    assert (result.verdict.kind, result.segments) == ("complete", report.script.lines_total)


async def test_incoming_call_is_answered_and_transcribed(stack: CallStack) -> None:
    """Event Grid announces a call; ingest answers it by a workflow of its own, whose key follows from the call."""
    notify = incoming_url(stack.settings.public_http_url, stack.settings.secret())
    announced = await stack.emulator.incoming(
        IncomingRequest.model_validate({"from": "+12025550162", "to": "+18005550100", "notify": notify})
    )
    assert announced.state in ("ringing", "answered")

    async def found() -> str | None:
        for call in await stack.store.calls():
            return call.key
        return None

    key = await eventually(found)
    report = await stack.spoken(key)
    await stack.emulator.hang_up(report.call_connection_id)
    result = await stack.client.get_workflow_handle(f"call-{key}", result_type=CallResult).result()
    assert result.verdict.kind == "complete", result.verdict
    assert result.segments == report.script.lines_total


async def test_pause_leaves_out_what_is_said_meanwhile(stack: CallStack) -> None:
    """What is said during a pause is not transcribed, and the verdict names the pause."""
    await stack.plan("+12025550147", silent=True)
    handle = await stack.start("pause")
    await stack.reaches("pause", "transcribing")
    report = await stack.report("pause")
    say = stack.emulator.say
    await say(report.call_connection_id, SayRequest(participant="4:+12025550147", text="Before.", duration_ms=20))
    await eventually(lambda: _stored(stack, "pause", 1))
    await stack.update("pause", "pause", Pause())
    await say(report.call_connection_id, SayRequest(participant="4:+12025550147", text="My card is", duration_ms=20))
    await stack.update("pause", "resume", Resume())
    await say(report.call_connection_id, SayRequest(participant="4:+12025550147", text="After.", duration_ms=20))
    await eventually(lambda: _stored(stack, "pause", 2))
    await stack.update("pause", "hang_up", HangUp())
    result = await handle.result()
    assert [segment.text for segment in (await stack.transcript("pause")).segments] == ["Before.", "After."]
    assert [gap.cause for gap in result.verdict.gaps] == ["paused"]


async def _stored(stack: CallStack, key: str, segments: int) -> bool:
    return (await stack.status(key)).segments >= segments
