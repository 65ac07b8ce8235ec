"""What can be done with transcription, and when it is refused."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from callscribe.contracts.chunks import StreamOpening
from callscribe.contracts.commands import HangUp, Pause, Resume, StartTranscription, StopTranscription, UpdateLocale
from callscribe.contracts.errors import ErrorType
from callscribe.contracts.steps import CallSnapshot
from callscribe.transcript.facts import GapCause, Verdict, VerdictKind
from tests.workflows.conftest import Stage
from tests.workflows.scripted_acs import ScriptedAcs, event, nothing

ON_REQUEST = {"transcription": {"start": "on_request"}}
ROOM = {"origin": {"kind": "connect", "room_id": "99"}}


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


async def test_what_is_on_has_nothing_to_resume(stage: Stage) -> None:
    """And whoever asks is not sent to a start, which would be refused as well."""
    await stage.start()
    await stage.reaches("transcribing")
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await stage.update("resume", Resume())
    assert isinstance(refused.value.cause, ApplicationError)
    assert "transcription is on, not paused" in refused.value.cause.message
    assert "start" not in refused.value.cause.message
    await stage.acs.close_stream("s1", 0)
    await stage.update("hang_up", HangUp())


async def off_for_a_while(stage: Stage, off: tuple[str, Any], on: tuple[str, Any], state: str) -> Verdict:
    """Words before and after, with these commands and this state between them; what the call ends with."""
    handle = await stage.start()
    await stage.reaches("transcribing")
    await stage.acs.send_chunk("s1", 1, "Before.")
    await stage.update(*off)
    await stage.acs.close_stream("s1", 1)
    assert (await stage.status()).state == state
    await stage.update(*on)
    await stage.reaches("transcribing")
    await stage.acs.send_chunk("s2", 1, "After.")
    await stage.acs.close_stream("s2", 1)
    await stage.update("hang_up", HangUp())
    verdict: Verdict = (await handle.result()).verdict
    return verdict


async def test_pause_and_resume(stage: Stage) -> None:
    """A pause is a stop that the call remembers; resume goes on in the same locale; the verdict names the pause."""
    verdict = await off_for_a_while(stage, ("pause", Pause()), ("resume", Resume()), "paused")
    assert [gap.cause for gap in verdict.gaps] == ["paused"]
    assert stage.acs.texts() == ["Before.", "After."]


async def test_stop_and_start(stage: Stage) -> None:
    """The verdict names a stop as it does a pause: it was asked for, and all that was transcribed is there."""
    off, on = ("stop_transcription", StopTranscription()), ("start_transcription", StartTranscription())
    verdict = await off_for_a_while(stage, off, on, "stopped")
    assert verdict.kind is VerdictKind.COMPLETE
    assert [gap.cause for gap in verdict.gaps] == ["stopped"]
    assert "; stopped once by request (" in verdict.reason


@pytest.mark.parametrize("start", ["when_connected", "with_call"])
async def test_every_locale_is_kept_with_its_time(stage: Stage, start: str) -> None:
    """The first, and each change, though nobody speaks after it; what names the locale in force again is none."""

    async def started(acs: ScriptedAcs) -> None:
        await acs.send("CallConnected")
        await acs.send("TranscriptionStarted")

    if start == "with_call":
        stage.acs.on["create_call"] = started
    handle = await stage.start({"transcription": {"start": start}})
    await stage.reaches("transcribing")
    await stage.acs.send_chunk("s1", 1, "Hello.")
    for locale in ("de-DE", "fr-FR"):
        await stage.update("update_locale", UpdateLocale(locale=locale))
    await stage.update("pause", Pause())
    await stage.acs.close_stream("s1", 1)
    await stage.update("update_locale", UpdateLocale(locale="fr-fr"))
    await stage.update("resume", Resume())
    await stage.acs.close_stream("s2", 0)
    kept = (await stage.status()).locales
    assert [each.locale for each in kept] == ["en-US", "de-DE", "fr-FR"]
    assert kept[0].at < kept[1].at < kept[2].at
    await stage.update("hang_up", HangUp())
    assert (await handle.result()).locales == kept
    assert stage.acs.sealed[-1].result.locales == kept


@pytest.mark.parametrize("stopped", [False, True])
async def test_locale_changed_while_paused_is_in_force_from_the_next_start(stage: Stage, stopped: bool) -> None:
    """Dated by when ACS confirms that; also where the pause becomes a stop, and the start names no locale."""
    await stage.start()
    await stage.reaches("transcribing")
    await stage.update("pause", Pause())
    first = (await stage.status()).locales
    assert [each.locale for each in first] == ["en-US"]
    answer = await stage.update("update_locale", UpdateLocale(locale="de-DE"))
    assert answer["locale"] == "de-DE"
    status = await stage.status()
    assert (status.locale, status.locales) == ("de-DE", first)
    if stopped:
        await stage.update("stop_transcription", StopTranscription())
        stage.acs.clock = datetime.now(UTC)  # the stop was dated by ours
        await stage.update("start_transcription", StartTranscription())
    else:
        await stage.update("resume", Resume())
    assert stage.acs.calls[-1][1].locale == "de-DE"
    status = await stage.status()
    assert status.locales[:-1] == first
    assert (status.locales[-1].locale, status.locales[-1].at) == ("de-DE", status.intervals[-1].start)
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
    await stage.acs.send_chunk("s1", 1)
    answer = await stage.update("update_locale", UpdateLocale(locale="fr-FR"))
    assert answer["locale"] == "fr-FR"
    assert "stopped and started" in answer["note"]
    assert stage.acs.requests[-2:] == ["stop_transcription", "start_transcription"]
    assert stage.acs.calls[-1][1].locale == "fr-FR"
    changed = [step for step in (await stage.status()).steps if step.name == "change locale to fr-FR"]
    assert [step.outcome for step in changed] == ["done"]
    handle = stage.acs.handle
    await stage.acs.send_chunk("s1", 2, "Bonjour.")
    await stage.acs.close_stream("s1", 2)
    await stage.update("hang_up", HangUp())
    assert stage.acs.calls[-1][1].for_everyone is False, "a room goes on without us"
    verdict = (await handle.result())["verdict"]
    assert [gap["cause"] for gap in verdict["gaps"]] == ["transcription restarted"]


async def test_restart_whose_second_half_fails_is_taken_up_by_the_healer(stage: Stage) -> None:
    """Stopped, and the start in the new locale fails: whoever asked is told, and transcription is brought back."""

    async def refuse(acs: ScriptedAcs) -> None:
        raise ApplicationError(
            "not supported", {"message": "not supported", "code": "8520"}, type="AcsNotSupported", non_retryable=True
        )

    stage.acs.on["update_transcription"] = refuse
    await stage.start(ROOM)
    await stage.reaches("transcribing")
    stage.acs.snapshot = CallSnapshot(exists=True, state="connected", transcription="inactive")
    starts = iter([event("TranscriptionFailed", code=500, sub_code=9999, message="internal")])

    async def once(acs: ScriptedAcs) -> None:
        await next(starts, event("TranscriptionStarted"))(acs)

    stage.acs.on["start_transcription"] = once
    with pytest.raises(WorkflowUpdateFailedError):
        await stage.update("update_locale", UpdateLocale(locale="fr-FR"))
    await stage.reaches("transcribing")
    await stage.update("hang_up", HangUp())


@pytest.mark.parametrize("mode", ["when_connected", "with_call"])
async def test_a_start_that_acs_confirms_when_asked_is_dated_from_its_request(stage: Stage, mode: str) -> None:
    """Not from the answer: an ingest that was away meanwhile may have missed words, and the call is not complete."""
    stage.acs.on["start_transcription"] = nothing
    handle = await stage.start({"transcription": {"start": mode}, "limits": {"transcription_timeout": "PT1S"}})
    (interval,) = (await stage.reaches("transcribing")).intervals
    status = await stage.status()
    assert status.connected_at is not None
    assert interval.start <= max(status.connected_at, status.started_at) + timedelta(seconds=0.9)
    stage.acs.clock = interval.start + timedelta(seconds=0.5)
    back = StreamOpening(id="s1", opened_at=stage.acs.clock, listening_since=stage.acs.clock)
    await stage.acs.send_chunk("s1", 1, "late", opening=back)
    stage.acs.clock += timedelta(seconds=30)
    await stage.acs.close_stream("s1", 1)
    await stage.acs.send("CallDisconnected")
    result = await handle.result()
    assert [(gap.start, gap.cause) for gap in result.verdict.gaps] == [
        (max(interval.start, status.connected_at), GapCause.STREAM_INTERRUPTED)
    ]


async def test_a_stop_that_acs_confirms_when_asked_is_dated_from_when_it_was_taken(stage: Stage) -> None:
    """The socket closes then, and that is no interruption."""
    stage.acs.on["stop_transcription"] = nothing
    stage.acs.snapshot = CallSnapshot(exists=True, state="connected", transcription="inactive")
    await stage.start({"limits": {"transcription_timeout": "PT1S"}})
    await stage.reaches("transcribing")
    await stage.update("pause", Pause())
    status = await stage.status()
    asked = next(step for step in status.steps if step.name == "pause transcription")
    assert asked.finished_at is not None
    assert status.gaps[-1].cause is GapCause.PAUSED
    assert status.gaps[-1].start < asked.finished_at - timedelta(seconds=0.9)
    await stage.update("hang_up", HangUp())


UNSUPPORTED = event("TranscriptionFailed", code=405, sub_code=8520, message="not supported on a connected call")
NO_LOCALE = event("TranscriptionFailed", code=400, sub_code=8523, message="locale")
INACTIVE = CallSnapshot(exists=True, state="connected", transcription="inactive")


async def test_locale_change_refused_by_an_event_becomes_stop_and_start(stage: Stage) -> None:
    """ACS goes on in the old locale: a start alone would change nothing."""
    stage.acs.on["update_transcription"] = UNSUPPORTED
    handle = await stage.start(ROOM)
    await stage.reaches("transcribing")
    await stage.acs.send_chunk("s1", 1)
    answer = await stage.update("update_locale", UpdateLocale(locale="fr-FR"))
    assert answer["locale"] == "fr-FR"
    assert stage.acs.requests[-4:] == ["update_transcription", "get_call", "stop_transcription", "start_transcription"]
    await stage.acs.send_chunk("s1", 2, "Bonjour.")
    await stage.acs.close_stream("s1", 2)
    await stage.update("hang_up", HangUp())
    assert [gap.cause for gap in (await handle.result()).verdict.gaps] == [GapCause.RESTARTED]


async def test_locale_change_in_vain_leaves_transcription_as_it_was(stage: Stage) -> None:
    """Refused by an event: whoever asked is told, and what ACS goes on transcribing is on, without a gap."""
    stage.acs.on["update_transcription"] = NO_LOCALE
    handle = await stage.start()
    await stage.reaches("transcribing")
    await stage.acs.send_chunk("s1", 1)
    with pytest.raises(WorkflowUpdateFailedError):
        await stage.update("update_locale", UpdateLocale(locale="xx-XX"))
    status = await stage.status()
    assert (status.transcription, status.locale) == ("on", "en-US")
    await stage.acs.send_chunk("s1", 2, "Still here.")
    await stage.acs.close_stream("s1", 2)
    await stage.acs.send("CallDisconnected")
    assert (await handle.result()).verdict.kind is VerdictKind.COMPLETE


async def test_locale_change_that_ends_transcription_brings_it_back(stage: Stage) -> None:
    """In the locale before: that the new one is none says nothing against it."""
    stage.acs.on["update_transcription"] = NO_LOCALE
    stage.acs.snapshot = INACTIVE
    await stage.start()
    await stage.reaches("transcribing")
    with pytest.raises(WorkflowUpdateFailedError):
        await stage.update("update_locale", UpdateLocale(locale="xx-XX"))
    status = await stage.status()
    assert (status.transcription, status.locale) == ("on", "en-US")
    assert stage.acs.calls[-1][1].locale == "en-US"
    await stage.update("hang_up", HangUp())


async def test_locale_change_that_acs_does_not_confirm_is_none(stage: Stage) -> None:
    """TranscriptionUpdated stays away; asked, ACS names the old locale."""
    stage.acs.on["update_transcription"] = nothing
    await stage.start({"limits": {"transcription_timeout": "PT0.5S"}})
    await stage.reaches("transcribing")
    with pytest.raises(WorkflowUpdateFailedError) as failed:
        await stage.update("update_locale", UpdateLocale(locale="fr-FR"))
    assert "active in en-US" in str(failed.value.cause)
    assert (await stage.status()).locale == "en-US"
    stage.acs.snapshot = stage.acs.snapshot.model_copy(update={"locale": "fr-fr"})
    assert (await stage.update("update_locale", UpdateLocale(locale="fr-FR")))["locale"] == "fr-FR"
    await stage.update("hang_up", HangUp())


async def test_an_interrupted_stream_confirms_no_locale(stage: Stage) -> None:
    """TranscriptionUpdated may be about the stream alone: the one that is about the locale is waited for."""
    told = event("TranscriptionUpdated", transcription_status_details="streamConnectionInterrupted")
    stage.acs.on["update_transcription"] = told
    await stage.start({"limits": {"transcription_timeout": "PT0.5S"}})
    await stage.reaches("transcribing")
    with pytest.raises(WorkflowUpdateFailedError) as failed:
        await stage.update("update_locale", UpdateLocale(locale="fr-FR"))
    assert "active in en-US" in str(failed.value.cause)
    assert (await stage.status()).locale == "en-US"

    async def both(acs: ScriptedAcs) -> None:
        await told(acs)
        await acs.send("TranscriptionUpdated", transcription_status_details="transcriptionLocaleUpdated")

    stage.acs.on["update_transcription"] = both
    assert (await stage.update("update_locale", UpdateLocale(locale="fr-FR")))["locale"] == "fr-FR"
    await stage.update("hang_up", HangUp())


async def test_locale_change_in_vain_of_which_acs_says_nothing_is_not_hopeless(stage: Stage) -> None:
    """Neither can it be asked, nor started again: the healer finds out later that it has gone on all the while."""
    unanswered = iter([None])

    async def fail_once(acs: ScriptedAcs) -> None:
        if next(unanswered, 0) is None:
            raise ApplicationError("no", {"message": "no"}, type=ErrorType.UNAVAILABLE, non_retryable=True)

    async def fail(acs: ScriptedAcs) -> None:
        raise ApplicationError("no", {"message": "no"}, type=ErrorType.UNAVAILABLE, non_retryable=True)

    stage.acs.on["update_transcription"] = NO_LOCALE
    await stage.start()
    await stage.reaches("transcribing")
    stage.acs.on |= {"get_call": fail_once, "start_transcription": fail}
    with pytest.raises(WorkflowUpdateFailedError):
        await stage.update("update_locale", UpdateLocale(locale="xx-XX"))
    await stage.reaches("transcribing")
    assert stage.acs.requests[-3:] == ["get_call", "start_transcription", "get_call"]
    await stage.update("hang_up", HangUp())


@pytest.mark.parametrize("mode", ["when_connected", "with_call"])
async def test_a_beginning_that_fails_has_failed_since_it_was_asked_for(stage: Stage, mode: str) -> None:
    """No event says so, and ACS only when asked: what was said until then is missing."""
    starts = iter([nothing])

    async def second_time(acs: ScriptedAcs) -> None:
        acs.clock = datetime.now(UTC)
        await next(starts, event("TranscriptionStarted"))(acs)

    stage.acs.snapshot = INACTIVE
    stage.acs.on["start_transcription"] = second_time
    if mode == "with_call":
        next(starts)
    await stage.start({"transcription": {"start": mode}, "limits": {"transcription_timeout": "PT1S"}})
    status = await stage.reaches("transcribing")
    (step,) = (each for each in status.steps if each.outcome.startswith("failed"))
    gap = status.gaps[0]
    assert gap.cause is GapCause.TRANSCRIPTION_FAILED
    assert step.finished_at is not None
    assert gap.start <= step.finished_at - timedelta(seconds=0.9)
    await stage.update("hang_up", HangUp())
