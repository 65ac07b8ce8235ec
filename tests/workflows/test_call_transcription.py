"""The call workflow on Temporal's real server: its life, its commands, and everything that arrives at the wrong time."""

import pytest
from temporalio.client import WorkflowFailureError, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from callscribe.contracts.commands import HangUp, Pause, Resume, StartTranscription, StopTranscription, UpdateLocale
from callscribe.contracts.errors import ErrorType
from callscribe.contracts.status import CallResult
from tests.workflows.conftest import Stage
from tests.workflows.scripted_acs import ScriptedAcs, event, nothing

ON_REQUEST = {"transcription": {"start": "on_request"}}
ROOM = {"origin": {"kind": "connect", "room_id": "99"}}


async def test_whole_life_in_the_order_of_the_how_to(stage: Stage) -> None:
    """Create, connect, start, change locale, stop, hang up, drain, seal: complete, with a time for every step."""
    handle = await stage.start(ON_REQUEST)
    await stage.reaches("connected")
    await stage.update("start_transcription", StartTranscription(locale="en-US", operation_context="ctx"))
    await stage.reaches("transcribing")
    await stage.acs.send_chunk("s1", 1)
    await stage.acs.send_chunk("s1", 2, "Hello.", "How are you?")
    assert (await stage.update("update_locale", UpdateLocale(locale="de-de")))["locale"] == "de-DE"
    await stage.acs.send_chunk("s1", 3, "Guten Tag.", first=3)
    await stage.update("stop_transcription", StopTranscription(operation_context="ctx"))
    assert (await stage.acs.close_stream("s1", 3)).complete
    await stage.update("hang_up", HangUp())
    result = await handle.result()
    assert result.verdict.kind == "complete", result.verdict
    assert result.segments == 3
    assert stage.acs.texts() == ["Hello.", "How are you?", "Guten Tag."]
    assert stage.acs.requests == [
        "create_call",
        "start_transcription",
        "update_transcription",
        "stop_transcription",
        "hang_up",
    ]
    assert [step.name for step in result.steps] == [
        "call …0100",
        "wait for CallConnected",
        "start transcription (en-US)",
        "change locale to de-DE",
        "stop transcription",
        "hang up",
        "drain",
    ]
    assert all(step.finished_at and step.outcome == "done" for step in result.steps)
    assert stage.acs.sealed[-1].result == result


async def test_starts_by_itself_when_connected(stage: Stage) -> None:
    """By default transcription starts after CallConnected, in the locale of the settings."""
    await stage.start({"transcription": {"locale": "en-gb", "operation_context": "mine"}})
    await stage.reaches("transcribing")
    name, request = stage.acs.calls[1]
    assert (name, request.locale, request.operation_context) == ("start_transcription", "en-GB", "mine")
    await stage.update("hang_up", HangUp())


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


async def test_late_started_does_not_undo_a_stop(stage: Stage) -> None:
    """TranscriptionStarted, delivered after the TranscriptionStopped that followed it, leaves transcription stopped."""
    await stage.start(ON_REQUEST)
    await stage.reaches("connected")
    await stage.update("start_transcription", StartTranscription())
    started = stage.acs.clock
    await stage.update("stop_transcription", StopTranscription())
    await stage.acs.send("TranscriptionStarted", occurred_at=started)
    await stage.acs.send("ParticipantsUpdated", sequence_number=1)
    status = await stage.reaches("stopped")
    assert status.transcription == "stopped"
    await stage.update("hang_up", HangUp())


@pytest.mark.parametrize(
    ("name", "command", "reason"),
    [
        ("start_transcription", StartTranscription(locale="en-US-NancyNeural"), "is a voice"),
        ("start_transcription", StartTranscription(locale="en"), "without its region"),
        ("stop_transcription", StopTranscription(), "transcription is off"),
        ("update_locale", UpdateLocale(locale="de-DE"), "transcription is off"),
        ("pause", Pause(), "transcription is off"),
        ("resume", Resume(), "not paused"),
    ],
)
async def test_commands_that_do_not_fit_are_refused_with_the_reason(
    stage: Stage, name: str, command: object, reason: str
) -> None:
    """A refusal says why, and asks nothing of ACS."""
    await stage.start(ON_REQUEST)
    await stage.reaches("connected")
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await stage.update(name, command)
    cause = refused.value.cause
    assert isinstance(cause, ApplicationError)
    assert cause.type == ErrorType.REFUSED
    assert reason in cause.message
    assert stage.acs.requests == ["create_call"]
    await stage.update("hang_up", HangUp())


async def test_pause_and_resume(stage: Stage) -> None:
    """A pause is a stop that the call remembers; resume goes on in the same locale; the verdict names the pause."""
    handle = await stage.start()
    await stage.reaches("transcribing")
    await stage.acs.send_chunk("s1", 1, "Before.")
    await stage.update("pause", Pause())
    await stage.acs.close_stream("s1", 1)
    assert (await stage.status()).state == "paused"
    await stage.update("resume", Resume())
    await stage.reaches("transcribing")
    await stage.acs.send_chunk("s2", 1, "After.")
    await stage.acs.close_stream("s2", 1)
    await stage.update("hang_up", HangUp())
    result = await handle.result()
    assert [gap.cause for gap in result.verdict.gaps] == ["paused"]
    assert stage.acs.texts() == ["Before.", "After."]


async def test_a_command_sent_twice_is_carried_out_once(stage: Stage) -> None:
    """The same update id, also after the workflow has continued as new, is answered and not repeated."""
    await stage.start({"limits": {"continue_as_new_after": 3}})
    await stage.reaches("transcribing")
    await stage.update("pause", Pause(), update_id="pause-1")
    for number in range(1, 8):
        await stage.acs.send_chunk("s1", number, f"{number}.", first=number)
    await stage.acs.close_stream("s1", 7)
    status = await stage.status()
    assert status.runs > 1
    answer = await stage.update("pause", Pause(), update_id="pause-1")
    assert answer["transcription"] == "paused"
    assert stage.acs.requests.count("stop_transcription") == 1
    await stage.update("hang_up", HangUp())


async def test_continues_as_new_and_loses_nothing(stage: Stage) -> None:
    """Hundreds of chunks with repeats, over many runs: all stored once and in order."""
    handle = await stage.start({"limits": {"continue_as_new_after": 10}})
    await stage.reaches("transcribing")
    for number in range(1, 121):
        await stage.acs.send_chunk("s1", number, f"{number}", first=number)
        if number % 7 == 0:
            await stage.acs.send_chunk("s1", number, f"{number}", first=number)
    assert (await stage.acs.close_stream("s1", 120)).complete
    assert (await stage.status()).runs > 5
    await stage.update("hang_up", HangUp())
    result = await handle.result()
    assert stage.acs.texts() == [str(number) for number in range(1, 121)]
    assert result.segments == 120
    assert result.verdict.counts.duplicates == 17
    assert result.verdict.kind == "complete"


async def test_rejected_call_fails_with_a_verdict_though_its_code_is_200(stage: Stage) -> None:
    """A callee who declines comes as CreateCallFailed with code 200: a failed call, never a success."""

    async def declined(acs: ScriptedAcs) -> None:
        await acs.send("CallDisconnected", code=200, sub_code=5002, message="The conversation has ended.")
        await acs.send("CreateCallFailed", code=200, sub_code=5002, message="The conversation has ended.")

    stage.acs.on["create_call"] = declined
    handle = await stage.start()
    with pytest.raises(WorkflowFailureError) as failed:
        await handle.result()
    cause = failed.value.cause
    assert isinstance(cause, ApplicationError)
    assert cause.type == ErrorType.CALL_FAILED
    result = CallResult.model_validate(cause.details[0])
    assert result.verdict.kind == "failed"
    assert "5002" in result.verdict.reason or "conversation has ended" in result.verdict.reason
    assert stage.acs.sealed[-1].result.verdict.kind == "failed"


async def test_no_call_connected_but_acs_says_so(stage: Stage) -> None:
    """The event stays away beyond its deadline; asked, ACS says connected: the call goes on, and the problem is noted."""
    stage.acs.on["create_call"] = nothing
    await stage.start({"limits": {"connect_timeout": "PT0.5S"}, **ON_REQUEST})
    status = await stage.reaches("connected")
    assert status.problem is not None
    assert "public HTTP address" in status.problem.advice
    await stage.update("hang_up", HangUp())


async def test_call_that_never_connects_is_hung_up(stage: Stage) -> None:
    """Beyond the deadline ACS still says connecting: the call is hung up, and failed with the reason."""
    stage.acs.on["create_call"] = nothing
    from callscribe.contracts.steps import CallSnapshot

    stage.acs.snapshot = CallSnapshot(exists=True, state="connecting")
    handle = await stage.start({"limits": {"connect_timeout": "PT0.5S"}})
    with pytest.raises(WorkflowFailureError):
        await handle.result()
    assert stage.acs.requests == ["create_call", "get_call", "hang_up"]
    assert "did not connect within" in stage.acs.sealed[-1].result.verdict.reason


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


async def test_started_stays_away_but_the_subscription_is_active(stage: Stage) -> None:
    """Without its event, a start counts as done when ACS, asked, says that the subscription is active."""
    stage.acs.on["start_transcription"] = nothing
    await stage.start({"limits": {"transcription_timeout": "PT0.3S"}, **ON_REQUEST})
    await stage.reaches("connected")
    answer = await stage.update("start_transcription", StartTranscription())
    assert answer["transcription"] == "on"
    assert stage.acs.requests[-1] == "get_call"
    await stage.update("hang_up", HangUp())


async def test_locale_change_refused_on_a_room_becomes_stop_and_start(stage: Stage) -> None:
    """405/8520 on a connected room is met by a stop and a start in the new locale, shown as one update."""

    async def refuse(acs: ScriptedAcs) -> None:
        raise ApplicationError(
            "not supported", {"message": "not supported", "code": "8520"}, type="AcsNotSupported", non_retryable=True
        )

    stage.acs.on["update_transcription"] = refuse
    await stage.start(ROOM)
    await stage.reaches("transcribing")
    answer = await stage.update("update_locale", UpdateLocale(locale="fr-FR"))
    assert answer["locale"] == "fr-FR"
    assert "stopped and started" in answer["note"]
    assert stage.acs.requests[-2:] == ["stop_transcription", "start_transcription"]
    assert stage.acs.calls[-1][1].locale == "fr-FR"
    await stage.update("hang_up", HangUp())
    assert stage.acs.calls[-1][1].for_everyone is False, "a room goes on without us"


async def test_cancelling_the_workflow_hangs_up_and_seals(stage: Stage) -> None:
    """Cancellation is a hang-up: what was said is stored, the verdict given, and the workflow completes."""
    handle = await stage.start()
    await stage.reaches("transcribing")
    await stage.acs.send_chunk("s1", 1, "Hello.")
    await handle.cancel()
    await stage.reaches("draining")
    await stage.acs.close_stream("s1", 1)
    result = await handle.result()
    assert stage.acs.requests[-1] == "hang_up"
    assert result.segments == 1
    assert result.verdict.kind == "complete"


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


async def test_stream_that_is_never_closed_makes_the_verdict_partial(stage: Stage) -> None:
    """The drain deadline passes without the stream's end: partial, and the gap says why."""
    handle = await stage.start({"limits": {"drain_timeout": "PT0.5S"}})
    await stage.reaches("transcribing")
    await stage.acs.send_chunk("s1", 1, "Hello.")
    await stage.update("hang_up", HangUp())
    result = await handle.result()
    assert result.verdict.kind == "partial"
    assert [gap.cause for gap in result.verdict.gaps] == ["stream not closed in time"]


async def test_poison_signals_are_counted_and_harm_nothing(stage: Stage) -> None:
    """Signals that cannot be read, and one of an unknown name, leave the call alive and show in the counts."""
    handle = await stage.start({"limits": {"drain_timeout": "PT0.5S"}})
    await stage.reaches("transcribing")
    await stage.acs.handle.signal("transcript_chunk", {"stream": 7})
    await stage.acs.handle.signal("call_event", ["nonsense"])
    await stage.acs.handle.signal("no_such_signal", "x")
    await stage.acs.send_chunk("s1", 1, "Hello.")
    await stage.acs.close_stream("s1", 1)
    await stage.update("hang_up", HangUp())
    result = await handle.result()
    assert result.verdict.counts.unreadable == 3
    assert result.verdict.kind == "partial"
    assert stage.acs.texts() == ["Hello."]
